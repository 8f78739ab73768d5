package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/opt"
)

// limitRows are inequalities as a part of a transcription. An inequality of a single state
// is a bound of that state at every node. One of parameters alone is a row that is
// shared. All others are rows of every node: the starts of recordings and the stages.
type limitRows struct {
	ls           *field.Limits
	low, high    []float64    // of each state, scaled
	path, shared []int        // which inequalities are rows
	at           *nodes       // nil if there are no rows
	place        []int        // where the state of each node stands among the unknowns
	group        []int        // the element that it belongs to
	curved       bool         // second derivatives are not all zero
	weights      []float64    // cotangents
	begin        int          // rows before these
	between      *betweenRows // at times between the nodes; nil: at none
}

// limit makes the inequalities of the problem part of the program, before it is used.
func (c *transcription) limit() {
	ls := c.p.limits
	if ls == nil {
		return
	}
	r := &limitRows{ls: ls, begin: c.equations() + c.joins()}
	for range c.states {
		r.low, r.high = append(r.low, math.Inf(-1)), append(r.high, math.Inf(1))
	}
	for i := range ls.All {
		if r.bound(i, &c.p.Parts.Frame) {
			continue
		}
		r.curved = r.curved || ls.Affine[i] == nil
		if ls.Constant[i] {
			r.shared = append(r.shared, i)
		} else {
			r.path = append(r.path, i)
		}
	}
	for e := range c.elements {
		if e == 0 || c.elements[e-1].rec != c.elements[e].rec || c.elements[e].cut && !c.pieces.join {
			r.place, r.group = append(r.place, c.elements[e].at), append(r.group, e)
		}
		for k := range c.rule.C {
			r.place, r.group = append(r.place, c.elements[e].at+(1+k)*c.states), append(r.group, e)
		}
	}
	if len(r.path)+len(r.shared) > 0 {
		r.at = newNodes(ls.Program, len(r.place), len(c.p.Parts.Frame.Inputs), c.limitPlaced(r))
		r.weights = make([]float64, len(r.at.value))
	}
	c.limits = r
}

// bound makes inequality i bounds of a state, if it is one.
func (r *limitRows) bound(i int, f *field.Frame) bool {
	a := r.ls.Affine[i]
	if a == nil || len(a.Of) != 1 {
		return false
	}
	for s, name := range f.States {
		v := a.Of[name]
		if v == 0 {
			continue
		}
		low := ((r.ls.All[i].Low-a.Const)/v - f.Shift[s]) / f.Scale[s]
		high := ((r.ls.All[i].High-a.Const)/v - f.Shift[s]) / f.Scale[s]
		if low > high {
			low, high = high, low
		}
		r.low[s], r.high[s] = max(r.low[s], low), min(r.high[s], high)
		return true
	}
	return false
}

// limitPlaced tells time and inputs of a node of the inequalities.
func (c *transcription) limitPlaced(r *limitRows) func(node int, u []float64) float64 {
	placed := c.placed()
	return func(node int, u []float64) float64 {
		e, place := r.group[node], 0.0
		if k := (r.place[node]-c.elements[e].at)/c.states - 1; k >= 0 {
			place = c.rule.C[k]
		}
		return placed(e, place, u)
	}
}

// rows is the number of all rows.
func (c *transcription) rows() int {
	n := c.equations() + c.joins()
	if r := c.limits; r != nil {
		n += len(r.place)*len(r.path) + len(r.shared) + r.between.size()
	}
	return n
}

