//go:build slow

package train

import (
	"context"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/internal/par"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/model/noise"
)

// repeatedly fits draws of the decay with one noise as another says, and returns what is found of
// rate, start and numbers.
func repeatedly(t *testing.T, n int, of, as noise.Spec, own []float64, start float64, change func(set *Settings)) [][]model.Estimate {
	out := make([][]model.Estimate, n)
	par.Map(n, func(i int) {
		p := decayProblem(t, decayed(of, own, start, 60, uint64(i)), func(set *Settings) {
			withNoise(as)(set)
			change(set)
		})
		r, err := Auto{}.Fit(context.Background(), p, nil, nil)
		if err != nil {
			t.Error(err)
			return
		}
		out[i] = append(append(r.Parameters, r.Starts...), r.NoiseNumbers...)
	})
	return out
}

// withinTwo is the part of estimates within two standard errors of the truth, or within the interval
// that is told instead, and the mean of how far they are off in those errors.
func withinTwo(all [][]model.Estimate, at int, want float64) (part, off float64) {
	count := 0.0
	for _, one := range all {
		e := one[at]
		z := (e.Value - want) / e.SD
		if e.Lo <= want && want <= e.Hi || math.IsNaN(e.Lo) && math.Abs(z) <= 2 {
			part++
		}
		if e.SD > 0 { // no side is open
			count, off = count+1, off+z
		}
	}
	return part / float64(len(all)), off / count
}

// The error bars of fits by maximum likelihood hold what they promise, for every noise.
func TestErrorsThroughEveryNoiseAreThoseOfRepetitions(t *testing.T) {
	const draws = 400
	for _, c := range decayNoises {
		all := repeatedly(t, draws, c.spec, c.spec, c.own, c.start, func(*Settings) {})
		truth := append([]float64{decayRate, c.start}, c.own[len(c.own)-c.learned:]...)
		for i, want := range truth {
			part, off := withinTwo(all, i, want)
			t.Logf("%s: %s within two errors in %.1f %%, %.2f errors off in the mean", c.spec, all[0][i].Name, 100*part, off)
			if part < 0.92 || part > 0.98 || math.Abs(off) > 0.35 {
				t.Errorf("%s: %s within two errors in %.1f %%, %.2f errors off in the mean", c.spec, all[0][i].Name, 100*part, off)
			}
		}
	}
}
