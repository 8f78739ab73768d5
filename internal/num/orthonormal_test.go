package num

import (
	"fmt"
	"math"
	"testing"
)

// The frame is orthonormal, spans the same flag, and its lengths are those of a
// QR factorisation: their product is the volume.
func TestOrthonormalFramesKeepSpansAndVolumes(t *testing.T) {
	for _, c := range [][3]int{{5, 3, 1}, {5, 3, 8}, {5, 3, 16}, {3, 3, 1}, {3, 3, 8}, {3, 2, 8}, {3, 1, 8}, {2, 2, 8}, {2, 1, 8}} {
		n, k, lanes := c[0], c[1], c[2]
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
		Orthonormalise(v, n, k, lanes, norms, make([]float64, 2*k*lanes))
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
	for n := 2; n <= 4; n++ {
		for zero := range n {
			v, norms := make([]float64, n*n), make([]float64, n)
			for j := range n {
				norms[j] = 1
				if j != zero {
					v[j*n+j] = -2
				}
			}
			Orthonormalise(v, n, n, 1, norms, make([]float64, 2*n))
			for j := range n {
				length, at := 2.0, -1.0
				if j == zero {
					length, at = 0, 0
				}
				if norms[j] != length || v[j*n+j] != at {
					t.Errorf("dimension %d, vector %d vanishes: lengths %v, frame %v", n, zero, norms, v)
				}
			}
		}
	}
}

// Vectors that nearly agree lose most of their digits beside one another; their
// frame is orthogonal all the same.
func TestFramesOfNearlyEqualVectorsAreOrthogonal(t *testing.T) {
	for _, n := range []int{2, 3, 6} {
		nearlyEqual(t, n, n, 8)
	}
}

func nearlyEqual(t *testing.T, n, k, lanes int) {
	r := Stream(2, "frame")
	v := make([]float64, n*k*lanes)
	for i := range v {
		v[i] = 1 + 1e-7*r.NormFloat64()
	}
	norms := make([]float64, k*lanes)
	Orthonormalise(v, n, k, lanes, norms, make([]float64, 2*k*lanes))
	for l := range lanes {
		for i := range k {
			for j := range i {
				dot := 0.0
				for m := range n {
					dot += v[(i*n+m)*lanes+l] * v[(j*n+m)*lanes+l]
				}
				if math.Abs(dot) > 1e-14 {
					t.Errorf("lane %d: ⟨q%d,q%d⟩ = %g", l, i, j, dot)
				}
			}
		}
	}
}

func BenchmarkOrthonormalise(b *testing.B) {
	for _, c := range []struct{ n, lanes int }{{3, 1}, {3, 8}, {3, 32}, {40, 8}} {
		b.Run(fmt.Sprintf("%dx%d/lanes=%d", c.n, c.n, c.lanes), func(b *testing.B) {
			r := Stream(3, "frame")
			v := make([]float64, c.n*c.n*c.lanes)
			for i := range v {
				v[i] = r.NormFloat64()
			}
			norms, work := make([]float64, c.n*c.lanes), make([]float64, 2*c.n*c.lanes)
			for b.Loop() {
				Orthonormalise(v, c.n, c.n, c.lanes, norms, work)
			}
		})
	}
}
