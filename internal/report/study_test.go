package report

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// studyDemo has everything a page can show, and holes in it.
func studyDemo() *Study {
	nan := math.NaN()
	s := &data.Series{Time: "t", Names: []string{"x", "y"}}
	truth := Trajectory{}
	for i := range 20 {
		t := float64(i) / 5
		s.T, s.X = append(s.T, t), append(s.X, math.Sin(t)+0.01, math.Cos(t))
		truth.T, truth.X = append(truth.T, t), append(truth.X, math.Sin(t), math.Cos(t))
	}
	orbit := Orbit{Name: "seed 1", Trajectory: Trajectory{T: truth.T[:12], X: truth.X[:24]}, Best: 2,
		Iteration: []float64{0, 1, 2, 3, 4, 5, 6, 7}, MSE: []float64{9, math.Inf(1), 1, nan, 2, 2, 2, 2}, Lambda: []float64{1, 1, 0.5, 0, 0, 0, 0, 0}}
	lost := Orbit{Name: "seed 2", Best: nan}
	cells := func(mean float64) []Cell {
		return []Cell{{mean, mean / 4, mean, 0, mean * 1.5, 0.0002, mean / 3, []Verdict{{"median ≤ 1: met", true}}, "lower: ours in 3 of 4"}, {12, nan, 12, 1, nan, nan, nan, nil, ""}}
	}
	return &Study{Title: "A study", About: "Of two groups.", Version: "1", Metrics: []Metric{{Name: "error"}, {Name: "seconds", Plain: true}},
		Groups: []Group{
			{"noise 5", []TableLine{{Name: "ours", Cells: cells(0.5), Trials: 3, Failed: 1}, {Name: "theirs", Cells: cells(0.25), Trials: 3, Remaining: 2},
				{Name: "true equations", Bound: true, Cells: cells(0.01), Trials: 1}}},
			{"noise 10", []TableLine{{Name: "ours", Cells: cells(nan)}}}},
		Panels: []Panel{
			{"Error", "noise", []string{"5", "50"}, []float64{5, 50}, []Curve{{"ours", false, []float64{1, nan}, []float64{2, nan}, []float64{1, 2}, []float64{nan, nan}}}},
			{"Error", "", []string{"a", "b", "c", "d", "e"}, nil, []Curve{{"ours", true, []float64{1, 2, 3, 4, 0}, make([]float64, 5), make([]float64, 5), make([]float64, 5)}}},
			{Title: "Nothing"}},
		Cases:    []Case{{"noise 5", []Picture{{Name: "ours", Series: s, Trained: 10, Truth: truth, Orbits: []Orbit{orbit, lost}, Links: []Link{{"landscape", "a/b.html"}}}, {Name: "theirs", Series: s}}}},
		Failures: []Failure{{"noise 5 ours", "it diverged"}}, Files: []File{{"table.csv", "the table"}}, Warnings: []string{"2 trials are not finished"}}
}

func studyPage(t *testing.T, s *Study) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteStudy(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestStudyPageHoldsNoNaNAndNoLoad(t *testing.T) {
	for _, s := range []*Study{studyDemo(), {}} {
		page := studyPage(t, s)
		body := page[:strings.LastIndex(page, "<script>")] // without the code
		for _, bad := range []string{"NaN", "Inf", "src=", "<link", "http://", "https://", "<no value>"} {
			if strings.Contains(body, bad) {
				t.Errorf("the page holds %q", bad)
			}
		}
		chartsOf(t, page)
		if page != studyPage(t, s) {
			t.Error("the same study gives two pages")
		}
	}
}

func TestStudyPageSaysWhatThereIs(t *testing.T) {
	page := studyPage(t, studyDemo())
	for _, want := range []string{"published 0.750 ± 0.0002", `met">median ≤ 1: met`, "1 failed", "2 not finished", "it diverged", `href="a/b.html"`, `data-shows="case0picture1"`, "1 without a value",
		`<span class="value best">0.250</span>`, "not trained on"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, `best">0.0100`) || strings.Count(page, `class="value best"`) != 1 {
		t.Error("a bound is no competitor, and where there is one line nobody wins")
	}
	if strings.Contains(page, "bound 0.") { // it has a line in its group
		t.Error("the bound is told twice")
	}
}

func TestWordsOfAStudyCannotBecomeMarkup(t *testing.T) {
	s := studyDemo()
	const evil = `</script><img src=x onerror=alert(1)>`
	s.Title, s.About, s.Groups[0].Name, s.Cases[0].Name, s.Panels[0].Curves[0].Name, s.Failures[0].Why = evil, evil, evil, evil, evil, evil
	if page := studyPage(t, s); strings.Contains(page, "<img") {
		t.Error("words became markup")
	}
}

func TestShapesOfAStudyAreChecked(t *testing.T) {
	for name, spoil := range map[string]func(*Study){
		"cells":  func(s *Study) { s.Groups[0].Lines[0].Cells = nil },
		"labels": func(s *Study) { s.Panels[0].Labels = nil },
		"curve":  func(s *Study) { s.Panels[0].Curves[0].Mean = nil },
		"series": func(s *Study) { s.Cases[0].Pictures[0].Series = nil },
		"rows":   func(s *Study) { s.Cases[0].Pictures[0].Trained = 99 },
		"orbit":  func(s *Study) { s.Cases[0].Pictures[0].Orbits[0].X = nil },
		"loss":   func(s *Study) { s.Cases[0].Pictures[0].Orbits[0].MSE = nil },
	} {
		s := studyDemo()
		spoil(s)
		if err := WriteStudy(&bytes.Buffer{}, s); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// An error bar that reaches below zero ends at the edge of a logarithmic axis.
func TestBarsStayOnALogarithmicAxis(t *testing.T) {
	c := studyDemo().Panels[0].chart()
	for _, l := range c.Layers {
		if l.Kind == Errors && !(l.Y[0] >= c.Y.Min && l.Y1[0] == 3 && c.Y.Min > 0) {
			t.Errorf("the bar goes from %g to %g on an axis from %g", l.Y[0], l.Y1[0], c.Y.Min)
		}
	}
	if len(c.X.Ticks) != 2 || !c.X.Log {
		t.Errorf("%+v", c.X)
	}
}
