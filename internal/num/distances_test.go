package num

import (
	"math"
	"math/rand/v2"
	"testing"
)

// gaussians are n points of d independent normal numbers with a mean and a
// deviation.
func gaussians(r *rand.Rand, n, d int, mean, sd float64) []float64 {
	x := make([]float64, n*d)
	for i := range x {
		x[i] = mean + sd*r.NormFloat64()
	}
	return x
}

func moved(x []float64, by ...float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = v + by[i%len(by)]
	}
	return y
}

func within(t *testing.T, what string, got, want, give float64) {
	t.Helper()
	if !(math.Abs(got-want) <= give) {
		t.Errorf("%s is %.6g, want %.6g ± %.2g", what, got, want, give)
	}
}

// Whatever is not a distance of shapes: nothing for a cloud from itself.
func TestACloudIsNotFarFromItself(t *testing.T) {
	x := gaussians(Stream(1, "cloud"), 150, 3, 0, 1)
	y := append([]float64{}, x...)
	g := &Grid{Lo: []float64{-4, -4, -4}, Hi: []float64{4, 4, 4}, Bins: 10}
	for name, v := range map[string]float64{
		"histogram KL": HistogramKL(g, x, y, 1e-5), "histogram L1": HistogramL1(g, x, y), "mixture KL": MixtureKL(x, y, 3, 50, 1),
		"sliced Wasserstein": SlicedWasserstein1(x, y, 3, 20, 1), "Sinkhorn": Sinkhorn(x, y, 3, 0.1),
	} {
		within(t, name, v, 0, 1e-9)
	}
}

func TestHistogramDistancesAreThoseOfCounts(t *testing.T) {
	g := &Grid{Lo: []float64{0}, Hi: []float64{4}, Bins: 4}
	x, y := []float64{0.5, 0.5, 1.5, 4}, []float64{0.1, 1.2, 1.3, 9}
	const a = 1e-5
	p, q := []float64{2, 1, 0, 1}, []float64{1, 2, 0, 0}
	want := 0.0
	for i := range p {
		pi, qi := (p[i]+a)/(4+4*a), (q[i]+a)/(3+4*a)
		want += pi * math.Log(pi/qi)
	}
	within(t, "KL", HistogramKL(g, x, y, a), want, 1e-12)
	within(t, "L1", HistogramL1(g, x, y), 0.25+0.25+0.25+0.25, 1e-12)

	// Many cells are sorted instead of counted: the same numbers.
	r := Stream(2, "cloud")
	u, v := gaussians(r, 500, 3, 0, 1), gaussians(r, 700, 3, 0.2, 1)
	few := &Grid{Lo: []float64{-2, -2, -2}, Hi: []float64{3, 3, 3}, Bins: 8}
	lo, hi := append([]float64{-9, -9, -9, -9, -9}, few.Lo...), append([]float64{9, 9, 9, 9, 9}, few.Hi...)
	wide := func(x []float64) []float64 {
		var out []float64
		for ; len(x) > 0; x = x[3:] {
			out = append(append(out, 0, 0, 0, 0, 0), x[:3]...)
		}
		return out
	}
	many := &Grid{Lo: lo, Hi: hi, Bins: 8}
	within(t, "L1 of many cells", HistogramL1(many, wide(u), wide(v)), HistogramL1(few, u, v), 1e-12)
	within(t, "KL of many cells", HistogramKL(many, wide(u), wide(v), 1e-13), HistogramKL(few, u, v, 1e-13), 1e-6)
}

// The divergence of two Gaussians of one width is half the square of how far apart
// they are in it; a mixture over points of deviation one has the width √2.
func TestMixtureDivergenceOfGaussians(t *testing.T) {
	r := Stream(3, "cloud")
	x, y := gaussians(r, 4000, 2, 0, 1), gaussians(r, 4000, 2, 0, 1)
	within(t, "divergence", MixtureKL(x, moved(y, 1.2, 0), 2, 4000, 1), 1.2*1.2/2/2, 0.05)
}

