// Package noise says how measured values lie around what is predicted of them: a kind of noise is
// a distribution of values given a prediction, all in user units. A kind is one file: registered
// under a name, it can be chosen with noise: {COLUMN: NAME}, fits maximise its likelihood, and the
// bands of forecasts are its quantiles.
//
//	kind, _ := noise.Kinds.Lookup("proportional")
//	var s noise.Score
//	kind.At(&s, 9.1, 10, []float64{0.1}) // s.Value is −log p(9.1), of a prediction of 10 ± 10 %
//	kind.Quantile(0.95, 10, []float64{0.1})
//
// Read noise.go first, then normal.go, which most kinds share, and spec.go for what people write.
package noise

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/registry"
)

// Kind is a distribution of values around a prediction. It may have numbers of its own, such as
// a standard deviation, each above zero.
type Kind interface {
	// Own names the numbers of its own. What has to be given, as it is not learnt, comes first.
	Own() []string
	// Begin guesses own numbers, from values and predictions of them.
	Begin(y, mu []float64) []float64
	// At sets s to what the value y costs where mu is predicted.
	At(s *Score, y, mu float64, own []float64)
	// Quantile is the value below or at which others lie with the probability p.
	Quantile(p, mu float64, own []float64) float64
	// Check says what is wrong with a value that cannot have this noise; "" if nothing.
	Check(y float64) string
}

// Kinds are all that can be named.
var Kinds = registry.New[Kind]("kind of noise")

// Score is the negative logarithm of a likelihood and its derivatives, by the prediction and then
// by the logarithm of each own number.
type Score struct {
	Value float64
	Slope []float64
	Info  []float64 // expected curvature (Fisher's information), row by row
}

// room makes s zero, for so many own numbers.
func (s *Score) room(own int) {
	n := own + 1
	if cap(s.Info) < n*n {
		s.Slope, s.Info = make([]float64, n), make([]float64, n*n)
	}
	s.Value, s.Slope, s.Info = 0, s.Slope[:n], s.Info[:n*n]
	clear(s.Slope)
	clear(s.Info)
}

// Factor sets rows and r so that rowsᵀ·rows is s.Info and rowsᵀ·r is s.Slope: what a least-squares
// method needs to take steps by Fisher's scoring. Both have the size of s.Slope; a row is zero where
// the information has no further direction.
func (s *Score) Factor(rows, r []float64) {
	n := len(s.Slope)
	clear(rows)
	for i := range n { // Cholesky, Info = L·Lᵀ; row k of the result is column k of L
		for j := 0; j <= i; j++ {
			v := s.Info[i*n+j]
			for k := range j {
				v -= rows[k*n+i] * rows[k*n+j]
			}
			switch {
			case i > j && rows[j*n+j] > 0:
				rows[j*n+i] = v / rows[j*n+j]
			case i == j && v > noPivot*s.Info[i*n+i]:
				rows[i*n+i] = math.Sqrt(v)
			}
		}
		r[i] = 0
		if d := rows[i*n+i]; d > 0 {
			v := s.Slope[i]
			for k := range i {
				v -= rows[k*n+i] * r[k]
			}
			r[i] = v / d
		}
	}
}

// noPivot is what is left of an information, in parts of it, that is rounding.
const noPivot = 1e-10

// scaleOf is the standard deviation around zero of a normal distribution with the median distance
// of e: single large ones do not matter. What is no number does not count.
func scaleOf(e []float64) float64 {
	const normal = 1.4826 // deviation over median distance
	var all []float64
	for _, v := range e {
		if v = math.Abs(v); !math.IsNaN(v) && !math.IsInf(v, 0) {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return 1
	}
	slices.Sort(all)
	if s := normal * all[len(all)/2]; s > 0 {
		return s
	}
	return max(all[len(all)-1], math.SmallestNonzeroFloat64)
}

// each are the values of f over pairs.
func each(y, mu []float64, f func(y, mu float64) float64) []float64 {
	out := make([]float64, len(y))
	for i := range y {
		out[i] = f(y[i], mu[i])
	}
	return out
}

// any of the finite numbers may be measured.
func finite(float64) string { return "" }

// positive is a prediction that has to be above zero: itself from least on, below it an exponential
// that never is zero, so that a search may pass there. It comes with its logarithm and the slopes
// of both.
func positive(mu, least float64) (m, log, dm, dlog float64) {
	if mu >= least {
		return mu, math.Log(mu), 1, 1 / mu
	}
	log = math.Log(least) + mu/least - 1
	m = math.Exp(log)
	return m, log, m / least, 1 / least
}

// Deviation is the standard deviation of the normal distribution that is as wide, from one
// deviation below its middle to one above, as that of values around a prediction.
func Deviation(k Kind, mu float64, own []float64) float64 {
	const part = 0.8413447460685429 // of a normal distribution up to one deviation above its mean
	return (k.Quantile(part, mu, own) - k.Quantile(1-part, mu, own)) / 2
}
