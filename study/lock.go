package study

import (
	"fmt"
	"os"
	"path/filepath"
)

// LockFile is held by the process that works in the folder of a study.
const LockFile = ".lock"

// Lock keeps other processes out of the folder of a study until unlock, or
// until this process ends.
func Lock(dir string) (unlock func(), err error) {
	f, err := seize(filepath.Join(dir, LockFile))
	switch {
	case err == nil:
		return func() { f.Close() }, nil
	case seized(err):
		return nil, fmt.Errorf("another process is running the study in %s; wait for it, or choose another folder with --out", dir)
	case os.IsPermission(err):
		return nil, fmt.Errorf("the folder %s of the study cannot be written; choose another one with --out", dir)
	}
	return nil, fmt.Errorf("the folder %s of the study cannot be locked: %w", dir, err)
}
