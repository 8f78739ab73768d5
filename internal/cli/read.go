package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
)

// patience is how long a named pipe may have nobody who writes.
const patience = 5 * time.Second

// open opens a file, a pipe, or standard input for "-"; size is 0 if it is not
// known. A file of more than limit bytes is refused before it is read, devices
// and folders are.
func (a *app) open(path string, limit int64) (f io.ReadCloser, size int64, err error) {
	if path == "-" {
		return io.NopCloser(a.Stdin), 0, nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, missing(path)
	case err != nil:
		return nil, 0, fmt.Errorf("%s cannot be read: %w", budget.Cut(path), reason(err))
	case info.IsDir():
		return nil, 0, fmt.Errorf("%s is a folder; give a file", path)
	case info.Mode()&fs.ModeNamedPipe != 0:
		f, err = openPipe(path)
	case !info.Mode().IsRegular():
		return nil, 0, fmt.Errorf("%s is a device or socket; give a file or a pipe", path)
	case info.Size() > limit:
		return nil, 0, fmt.Errorf("%s holds %d MiB; %d MiB is the limit; %s", path, info.Size()>>20, limit>>20, budget.Hint("bytes", info.Size()))
	default:
		f, err = os.Open(path)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s cannot be read: %w", path, reason(err))
	}
	return f, info.Size(), nil
}

// openPipe opens a named pipe, for which somebody has to write into it.
func openPipe(path string) (io.ReadCloser, error) {
	type opened struct {
		f   *os.File
		err error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(path)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		return o.f, o.err
	case <-time.After(patience):
		return nil, fmt.Errorf("nobody writes into this pipe")
	}
}

// readFile returns the bytes of a configuration, or of standard input for "-".
// Of a longer file it returns one byte more than a configuration may have.
func (a *app) readFile(path string) ([]byte, error) {
	f, _, err := a.open(path, 1<<62)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, budget.ConfigBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, reason(err))
	}
	return text, nil
}

// reason is a file error without the path.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError // of a new name
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}

// missing says that there is no file, and which one may have been meant.
func missing(path string) error {
	var names []string
	entries, err := os.ReadDir(filepath.Dir(path))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	shown := budget.Cut(path)
	switch s, ok := registry.Suggest(filepath.Base(path), names); {
	case err != nil:
		return fmt.Errorf("there is no file %s, nor a folder %s", shown, budget.Cut(filepath.Dir(path)))
	case ok:
		return fmt.Errorf("there is no file %s; did you mean %s?", shown, filepath.Join(filepath.Dir(path), s))
	}
	return fmt.Errorf("there is no file %s; check the name and the folder", shown)
}

// bytesLimit is how many bytes a file of data may have.
func (a *app) bytesLimit() int64 {
	if n := a.limits.Bytes; n > 0 {
		return n
	}
	return budget.Bytes
}

// modelPath is the model file that a path to a model or a run folder means.
func modelPath(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, study.ModelFile)
	}
	return path
}

// doubt warns of a model that its fit called unusable.
func (a *app) doubt(path string) {
	dir := filepath.Dir(modelPath(path))
	if res, err := study.ReadResult(dir); err == nil && res.Unusable() != "" {
		fmt.Fprintf(a.Stderr, "warning: %s: %s\n", dir, res.Unusable())
	}
}

// readModel reads a model file, or that of a run folder.
func (a *app) readModel(path string) (*model.Model, error) {
	file := modelPath(path)
	f, _, err := a.open(file, budget.ModelBytes)
	if err != nil {
		if file != path {
			if res, err := study.ReadResult(path); err == nil && res.Unusable() != "" {
				return nil, fmt.Errorf("the folder %s holds no model: %s", path, res.Unusable())
			}
			return nil, fmt.Errorf("the folder %s holds no %s; it is no run folder, or its run is not finished (entrain fit --resume %s)", path, study.ModelFile, path)
		}
		return nil, err
	}
	defer f.Close()
	m, err := model.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return m, nil
}
