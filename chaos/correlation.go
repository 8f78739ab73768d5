package chaos

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/par"
)

// CorrelationOptions say how a correlation dimension is estimated.
type CorrelationOptions struct {
	Theiler int    // pairs fewer rows apart than this do not count; 0 = by the autocorrelation
	Pairs   int    // most pairs looked at; 0 = 2·10⁸
	Seed    uint64 // of the choice of reference points
}

// Correlation is the correlation sum of a cloud of points and its slope.
type Correlation struct {
	R     []float64 `json:"r"`     // distances, in deviations of the cloud, ascending
	Sum   []float64 `json:"sum"`   // share of pairs nearer than R
	Slope []float64 `json:"slope"` // local slope d log Sum / d log R; NaN where pairs are too few
	// Dimension is the mean slope over the plateau between From and To, Error how
	// much the slope varies there; NaN without a plateau.
	Dimension float64 `json:"dimension"`
	Error     float64 `json:"error"`
	From      float64 `json:"from"`
	To        float64 `json:"to"`
	Theiler   int     `json:"theiler"`
	Points    int     `json:"points"`
	Status    Status  `json:"status"`
	Reason    string  `json:"reason"`
}

const (
	fewestPoints = 500
	mostPairs    = 200_000_000
	perOctave    = 4  // radii a factor of two
	octaves      = 30 // below the size of the cloud
	fewestCounts = 200
	// A plateau is at least a factor of ten long, and its slopes differ by less
	// than this share of their mean.
	plateauBins = 14
	plateauFlat = 0.1
)

// CorrelationDimension returns the correlation dimension of the points x, n × d,
// row-major, in the order of time.
//
//	C(r) = share of pairs |i − j| ≥ w with ‖x_i − x_j‖ < r,  D₂ = d log C / d log r
//
// Columns are divided by their deviations first. The slope is read from the
// longest stretch of at least a decade over which it does not change; the whole
// curve is returned. Reference points are a seeded sample so large that Pairs
// pairs are looked at.
// Status: TooShort below 500 points, NotConverged without a plateau.
// Source: Grassberger, Procaccia, Physica D 9 (1983) 189; Theiler, Phys. Rev. A
// 34 (1986) 2427 (pairs near in time).
func CorrelationDimension(x []float64, d int, o CorrelationOptions) (*Correlation, error) {
	n := len(x) / max(d, 1)
	c := &Correlation{Points: n, Theiler: o.Theiler, Status: OK, Dimension: math.NaN(), Error: math.NaN(), From: math.NaN(), To: math.NaN()}
	if n < fewestPoints {
		c.Status, c.Reason = TooShort, fmt.Sprintf("there are %d points; a dimension needs %d at least, and 10^4 to be worth much", n, fewestPoints)
		return c, nil
	}
	z, err := standardised(x, d)
	if err != nil {
		return nil, err
	}
	if c.Theiler == 0 {
		c.Theiler = theilerWindow(z, d)
	}
	if c.Theiler >= n/4 {
		c.Status, c.Reason = TooShort, alike(c.Theiler, n)
		return c, nil
	}
	if o.Pairs == 0 {
		o.Pairs = mostPairs
	}
	counts, pairs := c.count(z, d, min(n, max(200, o.Pairs/n)), o.Seed)
	c.curve(counts, pairs)
	c.plateau(counts, d)
	return c, nil
}

// theilerWindow is the number of rows after which the autocorrelation of every
// column has fallen below 1/e, times three.
func theilerWindow(z []float64, d int) int {
	n, window := len(z)/d, 1
	for k := range d {
		for lag := 1; lag < n/2; lag++ {
			sum := 0.0
			for i := range n - lag {
				sum += z[i*d+k] * z[(i+lag)*d+k]
			}
			if sum/float64(n-lag) < 1/math.E {
				window = max(window, 3*lag)
				break
			}
		}
	}
	return window
}

