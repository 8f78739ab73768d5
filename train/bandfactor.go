package train

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// Where few windows were held out their factor is drawn to that of the group
// before (1 before the first) with the weight of priorWindows, and no window says
// that it is more than mostRatio times too narrow.
const (
	priorWindows = 1
	priorFreedom = 5 // degrees of freedom that no window adds to
	mostRatio    = 30
)

// factors are the groups of horizons that held-out windows reach, from the rows
// of them that are used. With leastWindows
// a factor is conformal: the quantile of the distances, in units of the band, of
// all rows and columns, with stretches that have no overlap counted as
// independent and kept whole. With fewer it scales the model's own width by the
// mean square of what windows there are; Student's distribution pays for what so
// few leave unknown.
//
// Source: Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World (2005),
// for the quantile at (1 + 1/n) of the part; Chernozhukov, Wüthrich, Zhu, COLT
// (2018), for blocks.
func factorsOf(b *model.Band, windows []bandWindow, used func(w *bandWindow, k int) bool) []model.BandGroup {
	if len(windows) == 0 {
		return nil
	}
	ends, d := horizons(windows), len(b.Noise)
	first := map[int]float64{} // held-out time of each recording
	for i := range windows {
		w := &windows[i]
		if t, ok := first[w.rec]; !ok || w.t[0] < t {
			first[w.rec] = w.t[0]
		}
	}
	groups := make([]model.BandGroup, len(ends))
	before := 1.0 // square
	for g, to := range ends {
		blocks := map[block][]float64{}
		for i := range windows {
			w := &windows[i]
			for k, h := range w.horizon {
				if groupOf(ends, h) != g || !used(w, k) {
					continue
				}
				at := block{w.rec, int((w.t[k] - first[w.rec]) / to)}
				for c := range d {
					if r := ratioOf(b, w, k, c); !math.IsNaN(r) {
						blocks[at] = append(blocks[at], r)
					}
				}
			}
		}
		groups[g] = model.BandGroup{To: to, Windows: len(blocks)}
		groups[g].Factor, before = factorOf(blocks, before)
	}
	return groups
}

// block is a stretch of held-out rows of a recording. A value belongs to it by
// its time, whatever the origin.
type block struct{ rec, at int }

func (b block) compare(c block) int {
	return cmp.Or(cmp.Compare(b.rec, c.rec), cmp.Compare(b.at, c.at))
}

func everything(*bandWindow, int) bool { return true }

// ratio is how many half widths before any factor a value lies from the forecast.
func ratioOf(b *model.Band, w *bandWindow, k, c int) float64 {
	i := k*len(b.Noise) + c
	if w.err[i] == 0 {
		return 0
	}
	down, up := b.Widths(w.forecast(i), w.horizon[k], c, w.half[i])
	if w.err[i] < 0 { // the value is above
		return -w.err[i] / up
	}
	return w.err[i] / down
}

// factorOf is the factor of a group with the ratios of each block, and the
// square of it before Student's distribution. before is that of the group before,
// which counts the less the fewer windows there are, if it would narrow the band.
func factorOf(blocks map[block][]float64, before float64) (factor, square float64) {
	n := float64(len(blocks))
	var all []float64
	sum := 0.0
	for _, at := range slices.SortedFunc(maps.Keys(blocks), block.compare) {
		mean, one := 0.0, blocks[at]
		for _, r := range one {
			r = min(r, mostRatio) * model.BandDeviations // in deviations
			mean += r * r / float64(len(one))
		}
		sum += mean
		all = append(all, one...)
	}
	if before < 1 && n < model.LeastWindows {
		// That errors were small nearby says little of where there are few windows.
		before += (1 - before) * (1 - n/model.LeastWindows)
	}
	square = (priorWindows*before + sum) / (priorWindows + n)
	if n >= model.LeastWindows {
		slices.Sort(all)
		return num.Quantile(all, min(1, model.BandNominal*(1+1/n))), square
	}
	return math.Sqrt(square) * model.StudentQuantile(model.BandNominal, priorFreedom+n) / model.BandDeviations, square
}

// measureFolds parts of what was held out, stretches of time or, of many
// recordings, whole ones, take turns to be measured with the factors of the others.
const measureFolds = 5

// folds assigns rows to parts.
func folds(windows []bandWindow) func(w *bandWindow, k int) int {
	first, last, records := math.Inf(1), math.Inf(-1), map[int]bool{}
	for i := range windows {
		w := &windows[i]
		first, last = min(first, w.t[0]), max(last, w.t[len(w.t)-1])
		records[w.rec] = true
	}
	if len(records) >= measureFolds || !(last > first) {
		return func(w *bandWindow, _ int) int { return w.rec % measureFolds }
	}
	return func(w *bandWindow, k int) int {
		return min(measureFolds-1, int(measureFolds*(w.t[k]-first)/(last-first)))
	}
}

// measureBand finds the coverage and the scores of the band on held-out windows, and on the
// same values the score of always saying mean and deviation of the training rows.
func measureBand(b *model.Band, windows []bandWindow, trained *data.Moments) {
	if len(windows) == 0 {
		return
	}
	d, of := len(b.Noise), folds(windows)
	b.CRPS, b.Plain = make([]float64, d), make([]float64, d)
	count, inside := make([]int, d), 0
	b.Each = count
	for part := range measureFolds {
		other := *b
		other.Groups = factorsOf(b, windows, func(w *bandWindow, k int) bool { return of(w, k) != part })
		for i := range windows {
			w := &windows[i]
			for k, h := range w.horizon {
				for c := range d {
					r := ratioOf(b, w, k, c)
					if of(w, k) != part || math.IsNaN(r) {
						continue
					}
					if count[c]++; r <= other.Factor(h) {
						inside++
					}
					e, sd, want := asSeen(b, w, k*d+c, h, other.Factor(h))
					b.CRPS[c] += crps(e, sd)
					b.Plain[c] += crps(math.Abs(want-trained.Mean[c]), trained.SD[c])
				}
			}
		}
	}
	for c := range d {
		if count[c] > 0 {
			b.CRPS[c] /= float64(count[c])
			b.Plain[c] /= float64(count[c])
			b.Values += count[c]
		}
	}
	if b.Values > 0 {
		b.Measured = float64(inside) / float64(b.Values)
	}
}

// asSeen is how far forecast i of a window is off, its standard deviation with a factor, and what
// was observed, in the user's units: of a band by factors, to first order.
func asSeen(b *model.Band, w *bandWindow, i int, h, factor float64) (off, sd, want float64) {
	c := i % len(b.Noise)
	off, want = min(math.Abs(w.err[i]), mostRatio*b.Extent[c]), b.User(c, w.want[i])
	sd = factor * b.Deviation(w.forecast(i), h, c, w.half[i])
	if b.IsLog(c) {
		forecast := b.User(c, w.want[i]+math.Copysign(off, w.err[i]))
		off, sd = math.Abs(forecast-want), sd*forecast
	}
	return min(off, mostOff), min(sd, mostOff), want
}

// mostOff stands for errors and deviations beyond what numbers can hold.
const mostOff = 1e300

// crps is the continuous ranked probability score of a normal forecast of
// deviation sd that is off by e.
//
// Source: Gneiting, Raftery, J. Am. Stat. Assoc. 102 (2007) 359, equation 21.
func crps(e, sd float64) float64 {
	if !(sd > 0) {
		return math.Abs(e)
	}
	z := e / sd
	density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
	return sd * (z*math.Erf(z/math.Sqrt2) + 2*density - 1/math.Sqrt(math.Pi))
}
