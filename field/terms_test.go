package field

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

// The text of a term is the term.
func TestTermsAreTheirText(t *testing.T) {
	names := []string{"x", "y", "force"}
	at := []float64{0.7, -1.3, 2.1}
	values := map[string]float64{"x": at[0], "y": at[1], "force": at[2]}
	list := Terms(names, 4, 3, true)
	seen := map[string]bool{}
	for i := range list {
		text := list[i].String()
		e, err := program.ParseExpr(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		want, err := e.Eval(values, nil)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := list[i].At(at); math.Abs(got-want) > 1e-12*math.Abs(want) {
			t.Errorf("%s is %g, want %g", text, got, want)
		}
		if seen[text] {
			t.Errorf("%s is there twice", text)
		}
		seen[text] = true
	}
	// 35 monomials, 18 waves, each times 3 variables, pairs of waves of different variables.
	if n := 35 + 18 + 18*3 + 3*36; len(list) != n || CountTerms(3, 4, 3, true) != n {
		t.Errorf("%d terms, counted %d, want %d", len(list), CountTerms(3, 4, 3, true), n)
	}
	if n := len(Terms(names, 2, 2, false)); n != 10+12 || CountTerms(3, 2, 2, false) != n {
		t.Errorf("%d terms, counted %d, want 22", n, CountTerms(3, 2, 2, false))
	}
	for _, text := range []string{"1", "x*y^2*force", "sin(2*y)", "x*cos(force)", "sin(x)*cos(3*y)"} {
		if !seen[text] {
			t.Errorf("%s is missing", text)
		}
	}
}

// Equations with the values of their parameters mean the same, and read well.
func TestEquationsAreExplainedWithTheirValues(t *testing.T) {
	e := &Equations{Text: "growth = a*x\nx' = growth - b*x*y + c\ny' = b*x*y + d*y - (c - e/x)*a + f*x",
		Parameters: map[string]Unknown{"a": {Start: 1}, "b": {Start: -0.25}, "c": {Start: -1.23456789}, "d": {Start: -1}, "e": {Start: -2}, "f": {Start: 3e-7}}}
	p, err := e.Build(Unscaled([]string{"x", "y"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	const want = `growth = x
x' = growth + 0.25*x*y - 1.235
y' = -0.25*x*y - y - (-1.235 + 2/x) + 3e-07*x
with names for what is learnt:
` + "growth = a*x"
	if got := e.Explain(p, p.Theta0); len(got) < len(want) || got[:len(want)] != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
