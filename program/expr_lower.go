package program

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/registry"
)

// Env says what the names in an expression stand for. Every value is a
// 1-vector, shared or batched.
type Env struct {
	Values    map[string]Value
	Functions map[string]Function // besides the elementary ones
}

// Function is something an expression may call, such as a network.
type Function struct {
	Args    int // how many it takes; 0: any number
	Outputs int // how many it returns
	// Apply adds a call to the program and returns a vector of Outputs
	// entries. args are the lowered call.Args.
	Apply func(b *Builder, call *Expr, args []Value) (Value, error)
}

// Lower adds e to a program and returns its value. Constant parts are computed
// once and for all; whole powers become products, x^0.5 a square root and
// other powers exp(p·log x), which is NaN for negative x. Errors are
// *SyntaxError: unknown names, wrong numbers of arguments, constants that are
// not finite.
func (e *Expr) Lower(b *Builder, env Env) (Value, error) {
	l := lowering{b, env}
	return l.expr(e)
}

// Eval returns the value of an expression all of whose names have values.
// Functions other than the elementary ones are given by call; nil allows none.
func (e *Expr) Eval(values map[string]float64, call func(call *Expr) (float64, bool)) (float64, error) {
	b := New()
	env := Env{Values: map[string]Value{}, Functions: map[string]Function{}}
	for name, v := range values {
		env.Values[name] = b.Const(v, 1, 1)
	}
	e.Walk(func(x *Expr) {
		if x.Form != Call || isElementary(x.Name) || call == nil {
			return
		}
		env.Functions[x.Name] = Function{Outputs: math.MaxInt, Apply: func(b *Builder, x *Expr, _ []Value) (Value, error) {
			if v, ok := call(x); ok {
				return b.Const(v, 1, 1), nil
			}
			return Value{}, wrong(x.Column, "", "%s has no value", x.Name)
		}}
	})
	v, err := e.Lower(b, env)
	if err != nil {
		return 0, err
	}
	c, _ := b.constant(v)
	return c, b.err
}

// lowering is one walk over an expression.
type lowering struct {
	b   *Builder
	env Env
}

func (l *lowering) expr(e *Expr) (Value, error) {
	switch e.Form {
	case Number:
		return l.b.Const(e.Value, 1, 1), nil
	case Name:
		return l.name(e)
	case Call:
		return l.call(e)
	}
	var v [2]Value
	for i, a := range e.Args {
		x, err := l.expr(a)
		if err != nil {
			return Value{}, err
		}
		v[i] = x
	}
	switch e.Form {
	case Neg:
		return l.b.Scale(-1, v[0]), nil
	case Sum:
		return l.add(e, v[0], v[1])
	case Difference:
		return l.add(e, v[0], l.b.Scale(-1, v[1]))
	case Product:
		return l.finite(e, l.b.Mul(v[0], v[1]))
	case Quotient:
		return l.divide(e, v[0], v[1])
	}
	return l.power(e, v[0], v[1])
}

func (l *lowering) name(e *Expr) (Value, error) {
	if v, ok := l.env.Values[e.Name]; ok {
		return v, nil
	}
	if e.Name == "pi" || e.Name == "π" {
		return l.b.Const(math.Pi, 1, 1), nil
	}
	known := make([]string, 0, len(l.env.Values))
	for name := range l.env.Values {
		known = append(known, name)
	}
	slices.Sort(known)
	hint := ""
	if isElementary(e.Name) || l.env.Functions[e.Name].Apply != nil {
		hint = e.Name + " is a function; write " + e.Name + "(…)"
	} else if s, ok := registry.Suggest(e.Name, known); ok {
		hint = "did you mean " + s + "?"
	}
	return Value{}, wrong(e.Column, hint, "unknown name %s", shorten(e.Name))
}

// finite refuses constants that are infinite or not a number.
func (l *lowering) finite(e *Expr, v Value) (Value, error) {
	if c, ok := l.b.constant(v); ok && (math.IsNaN(c) || math.IsInf(c, 0)) {
		return Value{}, wrong(e.Column, "", "the result is not a finite number")
	}
	return v, nil
}

func (l *lowering) add(e *Expr, x, y Value) (Value, error) {
	p, constX := l.b.constant(x)
	q, constY := l.b.constant(y)
	if constX && constY {
		return l.finite(e, l.b.Const(p+q, 1, 1))
	}
	return l.b.Add(x, y), nil
}

func (l *lowering) divide(e *Expr, x, y Value) (Value, error) {
	q, ok := l.b.constant(y)
	if !ok {
		return l.b.Mul(x, l.b.Act(Reciprocal, y)), nil
	}
	if q == 0 {
		return Value{}, wrong(e.Column, "", "division by zero")
	}
	if p, ok := l.b.constant(x); ok {
		return l.finite(e, l.b.Const(p/q, 1, 1))
	}
	return l.finite(e, l.b.Scale(1/q, x))
}

// maxWhole is the largest power that is taken by multiplication.
const maxWhole = 1024

func (l *lowering) power(e *Expr, x, y Value) (Value, error) {
	base, constX := l.b.constant(x)
	p, constY := l.b.constant(y)
	switch {
	case constX && constY:
		return l.finite(e, l.b.Const(math.Pow(base, p), 1, 1))
	case constY && p == math.Trunc(p) && math.Abs(p) <= maxWhole:
		return l.whole(x, int(p)), nil
	case constY && p == 0.5:
		return l.b.Act(Sqrt, x), nil
	case constY && p == -0.5:
		return l.b.Act(Reciprocal, l.b.Act(Sqrt, x)), nil
	case constX && base <= 0:
		return Value{}, wrong(e.Column, "", "only a positive number can have a variable power")
	case constX:
		return l.b.Act(Exp, l.b.Scale(math.Log(base), y)), nil
	}
	return l.b.Act(Exp, l.b.Mul(y, l.b.Act(Log, x))), nil
}

// whole is x^n by squaring.
func (l *lowering) whole(x Value, n int) Value {
	if n < 0 {
		return l.b.Act(Reciprocal, l.whole(x, -n))
	}
	result, some := l.b.Const(1, 1, 1), false
	for ; n > 0; n >>= 1 {
		if n&1 == 1 && some {
			result = l.b.Mul(result, x)
		} else if n&1 == 1 {
			result, some = x, true
		}
		if n > 1 {
			x = l.b.Act(Square, x)
		}
	}
	return result
}
