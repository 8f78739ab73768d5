package field

import (
	"errors"
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/program"
)

// equationProgram is the field's program under construction.
type equationProgram struct {
	*equationModel
	b       *program.Builder
	t, x, u program.Value // scaled
	theta   program.Value
	env     program.Env // in user units
}

// field is the program of the right-hand side in scaled units.
func (m *equationModel) field() (*program.Program, error) {
	p := m.declare()
	dx := make([]program.Value, len(m.equation))
	all, _ := m.config.happenings()
	wanted := func(l *equationLine) bool {
		return l.event == nil || l.event.what == "rate" // rates stand behind the equations
	}
	err := p.lower(wanted, func(k int, v program.Value) {
		l := &m.lines[k]
		switch i := slices.Index(m.equation, k); {
		case !l.derivative:
		case l.event != nil:
			p.infuse(dx, l.name, all[l.event.of].gate, v)
		case l.observed: // nothing moves it
			dx[i] = p.b.Const(0, 1, 1)
		case l.algebraic:
			dx[i] = v
		default:
			dx[i] = p.b.Scale(m.frame.Time/m.frame.Scale[i], v)
		}
	})
	if err != nil {
		return nil, err
	}
	p.b.Output("dx", p.b.Spread(p.b.Concat(dx...)))
	return p.b.Done()
}

// lower gives the names that lines define their values, and take those of the lines that are
// wanted. The errors are those of all wanted lines.
func (p *equationProgram) lower(wanted func(l *equationLine) bool, take func(k int, v program.Value)) error {
	var errs []error
	for k := range p.lines {
		l := &p.lines[k]
		wanted := wanted(l)
		if !wanted && l.derivative {
			continue
		}
		v, err := l.expr.Lower(p.b, p.env)
		if err != nil {
			if v = p.b.Slice(p.x, 0, 1, 1); wanted { // later lines are told apart from this one
				errs = append(errs, p.explain(l, err))
			}
		}
		if !l.derivative {
			p.env.Values[l.name] = v
		}
		if wanted {
			take(k, v)
		}
	}
	return errors.Join(errs...)
}

// scaled is the value v of state i, in user units, in scaled ones.
func (p *equationProgram) scaled(i int, v program.Value) program.Value {
	return p.b.Scale(1/p.frame.Scale[i], p.b.Add(v, p.b.Const(-p.frame.Shift[i], 1, 1)))
}

// components are the states as they are.
func (p *equationProgram) components() []program.Value {
	all := make([]program.Value, len(p.equation))
	for i := range all {
		all[i] = p.b.Slice(p.x, i, 1, 1)
	}
	return all
}

// declare makes the inputs the text needs and gives every name its value.
func (m *equationModel) declare() *equationProgram {
	f, b := &m.frame, program.New()
	p := &equationProgram{equationModel: m, b: b}
	p.env = program.Env{Values: map[string]program.Value{}, Functions: map[string]program.Function{}}
	user := func(v program.Value, shift, scale float64) program.Value {
		return b.Add(b.Scale(scale, v), b.Const(shift, 1, 1))
	}
	if l, _ := m.lineOf(func(e *program.Expr) bool { return e.Form == program.Name && e.Name == "t" }); l != nil {
		p.time()
	}
	p.x = b.Batched("x", len(f.States), 1)
	for i, name := range f.States {
		if m.onlySeen(name) {
			continue
		}
		p.env.Values[name] = user(b.Slice(p.x, i, 1, 1), f.Shift[i], f.Scale[i])
	}
	row := m.delayRow()
	if n := row + len(m.delays.seen); n > 0 {
		p.u = b.Batched("u", n, 1)
	}
	for i, d := range m.delays.seen {
		p.env.Values[d.name] = user(b.Slice(p.u, row+i, 1, 1), f.Shift[d.state], f.Scale[d.state])
	}
	for i, name := range f.Inputs {
		p.env.Values[name] = user(b.Slice(p.u, i, 1, 1), f.UShift[i], f.UScale[i])
	}
	if m.size > 0 {
		p.theta = b.Shared("theta", m.size, 1)
	}
	for _, q := range m.params {
		p.env.Values[q.Name] = m.unknown[q.Name].value(b, b.Slice(p.theta, q.Theta, 1, 1))
	}
	for i := range m.nets {
		n := &m.nets[i]
		p.env.Functions[n.name] = program.Function{Args: n.sizes[0], Outputs: len(n.scale),
			Apply: func(_ *program.Builder, call *program.Expr, args []program.Value) (program.Value, error) {
				return p.network(n, call, args), nil
			}}
	}
	return p
}

