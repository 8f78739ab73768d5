package train

import (
	"context"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// TestAutoFindsMechanicsWhereThereAreAny: a pendulum with friction has energies, a
// van der Pol oscillator, which makes its own, has not. Both are recorded with
// noise and modelled as second-order.
func TestAutoFindsMechanicsWhereThereAreAny(t *testing.T) {
	unhurried(t)
	for _, c := range []struct {
		system int // of others()
		model  string
	}{{3, "lagrangian"}, {0, "second-order"}} {
		s := others()[c.system]
		for seed := range draws(1, 3) {
			rec, truth := s.draw(seed)
			set := DefaultSettings()
			set.Seed = seed
			arch := &field.SecondOrder{MLP: field.MLP{Hidden: []int{32}, Activation: "gelu"}}
			p, err := NewProblem([]data.Series{rec}, "second-order", arch, set)
			if err != nil {
				t.Fatal(err)
			}
			r, err := (Auto{}).Fit(context.Background(), p, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Model.ArchName != c.model {
				t.Errorf("%s, draw %d: the model is %s, want %s", s.name, seed, r.Model.ArchName, c.model)
				logTried(t, r)
			}
			times := append([]float64{}, rec.T...)
			for i := range rec.T {
				times = append(times, float64(s.rows+i)*s.dt)
			}
			f, err := r.Model.Forecast(0, times, nil)
			if err != nil || f.Len() < len(times) {
				t.Fatalf("%s, draw %d: the forecast has %d of %d rows, %v", s.name, seed, f.Len(), len(times), err)
			}
			beyond, variance := 0.0, 0.0
			for i, v := range truth[len(rec.X):] {
				e := f.X[len(rec.X)+i] - v
				beyond, variance = beyond+e*e, variance+v*v
			}
			if beyond > 0.01*variance {
				t.Errorf("%s, draw %d: relative error beyond the record %.2g", s.name, seed, beyond/variance)
			}
			t.Logf("%s, draw %d: %s, relative error beyond the record %.2g", s.name, seed, r.Model.ArchName, beyond/variance)
		}
	}
}
