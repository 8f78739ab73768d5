package study

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// RecordError says that something could not be written or read: trouble around
// a fit, such as a full disk, not of it. It may be over when the fit is tried
// again.
type RecordError struct{ Err error }

// Error is that of Err.
func (e *RecordError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *RecordError) Unwrap() error { return e.Err }

// around marks an error as trouble around a fit; nil stays nil.
func around(err error) error {
	if err == nil {
		return nil
	}
	return &RecordError{err}
}

// IsAround tells that an error is trouble around a fit.
func IsAround(err error) bool {
	var r *RecordError
	return errors.As(err, &r)
}

// trouble is asked before every operation on a file; an error stands for that
// of the operation. It is a place for tests to put faults.
var trouble = func(op, path string) error { return nil }

// file is an os.File whose operations may be made to fail.
type file struct{ *os.File }

// Write may write less than all of p, as a full disk does.
func (f file) Write(p []byte) (int, error) {
	if err := trouble("write", f.Name()); err != nil {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, err
	}
	return f.File.Write(p)
}

func (f file) Sync() error {
	if err := trouble("sync", f.Name()); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f file) Truncate(size int64) error {
	if err := trouble("truncate", f.Name()); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

// openNew opens a file to write it anew.
const openNew = os.O_CREATE | os.O_WRONLY | os.O_TRUNC

func openFile(path string, flag int) (file, error) {
	if err := trouble("open", path); err != nil {
		return file{}, err
	}
	f, err := os.OpenFile(path, flag, 0o644)
	return file{f}, err
}

func makeFolder(dir string) error {
	if err := trouble("mkdir", dir); err != nil {
		return err
	}
	return os.MkdirAll(dir, 0o755)
}

func rename(from, to string) error {
	if err := trouble("rename", to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

func remove(path string) error {
	if err := trouble("remove", path); err != nil {
		return err
	}
	return os.Remove(path)
}

func readFile(path string) ([]byte, error) {
	if err := trouble("read", path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// WriteFile gives path the content that fill writes, whole or not at all: it
// is written beside it, brought to the disk and then renamed.
func WriteFile(path string, fill func(io.Writer) error) (err error) {
	if err = trouble("create", path); err != nil {
		return err
	}
	if info, e := os.Stat(path); e == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("it is no file, and none may replace it")
	}
	made, err := os.CreateTemp(filepath.Dir(path), passing(filepath.Base(path))+"*")
	if err != nil {
		return err
	}
	f := file{made}
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
	if err = rename(f.Name(), path); err != nil {
		return err
	}
	if d, e := os.Open(filepath.Dir(path)); e == nil { // where folders can be synced, the new name outlives a power failure
		d.Sync()
		d.Close()
	}
	return nil
}

// passing begins the names of files and folders that become base when they are
// whole.
func passing(base string) string { return "." + base + "-" }

// isPassing tells that name is of a file on its way to base. Their ends are
// the digits of os.CreateTemp.
func isPassing(name, base string) bool {
	end, ok := strings.CutPrefix(name, passing(base))
	return ok && end != "" && strings.Trim(end, "0123456789") == ""
}

// tidy removes what killed processes left in a folder on the way to whole
// files. The folder must be locked.
func tidy(dir string, bases ...string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		for _, base := range bases {
			if isPassing(e.Name(), base) {
				os.RemoveAll(filepath.Join(dir, e.Name()))
			}
		}
	}
}

// passingIn are the names that something in a folder is on its way to.
func passingIn(dir string) map[string]bool {
	out := map[string]bool{}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if name, ok := strings.CutPrefix(e.Name(), "."); ok {
			if i := strings.LastIndexByte(name, '-'); i > 0 {
				out[name[:i]] = true
			}
		}
	}
	return out
}

// CleanUp removes from the folder of a study, which must be locked, what killed
// processes left there on the way to whole files.
func CleanUp(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		base, _, _ := strings.Cut(strings.TrimPrefix(e.Name(), "."), "-")
		if e.Type().IsRegular() && isPassing(e.Name(), base) {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// isThere tells that a name exists.
func isThere(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
