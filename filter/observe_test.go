package filter

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

// Of a state that decays a meter shows 2·a, or a·(1 + a). The first is what a Kalman filter of a
// follows, whose numbers are these from the second row on; the other finds the state from a poor
// start, by tangents and by sigma points.
func TestStatesAreFollowedThroughWhatIsSeen(t *testing.T) {
	follower := func(shows string) System {
		e := &field.Equations{Text: "a' = -0.4*a", Observe: map[string]string{"light": shows}, Start: map[string]float64{"a": 1}}
		p, err := e.Build(field.Unscaled([]string{"light"}, nil))
		if err != nil {
			t.Fatal(err)
		}
		m := &model.Model{ArchName: "equations", Arch: e, Parts: p, Theta: [][]float64{{}},
			Solver: ode.Options{Solver: "dop853", RTol: 1e-12, ATol: 1e-12, MaxSteps: 100000}}
		return must(Of(m, nil))
	}
	const step, r = 0.15, 0.01
	rng := rand.New(rand.NewPCG(5, 6))
	truth := func(k int) float64 { return 2 * math.Exp(-0.4*step*float64(k)) }
	f := must(New(follower("2*a"), Noise{Q: make([]float64, 4), R: []float64{r}}, &State{X: []float64{0, 1}, P: []float64{1, 0, 0, 1}}))
	a, p, fade := 1.0, 1.0, math.Exp(-0.4*step)
	for k := 1; k < 20; k++ {
		y := 2*truth(k) + math.Sqrt(r)*rng.NormFloat64()
		a, p = fade*a, fade*fade*p
		gain := 2 * p / (4*p + r)
		a, p = a+gain*(y-2*a), p-gain*2*p
		if err := f.Row(step*float64(k), []float64{y}); err != nil {
			t.Fatal(err)
		}
		near(t, "state", f.X[1], a, 1e-9)
		near(t, "its variance", f.P[3], p, 1e-9)
	}
	for _, unscented := range []bool{false, true} {
		f := must(New(follower("a*(1 + a)"), Noise{Q: make([]float64, 4), R: []float64{r}}, &State{X: []float64{0, 1}, P: []float64{1, 0, 0, 1}}))
		f.Unscented = unscented
		for k := 1; k < 40; k++ {
			y := truth(k)*(1+truth(k)) + math.Sqrt(r)*rng.NormFloat64()
			if err := f.Row(step*float64(k), []float64{y}); err != nil {
				t.Fatal(err)
			}
		}
		near(t, "state", f.X[1], truth(39), 5*math.Sqrt(f.P[3]))
		near(t, "its deviation", math.Sqrt(f.P[3]), 0, 0.02*truth(39))
	}
}