// limitShape adds bounds, rows and patches of the inequalities.
func (c *transcription) limitShape(shape *opt.Shape) {
	r, d, p := c.limits, c.states, c.theta
	for _, at := range r.place {
		for i := range d {
			if shape.Low[at+i] != shape.High[at+i] {
				shape.Low[at+i], shape.High[at+i] = r.low[i], r.high[i]
			}
		}
	}
	row := r.begin
	for k, at := range r.place {
		for _, i := range r.path {
			r.addRow(shape, i, r.group[k])
		}
		if len(r.path) > 0 {
			shape.Jacobian = append(shape.Jacobian, opt.Patch{Row: row, Rows: len(r.path), Cols: p}, opt.Patch{Row: row, Col: at, Rows: len(r.path), Cols: d})
		}
		row += len(r.path)
		if r.curved {
			shape.Hessian = append(shape.Hessian, opt.Patch{Row: at, Col: at, Rows: d, Cols: d}, opt.Patch{Row: at, Rows: d, Cols: p})
		}
	}
	for _, i := range r.shared {
		r.addRow(shape, i, -1)
	}
	if len(r.shared) > 0 {
		shape.Jacobian = append(shape.Jacobian, opt.Patch{Row: row, Rows: len(r.shared), Cols: p})
	}
	if r.between != nil {
		r.between.shape(c, shape)
	}
}

func (r *limitRows) addRow(shape *opt.Shape, i, group int) {
	l, unit := r.ls.All[i], r.ls.Unit[i]
	shape.Floor, shape.Ceiling = append(shape.Floor, l.Low/unit), append(shape.Ceiling, l.High/unit)
	shape.Chains.Row = append(shape.Chains.Row, group)
}

// set evaluates at x from now on.
func (r *limitRows) set(c *transcription, x []float64) {
	r.at.set(x[:r.at.theta], func(node int) []float64 { return x[r.place[node] : r.place[node]+c.states] })
}

// limitValues fills the rows of the inequalities.
func (c *transcription) limitValues(rows, x []float64) (fail string) {
	r := c.limits
	if b := r.between; b != nil {
		b.values(c, rows[b.begin:], x)
	}
	if r.at != nil {
		r.nodeValues(c, rows, x)
	}
	for _, v := range rows[r.begin:] {
		if !isNumber(v) {
			return "a constraint is not a finite number"
		}
	}
	return ""
}

// nodeValues fills those that are not between nodes.
func (r *limitRows) nodeValues(c *transcription, rows, x []float64) {
	r.set(c, x)
	r.at.eval()
	all, to := len(r.ls.All), rows[r.begin:]
	for k := range r.place {
		for _, i := range r.path {
			to[0] = r.at.value[k*all+i]
			to = to[1:]
		}
	}
	for j, i := range r.shared {
		to[j] = r.at.value[i]
	}
}

// limitSlopes fills their derivatives, patch after patch, which jac begins with.
func (c *transcription) limitSlopes(jac, x []float64) (fail string) {
	r := c.limits
	if r.at != nil {
		jac = r.nodeSlopes(c, jac, x)
	}
	if r.between != nil {
		r.between.slopes(c, jac, x)
	}
	return ""
}

// nodeSlopes fills those of rows that are not between nodes and returns the rest.
func (r *limitRows) nodeSlopes(c *transcription, jac, x []float64) []float64 {
	d, p := c.states, c.theta
	r.set(c, x)
	r.at.slopes()
	all, size := len(r.ls.All), r.at.theta
	for k := range r.place {
		for _, i := range r.path {
			copy(jac[:size], r.at.byT[(k*all+i)*size:]) // without parameters they stay zero
			jac = jac[p:]
		}
		for _, i := range r.path {
			copy(jac[:d], r.at.byX[(k*all+i)*d:])
			jac = jac[d:]
		}
	}
	for _, i := range r.shared {
		copy(jac[:size], r.at.byT[i*size:])
		jac = jac[p:]
	}
	return jac
}

// limitCurvature adds second derivatives by parameters to shared and fills the others,
// patch after patch, which hess begins with.
func (c *transcription) limitCurvature(shared, hess, x, y []float64) {
	r, d, p := c.limits, c.states, c.theta
	if r.at == nil || !r.curved {
		return
	}
	clear(r.weights)
	all, from := len(r.ls.All), y[r.begin:]
	for k := range r.place {
		for _, i := range r.path {
			r.weights[k*all+i] = from[0]
			from = from[1:]
		}
	}
	for j, i := range r.shared {
		r.weights[i] += from[j]
	}
	r.set(c, x)
	r.at.curvature(shared, r.weights)
	size := r.at.theta
	for k := range r.place {
		copy(hess[:d*d], r.at.curveX[k*d*d:(k+1)*d*d])
		hess = hess[d*d:]
		for i := range d {
			copy(hess[:size], r.at.curveT[(k*d+i)*size:(k*d+i+1)*size])
			hess = hess[p:]
		}
	}
	if r.between != nil {
		r.between.curvature(c, shared, hess, x, y)
	}
}

