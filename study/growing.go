package study

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// growing is a file of a run that is written to while it goes on.
type growing struct {
	file file
	w    *bufio.Writer
	size int64 // bytes, flushed or not
}

// openGrowing opens a file of a run for writing after its first keep bytes.
func openGrowing(dir, name string, keep int64) (*growing, error) {
	f, err := openFile(filepath.Join(dir, name), os.O_CREATE|os.O_RDWR)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(keep); err != nil {
		f.Close()
		return nil, err
	}
	if _, err := f.Seek(keep, io.SeekStart); err != nil {
		f.Close()
		return nil, err
	}
	return &growing{f, bufio.NewWriter(f), keep}, nil
}

// checkGrown refuses a file of a run that holds less than its checkpoint counts. A kill at
// any moment leaves as much: the file goes to the disk first.
func checkGrown(dir, name string, keep int64) error {
	if keep == 0 {
		return nil
	}
	has, path := int64(0), filepath.Join(dir, name)
	if info, err := os.Stat(path); err == nil {
		has = info.Size()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s %w: %w", path, errUnread, reason(err))
	}
	if has < keep {
		return fmt.Errorf("%s is damaged: it holds %d bytes, and the checkpoint counts %d; put the file back, or start again with: entrain fit %s",
			path, has, keep, filepath.Join(dir, ConfigFile))
	}
	return nil
}

func (g *growing) write(text []byte) error {
	n, err := g.w.Write(text)
	g.size += int64(n)
	return err
}

// sync brings all that was written to the disk.
func (g *growing) sync() error {
	if err := g.w.Flush(); err != nil {
		return err
	}
	return g.file.Sync()
}

func (g *growing) close() error {
	err := g.w.Flush()
	if e := g.file.Close(); err == nil {
		err = e
	}
	return err
}
