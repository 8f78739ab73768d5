package study

import (
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/model"
)

// TestNoiseThatIsNotToldBesideAMisfitHasNoNumber, and that of logarithms is told once.
func TestNoiseThatIsNotToldBesideAMisfitHasNoNumber(t *testing.T) {
	v := func(x float64) *float64 { return &x }
	for noise, told := range map[float64]bool{1e-9: false, 0.05: true} {
		b := &Band{Log: []bool{true}, Noise: []*float64{v(noise)}, Misfit: []model.Misfit{{SD: 0.2, Memory: 3}}}
		text := strings.Join(b.Left([]string{"x"}), "\n")
		if strings.Contains(text, "noise of deviation") != told || strings.Contains(text, "e-09") || !strings.Contains(text, "misfit of 0.2") {
			t.Errorf("noise %g: %s", noise, text)
		}
	}
}
