package num

import (
	"math"

	"github.com/entrain-dev/entrain/internal/par"
)

// MixtureKL returns the Kullback–Leibler divergence of one mixture of Gaussians
// from another, in nats: each has one of unit variance around every point of a
// cloud, n × d and m × d, row-major. It is the mean of log(p/q) over draws from
// the mixture of x.
// Cost: draws·(n + m) exponentials.
func MixtureKL(x, y []float64, d, draws int, seed uint64) float64 {
	each := make([]float64, draws)
	par.Map(draws, func(k int) {
		r := Stream(seed, "mixture", uint64(k))
		i := r.IntN(len(x) / d)
		at := append([]float64{}, x[i*d:(i+1)*d]...)
		for c := range at {
			at[c] += r.NormFloat64()
		}
		each[k] = logMixture(x, at) - logMixture(y, at)
	})
	sum := 0.0
	for _, v := range each {
		sum += v
	}
	return sum / float64(draws)
}

// logMixture is the logarithm of the mean of exp(−|at − x|²/2) over the points.
func logMixture(x, at []float64) float64 {
	d := len(at)
	least := math.Inf(1)
	for i := 0; i+d <= len(x); i += d {
		least = math.Min(least, Square(at, x[i:i+d]))
	}
	sum := 0.0
	for i := 0; i+d <= len(x); i += d {
		sum += math.Exp((least - Square(at, x[i:i+d])) / 2)
	}
	return math.Log(sum/float64(len(x)/d)) - least/2
}
