package train

import (
	"context"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// TestConsistentMatchingHasTheSlopesOfDifferences: the residuals, whose algebraic unknowns depend on θ,
// have the derivatives that differences have; one of the unknowns is measured.
func TestConsistentMatchingHasTheSlopesOfDifferences(t *testing.T) {
	arch := &field.Equations{Text: "x' = a*z - push\n0 = y + b*y^3 - f(x) - push\n0 = 4*z - exp(c)*y*x - x", Algebraic: map[string]float64{"y": 0.5, "z": 0.3},
		Parameters: map[string]field.Unknown{"a": {Start: 0.7}, "b": {Start: 0.2}, "c": {Start: -1}}, Networks: map[string]field.Network{"f": {Hidden: []int{3}, Activation: "tanh"}}}
	_, p := transcribed(t, "equations", arch, nil)
	r, err := p.wholeResidual(false)
	if err != nil {
		t.Fatal(err)
	}
	c := newConsistentMatching(newMatching(r))
	c.sigma = 0.5
	rows, n := c.Size()
	if rows != 2*c.nodes || !p.matchesHidden() {
		t.Fatalf("%d rows at %d times", rows, c.nodes)
	}
	z := make([]float64, n)
	for i := range p.Parts.Theta0 {
		z[i] = p.Parts.Theta0[i] + 0.3*math.Sin(float64(3*i+1))
	}
	at := func(z []float64, jac []float64) []float64 {
		res := make([]float64, rows)
		if fail := c.Residuals(res, jac, z, 0); fail != "" {
			t.Fatal(fail)
		}
		return res
	}
	jac := make([]float64, rows*n)
	at(z, jac)
	const h = 1e-5
	for i := range p.Parts.Theta0 {
		keep := z[i]
		z[i] = keep + h
		up := at(z, nil)
		z[i] = keep - h
		down := at(z, nil)
		z[i] = keep
		for q := range rows {
			want := (up[q] - down[q]) / (2 * h)
			if got := jac[q*n+i]; math.Abs(got-want) > 1e-7*(1+math.Abs(want)) {
				t.Fatalf("row %d by %d: %.9g, difference %.9g", q, i, got, want)
			}
		}
	}
}

// TestFlowsThatNobodyMeasuredAreMatched: a network in a row 0 = … begins so that the simulation lies near
// the rows, and the program is not relaxed.
func TestFlowsThatNobodyMeasuredAreMatched(t *testing.T) {
	rows := simulatedRows(t, &field.System{States: []string{"x", "y", "z"}, Equations: "x' = y - z\ny' = 0.5 - y\n0 = z - x*y", Algebraic: map[string]float64{"z": 0.1}, Start: []float64{3, 2, 6}},
		[]string{"x", "y"}, grid(8, 40), 0.05)
	s := DefaultSettings()
	s.Heldout = 0
	p, err := NewProblem([]data.Series{rows}, "equations", &field.Equations{Text: "x' = y - z\ny' = 0.5 - y\n0 = z - flow(x, y)", Algebraic: map[string]float64{"z": 0.1},
		Networks: map[string]field.Network{"flow": {Hidden: []int{8}, Activation: "tanh"}}}, s)
	if err != nil {
		t.Fatal(err)
	}
	l, err := defaults(t, "collocation").(*Collocation).prepare(p)
	if err != nil {
		t.Fatal(err)
	}
	if !l.start(context.Background()) {
		t.Fatal("no start")
	}
	a := l.members[0].tries[0]
	if m, most := a.nlp.misfit(a.relaxed.X), 0.1*a.nlp.spread(); !a.direct() || !(m <= most) {
		t.Errorf("misfit %.3g, wanted %.3g: relaxed %v", m, most, !a.direct())
	}
}
