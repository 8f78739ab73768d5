package program

import "math"

// Lack says why a part of an expression has no value where its arguments have.
type Lack uint8

// The ways of having none.
const (
	noLack       Lack = iota
	LackPositive      // a logarithm, or a power whose exponent may be any number, of a number that is not positive
	LackRoot          // a root of a negative number
	LackDivisor       // a division by zero
	LackRange         // a result beyond the largest number
	LackSlope         // a value, but no finite slope: a root of zero
)

// Undefined is the first part of e, from the inside out and from left to right, that has no
// finite value where all its arguments have one, else the first that has no finite slope; nil if
// there is none. at is the value of the argument that is to blame. Names without a value, and functions that
// are not elementary ones, are not known, nor is what is made of them.
func (e *Expr) Undefined(values map[string]float64) (part *Expr, why Lack, at float64) {
	s := search{values: values}
	s.value(e)
	return s.part, s.why, s.at
}

// search evaluates an expression until it finds a part without a value.
type search struct {
	values map[string]float64
	part   *Expr
	why    Lack
	at     float64
}

func (s *search) value(e *Expr) (v float64, known bool) {
	switch e.Form {
	case Number:
		return e.Value, true
	case Name:
		return s.named(e.Name)
	}
	plain := Expr{Form: e.Form, Column: e.Column, Name: e.Name, Index: e.Index}
	known = e.Form != Call || isElementary(e.Name)
	for _, a := range e.Args {
		x, ok := s.value(a)
		known = known && ok
		plain.Args = append(plain.Args, &Expr{Form: Number, Value: x})
	}
	if !known || s.part != nil && s.why != LackSlope {
		return 0, false
	}
	v, err := plain.Eval(nil, nil)
	why, at := e.lack(plain.Args, v, err)
	if s.part == nil && why != noLack || why != noLack && why != LackSlope {
		s.part, s.why, s.at = e, why, at
	}
	return v, err == nil && (why == noLack || why == LackSlope)
}

func (s *search) named(name string) (v float64, known bool) {
	if v, known = s.values[name]; !known && (name == "pi" || name == "π") {
		return math.Pi, true
	}
	return v, known && !math.IsNaN(v)
}

// lack is what is wrong with a part whose arguments are numbers and whose value is v, if err is nil.
func (e *Expr) lack(args []*Expr, v float64, err error) (why Lack, at float64) {
	x := args[0].Value
	name := e.Name
	switch e.Form {
	case Quotient:
		name, x = "reciprocal", args[1].Value
	case Power:
		name = "pow"
	}
	switch {
	case name == "pow" && len(args) == 2:
		return e.lackPower(x, args[1].Value)
	case (name == "log" || name == "ln" || name == "log10") && x <= 0:
		return LackPositive, x
	case name == "sqrt" && x < 0:
		return LackRoot, x
	case name == "sqrt" && x == 0:
		return LackSlope, x
	case name == "reciprocal" && x == 0:
		return LackDivisor, x
	case err != nil || math.IsNaN(v) || math.IsInf(v, 0):
		return LackRange, x
	}
	return noLack, 0
}

// lackPower is lack of a power x^p: only exponents that are written as numbers are taken by
// multiplication or as roots, others by the logarithm of x.
func (e *Expr) lackPower(x, p float64) (why Lack, at float64) {
	fixed := len(e.Args[1].Names()) == 0
	whole := fixed && p == math.Trunc(p) && math.Abs(p) <= maxWhole
	switch {
	case whole && p < 0 && x == 0, fixed && x == 0 && p < 0:
		return LackDivisor, x
	case whole:
	case fixed && math.Abs(p) == 0.5 && x < 0:
		return LackRoot, x
	case fixed && x == 0 && p < 1, !fixed && x == 0:
		return LackSlope, x
	case x < 0:
		return LackPositive, x
	}
	if v := math.Pow(x, p); math.IsInf(v, 0) || math.IsNaN(v) {
		return LackRange, x
	}
	return noLack, 0
}
