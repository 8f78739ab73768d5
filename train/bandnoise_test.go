package train

import (
	"context"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/model/noise"
)

// noisyBand fits a decay with noise whose kind is told and forecasts as much again half: what part
// of fresh values the band holds, and how wide it is beside the quantiles around the truth. Values below zero count as zero: where no
// row is below, no band is.
func noisyBand(t *testing.T, spec noise.Spec, own []float64, start, held float64, seed uint64) bandOutcome {
	t.Helper()
	p := decayProblem(t, decayed(spec, own, start, 60, seed), func(set *Settings) {
		withNoise(spec)(set)
		set.Heldout = held
	})
	r, err := Auto{}.Fit(context.Background(), p, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := Complete(p, r); err != nil {
		t.Fatal(err)
	}
	ahead := steps(31, 4./60)[1:]
	for k := range ahead {
		ahead[k] += p.rows(true)[0].T[59]
	}
	f, err := r.Model.Forecast(0, ahead, nil)
	if err != nil || f.Len() < len(ahead) {
		t.Fatal(err)
	}
	c, err := spec.Parse()
	if err != nil {
		t.Fatal(err)
	}
	kind, _ := noise.Kinds.Lookup(c.Kind)
	out, draws, of := bandOutcome{kept: string(spec), band: r.Model.Band}, num.Stream(seed, "ahead"), 0.0
	for k, at := range ahead {
		mu := start * math.Exp(-decayRate*at)
		for range 50 {
			v := max(0, kind.Quantile(draws.Float64(), mu, own))
			if of++; f.PLo[k] <= v && v <= f.PHi[k] {
				out.coverage++
			}
		}
		lo, hi := max(0, kind.Quantile((1-model.BandNominal)/2, mu, own)), kind.Quantile((1+model.BandNominal)/2, mu, own)
		out.width += (f.PHi[k] - f.PLo[k]) / (hi - lo) / float64(len(ahead))
	}
	out.coverage /= of
	return out
}

// Errors of a law grow in units of noise that depends on the value: bands of small values behind
// large ones are as wide as these have to be.
func TestBandsOfNoiseThatDependsOnTheValue(t *testing.T) {
	for _, c := range decayNoises {
		if c.spec != "proportional" && c.spec != "lognormal" && c.spec != "poisson" {
			continue
		}
		var all []bandOutcome
		for seed := range uint64(9) {
			all = append(all, noisyBand(t, c.spec, c.own, c.start, 0, seed))
		}
		bandLimits{0.82, 0.96, 1.3, 1.7}.judge(t, string(c.spec), all)
	}
}

// Where noise is the same everywhere, one of growth is one of the column; elsewhere it is what noise
// is there beside what it is where it has the deviation of the band.
func TestGrowthIsCountedInUnitsOfNoise(t *testing.T) {
	b := &model.Band{Noise: []float64{0.5}, Extent: []float64{3}, Growth: []model.Errors{{Horizon: 1, SD: []float64{0.5}}}}
	if got, want := b.Deviation(8, 1, 0, 0), 0.5*math.Sqrt2; math.Abs(got-want) > 1e-12 {
		t.Errorf("constant noise: deviation %g, want %g", got, want)
	}
	c, err := noise.Spec("proportional").Parse()
	if err != nil {
		t.Fatal(err)
	}
	c.Numbers = []noise.Number{{Name: "part", Value: 0.1}}
	b.Models = []*noise.Column{c}
	for _, x := range []float64{0.5, 5, 50} {
		if got, want := b.Deviation(x, 1, 0, 0), 0.1*x*math.Sqrt2; math.Abs(got/want-1) > 1e-9 {
			t.Errorf("deviation %g at %g, want %g", got, x, want)
		}
	}
	var w bandWindow
	r := num.Stream(1, "growth")
	for range 4000 { // errors are √2 times the noise, at small values and large ones
		x := math.Exp(4 * r.Float64())
		e := 0.1 * math.Sqrt2 * x * r.NormFloat64()
		w.horizon, w.half = append(w.horizon, 1), append(w.half, 0)
		w.err, w.want = append(w.err, e), append(w.want, x-e)
	}
	b.Extent[0] = 1e3
	if got := growthOf(b, []bandWindow{w})[0].SD[0]; math.Abs(got-0.5) > 0.05 {
		t.Errorf("growth %g, want 0.5", got)
	}
}
