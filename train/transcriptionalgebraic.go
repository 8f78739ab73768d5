package train

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// algebraicRows are what a transcription knows of states without a derivative. They have values
// where the others have: at the nodes of every element and at its beginning, which is the end of
// the element before. At every node their rows are 0 = g. A rule whose last point is the end of
// an element keeps them there too. What an element begins with is then consistent but at the
// beginning of a recording, or of a piece that meets none: there they have rows of their own, so
// that no algebraic start is free or given. Where an input jumps they jump with it: in an element
// that begins there they are the polynomial through the nodes alone.
//
// Source: Ascher, Petzold, Computer Methods for Ordinary Differential Equations and
// Differential-Algebraic Equations (1998), section 10.1 (stiffly accurate collocation).
type algebraicRows struct {
	is    []bool
	of    []int     // components
	size  []float64 // by which rows are divided, of each component
	point []int     // which of the points each node of the rule is
	from  []int     // elements whose beginning is free
	jump  []bool    // of each element: an input jumps where it begins
}

// has tells that a component has no derivative.
func (a *algebraicRows) has(i int) bool { return a != nil && a.is[i] }

// starts is the number of beginnings that have rows of their own.
func (a *algebraicRows) starts() int {
	if a == nil {
		return 0
	}
	return len(a.from)
}

// prepareAlgebraic notes where there are algebraic rows, if there are any.
func (c *transcription) prepareAlgebraic() {
	is := c.p.Parts.Algebraic
	if is == nil {
		return
	}
	a := &algebraicRows{is: is, size: c.p.rowSizes(), point: make([]int, len(c.rule.C)), jump: make([]bool, len(c.elements))}
	for i, yes := range is {
		if yes {
			a.of = append(a.of, i)
		}
	}
	for k, at := range c.rule.At {
		if at > 0 {
			a.point[at-1] = k
		}
	}
	before, behind := make([]float64, len(c.p.Parts.Frame.Inputs)), make([]float64, len(c.p.Parts.Frame.Inputs))
	for e := range c.elements {
		el := &c.elements[e]
		first := e == 0 || c.elements[e-1].rec != el.rec
		if first || el.cut && !c.pieces.join {
			a.from = append(a.from, e)
		}
		if in := c.measured(el.rec); in != nil && !first {
			in.Lane(field.Batch{V: behind, Rows: len(behind), Lanes: 1}, 0, el.begin)
			in.Lane(field.Batch{V: before, Rows: len(before), Lanes: 1}, 0, math.Nextafter(el.begin, math.Inf(-1)))
			for i, v := range behind {
				a.jump[e] = a.jump[e] || math.Abs(v-before[i]) > jumpFrom
			}
		}
	}
	c.algebraic = a
}

// jumpFrom is the change of an input, in deviations, from one number to the next that is a jump.
const jumpFrom = 1e-9

// weigh writes what the beginning and the nodes of element e contribute to a component at a
// place.
func (c *transcription) weigh(by []float64, e, component int, tau float64) {
	if c.algebraic == nil || !c.algebraic.jump[e] || !c.algebraic.has(component) {
		c.rule.Weights(by, tau)
		return
	}
	by[0] = 0
	for j, at := range c.rule.C {
		w := 1.0
		for k, other := range c.rule.C {
			if k != j {
				w *= (tau - other) / (at - other)
			}
		}
		by[1+j] = w
	}
}

// equations is the number of rows that are the equation, starts included.
func (c *transcription) equations() int {
	if c.algebraic == nil {
		return c.dynamics
	}
	return c.dynamics + len(c.algebraic.from)*len(c.algebraic.of)
}

// startRow is the row of a component at the beginning with a number.
func (c *transcription) startRow(start, component int) int {
	for k, i := range c.algebraic.of {
		if i == component {
			return c.dynamics + start*len(c.algebraic.of) + k
		}
	}
	return -1
}

// value is the row of component j at node i of element e.
func (a *algebraicRows) value(c *transcription, e, i, j int) float64 {
	return c.nodes.value[(e*len(c.rule.P)+a.point[i])*c.states+j] / a.size[j]
}

// slopes fills the derivatives of the row of component j at a point by parameters and by the
// state there.
func (a *algebraicRows) slopes(byT, byX []float64, c *transcription, point, j int) {
	at := point*c.states + j
	for l, v := range c.nodes.byT[at*c.theta : (at+1)*c.theta] {
		byT[l] = v / a.size[j]
	}
	for l, v := range c.nodes.byX[at*c.states : (at+1)*c.states] {
		byX[l] = v / a.size[j]
	}
}

