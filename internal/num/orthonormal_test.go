package num

import (
	"math"
	"testing"
)

// The frame is orthonormal, spans the same flag, and its lengths are those of a
// QR factorisation: their product is the volume.
func TestOrthonormalFramesKeepSpansAndVolumes(t *testing.T) {
	const n, k = 5, 3
	for _, lanes := range []int{1, 8, 16} {
		r := Stream(1, "frame", uint64(lanes))
		v := make([]float64, n*k*lanes)
		for i := range v {
			v[i] = r.NormFloat64()
		}
		old := append([]float64{}, v...)
		norms := make([]float64, k*lanes)
		for i := range norms {
			norms[i] = 2
		}
		Orthonormalise(v, n, k, lanes, norms)
		for l := range lanes {
			dot := func(a, b []float64, i, j int) float64 {
				s := 0.0
				for m := range n {
					s += a[(i*n+m)*lanes+l] * b[(j*n+m)*lanes+l]
				}
				return s
			}
			for i := range k {
				rest := dot(old, old, i, i)
				for j := range k {
					want := 0.0
					if i == j {
						want = 1
					}
					if got := dot(v, v, i, j); math.Abs(got-want) > 1e-14 {
						t.Fatalf("lane %d: ⟨q%d,q%d⟩ = %g", l, i, j, got)
					}
					if j > i {
						if got := dot(old, v, i, j); math.Abs(got) > 1e-13 {
							t.Fatalf("lane %d: vector %d is not in the span of those up to it", l, i)
						}
					} else if j < i {
						rest -= dot(old, v, i, j) * dot(old, v, i, j)
					}
				}
				if got := norms[i*lanes+l] / 2; math.Abs(got-math.Sqrt(rest)) > 1e-12 {
					t.Errorf("lane %d: R_%d = %g, want %g", l, i, got, math.Sqrt(rest))
				}
			}
		}
	}
}

func TestAVectorThatVanishesStaysZero(t *testing.T) {
	v := []float64{1, 0, 0, 0}
	norms := []float64{1, 1}
	Orthonormalise(v, 2, 2, 1, norms)
	if norms[0] != 1 || norms[1] != 0 || v[2] != 0 || v[3] != 0 {
		t.Errorf("%v, %v", v, norms)
	}
}
