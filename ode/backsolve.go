package ode

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
)

// Backsolve is the continuous adjoint: from the last saved time to the first
// it integrates, backwards,
//
//	x' = f,   λ' = −(∂f/∂x)ᵀ λ,   γ' = −(∂f/∂θ)ᵀ λ,
//
// with the same solver and tolerances, setting x to the saved state at every
// saved time. Memory does not grow with the steps; the gradient is that of the
// exact solution, accurate to about the tolerances. γ counts in the norm of the
// error, but not where the first step size of a stretch is chosen.
//
// Source: Pontryagin et al. 1962; Chen et al., NeurIPS 2018.
type Backsolve struct {
	solver, back *Solver
	aug          *augmented
	gamma        *quadrature
	in           *reversed
	p            *IVP
	tr           *Trajectory
	q            IVP
	z            *Trajectory // (x, λ) at the end of a stretch

	// Status and Stats of the integration backwards in the last Pull: the worst
	// status and the sum over all stretches. The contribution of a lane that
	// failed is incomplete.
	Status []Status
	Stats  Stats
}

// NewBacksolve allocates for fields of f's shape.
func NewBacksolve(f field.Field, o Options) (*Backsolve, error) {
	s, err := NewSolver(f, o)
	if err != nil {
		return nil, err
	}
	shape := f.Shape()
	b := &Backsolve{solver: s, aug: newAugmented(shape), in: &reversed{t: make([]float64, shape.Lanes)}}
	o.Save = "land"
	if b.back, err = NewSolver(b.aug, o); err != nil {
		return nil, err
	}
	b.aug.use(f)
	b.back.makeRoom(b.aug)
	rk, ok := b.back.all.Stepper.(stager)
	if !ok {
		return nil, fmt.Errorf("the backsolve adjoint goes with explicit solvers; with solver=%s take the discrete one", b.back.Solver)
	}
	b.gamma = newQuadrature(b.aug, b.back, rk)
	b.back.watch = b.gamma
	rows, lanes := b.aug.Shape().State, shape.Lanes
	b.z = NewTrajectory(1, rows, lanes)
	b.q = IVP{Field: b.aug, X0: newBatch(rows, lanes), T0: make([]float64, lanes), Times: make([]float64, lanes)}
	b.Status = make([]Status, lanes)
	b.Stats = NewTrajectory(0, 0, lanes).Stats
	return b, nil
}

// Solve integrates p. p and tr must stay unchanged until the last Pull.
func (b *Backsolve) Solve(tr *Trajectory, p *IVP) {
	if _, jumps := p.Input.(field.Jumper); jumps {
		panic("ode: the backsolve adjoint does not go through jumps")
	}
	b.p, b.tr = p, tr
	b.solver.Solve(tr, p)
}

// Pull adds the gradient to g.X and g.Theta (nil parts are skipped). Saved
// states that a failed lane did not reach are left out.
func (b *Backsolve) Pull(g *field.Point, gtr *Trajectory) {
	p, q, n := b.p, &b.q, b.aug.n
	b.aug.use(p.Field)
	b.gamma.reset(g)
	q.Theta = p.Theta
	q.Input = b.in.of(p.Input)
	clear(q.X0.V)
	clear(b.Status)
	b.Stats.reset()
	for k := b.solver.saves - 1; k >= 0; k-- {
		b.stretch(k, gtr)
		b.back.Solve(b.z, q)
		for l, s := range b.z.Status {
			b.Status[l] = max(b.Status[l], s)
			b.Stats.Evals[l] += b.z.Stats.Evals[l]
			b.Stats.Accepted[l] += b.z.Stats.Accepted[l]
			b.Stats.Rejected[l] += b.z.Stats.Rejected[l]
			b.Stats.Factors[l] += b.z.Stats.Factors[l]
			b.Stats.Stiff[l] += b.z.Stats.Stiff[l]
			if s == StatusOK && !math.IsNaN(q.Times[l]) {
				copyLane(q.X0.V, b.z.X, l, len(q.T0))
			}
		}
	}
	lanes := len(q.T0)
	if g.X.V != nil {
		for i := range n * lanes {
			g.X.V[i] += q.X0.V[n*lanes+i]
		}
	}
	b.gamma.add(g)
}

// stretch prepares the way back from the k-th saved time to the one before.
func (b *Backsolve) stretch(k int, gtr *Trajectory) {
	n, lanes := b.aug.n, len(b.q.T0)
	x, gx := b.tr.State(k, n).V, gtr.X[k*n*lanes:(k+1)*n*lanes]
	for l := range lanes {
		b.q.T0[l], b.q.Times[l] = 0, math.NaN()
		if k >= b.solver.lane[l].next || b.Status[l] != StatusOK {
			continue
		}
		addLane(b.q.X0.V[n*lanes:2*n*lanes], gx, l, lanes)
		t, to := b.solver.time(k, l), b.p.T0[l]
		if k > 0 {
			to = max(to, b.solver.time(k-1, l))
		}
		if t > to {
			copyLane(b.q.X0.V[:n*lanes], x, l, lanes)
			b.q.T0[l], b.q.Times[l] = -t, -to
		}
	}
}