// count sorts the distances of pairs into bins of equal ratio: bin b holds those
// between 2^(b/perOctave) and the next, from the smallest up.
func (c *Correlation) count(z []float64, d, refs int, seed uint64) (counts []float64, pairs float64) {
	n, w := len(z)/d, c.Theiler
	chosen := num.Stream(seed, "correlation").Perm(n)[:refs]
	const piece = 64
	parts := make([][]int, (refs+piece-1)/piece)
	par.Chunks(refs, piece, func(p, lo, hi int) {
		parts[p] = make([]int, bins)
		for _, i := range chosen[lo:hi] {
			q := z[i*d : (i+1)*d]
			tally(parts[p], z[:max(0, i-w+1)*d], q)
			tally(parts[p], z[min(n, i+w)*d:], q)
		}
	})
	counts = make([]float64, bins)
	for _, p := range parts {
		for b, v := range p {
			counts[b] += float64(v)
		}
	}
	for _, i := range chosen {
		pairs += float64(max(0, i-w+1) + n - min(n, i+w))
	}
	return counts, pairs
}

const bins = octaves * perOctave

// tally adds the distances of the points z from q. The logarithm of the square of
// a distance is read from its bits: exponent, and the top of the mantissa.
func tally(counts []int, z, q []float64) {
	d := len(q)
	for at := 0; at+d <= len(z); at += d {
		s := 0.0
		for k, v := range z[at : at+d] {
			s += (v - q[k]) * (v - q[k])
		}
		if b := binOf(s); b >= 0 {
			counts[b]++
		}
	}
}

// binOf is the bin of a square distance, −1 below all. The largest bin takes what
// is above.
func binOf(square float64) int {
	// A square has two octaves of its own for one of the distance; thresholds of
	// the mantissa are 2^(j/2) of the square, so that bins have equal ratios.
	bits := math.Float64bits(square)
	e := int(bits>>52) - 1023
	half := 0
	if bits&(1<<52-1) >= sqrt2Mantissa {
		half = 1
	}
	b := 2*e + half + bins - 2*perOctave
	if b < 0 {
		return -1
	}
	return min(b, bins-1)
}

// sqrt2Mantissa are the mantissa bits of √2.
const sqrt2Mantissa = 0x6a09e667f3bcd

// edge is the upper end of a bin, a distance.
func edge(b int) float64 {
	return math.Exp2(float64(b+1-bins+2*perOctave) / perOctave)
}

// curve makes sums and local slopes of the counts. A slope is that of the
// straight line through five neighbouring sums.
func (c *Correlation) curve(counts []float64, pairs float64) {
	total := 0.0
	for b, v := range counts {
		if total += v; total == 0 {
			continue
		}
		c.R, c.Sum = append(c.R, edge(b)), append(c.Sum, total/pairs)
	}
	c.Slope = make([]float64, len(c.R))
	for i := range c.R {
		c.Slope[i] = math.NaN()
		if i < 2 || i+2 >= len(c.R) || c.Sum[i-2]*pairs < fewestCounts || c.Sum[i+2] > 0.5 {
			continue
		}
		sum := 0.0
		for k := -2; k <= 2; k++ {
			sum += float64(k) * math.Log(c.Sum[i+k])
		}
		c.Slope[i] = sum / 10 / (math.Ln2 / perOctave)
	}
}

// plateau finds the longest stretch of flat slopes; of equal ones that of the
// smallest distances.
func (c *Correlation) plateau(counts []float64, d int) {
	best := 0
	for lo := range c.Slope {
		for hi := lo + plateauBins; hi <= len(c.Slope); hi++ {
			mean, spread := flat(c.Slope[lo:hi])
			if !(spread <= plateauFlat*max(mean, 0.2)) {
				break
			}
			if hi-lo > best {
				best = hi - lo
				c.From, c.To = c.R[lo], c.R[hi-1]
				c.Dimension, c.Error = mean, spread/2
			}
		}
	}
	switch {
	case best == 0:
		c.Status, c.Reason = NotConverged, "the slope of the correlation sum changes at all distances: no dimension can be read from it; take more points, or cleaner ones"
	case c.Dimension > 0.97*float64(d) && d > 1:
		c.Reason = "the points fill the space they are in: noise, or too few columns for the attractor"
	}
}

// flat is the mean of slopes and how far apart they lie.
func flat(v []float64) (mean, spread float64) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, x := range v {
		if math.IsNaN(x) {
			return math.NaN(), math.Inf(1)
		}
		mean += x / float64(len(v))
		lo, hi = min(lo, x), max(hi, x)
	}
	return mean, hi - lo
}
