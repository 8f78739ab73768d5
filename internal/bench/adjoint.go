package bench

import (
	"fmt"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// adjoints are the ways to a gradient, by name: the exact gradient of what was
// computed, with the memory for it that is usual and with so little that most is
// computed again; the continuous adjoint; tangents going forward. Without a name
// it is what training uses.
var adjoints = []string{"discrete", "checkpoints", "backsolve", "forward"}

// fewBytes is what the steps kept under "checkpoints" may take.
const fewBytes = 1 << 20

func newAdjoint(name string, f field.Field, o ode.Options, times int) (ode.Adjoint, error) {
	switch name {
	case "":
		return ode.NewParallel(f, o)
	case "discrete":
		return ode.NewDiscrete(f, o)
	case "checkpoints":
		o.Memory = fewBytes
		return ode.NewDiscrete(f, o)
	case "backsolve":
		return ode.NewBacksolve(f, o)
	case "forward":
		v, err := ode.NewSensitivity(f, o)
		s := f.Shape()
		return &forward{v, s.State, s.Theta, make([]float64, times*s.State*(s.Theta+s.State))}, err
	}
	return nil, fmt.Errorf("there is no adjoint %s", name)
}

// forward is an Adjoint of one lane by dense sensitivities.
type forward struct {
	v             *ode.Sensitivity
	state, params int
	s             []float64 // times × state × (params + state)
}

func (f *forward) Solve(tr *ode.Trajectory, p *ode.IVP) { f.v.Solve(tr, f.s, p) }

func (f *forward) Pull(g *field.Point, gtr *ode.Trajectory) {
	n := f.params + f.state
	for k, c := range gtr.X {
		row := f.s[k*n : (k+1)*n]
		for j, s := range row[:f.params] {
			g.Theta.V[j] += c * s
		}
		for j, s := range row[f.params:] {
			g.X.V[j] += c * s
		}
	}
}
