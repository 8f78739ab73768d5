package cli

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/study"
)

// comparisonFile is where several runs are put side by side.
const comparisonFile = "comparison.html"

func (a *app) reportCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "report RUN…", Short: "Write the page of a study or a run anew, or compare several",
		Long: `Write one offline HTML page from what is recorded in the folders of runs.

The folder of a study (entrain sweep) gives its table with published values
beside it, errors against what was varied, and for each problem and method the
trajectories and the training; it may be under way. The folder of a fit gives its report
again. Several folders are put side by side on one page.`,
		Example: "  entrain report runs/table-main\n" +
			"  entrain report runs/001 runs/002 --out both.html",
		Args: arguments(1, -1, "the folders of runs or studies"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.report(args, out) },
	}
	c.Flags().StringVarP(&out, "out", "o", "", "the page (default: report.html in the folder; comparison.html of several)")
	return c
}

func (a *app) report(dirs []string, out string) error {
	path, err := a.writePage(dirs, out)
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
	studies := 0
	for _, dir := range dirs {
		if exists(filepath.Join(dir, study.LedgerFile)) {
			studies++
		} else if err := isRun(dir); err != nil {
			return "", err
		}
	}
	if out != "" {
		if err := study.CheckFile(out); err != nil {
			return "", fmt.Errorf("--out: %w", err)
		}
	}
	fill, err := a.page(dirs, studies, out)
	if err != nil {
		return "", err
	}
	switch {
	case out != "":
	case len(dirs) == 1:
		out = filepath.Join(dirs[0], study.ReportFile)
	default:
		out = comparisonFile
	}
	return out, failed(study.WritePage(out, fill))
}

// page chooses what to show of the folders, some of which are of studies.
func (a *app) page(dirs []string, studies int, out string) (func(io.Writer) error, error) {
	var s *report.Study
	var err error
	switch {
	case studies == 0 && len(dirs) == 1:
		return a.rebuilt(dirs[0])
	case studies == 0:
		s, err = a.comparedRuns(dirs)
	case studies == len(dirs):
		s, err = a.studies(dirs, out)
	default:
		return nil, fmt.Errorf("some of these folders are of studies and some of single runs; give one kind at a time")
	}
	return func(w io.Writer) error { return report.WriteStudy(w, s) }, err
}

// isRun explains what keeps a folder from being that of a run with a result.
func isRun(dir string) error {
	switch {
	case !exists(dir):
		return missing(dir)
	case exists(filepath.Join(dir, study.ResultFile)):
		return nil
	case exists(filepath.Join(dir, study.CheckpointFile)):
		return fmt.Errorf("the run in %s is not finished; go on with: entrain fit --resume %s", dir, quoted(dir))
	case exists(filepath.Join(dir, studyFile)):
		return fmt.Errorf("the study in %s has not begun; run it with entrain sweep", dir)
	}
	return fmt.Errorf("%s is no folder of a run: it holds no %s", dir, study.ResultFile)
}
