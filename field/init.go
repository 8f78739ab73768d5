package field

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/registry"
)

// Initialiser starts the networks of an architecture.
type Initialiser interface {
	// Draw fills the layers of d.Parts in d.Theta. Its errors are for the user.
	Draw(d *Drawing) error
}

// LayerDraw is an Initialiser that looks at one layer at a time: it draws its
// weights into w (Rows·Cols, row-major) and b (Rows). Libraries of terms stay at zero.
type LayerDraw func(l Layer, w, b []float64, r Source)

// Draw implements Initialiser.
func (f LayerDraw) Draw(d *Drawing) error {
	for _, l := range d.Parts.Layers {
		if !l.Sparse {
			f(l, d.weights(l), d.biases(l), d.Source)
		}
	}
	return nil
}

// Drawing is what an initialiser is given.
type Drawing struct {
	Parts  *Parts
	Theta  []float64 // named parameters at their starts, zero elsewhere
	Source Source
	Facts  *Facts // nil: nothing is known
}

func (d *Drawing) weights(l Layer) []float64 { return d.Theta[l.W : l.W+l.Rows*l.Cols] }
func (d *Drawing) biases(l Layer) []float64  { return d.Theta[l.B : l.B+l.Rows] }

// Facts are what may be known of the task where a network starts, in scaled units.
type Facts struct {
	Solver    string    // its name
	Stability Stability // of the solver; nil: it has none
	Step      float64   // of the solver; the time between rows where the solver chooses its steps
	Span      float64   // of the longest recording
	// One entry a row: time, smoothed measured states, their slopes, inputs.
	T        []float64
	X, DX, U [][]float64
}

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
	add := func(name, doc string, f LayerDraw) {
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

func scaledNormal(variance func(Layer) float64) LayerDraw {
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
// their start values, its layers drawn with the named scheme, about whose task
// nothing is known. The same seed and member give the same θ. torch uses PyTorch's
// generator seeded with seed+member, so member 0 has the published weights of that seed.
func Draw(p *Parts, scheme string, seed uint64, member int) ([]float64, error) {
	return DrawKnowing(p, scheme, nil, seed, member)
}

// DrawKnowing is Draw with what is known of the task.
func DrawKnowing(p *Parts, scheme string, known *Facts, seed uint64, member int) ([]float64, error) {
	f, err := ParseInitialiser(scheme)
	if err != nil {
		return nil, err
	}
	var r Source = stream{num.Stream(seed, "init", uint64(member))}
	if scheme == "torch" {
		r = torchSource{num.NewTorch(seed + uint64(member))}
	}
	d := &Drawing{Parts: p, Theta: append([]float64{}, p.Theta0...), Source: r, Facts: known}
	if err := f.Draw(d); err != nil {
		return nil, fmt.Errorf("init=%s: %w", scheme, err)
	}
	return d.Theta, nil
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
