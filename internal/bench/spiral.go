package bench

import (
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// The spiral fit of DiffEqFlux: u' = (u³)ᵀA with A = [[−0.1, 2], [−2, −0.1]],
// u(0) = (2, 0), 30 points on [0, 1.5], fitted by cube → 50 tanh → 2 with 500
// steps of Adam (rate 0.05).
const (
	spiralHidden = 50
	spiralEpochs = 500
	spiralRate   = 0.05
)

func spiral() []Case {
	return []Case{{Name: "G5", Lanes: 1, Prepare: func() (*Job, error) {
		g, start, err := newSpiral()
		if err != nil {
			return nil, err
		}
		a := opt.DefaultAdamW()
		a.Rate, a.Decay = spiralRate, 0
		rule, err := a.Build(opt.Layout{})
		if err != nil {
			return nil, err
		}
		state := make([]float64, rule.StateSize(len(start)))
		flops := 0.0
		run := func() error {
			copy(g.Weights, start)
			clear(state)
			flops = 0
			for k := range spiralEpochs {
				if err := g.Run(); err != nil {
					return err
				}
				flops += g.operations()
				u := g.Theta()
				rule.Apply(u, state, g.Weights, k)
				for i := range u {
					g.Weights[i] += u[i]
				}
			}
			return nil
		}
		note := func() string {
			return fmt.Sprintf("%d epochs, mean squared error %.3g before the last", spiralEpochs, g.Loss())
		}
		return &Job{Run: run, Flops: func() float64 { return flops }, Note: note}, nil
	}}}
}

// newSpiral returns the problem, whose weights a run may change, and the
// weights it starts from.
func newSpiral() (*Gradient, []float64, error) {
	truth, _, err := spiralProgram(0)
	if err != nil {
		return nil, nil, err
	}
	u0, times := []float64{2, 0}, grid(30, 0, 1.5/29)
	tr, err := ode.Solve(&ode.IVP{Field: field.New(truth, 1, false), X0: column(u0), Theta: column([]float64{-0.1, -2, 2, -0.1}),
		T0: []float64{0}, Times: times}, ode.Options{Solver: "dop853", RTol: 1e-12, ATol: 1e-12})
	if err != nil {
		return nil, nil, err
	}
	p, start, err := spiralProgram(spiralHidden)
	if err != nil {
		return nil, nil, err
	}
	g := &Gradient{Name: "G5", Weights: slices.Clone(start), Starts: [][]float64{u0}, Times: times, Data: tr.X,
		Options: ode.Options{Solver: "tsit5", RTol: 1e-3, ATol: 1e-6}}
	g.Sizes, g.flops = []int{2, spiralHidden, 2}, 8*spiralHidden
	g, err = g.prepare(field.New(p, 1, false))
	return g, start, err
}

// spiralProgram is cube → tanh layer → affine, and weights to start from; with
// no hidden units it is the truth, cube → linear, whose θ is the transposed A.
func spiralProgram(hidden int) (*program.Program, []float64, error) {
	size := 4
	if hidden > 0 {
		size = 5*hidden + 2
	}
	b := program.New()
	x, theta := b.Batched("x", 2, 1), b.Shared("theta", size, 1)
	b.Batched("t", 1, 1)
	a := b.Mul(b.Act(program.Square, x), x)
	if hidden == 0 {
		b.Output("dx", b.MatVec(b.Slice(theta, 0, 2, 2), a))
		p, err := b.Done()
		return p, nil, err
	}
	z := b.Add(b.MatVec(b.Slice(theta, 0, hidden, 2), a), b.Slice(theta, 2*hidden, hidden, 1))
	y := b.MatVec(b.Slice(theta, 3*hidden, 2, hidden), b.Act(program.Tanh, z))
	b.Output("dx", b.Add(y, b.Slice(theta, 5*hidden, 2, 1)))
	p, err := b.Done()
	return p, net{states: []string{"x", "y"}, hidden: []int{hidden}}.untrained(), err
}
