package num

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Eigenvalues are those of the n × n row-major matrix a, in no order; nil where a holds
// what is no number, of which the iteration would never end, or where it does not converge.
func Eigenvalues(a []float64, n int) []complex128 {
	var e mat.Eigen
	if !AllFinite(a) || !e.Factorize(mat.NewDense(n, n, slices.Clone(a)), mat.EigenNone) {
		return nil
	}
	return e.Values(nil)
}

// Poles are the eigenvalues of a, largest real part first: what decays slowest. Of a
// pair the one that turns forward comes first. nil as for Eigenvalues.
func Poles(a []float64, n int) []complex128 {
	out := Eigenvalues(a, n)
	slices.SortStableFunc(out, func(a, b complex128) int {
		return cmp.Or(cmp.Compare(real(b), real(a)), cmp.Compare(imag(b), imag(a)))
	})
	return out
}

// dust is the part of what a number stands beside below which it is rounding.
const dust = 1e-10

// Undusted is v, or zero if that is rounding beside numbers of size beside.
func Undusted(v, beside float64) float64 {
	if math.Abs(v) < dust*beside {
		return 0
	}
	return v
}
