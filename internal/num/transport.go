package num

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/par"
)

// Wasserstein1 returns the distance of order 1 between the distributions of two
// samples of numbers, the area between their distribution functions. The samples
// are sorted in place.
func Wasserstein1(a, b []float64) float64 {
	slices.Sort(a)
	slices.Sort(b)
	if len(a) == len(b) {
		sum := 0.0
		for i, v := range a {
			sum += math.Abs(v - b[i])
		}
		return sum / float64(len(a))
	}
	i, j, sum := 0, 0, 0.0
	last := math.Min(a[0], b[0])
	for i < len(a) || j < len(b) {
		at := math.Inf(1)
		if i < len(a) {
			at = a[i]
		}
		if j < len(b) {
			at = math.Min(at, b[j])
		}
		sum += (at - last) * math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b)))
		for last = at; i < len(a) && a[i] == at; i++ {
		}
		for ; j < len(b) && b[j] == at; j++ {
		}
	}
	return sum
}

// SlicedWasserstein1 returns the mean of Wasserstein1 over the projections of two
// clouds, n × d, row-major, on random directions. The same seed gives the same
// directions.
// Source: Bonneel, Rabin, Peyré, Pfister, J. Math. Imaging Vis. 51 (2015) 22.
func SlicedWasserstein1(x, y []float64, d, directions int, seed uint64) float64 {
	r := Stream(seed, "directions")
	theta := make([][]float64, directions)
	for k := range theta {
		theta[k] = Direction(r, d)
	}
	each := make([]float64, directions)
	par.Map(directions, func(k int) { each[k] = Wasserstein1(projected(x, theta[k]), projected(y, theta[k])) })
	sum := 0.0
	for _, v := range each {
		sum += v
	}
	return sum / float64(directions)
}

// Direction is a unit vector of d numbers, uniform on the sphere.
func Direction(r *rand.Rand, d int) []float64 {
	v, square := make([]float64, d), 0.0
	for k := range v {
		v[k] = r.NormFloat64()
		square += v[k] * v[k]
	}
	for k := range v {
		v[k] /= math.Sqrt(square)
	}
	return v
}

func projected(x, theta []float64) []float64 {
	d := len(theta)
	out := make([]float64, len(x)/d)
	for i := range out {
		for k, v := range theta {
			out[i] += v * x[i*d+k]
		}
	}
	return out
}

// Sinkhorn returns the entropic transport distance between two clouds, n × d and
// m × d, row-major, freed of its bias:
//
//	√(2·(T(x, y) − ½T(x, x) − ½T(y, y))),  T with cost ½|x − y|² and temperature blur²
//
// It tends to the Wasserstein distance of order 2 as blur goes to zero. Squares of
// distances cost n·m, and each of some tens of rounds.
// Source: Feydy et al., AISTATS (2019), arXiv:1810.08278; the temperature is
// lowered from the square of the extent by four at a time.
func Sinkhorn(x, y []float64, d int, blur float64) float64 {
	extent := 0.0
	for k := range d {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, v := range [][]float64{x, y} {
			for i := k; i < len(v); i += d {
				lo, hi = math.Min(lo, v[i]), math.Max(hi, v[i])
			}
		}
		extent += (hi - lo) * (hi - lo)
	}
	s := entropic(x, y, d, extent, blur*blur, false) - entropic(x, x, d, extent, blur*blur, true)/2 - entropic(y, y, d, extent, blur*blur, true)/2
	return math.Sqrt(2 * max(s, 0))
}

// Rounds of Sinkhorn's iteration end when potentials move by less than a share of
// the temperature.
const (
	sinkhornRounds = 200
	sinkhornStill  = 1e-3
)

// entropic is the dual value of the entropic transport problem. Between a cloud and
// itself both potentials are one, and halfway between two rounds is nearer to it.
func entropic(x, y []float64, d int, extent, least float64, self bool) float64 {
	n, m := len(x)/d, len(y)/d
	c := halfSquares(x, y, d)
	f, g := make([]float64, n), make([]float64, m)
	ct := c
	if !self {
		ct = halfSquares(y, x, d)
	}
	move := func(eps float64) float64 {
		if self {
			copy(g, f)
			moved := soften(f, c, g, eps)
			for i, v := range g {
				f[i] = (f[i] + v) / 2
			}
			return moved
		}
		return max(soften(f, c, g, eps), soften(g, ct, f, eps))
	}
	for eps := max(extent, least); eps > least; eps = max(least, eps/4) {
		move(eps)
	}
	for range sinkhornRounds {
		if move(least) < sinkhornStill*least {
			break
		}
	}
	if self {
		copy(g, f)
	}
	sum := 0.0
	for _, v := range f {
		sum += v / float64(n)
	}
	for _, v := range g {
		sum += v / float64(m)
	}
	return sum
}

func halfSquares(x, y []float64, d int) []float64 {
	n, m := len(x)/d, len(y)/d
	c := make([]float64, n*m)
	par.Map(n, func(i int) {
		for j := range m {
			c[i*m+j] = Square(x[i*d:(i+1)*d], y[j*d:(j+1)*d]) / 2
		}
	})
	return c
}

// Square is the square of the distance between two points.
func Square(a, b []float64) float64 {
	sum := 0.0
	for k, v := range a {
		sum += (v - b[k]) * (v - b[k])
	}
	return sum
}

// expIsZero is below what the exponential can be told from zero of.
const expIsZero = -746

// soften sets f_i = −eps·log mean_j exp((g_j − c_ij)/eps) and tells how far it moved.
func soften(f, c, g []float64, eps float64) float64 {
	m := len(g)
	moved := make([]float64, len(f))
	const piece = 32
	par.Chunks(len(f), piece, func(_, lo, hi int) {
		terms := make([]float64, m)
		for i := lo; i < hi; i++ {
			row, top := c[i*m:(i+1)*m], math.Inf(-1)
			for j, v := range row {
				terms[j] = g[j] - v
				if terms[j] > top {
					top = terms[j]
				}
			}
			felt := terms[:0] // the others add nothing, and take long to say so
			for _, v := range terms {
				if e := (v - top) / eps; !(e < expIsZero) {
					felt = append(felt, e)
				}
			}
			kernel.Act(felt, felt, kernel.Exp, 0)
			sum := 0.0
			for _, v := range felt {
				sum += v
			}
			now := -top - eps*math.Log(sum/float64(m))
			moved[i], f[i] = math.Abs(now-f[i]), now
		}
	})
	return slices.Max(moved)
}
