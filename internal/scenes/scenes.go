// Package scenes films known mechanical systems: recordings whose columns are the pixels of
// frames, drawn here from their equations, so that models of images can be tried where the truth
// is known. scenes.go has the systems, frame.go the drawing, score.go what forecasts are worth.
package scenes

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/registry"
)

// Step is the time between two frames, in the unit of the equations.
const Step = 0.1

// Most that are made.
const (
	mostRecordings = 2000
	mostRows       = 1000
)

// scene is a system: how a state is drawn, how it moves, and where its discs are, in units of
// which Half are from the middle of a frame to the edge.
type scene struct {
	draw  func(r *rand.Rand) []float64
	slope func(dx, x []float64)
	discs func(x []float64) [][2]float64
	half  float64
}

// Source of equations, constants and starts: DeepMind Hamiltonian dynamics suite (Botev et al.,
// NeurIPS 2021), restated. The frames are not those of that suite.
var all = map[string]scene{
	"spring-mass-frames":     {springStart, spring, func(x []float64) [][2]float64 { return [][2]float64{{x[0], 0}} }, 1.4},
	"double-pendulum-frames": {pendulumStart, pendulum, pendulumDiscs, 2.4},
	"two-body-frames":        {bodiesStart, bodies, func(x []float64) [][2]float64 { return [][2]float64{{x[0], x[1]}, {-x[0], -x[1]}} }, 2.2},
}

// Names are those of the systems, with what is said of each.
var Names = []string{"spring-mass-frames", "double-pendulum-frames", "two-body-frames"}

// Film makes recordings of a system, each from a start of its own: frames of side × side pixels
// from 0 (dark) to 1, Step apart.
//
// Errors: for the user, an unknown name or too many.
func Film(name string, recordings, rows int, seed uint64) ([]data.Series, error) {
	s, ok := all[name]
	switch {
	case !ok:
		return nil, &registry.UnknownError{Kind: "scene", Name: name, Known: Names}
	case recordings < 1 || recordings > mostRecordings:
		return nil, fmt.Errorf("recordings=%d: it is a number from 1 to %d", recordings, mostRecordings)
	case rows < 2 || rows > mostRows:
		return nil, fmt.Errorf("rows=%d: it is a number from 2 to %d", rows, mostRows)
	}
	var out []data.Series
	for i := range recordings {
		x := s.draw(num.Stream(seed, name, uint64(i)))
		rec := data.Series{ID: fmt.Sprintf("film%d", i+1), IDName: "id", Names: pixels(), Time: "t"}
		for k := range rows {
			rec.T = append(rec.T, math.Round(1e6*Step*float64(k))/1e6)
			rec.X = append(rec.X, frame(s.discs(x), s.half)...)
			s.move(x)
		}
		out = append(out, rec)
	}
	return out, nil
}

// substeps are those of RK4 between two frames.
const substeps = 50

// move takes a state to the next frame.
func (s *scene) move(x []float64) {
	n, h := len(x), Step/substeps
	k, y := [4][]float64{}, make([]float64, n)
	for i := range k {
		k[i] = make([]float64, n)
	}
	for range substeps {
		s.slope(k[0], x)
		for i, part := range []float64{0.5, 0.5, 1} {
			for j := range y {
				y[j] = x[j] + part*h*k[i][j]
			}
			s.slope(k[i+1], y)
		}
		for j := range x {
			x[j] += h / 6 * (k[0][j] + 2*k[1][j] + 2*k[2][j] + k[3][j])
		}
	}
}

// springStart is q, p with a radius of 0.1 to 1 in phase space.
func springStart(r *rand.Rand) []float64 {
	size, phase := 0.1+0.9*r.Float64(), 2*math.Pi*r.Float64()
	return []float64{size * math.Cos(phase), size * math.Sin(phase)} // √(km) = 1
}

// spring has the energy k q²/2 + p²/(2m), k = 2, m = 1/2.
func spring(dx, x []float64) { dx[0], dx[1] = 2*x[1], -2*x[0] }

// pendulumStart is two angles and their momenta, each pair on a ring of radius 1.3 to 2.3.
func pendulumStart(r *rand.Rand) []float64 {
	x := make([]float64, 4)
	for i := range 2 {
		size, phase := 1.3+r.Float64(), 2*math.Pi*r.Float64()
		x[i], x[2+i] = size*math.Cos(phase), size*math.Sin(phase)
	}
	return x
}

// pendulum is a double pendulum of equal masses 1/2 and lengths 1, g = 3, in Hamilton's form.
func pendulum(dx, x []float64) {
	const m, g = 0.5, 3.0
	a, b, p, q := x[0], x[1], x[2], x[3]
	sin, cos := math.Sincos(a - b)
	det := 1 + sin*sin
	dx[0] = (p - q*cos) / (m * det)
	dx[1] = (2*q - p*cos) / (m * det)
	c1 := p * q * sin / (m * det)
	c2 := sin * cos * (p*p + 2*q*q - 2*p*q*cos) / (m * det * det)
	dx[2] = -2*m*g*math.Sin(a) - c1 + c2
	dx[3] = -m*g*math.Sin(b) + c1 - c2
}

func pendulumDiscs(x []float64) [][2]float64 {
	a, b := [2]float64{math.Sin(x[0]), -math.Cos(x[0])}, [2]float64{math.Sin(x[1]), -math.Cos(x[1])}
	return [][2]float64{a, {a[0] + b[0], a[1] + b[1]}}
}

// bodiesStart is the place of one of two bodies about their centre, on a ring of radius 0.5 to
// 1.5, and its velocity, that of a circle but for a tenth.
func bodiesStart(r *rand.Rand) []float64 {
	size, phase := 0.5+r.Float64(), 2*math.Pi*r.Float64()
	speed := math.Sqrt(1/size) / 2 * (0.9 + 0.2*r.Float64())
	sin, cos := math.Sincos(phase)
	return []float64{size * cos, size * sin, -speed * sin, speed * cos}
}

// bodies are two of mass 1 that attract each other, g = 1, about their centre.
func bodies(dx, x []float64) {
	d := 4 * (x[0]*x[0] + x[1]*x[1]) // squared distance
	pull := 2 / (d * math.Sqrt(d))
	dx[0], dx[1], dx[2], dx[3] = x[2], x[3], -pull*x[0], -pull*x[1]
}
