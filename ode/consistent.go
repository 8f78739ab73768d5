package ode

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// Figures of the search for consistent starts.
const (
	mostConsistent = 50
	shortest       = 1e-4  // part of a step that is tried
	consistentTo   = 1e-13 // of each unknown: no step is taken that is shorter
	consistentBy   = 1e-6  // the same: a longer one that helps no more is a failure
	nothing        = 1e-8  // an unknown that is smaller, at first as well, counts as so large
)

// Consistent changes the algebraic components of a state (one lane) until their rows are zero;
// other components stay. fixed tells whether it succeeded; near is the largest row left. A field
// without algebraic rows is consistent. Solvers do this by themselves.
func Consistent(f field.Field, at *field.Point) (near float64, fixed bool) {
	c := newConsistency(f)
	if c == nil {
		return 0, true
	}
	ok := []bool{true}
	c.fix(f, at, nil, ok)
	copy(at.X.V, c.at.X.V)
	for _, i := range c.rows {
		near = math.Max(near, math.Abs(c.g.V[i]))
	}
	return near, ok[0]
}

// consistency makes states consistent: of each lane it changes the algebraic components z until
// their rows g(t, x, z, u; θ) are zero, by Newton's method with steps cut short where that helps.
// What z were before is a guess, which the result does not depend on but for the choice among
// several solutions. So with g = 0 kept
//
//	dz = −(∂g/∂z)⁻¹ (∂g/∂x dx + ∂g/∂θ dθ).
//
// It is made for a number of lanes and works on as many or fewer.
type consistency struct {
	n      int
	rows   []int // that have to be zero
	at     field.Point
	g      Batch
	dir    field.Point
	out    Batch
	pull   field.Point
	lu     *num.LU
	jac    []float64 // ∂g/∂z of each lane
	lane   []consistent
	step   []float64
	row    field.Point // of one row, one lane
	slopes []float64   // of rows by θ and the start
}

// consistent is how far a lane is.
type consistent struct {
	active, trying bool
	near, tried    float64   // largest row, in the sizes of the rows
	size           []float64 // of each row
	guess, from, z []float64 // at first, before a step, the step
	part           float64
	apart          float64 // length of the last step, relative to z
}

// newConsistency is nil for a field without algebraic rows.
func newConsistency(f field.Field) *consistency {
	c := &consistency{}
	for i, a := range field.AlgebraicRows(f) {
		if a {
			c.rows = append(c.rows, i)
		}
	}
	if len(c.rows) == 0 {
		return nil
	}
	shape, m := f.Shape(), len(c.rows)
	lanes := shape.Lanes
	c.n, c.lu, c.jac, c.step = shape.State, num.NewLU(m), make([]float64, m*m*lanes), make([]float64, m)
	c.at = field.Point{T: make([]float64, lanes), X: newBatch(c.n, lanes), U: newBatch(shape.Input, lanes)}
	c.g, c.out, c.dir.X, c.pull.X = newBatch(c.n, lanes), newBatch(c.n, lanes), newBatch(c.n, lanes), newBatch(c.n, lanes)
	c.lane = make([]consistent, lanes)
	for l := range c.lane {
		v := func() []float64 { return make([]float64, m) }
		c.lane[l] = consistent{size: v(), guess: v(), from: v(), z: v()}
	}
	c.row.X, c.slopes = newBatch(c.n, 1), make([]float64, m*(c.n+shape.Theta))
	if shape.Theta > 0 {
		c.row.Theta = newBatch(shape.Theta, 1)
	}
	return c
}

