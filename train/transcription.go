package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/opt"
)

// transcription is the fit of a problem as a nonlinear program: states on the way
// and parameters are unknown together, the differential equation is a set of rows.
//
//	minimise    (1/N) Σ (polynomial at a row − value)² + decay·Σ (weight of a layer)²
//	subject to  X_i = x₀ + h Σ_k a_ik f(t_k, X_k, u_k; θ)   at the nodes i of every element
//
// all in scaled units; N counts the observed values. That is the loss of LM. In an
// element of length h the trajectory is the polynomial through its beginning x₀,
// which is the end of the element before, and its nodes X_i, those of a rule, whose points
// k are nodes or the beginning. What has no derivative (field.Parts.Algebraic) has a value at
// every node like the other states, and its row there is 0 = g(t_i, X_i, u_i; θ); see
// algebraicRows.
//
// Unknowns are θ, then of each recording its start and the nodes of its elements.
// A start that is known has equal bounds. Rows are those of each element, node by
// node.
type transcription struct {
	p             *Problem
	mesh          [][]float64
	rule          *num.Rule
	states, theta int
	elements      []element
	starts        []int // of each recording: where its start stands
	size          int   // unknowns
	count         float64
	decay         []float64 // weight of the square of the distance of each entry of θ from its centre
	centre        []float64
	nodes         *nodes
	weights       []float64      // cotangents of the points
	dynamics      int            // rows that are the equation, along elements
	algebraic     *algebraicRows // nil: there are none
	pieces        pieces
	limits        *limitRows // nil: there are no inequalities
}

// element is one part of the trajectory of a recording.
type element struct {
	rec        int
	begin, end float64 // scaled time
	at         int     // where its beginning stands among the unknowns; its nodes follow
	cut        bool    // a piece begins here, with a beginning of its own
	seen       []observation
}

// observation is a measured value within an element.
type observation struct {
	column int
	value  float64   // scaled
	by     []float64 // what beginning and stages contribute
}

// newTranscription cuts the recordings into elements, whose ends are those of
// Problem.elementMesh, and those into pieces.
func newTranscription(p *Problem, mesh [][]float64, rule *num.Rule, decay float64, cut pieces) *transcription {
	c := &transcription{p: p, mesh: mesh, rule: rule, pieces: cut, states: len(p.Parts.Frame.States), theta: len(p.Parts.Theta0)}
	c.decay, c.centre = p.penalty(c.theta, decay), make([]float64, c.theta)
	c.size = c.theta
	for rec := range p.Train {
		c.starts = append(c.starts, c.size)
		ends := mesh[rec]
		for i := 1; i < len(ends); i++ {
			begins := cut.begins(i-1, len(ends)-1)
			if begins {
				c.size += c.states
			}
			c.elements = append(c.elements, element{rec: rec, begin: ends[i-1], end: ends[i], at: c.size, cut: begins})
			c.size += len(rule.C) * c.states
		}
		c.size += c.states
	}
	c.prepareAlgebraic()
	for rec := range p.Train {
		c.observe(rec)
	}
	placed := c.placed()
	c.nodes = newNodes(p.Parts.Field, len(c.elements)*len(rule.P)+c.algebraic.starts(), len(p.Parts.Frame.Inputs), func(k int, u []float64) float64 {
		e, place := c.pointAt(k)
		return placed(e, place, u)
	})
	c.weights, c.dynamics = make([]float64, len(c.nodes.value)), len(c.elements)*len(rule.C)*c.states
	return c
}

// observe gives the rows of a recording to its elements.
func (c *transcription) observe(rec int) {
	s := &c.p.Train[rec]
	e := 0
	for e < len(c.elements) && c.elements[e].rec != rec {
		e++
	}
	for col := range s.Names {
		at := e
		t, y := model.ScaledColumn(s, col, &c.p.Parts.Frame)
		for k, v := range y {
			for at+1 < len(c.elements) && c.elements[at+1].rec == rec && t[k] > c.elements[at].end {
				at++
			}
			if math.IsNaN(v) || at == len(c.elements) || c.elements[at].rec != rec {
				continue
			}
			el := &c.elements[at]
			tau := (t[k] - el.begin) / (el.end - el.begin)
			if t[k] == el.end {
				tau = 1
			}
			by := make([]float64, len(c.rule.C)+1)
			c.weigh(by, at, col, tau)
			el.seen = append(el.seen, observation{col, v, by})
			c.count++
		}
	}
}

