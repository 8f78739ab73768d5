package field

import (
	"fmt"
	"maps"
	"slices"

	"github.com/entrain-dev/entrain/program"
)

// An input that is an impulse has amounts for values: at a row where it is a, it is a·δ(t − row). Of
// an equation x' = c·u + r with such an input u the state jumps by c·a there and obeys x' = r
// elsewhere. Of x' = g(u) with another g, or c of a state that jumps with it, the size of the jump
// is not determined.

// WithImpulses is e with the inputs whose values are amounts that are delivered at their rows. Its
// errors are for the user.
func (e *Equations) WithImpulses(inputs []string) (*Equations, error) {
	if slices.Equal(inputs, e.Impulses) {
		return e, nil
	}
	if name := e.CountedTwice(inputs); name != "" {
		return nil, fmt.Errorf("hold: %s is an impulse, and doses: or events: give its amounts too, so that each would count twice; leave %s:impulse away, or the other", name, name)
	}
	q := *e
	q.Impulses = slices.Clone(inputs)
	lines, err := parseEquations(q.Text)
	if err == nil {
		_, err = q.impulses(lines)
	}
	return &q, err
}

// linear is an expression as factor·u + rest; a nil factor or rest is zero.
type linear struct{ factor, rest *program.Expr }

// impulse is an input whose values are amounts, among lines.
type impulse struct {
	input   string
	defined map[string]linear // definitions in which it stands
}

// impulseError says where an input that is an impulse does not enter as a rate.
type impulseError struct {
	column   int
	why, try string
}

func (e *impulseError) Error() string { return e.why }

// of is an expression by the input.
func (p *impulse) of(e *program.Expr) (linear, error) {
	if !p.standsIn(e) {
		return linear{rest: e}, nil
	}
	pair := func(do func(a, b linear) linear) (linear, error) {
		a, err := p.of(e.Args[0])
		if err != nil {
			return a, err
		}
		b, err := p.of(e.Args[1])
		return do(a, b), err
	}
	switch e.Form {
	case program.Name:
		if e.Name == p.input {
			return linear{factor: number(1)}, nil
		}
		return linear{factor: p.defined[e.Name].factor, rest: e}, nil // the definition is its rest
	case program.Neg:
		a, err := p.of(e.Args[0])
		return linear{negative(a.factor), negative(a.rest)}, err
	case program.Sum:
		return pair(func(a, b linear) linear { return linear{sum(a.factor, b.factor), sum(a.rest, b.rest)} })
	case program.Difference:
		return pair(func(a, b linear) linear {
			return linear{sum(a.factor, negative(b.factor)), sum(a.rest, negative(b.rest))}
		})
	case program.Product:
		if one, other := p.standsIn(e.Args[0]), p.standsIn(e.Args[1]); one != other {
			return pair(func(a, b linear) linear {
				if other {
					a, b = b, a
				}
				return linear{combine(program.Product, a.factor, b.rest), combine(program.Product, a.rest, b.rest)}
			})
		}
	case program.Quotient:
		if !p.standsIn(e.Args[1]) {
			return pair(func(a, b linear) linear {
				return linear{combine(program.Quotient, a.factor, b.rest), combine(program.Quotient, a.rest, b.rest)}
			})
		}
	}
	return linear{}, &impulseError{e.Column, fmt.Sprintf("%s does not enter as a rate, so that an amount of it has no meaning", p.input),
		"an impulse is added to a derivative, alone or times what does not depend on it"}
}

// standsIn tells that the input stands in an expression, or in a definition that does.
func (p *impulse) standsIn(e *program.Expr) bool {
	return slices.ContainsFunc(e.Names(), func(name string) bool {
		_, defined := p.defined[name]
		return name == p.input || defined
	})
}

func number(v float64) *program.Expr { return &program.Expr{Form: program.Number, Value: v} }

func negative(e *program.Expr) *program.Expr {
	if e == nil {
		return nil
	}
	return &program.Expr{Form: program.Neg, Column: e.Column, Args: []*program.Expr{e}}
}

func sum(a, b *program.Expr) *program.Expr {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &program.Expr{Form: program.Sum, Column: a.Column, Args: []*program.Expr{a, b}}
}

// combine is a·b or a/b; of a zero it is zero.
func combine(f program.Form, a, b *program.Expr) *program.Expr {
	switch {
	case a == nil:
		return nil
	case a.Form == program.Number && a.Value == 1 && f == program.Product:
		return b
	}
	return &program.Expr{Form: f, Column: a.Column, Args: []*program.Expr{a, b}}
}

// impulses takes the inputs that are impulses out of lines, and returns what they add to states.
func (e *Equations) impulses(lines []equationLine) (add map[string]map[string]*program.Expr, err error) {
	add = map[string]map[string]*program.Expr{}
	for _, input := range e.Impulses {
		p := impulse{input, map[string]linear{}}
		to := map[string]*program.Expr{}
		for k := range lines {
			l := &lines[k]
			if l.expr == nil || !p.standsIn(l.expr) {
				continue
			}
			parts, err := p.of(l.expr)
			if err == nil && l.algebraic {
				err = &impulseError{1, input + " stands in an equation 0 = …, where nothing can jump", "add it to the derivative of a state"}
			}
			if wrong, ok := err.(*impulseError); ok {
				return nil, l.errorAt(l.offset+wrong.column, wrong.try+"; or leave impulse out of hold", "%s", wrong.why)
			}
			if l.expr = parts.rest; l.expr == nil {
				l.expr = number(0)
			}
			if l.derivative {
				to[l.name] = parts.factor
			} else {
				p.defined[l.name] = linear{factor: parts.factor}
			}
		}
		if len(to) == 0 {
			return nil, fmt.Errorf("hold: %s:impulse: %s is in no equation of a state; write it where it is added, as in x' = %s - k*x", input, input, input)
		}
		add[input] = to
	}
	return add, e.settled(lines, add)
}

// settled refuses jumps whose size depends on what jumps with them.
func (e *Equations) settled(lines []equationLine, add map[string]map[string]*program.Expr) error {
	means := map[string][]string{}
	for _, l := range lines {
		if !l.derivative && l.expr != nil {
			means[l.name] = l.expr.Names()
		}
	}
	var within func(names []string, find string, deep int) bool
	within = func(names []string, find string, deep int) bool {
		return deep < len(lines)+2 && slices.ContainsFunc(names, func(n string) bool { return n == find || within(means[n], find, deep+1) })
	}
	for _, input := range e.Impulses {
		for state, factor := range add[input] {
			for _, other := range e.Impulses {
				for _, jumps := range slices.Sorted(maps.Keys(add[other])) {
					if within(factor.Names(), jumps, 0) {
						return fmt.Errorf("hold: %s:impulse: in the equation of %s it is multiplied by %s, which jumps at the same time, so that the size of the jump is not determined; use hold: %s:zero, or an event with set: that says what %s becomes", input, state, jumps, input, state)
					}
				}
			}
		}
	}
	return nil
}

// impulseEvents are what inputs that are impulses do to states.
func (e *Equations) impulseEvents(do func(entry string, v Event)) {
	if len(e.Impulses) == 0 {
		return
	}
	lines, err := parseEquations(e.Text)
	if err != nil {
		return // Build says what is wrong
	}
	all, err := e.impulses(lines)
	if err != nil {
		return
	}
	for _, input := range e.Impulses {
		add := map[string]string{}
		for state, factor := range all[input] {
			add[state] = combine(program.Product, factor, &program.Expr{Form: program.Name, Name: input}).String()
		}
		do("hold: "+input+":impulse", Event{Column: input, Add: add})
	}
}
