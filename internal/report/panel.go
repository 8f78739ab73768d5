package report

import (
	"math"
	"slices"
)

// hues are the colours of kinds of lines, in order; more begin again.
var hues = []string{Fit, Forecast, Third, Fourth, Fifth, Sixth}

// hue is the colour of the i-th kind.
func hue(i int) string { return hues[i%len(hues)] }

// Over a name the points of all curves take up the share spread of the distance of
// two names; a published one stands beside ours.
const (
	spread = 0.6
	beside = 0.06
)

// chart draws the curves on a logarithmic axis: our mean values with bars of
// one standard error, published ones hollow.
func (p *Panel) chart() Chart {
	named := len(p.X) == 0
	x := p.places()
	span := emptySpan().include(x...)
	c := Chart{Title: p.Title, Height: 340, Legend: true, Plane: true,
		Alt: p.Title + " against " + p.Axis + " on a logarithmic axis, with one standard error.",
		X:   span.pad(0.06).axis(p.Axis, "")}
	if named {
		c.X = emptySpan().include(0.5, float64(len(x))+0.5).axis("", "")
	} else if span.lo > 0 && span.hi > 4*span.lo {
		c.X = Axis{Label: p.Axis, Min: span.lo / 1.15, Max: span.hi * 1.15, Log: true}
	}
	y := emptySpan()
	for i := range p.Curves {
		q := &p.Curves[i]
		y = y.include(positive(q.Mean)...).include(positive(q.Published)...)
		for j, v := range q.Mean {
			y = y.include(positive([]float64{v + q.Error[j]})...)
		}
	}
	if y.empty() {
		y = emptySpan().include(0.1, 1)
	}
	y.lo, y.hi = y.lo/1.6, y.hi*1.6
	for i := range p.Curves {
		at := x
		if named {
			at = dodged(x, i, len(p.Curves))
		}
		c.Layers = append(c.Layers, p.Curves[i].layers(at, hue(i), named, y.lo)...)
	}
	c.Y = y.axis("mean squared error", "")
	c.Y.Log = true
	for i, label := range p.Labels {
		c.X.Ticks = append(c.X.Ticks, Tick{x[i], label})
	}
	return c
}

// manyNames do not fit side by side in half the page.
const manyNames = 4

// wide tells that the chart needs the whole width.
func (p *Panel) wide() bool { return len(p.X) == 0 && len(p.Labels) > manyNames }

// places are the groups on the x axis: their numbers, or 1, 2, ….
func (p *Panel) places() []float64 {
	if len(p.X) > 0 {
		return p.X
	}
	x := make([]float64, len(p.Labels))
	for i := range x {
		x[i] = float64(i + 1)
	}
	return x
}

// dodged moves the points of curve i of n aside, so that bars do not overlap.
func dodged(x []float64, i, n int) []float64 {
	out := make([]float64, len(x))
	for j := range x {
		out[j] = x[j] + spread*((float64(i)+0.5)/float64(n)-0.5)
	}
	return out
}

// layers draws one curve; bars that would reach below zero end at floor.
func (q *Curve) layers(x []float64, color string, named bool, floor float64) []Layer {
	var layers []Layer
	mean := positive(q.Mean)
	if q.Bound {
		color = Muted
	}
	if !named {
		px, py := present(x, mean)
		layers = append(layers, Layer{Kind: Line, Color: color, Dash: q.Bound, X: px, Y: py})
	}
	lo, hi := make([]float64, len(mean)), make([]float64, len(mean))
	for j, v := range mean {
		lo[j], hi[j] = math.Max(v-q.Error[j], floor), v+q.Error[j]
	}
	aside := shown(x, q.Published)
	if named && aside != nil {
		aside = slices.Clone(aside)
		for j := range aside {
			aside[j] += beside
		}
	}
	return append(layers,
		Layer{Kind: Errors, Color: color, X: x, Y: lo, Y1: hi},
		Layer{Kind: Points, Name: q.Name, Color: color, Size: 8, X: x, Y: mean},
		Layer{Kind: Points, Name: q.Name + ", published", Color: color, Size: 8, Hollow: true, X: aside, Y: positive(q.Published)})
}

// shown is x, or nil if there is nothing to show: then the legend is silent.
func shown(x, y []float64) []float64 {
	if emptySpan().include(positive(y)...).empty() {
		return nil
	}
	return x
}
