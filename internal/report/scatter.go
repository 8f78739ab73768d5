package report

import "fmt"

// Scatter is points, or lines, in a plane.
type Scatter struct {
	Title        string
	XName, YName string
	Sets         []Set
}

// Set is one kind of points of a Scatter.
type Set struct {
	Name string
	X, Y []float64
	Line bool    // joined in order
	Size float64 // of a point; 0: small, as of many
}

// mostScattered points of a set are drawn, evenly spread.
const mostScattered = 6000

func (s *Scatter) check() error {
	for _, k := range s.Sets {
		if len(k.X) != len(k.Y) {
			return fmt.Errorf("%s: %d places and %d values", k.Name, len(k.X), len(k.Y))
		}
	}
	return nil
}

func (s *Scatter) chart() Chart {
	x, y := emptySpan(), emptySpan()
	for _, k := range s.Sets {
		x, y = x.include(k.X...), y.include(k.Y...)
	}
	c := Chart{Title: s.Title, Alt: s.YName + " against " + s.XName + ".", Plane: true, Legend: len(s.Sets) > 1,
		X: x.pad(0.04).axis(s.XName, ""), Y: y.pad(0.04).axis(s.YName, "")}
	for i, k := range s.Sets {
		if k.Line {
			c.Layers = append(c.Layers, recoloured(orbit(k.Name, Fit, k.X, k.Y), hue(i))...)
			continue
		}
		l := Layer{Kind: Points, Name: k.Name, Color: hue(i), Size: k.Size}
		if l.Size == 0 {
			l.Size, l.Faint = 2.5, true
		}
		every := (len(k.X) + mostScattered - 1) / mostScattered
		for j := 0; j < len(k.X); j += every {
			l.X, l.Y = append(l.X, k.X[j]), append(l.Y, k.Y[j])
		}
		c.Layers = append(c.Layers, l)
	}
	return c
}

func recoloured(layers []Layer, color string) []Layer {
	for i := range layers {
		layers[i].Color = color
	}
	return layers
}
