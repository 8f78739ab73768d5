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
	return map[string]*Data{"two": demo(), "one": demoOne(), "four": demoFour(), "three": demoThree(), "bare": {}, "odd": demoOdd()}
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
	loads := regexp.MustCompile(`(?i)https?:|//[a-z]|\bsrc\s*=|\bhref\s*=|@import|url\((?:"|')?[^#]`)
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
	d.Equations = []string{evil, "# " + evil, "a = " + evil}
	d.Parameters[0].Name, d.Networks[0].Name, d.Tried[0].Method = evil, evil, evil
	d.Portraits[0].X.Name, d.Portraits[0].Equilibria[0].Kind = evil, evil
	d.Provenance.Config, d.Files[0].Name = evil, evil
	d.Loss.Stages[0].Name = evil
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
