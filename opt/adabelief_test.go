package opt_test

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/opt"
)

// TestAdaBeliefIsOptaxs: six steps of optax.adabelief(0.1), version 0.2.8, on
// x⁴/4 + exp(y) + y²/4 from (1, −2), in float64.
func TestAdaBeliefIsOptaxs(t *testing.T) {
	want := [][2]float64{
		{0.8888888888888957, -1.8888888888888982}, {0.775360228657657, -1.772510256585173},
		{0.6630347767086553, -1.6513461685165105}, {0.5557819595521312, -1.526214526766659},
		{0.45654993851752224, -1.3983928780288062}, {0.36678101421978926, -1.2697475845576247},
	}
	recipe := opt.DefaultAdaBelief()
	recipe.Rate = 0.1
	rule, err := recipe.Build(opt.Layout{})
	if err != nil {
		t.Fatal(err)
	}
	z, state := []float64{1, -2}, make([]float64, rule.StateSize(2))
	for k, w := range want {
		u := []float64{z[0] * z[0] * z[0], math.Exp(z[1]) + z[1]/2}
		rule.Apply(u, state, z, k)
		for i := range z {
			if z[i] += u[i]; !near(z[i], w[i], 1e-12) {
				t.Errorf("z[%d] = %v after step %d, want %v", i, z[i], k, w[i])
			}
		}
	}
}
