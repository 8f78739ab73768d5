package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/study"
)

// dataEndings are those of the files that are taken from a folder, packed with gzip or not.
var dataEndings = []string{".csv", ".tsv", ".txt", ".dat", ".xlsx", ".parquet", ".npy", ".npz", ".mat", ".jsonl", ".ndjson"}

// expand lists the files that names stand for: folders are the files of data in them, and
// patterns, where the shell left them, the files that match. Files are in the order given, those
// of a folder or pattern in that of their names.
func expand(names config.Files) ([]string, error) {
	var out []string
	for _, name := range names {
		found, err := expandOne(name)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	seen := map[string]bool{}
	for _, path := range out {
		switch {
		case path == config.StandardInput && len(out) > 1:
			return nil, fmt.Errorf("standard input (-) is one file of data, and cannot be read beside others")
		case seen[filepath.Clean(path)]:
			return nil, fmt.Errorf("%s is given twice; each file is a recording of its own", path)
		}
		seen[filepath.Clean(path)] = true
	}
	return out, nil
}

func expandOne(name string) ([]string, error) {
	file, part := config.CutPart(name)
	info, err := os.Stat(file)
	switch {
	case name == config.StandardInput:
	case err == nil && info.IsDir():
		return inFolder(file, part)
	case err != nil && strings.ContainsAny(file, "*?["):
		return matching(file, part)
	}
	return []string{name}, nil
}

func inFolder(dir, part string) ([]string, error) {
	if exists(filepath.Join(dir, study.ResultFile)) || exists(filepath.Join(dir, study.ConfigFile)) {
		return nil, fmt.Errorf("%s is the folder of a run, not of data; go on with it with --resume %s, or give the file it learnt from", dir, dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("the folder %s cannot be read: %w", budget.Cut(dir), reason(err))
	}
	var out []string
	for _, e := range entries {
		ending := strings.ToLower(filepath.Ext(strings.TrimSuffix(strings.ToLower(e.Name()), ".gz")))
		if strings.HasPrefix(e.Name(), ".") || !slices.Contains(dataEndings, ending) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path)
		if err != nil {
			return nil, unreachable(path, err)
		}
		if info.Mode().IsRegular() {
			out = append(out, path+part)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the folder %s holds no file of data (%s); give a file, or a pattern such as %s", dir, strings.Join(dataEndings, " "),
			filepath.Join(dir, "*.log"))
	}
	return out, nil
}

func matching(pattern, part string) ([]string, error) {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("the pattern %s is malformed; a bracket that opens has to be closed", budget.Quote(pattern))
	}
	var out []string
	for _, path := range found {
		info, err := os.Stat(path)
		if err != nil {
			return nil, unreachable(path, err)
		}
		if !info.IsDir() {
			out = append(out, path+part)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no file matches %s; check the pattern and the folder", budget.Cut(pattern))
	}
	return out, nil
}

// unreachable is the error of a file among others, which would be missed silently.
func unreachable(path string, err error) error {
	if to, e := os.Readlink(path); e == nil && os.IsNotExist(err) {
		return fmt.Errorf("%s is a link that leads nowhere (to %s); mend it or remove it, or name the files that are meant", budget.Cut(path), budget.Cut(to))
	}
	return fmt.Errorf("%s cannot be reached: %w; mend it or remove it, or name the files that are meant", budget.Cut(path), reason(err))
}

// recordingIDs are the names of the recordings of files: those of the files without their
// folders, or with them where two would be the same.
func recordingIDs(paths []string) []string {
	ids := make([]string, len(paths))
	if len(paths) == 1 {
		return ids
	}
	seen := map[string]bool{}
	for i, path := range paths {
		file, part := config.CutPart(path)
		if ids[i] = filepath.Base(file) + part; seen[ids[i]] {
			for k, path := range paths {
				ids[k] = filepath.ToSlash(path)
			}
			return ids
		}
		seen[ids[i]] = true
	}
	return ids
}

// mostPinned is how many files the configuration of a run lists one by one.
const mostPinned = 1000

// pinned are the files that names stand for now, unless there are very many.
func pinned(names config.Files) config.Files {
	if out, err := expand(names); err == nil && len(out) <= mostPinned {
		return out
	}
	return names
}

// filesOf are the arguments in front that name files of data, and the settings behind them.
func filesOf(args []string) (files, settings []string) {
	for i, arg := range args {
		if !isFile(arg) {
			return args[:i], args[i:]
		}
	}
	return args, nil
}

// baseNames are the names of files without their folders.
func baseNames(files config.Files) string {
	out := make(config.Files, len(files))
	for i, path := range files {
		file, part := config.CutPart(path)
		out[i] = filepath.Base(file) + part
	}
	return out.String()
}