// startShape adds the rows of beginnings.
func (c *transcription) startShape(shape *opt.Shape) {
	a, d, p := c.algebraic, c.states, c.theta
	if a == nil {
		return
	}
	for k, e := range a.from {
		at, rows := c.elements[e].at, len(a.of)
		for range a.of {
			shape.Floor, shape.Ceiling = append(shape.Floor, 0), append(shape.Ceiling, 0)
			shape.Chains.Row = append(shape.Chains.Row, e)
		}
		row := c.dynamics + k*rows
		shape.Jacobian = append(shape.Jacobian, opt.Patch{Row: row, Rows: rows, Cols: p}, opt.Patch{Row: row, Col: at, Rows: rows, Cols: d})
		shape.Hessian = append(shape.Hessian, opt.Patch{Row: at, Col: at, Rows: d, Cols: d}, opt.Patch{Row: at, Rows: d, Cols: p})
	}
}

// startPoint is the first of the points that are beginnings.
func (c *transcription) startPoint() int { return len(c.elements) * len(c.rule.P) }

// startValues fills those rows.
func (c *transcription) startValues(rows []float64) {
	a := c.algebraic
	if a == nil {
		return
	}
	for k := range a.from {
		for i, j := range a.of {
			rows[c.dynamics+k*len(a.of)+i] = c.nodes.value[(c.startPoint()+k)*c.states+j] / a.size[j]
		}
	}
}

// startSlopes fills their derivatives, which jac begins with, and returns the rest.
func (c *transcription) startSlopes(jac []float64) []float64 {
	a, d, p := c.algebraic, c.states, c.theta
	if a == nil {
		return jac
	}
	for k := range a.from {
		m := len(a.of)
		byT, byX := jac[:m*p], jac[m*p:m*(p+d)]
		for i, j := range a.of {
			a.slopes(byT[i*p:(i+1)*p], byX[i*d:(i+1)*d], c, c.startPoint()+k, j)
		}
		jac = jac[m*(p+d):]
	}
	return jac
}

// startCurvature fills second derivatives at beginnings, which hess begins with, and returns the
// rest.
func (c *transcription) startCurvature(hess []float64, bends bool) []float64 {
	d, p := c.states, c.theta
	for k := range c.algebraic.starts() {
		to := hess[:d*d+d*p]
		hess = hess[len(to):]
		if clear(to); bends {
			at := c.startPoint() + k
			copy(to, c.nodes.curveX[at*d*d:(at+1)*d*d])
			copy(to[d*d:], c.nodes.curveT[at*d*p:(at+1)*d*p])
		}
	}
	return hess
}

// rowSizes are typical sizes of the algebraic rows, one for other states: the sum of the slopes
// of each by scaled states, on the mean along the data, with parameters as they are at first.
func (p *Problem) rowSizes() []float64 {
	n := len(p.Parts.Frame.States)
	size := make([]float64, n)
	q, one, g := newProbe(p), program.NewBatch(n, 1), field.Point{X: program.NewBatch(n, 1)}
	rows := min(probes, p.Train[0].Len())
	for i := range size {
		if size[i] = 1; !p.Parts.Algebraic[i] {
			continue
		}
		sum := 0.0
		for k := range rows {
			q.state(k * p.Train[0].Len() / rows)
			clear(one.V)
			clear(g.X.V)
			one.V[i] = 1
			q.f.VJP(&g, &q.at, one)
			for _, v := range g.X.V {
				sum += math.Abs(v) / float64(rows)
			}
		}
		if sum > 0 && isNumber(sum) {
			size[i] = sum
		}
	}
	return size
}

// settle gives the algebraic states that are not measured values with which their rows hold, if
// there are such, at the beginnings and at every node of x, one after the other.
func (c *transcription) settle(x []float64) {
	if c.algebraic == nil {
		return
	}
	f := c.p.Parts.NewField(1, false)
	at := field.Point{T: make([]float64, 1), X: program.NewBatch(c.states, 1), U: program.NewBatch(len(c.p.Parts.Frame.Inputs), 1),
		Theta: field.Batch{V: x[:c.theta], Rows: c.theta, Lanes: 1}}
	placed, measured := c.placed(), len(c.p.Train[0].Names)
	var last []float64
	one := func(e int, place float64, to []float64) {
		copy(at.X.V, to)
		for _, i := range c.algebraic.of {
			if i >= measured && last != nil {
				at.X.V[i] = last[i]
			}
		}
		at.T[0] = placed(e, place, at.U.V)
		if _, ok := ode.Consistent(f, &at); !ok {
			return
		}
		for _, i := range c.algebraic.of {
			if i >= measured {
				to[i] = at.X.V[i]
			}
		}
		last = to
	}
	for e := range c.elements {
		el := &c.elements[e]
		if e == 0 || c.elements[e-1].rec != el.rec {
			last = nil
			one(e, 0, x[el.at:el.at+c.states])
		}
		for k, place := range c.rule.C {
			from := el.at + (1+k)*c.states
			one(e, place, x[from:from+c.states])
		}
	}
}
