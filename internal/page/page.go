// Package page builds what pages show: it turns fits, folders of runs and folders
// of studies into the values that package report writes as HTML. A command line
// and a server use it alike; what they read files with is a Reader.
//
// Read fit.go (the page of a fit), then curve.go, portrait.go and losscurve.go
// (its pictures), study.go, table.go and gallery.go (the page of a study), and
// runs.go (runs side by side).
package page

import (
	"errors"
	"io"
	"path/filepath"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
)

// StudyFile is the copy of a study in its folder; it marks the folder.
const StudyFile = "study.yaml"

// ComparisonFile is where several runs are put side by side.
const ComparisonFile = "comparison.html"

// Reader reads what pages need of the folders of runs.
type Reader interface {
	// Model is the model of a run.
	Model(dir string) (*model.Model, error)
	// Job is what the run did, whose data must still have the hash.
	Job(dir, hash string) (*study.Job, error)
	// Rows are the recordings that a run learnt from.
	Rows(dir string) ([]data.Series, error)
}

// from makes pages from folders.
type from struct {
	Reader
	version string // of the program, for the foot of pages
}

// Of is the page of a run, of several, or of studies, made from their folders, and
// where it belongs; out, if not empty, is where it will stand instead.
func Of(r Reader, version string, dirs []string, out string) (fill func(io.Writer) error, path string, err error) {
	f := &from{r, version}
	studies := 0
	for _, dir := range dirs {
		if study.IsStudy(dir) {
			studies++
		}
	}
	path = out
	if path == "" {
		path = ComparisonFile
		if len(dirs) == 1 {
			path = filepath.Join(dirs[0], study.ReportFile)
		}
	}
	var s *report.Study
	switch {
	case studies == 0 && len(dirs) == 1:
		d, err := f.rebuilt(dirs[0])
		return func(w io.Writer) error { return report.Write(w, d) }, path, err
	case studies == 0:
		s, err = f.comparedRuns(dirs)
	case studies == len(dirs):
		s, err = f.studies(dirs, out)
	default:
		return nil, "", errors.New("some of these folders are of studies and some of single runs; give one kind at a time")
	}
	return func(w io.Writer) error { return report.WriteStudy(w, s) }, path, err
}
