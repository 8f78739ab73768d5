package program

import (
	"math"
	"testing"
)

// The part that is to blame is told with why, and an expression that has a value everywhere on
// the way is not blamed; powers are as Lower takes them.
func TestTheFirstPartWithoutAValueIsFound(t *testing.T) {
	at := map[string]float64{"x": 2, "z": 0, "neg": -3, "p": 2, "big": 800}
	for _, c := range []struct {
		src, part string
		why       Lack
		at        float64
	}{
		{"1 + log(x - 5)", "log(x - 5)", LackPositive, -3},
		{"ln(z)*z", "ln(z)", LackPositive, 0},
		{"x*sqrt(neg)", "sqrt(neg)", LackRoot, -3},
		{"neg^0.5", "neg^0.5", LackRoot, -3},
		{"x/(x - 2)", "x/(x - 2)", LackDivisor, 0},
		{"reciprocal(z)", "reciprocal(z)", LackDivisor, 0},
		{"z^-2", "z^(-2)", LackDivisor, 0},
		{"neg^p", "neg^p", LackPositive, -3},
		{"pow(neg, 1.5)", "pow(neg, 1.5)", LackPositive, -3},
		{"exp(big)", "exp(big)", LackRange, 800},
		{"sqrt(z)", "sqrt(z)", LackSlope, 0},
		{"z^p", "z^p", LackSlope, 0},
		{"sqrt(z) + log(neg)", "log(neg)", LackPositive, -3},
		{"x^p + neg^3 + z^2 + nn(neg)*log(nn(x)) + log(q) + sqrt(x) + abs(z) + pi/x", "", noLack, 0},
	} {
		e, err := ParseExpr(c.src)
		if err != nil {
			t.Fatal(c.src, err)
		}
		part, why, x := e.Undefined(at)
		name := ""
		if part != nil {
			name = part.String()
		}
		want, err := ParseExpr(c.part + "+0")
		if c.part != "" && (err != nil || want.Args[0].String() != name) || c.part == "" && part != nil || why != c.why || x != c.at {
			t.Errorf("%s: %s lacks %v at %v; want %s, %v, %v", c.src, name, why, x, c.part, c.why, c.at)
		}
	}
}

// What is found to have a value has one when it is computed, and what is not has none.
func TestUndefinedPartsAreThoseThatAreNotFiniteWhenComputed(t *testing.T) {
	for _, src := range []string{"log(x)", "sqrt(x)", "1/x", "x^p", "x^0.5", "x^-1", "x^1.5", "tan(x)", "exp(200*x)*exp(200*x)", "log10(x)", "x^3"} {
		e, err := ParseExpr(src)
		if err != nil {
			t.Fatal(err)
		}
		prog, err := compile(t, src, "x", "p")
		if err != nil {
			t.Fatal(err)
		}
		in := []float64{-1.5, -1, -0.25, 0, 0.5, 1, 2, 3}
		for _, p := range []float64{2, 0.5} {
			got := evaluate(t, prog, 8, values{"x": in, "p": {p}})["y"]
			for l, x := range in {
				part, why, _ := e.Undefined(map[string]float64{"x": x, "p": p})
				finite := !math.IsNaN(got[l]) && !math.IsInf(got[l], 0)
				if finite != (part == nil || why == LackSlope) {
					t.Errorf("%s at x = %v, p = %v is %v, but %v is said to lack %v", src, x, p, got[l], part, why)
				}
			}
		}
	}
}
