package program

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/internal/words"
)

// derived are the elementary functions made of Act and products.
var derived = map[string]struct {
	args  int
	lower func(l *lowering, e *Expr, x []Value) (Value, error)
}{
	"ln": {1, func(l *lowering, e *Expr, x []Value) (Value, error) { return l.act(e, Log, x[0]) }},
	"log10": {1, func(l *lowering, e *Expr, x []Value) (Value, error) {
		v, err := l.act(e, Log, x[0])
		return l.b.Scale(1/math.Ln10, v), err
	}},
	"tan":  {1, lowerTan},
	"sinh": {1, func(l *lowering, e *Expr, x []Value) (Value, error) { return l.halfSum(e, x[0], -1) }},
	"cosh": {1, func(l *lowering, e *Expr, x []Value) (Value, error) { return l.halfSum(e, x[0], 1) }},
	"pow":  {2, func(l *lowering, e *Expr, x []Value) (Value, error) { return l.power(e, x[0], x[1]) }},
	"max":  {2, func(l *lowering, e *Expr, x []Value) (Value, error) { return l.extreme(e, x, 1) }},
	"min":  {2, func(l *lowering, e *Expr, x []Value) (Value, error) { return l.extreme(e, x, -1) }},
}

// Functions returns the names of the elementary functions, sorted.
func Functions() []string {
	var names []string
	for _, k := range kernel.Kinds() {
		names = append(names, k.String())
	}
	for name := range derived {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func isElementary(name string) bool {
	_, kind := KindByName(name)
	return kind || derived[name].lower != nil
}

func (l *lowering) call(e *Expr) (Value, error) {
	args := make([]Value, len(e.Args))
	for i, a := range e.Args {
		v, err := l.expr(a)
		if err != nil {
			return Value{}, err
		}
		args[i] = v
	}
	if f, ok := l.env.Functions[e.Name]; ok {
		return l.user(e, f, args)
	}
	if !isElementary(e.Name) {
		return Value{}, l.unknownFunction(e)
	}
	if e.Index >= 0 {
		return Value{}, wrong(e.Column, "remove [ ]", "%s has one output", e.Name)
	}
	k, isKind := KindByName(e.Name)
	want := 1
	if !isKind {
		want = derived[e.Name].args
	}
	if len(args) != want {
		return Value{}, wrongCount(e, want)
	}
	if isKind {
		return l.act(e, k, args[0])
	}
	return derived[e.Name].lower(l, e, args)
}

// user calls a function of the environment and picks the output.
func (l *lowering) user(e *Expr, f Function, args []Value) (Value, error) {
	switch {
	case f.Args > 0 && len(args) != f.Args:
		return Value{}, wrongCount(e, f.Args)
	case e.Index < 0 && f.Outputs > 1 && f.Outputs < math.MaxInt:
		return Value{}, wrong(e.Column, "write "+e.Name+"(…)[0] for the first", "%s has %d outputs", e.Name, f.Outputs)
	case e.Index >= f.Outputs:
		return Value{}, wrong(e.Column, "outputs are counted from 0", "%s has %s", e.Name, words.Several(f.Outputs, "output"))
	}
	v, err := f.Apply(l.b, e, args)
	if err != nil || l.b.Rows(v) == 1 {
		return v, err
	}
	return l.b.Slice(v, max(e.Index, 0), 1, 1), nil
}

func (l *lowering) unknownFunction(e *Expr) error {
	if _, ok := l.env.Values[e.Name]; ok {
		return wrong(e.Column, "write "+e.Name+"*(…) for a product", "%s is not a function", e.Name)
	}
	var known []string
	for name := range l.env.Functions {
		known = append(known, name)
	}
	slices.Sort(known)
	known = append(known, Functions()...) // of equally near names the user's own comes first
	hint := ""
	if s, ok := registry.Suggest(e.Name, known); ok {
		hint = "did you mean " + s + "?"
	}
	return wrong(e.Column, hint, "unknown function %s", shorten(e.Name))
}

func wrongCount(e *Expr, want int) error {
	return wrong(e.Column, "", "%s takes %s, not %d", e.Name, words.Several(want, "argument"), len(e.Args))
}

// act applies an elementary function, at once if the argument is constant.
func (l *lowering) act(e *Expr, k Kind, x Value) (Value, error) {
	c, ok := l.b.constant(x)
	if !ok {
		return l.b.Act(k, x), nil
	}
	v := []float64{c}
	kernel.Act(v, v, k, 0)
	return l.finite(e, l.b.Const(v[0], 1, 1))
}

func lowerTan(l *lowering, e *Expr, x []Value) (Value, error) {
	s, _ := l.act(e, Sin, x[0])
	c, _ := l.act(e, Cos, x[0])
	return l.divide(e, s, c)
}

// halfSum is (exp(x) + sign·exp(−x))/2.
func (l *lowering) halfSum(e *Expr, x Value, sign float64) (Value, error) {
	up, err := l.act(e, Exp, x)
	if err != nil {
		return up, err
	}
	down, err := l.act(e, Exp, l.b.Scale(-1, x))
	if err != nil {
		return down, err
	}
	return l.add(e, l.b.Scale(0.5, up), l.b.Scale(0.5*sign, down))
}

// extreme is max(x, y) = y + relu(x − y), or min(x, y) = y − relu(y − x).
func (l *lowering) extreme(e *Expr, x []Value, sign float64) (Value, error) {
	gap, err := l.add(e, l.b.Scale(sign, x[0]), l.b.Scale(-sign, x[1]))
	if err != nil {
		return gap, err
	}
	above, err := l.act(e, ReLU, gap)
	if err != nil {
		return above, err
	}
	return l.add(e, x[1], l.b.Scale(sign, above))
}