// pointAt is the element of a point at which the field is evaluated, and its place there: those
// of elements, then the beginnings whose algebraic states have rows of their own.
func (c *transcription) pointAt(k int) (element int, place float64) {
	m := len(c.rule.P)
	if e := k / m; e < len(c.elements) {
		return e, c.rule.P[k%m]
	}
	return c.algebraic.from[k-m*len(c.elements)], 0
}

// time is that of a node.
func (c *transcription) time(node int) float64 {
	return c.elements[node/len(c.rule.C)].time(c.rule.C[node%len(c.rule.C)])
}

// time is that of a place in an element.
func (el *element) time(place float64) float64 {
	if place == 1 {
		return el.end
	}
	return el.begin + place*(el.end-el.begin)
}

// placed tells time and inputs of a place in an element. An input that jumps where an
// element ends has there the value from before.
func (c *transcription) placed() func(e int, place float64, u []float64) float64 {
	all := make([]*model.Measured, len(c.p.Train))
	for rec := range all {
		all[rec] = c.measured(rec)
	}
	return func(e int, place float64, u []float64) float64 {
		el := &c.elements[e]
		t := el.time(place)
		if in := all[el.rec]; in != nil {
			before := t
			if t == el.end {
				before = math.Nextafter(t, el.begin)
			}
			in.Lane(field.Batch{V: u, Rows: len(u), Lanes: 1}, 0, before)
		}
		return t
	}
}

// measured are the inputs of a recording; nil: there are none.
func (c *transcription) measured(rec int) *model.Measured {
	in, _ := model.NewMeasured([]*data.Series{&c.p.Train[rec]}, &c.p.Parts.Frame, 1, c.p.Hold).(*model.Measured)
	return in
}

// step is the length of an element.
func (c *transcription) step(e int) float64 { return c.elements[e].end - c.elements[e].begin }

// bind evaluates at x from now on.
func (c *transcription) bind(x []float64) {
	m := len(c.rule.P)
	c.nodes.set(x[:c.theta], func(point int) []float64 {
		e, _ := c.pointAt(point)
		from := c.elements[e].at
		if point < m*len(c.elements) {
			from += c.rule.At[point%m] * c.states
		}
		return x[from : from+c.states]
	})
}

// Shape implements opt.NLP. Groups of its chains are the elements.
func (c *transcription) Shape() opt.Shape {
	s, d, p := len(c.rule.C), c.states, c.theta
	wide := s * d
	shape := opt.Shape{Low: make([]float64, c.size), High: make([]float64, c.size),
		Floor: make([]float64, c.dynamics), Ceiling: make([]float64, c.dynamics)}
	chains := &opt.Chains{Groups: len(c.elements), Unknown: make([]int, c.size)}
	for i := range c.size {
		shape.Low[i], shape.High[i] = math.Inf(-1), math.Inf(1)
		chains.Unknown[i] = -1
	}
	shape.Hessian = append(shape.Hessian, opt.Patch{Rows: p, Cols: p})
	for e := range c.elements {
		at := c.elements[e].at
		first := e == 0 || c.elements[e-1].rec != c.elements[e].rec
		if first || c.elements[e].cut {
			chains.First = append(chains.First, e)
		}
		if first || c.elements[e].cut && !c.pieces.join {
			for i := range d {
				chains.Unknown[at+i] = e
			}
		}
		for i := range wide {
			chains.Unknown[at+d+i] = e
			chains.Row = append(chains.Row, e)
		}
		shape.Jacobian = append(shape.Jacobian, opt.Patch{Row: e * wide, Rows: wide, Cols: p},
			opt.Patch{Row: e * wide, Col: at, Rows: wide, Cols: wide + d})
		shape.Hessian = append(shape.Hessian, opt.Patch{Row: at, Col: at, Rows: wide + d, Cols: wide + d})
		if c.rule.At[0] == 0 {
			shape.Hessian = append(shape.Hessian, opt.Patch{Row: at, Rows: d, Cols: p})
		}
		shape.Hessian = append(shape.Hessian, opt.Patch{Row: at + d, Rows: wide, Cols: p})
	}
	c.holdStarts(&shape)
	shape.Chains = chains
	c.startShape(&shape)
	c.joinShape(&shape)
	if c.limits != nil {
		c.limitShape(&shape)
	}
	return shape
}

