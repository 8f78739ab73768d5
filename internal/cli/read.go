package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// readFile returns the bytes of a file, or of standard input for "-".
func (a *app) readFile(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(a.Stdin)
	}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, missing(path)
	case err != nil:
		if info, e := os.Stat(path); e == nil && info.IsDir() {
			return nil, fmt.Errorf("%s is a folder; give a file", path)
		}
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
	return err
}

// missing says that there is no file, and which one may have been meant.
func missing(path string) error {
	var names []string
	entries, err := os.ReadDir(filepath.Dir(path))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	switch s, ok := registry.Suggest(filepath.Base(path), names); {
	case err != nil:
		return fmt.Errorf("there is no file %s, nor a folder %s", path, filepath.Dir(path))
	case ok:
		return fmt.Errorf("there is no file %s; did you mean %s?", path, filepath.Join(filepath.Dir(path), s))
	}
	return fmt.Errorf("there is no file %s; check the name and the folder", path)
}

// readData returns the recordings of a file and its SHA-256.
func (a *app) readData(path string, o data.ReadOptions) ([]data.Series, string, error) {
	text, err := a.readFile(path)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(text)
	o.File = path
	series, err := data.Read(bytes.NewReader(text), o)
	return series, hex.EncodeToString(sum[:]), err
}

// modelPath is the model file that a path to a model or a run folder means.
func modelPath(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, study.ModelFile)
	}
	return path
}

// readModel reads a model file, or that of a run folder.
func (a *app) readModel(path string) (*train.Model, error) {
	file := modelPath(path)
	text, err := a.readFile(file)
	if err != nil {
		if file != path {
			return nil, fmt.Errorf("the folder %s holds no %s; it is no run folder, or its run is not finished (entrain fit --resume %s)", path, study.ModelFile, path)
		}
		return nil, err
	}
	m, err := train.ReadModel(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return m, nil
}
