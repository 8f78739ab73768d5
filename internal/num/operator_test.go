package num

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// dense is a symmetric matrix that is known.
type dense struct{ *mat.SymDense }

func (d dense) Size() int { return d.SymmetricDim() }

func (d dense) Apply(dst, v [][]float64) {
	for j := range v {
		mat.NewVecDense(len(dst[j]), dst[j]).MulVec(d, mat.NewVecDense(len(v[j]), v[j]))
	}
}

// withEigenvalues is a matrix with these eigenvalues in a basis that mixes all.
func withEigenvalues(values []float64) dense {
	n := len(values)
	var qr mat.QR
	a := mat.NewDense(n, n, nil)
	for i := range n {
		copy(a.RawRowView(i), gaussian(n, 5, "mix", uint64(i)))
	}
	qr.Factorize(a)
	var q mat.Dense
	qr.QTo(&q)
	h := mat.NewSymDense(n, nil)
	for k, v := range values {
		h.SymRankOne(h, v, q.ColView(k))
	}
	return dense{h}
}

// edgy are n eigenvalues: most near zero, a few far out on both sides.
func edgy(n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = 0.01 * math.Sin(float64(i))
	}
	copy(values, []float64{40, -25, 7, 6.5, -3})
	return values
}

func TestTopFindsTheLargestEigenpairsInMagnitude(t *testing.T) {
	h := withEigenvalues(edgy(120))
	for i, e := range TopEigenpairs(h, 4, 100, 1) {
		if want := []float64{40, -25, 7, 6.5}[i]; math.Abs(e.Value-want) > 1e-9 {
			t.Errorf("eigenvalue %d is %.12g, want %g", i, e.Value, want)
		}
		if e.Residual > 1e-6 {
			t.Errorf("eigenvalue %d has the residual %g", i, e.Residual)
		}
		if math.Abs(floats.Norm(e.Vector, 2)-1) > 1e-12 {
			t.Errorf("eigenvector %d has the length %g", i, floats.Norm(e.Vector, 2))
		}
	}
}

func TestResidualsOfFewStepsAreHonest(t *testing.T) {
	values := make([]float64, 80) // equally spaced: slow to find
	for i := range values {
		values[i] = float64(i + 1)
	}
	e := TopEigenpairs(withEigenvalues(values), 1, 6, 1)[0]
	if e.Residual < 1e-3 {
		t.Fatalf("six steps cannot find it to %g", e.Residual)
	}
	near := math.Inf(1)
	for _, v := range values {
		near = min(near, math.Abs(v-e.Value))
	}
	if near > e.Residual {
		t.Errorf("%g is %g from an eigenvalue, but its residual says %g", e.Value, near, e.Residual)
	}
}

func TestTraceWithinItsError(t *testing.T) {
	values := edgy(120)
	h, want := withEigenvalues(values), floats.Sum(values)
	got := NewTrace(h, 60, 3)
	if math.Abs(got.Value-want) > 4*got.Error {
		t.Errorf("trace %g ± %g, want %g", got.Value, got.Error, want)
	}
	if again := NewTrace(h, 30, 3); again.Error < got.Error {
		t.Errorf("30 probes have the error %g, 60 have %g", again.Error, got.Error)
	}
	if exact := NewTrace(h, 120, 3); exact.Error != 0 || math.Abs(exact.Value-want) > 1e-10 {
		t.Errorf("as many probes as columns give %g ± %g, want %g", exact.Value, exact.Error, want)
	}
}

// All moments up to 2m−1 of a start's spectral measure are those of its
// quadrature; this fails with equal weights.
func TestQuadratureHasTheMomentsOfItsStart(t *testing.T) {
	h := withEigenvalues(edgy(90))
	s := NewSpectralDensity(h, DensityOptions{Starts: 3, Steps: 6, Seed: 2})
	for j := range s.Values {
		v := rademacher(90, 2, "hessian/spectrum", uint64(j))
		floats.Scale(1/floats.Norm(v, 2), v)
		w := append([]float64{}, v...)
		for power := range 12 {
			got := 0.0
			for i, x := range s.Values[j] {
				got += s.Weights[j][i] * math.Pow(x, float64(power))
			}
			if want := floats.Dot(v, w); math.Abs(got-want) > 1e-9*math.Pow(40, float64(power)) {
				t.Errorf("start %d, moment %d: %.12g, want %.12g", j, power, got, want)
			}
			next := [][]float64{make([]float64, 90)}
			h.Apply(next, [][]float64{w})
			w = next[0]
		}
	}
}

func TestSpectrumIsTheDensityWithinItsError(t *testing.T) {
	values := make([]float64, 200)
	for i := range values {
		values[i] = math.Cos(math.Pi * (float64(i) + 0.5) / 200)
	}
	s := NewSpectralDensity(withEigenvalues(values), DensityOptions{Starts: 10, Steps: 60, Width: 0.1, Seed: 4})
	area, outside := 0.0, 0
	for i, x := range s.Grid {
		want := 0.0
		for _, v := range values {
			d := (x - v) / s.Width
			want += math.Exp(-d*d/2) / (s.Width * math.Sqrt(2*math.Pi)) / 200
		}
		area += s.Density[i] * (s.Grid[1] - s.Grid[0])
		if math.Abs(s.Density[i]-want) > 4*s.Error[i]+1e-6 {
			outside++
		}
	}
	if math.Abs(area-1) > 1e-3 {
		t.Errorf("the density has the area %g", area)
	}
	if outside > len(s.Grid)/20 {
		t.Errorf("at %d of %d points the density is further from the true one than four errors", outside, len(s.Grid))
	}
	share, se := s.Below(0)
	if math.Abs(share-0.5) > 4*se+0.01 {
		t.Errorf("share below zero %g ± %g, want 0.5", share, se)
	}
}

func TestLanczosEndsInAnInvariantSubspace(t *testing.T) {
	h := withEigenvalues([]float64{2, 2, 2, 5, 5, 5})
	s := NewSpectralDensity(h, DensityOptions{Starts: 2, Steps: 50, Seed: 1})
	for j := range s.Values {
		if n := len(s.Values[j]); n != 2 {
			t.Errorf("start %d found %d eigenvalues, want the 2 that differ: %v", j, n, s.Values[j])
		}
	}
	if got := OperatorEigenvalues(h); math.Abs(got[0]-2) > 1e-12 || math.Abs(got[5]-5) > 1e-12 {
		t.Errorf("all eigenvalues %v", got)
	}
}
