//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package study

import (
	"os"
	"syscall"
)

// seize opens a file that no other process has seized; the system lets go of it
// when the process ends, however it ends.
func seize(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err {
	case nil, syscall.ENOTSUP, syscall.ENOSYS, syscall.ENOLCK: // some file systems have no locks
		return f, nil
	default:
		f.Close()
		return nil, err
	}
}

// release removes the file while it is still seized, so that nobody else can
// hold one that is gone without seeing that it is.
func (h *held) release() {
	os.Remove(h.path)
	h.file.Close()
}

// movesLocked tells that a folder can be renamed whose lock is held.
const movesLocked = true

// seized tells that an error of seize means that another process was first.
func seized(err error) bool { return err == syscall.EWOULDBLOCK }
