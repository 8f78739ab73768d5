package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/ode"
)

func impulse(t *testing.T, p *Problem, members int, gain float64) (*coupledLoss, []float64) {
	t.Helper()
	o, err := newImpulseLoss(p, members, func(int) float64 { return gain }, Descent{})
	if err != nil {
		t.Fatal(err)
	}
	return o, shotUnknowns(t, p, members, o.Size())
}

func TestImpulseGradientAgreesWithDifferences(t *testing.T) {
	for name, p := range variants(t) {
		for _, members := range []int{1, 3} {
			t.Run(name, func(t *testing.T) {
				o, z := impulse(t, p, members, 2)
				checkGradient(t, o, z, max(1, members-1))
			})
		}
	}
}

// Without a pull it is the loss of free trajectories, with an infinite one that
// of predictions from each complete row to the next.
func TestImpulsesLeadFromOneStepToFreeTrajectories(t *testing.T) {
	p := mustProblem(t, exactly(lotkaVolterra()), tinyNet(0, false), func(s *Settings) {
		s.Solver.RTol, s.Solver.ATol = 1e-10, 1e-10
	})
	o, z := impulse(t, p, 3, 0)
	free := descended(t, p, 3, Descent{})["free"]
	if got, want := o.Eval(nil, z, 0).Value, free.Eval(nil, z, 0).Value; differs(got, want, 1e-7) {
		t.Errorf("without a pull %.12g, free %.12g", got, want)
	}
	o, z = impulse(t, p, 1, math.Inf(1))
	got, r := o.Eval(nil, z, 0).Value, o.r
	sum := 0.0
	x := append([]float64{}, z[r.theta.Rows:]...)
	for k := range r.rows {
		if k > 0 {
			ivp := ode.IVP{Field: r.field, Theta: r.theta, X0: r.ivp.X0, T0: r.ivp.Times[k-1 : k], Times: r.ivp.Times[k : k+1]}
			copy(ivp.X0.V, x)
			tr, err := ode.Solve(&ivp, p.Solver)
			if err != nil {
				t.Fatal(err)
			}
			copy(x, tr.X)
		}
		for c := range x {
			d := x[c] - r.target[k*r.columns+c]
			sum += d * d / r.count
			if k > 0 { // no time has gone by before the first row
				x[c] = r.target[k*r.columns+c]
			}
		}
	}
	if differs(got, sum, 1e-9) {
		t.Errorf("with full pulls %.12g, of predictions from row to row %.12g", got, sum)
	}
}

func TestHomotopyLearnsWithImpulses(t *testing.T) {
	unhurried(t)
	s := lotkaVolterra()
	s.noise = 0.02
	rec, _ := s.draw(1)
	p := mustProblem(t, []data.Series{rec, rec}, tinyNet(0, false), func(s *Settings) { s.Budget = 300 })
	h := defaults(t, "homotopy").(*Homotopy)
	h.Impulse = true
	if r := fitted(t, h, p); r.Status != StatusOK || r.Train.R2 < 0.9 {
		t.Errorf("%s with R² %g", r.Status, r.Train.R2)
	}
	h.Adjoint = "backsolve"
	if _, err := h.Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), "impulses") {
		t.Error(err)
	}
}

func TestImpulseLossAllocatesNothing(t *testing.T) {
	o, z := impulse(t, variants(t)["linear inputs"], 3, 2)
	grad := make([]float64, len(z))
	o.Eval(grad, z, 0)
	if n := testing.AllocsPerRun(3, func() { o.Eval(grad, z, 0) }); n > 0 {
		t.Errorf("%g allocations", n)
	}
}
