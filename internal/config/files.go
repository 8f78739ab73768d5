package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// StandardInput stands for data that come through a pipe.
const StandardInput = "-"

// Files are what data are read from: files, folders and patterns such as trials/*.csv. A file
// that holds several tables is followed by the one that is meant: FILE#PART.
type Files []string

// String is the first name, and how many there are beside it.
func (f Files) String() string {
	switch len(f) {
	case 0:
		return ""
	case 1:
		return f[0]
	}
	return fmt.Sprintf("%s and %d more", f[0], len(f)-1)
}

// Piped tells that the data come through standard input.
func (f Files) Piped() bool { return len(f) == 1 && f[0] == StandardInput }

// within are the files as seen from where dir is: those that are not absolute lie in it.
func (f Files) within(dir string) Files {
	out := make(Files, len(f))
	for i, path := range f {
		out[i] = path
		if path != StandardInput && !filepath.IsAbs(path) && path != "" {
			file, part := CutPart(path)
			out[i] = filepath.Join(dir, file) + part
		}
	}
	return out
}

// seenFrom are the files relative to a folder.
func (f Files) seenFrom(dir string) Files {
	out := make(Files, len(f))
	for i, path := range f {
		file, part := CutPart(path)
		if near, err := relative(dir, file); err == nil {
			file = near
		}
		out[i] = file + part
	}
	return out
}

// partMarks stand between a file and the part of it that is meant.
var partMarks = []string{"?query=", "#"}

// CutPart splits a path before the part of the file that is meant, if there is no file of
// the whole name: book.xlsx and #sheet, plant.db and ?query=SELECT …. PartName is its name.
func CutPart(path string) (file, part string) {
	if _, err := os.Stat(path); err == nil {
		return path, ""
	}
	at := len(path)
	for _, mark := range partMarks {
		if i := strings.Index(path, mark); i >= 0 {
			at = min(at, i)
		}
	}
	return path[:at], path[at:]
}

// PartName is the name of a part that CutPart cut off.
func PartName(part string) string {
	for _, mark := range partMarks {
		if name, ok := strings.CutPrefix(part, mark); ok {
			return name
		}
	}
	return part
}

// relative returns path as seen from dir.
func relative(dir, path string) (string, error) {
	a, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	b, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	r, err := filepath.Rel(a, b)
	return filepath.ToSlash(r), err
}
