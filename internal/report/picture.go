package report

import (
	"fmt"
	"math"
	"slices"
)

// Of a training curve that many points are drawn, and errors up to so many
// times the smallest one. A few points, of attempts say, are no curve.
const (
	leastTraining = 6
	mostTraining  = 700
	mostDecline   = 1e5
)

// charts draws one chart for each component and one of the training. n names
// the group of charts that move together.
func (p *Picture) charts(n string) []Chart {
	var out []Chart
	s := p.Series
	for c := range s.Names {
		ch := p.component(c)
		ch.Sync = n
		ch.Legend = c == 0
		if c < len(s.Names)-1 {
			ch.X.Bare = true
			ch.Height -= 18
		}
		out = append(out, ch)
	}
	if t, ok := p.training(); ok {
		out = append(out, t)
	}
	return out
}

// component draws the rows, the truth and all orbits of one component.
func (p *Picture) component(c int) Chart {
	s := p.Series
	d, split := len(s.Names), p.Trained
	observed := column(s.X, d, c)
	x := emptySpan().include(s.T...).pad(0.008)
	ch := Chart{Title: s.Names[c], Unit: unit(s.Units, c), X: timeAxis(s, x), Height: 200,
		Alt: fmt.Sprintf("%s against %s: %s rows, the last %s not trained on, with the trajectories of %s trials.",
			s.Names[c], timeName(s.Time), count(len(s.T)), count(len(s.T)-split), count(len(p.Orbits)))}
	if split < len(s.T) && split > 0 {
		at := (s.T[split-1] + s.T[split]) / 2
		ch.Layers = append(ch.Layers, Layer{Kind: Shade, Color: Muted, X: Numbers{at, x.hi}},
			Layer{Kind: Rule, Color: Muted, Dash: true, Label: "not trained on", X: Numbers{at}})
	}
	y := emptySpan().include(observed...)
	base := y
	if len(p.Truth.T) > 0 {
		truth := column(p.Truth.X, d, c)
		keep := thin(p.Truth.T, truth)
		ch.Layers = append(ch.Layers, Layer{Kind: Line, Name: "truth", Color: Muted, X: pick(p.Truth.T, keep), Y: pick(truth, keep)})
		y = y.include(truth...)
	}
	for i := range p.Orbits {
		o := &p.Orbits[i]
		if len(o.T) == 0 {
			continue
		}
		v := column(o.X, d, c)
		keep := thin(o.T, v)
		ch.Layers = append(ch.Layers, Layer{Kind: Line, Name: o.Name, Color: hue(i), Dash: i >= len(hues), X: pick(o.T, keep), Y: pick(v, keep)})
		y = union(y, base.includeWithin(beyondData, v...))
	}
	faint := len(s.T) > manyRows
	ch.Layers = append(ch.Layers, scatter(Layer{Name: "rows", Color: Ink, Size: 4, Faint: faint}, s.T[:split], observed[:split]),
		scatter(Layer{Name: "rows not trained on", Color: Ink, Size: 4.6, Hollow: !faint, Faint: faint}, s.T[split:], observed[split:]))
	ch.Y = y.pad(0.06).axis("", "")
	return ch
}

// training draws the error of the free trajectories while the orbits were
// trained, λ of the first one as steps, and where the saved models were found.
func (p *Picture) training() (Chart, bool) {
	c := Chart{Title: "Training", Height: 240, Legend: true,
		Alt: "Mean squared error of free trajectories on the training rows against iteration, on a logarithmic axis; marks are the saved models."}
	x, y := emptySpan(), emptySpan()
	for i := range p.Orbits {
		o := &p.Orbits[i]
		if l := (Loss{Iteration: o.Iteration, Lambda: o.Lambda}); c.Y2 == nil {
			if s, ok := l.lambda(); ok {
				c.Y2 = &Axis{Label: "homotopy parameter λ", Max: math.Max(1, emptySpan().include(o.Lambda...).hi)}
				s.Color = Muted
				c.Layers = append([]Layer{s}, c.Layers...)
			}
		}
		px, py := present(o.Iteration, positive(o.MSE))
		if len(px) < leastTraining {
			continue
		}
		x, y = x.include(px...), y.include(py...)
		keep := extremes(mostTraining, px, py)
		c.Layers = append(c.Layers, Layer{Kind: Line, Name: o.Name, Color: hue(i), Thin: true, X: pick(px, keep), Y: pick(py, keep)})
	}
	if y.empty() {
		return c, false
	}
	for i := range p.Orbits {
		o := &p.Orbits[i]
		px, py := present(o.Iteration, positive(o.MSE))
		k, _ := slices.BinarySearch(px, o.Best)
		if k = min(k, len(px)-1); k >= leastTraining-1 && finite(o.Best) { // the iterate after the last one has no error of its own
			c.Layers = append(c.Layers, Layer{Kind: Mark, Color: hue(i), X: Numbers{px[k]}, Y: Numbers{py[k]}})
		}
	}
	y.hi = math.Min(y.hi, mostDecline*y.lo)
	c.X = x.axis("iteration", "")
	c.X.Whole = true
	c.Y = span{y.lo / 1.3, y.hi * 1.3}.axis("mean squared error", "")
	c.Y.Log = true
	return c, true
}
