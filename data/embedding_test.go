package data

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// wave is a column at the given times.
func wave(times []float64) Series {
	s := Series{Names: []string{"x"}, Units: []string{"m"}, Time: "t", T: times}
	for _, t := range times {
		s.X = append(s.X, math.Sin(t))
	}
	return s
}

func even(n int, step float64) (t []float64) {
	for i := range n {
		t = append(t, step*float64(i))
	}
	return t
}

func TestStatesOfAnEmbeddingAreEarlierRows(t *testing.T) {
	s := wave(even(50, 0.1))
	s.X[20] = math.NaN()
	all, err := (&Embedding{Dimension: 3, Lag: 4}).Embed([]Series{s})
	if err != nil {
		t.Fatal(err)
	}
	e := &all[0]
	if e.Len() != 42 || !slices.Equal(e.Names, []string{"x", "x_lag4", "x_lag8"}) || len(e.Units) != 3 || e.Embedding.Step != s.Step() {
		t.Fatalf("%d rows of %v %v, %+v", e.Len(), e.Names, e.Units, e.Embedding)
	}
	for i := range e.T {
		for k := range 3 {
			got, want := e.Row(i)[k], s.X[8+i-4*k]
			if math.IsNaN(want) {
				want = math.Sin(s.T[20])
			}
			if k == 0 && 8+i == 20 {
				if !math.IsNaN(got) {
					t.Error("a missing value is made up")
				}
			} else if math.Abs(got-want) > 5e-5 {
				t.Errorf("row %d, value %d: %g, want %g", i, k, got, want)
			}
		}
	}
}

// Where rows are not equally far apart the past is interpolated, but for wide gaps.
func TestPastBetweenRowsIsInterpolated(t *testing.T) {
	times := even(80, 0.1)
	for i := range times {
		times[i] += 0.02 * math.Sin(float64(i*i))
	}
	times = slices.Delete(times, 40, 50)
	s := wave(times)
	all, err := (&Embedding{Dimension: 2, Lag: 7, Step: 0.1}).Embed([]Series{s})
	if err != nil {
		t.Fatal(err)
	}
	missing := 0
	for i, at := range all[0].T {
		got := all[0].Row(i)[1]
		if math.IsNaN(got) {
			missing++
		} else if math.Abs(got-math.Sin(at-0.7)) > 1e-4 {
			t.Errorf("at %g: %g, want %g", at, got, math.Sin(at-0.7))
		}
	}
	if missing < 5 || missing > 12 {
		t.Errorf("%d values are missing where the gap of 10 rows was", missing)
	}
	if v, even := s.Even(); even || len(v) < 78 || math.Abs(v[20]-math.Sin(s.T[0]+20*s.Step())) > 1e-4 {
		t.Errorf("even: %t, %d values, %g", even, len(v), v[20])
	}
	regular := wave(even(5000, 0.01))
	if v, even := regular.Even(); !even || !slices.Equal(v, regular.X) {
		t.Error("even rows are not left as they are")
	}
}

func TestEmbeddingsThatCannotBe(t *testing.T) {
	short, flat, wide := wave(even(30, 0.1)), wave(even(100, 0.1)), wave(even(100, 0.1))
	for i := range flat.X {
		flat.X[i] = 2
	}
	wide.Names, wide.X = []string{"x", "y"}, append(wide.X, wide.X...)
	for want, s := range map[string]Series{"has 30 rows": short, "the same in all rows": flat, "name one with states=": wide} {
		if _, err := (&Embedding{Dimension: 3, Lag: 6}).Embed([]Series{s}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	for _, text := range []string{"", "3", "3:", "a:b", "1:2", "21:2", "3:0", "3:5:7"} {
		if e, err := ParseEmbedding(text); err == nil {
			t.Errorf("%q is taken for %+v", text, e)
		}
	}
	if e, err := ParseEmbedding("3:5"); err != nil || e.String() != "3:5" {
		t.Errorf("%v, %v", e, err)
	}
}
