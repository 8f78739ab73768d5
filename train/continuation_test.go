package train

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/opt"
)

// TestContractionHoldsTheCoupledError checks the definition with the
// eigenvalues themselves: with the gains found, no eigenvalue of the symmetric
// part of J − K is above −rate at any row.
func TestContractionHoldsTheCoupledError(t *testing.T) {
	s := others()[6] // Lorenz, whose Jacobian is large
	p := mustProblem(t, exactly(s), &field.MLP{Hidden: []int{8}, Activation: "tanh"})
	z, err := p.begin(1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range z {
		z[i] *= 3
	}
	const rate = 2
	c := newContraction(p, rate)
	gain := make([]float64, 3)
	if !c.raise(gain, z) || c.raise(gain, z) {
		t.Error("gains rise once from zero and then hold")
	}
	worst, f := math.Inf(-1), &p.Parts.Frame
	for k := range p.Train[0].T {
		c.t[0] = (p.Train[0].T[k] - f.T0) / f.Time
		copy(c.at.X.V, p.stateAt(0, k, true))
		c.jacobian()
		sym := mat.NewSymDense(3, nil)
		for i := range 3 {
			for j := range i + 1 {
				sym.SetSym(i, j, (c.jac[3*i+j]+c.jac[3*j+i])/2)
			}
			sym.SetSym(i, i, sym.At(i, i)-gain[i])
		}
		var e mat.EigenSym
		e.Factorize(sym, false)
		worst = max(worst, e.Values(nil)[2])
	}
	if worst > -rate+1e-9 {
		t.Errorf("an eigenvalue of %g, with gains %v; want at most %g", worst, gain, -float64(rate))
	}
}

// TestContinuationNeedsNoLuckyStart fits a network from weights from which
// Levenberg–Marquardt alone does not find the orbit.
func TestContinuationNeedsNoLuckyStart(t *testing.T) {
	unhurried(t)
	s := lotkaVolterra()
	s.noise = 0.02
	lost := 0
	for seed := range uint64(3) {
		rec, _ := s.draw(1)
		p := mustProblem(t, []data.Series{rec}, &field.MLP{Hidden: []int{32}, Activation: "gelu"}, func(p *Settings) {
			p.Seed, p.Heldout = seed, 0
			p.Initial, p.Start = "known", s.x0
		})
		m, err := Methods.Lookup("continuation")
		if err != nil {
			t.Fatal(err)
		}
		r := fitted(t, m, p)
		if r.Train.R2 < 0.99 {
			t.Errorf("seed %d: continuation ends with R² %g", seed, r.Train.R2)
		}
		if alone := fitted(t, &LM{Decay: 1e-4}, p); !(alone.Train.R2 > 0.99) {
			lost++
		}
	}
	if lost == 0 {
		t.Error("Levenberg–Marquardt alone finds the orbit from every start; this is no test")
	}
}

// TestContinuationGoesBackToTheBestOfTheLevelBefore rejects a level that is
// much worse: the unknowns are those of the level before, and the next λ lies
// half as far away, in its logarithm.
func TestContinuationGoesBackToTheBestOfTheLevelBefore(t *testing.T) {
	p := mustProblem(t, exactly(lotkaVolterra()), &field.MLP{Hidden: []int{4}, Activation: "tanh"})
	res, err := p.wholeResidual(true)
	if err != nil {
		t.Fatal(err)
	}
	g := &lowering{steps: 4, res: res, along: newContraction(p, 4)}
	rows, n := res.Size()
	f := &fit{rows: rows, z: make([]float64, n), shrink: make([]bool, n)}
	g.begin(f)
	g.tries = gainTries // the gains are what they are
	level := func(z, cost float64, status opt.Status) {
		g.inner, f.status = g.steps-1, status
		f.z[0], f.state.Cost = z, cost*float64(rows)/2
		g.after(f)
	}
	level(1, 0.01, opt.Going)
	if g.lambda != 0.5 || g.from != 1 || f.z[0] != 1 || f.state.Known {
		t.Fatalf("accepted: λ %g after %g, first unknown %g", g.lambda, g.from, f.z[0])
	}
	level(2, 1, opt.Going)
	if math.Abs(g.lambda-1/math.Sqrt2) > 1e-12 || f.z[0] != 1 || f.status != opt.Going {
		t.Errorf("rejected for its cost: λ %g, first unknown %g", g.lambda, f.z[0])
	}
	level(3, 0, opt.Failed)
	if math.Abs(g.lambda-math.Pow(2, -0.25)) > 1e-12 || f.z[0] != 1 {
		t.Errorf("rejected because it failed: λ %g, first unknown %g", g.lambda, f.z[0])
	}
	for range 10 {
		level(4, 1, opt.Going)
	}
	if f.status != opt.Stalled || f.z[0] != 1 {
		t.Errorf("a coupling that cannot be let go of: status %v, first unknown %g", f.status, f.z[0])
	}
}
