package train

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// TestNumbersOfLongChaoticRecordsAreFound: over nearly 20 Lyapunov times no whole trajectory
// of the Lorenz equations follows the rows; segments do, and their numbers come with
// errors that hold. A record of a few stays whole.
func TestNumbersOfLongChaoticRecordsAreFound(t *testing.T) {
	unhurried(t)
	s := others()[6]
	s.dt, s.noise = 0.06, 0.02
	arch := func() *field.Equations {
		return &field.Equations{Text: "x' = sigma*(y - x)\ny' = x*(rho - z) - y\nz' = x*y - beta*z",
			Parameters: map[string]field.Unknown{"sigma": {Start: 5}, "rho": {Start: 20}, "beta": {Start: 1}}}
	}
	for _, rows := range []int{60, 360} {
		s.rows = rows
		rec, _ := s.draw(1)
		set := DefaultSettings()
		set.Members = 1
		p, err := NewProblem([]data.Series{rec}, "equations", arch(), set)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(p.equationSegments(func() bool { return false })); (n > 1) != (rows > 100) {
			t.Errorf("%d rows: %d segments", rows, n)
		}
		if rows < 100 {
			continue
		}
		r := fitted(t, &Auto{}, p)
		if r.Convergence == nil || !r.Convergence.Converged {
			t.Errorf("convergence %+v", r.Convergence)
		}
		for _, e := range r.Parameters {
			want := map[string]float64{"sigma": 10, "rho": 28, "beta": 8. / 3}[e.Name]
			if !(math.Abs(e.Value-want) < 4*e.SD) || !(e.SD < 0.02*want) {
				t.Errorf("%s = %.5g ± %.2g, want %.5g", e.Name, e.Value, e.SD, want)
			}
		}
		if len(r.Starts) != 3 || len(r.Model.Records[0].Anchors) == 0 {
			t.Errorf("%d starts, %d anchors", len(r.Starts), len(r.Model.Records[0].Anchors))
		}
	}
}
