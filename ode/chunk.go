package ode

import "github.com/entrain-dev/entrain/field"

// chunk integrates some of the lanes of a problem. Nothing of it is shared.
type chunk struct {
	lanes    int
	all      bool // of all lanes: nothing is copied
	field    field.Field
	solver   *Solver
	discrete *Discrete // nil if there is no way back
	part     part
	p        IVP
	room     Batch // parameters of the lanes of an ensemble
	tr, gtr  Trajectory
	g        field.Point
	x        Batch // gradient by x0
	theta    Batch // what the chunk adds to the gradient by θ
}

// part is the inputs of a chunk; lo = −1: they are not known.
type part struct {
	lo int
	in field.Input
}

func (t *chunked) newChunk(lanes int) (*chunk, error) {
	s := &chunk{lanes: lanes, all: lanes == t.shape.Lanes, field: t.field.Field, part: part{lo: -1}}
	o := t.options
	if !s.all {
		s.field = t.field.copier.Copy(lanes)
		if o.Memory == 0 {
			o.Memory = DefaultMemory
		}
		o.Memory = max(1, int(float64(o.Memory)*float64(lanes)/float64(t.shape.Lanes)))
	}
	var err error
	if t.adjoint {
		if s.discrete, err = NewDiscrete(s.field, o); err == nil {
			s.solver = s.discrete.solver
		}
	} else {
		s.solver, err = NewSolver(s.field, o)
	}
	if !s.all {
		s.p = IVP{Field: s.field, X0: newBatch(t.shape.State, lanes), T0: make([]float64, lanes)}
		s.x = newBatch(t.shape.State, lanes)
		s.tr = *NewTrajectory(0, t.shape.State, lanes)
		s.gtr = *NewTrajectory(0, t.shape.State, lanes)
	}
	return s, err
}

// solve integrates chunk c.
func (s *chunk) solve(t *chunked, c int) {
	if s.all {
		s.solver.Solve(t.tr, t.p)
		return
	}
	lo := c * t.size
	s.load(t, lo)
	s.solver.Solve(&s.tr, &s.p)
	paste(t.tr.X, s.tr.X, lo, s.lanes, t.shape.Lanes)
	copy(t.tr.Status[lo:], s.tr.Status)
	copy(t.tr.Stats.Evals[lo:], s.tr.Stats.Evals)
	copy(t.tr.Stats.Accepted[lo:], s.tr.Stats.Accepted)
	copy(t.tr.Stats.Rejected[lo:], s.tr.Stats.Rejected)
	copy(t.tr.Stats.Factors[lo:], s.tr.Stats.Factors)
	copy(t.tr.Stats.Stiff[lo:], s.tr.Stats.Stiff)
}

// load takes lanes from lo on.
func (s *chunk) load(t *chunked, lo int) {
	p, q, lanes := t.p, &s.p, t.shape.Lanes
	copy(q.T0, p.T0[lo:])
	cut(q.X0.V, p.X0.V, lo, s.lanes, lanes)
	q.Times = sized(q.Times, len(p.Times)/lanes*s.lanes)
	cut(q.Times, p.Times, lo, s.lanes, lanes)
	s.tr.X = sized(s.tr.X, len(t.tr.X)/lanes*s.lanes)
	cut(s.tr.X, t.tr.X, lo, s.lanes, lanes) // what is not saved stays
	if q.Past = nil; p.Past != nil {
		q.Past = p.Past[lo : lo+s.lanes]
	}
	q.Theta = p.Theta
	if p.Theta.Lanes > 1 {
		s.room = Batch{V: sized(s.room.V, p.Theta.Rows*s.lanes), Rows: p.Theta.Rows, Lanes: s.lanes}
		cut(s.room.V, p.Theta.V, lo, s.lanes, lanes)
		q.Theta = s.room
	}
	if p.Input != nil && s.part.lo != lo {
		s.part = part{lo, p.Input.(field.Parter).Part(lo, lo+s.lanes)}
	}
	q.Input = nil
	if p.Input != nil {
		q.Input = s.part.in
	}
}

// pull pulls the chunk that was integrated last. What it adds to the gradient
// by a shared θ stays in theta.
func (s *chunk) pull(t *chunked, c int) {
	if s.all {
		s.discrete.Pull(t.g, t.gtr)
		return
	}
	lo, lanes, g := c*t.size, t.shape.Lanes, t.g
	s.gtr.X = sized(s.gtr.X, len(s.tr.X))
	cut(s.gtr.X, t.gtr.X, lo, s.lanes, lanes)
	s.g = field.Point{}
	if g.X.V != nil {
		s.g.X = s.x
		cut(s.g.X.V, g.X.V, lo, s.lanes, lanes)
	}
	switch n := g.Theta.Rows; {
	case g.Theta.V == nil:
	case g.Theta.Lanes == 1:
		s.theta = Batch{V: sized(s.theta.V, n), Rows: n, Lanes: 1}
		clear(s.theta.V)
		s.g.Theta = s.theta
	default:
		s.theta = Batch{V: sized(s.theta.V, n*s.lanes), Rows: n, Lanes: s.lanes}
		cut(s.theta.V, g.Theta.V, lo, s.lanes, lanes)
		s.g.Theta = s.theta
	}
	s.discrete.Pull(&s.g, &s.gtr)
	if g.X.V != nil {
		paste(g.X.V, s.g.X.V, lo, s.lanes, lanes)
	}
	if g.Theta.Lanes > 1 {
		paste(g.Theta.V, s.g.Theta.V, lo, s.lanes, lanes)
	}
}

// sized is v with n numbers, or room for them.
func sized(v []float64, n int) []float64 {
	if cap(v) < n {
		return make([]float64, n)
	}
	return v[:n]
}

// cut copies n of the lanes of every row, from lo on, to rows of n; paste
// copies them back.
func cut(dst, src []float64, lo, n, lanes int) {
	for i := 0; i*n < len(dst); i++ {
		copy(dst[i*n:(i+1)*n], src[i*lanes+lo:])
	}
}

func paste(dst, src []float64, lo, n, lanes int) {
	for i := 0; i*n < len(src); i++ {
		copy(dst[i*lanes+lo:], src[i*n:(i+1)*n])
	}
}
