package num

import (
	"slices"
	"testing"
)

// Without scrambling the first points are those that Joe and Kuo print with their numbers.
func TestSobolDirectionsArePublishedOnes(t *testing.T) {
	point := func(i uint32, d int) []float64 {
		var out []float64
		for j := range d {
			x := uint32(0)
			for b := range 32 {
				if i>>b&1 != 0 {
					x ^= sobolDirections[j][b]
				}
			}
			out = append(out, float64(x)/(1<<32))
		}
		return out
	}
	for i, want := range [][]float64{{0, 0, 0, 0}, {0.5, 0.5, 0.5, 0.5}, {0.25, 0.75, 0.75, 0.75}, {0.75, 0.25, 0.25, 0.25}, {0.125, 0.625, 0.375, 0.125}} {
		if got := point(uint32(i), 4); !slices.Equal(got, want) {
			t.Errorf("point %d is %v, want %v", i, got, want)
		}
	}
}

// Each interval of length 2^−m has one of 2^m points, in all dimensions, and what is
// scrambled otherwise is elsewhere.
func TestSobolPointsFillEveryDimension(t *testing.T) {
	const n = 256
	for _, seed := range []uint64{0, 1, 12345} {
		for _, first := range []uint32{0, n, 7 * n} {
			var seen [SobolMost][n]bool
			for i := range uint32(n) {
				for j, u := range Sobol(seed, first+i, SobolMost) {
					cell := int(u * n)
					if seen[j][cell] {
						t.Fatalf("seed %d, dimension %d: interval %d has two points from %d on", seed, j, cell, first)
					}
					seen[j][cell] = true
				}
			}
		}
	}
	if slices.Equal(Sobol(1, 3, 4), Sobol(2, 3, 4)) {
		t.Error("the seed changes nothing")
	}
	if !slices.Equal(Sobol(1, 3, 4)[:2], Sobol(1, 3, 2)) {
		t.Error("a dimension depends on how many there are")
	}
}

// A product has the mean of independent factors, far closer than with draws at random.
func TestSobolDimensionsAreIndependent(t *testing.T) {
	const n = 1024
	for j := range SobolMost - 1 {
		sum := 0.0
		for i := range uint32(n) {
			u := Sobol(7, i, SobolMost)
			sum += (u[j] - 0.5) * (u[j+1] - 0.5)
		}
		if mean := sum / n; mean > 1.5e-3 || mean < -1.5e-3 { // at random: 1/12/√n = 2.6e-3
			t.Errorf("dimensions %d and %d: %g", j, j+1, mean)
		}
	}
}