// holdStarts fixes starts that are not learnt. Those of algebraic states follow.
func (c *transcription) holdStarts(shape *opt.Shape) {
	if c.p.learnsStarts() {
		return
	}
	for rec, start := range c.p.startGuess() {
		for i, v := range start {
			if at := c.starts[rec] + i; !c.algebraic.has(i) {
				shape.Low[at], shape.High[at] = v, v
			}
		}
	}
}

// Values implements opt.NLP.
func (c *transcription) Values(rows, x []float64) (f float64, fail string) {
	c.bind(x)
	c.nodes.eval()
	if fail := c.finite(c.nodes.value, c.states); fail != "" {
		return 0, fail
	}
	for i, w := range c.decay {
		off := x[i] - c.centre[i]
		f += w * off * off
	}
	s, m, d := len(c.rule.C), len(c.rule.P), c.states
	for e := range c.elements {
		at, h := c.elements[e].at, c.step(e)
		for _, o := range c.elements[e].seen {
			r := c.residual(x, at, o)
			f += r * r / c.count
		}
		for i := range s {
			for j := range d {
				if c.algebraic.has(j) {
					rows[(e*s+i)*d+j] = c.algebraic.value(c, e, i, j)
					continue
				}
				v := x[at+(1+i)*d+j] - x[at+j]
				for k := range m {
					v -= h * c.rule.A[i*m+k] * c.nodes.value[(e*m+k)*d+j]
				}
				rows[(e*s+i)*d+j] = v
			}
		}
	}
	c.startValues(rows)
	c.joinValues(rows, x)
	if c.limits != nil {
		fail = c.limitValues(rows, x)
	}
	return f, fail
}

// residual is the distance of the polynomial that begins at x[at] from a row.
func (c *transcription) residual(x []float64, at int, o observation) float64 {
	r := -o.value
	for j, w := range o.by {
		r += w * x[at+j*c.states+o.column]
	}
	return r
}

// finite says where values, width a node, are not.
func (c *transcription) finite(v []float64, width int) string {
	if num.AllFinite(v) {
		return ""
	}
	for i, x := range v {
		if !isNumber(x) {
			e, place := c.pointAt(i / width)
			t := c.p.Parts.Frame.T0 + c.p.Parts.Frame.Time*c.elements[e].time(place)
			return fmt.Sprintf("the right-hand side or a derivative of it is not a finite number at time %.6g", t)
		}
	}
	return ""
}

// Slopes implements opt.NLP.
func (c *transcription) Slopes(grad, jac, x []float64) (fail string) {
	c.bind(x)
	c.nodes.slopes()
	s, d, p := len(c.rule.C), c.states, c.theta
	if fail := c.finite(c.nodes.byX, d*d); fail != "" {
		return fail
	}
	if fail := c.finite(c.nodes.byT, max(1, d*p)); fail != "" {
		return fail
	}
	clear(grad)
	for i, w := range c.decay {
		grad[i] = 2 * w * (x[i] - c.centre[i])
	}
	clear(jac)
	wide := s * d
	for e := range c.elements {
		at := c.elements[e].at
		for _, o := range c.elements[e].seen {
			r := 2 * c.residual(x, at, o) / c.count
			for j, w := range o.by {
				grad[at+j*d+o.column] += r * w
			}
		}
		c.elementSlopes(jac[:wide*p], jac[wide*p:wide*(p+wide+d)], e)
		jac = jac[wide*(p+wide+d):]
	}
	jac = c.joinSlopes(c.startSlopes(jac))
	if c.limits != nil {
		return c.limitSlopes(jac, x)
	}
	return ""
}

// elementSlopes fills the derivatives of an element's rows by parameters and by its
// beginning and nodes.
func (c *transcription) elementSlopes(byT, byX []float64, e int) {
	s, m, d, p := len(c.rule.C), len(c.rule.P), c.states, c.theta
	width := (s + 1) * d
	for i := range s {
		for j := range d {
			row := i*d + j
			if c.algebraic.has(j) {
				c.algebraic.slopes(byT[row*p:(row+1)*p], byX[row*width+(1+i)*d:row*width+(2+i)*d], c, e*m+c.algebraic.point[i], j)
				continue
			}
			byX[row*width+j], byX[row*width+d+row] = -1, 1
			for k, at := range c.rule.At {
				a, node := -c.step(e)*c.rule.A[i*m+k], ((e*m+k)*d + j)
				for l, v := range c.nodes.byX[node*d : (node+1)*d] {
					byX[row*width+at*d+l] += a * v
				}
				kernel.AXPY(byT[row*p:(row+1)*p], a, c.nodes.byT[node*p:])
			}
		}
	}
}