// augmented is the field of (x, λ) in reversed time τ = −t. It keeps what f keeps.
type augmented struct {
	f      field.Field
	holder field.Holder // f if it is one
	keeper field.Keeper // f if it is one
	held   bool         // f knows its parameters
	shape  field.Shape
	n      int
	at, g  field.Point
}

func newAugmented(s field.Shape) *augmented {
	a := &augmented{n: s.State, shape: s}
	a.shape.State = 2 * s.State
	a.at.T = make([]float64, s.Lanes)
	return a
}

// use changes the field.
func (a *augmented) use(f field.Field) {
	a.f, a.held = f, false
	a.holder, _ = f.(field.Holder)
	a.keeper, _ = f.(field.Keeper)
}

func (a *augmented) Shape() field.Shape { return a.shape }

func rows(b Batch, from, to int) Batch {
	return Batch{V: b.V[from*b.Lanes : to*b.Lanes], Rows: to - from, Lanes: b.Lanes}
}

// point goes to where f is evaluated.
func (a *augmented) point(at *field.Point) {
	for l, t := range at.T {
		a.at.T[l] = -t
	}
	a.at.X, a.at.U, a.at.Theta = rows(at.X, 0, a.n), at.U, at.Theta
}

// slopes prepares both parts of dz, the second for a VJP with the cotangent returned.
func (a *augmented) slopes(dz Batch, at *field.Point) (dx, lambda Batch) {
	a.point(at)
	a.g = field.Point{X: rows(dz, a.n, 2*a.n)}
	clear(a.g.X.V)
	return rows(dz, 0, a.n), rows(at.X, a.n, 2*a.n)
}

func negate(v []float64) {
	for i := range v {
		v[i] = -v[i]
	}
}

func (a *augmented) Eval(dz Batch, at *field.Point) {
	dx, lambda := a.slopes(dz, at)
	a.f.Eval(dx, &a.at)
	negate(dx.V)
	a.f.VJP(&a.g, &a.at, lambda)
}

// Hold implements field.Holder. The parameters are those of the field in use until the next one.
func (a *augmented) Hold(theta Batch) bool {
	if a.holder != nil && !a.held {
		a.held = a.holder.Hold(theta)
	}
	return a.held
}

// EvalHeld implements field.Holder.
func (a *augmented) EvalHeld(dz Batch, at *field.Point) {
	dx, lambda := a.slopes(dz, at)
	a.holder.EvalHeld(dx, &a.at)
	negate(dx.V)
	a.f.VJP(&a.g, &a.at, lambda)
}

// Kept implements field.Keeper.
func (a *augmented) Kept() int {
	if a.keeper == nil {
		return 0
	}
	return a.keeper.Kept()
}

// EvalKept implements field.Keeper.
func (a *augmented) EvalKept(dz Batch, kept []float64, at *field.Point) {
	dx, lambda := a.slopes(dz, at)
	a.keeper.EvalKept(dx, kept, &a.at)
	negate(dx.V)
	a.keeper.VJPKept(&a.g, &a.at, kept, lambda)
}

// VJPKept implements field.Keeper.
func (a *augmented) VJPKept(*field.Point, *field.Point, []float64, Batch) { panic(noDerivative) }

// Settle implements field.Keeper.
func (a *augmented) Settle(*field.Point) { panic(noDerivative) }

const noDerivative = "ode: the adjoint field has no derivative"

func (a *augmented) JVP(Batch, *field.Point, *field.Point) { panic(noDerivative) }

func (a *augmented) VJP(*field.Point, *field.Point, Batch) { panic(noDerivative) }

// reversed is an input in reversed time. Where the input jumps it takes the
// value from the left, because that is where the way back goes.
type reversed struct {
	in field.Input
	t  []float64
}

func (r *reversed) of(in field.Input) field.Input {
	r.in = in
	switch in.(type) {
	case nil:
		return nil
	case field.Breaker:
		return reversedBreaker{r}
	}
	return r
}

func (r *reversed) At(u Batch, t []float64) {
	for l, v := range t {
		r.t[l] = math.Nextafter(-v, math.Inf(-1))
	}
	r.in.At(u, r.t)
}

type reversedBreaker struct{ *reversed }

func (r reversedBreaker) Breaks(lane int, t0, t1 float64) []float64 {
	b := r.in.(field.Breaker).Breaks(lane, -t1, -t0)
	out := make([]float64, len(b))
	for i, t := range b {
		out[len(b)-1-i] = -t
	}
	return out
}
