package field

import (
	"math"
	"math/rand/v2"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/registry"
)

// Initialiser draws the weights of one layer into w (Rows·Cols, row-major)
// and b (Rows).
type Initialiser func(l Layer, w, b []float64, r Source)

// Source is a stream of random numbers.
type Source interface {
	// Uniform fills dst with numbers in [lo, hi).
	Uniform(dst []float64, lo, hi float64)
	// Normal fills dst with standard normal numbers.
	Normal(dst []float64)
}

// Initialisers are the ways to start a network, by name.
var Initialisers = registry.New[Initialiser]("init")

func init() {
	add := func(name, doc string, f Initialiser) {
		Initialisers.Register(name, doc, func() Initialiser { return f })
	}
	add("torch", "uniform in ±1/√fan_in, weights and biases, from PyTorch's own random stream", torch)
	add("lecun", "normal with variance 1/fan_in, zero biases", scaledNormal(func(l Layer) float64 { return 1 / float64(l.Cols) }))
	add("he", "normal with variance 2/fan_in, zero biases", scaledNormal(func(l Layer) float64 { return 2 / float64(l.Cols) }))
	add("glorot", "normal with variance 2/(fan_in+fan_out), zero biases", scaledNormal(func(l Layer) float64 { return 2 / float64(l.Cols+l.Rows) }))
	add("still", "as lecun, but the last layer is zero: the untrained field stands still", still)
}

// torch is the default of PyTorch's linear layers: uniform within
// ±1/√fan_in for weights and biases alike, drawn layer by layer, weights
// (row by row) before biases.
func torch(l Layer, w, b []float64, r Source) {
	bound := 1 / math.Sqrt(float64(l.Cols))
	r.Uniform(w, -bound, bound)
	r.Uniform(b, -bound, bound)
}

func scaledNormal(variance func(Layer) float64) Initialiser {
	return func(l Layer, w, b []float64, r Source) {
		r.Normal(w)
		sd := math.Sqrt(variance(l))
		for i := range w {
			w[i] *= sd
		}
		clear(b)
	}
}

func still(l Layer, w, b []float64, r Source) {
	scaledNormal(func(l Layer) float64 { return 1 / float64(l.Cols) })(l, w, b, r)
	if l.Last {
		clear(w)
	}
}

// Draw returns the starting θ of an architecture: its named parameters at
// their start values, its layers drawn with the named scheme. The same seed
// and member give the same θ. torch uses PyTorch's generator seeded with
// seed+member, so member 0 has the published weights of that seed.
func Draw(p *Parts, scheme string, seed uint64, member int) ([]float64, error) {
	f, err := Initialisers.Lookup(scheme)
	if err != nil {
		return nil, err
	}
	var r Source = stream{num.Stream(seed, "init", uint64(member))}
	if scheme == "torch" {
		r = torchSource{num.NewTorch(seed + uint64(member))}
	}
	theta := append([]float64{}, p.Theta0...)
	for _, l := range p.Layers {
		if !l.Sparse {
			f(l, theta[l.W:l.W+l.Rows*l.Cols], theta[l.B:l.B+l.Rows], r)
		}
	}
	return theta, nil
}

type stream struct{ r *rand.Rand }

func (s stream) Uniform(dst []float64, lo, hi float64) {
	for i := range dst {
		dst[i] = lo + (hi-lo)*s.r.Float64()
	}
}

func (s stream) Normal(dst []float64) {
	for i := range dst {
		dst[i] = s.r.NormFloat64()
	}
}

type torchSource struct{ *num.Torch }

func (t torchSource) Normal(dst []float64) { panic("field: torch weights are uniform") }
