//go:build slow

package train

import (
	"fmt"
	"testing"

	"github.com/entrain-dev/entrain/internal/par"
)

// Bands of decays whose noise depends on the value, forecast where they are smaller than in any
// row. The factor that a dozen held-out rows tell, of a law without them, costs width.
func TestBandsOfEveryNoiseHoldAndAreNotTooWide(t *testing.T) {
	for held, limits := range map[float64]bandLimits{0: promisedBands, 0.2: {0.84, 0.965, 1.3, 2.8}} {
		for _, c := range decayNoises {
			limits := limits
			if held == 0 && c.spec == "student:4" {
				limits.wide = 1.8
			}
			all := make([]bandOutcome, 60)
			par.Map(len(all), func(i int) { all[i] = noisyBand(t, c.spec, c.own, c.start, held, uint64(i)) })
			for i, o := range all {
				showBand(t, string(c.spec), i, o)
			}
			limits.judge(t, fmt.Sprintf("%s, %g held out", c.spec, held), all)
		}
	}
}
