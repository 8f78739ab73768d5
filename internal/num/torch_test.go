package num

import (
	"math"
	"testing"
)

func TestTorchFirstWords(t *testing.T) {
	r := NewTorch(10)
	for i, want := range []uint32{3312796937, 1283169405, 89128932} {
		if got := r.Uint32(); got != want {
			t.Errorf("seed 10, word %d = %d, want %d", i, got, want)
		}
	}
}

func TestTorchTenThousandthWord(t *testing.T) {
	// The value the C++ standard requires of mt19937 with its default seed ([rand.predef]).
	r := NewTorch(5489)
	var last uint32
	for range 10000 {
		last = r.Uint32()
	}
	if last != 4123659995 {
		t.Errorf("word 10000 = %d, want 4123659995", last)
	}
}

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %.9g, want %.9g ± %g", what, got, want, tol)
	}
}

func TestTorchUniform(t *testing.T) {
	v := make([]float64, 5)
	NewTorch(0).Uniform(v, 0, 1)
	for i, want := range []float64{0.4962566, 0.7682218, 0.0884774, 0.1320305, 0.3074228} {
		near(t, "uniform", v[i], want, 6e-8)
	}
}

func TestTorchNormal(t *testing.T) {
	v := make([]float64, 16)
	NewTorch(0).Normal(v)
	for i, want := range []float64{-1.12584, -1.15236, -0.25058, -0.43388, 0.84871, 0.69201} {
		near(t, "normal", v[i], want, 6e-6)
	}
}

func TestTorchNormalRedrawsAShortTail(t *testing.T) {
	head := []float64{-0.817334, -0.555568, -0.826690, -1.296954}
	for _, c := range []struct {
		n    int
		tail []float64
	}{
		{2 * 61, []float64{1.212137, -0.291637, -0.355065}},
		{3 * 31, []float64{-0.703714, -0.633090, 1.001449}},
	} {
		v := make([]float64, c.n)
		NewTorch(10).Normal(v)
		for i, want := range head {
			near(t, "head", v[i], want, 6e-7)
		}
		for i, want := range c.tail {
			near(t, "tail", v[c.n-3+i], want, 6e-7)
		}
	}
}

// torchWeights draws a network the way PyTorch initialises linear layers.
func torchWeights(seed uint64, sizes ...int) []float64 {
	r := NewTorch(seed)
	var theta []float64
	for l := 1; l < len(sizes); l++ {
		in, out := sizes[l-1], sizes[l]
		bound := 1 / math.Sqrt(float64(in))
		layer := make([]float64, in*out+out)
		r.Uniform(layer, -bound, bound)
		theta = append(theta, layer...)
	}
	return theta
}

func TestTorchInitialWeights(t *testing.T) {
	first10 := []float64{-0.0592772, -0.0242445, -0.2651674}
	for _, c := range []struct {
		sizes                  []int
		seed                   uint64
		count                  int
		first                  []float64
		last, sum, sumOfSquare float64
	}{
		{[]int{2, 32, 2}, 10, 162, first10, -0.1413653, -1.107080, 17.102075},
		{[]int{2, 32, 2}, 20, 162, []float64{0.0869509, -0.4562303, 0.4450720}, -0.1084307, -3.133374, 17.132637},
		{[]int{2, 32, 2}, 30, 162, []float64{0.5667372, 0.3484098, -0.0401443}, -0.0657635, 5.908116, 14.886741},
		{[]int{2, 20, 20, 2}, 10, 522, first10, -0.1264113, 1.145637, 17.326414},
		{[]int{2, 20, 20, 2}, 20, 522, nil, 0.1535220, -1.134341, 17.766837},
		{[]int{2, 20, 20, 2}, 30, 522, nil, 0.0767696, 0.148187, 16.321406},
		{[]int{4, 50, 50, 4}, 10, 3004, []float64{-0.0419154, -0.0171434, -0.1875017}, 0.0264506, 2.342881, 39.289007},
		{[]int{4, 50, 50, 4}, 20, 3004, []float64{0.0614836, -0.3226036, 0.3147134}, 0.0452161, 0.055467, 40.200988},
		{[]int{4, 50, 50, 4}, 30, 3004, []float64{0.4007438, 0.2463630, -0.0283863}, 0.0393712, 5.903342, 38.760560},
		{[]int{4, 50, 50, 2}, 10, 2902, nil, -0.1382882, 2.813935, 38.664798},
		{[]int{4, 50, 50, 2}, 20, 2902, nil, -0.1181735, 1.426884, 39.509955},
		{[]int{4, 50, 50, 2}, 30, 2902, nil, -0.0205114, 6.229988, 37.998240},
		{[]int{3, 50, 50, 3}, 10, 2903, []float64{-0.0483997, -0.0197955, -0.2165083}, -0.1015024, 1.249973, 41.081511},
		{[]int{3, 50, 50, 3}, 20, 2903, []float64{0.0709951, -0.3725105, 0.3633997}, 0.0569384, 0.166702, 41.945456},
		{[]int{3, 50, 50, 3}, 30, 2903, []float64{0.4627391, 0.2844754, -0.0327777}, -0.1207565, 5.274738, 38.569271},
	} {
		theta := torchWeights(c.seed, c.sizes...)
		if len(theta) != c.count {
			t.Fatalf("%v: %d parameters, want %d", c.sizes, len(theta), c.count)
		}
		for i, want := range c.first {
			near(t, "first", theta[i], want, 6e-8)
		}
		var sum, squares float64
		for _, v := range theta {
			sum += v
			squares += v * v
		}
		near(t, "last", theta[c.count-1], c.last, 6e-8)
		near(t, "sum", sum, c.sum, 6e-7)
		near(t, "sum of squares", squares, c.sumOfSquare, 6e-7)
	}
}

func TestTorchVerbsDoNotAllocate(t *testing.T) {
	r, v := NewTorch(1), make([]float64, 40)
	if n := testing.AllocsPerRun(10, func() { r.Uniform(v, -1, 1); r.Normal(v) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
