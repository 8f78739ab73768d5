package study

import (
	"errors"
	"os"
	"syscall"
)

// withoutName is O_TMPFILE, which package syscall lacks.
const withoutName = 0x400000 | syscall.O_DIRECTORY

// unnamed makes a file without a name in a folder, which is gone with the process however
// that ends. known is false where the file system has none of that kind.
func unnamed(dir string) (known bool, err error) {
	f, err := os.OpenFile(dir, os.O_WRONLY|withoutName, 0o600)
	for _, none := range []error{syscall.EOPNOTSUPP, syscall.EISDIR, syscall.ENOENT, syscall.EINVAL} {
		if errors.Is(err, none) {
			return false, nil
		}
	}
	if err != nil {
		return true, err
	}
	return true, f.Close()
}