// Curvature implements opt.NLP.
func (c *transcription) Curvature(hess, x []float64, w float64, y []float64) (fail string) {
	c.bind(x)
	c.weighPoints(y)
	c.weighAlgebraic(y)
	d, p := c.states, c.theta
	clear(hess)
	shared, rest := hess[:p*p], hess[p*p:]
	for i, v := range c.decay {
		shared[i*p+i] = 2 * w * v
	}
	bends := slices.ContainsFunc(c.weights, func(v float64) bool { return v != 0 })
	if bends {
		c.nodes.curvature(shared, c.weights)
	}
	wide := len(c.rule.C) * d
	first := (1 - c.rule.At[0]) * d * p // mixed entries of the beginning, which is a point or not
	for e := range c.elements {
		own, mixed := rest[:(wide+d)*(wide+d)], rest[(wide+d)*(wide+d):]
		mixed, rest = mixed[:first+wide*p], mixed[first+wide*p:]
		c.observedCurvature(own, e, w)
		if bends {
			c.pointCurvature(own, mixed, e)
		} else {
			clear(mixed)
		}
	}
	rest = c.startCurvature(rest, bends)
	if c.limits != nil {
		c.limitCurvature(shared, rest, x, y)
	}
	if !bends {
		return ""
	}
	return c.finite(c.nodes.curveX, d*d)
}

// weighPoints sets what a multiplier y of each row makes of the field at each point.
func (c *transcription) weighPoints(y []float64) {
	s, m, d := len(c.rule.C), len(c.rule.P), c.states
	for e := range c.elements {
		for k := range m {
			for j := range d {
				if c.algebraic.has(j) {
					c.weights[(e*m+k)*d+j] = 0
					continue
				}
				sum := 0.0
				for i := range s {
					sum -= c.step(e) * c.rule.A[i*m+k] * y[(e*s+i)*d+j]
				}
				c.weights[(e*m+k)*d+j] = sum
			}
		}
	}
}

// weighAlgebraic does so for rows of states that have no derivative.
func (c *transcription) weighAlgebraic(y []float64) {
	a := c.algebraic
	if a == nil {
		return
	}
	s, m, d := len(c.rule.C), len(c.rule.P), c.states
	for e := range c.elements {
		for i, k := range a.point {
			for _, j := range a.of {
				c.weights[(e*m+k)*d+j] = y[(e*s+i)*d+j] / a.size[j]
			}
		}
	}
	for k, w := range c.weights[len(c.elements)*m*d:] {
		if w = 0; a.has(k % d) {
			w = y[c.startRow(k/d, k%d)] / a.size[k%d]
		}
		c.weights[len(c.elements)*m*d+k] = w
	}
}

// observedCurvature adds w times that of the distances to the rows of an element, whose
// beginning and nodes own has.
func (c *transcription) observedCurvature(own []float64, e int, w float64) {
	d := c.states
	width := (len(c.rule.C) + 1) * d
	for _, o := range c.elements[e].seen {
		for i, a := range o.by {
			for j, b := range o.by {
				own[(i*d+o.column)*width+j*d+o.column] += 2 * w * a * b / c.count
			}
		}
	}
}

// pointCurvature adds that of the field at the points of an element, by their states to own
// and by states and parameters to mixed, where a node that is no point stays zero.
func (c *transcription) pointCurvature(own, mixed []float64, e int) {
	m, d, p := len(c.rule.P), c.states, c.theta
	width := (len(c.rule.C) + 1) * d
	for k, at := range c.rule.At {
		for i := range d {
			for j := range d {
				own[(at*d+i)*width+at*d+j] += c.nodes.curveX[((e*m+k)*d+i)*d+j]
			}
		}
	}
	copy(mixed, c.nodes.curveT[e*m*d*p:(e+1)*m*d*p])
}
