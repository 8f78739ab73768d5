package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/internal/page"
	"github.com/entrain-dev/entrain/study"
)

func TestReportOfAStudyNeedsItsFolderAlone(t *testing.T) {
	workplace(t)
	write(t, "s.yaml", simulated)
	must(t, "sweep", "s.yaml", "--out", "s")
	page := read(t, "s/report.html")
	for _, want := range []string{"<h1>Small</h1>", "extrapolation, clean", "learnt", "seed 2", "not trained on"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	write(t, "s.yaml", "")
	o := must(t, "report", "s", "--out", "again.html", "--json")
	if !strings.Contains(o.out, `"again.html"`) {
		t.Error(o.out)
	}
	if again := read(t, "again.html"); len(again) < len(page)/2 || !strings.Contains(again, "<h1>Small</h1>") {
		t.Error("the page that is written anew differs")
	}
}

func TestAnalysesOfTrialsAreLinked(t *testing.T) {
	workplace(t)
	write(t, "small.yaml", small)
	must(t, "sweep", "small.yaml", "method=vanilla", "seed=1", "--out", "s")
	dirs, _ := filepath.Glob("s/trials/*")
	if err := os.Mkdir(filepath.Join(dirs[0], page.AnalysisFolder), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dirs[0], page.AnalysisFolder, "landscape.html"), "")
	must(t, "report", "s")
	want := `<a href="trials/` + filepath.Base(dirs[0]) + `/analysis/landscape.html">landscape</a>`
	if !strings.Contains(read(t, "s/report.html"), want) {
		t.Errorf("the page has no link %s", want)
	}
}

func TestReportOfAStudyUnderWaySaysSo(t *testing.T) {
	workplace(t)
	write(t, "small.yaml", small)
	must(t, "sweep", "small.yaml", "--out", "s")
	dirs, _ := filepath.Glob("s/trials/*/" + study.ResultFile)
	if err := os.Remove(dirs[0]); err != nil {
		t.Fatal(err)
	}
	must(t, "report", "s")
	page := read(t, "s/report.html")
	for _, want := range []string{"1 of 6 trials are not finished", "there is no file nowhere.csv"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestReportOfARunIsMadeAgain(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "--out", "one")
	before := read(t, "one/report.html")
	must(t, "report", "one")
	if after := read(t, "one/report.html"); after != before {
		t.Errorf("%d bytes before, %d after", len(before), len(after))
	}
}

func TestRunsAreComparedOnOnePage(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "--out", "one")
	fitQuick(t, "lynx-hare.csv", "seed=3", "--out", "two")
	must(t, "report", "one", "two")
	page := read(t, page.ComparisonFile)
	for _, want := range []string{"one: mlp, homotopy", "two: mlp, homotopy", "hare", "training NRMSE"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestStudiesAreComparedOnOnePage(t *testing.T) {
	workplace(t)
	write(t, "s.yaml", simulated)
	must(t, "sweep", "s.yaml", "--out", "s")
	write(t, "t.yaml", strings.Replace(simulated, "name: Small", "name: Other", 1))
	must(t, "sweep", "t.yaml", "--out", "t")
	must(t, "report", "s", "t")
	if page := read(t, page.ComparisonFile); !strings.Contains(page, "Small · Other") || strings.Count(page, `rowspan="3"`)+strings.Count(page, `rowspan="1"`) < 2 {
		t.Error("the page does not hold both studies")
	}
}

func TestBadReportsAreExplained(t *testing.T) {
	workplace(t)
	write(t, "small.yaml", small)
	must(t, "sweep", "small.yaml", "seed=1", "method=vanilla", "--out", "s")
	fitQuick(t, "lynx-hare.csv", "--out", "one")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"report"}, "report takes the folders"},
		{[]string{"report", "nowhere"}, "nowhere"},
		{[]string{"report", "."}, "is no folder of a run"},
		{[]string{"report", "s", "one"}, "some of these folders are of studies"},
	} {
		if o := entrain(c.args...); o.code != exitBad || !strings.Contains(o.err, c.want) || strings.Count(o.err, "\n") != 1 {
			t.Errorf("%v: exit %d: %s; want %s", c.args, o.code, o.err, c.want)
		}
	}
}

// A report says first whether the model beats a baseline and for how long to
// believe it; its legend says what the band is.
func TestReportOfAFitBeginsWithItsWorth(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time, and nothing runs at the same time that shorter tests do not run too")
	}
	workplace(t)
	must(t, "fit", "lotka-volterra.csv", "budget=60", "members=3", "--out", "lv")
	must(t, "fit", "lotka-volterra.csv", "budget=60", "members=3", "band=fit", "--out", "fit")
	page := read(t, "lv/report.html")
	for _, want := range []string{"The model beats the best baseline", "believe forecasts for", "90\u00a0% band held", "What each score means", "never corrected",
		"90 % predictive band, not calibrated", "forecast of the held-out rows before the refit", "persistence"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if page = read(t, "fit/report.html"); !strings.Contains(page, "90 % band of the fit, 3 members") || strings.Contains(page, "predictive band") {
		t.Error("band=fit shows another band")
	}
	if header, _, _ := strings.Cut(read(t, "fit/forecast.csv"), "\n"); header != "t,x,y,x_fit_lo,x_fit_hi,y_fit_lo,y_fit_hi" {
		t.Error(header)
	}
	if header, _, _ := strings.Cut(must(t, "forecast", "fit", "--band", "none").out, "\n"); header != "t,x,y" {
		t.Error(header)
	}
	if o := entrain("forecast", "fit", "--band", "predictiv"); o.code != exitBad || !strings.Contains(o.err, "predictive") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
	if o := entrain("fit", "lotka-volterra.csv", "band=wide"); o.code != exitBad || !strings.Contains(o.err, "band") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

// A forecast without any row is none.
func TestAForecastWithoutRowsFails(t *testing.T) {
	workplace(t)
	must(t, "fit", "lotka-volterra.csv", "method=lm", "budget=3", "--out", "fit")
	for _, args := range [][]string{{"--t", "1e9:1e9:1"}, {"--t", "1e9:1e9:1", "--json"}} {
		if o := entrain(append([]string{"forecast", "fit"}, args...)...); o.code != exitFailed || !strings.Contains(o.err, "no forecast") {
			t.Errorf("%v: exit code %d, %s%s", args, o.code, o.out, o.err)
		}
	}
}
