package study

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// unnamed makes a file without a name in a folder, which is gone with the process however
// that ends. known is false where the file system has none of that kind.
func unnamed(dir string) (known bool, err error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
	switch {
	case err == nil:
		return true, unix.Close(fd)
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EISDIR), errors.Is(err, unix.ENOENT), errors.Is(err, unix.EINVAL):
		return false, nil
	}
	return true, &os.PathError{Op: "open", Path: dir, Err: err}
}
