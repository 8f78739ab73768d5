package train

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

func TestPooledErrorsAscend(t *testing.T) {
	all := []model.Errors{{Horizon: 1, SD: []float64{1}}, {Horizon: 2, SD: []float64{3}}, {Horizon: 3, SD: []float64{1}}, {Horizon: 4, SD: []float64{5}}}
	ascend(all, []float64{1, 1, 3, 1}, 0)
	for i, want := range []float64{1, math.Sqrt(3), math.Sqrt(3), 5} {
		if differs(all[i].SD[0], want, 1e-12) {
			t.Errorf("%d: %g, want %g", i, all[i].SD[0], want)
		}
	}
}

// wandering are windows of forecasts that say zero, of noise of deviation off.
func wandering(n, rows int, off float64, seed uint64) []bandWindow {
	s := num.Stream(seed, "windows")
	var out []bandWindow
	for i := range n {
		w := bandWindow{rec: i, half: make([]float64, rows)}
		for k := range rows {
			w.t, w.horizon = append(w.t, float64(k+1)), append(w.horizon, float64(k+1))
			w.err = append(w.err, off*s.NormFloat64())
			w.want = append(w.want, -w.err[k])
		}
		out = append(out, w)
	}
	return out
}

// A band that is too narrow or too wide by a factor is put right by held-out
// windows, and says that it is calibrated if there are enough of them.
func TestHeldOutWindowsCalibrateABand(t *testing.T) {
	for _, c := range []struct {
		n          int
		off        float64
		least, top float64
	}{{40, 1, 0.87, 0.95}, {40, 3, 0.87, 0.95}, {40, 0.2, 0.87, 0.95}, {6, 3, 0.84, 0.99}, {1, 3, 0.65, 1}, {3, 20, 0.7, 1}} {
		b := &model.Band{Noise: []float64{1}, Centre: []float64{0}, Extent: []float64{10}}
		seen := wandering(c.n, 8, c.off, 1)
		b.Groups = factorsOf(b, seen, everything)
		measureBand(b, seen, &data.Moments{Mean: []float64{0}, SD: []float64{c.off}})
		fresh, inside, values := wandering(300, 8, c.off, 2), 0, 0
		for i := range fresh {
			for k, h := range fresh[i].horizon {
				if values++; math.Abs(fresh[i].err[k]) <= model.BandDeviations*b.Factor(h)*b.Deviation(0, h, 0, 0) {
					inside++
				}
			}
		}
		if p := float64(inside) / float64(values); p < c.least || p > c.top {
			t.Errorf("%d windows of deviation %g: %.3f of fresh values inside", c.n, c.off, p)
		}
		if c.n >= model.LeastWindows && math.Abs(b.Measured-0.9) > 0.05 {
			t.Errorf("%d windows of deviation %g: %.3f measured", c.n, c.off, b.Measured)
		}
		if got := b.CalibratedTo() > 0; got != (c.n >= model.LeastWindows) {
			t.Errorf("%d windows: calibrated %v", c.n, got)
		}
		if want := c.off / math.Sqrt(math.Pi); c.n == 40 && math.Abs(b.CRPS[0]/want-1) > 0.12 {
			t.Errorf("deviation %g: CRPS %g, want about %g", c.off, b.CRPS[0], want)
		}
	}
}

// Beside the band stands what mean and deviation of the training rows score on the very
// values that were forecast: those of a record that has climbed score badly.
func TestPlainScoresAreThoseOfTheTrainingRows(t *testing.T) {
	seen := wandering(5, 8, 1, 3)
	score := func(mean, sd float64) float64 {
		b := &model.Band{Noise: []float64{1}, Centre: []float64{0}, Extent: []float64{10}}
		b.Groups = factorsOf(b, seen, everything)
		measureBand(b, seen, &data.Moments{Mean: []float64{mean}, SD: []float64{sd}})
		return b.Plain[0]
	}
	far, same := 0.0, 0.0
	for _, w := range seen {
		for _, v := range w.want {
			far += math.Abs(v-7) / 40
			same += crps(math.Abs(v), 1) / 40
		}
	}
	if got := score(7, 0); differs(got, far, 1e-12) {
		t.Errorf("a mean alone scores %g, want its mean absolute error %g", got, far)
	}
	if got := score(0, 1); differs(got, same, 1e-12) || !(score(7, 1) > 5*got) {
		t.Errorf("%g, want %g; with a mean far away %g", got, same, score(7, 1))
	}
}

// Known values of the score of a normal forecast.
func TestCRPSOfNormalForecasts(t *testing.T) {
	for _, c := range [][3]float64{{0, 1, 0.2336949772551092}, {0, 2, 0.4673899545102183}, {5, 0, 5}, {100, 1, 100 - 1/math.Sqrt(math.Pi)}} {
		if got := crps(c[0], c[1]); differs(got, c[2], 1e-9) {
			t.Errorf("off by %g, deviation %g: %g, want %g", c[0], c[1], got, c[2])
		}
	}
}

// A column of which no value was held out has no score, and is told apart from
// one whose score is zero.
func TestColumnsWithoutHeldOutValuesAreNotMeasured(t *testing.T) {
	b := &model.Band{Noise: []float64{1, 1}, Centre: []float64{0, 0}, Extent: []float64{10, 10}}
	var both []bandWindow
	for _, w := range wandering(6, 8, 1, 1) {
		var err, half []float64
		for k := range w.horizon {
			err, half = append(err, w.err[k], math.NaN()), append(half, w.half[k], 1)
		}
		w.err, w.half, w.want = err, half, err
		both = append(both, w)
	}
	b.Groups = factorsOf(b, both, everything)
	measureBand(b, both, &data.Moments{Mean: []float64{0, 0}, SD: []float64{1, 1}})
	if b.Each[0] != b.Values || b.Each[1] != 0 || !(b.CRPS[0] > 0) {
		t.Errorf("%d values, of each column %v, scores %v", b.Values, b.Each, b.CRPS)
	}
}
