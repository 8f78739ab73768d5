package study

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/scenes"
	"github.com/entrain-dev/entrain/train"
)

// TestErrorsInTheColumnsAreThoseOfTheFrames: of what is forecast, and what the components leave out
// is in them; the two parts are the whole, since directions are orthonormal.
func TestErrorsInTheColumnsAreThoseOfTheFrames(t *testing.T) {
	films, err := scenes.Film("spring-mass-frames", 6, 14, 0)
	if err != nil {
		t.Fatal(err)
	}
	c, err := data.NewComponents(films, 5)
	if err != nil {
		t.Fatal(err)
	}
	few, err := c.Of(films)
	if err != nil {
		t.Fatal(err)
	}
	s := train.DefaultSettings()
	s.Heldout, s.HeldRecordings, s.Budget, s.Solver.RTol, s.Solver.ATol = 0, 0.3, 2, 1e-3, 1e-3
	few = s.Forget(few)
	arch := &field.Latent{Latent: 1, Order: 2, Hidden: []int{4}, Activation: "sin", Window: 4, Reader: []int{4}, Decoder: []int{4}}
	p, err := train.NewProblem(few, "latent", arch, s)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Train {
		if p.Train[i].Shown != nil {
			t.Error("columns of rows to train on are kept")
		}
	}
	method, err := train.Methods.Lookup("truncated")
	if err != nil {
		t.Fatal(err)
	}
	r, err := method.Fit(t.Context(), p, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Apart) != 2 {
		t.Fatalf("%d are held out", len(p.Apart))
	}
	for at := range p.Apart {
		f, err := ShownAt(r.Model, p, at)
		if err != nil || f == nil {
			t.Fatal(err)
		}
		states, err := r.Model.ForecastAfter(ptr(p.Apart[at].Slice(0, f.Seen)), f.T, &p.Apart[at])
		if err != nil {
			t.Fatal(err)
		}
		film := films[0]
		for i := range films {
			if films[i].ID == f.ID {
				film = films[i]
			}
		}
		for k := range f.T {
			among := 0.0
			for i, v := range states.Row(k) {
				e := v - p.Apart[at].Row(f.Seen + k)[i]
				among += e * e / float64(len(c.Columns))
			}
			if got, want := f.Errors[0][k], among+f.Errors[1][k]; math.Abs(got-want) > 1e-9*want {
				t.Errorf("the error of row %d is %g, of its parts %g", k, got, want)
			}
			zero := 0.0
			for _, v := range film.Row(f.Seen + k) {
				zero += v * v / float64(len(c.Columns))
			}
			if math.Abs(zero-f.Errors[4][k]) > 1e-12 {
				t.Errorf("the error of a blank frame is %g, want %g", f.Errors[4][k], zero)
			}
		}
		o := &Outcome{Status: train.StatusOK, Result: &Result{Shown: &Shown{MSE: number(f.MSE(0)), Zero: number(f.MSE(4))}}}
		if v := Measure(o, "columns.zero_mse"); v == nil || *v != f.MSE(4) || !Applies(o, "columns.mse") || Applies(&Outcome{Result: &Result{}}, "columns.mse") {
			t.Errorf("the figure of tables of studies is %v", v)
		}
		if len(f.Hidden) != 2*len(f.T) || !(math.Abs(f.Hidden[len(f.Hidden)-1]) < 1e6) {
			t.Errorf("hidden states %v", f.Hidden)
		}
	}
}

func ptr(s data.Series) *data.Series { return &s }
