package report

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// manyDemo has nine recordings of one column, whose times lie apart if so wanted.
func manyDemo(apart float64) *Data {
	d := &Data{Title: "nine.csv", Multiples: &Multiples{Total: 20, Ranked: 20, Unseen: true, Worst: 4, Best: 7, Typical: 2}}
	for i := range 9 {
		s := &data.Series{ID: fmt.Sprint(i), IDName: "pot", Names: []string{"height"}, Units: []string{"cm"}, Time: "day"}
		for k := range 12 {
			s.T, s.X = append(s.T, apart*float64(i)+float64(k)), append(s.X, float64(k*(i+1)))
		}
		off := 0.1 * float64(i)
		if i == 4 {
			off = math.Inf(1)
		}
		d.Multiples.Off = append(d.Multiples.Off, off)
		d.Recordings = append(d.Recordings, Recording{Series: s, HeldOut: 3, Fit: Trajectory{T: s.T, X: s.X}})
	}
	return d
}

// TestManyRecordingsAreSmallMultiples on axes of one length, with the extremes named and in full.
func TestManyRecordingsAreSmallMultiples(t *testing.T) {
	for _, apart := range []float64{0, 100} {
		d := manyDemo(apart)
		page := render(t, d)
		small, width := 0, 0.0
		for _, c := range chartsOf(t, page) {
			if !c.Small {
				continue
			}
			small++
			if width == 0 {
				width = c.X.Max - c.X.Min
			}
			if math.Abs(c.X.Max-c.X.Min-width) > 1e-9 || c.Y.Max < 99 || c.Y.Min != 0 || (c.Sync == "") != (apart > 0) {
				t.Errorf("apart by %g: axes %+v %+v, moves with %q", apart, c.X, c.Y, c.Sync)
			}
			if c.Layers[0].Kind != Shade {
				t.Error("held-out rows are not marked")
			}
		}
		if small != 9 || width > 13 {
			t.Errorf("%d small charts, %g wide", small, width)
		}
		for _, want := range []string{"20 recordings", "9 of 20 are drawn", "Worst: pot 4, cannot be followed", "Best: pot 7", "pot 4: the worst", "pot 2: the middle"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		if v := newView(d); len(v.Recordings) != 3 || len(v.More) != 0 {
			t.Errorf("%d in full, %d folded", len(v.Recordings), len(v.More))
		}
	}
	d := manyDemo(0)
	d.Multiples.Off = d.Multiples.Off[:3]
	if check(d) == nil {
		t.Error("errors of other recordings are not noticed")
	}
}

// TestJumpsOfACurveAreJoined by dashes from where it ends to where it begins anew.
func TestJumpsOfACurveAreJoined(t *testing.T) {
	nan := math.NaN()
	c := Trajectory{T: []float64{0, 1, 1, 2, 3, 4}, X: []float64{1, 2, nan, nan, 5, 6}}
	all := c.layers(0, 1, "fit", Fit, "")
	last := all[len(all)-1]
	if len(all) != 2 || !last.Dash || last.X[0] != 1 || last.Y[0] != 2 || last.X[1] != 3 || last.Y[1] != 5 {
		t.Errorf("joined by %+v", last)
	}
	whole := Trajectory{T: c.T, X: []float64{1, 2, 3, 4, 5, 6}}
	if all = whole.layers(0, 1, "fit", Fit, ""); len(all) != 1 {
		t.Errorf("a curve without a gap has %d layers", len(all))
	}
}

// TestLongLawsAreFolded, short ones and few are not.
func TestLongLawsAreFolded(t *testing.T) {
	line := "d x/dt = " + strings.Repeat("0.1·x + ", 60)
	for n, want := range map[int]int{3: 3, 6: 6, 12: firstFormulas} {
		first, more := fold(formulas(strings.Split(strings.TrimSuffix(strings.Repeat(line+"\n", n), "\n"), "\n")))
		if len(first) != want || len(first)+len(more) != n {
			t.Errorf("of %d equations %d are shown and %d folded", n, len(first), len(more))
		}
	}
}
