package bench

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// Evaluation is the work everything else is made of: a network, at fitted
// weights and states it was trained on, evaluated and pulled back.
type Evaluation struct {
	Sizes   []int     // units of the layers
	Weights []float64 // W (row-major), b of each layer in order
	X, C    field.Batch
	field   field.Field
	at, g   field.Point
	dx      field.Batch
}

// NewEvaluation prepares "2-32-2" or "3-50-50-3", in float32 if single is true.
func NewEvaluation(network string, lanes int, single bool) (*Evaluation, error) {
	n := small
	if network == large.name {
		n = large
	}
	if single {
		n = n.rounded()
	}
	return n.evaluation(lanes)
}

func (n net) evaluation(lanes int) (*Evaluation, error) {
	f, err := n.field(lanes)
	if err != nil {
		return nil, err
	}
	rows := len(n.states)
	e := &Evaluation{Sizes: n.sizes(), Weights: n.weights(), X: n.at(lanes), field: f, dx: program.NewBatch(rows, lanes)}
	e.C = program.Batch{V: wave(rows * lanes), Rows: rows, Lanes: lanes}
	e.at = field.Point{T: make([]float64, lanes), X: e.X, Theta: column(e.Weights)}
	e.g = field.Point{X: program.NewBatch(rows, lanes), Theta: program.NewBatch(len(e.Weights), 1)}
	return e, nil
}

// Eval evaluates the network at X.
func (e *Evaluation) Eval() { e.field.Eval(e.dx, &e.at) }

// VJP evaluates it and adds what C is pulled back to, in X and in the weights.
func (e *Evaluation) VJP() { e.field.VJP(&e.g, &e.at, e.C) }

// Norms are the Euclidean norms of what Eval gives, and of what VJP adds.
func (e *Evaluation) Norms() (eval, vjp float64) {
	e.Eval()
	clear(e.g.X.V)
	clear(e.g.Theta.V)
	e.VJP()
	return norm(e.dx.V), math.Hypot(norm(e.g.X.V), norm(e.g.Theta.V))
}

func fields() []Case {
	var out []Case
	for _, n := range []net{small, large} {
		for _, lanes := range []int{1, 64, 1024} {
			out = append(out, n.evaluations(lanes, "")...)
		}
		for _, lanes := range []int{64, 1024} {
			out = append(out, n.rounded().evaluations(lanes, "/f32")...)
		}
	}
	return out
}

// evaluations are the network evaluated, and pulled back.
func (n net) evaluations(lanes int, suffix string) []Case {
	one := func(vjp bool, times float64) func() (*Job, error) {
		return func() (*Job, error) {
			e, err := n.evaluation(lanes)
			if err != nil {
				return nil, err
			}
			run := e.Eval
			if vjp {
				run = e.VJP
			}
			return &Job{Run: func() error { run(); return nil }, Flops: constant(times * n.flops() * float64(lanes)), Single: n.single}, nil
		}
	}
	return []Case{
		{Name: "G7/" + n.name + "/eval" + suffix, Lanes: lanes, Prepare: one(false, 1)},
		{Name: "G7/" + n.name + "/vjp" + suffix, Lanes: lanes, Prepare: one(true, 3)},
	}
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
