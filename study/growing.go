package study

import (
	"bufio"
	"io"
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
	if info, e := f.Stat(); e != nil || info.Size() < keep {
		keep = 0 // the file was lost; training can go on without its past
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
