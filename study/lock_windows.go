package study

import (
	"os"
	"syscall"
)

// sharingViolation is ERROR_SHARING_VIOLATION.
const sharingViolation = syscall.Errno(32)

// seize opens a file that no other process can open; the system lets go of it
// when the process ends, however it ends.
func seize(path string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(h), path), nil
}

// seized tells that an error of seize means that another process was first.
func seized(err error) bool { return err == sharingViolation }

// release removes the file, unless another process has seized it already.
func (h *held) release() {
	h.file.Close()
	os.Remove(h.path)
}

// movesLocked tells that a folder can be renamed whose lock is held.
const movesLocked = false
