package train

import (
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// TestGradientMatchingFitsWithItsDefaults: what it leaves to the weights does not keep them from the slopes.
func TestGradientMatchingFitsWithItsDefaults(t *testing.T) {
	p := mustProblem(t, []data.Series{spiral(60, 0.1)}, &field.MLP{Hidden: []int{8}, Activation: "tanh"}, begunBy("torch"))
	if r := fitted(t, defaults(t, "gradient-matching"), p); !(r.Train.R2 > 0.999) {
		t.Errorf("R² %g", r.Train.R2)
	}
}
