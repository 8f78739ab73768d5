package study

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Names of the files in a run folder.
const (
	ModelFile      = "model.safetensors"
	ConfigFile     = "config.yaml"
	MetricsFile    = "metrics.jsonl"
	ResultFile     = "result.json"
	ForecastFile   = "forecast.csv"
	ShownFile      = "heldout-columns.csv"
	ReportFile     = "report.html"
	TestFile       = "test.csv"
	CheckpointFile = "checkpoint.json"
	PathFile       = "path.f64"
)

// DataFiles are the names under which a run keeps data that lie nowhere else, such as
// those that came through a pipe, by the ending that says their format.
var DataFiles = []string{"data.csv", "data.jsonl", "data.npy", "data.npz", "data.xlsx"}

// runFiles are all files of a run, in the order in which they appear.
var runFiles = append(slices.Clone(DataFiles), ConfigFile, CheckpointFile, MetricsFile, PathFile, ModelFile, ForecastFile, ShownFile, TestFile, ReportFile, ResultFile)

// wholeFiles are all files of a folder that are written beside their place and renamed.
var wholeFiles = append(slices.Clone(runFiles), TrialFile, RecordingsFile, PanicFile)

// begun are the files of a folder in which a run may begin.
var begun = append(slices.Clone(DataFiles), LockFile, ConfigFile, TrialFile, RecordingsFile)

// Unborn tells that a folder holds nothing but what a process left that was
// killed before it had written a first file whole.
func Unborn(dir string, first string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return e.Name() != LockFile && !isPassing(e.Name(), first)
	})
}

// unborn tells that a folder was to be that of a run, whose process ended
// before there was anything to go on from.
func unborn(entries []fs.DirEntry) bool {
	locked := false
	for _, e := range entries {
		name := e.Name()
		locked = locked || name == LockFile
		if !slices.Contains(begun, name) && !slices.ContainsFunc(wholeFiles, func(base string) bool { return isPassing(name, base) }) {
			return false
		}
	}
	return locked
}

// CheckFolder returns an error for the user if dir cannot become a run
// folder: it exists, is not an empty folder, and not what is left of a run that
// ended before it began. It changes nothing.
func CheckFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		if info, e := os.Stat(dir); e == nil && !info.IsDir() {
			return fmt.Errorf("output folder %s is a file; choose another name with --out", dir)
		}
		return fmt.Errorf("output folder %s cannot be made: %w; choose another one with --out", dir, reason(err))
	case len(entries) > 0 && !unborn(entries):
		return fmt.Errorf("output folder %s exists and is not empty; choose another one with --out, or go on with it by --resume %s", dir, dir)
	}
	return nil
}

// FreshFolder makes the first of parent/001, parent/002, … that does not
// exist yet.
func FreshFolder(parent string) (string, error) {
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", fmt.Errorf("folder %s cannot be made: %w", parent, err)
	}
	for n := 1; ; n++ {
		dir := filepath.Join(parent, fmt.Sprintf("%03d", n))
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("folder %s cannot be made: %w", dir, err)
		}
	}
}
