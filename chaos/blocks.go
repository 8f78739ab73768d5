package chaos

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
)

// blocks are averages of growth rates over stretches of equal length, one after
// the other, each of all orbits.
type blocks struct {
	rates  [][]float64 // a block each: exponents × lanes
	exps   int
	lanes  int
	traces []float64
	size   int // intervals of a block
}

// mostBlocks are kept; then neighbours are put together.
const mostBlocks = 2048

func (b *blocks) add(rates []float64, exps int, trace float64) {
	b.rates, b.exps, b.traces = append(b.rates, rates), exps, append(b.traces, trace)
	if len(b.rates) < mostBlocks {
		return
	}
	for i := range mostBlocks / 2 {
		one, two := b.rates[2*i], b.rates[2*i+1]
		for j := range one {
			one[j] = (one[j] + two[j]) / 2
		}
		b.rates[i], b.traces[i] = one, (b.traces[2*i]+b.traces[2*i+1])/2
	}
	b.rates, b.traces, b.size = b.rates[:mostBlocks/2], b.traces[:mostBlocks/2], 2*b.size
}

func (b *blocks) count() int { return len(b.rates) }

// divergence is the mean of the traces, with its standard error.
func (b *blocks) divergence() (mean, se float64) { return num.MeanError(b.traces) }

// fewest pieces of an orbit, and most, that are compared with one another.
const (
	fewestPieces = 2
	mostPieces   = 16
)

// estimate are mean and standard error of the exponents. Orbits are cut into
// more and more pieces; what pieces of one length know of the next makes the
// error from shorter ones too small, so the largest counts.
func (b *blocks) estimate() (mean, se []float64) {
	mean, se = make([]float64, b.exps), make([]float64, b.exps)
	for n := fewestPieces; n <= min(mostPieces, b.count()); n *= 2 {
		m, e := b.merged(n)
		for j := range mean {
			mean[j], se[j] = m[j], max(se[j], e[j])
		}
	}
	return mean, se
}

// merged are mean and standard error from n pieces of every orbit.
func (b *blocks) merged(n int) (mean, se []float64) {
	mean, se = make([]float64, b.exps), make([]float64, b.exps)
	used := len(b.rates) / n * n
	for j := range mean {
		var values []float64
		for l := range b.lanes {
			for g := range n {
				lo, hi := g*used/n, (g+1)*used/n
				sum := 0.0
				for _, r := range b.rates[lo:hi] {
					sum += r[j*b.lanes+l]
				}
				values = append(values, sum/float64(hi-lo))
			}
		}
		mean[j], se[j] = num.MeanError(values)
	}
	return mean, se
}

// weighted are mean and error where the motion is regular: averages under a
// smooth bump, which forget where a period was cut faster than any power of time.
// Where tangents grow like a power of time, as beside the cycles of a conservative
// system, all orbits tend to zero alike: so the error is no less than what the
// second half of the blocks is off from the first.
//
// Source: Das, Saiki, Sander, Yorke, Nonlinearity 30 (2017) 4111.
func (b *blocks) weighted() (mean, se []float64) {
	n := len(b.rates)
	mean, se = make([]float64, b.exps), make([]float64, b.exps)
	for j := range mean {
		mean[j], se[j] = b.bump(j, 0, n)
		first, _ := b.bump(j, 0, n/2)
		second, _ := b.bump(j, n/2, n)
		se[j] = max(se[j], math.Abs(second-first))
	}
	return mean, se
}

// drift is how far the leading exponent of the second half of all orbits is from
// that of the first.
func (b *blocks) drift() float64 {
	mean, half := [2]float64{}, len(b.rates)/2
	for k, r := range b.rates[:2*half] {
		for l := range b.lanes {
			mean[k/half] += r[l] / float64(half*b.lanes)
		}
	}
	return math.Abs(mean[1] - mean[0])
}

// bump is the average of exponent j over blocks lo to hi under a smooth bump, and
// the standard error from the orbits.
func (b *blocks) bump(j, lo, hi int) (mean, se float64) {
	var values []float64
	for l := range b.lanes {
		sum, weights := 0.0, 0.0
		for k, r := range b.rates[lo:hi] {
			t := (float64(k) + 0.5) / float64(hi-lo)
			w := math.Exp(-1 / (t * (1 - t)))
			sum, weights = sum+w*r[j*b.lanes+l], weights+w
		}
		values = append(values, sum/weights)
	}
	return num.MeanError(values)
}

// course are the averages up to about forty times, evenly apart in logarithms.
func (b *blocks) course(span float64) (mean [][]float64, times []float64) {
	mean = make([][]float64, b.exps)
	sums := make([]float64, b.exps)
	next := 1.0
	for k, r := range b.rates {
		for j := range sums {
			for l := range b.lanes {
				sums[j] += r[j*b.lanes+l] / float64(b.lanes)
			}
		}
		if n := float64(k + 1); n >= next || k == len(b.rates)-1 {
			times = append(times, span*n/float64(len(b.rates)))
			for j := range sums {
				mean[j] = append(mean[j], sums[j]/n)
			}
			next = max(n+1, 1.2*n)
		}
	}
	return mean, times
}

// median of the values; NaN of none.
func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