func TestTransportOfWhatIsMoved(t *testing.T) {
	r := Stream(4, "cloud")
	x := gaussians(r, 300, 3, 0, 1)
	s := []float64{0.3, -0.4, 1.2}
	length := math.Sqrt(0.3*0.3 + 0.4*0.4 + 1.2*1.2)
	within(t, "Sinkhorn distance", Sinkhorn(x, moved(x, s...), 3, 0.1), length, 5e-4)
	// A direction sees |cos| of it, on average a half on the sphere.
	within(t, "sliced distance", SlicedWasserstein1(x, moved(x, s...), 3, 4000, 1), length/2, 0.02)
	within(t, "distance of numbers", Wasserstein1([]float64{3, 1, 2}, []float64{2.5, 1.5, 3.5}), 0.5, 1e-12)
	// Samples of different sizes: the area between two staircases.
	within(t, "distance of unequal samples", Wasserstein1([]float64{0, 1}, []float64{0, 0.5, 1}), 1.0/6, 1e-12)
	within(t, "distance of a doubled sample", Wasserstein1([]float64{0, 1, 5}, []float64{0, 0, 1, 1, 5, 5}), 0, 1e-12)
	// Two normal distributions of deviations 1 and 2 are √(2/π) apart.
	a, b := gaussians(r, 20000, 1, 0, 1), gaussians(r, 30000, 1, 0, 2)
	within(t, "distance of widths", Wasserstein1(a, b), math.Sqrt(2/math.Pi), 0.03)
}

// Two points twice against two points elsewhere twice.
func TestDiscrepancyOfPoints(t *testing.T) {
	want := 8.0
	for _, a := range MMDWidths {
		want -= 2 * a * a / (a*a + 1)
	}
	within(t, "MMD²", MMD([]float64{0, 0}, []float64{1, 1}, 1, MMDWidths), want, 1e-12)
	mean := 0.0
	r := Stream(5, "cloud")
	for range 50 {
		mean += MMD(gaussians(r, 100, 2, 0, 1), gaussians(r, 80, 2, 0, 1), 2, MMDWidths) / 50
	}
	within(t, "mean MMD² of one distribution", mean, 0, 0.004)
}

func TestPowerSpectraOfSines(t *testing.T) {
	const n = 4096
	sine := func(cycles float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = 5 + 3*math.Sin(2*math.Pi*cycles*float64(i)/n)
		}
		return x
	}
	if n != FastLength(n) || FastLength(4097) != n || FastLength(65537) != 65536 || FastLength(1) != 1 {
		t.Error("lengths of fast transforms")
	}
	p := PowerSpectrum(sine(100), 0)
	within(t, "share at its frequency", p[100], 1, 1e-9)
	within(t, "distance of one sine", Hellinger(PowerSpectrum(sine(100), 20), PowerSpectrum(sine(100), 20)), 0, 1e-6)
	within(t, "distance of far sines", Hellinger(PowerSpectrum(sine(100), 20), PowerSpectrum(sine(1000), 20)), 1, 1e-6)
	// Two Gaussians of deviation s whose means are m apart: 1 − exp(−m²/8s²).
	within(t, "distance of near sines", Hellinger(PowerSpectrum(sine(600), 20), PowerSpectrum(sine(630), 20)), math.Sqrt(1-math.Exp(-30*30/(8.0*400))), 1e-3)
}

func BenchmarkHistogramKL(b *testing.B) {
	r := Stream(6, "cloud")
	x, y := gaussians(r, 100_000, 3, 0, 1), gaussians(r, 100_000, 3, 0, 1)
	g := &Grid{Lo: []float64{-3, -3, -3}, Hi: []float64{3, 3, 3}, Bins: 30}
	for b.Loop() {
		HistogramKL(g, x, y, 1e-5)
	}
}