// inequalities is the number of rows that are.
func (c *transcription) inequalities() int { return c.rows() - c.equations() - c.joins() }

// kept says of each inequality how it stands where unknowns are x and states the simulated
// ones at the stages: where it is violated most, if it is.
func (c *transcription) kept(x, states []float64) (out []LimitState) {
	r := c.limits
	values := r.at
	if values == nil {
		values = newNodes(r.ls.Program, len(r.place), len(c.p.Parts.Frame.Inputs), c.limitPlaced(r))
	}
	stage := 0
	y := append([]float64{}, x...)
	c.eachNode(func(node, at int) {
		copy(y[at:at+c.states], states[stage*c.states:(stage+1)*c.states])
		stage++
	})
	c.link(y)
	values.set(y[:values.theta], func(node int) []float64 { return y[r.place[node] : r.place[node]+c.states] })
	values.eval()
	for i, l := range r.ls.All {
		s := LimitState{Text: l.Text, Nodes: len(r.place)}
		if r.ls.Constant[i] {
			s.Nodes = 1
		}
		for k := range s.Nodes {
			at, v := values.at[k/values.lanes].T[k%values.lanes], values.value[k*len(r.ls.All)+i]
			if over := r.note(&s, i, v, at, c.elements[r.group[k]].rec, c.p); over >= -activeWithin {
				s.Active++
			}
		}
		out = append(out, s)
	}
	c.worstBetween(y, out)
	return out
}

// note notes inequality i at a scaled time of a recording, where it has the value v, if it is
// violated more than it was so far, and returns by how much it is, in its unit.
func (r *limitRows) note(s *LimitState, i int, v, at float64, rec int, p *Problem) (over float64) {
	over = r.over(i, v)
	if over*r.ls.Unit[i] > s.Worst {
		s.Worst, s.beyond = over*r.ls.Unit[i], over
		s.At = p.Parts.Frame.T0 + p.Parts.Frame.Time*at
		s.Recording = p.Train[rec].ID
	}
	return over
}

// over is by how much inequality i is violated where its value is v, in its unit.
func (r *limitRows) over(i int, v float64) float64 {
	if !isNumber(v) {
		return math.MaxFloat64 / (1 + r.ls.Unit[i])
	}
	return max(r.ls.All[i].Low/r.ls.Unit[i]-v, v-r.ls.All[i].High/r.ls.Unit[i])
}

// activeWithin is the distance from its bound, in its unit, at which an inequality counts
// as active.
const activeWithin = 1e-3

// LimitState says how a model keeps an inequality along its simulation of the rows it
// was trained on.
type LimitState struct {
	Text      string  `json:"text"`
	Nodes     int     `json:"nodes"`             // where it was looked at; between them too, for the largest violation
	Between   int     `json:"between,omitempty"` // times between nodes at which it had to be kept too
	Active    int     `json:"active"`            // of them: it holds by a hair, or is violated
	Worst     float64 `json:"worst"`             // largest violation, in the units of the expression; 0: none
	At        float64 `json:"at"`                // time of the largest violation, user units
	Recording string  `json:"recording,omitempty"`

	beyond float64 // Worst in the unit of the inequality
}

// words tells of a violation.
func (s *LimitState) words() string {
	where := fmt.Sprintf(" at %s", short(s.At))
	if s.Recording != "" {
		where += fmt.Sprintf(" of recording %q", s.Recording)
	}
	if s.Nodes == 1 {
		where = ""
	}
	if s.beyond > math.MaxFloat64/1e100 {
		return fmt.Sprintf("%q has no value%s", s.Text, where)
	}
	return fmt.Sprintf("%q is violated by %s%s", s.Text, short(s.Worst), where)
}

func short(v float64) string { return fmt.Sprintf("%.3g", v) }