// enter makes the room one of a point's lanes and goes there; inputs are those of in, or of the
// point if it is nil. Lanes that do not count stand where another does.
func (c *consistency) enter(at *field.Point, in field.Input, counts []bool) {
	lanes := at.X.Lanes
	for _, b := range []*Batch{&c.at.X, &c.at.U, &c.g, &c.out, &c.dir.X, &c.pull.X} {
		b.V, b.Lanes = b.V[:b.Rows*lanes], lanes
	}
	c.at.T, c.at.Theta = c.at.T[:lanes], at.Theta
	copy(c.at.T, at.T)
	copy(c.at.X.V, at.X.V)
	donor := -1
	for l := lanes - 1; l >= 0; l-- {
		if counts[l] {
			donor = l
		}
	}
	for l, yes := range counts[:lanes] {
		if !yes && donor >= 0 {
			c.at.T[l] = c.at.T[donor]
			parkLane(c.at.X.V, l, donor, lanes)
		}
	}
	if in != nil {
		in.At(c.at.U, c.at.T)
	} else {
		copy(c.at.U.V, at.U.V)
	}
}

// lone is the lane of which there is one.
var lone = []bool{true}

// fix makes the lanes of a point consistent that are wanted, in c.at, and tells which of them
// are.
func (c *consistency) fix(f field.Field, at *field.Point, in field.Input, wanted []bool) {
	c.enter(at, in, wanted)
	lanes := c.at.X.Lanes
	for l, yes := range wanted[:lanes] {
		q := &c.lane[l]
		q.active, q.near, q.apart = yes, math.NaN(), math.Inf(1)
		for k, i := range c.rows {
			q.guess[k], q.size[k] = c.at.X.V[i*lanes+l], 0
		}
	}
	f.Eval(c.g, &c.at)
	for range mostConsistent {
		c.linearise(f)
		any := false
		for l := range lanes {
			if q := &c.lane[l]; q.active {
				q.active = c.aim(l)
				any = any || q.active
			}
		}
		if !any {
			break
		}
		c.shorten(f)
	}
	for l, yes := range wanted[:lanes] {
		wanted[l] = yes && c.lane[l].apart <= consistentBy
	}
}

// settle makes the states where lanes stand before a step consistent, of those that are marked,
// and leaves those marked for which that can be done.
func (c *consistency) settle(s *Step, marked []bool) {
	if c == nil {
		return
	}
	c.fix(s.Field, &s.From, s.Input, marked)
	for j, ok := range marked {
		if ok {
			copyLane(s.From.X.V, c.at.X.V, j, len(marked))
		}
	}
}

// linearise computes the slopes of the rows by the unknowns.
func (c *consistency) linearise(f field.Field) {
	m, lanes := len(c.rows), c.at.X.Lanes
	for j, col := range c.rows {
		clear(c.dir.X.V)
		for l := range lanes {
			c.dir.X.V[col*lanes+l] = 1
		}
		f.JVP(c.out, &c.at, &c.dir)
		for k, i := range c.rows {
			for l := range lanes {
				c.jac[(l*m+k)*m+j] = c.out.V[i*lanes+l]
			}
		}
	}
}

// factor makes the factors of a lane.
func (c *consistency) factor(l int) bool {
	m := len(c.rows)
	copy(c.lu.Matrix(), c.jac[l*m*m:(l+1)*m*m])
	return c.lu.Factor()
}

// aim finds the step of a lane; false: none is needed, or possible.
func (c *consistency) aim(l int) bool {
	q, m, lanes := &c.lane[l], len(c.rows), c.at.X.Lanes
	if q.size[0] == 0 { // the first one
		for k := range m {
			for j := range m {
				q.size[k] += math.Abs(c.jac[(l*m+k)*m+j])
			}
			if !(q.size[k] > 0) {
				q.size[k] = 1
			}
		}
		q.near = c.residual(l)
	}
	if q.near-q.near != 0 || !c.factor(l) {
		q.apart = math.Inf(1)
		return false
	}
	for k, i := range c.rows {
		q.z[k], q.from[k] = -c.g.V[i*lanes+l], c.at.X.V[i*lanes+l]
	}
	c.lu.Solve(q.z)
	q.apart = 0
	short := true
	for k, s := range q.z {
		was := math.Abs(q.from[k])
		short = short && math.Abs(s) <= consistentTo*was
		q.apart = math.Max(q.apart, math.Abs(s)/math.Max(math.Max(was, math.Abs(q.guess[k])), nothing))
	}
	q.part = 1
	return !short && q.near > 0
}

