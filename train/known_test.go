package train

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// Someone who only names the method gets a model of the data: the errors are
// near the noise (standard deviations 0.07 and 0.06 by the smoothing splines).
func TestVanillaFitsPredatorsAndPreyWithItsDefaults(t *testing.T) {
	arch, err := field.Architectures.Lookup("mlp")
	if err != nil {
		t.Fatal(err)
	}
	budget := 0
	if testing.Short() {
		budget = 600
	}
	p := mustProblem(t, recording(t, "lotka-volterra.csv"), arch, func(s *Settings) { s.Seed, s.Budget = 1, budget })
	r := fitted(t, defaults(t, "vanilla"), p)
	t.Logf("%d iterations, training %.3g, held out %.3g, noise %.3g, %d evaluations", r.Iterations, r.Train.MSE, r.Held.MSE, r.Noise, r.Evaluations)
	if r.Status != StatusOK || r.Train.R2 < 0.98 {
		t.Errorf("%s after %d iterations with R² %g", r.Status, r.Iterations, r.Train.R2)
	}
}

// Known equations with unknown numbers: exact data give the numbers back.
func TestGradientsFindParametersOfKnownEquations(t *testing.T) {
	x := make([]float64, 40)
	for i := range x {
		x[i] = 10 - 7*math.Exp(-0.5*0.2*float64(i))
	}
	arch := &field.Equations{Text: "x' = k*(c - x)", Parameters: map[string]field.Unknown{"k": {Start: 1}, "c": {Start: 8}}}
	p := mustProblem(t, []data.Series{single(steps(40, 0.2), x)}, arch, func(s *Settings) { s.Budget = 800 })
	r := fitted(t, &Vanilla{Descent: Descent{LR: 0.05, Schedule: "cosine", WeightDecay: 0.01}}, p)
	values := make([]float64, 2)
	program.NewExec(p.Parts.Values, 1).Run([][]float64{values}, [][]float64{r.Model.Theta[0]})
	for i, q := range p.Parts.Named {
		if want := map[string]float64{"k": 0.5, "c": 10}[q.Name]; differs(values[i], want, 1e-5) {
			t.Errorf("%s = %g, want %g", q.Name, values[i], want)
		}
	}
}

// BenchmarkEnsemble is one iteration of the homotopy method on predators and
// prey: one member, eight one after the other, and eight in one batch.
func BenchmarkEnsemble(b *testing.B) {
	for _, c := range []struct {
		name          string
		members, runs int
	}{{"one", 1, 1}, {"eight alone", 1, 8}, {"eight together", 8, 1}} {
		b.Run(c.name, func(b *testing.B) {
			p := mustProblem(b, recording(b, "lotka-volterra.csv"), &field.MLP{Hidden: []int{32}, Activation: "gelu"})
			o, err := newCoupledLoss(p, c.members, -1, func(int) float64 { return 1 })
			if err != nil {
				b.Fatal(err)
			}
			z, err := p.begin(c.members)
			if err != nil {
				b.Fatal(err)
			}
			grad := make([]float64, len(z))
			for b.Loop() {
				for range c.runs {
					o.Eval(grad, z, 0)
				}
			}
		})
	}
}
