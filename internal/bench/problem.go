package bench

import (
	"errors"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// Gradient is a problem whose gradient is measured: the mean squared error of
// a network's trajectories to those of a known system, at all saved times, with
// respect to weights and initial states.
type Gradient struct {
	Name    string
	Sizes   []int       // units of the layers
	Weights []float64   // W (row-major), b of each layer in order
	Starts  [][]float64 // one initial state a trajectory
	Times   []float64   // saved times, the same for all; the first is the start
	Data    []float64   // times × trajectories × states
	Options ode.Options
	Adjoint string // a name of adjoints; "" = discrete

	flops   float64
	single  bool // the field is in float32
	ivp     ode.IVP
	target  []float64 // Data as a Trajectory has it
	adjoint ode.Adjoint
	tr, gt  *ode.Trajectory
	g       field.Point
}

// The published setting of the comparison: torchdiffeq's defaults but for the
// tolerances, and its "rk4", which is the 3/8 rule.
var (
	adaptive = ode.Options{Solver: "dopri5", RTol: 1e-7, ATol: 1e-9, Controller: "integral", Threads: 1}
	fixed    = ode.Options{Solver: "rk4-38", Step: 0.1, Threads: 1}
)

// onAllCores is o for all cores; everything else is measured on one.
func onAllCores(o ode.Options) ode.Options {
	o.Threads = 0
	return o
}

// gradientProblems are the problems by name.
var gradientProblems = []struct {
	name  string
	lanes int
	make  func(name string) (*Gradient, error)
}{
	{"G1", 1, func(n string) (*Gradient, error) { return lotkaVolterra(n, small.weights(), adaptive) }},
	{"G1/rk4", 1, func(n string) (*Gradient, error) { return lotkaVolterra(n, small.weights(), fixed) }},
	{"G1/untrained", 1, func(n string) (*Gradient, error) { return lotkaVolterra(n, small.untrained(), adaptive) }},
	{"G2", 1, func(n string) (*Gradient, error) { return lorenz(n, adaptive) }},
	{"G3", 256, func(n string) (*Gradient, error) { return segments(n, large, adaptive) }},
	{"G3/cores", 256, func(n string) (*Gradient, error) { return segments(n, large, onAllCores(adaptive)) }},
	{"G3/rk4", 256, func(n string) (*Gradient, error) { return segments(n, large, fixed) }},
	{"G3/rk4/f32", 256, func(n string) (*Gradient, error) { return segments(n, large.rounded(), fixed) }},
	{"G3/rk4/cores", 256, func(n string) (*Gradient, error) { return segments(n, large, onAllCores(fixed)) }},
}

// NewGradient prepares the problem with that name: G1, G1/rk4, G1/untrained,
// G2, G3 or G3/rk4, of which the last two may have /cores behind them, and the
// last /f32.
func NewGradient(name string) (*Gradient, error) {
	for _, p := range gradientProblems {
		if p.name == name {
			return p.make(name)
		}
	}
	return nil, errors.New("there is no gradient problem " + name)
}

func lotkaVolterra(name string, weights []float64, o ode.Options) (*Gradient, error) {
	start := []float64{0.44249296, 4.6280594}
	times := grid(61, 0, 0.1)
	data, err := truth("lotka-volterra", start, times)
	if err != nil {
		return nil, err
	}
	return newGradient(&Gradient{Name: name, Weights: weights, Starts: [][]float64{start}, Times: times, Data: data, Options: o}, small)
}

func lorenz(name string, o ode.Options) (*Gradient, error) {
	start := []float64{1.2, 2.1, 1.7}
	times := grid(31, 0, 0.1)
	data, err := truth("lorenz", start, times)
	if err != nil {
		return nil, err
	}
	return newGradient(&Gradient{Name: name, Weights: large.weights(), Starts: [][]float64{start}, Times: times, Data: data, Options: o}, large)
}

// segments are 256 pieces of one orbit, each of five steps of 0.1, each
// beginning 0.1 after the one before; the first ten time units are dropped.
func segments(name string, network net, o ode.Options) (*Gradient, error) {
	const n, length = 256, 6
	orbit, err := truth("lorenz", []float64{1, 1, 1}, append([]float64{0}, grid(n+length-1, 10, 0.1)...))
	if err != nil {
		return nil, err
	}
	orbit = orbit[3:]
	g := &Gradient{Name: name, Weights: large.weights(), Times: grid(length, 0, 0.1), Options: o}
	for i := range n {
		g.Starts = append(g.Starts, orbit[3*i:3*i+3])
	}
	for k := range length {
		g.Data = append(g.Data, orbit[3*k:3*(k+n)]...)
	}
	return newGradient(g, network)
}

// truth is the orbit of a known system, to about twelve digits a time unit.
func truth(system string, start, times []float64) ([]float64, error) {
	tr, err := orbit(system, nil, start, times, ode.Options{Solver: "dop853", RTol: 1e-12, ATol: 1e-12})
	if err != nil {
		return nil, err
	}
	return tr.X, nil
}

// orbit integrates a known system with other parameters than its usual ones,
// if params names some.
func orbit(system string, params map[string]float64, start, times []float64, o ode.Options) (*ode.Trajectory, error) {
	s, err := field.Systems.Lookup(system)
	if err != nil {
		return nil, err
	}
	for name, v := range params {
		s.Parameters[name] = v
	}
	parts, err := s.Build()
	if err != nil {
		return nil, err
	}
	tr, err := ode.Solve(&ode.IVP{Field: field.New(parts.Field, 1, false), X0: column(start), Theta: column(parts.Theta0),
		T0: []float64{times[0]}, Times: times}, o)
	if err == nil && !tr.OK() {
		err = errors.New(system + ": " + tr.Status[0].String())
	}
	return tr, err
}

func newGradient(g *Gradient, n net) (*Gradient, error) {
	f, err := n.field(len(g.Starts))
	if err != nil {
		return nil, err
	}
	g.Sizes, g.flops, g.single = n.sizes(), n.flops(), n.single
	return g.prepare(f)
}

// prepare allocates for a field with as many lanes as there are starts.
func (g *Gradient) prepare(f field.Field) (*Gradient, error) {
	var err error
	lanes, rows := f.Shape().Lanes, f.Shape().State
	g.ivp = ode.IVP{Field: f, X0: program.NewBatch(rows, lanes), Theta: column(g.Weights), T0: make([]float64, lanes)}
	for l, x := range g.Starts {
		g.ivp.X0.SetLane(l, x)
	}
	g.target = make([]float64, len(g.Data))
	for k, t := range g.Times {
		for l := range lanes {
			g.ivp.Times = append(g.ivp.Times, t)
			for i := range rows {
				g.target[(k*rows+i)*lanes+l] = g.Data[(k*lanes+l)*rows+i]
			}
		}
	}
	if g.adjoint, err = newAdjoint(g.Adjoint, f, g.Options, len(g.Times)); err != nil {
		return nil, err
	}
	g.tr, g.gt = ode.NewTrajectory(len(g.Times), rows, lanes), ode.NewTrajectory(len(g.Times), rows, lanes)
	g.g = field.Point{X: program.NewBatch(rows, lanes), Theta: program.NewBatch(len(g.Weights), 1)}
	return g, nil
}

// Run computes loss and gradient once; Loss, Theta and Evaluations have them.
func (g *Gradient) Run() error {
	clear(g.g.X.V)
	clear(g.g.Theta.V)
	g.adjoint.Solve(g.tr, &g.ivp)
	if !g.tr.OK() {
		return fmt.Errorf("%s: an integration failed", g.Name)
	}
	n := float64(len(g.target))
	for i, v := range g.target {
		g.gt.X[i] = 2 * (g.tr.X[i] - v) / n
	}
	g.adjoint.Pull(&g.g, g.gt)
	return nil
}

// Loss is the mean squared error of the last Run.
func (g *Gradient) Loss() float64 {
	s := 0.0
	for i, v := range g.target {
		d := g.tr.X[i] - v
		s += d * d
	}
	return s / float64(len(g.target))
}

// Theta is the gradient of the loss by the weights in the last Run.
func (g *Gradient) Theta() []float64 { return g.g.Theta.V }

// Norm is the Euclidean norm of Theta.
func (g *Gradient) Norm() float64 { return norm(g.g.Theta.V) }

func norm(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x * x
	}
	return math.Sqrt(s)
}

