package bench

import (
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// NewField returns the two calls of a field that everything else is made of,
// at fitted weights: an evaluation, and its VJP with respect to state and
// weights (which evaluates too). The network is "2-32-2" or "3-50-50-3".
func NewField(network string, lanes int) (eval, vjp func(), err error) {
	n := small
	if network == large.name {
		n = large
	}
	f, err := n.field(lanes)
	if err != nil {
		return nil, nil, err
	}
	rows := len(n.states)
	at := field.Point{T: make([]float64, lanes), X: n.at(lanes), Theta: column(n.weights())}
	g := field.Point{X: program.NewBatch(rows, lanes), Theta: program.NewBatch(at.Theta.Rows, 1)}
	dx, c := program.NewBatch(rows, lanes), program.Batch{V: wave(rows * lanes), Rows: rows, Lanes: lanes}
	return func() { f.Eval(dx, &at) }, func() { f.VJP(&g, &at, c) }, nil
}

func fields() []Case {
	var out []Case
	for _, n := range []net{small, large} {
		for _, lanes := range []int{1, 64, 1024} {
			one := func(vjp bool, times float64) func() (*Job, error) {
				return func() (*Job, error) {
					run, back, err := NewField(n.name, lanes)
					if vjp {
						run = back
					}
					return &Job{Run: func() error { run(); return nil }, Flops: constant(times * n.flops() * float64(lanes))}, err
				}
			}
			out = append(out,
				Case{Name: "G7/" + n.name + "/eval", Lanes: lanes, Prepare: one(false, 1)},
				Case{Name: "G7/" + n.name + "/vjp", Lanes: lanes, Prepare: one(true, 3)})
		}
	}
	return out
}

// steps are a hundred steps of Dormand and Prince's method, six evaluations
// each, of size 0.01.
func steps() []Case {
	const n = 100
	var out []Case
	for _, net := range []net{small, large} {
		for _, lanes := range []int{1, 64} {
			out = append(out, Case{Name: "step/" + net.name + "/100", Lanes: lanes, Prepare: func() (*Job, error) {
				f, err := net.field(lanes)
				if err != nil {
					return nil, err
				}
				s, err := ode.NewSolver(f, ode.Options{Solver: "dopri5", Step: 0.01})
				if err != nil {
					return nil, err
				}
				rows := len(net.states)
				p := &ode.IVP{Field: f, X0: net.at(lanes), Theta: column(net.weights()),
					T0: make([]float64, lanes), Times: slices.Repeat([]float64{0.01 * n}, lanes)}
				tr := ode.NewTrajectory(1, rows, lanes)
				evals := float64(6 * n * lanes)
				return &Job{Run: func() error { s.Solve(tr, p); return nil }, Flops: constant(evals * net.flops())}, nil
			}})
		}
	}
	return out
}

// epochs are a gradient and the update that follows it. The weights are set
// back before each, so that all are alike.
func epochs() []Case {
	var out []Case
	for _, name := range []string{"G1", "G1/rk4", "G3/rk4"} {
		out = append(out, Case{Name: "epoch/" + name, Lanes: lanesOf(name), Prepare: func() (*Job, error) {
			g, err := NewGradient(name)
			if err != nil {
				return nil, err
			}
			rule, err := opt.DefaultAdamW().Build(opt.Layout{})
			if err != nil {
				return nil, err
			}
			state, begin := make([]float64, rule.StateSize(len(g.Weights))), slices.Clone(g.Weights)
			return &Job{Flops: g.operations, Run: func() error {
				clear(state)
				copy(g.Weights, begin)
				if err := g.Run(); err != nil {
					return err
				}
				u := g.Theta()
				rule.Apply(u, state, g.Weights, 0)
				for i := range u {
					g.Weights[i] += u[i]
				}
				return nil
			}, Note: func() string { return fmt.Sprintf("loss %.5g", g.Loss()) }}, nil
		}})
	}
	return out
}

func lanesOf(name string) int {
	for _, p := range gradientProblems {
		if p.name == name {
			return p.lanes
		}
	}
	return 0
}