// residual is the largest row of a lane, in the sizes of the rows.
func (c *consistency) residual(l int) (most float64) {
	for k, i := range c.rows {
		most = math.Max(most, math.Abs(c.g.V[i*c.at.X.Lanes+l])/c.lane[l].size[k])
	}
	return most
}

// shorten takes the steps of all lanes under way, or the longest of their halves that lower the
// residual. Lanes for which there is none are not under way any more.
func (c *consistency) shorten(f field.Field) {
	lanes := c.at.X.Lanes
	for l := range lanes {
		c.lane[l].trying = c.lane[l].active
	}
	for trying := true; trying; {
		for l := range lanes {
			if q := &c.lane[l]; q.trying {
				for k, i := range c.rows {
					c.at.X.V[i*lanes+l] = q.from[k] + q.part*q.z[k]
				}
			}
		}
		f.Eval(c.g, &c.at)
		trying = false
		for l := range lanes {
			q := &c.lane[l]
			if !q.trying {
				continue
			}
			if q.tried = c.residual(l); q.tried < q.near {
				q.trying, q.near = false, q.tried
				continue
			}
			if q.part /= 2; q.part < shortest {
				q.trying, q.active = false, false
				for k, i := range c.rows {
					c.at.X.V[i*lanes+l] = q.from[k]
				}
			}
			trying = true // once more: what was tried last is undone
		}
	}
}

// back turns the cotangents of consistent states, of the lanes that count, into those of states
// before they were made so, and of θ: algebraic components are not asked for.
func (c *consistency) back(g *field.Point, f field.Field, at *field.Point, in field.Input, counts []bool) {
	c.enter(at, in, counts)
	c.linearise(f)
	m, lanes := len(c.rows), c.at.X.Lanes
	clear(c.g.V)
	for l, yes := range counts[:lanes] {
		if !yes || !c.factor(l) {
			continue
		}
		for k, i := range c.rows {
			c.step[k] = -g.X.V[i*lanes+l]
		}
		c.lu.SolveT(c.step[:m])
		for k, i := range c.rows {
			c.g.V[i*lanes+l] = c.step[k]
		}
	}
	clear(c.pull.X.V)
	c.pull.Theta = g.Theta
	f.VJP(&c.pull, &c.at, c.g)
	for l, yes := range counts[:lanes] {
		if yes {
			addLane(g.X.V, c.pull.X.V, l, lanes)
			for _, i := range c.rows {
				g.X.V[i*lanes+l] = 0
			}
		}
	}
}

// carry makes the derivatives of a state by θ (rows wide numbers apart) and by a start those of
// the consistent one.
func (c *consistency) carry(theta, x []float64, wide int, s *Step) {
	c.enter(&s.From, s.Input, lone)
	f := s.Field
	c.linearise(f)
	if !c.factor(0) {
		return
	}
	m, n := len(c.rows), c.n
	p := c.row.Theta.Rows
	slopes := c.slopes
	for k, i := range c.rows {
		clear(c.g.V)
		clear(c.row.X.V)
		clear(c.row.Theta.V)
		clear(slopes[k*(p+n) : (k+1)*(p+n)])
		c.g.V[i] = 1
		f.VJP(&c.row, &c.at, c.g)
		for _, j := range c.rows {
			c.row.X.V[j] = 0
		}
		to := slopes[k*(p+n) : (k+1)*(p+n)]
		copy(to, c.row.Theta.V)
		for s, w := range c.row.X.V {
			for j := range p {
				to[j] += w * theta[s*wide+j]
			}
			for j := range n {
				to[p+j] += w * x[s*n+j]
			}
		}
	}
	for j := range p + n {
		for k := range m {
			c.step[k] = -slopes[k*(p+n)+j]
		}
		c.lu.Solve(c.step)
		for k, i := range c.rows {
			if j < p {
				theta[i*wide+j] = c.step[k]
			} else {
				x[i*n+j-p] = c.step[k]
			}
		}
	}
}