// Evaluations of the field in the last Run, forward only: of one trajectory
// on average.
func (g *Gradient) Evaluations() float64 {
	sum := 0
	for _, n := range g.tr.Stats.Evals {
		sum += n
	}
	return float64(sum) / float64(len(g.Starts))
}

// operations of the last Run: evaluations once, and their transposes.
func (g *Gradient) operations() float64 {
	return 3 * g.flops * g.Evaluations() * float64(len(g.Starts))
}

func gradients() []Case {
	var out []Case
	for _, p := range gradientProblems {
		out = append(out, Case{Name: p.name, Lanes: p.lanes, Prepare: func() (*Job, error) {
			g, err := p.make(p.name)
			if err != nil {
				return nil, err
			}
			note := func() string {
				return fmt.Sprintf("%.4g evaluations, loss %.5g, gradient norm %.6g", g.Evaluations(), g.Loss(), g.Norm())
			}
			return &Job{Run: g.Run, Flops: g.operations, Single: g.single, Note: note}, nil
		}})
	}
	return out
}

func grid(n int, from, step float64) []float64 {
	t := make([]float64, n)
	for i := range t {
		t[i] = from + float64(i)*step
	}
	return t
}

// column is a batch of one lane that shares v.
func column(v []float64) program.Batch { return program.Batch{V: v, Rows: len(v), Lanes: 1} }
