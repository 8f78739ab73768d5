package report

import (
	"fmt"
	"math"
)

// Map is a value, such as a loss, on a grid in a plane. Z[j*len(X)+i] belongs
// to (X[i], Y[j]); one that is not finite is marked as diverged. Colours are
// logarithmic and span Lo to Hi.
type Map struct {
	Title        string
	XName, YName string
	X, Y, Z      []float64
	Lo, Hi       float64
	PathX, PathY []float64 // drawn over it
	Origin       string    // label of the point (0, 0); "": it is not marked
}

// mostDecades of colour keep a map readable where some corner is enormous.
const mostDecades = 6

// ColourRange is the span of the finite, positive values of several maps.
func ColourRange(all ...[]float64) (lo, hi float64) {
	s := emptySpan()
	for _, z := range all {
		s = s.include(positive(z)...)
	}
	if s.empty() {
		return 0.1, 1
	}
	if s.lo == s.hi {
		return s.lo / 2, s.hi * 2
	}
	return s.lo, min(s.hi, s.lo*math.Pow(10, mostDecades))
}

func (m *Map) check() error {
	switch {
	case len(m.X) < 2 || len(m.Y) < 2 || len(m.Z) != len(m.X)*len(m.Y):
		return fmt.Errorf("%d values for a grid of %d × %d", len(m.Z), len(m.X), len(m.Y))
	case len(m.PathX) != len(m.PathY):
		return fmt.Errorf("a path of %d and %d coordinates", len(m.PathX), len(m.PathY))
	case !(m.Lo > 0 && m.Lo < m.Hi):
		return fmt.Errorf("colours from %g to %g", m.Lo, m.Hi)
	}
	return nil
}

func (m *Map) chart() Chart {
	half := func(v []float64) float64 { return (v[1] - v[0]) / 2 }
	end := func(v []float64) float64 { return v[len(v)-1] }
	c := Chart{Title: m.Title, Height: 420, Plane: true,
		Alt: fmt.Sprintf("%s: loss on a grid of %d by %d points, as colours and contour lines.", m.Title, len(m.X), len(m.Y)),
		X:   Axis{Label: m.XName, Min: m.X[0] - half(m.X), Max: end(m.X) + half(m.X)},
		Y:   Axis{Label: m.YName, Min: m.Y[0] - half(m.Y), Max: end(m.Y) + half(m.Y)},
		Y2:  &Axis{Label: "loss", Min: m.Lo, Max: m.Hi, Log: true},
	}
	c.Layers = append(c.Layers, Layer{Kind: Heat, Color: Fit, X: m.X, Y: m.Y, Z: m.Z})
	if x, y := m.diverged(); len(x) > 0 {
		c.Legend = true
		c.Layers = append(c.Layers, Layer{Kind: Points, Name: "diverged", Color: Muted, Size: 3, Faint: true, X: x, Y: y})
	}
	if len(m.PathX) > 0 {
		c.Legend = true
		c.Layers = append(c.Layers, Layer{Kind: Line, Name: "path of training", Color: Forecast, X: m.PathX, Y: m.PathY})
	}
	if m.Origin != "" {
		c.Layers = append(c.Layers, Layer{Kind: Mark, Color: Forecast, Label: m.Origin, X: Numbers{0}, Y: Numbers{0}})
	}
	return c
}

// diverged are the places without a value.
func (m *Map) diverged() (x, y Numbers) {
	for i, v := range m.Z {
		if !finite(v) {
			x, y = append(x, m.X[i%len(m.X)]), append(y, m.Y[i/len(m.X)])
		}
	}
	return x, y
}
