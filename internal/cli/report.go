package cli

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/bucket"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/page"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
)

func (a *app) reportCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "report RUN…", Short: "Write the page of a study or a run anew, or compare several",
		Long: `Write one offline HTML page from what is recorded in the folders of runs.

The folder of a study (entrain sweep) gives its table with published values
beside it, errors against what was varied, and for each problem and method the
trajectories and the training; it may be under way. The folder of a fit gives its report
again. Several folders are put side by side on one page. Of a study in a bucket the
page is written there, or with --out here.`,
		Example: "  entrain report runs/table-main\n" +
			"  entrain report runs/001 runs/002 --out both.html",
		Args: arguments(1, -1, "the folders of runs or studies"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.report(args, out) },
	}
	c.Flags().StringVarP(&out, "out", "o", "", "the page (default: report.html in the folder; comparison.html of several)")
	return c
}

func (a *app) report(dirs []string, out string) error {
	var path string
	var err error
	if i := slices.IndexFunc(dirs, bucket.Is); i < 0 {
		path, err = a.writePage(dirs, out)
	} else if len(dirs) > 1 {
		err = fmt.Errorf("%s: a study in a bucket has a page of its own; give it alone", dirs[i])
	} else {
		path, err = a.reportFrom(dirs[0], out)
	}
	switch {
	case err != nil:
		return err
	case a.json:
		return a.printJSON(map[string]string{"report": path})
	}
	fmt.Fprintf(a.Stderr, "written: %s\n", path)
	return nil
}

// writePage writes the page of the folders and returns its path.
func (a *app) writePage(dirs []string, out string) (string, error) {
	for _, dir := range dirs {
		if !study.IsStudy(dir) {
			if err := isRun(dir); err != nil {
				return "", err
			}
		}
	}
	if out != "" {
		if err := study.CheckFile(out); err != nil {
			return "", fmt.Errorf("--out: %w", err)
		}
	}
	fill, path, err := page.Of(folders{a}, version(), dirs, out)
	if err != nil {
		return "", err
	}
	return path, failed(study.WritePage(path, fill))
}

// folders read what pages need of the folders of runs; it is a page.Reader.
type folders struct{ *app }

// Model reads the model of a run.
func (f folders) Model(dir string) (*model.Model, error) { return f.readModel(dir) }

func (f folders) config(dir string) (*config.Config, error) {
	file := filepath.Join(dir, study.ConfigFile)
	text, err := f.readFile(file)
	if err != nil {
		return nil, err
	}
	return config.Load(file, text, nil, 1)
}

// Job reads the data of a run again.
func (f folders) Job(dir, hash string) (*study.Job, error) {
	c, err := f.config(dir)
	if err != nil {
		return nil, err
	}
	j, err := f.prepare(c)
	if err != nil {
		return nil, err
	}
	if j.hash != hash {
		return nil, fmt.Errorf("%s has changed since the run; put the old file back", c.Data)
	}
	return &study.Job{Series: j.series, Problem: j.problem, Band: c.Band}, nil
}

// Rows reads the recordings of a run.
func (f folders) Rows(dir string) ([]data.Series, error) {
	c, err := f.config(dir)
	if err != nil {
		return nil, err
	}
	series, _, err := f.readData(c.Data, c.Columns())
	if err != nil {
		return nil, err
	}
	return longEnough(series, c.Heldout, func(string) {}), nil
}

// isRun explains what keeps a folder from being that of a run with a result.
func isRun(dir string) error {
	switch {
	case !exists(dir):
		return missing(dir)
	case exists(filepath.Join(dir, study.ResultFile)):
		return nil
	case exists(filepath.Join(dir, study.CheckpointFile)):
		return fmt.Errorf("the run in %s is not finished; go on with: entrain fit --resume %s", dir, words.Quoted(dir))
	case exists(filepath.Join(dir, page.StudyFile)):
		return fmt.Errorf("the study in %s has not begun; run it with entrain sweep", dir)
	}
	return fmt.Errorf("%s is no folder of a run: it holds no %s", dir, study.ResultFile)
}
