package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/study"
)

// recorded is what several trials may learn from.
type recorded struct {
	series []data.Series
	test   *study.Test
	file   config.Files
	hash   string
	err    error
}

// recordings hands out the data of trials, read or simulated once.
type recordings struct {
	*app
	dir  string // of the study
	made map[string]*recorded
}

// of are the recordings of a trial.
func (r *recordings) of(t *config.Trial) *recorded {
	c := t.Config
	key := fmt.Sprintf("%q %d %d %d %t", []any{c.Data, c.Columns()}, t.Source.Rows, t.Source.Test, t.Source.Windows, t.Source.Dynamics)
	if t.Source.Teacher != nil {
		key += fmt.Sprintf(" %+v", *t.Source.Teacher)
	}
	if t.Source.Simulate != nil {
		key += fmt.Sprintf(" %+v", *t.Source.Simulate)
	}
	if r.made[key] == nil {
		if c.Data.Piped() {
			kept, err := r.keep()
			if err != nil {
				return &recorded{err: err}
			}
			c.Data = config.Files{kept}
		}
		d := &recorded{file: pinned(c.Data)}
		if d.err = r.fill(d, t); d.err == nil {
			if err := data.FirstError(data.Check(d.series)); err != nil {
				d.err = fmt.Errorf("%s: %w", d.file, err)
			}
		}
		r.made[key] = d
	}
	return r.made[key]
}

func (r *recordings) fill(d *recorded, t *config.Trial) (err error) {
	var seen data.Series
	if t.Source.Made() {
		seen, d.test, err = t.Source.Make()
	} else {
		if d.series, d.hash, err = r.readData(d.file, t.Config.Columns()); err != nil || t.Source.Rows == 0 && t.Source.Test == 0 {
			return err
		}
		if len(d.series) > 1 {
			return fmt.Errorf("%s: rows and test are for one recording; the file holds %d", d.file, len(d.series))
		}
		seen, d.test, err = t.Source.Split(&d.series[0])
	}
	if err != nil {
		return err
	}
	d.series = []data.Series{seen}
	return r.write(d)
}

// keep puts standard input in the folder of the study, as it came, and returns its path.
func (r *recordings) keep() (string, error) {
	f, _, err := r.openData(config.StandardInput, r.bytesLimit())
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	path := filepath.Join(r.dir, study.DataFolder, hex.EncodeToString(sum[:])[:16]+filepath.Ext(r.input.kept().Name))
	return path, record(path, text)
}

// write puts recordings in the folder of the study, where a run finds them.
func (r *recordings) write(d *recorded) error {
	var text bytes.Buffer
	if err := data.Write(&text, d.series, data.WriteOptions{}); err != nil {
		return err
	}
	sum := sha256.Sum256(text.Bytes())
	d.hash = hex.EncodeToString(sum[:])
	path := filepath.Join(r.dir, study.DataFolder, d.hash[:16]+".csv")
	d.file = config.Files{path}
	return record(path, text.Bytes())
}

// record writes a file of the study, unless it is there already.
func record(path string, text []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return nil
	}
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = study.WriteFile(path, func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		})
	}
	if err != nil {
		return &study.RecordError{Err: fmt.Errorf("%s cannot be written: %w", path, reason(err))}
	}
	return nil
}
