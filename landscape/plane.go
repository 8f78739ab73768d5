package landscape

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/entrain-dev/entrain/train"
)

// Plane are the points Origin + x·A + y·B of the space of unknowns.
type Plane struct{ Origin, A, B []float64 }

// Grid is the loss on a grid in a plane. Loss[j*len(X)+i] is that at
// (X[i], Y[j]); +Inf where a trajectory cannot be followed.
type Grid struct {
	X, Y []float64
	Loss []float64
}

// NewGrid evaluates the loss at the points of a grid.
func NewGrid(s *train.Surface, p Plane, x, y []float64) (*Grid, error) {
	l := &Grid{X: x, Y: y, Loss: make([]float64, len(x)*len(y))}
	return l, s.Values(l.Loss, func(i int, z []float64) {
		copy(z, p.Origin)
		floats.AddScaled(z, x[i%len(x)], p.A)
		floats.AddScaled(z, y[i/len(x)], p.B)
	})
}

// Span returns n equally spaced numbers from lo to hi.
func Span(lo, hi float64, n int) []float64 {
	if n == 1 {
		return []float64{lo}
	}
	return floats.Span(make([]float64, n), lo, hi)
}

// Slice is the loss along one named parameter, the others as they are at z: at
// its value, in user units, times each factor. A factor that leads to a bound
// or beyond has +Inf, as has a trajectory that cannot be followed.
type Slice struct {
	Name   string
	Value  float64 // at z, user units
	Factor []float64
	Loss   []float64
}

// NewSlice evaluates the loss along the named parameter.
func NewSlice(s *train.Surface, z []float64, name string, factor []float64) (*Slice, error) {
	p, value, err := s.Named(z, name)
	if err != nil {
		return nil, err
	}
	if value == 0 {
		return nil, fmt.Errorf("parameter %s is 0, so factors do not change it", name)
	}
	out := &Slice{Name: name, Value: value, Factor: factor, Loss: make([]float64, len(factor))}
	err = s.Values(out.Loss, func(i int, to []float64) {
		copy(to, z)
		if v, ok := p.At(value * factor[i]); ok {
			to[p.Theta] = v
		}
	})
	for i, f := range factor {
		if _, ok := p.At(value * f); !ok {
			out.Loss[i] = math.Inf(1)
		}
	}
	return out, err
}
