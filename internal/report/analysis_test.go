package report

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

// analysisDemo has every kind of chart, with values that are missing.
func analysisDemo() *Analysis {
	inf, nan := math.Inf(1), math.NaN()
	lo, hi := ColourRange([]float64{1, 10, 100, 1e100, inf, nan})
	return &Analysis{Title: "Loss <landscape>", About: "Of a run.", Command: "entrain analyse run hessian", Warnings: []string{"one panel failed"},
		Hint: "Above the table.", Head: []string{"rows", "loss"}, Rows: [][]string{{"31", "4.9"}},
		Sections: []Section{
			{Title: "Maps", Plots: []Plot{
				&Map{Title: "a", XName: "x", YName: "y", X: []float64{0, 1, 2}, Y: []float64{0, 1}, Z: []float64{1, 10, 100, 2, inf, nan}, Lo: lo, Hi: hi,
					PathX: []float64{2, 1, 0}, PathY: []float64{1, 0.5, 0}, Origin: "saved model"},
				&Map{Title: "b", XName: "x", YName: "y", X: []float64{0, 1}, Y: []float64{0, 1}, Z: []float64{inf, inf, inf, inf}, Lo: lo, Hi: hi},
			}},
			{Title: "Matrices", Wide: true, Plots: []Plot{
				&Blocks{Title: "m", Size: 5, Border: 1, Kinds: []BlockKind{{"curvature", [][4]int{{0, 0, 2, 2}, {2, 2, 2, 2}}}, {"parameters", [][4]int{{4, 0, 1, 5}}}, {"none", nil}}},
			}},
			{Title: "Spectra", Wide: true, Plots: []Plot{
				&Density{Title: "d", Name: "density", Grid: []float64{-1, 0, 1}, Value: []float64{0, 0.5, 1e-30}, Error: []float64{0, 0.6, 0}, Eigenvalues: []float64{-0.5, 0.5}},
				&Curves{Title: "c", XName: "factor", YName: "loss", X: []float64{1, 2, 3}, Names: []string{"free", "coupled"},
					Y: [][]float64{{1, inf, 3}, {nan, nan, nan}}, Log: true, Points: true, Mark: 2, MarkLabel: "here",
					Own: [][]float64{{1, 2, 3}, {2, 4, 6}}, Right: []float64{1, 0.5, nan}, RightName: "λ"},
			}},
		},
		Files: []File{{Name: "hessian.json", About: "the figures"}}}
}

func analysisPage(t *testing.T, a *Analysis) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteAnalysis(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnalysisPageHoldsNoNaNAndNoLoad(t *testing.T) {
	page := analysisPage(t, analysisDemo())
	head, _, _ := strings.Cut(page, "<script>")
	for _, bad := range []string{"NaN", "Inf", "http://", "https://", "<landscape>", "+Inf"} {
		if strings.Contains(head, bad) {
			t.Errorf("the page says %q", bad)
		}
	}
	if again := analysisPage(t, analysisDemo()); again != page {
		t.Error("the same analysis gives other bytes")
	}
}

func TestDivergedPointsAreMarked(t *testing.T) {
	charts := chartsOf(t, analysisPage(t, analysisDemo()))
	if len(charts) != 5 {
		t.Fatalf("%d charts", len(charts))
	}
	for i, want := range []int{2, 4} {
		n := 0
		for _, l := range charts[i].Layers {
			if l.Name == "diverged" {
				n = len(l.X)
			}
		}
		if n != want {
			t.Errorf("map %d: %d points are marked, want %d", i, n, want)
		}
	}
	if a := charts[0].Y2; a == nil || a.Min != 1 || a.Max != 1e6 {
		t.Errorf("colours %+v, want six decades from the smallest loss", a)
	}
}

func TestShapesOfAnAnalysisAreChecked(t *testing.T) {
	for name, spoil := range map[string]func(*Analysis){
		"block":         func(a *Analysis) { a.Sections[1].Plots[0].(*Blocks).Kinds[0].Blocks[1][3] = 4 },
		"border":        func(a *Analysis) { a.Sections[1].Plots[0].(*Blocks).Border = 6 },
		"short line":    func(a *Analysis) { a.Rows[0] = a.Rows[0][:1] },
		"map":           func(a *Analysis) { a.Sections[0].Plots[0].(*Map).Z = nil },
		"path":          func(a *Analysis) { a.Sections[0].Plots[0].(*Map).PathX = nil },
		"colours":       func(a *Analysis) { a.Sections[0].Plots[0].(*Map).Lo = 0 },
		"density":       func(a *Analysis) { a.Sections[2].Plots[0].(*Density).Value = nil },
		"curve":         func(a *Analysis) { a.Sections[2].Plots[1].(*Curves).Y[0] = nil },
		"own places":    func(a *Analysis) { a.Sections[2].Plots[1].(*Curves).Own[1] = []float64{1} },
		"right axis":    func(a *Analysis) { a.Sections[2].Plots[1].(*Curves).Right = []float64{1} },
		"curves' names": func(a *Analysis) { a.Sections[2].Plots[1].(*Curves).Names = nil },
	} {
		a := analysisDemo()
		spoil(a)
		var b bytes.Buffer
		if err := WriteAnalysis(&b, a); err == nil || b.Len() > 0 {
			t.Errorf("%s: error %v, %d bytes written", name, err, b.Len())
		}
	}
}
