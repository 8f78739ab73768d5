package ode

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// jumping is an input that is 0, then 1.
type jumping struct{}

func (jumping) At(u field.Batch, t []float64) {
	for l := range t {
		u.V[l] = 0
		if t[l] >= 1.25 {
			u.V[l] = 1
		}
	}
}

func (jumping) Breaks(_ int, t0, t1 float64) []float64 {
	if t0 < 1.25 && 1.25 < t1 {
		return []float64{1.25}
	}
	return nil
}

func TestFrozenStepsAreThoseOfTheMesh(t *testing.T) {
	arch := &field.Equations{Text: "x' = y\ny' = -a*sin(x) - t*y/10 + f", Parameters: map[string]field.Unknown{"a": {Start: 1.7}}}
	parts, err := arch.Build(field.Unscaled([]string{"x", "y"}, []string{"f"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"dopri5", "tsit5", "dop853", "bosh3"} {
		for _, save := range []string{"interpolate", "land"} {
			const lanes = 8
			p := &IVP{Field: field.New(parts.Field, lanes, false), X0: newBatch(2, lanes), Theta: newBatch(1, 1), T0: make([]float64, lanes), Times: make([]float64, 3*lanes)}
			copy(p.Theta.V, parts.Theta0)
			for l := range lanes {
				p.X0.Set(0, l, 0.2*float64(l+1))
				for k := range 3 {
					p.Times[k*lanes+l] = float64(k+1) * (1 + 0.1*float64(l))
				}
			}
			p.Input = jumping{}
			m, err := NewMesh(p.Field, Options{Solver: name, RTol: 1e-5, ATol: 1e-5, Save: save})
			if err != nil {
				t.Fatal(err)
			}
			if m.Fixed() {
				t.Fatal("the steps depend on the states")
			}
			want, got := NewTrajectory(3, 2, lanes), NewTrajectory(3, 2, lanes)
			m.Solve(want, p)
			again, err := NewSolver(p.Field, m.Options())
			if err != nil {
				t.Fatal(err)
			}
			q, of := *p, make([]int, lanes)
			q.Times = make([]float64, 3*lanes)
			for l := range of {
				of[l] = lanes - 1 - l // the lanes in reverse
			}
			for k := range 3 {
				for l := range of {
					q.Times[k*lanes+l] = float64(k+1) * (1 + 0.1*float64(of[l]))
				}
			}
			q.X0 = newBatch(2, lanes)
			gather(q.X0, p.X0, of)
			q.Input = m.Frozen(p.Input, of)
			again.Solve(got, &q)
			for l, from := range of {
				if got.Stats.Accepted[l] != want.Stats.Accepted[from] || got.Stats.Rejected[l] != 0 {
					t.Errorf("%s, %s: %d steps, %d rejected; the mesh has %d", name, save, got.Stats.Accepted[l], got.Stats.Rejected[l], want.Stats.Accepted[from])
				}
				for i := range 6 {
					if a, b := got.X[i*lanes+l], want.X[i*lanes+from]; !(math.Abs(a-b) <= 1e-13) {
						t.Errorf("%s, %s: entry %d of lane %d is %.17g, was %.17g", name, save, i, l, a, b)
					}
				}
			}
		}
	}
}
