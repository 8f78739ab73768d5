package field

import (
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/program"
)

// An equation 0 = g in which no algebraic unknown stands is a constraint on states. Its
// derivatives by time, along the equations of those states, have to be zero too, and the first
// in which an unknown stands determines one: the index is above one. Such rows are replaced, so
// that what is integrated has index one and the same solutions:
//
//   - Where the first derivative does, and g has a state with a coefficient that is a number,
//     that state follows from g, and the derivative of g takes the place of its own.
//   - Otherwise g' + g = 0, or g” + 2g' + g = 0, takes the place of g. Then a start must satisfy
//     g, and g', and what errors of steps add to them fades.
//
// Sources: Pantelides, SIAM J. Sci. Stat. Comput. 9 (1988) 213–231 (which rows); Mattsson,
// Söderlind, SIAM J. Sci. Comput. 14 (1993) 677–692 (states that become unknowns); Baumgarte,
// Comput. Methods Appl. Mech. Eng. 1 (1972) 1–16 (the sum).

// mostDifferentiated is how many derivatives are taken: two belong to the positions of
// mechanics.
const mostDifferentiated = 2

// Reduction is an equation 0 = … in which no algebraic unknown stands.
type Reduction struct {
	Line    int    // of the text
	Times   int    // it is differentiated until an unknown stands in it
	Follows string // the state that it determines then; "": none, and starts have to satisfy it
}

// hiddenRow is the same of a text under construction.
type hiddenRow struct {
	row   int // of its lines
	times int
	pivot int // state that follows; -1: none
	names []string
}

// reduce finds the rows in which no unknown stands, and says what is done with them. Errors name
// the row.
func (m *equationModel) reduce(rows []int, names []string) error {
	for _, k := range rows {
		l := &m.lines[k]
		on := m.dependsOn(l.expr)
		if slices.ContainsFunc(on, func(name string) bool { return slices.Contains(names, name) }) {
			continue
		}
		h := hiddenRow{row: k, pivot: -1}
		moved := on
		for h.times = 1; ; h.times++ {
			if i := slices.IndexFunc(moved, func(name string) bool { return slices.Contains(m.frame.Inputs, name) }); i >= 0 {
				return l.errorAt(l.column, "make the input a state that follows it, or write that derivative in its place",
					"no algebraic unknown stands in this equation, so its derivative by time has to determine one, and that of the input %s is not known", moved[i])
			}
			moved = m.flows(moved)
			if slices.ContainsFunc(moved, func(name string) bool { return slices.Contains(names, name) }) {
				break
			}
			if h.times == mostDifferentiated {
				return l.errorAt(l.column, "it may hold at the start and determine nothing afterwards: leave it out, or look for what is missing in the other equations",
					"no algebraic unknown stands in this equation, nor in its first %d derivatives by time", h.times)
			}
		}
		if h.names = moved; h.times == 1 {
			h.pivot = m.pivot(l, on)
		}
		m.hidden = append(m.hidden, h)
	}
	return nil
}

// flows are the names in the derivatives of those of the names that are states.
func (m *equationModel) flows(names []string) (out []string) {
	for _, name := range names {
		if i := slices.Index(m.frame.States, name); i >= 0 && m.equation[i] >= 0 && m.lines[m.equation[i]].moves() {
			out = append(out, m.dependsOn(m.lines[m.equation[i]].expr)...)
		}
	}
	return out
}

// pivot is the last state of a row whose coefficient is a number, if it does not follow from
// another row; -1: there is none.
func (m *equationModel) pivot(l *equationLine, on []string) int {
	for i := len(on) - 1; i >= 0; i-- {
		s := slices.Index(m.frame.States, on[i])
		if s < 0 || m.equation[s] < 0 || !m.lines[m.equation[s]].moves() || m.follows(s) {
			continue
		}
		c := &limiting{frame: &m.frame, lines: m.lines}
		if v, ok := c.slope(l.expr, on[i]); ok && v != 0 {
			return s
		}
	}
	return -1
}

// follows tells that a state has become an unknown.
func (m *equationModel) follows(state int) bool {
	return slices.ContainsFunc(m.hidden, func(h hiddenRow) bool { return h.pivot == state })
}

// isAlgebraic tells that nothing but equations 0 = … determines a state.
func (m *equationModel) isAlgebraic(state int) bool {
	k := m.equation[state]
	return k < 0 || m.lines[k].algebraic || m.follows(state)
}

// slope is the derivative of an expression by a name, and false if that is no number.
func (c *limiting) slope(e *program.Expr, name string) (float64, bool) {
	names, _ := c.mentions(e)
	if !slices.Contains(names, name) {
		return 0, true
	}
	switch e.Form {
	case program.Name:
		if d := c.definition(e.Name); d != nil {
			return c.slope(d.expr, name)
		}
		return 1, true
	case program.Neg:
		v, ok := c.slope(e.Args[0], name)
		return -v, ok
	case program.Sum, program.Difference:
		v, ok := c.slope(e.Args[0], name)
		w, too := c.slope(e.Args[1], name)
		if e.Form == program.Difference {
			w = -w
		}
		return v + w, ok && too
	case program.Product, program.Quotient:
		for side, other := range []int{1, 0} {
			if a, ok := c.affine(e.Args[other]); ok && len(a.Of) == 0 && (side == 0 || e.Form == program.Product) {
				v, ok := c.slope(e.Args[side], name)
				if e.Form == program.Quotient {
					return v / a.Const, ok
				}
				return v * a.Const, ok
			}
		}
	}
	return 0, false
}

