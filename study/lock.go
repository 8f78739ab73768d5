package study

import (
	"fmt"
	"os"
	"path/filepath"
)

// LockFile is held by the process that works in the folder of a study or run.
const LockFile = ".lock"

// Lock keeps other processes out of the folder of a study until unlock, or
// until this process ends.
func Lock(dir string) (unlock func(), err error) { return lock(dir, "study") }

// lock is Lock for a folder of something. Where the file system has no locks,
// nobody is kept out.
func lock(dir, of string) (unlock func(), err error) {
	path := filepath.Join(dir, LockFile)
	for {
		if err = trouble("lock", path); err != nil {
			break
		}
		var f *os.File
		if f, err = seize(path); err != nil {
			break
		}
		if isStill(f, path) {
			return func() { release(f, path) }, nil
		}
		f.Close() // its owner was about to remove it
	}
	switch {
	case seized(err):
		return nil, fmt.Errorf("another process is working in the folder %s of a %s; wait for it, or choose another folder with --out", dir, of)
	case os.IsPermission(err):
		return nil, fmt.Errorf("the folder %s of the %s cannot be written; choose another one with --out", dir, of)
	}
	return nil, fmt.Errorf("the folder %s of the %s cannot be locked: %w", dir, of, err)
}

// isStill tells that path is the file f, not a later one of the same name.
func isStill(f *os.File, path string) bool {
	a, err := f.Stat()
	b, e := os.Stat(path)
	return err == nil && e == nil && os.SameFile(a, b)
}
