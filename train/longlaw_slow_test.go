//go:build slow

package train

import (
	"context"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// pushedError is the error of the default, trained on rows of c, in a free run over fresh ones
// from their first 50, against what was true, in deviations of the noise; and what was chosen.
func pushedError(t *testing.T, c *plant, rows int) (float64, *Result) {
	t.Helper()
	s, _ := c.record(rows, 1)
	p, err := NewProblem([]data.Series{s}, "poly-mlp", defaultArch(t), DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	r, err := Auto{}.Fit(context.Background(), p, nil, func(Event) {})
	if err != nil {
		t.Fatal(err)
	}
	fresh, truth := c.record(2000, 2)
	past := fresh.Slice(0, 50)
	states, _, err := r.Model.Presents(&past, past.T[49], nil, &fresh)
	if err != nil {
		t.Fatal(err)
	}
	run, _, err := r.Model.Orbit(0, past.T[49], states[0], fresh.T[50:], &fresh)
	if err != nil {
		t.Fatal(err)
	}
	sum, n := 0.0, len(r.Model.Parts.Frame.States)
	for k, want := range truth[50:] {
		f := &r.Model.Parts.Frame
		d := f.Shift[0] + f.Scale[0]*run[k*n] - want
		sum += d * d
	}
	return math.Sqrt(sum/float64(len(truth)-50)) / c.noise, r
}

func defaultArch(t *testing.T) field.Architecture {
	a, err := field.Architectures.Lookup("poly-mlp")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// plants are a spring, a nonlinearity between two filters, two tanks of which the lower is seen
// and the upper overflows, and a place held against friction.
func plants() map[string]*plant {
	first := func(x []float64) float64 { return x[0] }
	return map[string]*plant{
		"hardening spring": spring(),
		"wiener-hammerstein": {h: 0.3, fastest: 2, size: 1, noise: 0.01, begin: []float64{0, 0}, see: first,
			rate: func(dx, x []float64, u float64) {
				dx[1] = u - x[1]
				dx[0] = 0.5 * (x[1] - 0.3*x[1]*x[1]*x[1] - x[0])
			}},
		"two tanks": {h: 0.5, fastest: 0.4, mean: 1, size: 0.35, noise: 0.02, begin: []float64{1, 1}, see: first,
			rate: func(dx, x []float64, u float64) {
				out := func(v float64) float64 { return math.Sqrt(max(v, 0)) }
				over := 3 * max(0, x[1]-1.6)
				dx[1] = max(u, 0) - out(x[1]) - over
				dx[0] = out(x[1]) + over/2 - 1.1*out(x[0])
			}},
		"servo with friction": {h: 0.1, fastest: 3, size: 2, noise: 0.005, begin: []float64{0, 0}, see: first,
			rate: func(dx, x []float64, u float64) {
				dx[0], dx[1] = x[1], u-2*x[0]-0.5*x[1]-0.4*math.Tanh(x[1]/0.05)
			}},
	}
}

// TestTheDefaultFollowsLongDrivenRecords prints how far the default is off on fresh inputs, in
// deviations of the noise, beside an autoregressive model with inputs.
func TestTheDefaultFollowsLongDrivenRecords(t *testing.T) {
	for name, c := range plants() {
		t.Run(name, func(t *testing.T) {
			off, r := pushedError(t, c, 8000)
			t.Logf("%s: %.3g, with noise %.3g; %s", name, off, math.Hypot(off, 1), r.Model.ArchName)
			for _, c := range r.Tried {
				t.Log(c.Method, c.Why)
			}
			if limit := map[string]float64{"hardening spring": 1.3, "wiener-hammerstein": 1.3}[name]; limit > 0 && !(math.Hypot(off, 1) < limit) {
				t.Errorf("with noise %.3g deviations of the noise, want below %.3g", math.Hypot(off, 1), limit)
			}
		})
	}
}
