package field

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/program"
)

// maxMonomials bounds the monomials of the highest degree when nobody gives it.
const maxMonomials = 40

// maxDegree is the highest degree anybody may ask for.
const maxDegree = 5

// highestDegree is the degree, at most 3, of a polynomial in width variables
// that is not too large.
func highestDegree(width int) int {
	d := 1
	for d < 3 && choose(width, d+1) <= maxMonomials {
		d++
	}
	return d
}

// polynomialLayers places the coefficients of a polynomial in width variables
// with n results in θ from entry lo on: one layer a degree, the constants with
// the first. It returns the number of entries as well.
func polynomialLayers(lo, n, width, degree int) (layers []Layer, size int) {
	for d := 1; d <= degree; d++ {
		l := Layer{Name: degreeName(d), Rows: n, Cols: choose(width, d), W: lo + size, B: -1, Last: true, Sparse: true}
		size += n * l.Cols
		if d == 1 {
			l.B = lo + size
			size += n
		}
		layers = append(layers, l)
	}
	return layers, size
}

// polynomial adds a polynomial of x with the coefficients of layers.
func polynomial(b *program.Builder, theta program.Value, layers []Layer, x program.Value) program.Value {
	var sum program.Value
	var feature []program.Value
	for d, l := range layers {
		feature = monomials(b, x, feature, b.Rows(x), d+1)
		term := b.MatVec(b.Slice(theta, l.W, l.Rows, l.Cols), b.Concat(feature...))
		if l.B >= 0 {
			term = b.Add(term, b.Slice(theta, l.B, l.Rows, 1))
		}
		if d == 0 {
			sum = term
			continue
		}
		sum = b.Add(sum, term)
	}
	return sum
}

// polynomialOffset moves the origin of one variable, in scaled units, to that
// of the user's units, where laws of nature tend to have few terms; but not if
// that is far from the data, where the monomials would all look alike.
func polynomialOffset(shift, scale float64) float64 {
	const far = 3 // deviations
	if c := shift / scale; math.Abs(c) <= far {
		return c
	}
	return 0
}

// OriginInData tells whether polynomials of a variable with the given shift and
// scale have their origin in the data rather than at zero.
func OriginInData(shift, scale float64) bool {
	return shift != 0 && polynomialOffset(shift, scale) == 0
}

// monomials returns the monomials of degree d, given those of degree d−1, in
// an order in which x₀ is the slowest: the k-th variable times all monomials
// of degree d−1 in variables k and later.
func monomials(b *program.Builder, x program.Value, lower []program.Value, width, d int) []program.Value {
	var out []program.Value
	if d == 1 {
		for k := range width {
			out = append(out, b.Slice(x, k, 1, 1))
		}
		return out
	}
	for k := range width {
		v := b.Slice(x, k, 1, 1)
		for _, l := range lower[len(lower)-choose(width-k, d-1):] {
			out = append(out, b.Mul(v, l))
		}
	}
	return out
}

// choose is the number of monomials of degree d in n ≤ 10⁵ variables, at most huge.
func choose(n, d int) int {
	c := 1
	for i := 1; i <= d; i++ {
		if c = c * (n + i - 1) / i; c > huge {
			return huge
		}
	}
	return c
}

func degreeName(d int) string { return fmt.Sprintf("degree %d", d) }
