package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/config"
	formats "github.com/entrain-dev/entrain/internal/tables"
	"github.com/entrain-dev/entrain/study"
)

// incoming is what came through standard input, in a file that has no name any more
// where the system allows that, so that it can be read as often as a file.
type incoming struct {
	file *os.File
	size int64
}

// reader reads from the beginning.
func (p *incoming) reader() io.Reader { return io.NewSectionReader(p.file, 0, p.size) }

// openData is open for recordings: what comes through standard input may be opened
// again, and is the same then.
func (a *app) openData(path string, limit int64) (io.ReadCloser, int64, error) {
	if path != config.StandardInput {
		return a.open(path, limit)
	}
	if a.input == nil {
		p, err := a.pipe(limit)
		if err != nil {
			return nil, 0, err
		}
		a.input = p
	}
	return io.NopCloser(a.input.reader()), a.input.size, nil
}

// pipe reads standard input to its end, or until it is more than limit bytes.
func (a *app) pipe(limit int64) (*incoming, error) {
	f, err := os.CreateTemp("", "entrain-input-*")
	if err != nil {
		return nil, failed(fmt.Errorf("standard input cannot be kept: %w; TMPDIR names another folder for that", reason(err)))
	}
	os.Remove(f.Name()) // where that is not allowed, forget does it
	size, err := io.Copy(f, io.LimitReader(a.Stdin, limit+1))
	p := &incoming{f, size}
	switch {
	case err != nil:
		p.close()
		return nil, failed(fmt.Errorf("standard input cannot be read and kept: %w; TMPDIR names another folder for it", reason(err)))
	case size > limit:
		p.close()
		return nil, fmt.Errorf("standard input holds more than %s; %s", inBytes(limit), budget.Hint("bytes", 4*limit))
	case size == 0:
		p.close()
		return nil, fmt.Errorf("standard input is empty; pipe the data into it: … | entrain fit -")
	}
	return p, nil
}

// inBytes is a size for people.
func inBytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

func (p *incoming) close() {
	p.file.Close()
	os.Remove(p.file.Name())
}

// forget gives back what standard input took.
func (a *app) forget() {
	if a.input != nil {
		a.input.close()
	}
}

// keepInput is how the configuration of a run is written. Data that came through
// standard input are kept in the folder, so that the run finds them again.
func (j *job) keepInput() (func(dir string) ([]byte, error), []study.Beside) {
	if !j.config.Data.Piped() {
		return j.config.YAML, nil
	}
	kept := j.input.kept()
	return func(dir string) ([]byte, error) {
		c := *j.config
		c.Data = config.Files{filepath.Join(dir, kept.Name)}
		return c.YAML(dir)
	}, []study.Beside{kept}
}

// kept is the input as a file.
func (p *incoming) kept() study.Beside {
	head := make([]byte, formats.Peek)
	n, _ := p.file.ReadAt(head, 0)
	return study.Beside{Name: "data" + formats.Ending(head[:n]), Fill: func(w io.Writer) error {
		_, err := io.Copy(w, p.reader())
		return err
	}}
}
