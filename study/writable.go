package study

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// CheckFile returns an error for the user if no file can be written whole at path, before
// the time is spent that its content takes: the folder must be there and take files, and
// what is there already must be a file. It leaves nothing behind.
func CheckFile(path string) error {
	shown := budget.Cut(path)
	info, err := os.Stat(path)
	switch {
	case path == "":
		return fmt.Errorf("a file needs a name")
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder; give the name of a file", shown)
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("%s is a device, a pipe or a socket, which no file may replace; give the name of a file", shown)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s cannot be written: %w", shown, reason(err))
	}
	dir := filepath.Dir(path)
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s cannot be written: there is no folder %s", shown, budget.Cut(dir))
	case err != nil:
		return fmt.Errorf("%s cannot be written: %w", shown, reason(err))
	case !info.IsDir():
		return fmt.Errorf("%s cannot be written: %s is no folder", shown, budget.Cut(dir))
	}
	return takesFiles(dir)
}

// CheckPlace returns an error for the user if no folder dir can be made, or none can be
// written to, before time is spent. It leaves nothing behind.
func CheckPlace(dir string) error {
	if strings.Contains(dir, "://") {
		return fmt.Errorf("%s is an address and no folder; of what Entrain writes, studies can go to a bucket: entrain sweep --out s3://BUCKET/FOLDER", budget.Cut(dir))
	}
	at := filepath.Clean(dir)
	for {
		info, err := os.Stat(at)
		switch {
		case err == nil && !info.IsDir():
			return fmt.Errorf("folder %s cannot be made: %s is no folder; choose another one with --out", budget.Cut(dir), budget.Cut(at))
		case err == nil:
			return takesFiles(at)
		case !errors.Is(err, fs.ErrNotExist) && filepath.Dir(at) == at:
			return fmt.Errorf("folder %s cannot be made: %w; choose another one with --out", budget.Cut(dir), reason(err))
		}
		at = filepath.Dir(at)
	}
}

// takesFiles tries whether a file can be made in a folder, without a name if there is such
// a file: a process that is killed then leaves nothing.
func takesFiles(dir string) error {
	known, err := unnamed(dir)
	if !known {
		var f *os.File
		if f, err = os.CreateTemp(dir, passing("try")+"*"); err == nil {
			f.Close()
			os.Remove(f.Name())
		}
	}
	if err != nil {
		return fmt.Errorf("nothing can be written in the folder %s: %w; choose another one", budget.Cut(dir), reason(err))
	}
	return nil
}