// contents are the unknowns that stand in each row of the reduced system, and all unknowns.
func (m *equationModel) contents(rows []int, names []string) (lines []int, stands [][]int, unknown []string) {
	unknown = slices.Clone(names)
	for _, h := range m.hidden {
		if h.pivot >= 0 {
			unknown = append(unknown, m.frame.States[h.pivot])
		}
	}
	add := func(line int, on []string) {
		var in []int
		for _, name := range on {
			if j := slices.Index(unknown, name); j >= 0 {
				in = append(in, j)
			}
		}
		lines, stands = append(lines, line), append(stands, in)
	}
	for _, k := range rows {
		on := m.dependsOn(m.lines[k].expr)
		if i := slices.IndexFunc(m.hidden, func(h hiddenRow) bool { return h.row == k }); i >= 0 {
			if h := &m.hidden[i]; h.pivot >= 0 {
				add(k, h.names)
			} else {
				on = h.names
			}
		}
		add(k, on)
	}
	return lines, stands, unknown
}

// reductions are the same in words.
func (m *equationModel) reductions() (out []Reduction) {
	for _, h := range m.hidden {
		r := Reduction{Line: m.lines[h.row].line, Times: h.times}
		if h.pivot >= 0 {
			r.Follows = m.frame.States[h.pivot]
		}
		out = append(out, r)
	}
	return out
}

// words says what becomes of the row.
func (r Reduction) words() string {
	if r.Follows != "" {
		return fmt.Sprintf("%s: follows from line %d, whose derivative by time is kept too", r.Follows, r.Line)
	}
	return fmt.Sprintf("line %d: kept by its derivatives by time, up to the order %d", r.Line, r.Times)
}

// reduced is the right-hand side p with hidden rows replaced, and the program of what starts have
// to satisfy (nil: nothing), as a right-hand side has it.
func (m *equationModel) reduced(p *program.Program) (field, kept *program.Program, err error) {
	if m.hidden == nil {
		return p, nil, nil
	}
	b, c := program.New(), program.New()
	dx := b.Call(p, nil)["dx"]
	rows, rests := make([]program.Value, len(m.equation)), make([]bool, len(m.equation))
	for i, k := range m.equation {
		rows[i], rests[i] = b.Slice(dx, i, 1, 1), m.lines[k].algebraic
	}
	var starts []program.Value
	for _, h := range m.hidden {
		at := slices.Index(m.equation, h.row)
		chain := make([]*program.Program, 1+h.times) // the row and its derivatives
		if chain[0], err = rowOf(p, at); err != nil {
			return nil, nil, err
		}
		values := make([]program.Value, 1+h.times)
		for k := range chain {
			if k > 0 {
				if chain[k], err = derivative(chain[k-1], p, rests); err != nil {
					return nil, nil, err
				}
			}
			values[k] = b.Call(chain[k], inputValues(b, p))["dx"]
		}
		switch {
		case h.pivot >= 0:
			rows[h.pivot] = values[1]
			continue
		case h.times == 1:
			rows[at] = b.Add(values[1], values[0])
		default:
			rows[at] = b.Add(values[2], b.Add(b.Scale(2, values[1]), values[0]))
		}
		for _, g := range chain[:h.times] {
			starts = append(starts, c.Call(g, inputValues(c, p))["dx"])
		}
	}
	b.Output("dx", b.Spread(b.Concat(rows...)))
	if field, err = b.Done(); err != nil || starts == nil {
		return field, nil, err
	}
	c.Output("dx", c.Spread(c.Concat(starts...)))
	kept, err = c.Done()
	return field, kept, err
}

// inputValues are those of p in another builder, which has them once.
func inputValues(b *program.Builder, p *program.Program) map[string]program.Value {
	args := map[string]program.Value{}
	for _, i := range p.Inputs {
		n := p.Nodes[i]
		args[n.Name] = b.Input(n.Name, n.Rows, n.Cols, n.Batched)
	}
	return args
}

// rowOf is one row of a right-hand side.
func rowOf(p *program.Program, i int) (*program.Program, error) {
	b := program.New()
	b.Output("dx", b.Spread(b.Slice(b.Call(p, nil)["dx"], i, 1, 1)))
	return b.Done()
}

// derivative is that of a row by time, where states move along p and some rest.
func derivative(row, p *program.Program, rests []bool) (*program.Program, error) {
	b := program.New()
	args := inputValues(b, p)
	dx := b.Call(p, args)["dx"]
	flow := make([]program.Value, len(rests))
	for i, rest := range rests {
		if flow[i] = b.Slice(dx, i, 1, 1); rest {
			flow[i] = b.Const(0, 1, 1)
		}
	}
	wrt := []program.Wrt{{Name: "x"}}
	args["dx"] = b.Spread(b.Concat(flow...))
	if _, timed := p.Input("t"); timed {
		wrt = append(wrt, program.Wrt{Name: "t"})
		args["dt"] = b.Spread(b.Const(1, 1, 1))
	}
	b.Output("dx", b.Spread(b.Call(program.JVP(row, wrt...), args)["ddx"]))
	return b.Done()
}
