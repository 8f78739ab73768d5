package study

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// LockFile is held by the process that works in the folder of a study or run.
const LockFile = ".lock"

// Lock keeps other processes out of the folder of a study until unlock, or
// until this process ends.
func Lock(dir string) (unlock func(), err error) {
	h, err := lock(dir, "study")
	if err != nil {
		return nil, err
	}
	return h.release, nil
}

// held is the lock of a folder.
type held struct {
	file *os.File
	path string
}

// lock is Lock for a folder of something. Where the file system has no locks,
// nobody is kept out.
func lock(dir, of string) (*held, error) {
	path := filepath.Join(dir, LockFile)
	var err error
	for {
		if err = trouble("lock", path); err != nil {
			break
		}
		var f *os.File
		if f, err = seize(path); err != nil {
			break
		}
		if isStill(f, path) {
			return &held{f, path}, nil
		}
		f.Close() // its owner was about to remove it
	}
	switch {
	case seized(err):
		return nil, fmt.Errorf("another process is working in the folder %s of a %s; wait for it, or choose another folder with --out", dir, of)
	case os.IsPermission(err):
		return nil, fmt.Errorf("the folder %s of the %s cannot be written; choose another one with --out", dir, of)
	}
	return nil, fmt.Errorf("the folder %s of the %s cannot be locked: %w", dir, of, reason(err))
}

// isStill tells that path is the file f, not a later one of the same name.
func isStill(f *os.File, path string) bool {
	a, err := f.Stat()
	b, e := os.Stat(path)
	return err == nil && e == nil && os.SameFile(a, b)
}

// clear removes folders beside dir that killed processes left on the way to
// it. Those of living ones are locked, or were made a moment ago.
func (r *Run) clear() {
	parent, base := filepath.Split(filepath.Clean(r.Dir))
	entries, _ := os.ReadDir(filepath.Clean(parent))
	for _, e := range entries {
		path := filepath.Join(parent, e.Name())
		if !isPassing(e.Name(), base) || !e.IsDir() {
			continue
		}
		if !isThere(filepath.Join(path, LockFile)) {
			if info, err := e.Info(); err != nil || r.Clock().Sub(info.ModTime()) < time.Minute {
				continue
			}
		}
		if h, err := lock(path, "run"); err == nil {
			os.RemoveAll(path)
			h.release()
		}
	}
}
