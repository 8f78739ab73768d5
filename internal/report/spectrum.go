package report

import (
	"fmt"
	"math"
	"slices"
)

// Density is a spectral density over eigenvalues, with its standard error (nil:
// unknown) and, where all are known, the eigenvalues themselves.
type Density struct {
	Title       string
	Name        string // of the curve
	Grid        []float64
	Value       []float64
	Error       []float64
	Eigenvalues []float64
}

func (d *Density) check() error {
	n := len(d.Grid)
	if n < 2 || len(d.Value) != n || d.Error != nil && len(d.Error) != n {
		return fmt.Errorf("%s: columns differ in length from %d places", d.Title, n)
	}
	return nil
}

// leastDensity is the smallest share of the highest density that is drawn.
const leastDensity = 1e-7

func (d *Density) chart() Chart {
	y := emptySpan().include(d.Value...)
	y.lo = y.hi * leastDensity
	c := Chart{Title: d.Title, Height: 300, Legend: true,
		Alt: d.Title + ": density of the eigenvalues of the Hessian on a logarithmic axis.",
		X:   emptySpan().include(d.Grid...).axis("eigenvalue", ""),
		Y:   span{y.lo, y.hi * 2}.axis("density", "")}
	c.Y.Log = true
	value := make([]float64, len(d.Value))
	lo, hi := make([]float64, len(d.Value)), make([]float64, len(d.Value))
	for i, v := range d.Value {
		value[i] = math.Max(v, y.lo/10)
		if d.Error != nil {
			lo[i], hi[i] = math.Max(v-d.Error[i], y.lo/10), math.Max(v+d.Error[i], y.lo/10)
		}
	}
	if d.Error != nil {
		c.Layers = append(c.Layers, Layer{Kind: Band, Name: "one standard error", Color: Fit, X: d.Grid, Y: lo, Y1: hi})
	}
	c.Layers = append(c.Layers, Layer{Kind: Line, Name: d.Name, Color: Fit, X: d.Grid, Y: value})
	if len(d.Eigenvalues) > 0 {
		c.Layers = append(c.Layers, Layer{Kind: Rug, Name: "all eigenvalues", Color: Ink, X: d.Eigenvalues})
	}
	return c
}

// Curves are several values against the same places, such as slices of the loss
// for several lengths of the data.
type Curves struct {
	Title, XName, YName string
	X                   []float64
	Names               []string
	Y                   [][]float64 // of each name
	Own                 [][]float64 // places of each name; nil: all have X
	Log                 bool        // values are drawn logarithmically
	LogX                bool        // places too
	Points              bool        // the places are few
	Mark                float64     // vertical rule; NaN: none
	MarkLabel           string
	Right               []float64 // on an axis of its own, a value that holds until the next place; nil: none
	RightName           string
}

func (c *Curves) check() error {
	if len(c.Names) != len(c.Y) {
		return fmt.Errorf("%s: %d names for %d curves", c.Title, len(c.Names), len(c.Y))
	}
	if c.Right != nil && len(c.Right) != len(c.X) {
		return fmt.Errorf("%s, %s: %d values for %d places", c.Title, c.RightName, len(c.Right), len(c.X))
	}
	if c.Own != nil && len(c.Own) != len(c.Y) {
		return fmt.Errorf("%s: %d places for %d curves", c.Title, len(c.Own), len(c.Y))
	}
	for i, y := range c.Y {
		if x := c.places(i); len(y) != len(x) {
			return fmt.Errorf("%s, %s: %d values for %d places", c.Title, c.Names[i], len(y), len(x))
		}
	}
	return nil
}

// places are those of curve i.
func (c *Curves) places(i int) []float64 {
	if c.Own != nil {
		return c.Own[i]
	}
	return c.X
}

func (c *Curves) chart() Chart {
	x := emptySpan().include(c.X...).include(slices.Concat(c.Own...)...)
	out := Chart{Title: c.Title, Height: 340, Legend: len(c.Names) > 1,
		Alt: fmt.Sprintf("%s: %s against %s.", c.Title, c.YName, c.XName),
		X:   x.pad(0.02).axis(c.XName, "")}
	if c.LogX {
		out.X = x.axis(c.XName, "")
		out.X.Log = true
	}
	y := emptySpan()
	if finite(c.Mark) {
		out.Layers = append(out.Layers, Layer{Kind: Rule, Color: Muted, Dash: true, Label: c.MarkLabel, X: Numbers{c.Mark}})
	}
	for i, v := range c.Y {
		if c.Log {
			v = positive(v)
		}
		y = y.include(v...)
		out.Layers = append(out.Layers, Layer{Kind: Line, Name: c.Names[i], Color: hue(i), Dash: i >= len(hues), X: c.places(i), Y: v})
		if c.Points {
			out.Layers = append(out.Layers, Layer{Kind: Points, Color: hue(i), Size: 6, X: c.places(i), Y: v})
		}
	}
	if c.Right != nil {
		out.Y2 = &Axis{Label: c.RightName, Max: math.Max(1, emptySpan().include(c.Right...).hi)}
		out.Layers = append(out.Layers, Layer{Kind: Step, Name: c.RightName, Color: Muted, Right: true, X: c.X, Y: c.Right})
		out.Legend = true
	}
	out.Y = y.pad(0.06).axis(c.YName, "")
	if c.Log {
		if y.empty() {
			y = span{0.1, 1}
		}
		out.Y = span{y.lo / 1.4, y.hi * 1.4}.axis(c.YName, "")
		out.Y.Log = true
	}
	return out
}