// time makes t an input.
func (p *equationProgram) time() {
	p.t = p.b.Batched("t", 1, 1)
	p.env.Values["t"] = p.b.Add(p.b.Scale(p.frame.Time, p.t), p.b.Const(p.frame.T0, 1, 1))
}

// network calls a network of the text and returns one output.
func (p *equationProgram) network(n *equationNet, call *program.Expr, args []program.Value) program.Value {
	x := p.arguments(call, args)
	y, _ := network(p.b, p.theta, n.lo, n.sizes, n.act, x)
	if len(n.poly) > 0 {
		var origin []program.Value
		for _, a := range call.Args {
			origin = append(origin, p.b.Const(polynomialOffset(p.argumentScale(a)), 1, 1))
		}
		y = p.b.Add(y, polynomial(p.b, p.theta, n.poly, p.b.Add(x, p.b.Concat(origin...))))
	}
	o := max(call.Index, 0)
	return p.b.Scale(n.scale[o], p.b.Slice(y, o, 1, 1))
}

// arguments stacks the standardised arguments of a network. Neighbouring
// states in their order are cut from x as they are.
func (p *equationProgram) arguments(call *program.Expr, args []program.Value) program.Value {
	first, inOrder := p.state(call.Args[0]), true
	for k, a := range call.Args {
		inOrder = inOrder && first >= 0 && p.state(a) == first+k
	}
	if inOrder {
		return p.b.Slice(p.x, first, len(args), 1)
	}
	z := make([]program.Value, len(args))
	for k, a := range call.Args {
		z[k] = p.standardised(a, args[k])
	}
	return p.b.Concat(z...)
}

func (p *equationProgram) standardised(a *program.Expr, v program.Value) program.Value {
	if i := p.state(a); i >= 0 {
		return p.b.Slice(p.x, i, 1, 1)
	}
	if i := slices.Index(p.frame.Inputs, a.Name); a.Form == program.Name && i >= 0 {
		return p.b.Slice(p.u, i, 1, 1)
	}
	if a.Form == program.Name && a.Name == "t" {
		return p.t
	}
	shift, scale := p.argumentScale(a)
	return p.b.Scale(1/scale, p.b.Add(v, p.b.Const(-shift, 1, 1)))
}

// state is the component of x that an expression names, or -1.
func (m *equationModel) state(e *program.Expr) int {
	if e.Form != program.Name {
		return -1
	}
	return slices.Index(m.frame.States, e.Name)
}

// unknownTry is what to try for a name that nothing resembles.
const unknownTry = "list it under parameters if it is to be learnt, or define it in a line above"

// explain places an error and says more about names that are defined too late.
func (p *equationProgram) explain(l *equationLine, err error) error {
	err = l.locate(err)
	at, ok := err.(*EquationError)
	if !ok {
		return err
	}
	l.expr.Walk(func(e *program.Expr) {
		if e.Form != program.Name || e.Column+l.offset != at.Column {
			return
		}
		for k := range p.lines {
			if d := &p.lines[k]; !d.derivative && d.name == e.Name && d.line >= l.line {
				at.Msg = fmt.Sprintf("%s is used before it is defined in line %d", e.Name, d.line)
				at.Suggestion = "move the definition up"
			}
		}
		if p.onlySeen(e.Name) {
			at.Msg, at.Suggestion = e.Name+" is what is seen of the states, and none of them", "write in its place what it is made of"
		}
		if _, known := p.env.Values[e.Name]; !known && at.Suggestion == "" {
			at.Suggestion = unknownTry
		}
	})
	return at
}
