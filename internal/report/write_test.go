package report

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

func demos() map[string]*Data {
	return map[string]*Data{"two": demo(), "one": demoOne(), "four": demoFour(), "three": demoThree(), "bare": {}, "odd": demoOdd(), "many": manyDemo(0)}
}

func render(t *testing.T, d *Data) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var island = regexp.MustCompile(`(?s)<script type="application/json" id="charts">(.*?)</script>`)

func chartsOf(t *testing.T, page string) []Chart {
	t.Helper()
	m := island.FindStringSubmatch(page)
	if m == nil {
		t.Fatal("no chart data on the page")
	}
	var charts []Chart
	if err := json.Unmarshal([]byte(m[1]), &charts); err != nil {
		t.Fatalf("chart data is not JSON: %v", err)
	}
	return charts
}

// TestPagesHoldNoNaNAndNoLoad renders every demo; with ENTRAIN_REPORT_DIR set
// the pages are kept there to be looked at.
func TestPagesHoldNoNaNAndNoLoad(t *testing.T) {
	dir := os.Getenv("ENTRAIN_REPORT_DIR")
	notANumber := regexp.MustCompile(`\bNaN\b|[+-]Inf\b|<no value>`)
	loads := regexp.MustCompile(`(?i)https?:|//[a-z]|\bsrc\s*=|\bhref\s*=|@import|\burl\((?:"|')?[^#]`)
	for name, d := range demos() {
		page := render(t, d)
		if dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".html"), []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if len(page) > 600_000 {
			t.Errorf("%s: %d bytes", name, len(page))
		}
		body := page[:strings.LastIndex(page, "<script>")] // without the code
		if m := notANumber.FindString(body); m != "" {
			t.Errorf("%s: the page says %q", name, m)
		}
		if m := loads.FindString(page); m != "" {
			t.Errorf("%s: the page loads something: %q", name, m)
		}
		chartsOf(t, page)
	}
}

func TestSameDataSameBytes(t *testing.T) {
	for name, d := range demos() {
		first, second := render(t, d), render(t, d)
		if first != second {
			t.Errorf("%s: two renderings differ", name)
		}
	}
}

func TestWordsOfUsersCannotBecomeMarkup(t *testing.T) {
	const evil = `</script><script>alert("1")</script><img src=x onerror=alert(2)>`
	d := demo()
	d.Title, d.Command, d.Story, d.Warnings = evil, evil, evil, []string{evil}
	d.Headline, d.Trust, d.Verdicts, d.Lines = evil, evil, []Finding{{evil, evil}}, []ScoreLine{{Part: evil, Name: evil, About: evil}}
	d.Equations = []string{evil, "# " + evil, "a = " + evil}
	d.Parameters[0].Name, d.Networks[0].Name, d.Tried[0].Method = evil, evil, evil
	d.Portraits[0].X.Name, d.Portraits[0].Equilibria[0].Kind = evil, evil
	d.Provenance.Config, d.Files[0].Name = evil, evil
	d.Losses[0].Stages[0].Name = evil
	s := *d.Recordings[0].Series
	s.ID, s.Names, s.Time, s.Units = evil, []string{evil, "b"}, evil, []string{evil, evil}
	d.Recordings[0].Series = &s
	page := render(t, d)
	if n := strings.Count(page, "<script"); n != 2 {
		t.Errorf("%d script elements, want 2", n)
	}
	if strings.Contains(page, "<img") {
		t.Error("an image came in by a name")
	}
	if got := chartsOf(t, page)[0].Title; got != evil {
		t.Errorf("the chart is called %q", got)
	}
}

func TestEmptyPartsLeaveNoTrace(t *testing.T) {
	page := render(t, &Data{})
	if strings.Contains(page, "<section") || strings.Contains(page, "<table") || strings.Contains(page, `<dl class`) {
		t.Error("an empty report has sections")
	}
	for _, heading := range []string{"What is left over", "What was learnt", "How it was trained", "Phase portrait", "The run"} {
		if !strings.Contains(render(t, demo()), heading) {
			t.Errorf("the full report has no %q", heading)
		}
	}
}

func TestMissingValuesBecomeNull(t *testing.T) {
	b, err := json.Marshal(Numbers{1, math.NaN(), math.Inf(1), 0.5})
	if err != nil || string(b) != "[1,null,null,0.5]" {
		t.Errorf("%s, %v", b, err)
	}
}

func TestShapesAreChecked(t *testing.T) {
	s := &data.Series{Names: []string{"a"}, T: []float64{0, 1}, X: []float64{1, 2}}
	for name, r := range map[string]Recording{
		"no series": {},
		"held out":  {Series: s, HeldOut: 3},
		"at rows":   {Series: s, AtRows: []float64{1}},
		"fit":       {Series: s, Fit: Trajectory{T: []float64{0}}},
		"values":    {Series: &data.Series{Names: []string{"a", "b"}, T: []float64{0}, X: []float64{1}}},
	} {
		var b bytes.Buffer
		if err := Write(&b, &Data{Recordings: []Recording{r}}); err == nil || b.Len() > 0 {
			t.Errorf("%s: error %v, %d bytes written", name, err, b.Len())
		}
	}
}

// What a sceptic asks comes first: the headline, what to know, the scores; then
// the curves. Baselines and forecasts of unseen rows have curves of their own.
func TestFirstPageBeginsWithWhatIsAskedFirst(t *testing.T) {
	d := demo()
	d.Headline, d.Trust = "The model beats it.", "Believe it for a while."
	d.Verdicts = []Finding{{"band-wide", "The band is wide."}}
	d.Lines = []ScoreLine{{Part: "Held-out rows (12)", Name: "The model", About: "forecast", NRMSE: 0.2, R2: 0.96, MSE: 2, Rolling: 0.3, Model: true},
		{Name: "Mean", NRMSE: 1.1, R2: math.NaN(), MSE: 60, Rolling: math.NaN()}}
	r := &d.Recordings[0]
	n := len(r.Series.T)
	r.Unseen = Trajectory{T: r.Series.T[n-2:], X: []float64{30, 9, 31, 10}}
	r.Baselines = []NamedTrajectory{{"mean", Trajectory{T: r.Series.T[n-2:], X: []float64{20, 20, 20, 20}}}}
	page := render(t, d)
	at := 0
	for _, want := range []string{d.Headline, d.Trust, "The band is wide.", "all origins", "Held-out rows (12)", "Mean", "Data and model"} {
		i := strings.Index(page[at:], want)
		if i < 0 {
			t.Fatalf("%q is missing, or too early", want)
		}
		at += i
	}
	names := map[string]bool{}
	for _, l := range chartsOf(t, page)[0].Layers {
		names[l.Name] = true
	}
	for _, want := range []string{"fit", "had not seen these rows", "mean", "5–95 % of 8 members"} {
		if !names[want] {
			t.Errorf("there is no curve %q", want)
		}
	}
}
