package train

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// TestRowsWithoutNoiseAreFollowedToMoreDigits: of a chaotic record without noise the
// coefficients come out with far more digits than the usual solver has; with noise
// there is nothing to gain.
func TestRowsWithoutNoiseAreFollowedToMoreDigits(t *testing.T) {
	unhurried(t)
	for _, noise := range []float64{0, 0.01} {
		s := system{"sprott b", func(d, x []float64) { d[0], d[1], d[2] = x[1]*x[2], x[0]-x[1], 1-x[0]*x[1] }, []float64{0.1, 1, 0}, 0.1, 260, noise, false, 0}
		rec, _ := s.draw(1)
		p, err := NewProblem([]data.Series{rec}, "poly-mlp", blackBox(), DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		c := candidateNamed(t, p, "sparse polynomial of degree 3")
		before := wrong(c)
		gained := c.exact()
		after := wrong(c)
		if want := noise == 0; gained != want {
			t.Errorf("noise %g: it gained %v, errors of coefficients %.2g before, %.2g after", noise, gained, before, after)
		}
		if gained && (!(after < before/10) || c.p.Solver.Solver != "dop853") {
			t.Errorf("errors of coefficients %.2g before, %.2g after, solver %s", before, after, c.p.Solver.Solver)
		}
	}
}

// wrong is how far the rates of the candidate are from those of sprott b, at most.
func wrong(c *candidate) float64 {
	f, worst := &c.p.Parts.Frame, 0.0
	g, dx := field.New(c.p.Parts.Field, 1, false), program.NewBatch(3, 1)
	n := len(c.b.group)
	at := &field.Point{T: []float64{0}, X: program.NewBatch(3, 1), Theta: field.Batch{V: c.b.z[:n], Rows: n, Lanes: 1}}
	for _, x := range [][]float64{{1, 0.5, -1}, {-0.7, 1.2, 0.4}, {0.2, -1, 1}} {
		for i, v := range x {
			at.X.V[i] = (v - f.Shift[i]) / f.Scale[i]
		}
		g.Eval(dx, at)
		for i, want := range []float64{x[1] * x[2], x[0] - x[1], 1 - x[0]*x[1]} {
			worst = max(worst, math.Abs(dx.V[i]*f.Scale[i]/f.Time-want))
		}
	}
	return worst
}
