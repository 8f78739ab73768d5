package num

import (
	"math"
	"testing"
)

// clouds are points that differ in everything.
func clouds(n, d int, seed uint64) []float64 {
	r := Stream(seed, "clouds")
	x := make([]float64, n*d)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

func checkSlope(t *testing.T, name string, x []float64, f func(g []float64) float64) {
	t.Helper()
	g := make([]float64, len(x))
	f(g)
	for i, v := range x {
		const h = 1e-6
		x[i] = v + h
		hi := f(make([]float64, len(x)))
		x[i] = v - h
		lo := f(make([]float64, len(x)))
		x[i] = v
		if want := (hi - lo) / (2 * h); math.Abs(g[i]-want) > 1e-7*(1+math.Abs(want)) {
			t.Fatalf("%s: derivative %d is %.10g, differences say %.10g", name, i, g[i], want)
		}
	}
}

func TestSlopesOfCloudDistancesAgreeWithDifferences(t *testing.T) {
	for d := 1; d <= 3; d++ {
		x, y := clouds(7, d, 1), clouds(7, d, 2)
		checkSlope(t, "mmd", x, func(g []float64) float64 { return MMDSlope(g, x, y[:5*d], d, MMDWidths, 0.7, 1) })
		r := Stream(1, "directions")
		directions := append(Direction(r, d), Direction(r, d)...)
		checkSlope(t, "sliced", x, func(g []float64) float64 { return SlicedSlope(g, x, y, d, directions, 1) })
		if v := MMDSlope(make([]float64, len(x)), x, x, d, MMDWidths, 1, 1); math.Abs(v) > 1e-14 {
			t.Errorf("a cloud is %g from itself", v)
		}
	}
}

// The estimate without the pairs of points with themselves is that of MMD.
func TestMMDSlopeIsMMDWithItsDiagonal(t *testing.T) {
	const n, m, d = 9, 6, 2
	x, y := clouds(n, d, 1), clouds(m, d, 2)
	got := MMDSlope(make([]float64, n*d), x, y, d, MMDWidths, 1, 1)
	w := float64(len(MMDWidths))
	within := func(v []float64, count float64) float64 {
		return (kernelSum(v, v, d, MMDWidths) - count*w) / (count * (count - 1))
	}
	want := MMD(x, y, d, MMDWidths) + (w-within(x, n))/n + (w-within(y, m))/m
	if math.Abs(got-want) > 1e-13 {
		t.Errorf("%.15g, want %.15g", got, want)
	}
}

func TestVolumeSlopesAgreeWithDifferences(t *testing.T) {
	const n, k = 4, 3
	v, weights := clouds(k, n, 3), []float64{0.7, -0.4, 1.3}
	checkSlope(t, "volumes", v, func(g []float64) float64 {
		sum := 0.0
		for j, l := range VolumeSlopes(g, v, n, k, weights) {
			sum += weights[j] * l
		}
		return sum
	})
	norms := []float64{1, 1, 1}
	q := append([]float64{}, v...)
	Orthonormalise(q, n, k, 1, norms, make([]float64, 2*k))
	for j, l := range VolumeSlopes(nil, v, n, k, nil) {
		if math.Abs(l-math.Log(norms[j])) > 1e-13 {
			t.Errorf("length %d: %g, by orthonormalising %g", j, l, math.Log(norms[j]))
		}
	}
}
