package train

import (
	"context"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// made are rows of what is seen of a system, without its first hidden columns.
func made(t *testing.T, sys *field.System, times []float64, column int, noise float64) data.Series {
	t.Helper()
	clean := recorded(t, sys, times, "0", 0)
	name := sys.States[column]
	s := data.Series{Names: []string{name}, Units: []string{""}, Time: "t", T: times}
	r := num.Stream(3, "made "+sys.Name)
	for k := range times {
		s.X = append(s.X, clean.Row(k)[column]+noise*r.NormFloat64())
	}
	return s
}

// Delays go with what else equations may have: states that are hidden, columns that only show
// them, doses, crossings, numbers of each recording.
func TestDelaysGoWithTheRest(t *testing.T) {
	hidden := &field.System{Name: "hidden", States: []string{"x", "y"}, Equations: "x' = y(t - tau) - x\ny' = 0.8*y*(1 - y(t - tau)) - 0.2*x", Parameters: map[string]float64{"tau": 1.4}, Start: []float64{0.2, 0.5}}
	shown := &field.System{Name: "shown", States: []string{"seen", "x"}, Equations: "x' = 1.1*x*(1 - x(t - tau))", Observe: map[string]string{"seen": "3*x^2"}, Parameters: map[string]float64{"tau": 1.4}, Start: []float64{0, 0.5}}
	dosed := &field.System{Name: "dosed", States: []string{"x"}, Equations: "x' = -0.9*x(t - tau)", Parameters: map[string]float64{"tau": 1.1}, Start: []float64{1},
		Events: []field.Event{{At: []float64{4}, Every: 5, Times: 3, Add: map[string]string{"x": "2"}}}}
	fires := &field.System{Name: "fires", States: []string{"x"}, Equations: "x' = 1 - 0.3*x(t - tau)", Parameters: map[string]float64{"tau": 1.4}, Start: []float64{0},
		Events: []field.Event{{When: "x > 1.5", Set: map[string]string{"x": "0"}}}}
	for _, c := range []struct {
		sys    *field.System
		column int
		start  map[string]float64
	}{{hidden, 0, map[string]float64{"y": 0.4}}, {shown, 0, map[string]float64{"x": 0.4}}, {dosed, 0, nil}, {fires, 0, nil}} {
		truth := c.sys.Parameters["tau"]
		e := c.sys.Architecture()
		e.Parameters, e.Start = map[string]field.Unknown{"tau": positive(0.85 * truth)}, c.start
		rec := made(t, c.sys, stepped(61, 0.3), c.column, 0.01)
		p := mustProblem(t, []data.Series{rec}, e, func(s *Settings) { s.Members = 1 })
		p.ArchName = "equations"
		r, err := Auto{}.Fit(context.Background(), p, nil, nil)
		if err != nil {
			t.Fatal(c.sys.Name, err)
		}
		if err := Complete(p, r); err != nil {
			t.Fatal(err)
		}
		if q := r.Parameters[0]; !(math.Abs(q.Value-truth) < 0.03*truth) || !(math.Abs(q.Value-truth) < 4*q.SD) {
			t.Errorf("%s: tau is %g ± %g, not %g", c.sys.Name, q.Value, q.SD, truth)
		}
		h := r.Assessment.Held.Rolling
		t.Logf("%s: tau %.4f ± %.4f, held-out nrmse %.3g", c.sys.Name, r.Parameters[0].Value, r.Parameters[0].SD, h.NRMSE)
		if !(h.NRMSE < 0.3) {
			t.Errorf("%s: held-out rows are forecast with an error of %.3g deviations", c.sys.Name, h.NRMSE)
		}
		if _, err := r.Model.ForecastAfter(&rec, []float64{19, 20}, nil); err != nil {
			t.Errorf("%s: %v", c.sys.Name, err)
		}
	}
}

// Networks may take values of earlier times.
func TestNetworksLookBack(t *testing.T) {
	q := laggedSystems()[0]
	rec := q.rows(t, 1)
	rec = rec.Slice(0, 41)
	for name, m := range map[string]Method{"lm": &LM{Decay: 1e-4}, "vanilla": mustMethod(t, "vanilla")} {
		p := mustProblem(t, []data.Series{rec}, &field.Equations{Text: "x' = x*nn(x(t - tau))", Parameters: map[string]field.Unknown{"tau": positive(1.3)},
			Networks: map[string]field.Network{"nn": {Hidden: []int{4}, Degree: -1}}}, func(s *Settings) {
			s.Heldout, s.Members, s.Budget = 0, 1, map[string]int{"lm": 60, "vanilla": 800}[name]
		})
		p.ArchName = "equations"
		r, err := m.Fit(context.Background(), p, nil, nil)
		if err != nil {
			t.Fatal(name, err)
		}
		t.Logf("%s: %.3g", name, r.Train.NRMSE)
		// The logistic is affine in what it looks back at, so a few units are enough.
		if !(r.Train.NRMSE < 0.3) {
			t.Errorf("%s: the rows are followed with an error of %.3g deviations", name, r.Train.NRMSE)
		}
	}
}

func mustMethod(t *testing.T, name string) Method {
	t.Helper()
	m, err := Methods.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
