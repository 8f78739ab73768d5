package study

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Names of the files in a run folder.
const (
	ModelFile      = "model.safetensors"
	ConfigFile     = "config.yaml"
	MetricsFile    = "metrics.jsonl"
	ResultFile     = "result.json"
	ForecastFile   = "forecast.csv"
	ReportFile     = "report.html"
	TestFile       = "test.csv"
	CheckpointFile = "checkpoint.json"
	PathFile       = "path.f64"
)

// CheckFolder returns an error for the user if dir cannot become a run
// folder: it exists and is not an empty folder. It changes nothing.
func CheckFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		if info, e := os.Stat(dir); e == nil && !info.IsDir() {
			return fmt.Errorf("output folder %s is a file; choose another name with --out", dir)
		}
		return fmt.Errorf("output folder %s cannot be read (%w); choose another one with --out", dir, err)
	case len(entries) > 0:
		return fmt.Errorf("output folder %s exists and is not empty; choose another one with --out, or go on with it by --resume %s", dir, dir)
	}
	return nil
}

// FreshFolder makes the first of parent/001, parent/002, … that does not
// exist yet.
func FreshFolder(parent string) (string, error) {
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", fmt.Errorf("folder %s cannot be made: %w", parent, err)
	}
	for n := 1; ; n++ {
		dir := filepath.Join(parent, fmt.Sprintf("%03d", n))
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("folder %s cannot be made: %w", dir, err)
		}
	}
}

// writeFile gives path the content that fill writes, whole or not at all: it
// is written beside it, brought to the disk and then renamed.
func writeFile(path string, fill func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriter(f)
	if err = fill(w); err != nil {
		return err
	}
	if err = w.Flush(); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	if d, e := os.Open(filepath.Dir(path)); e == nil { // where folders can be synced, the new name outlives a power failure
		d.Sync()
		d.Close()
	}
	return nil
}
