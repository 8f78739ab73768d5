package report

import (
	"math"
	"strings"
)

// mostMarks scores are drawn as points: a few here and there are no curve.
const mostMarks = 10

// chart draws the loss on a logarithmic axis, λ as steps on a second one.
func (l *Loss) chart() Chart {
	c := Chart{
		Title: "Loss", Height: 300, Legend: true,
		Alt: "Training loss against iteration on a logarithmic axis" + l.ends() + ".",
		X:   emptySpan().include(l.Iteration...).axis("iteration", ""),
	}
	c.X.Whole = true
	y := emptySpan()
	for _, stage := range l.Stages {
		c.Layers = append(c.Layers, Layer{Kind: Rule, Color: Muted, Dash: true, Label: stage.Name, X: Numbers{stage.From}})
	}
	if s, ok := l.lambda(); ok {
		c.Y2 = &Axis{Label: "homotopy parameter λ", Max: math.Max(1, emptySpan().include(l.Lambda...).hi)}
		c.Layers = append(c.Layers, s)
	}
	loss := positive(l.Loss)
	keep := thin(l.Iteration, logs(loss))
	y = y.include(loss...)
	c.Layers = append(c.Layers, Layer{Kind: Line, Name: "training loss", Color: Fit,
		X: pick(l.Iteration, keep), Y: pick(loss, keep)})
	if x, v := present(l.Iteration, positive(l.HeldOut)); len(x) > 0 {
		y = y.include(v...)
		held := Layer{Kind: Points, Name: "held-out score", Color: Forecast, X: x, Y: v}
		if len(x) > mostMarks {
			keep := thin(x, logs(v))
			held.Kind, held.X, held.Y = Line, pick(x, keep), pick(v, keep)
		}
		c.Layers = append(c.Layers, held)
	}
	if finite(l.Saved) && l.Saved > 0 {
		c.Layers = append(c.Layers, Layer{Kind: Rule, Color: Ink, Label: "saved", X: Numbers{l.Saved}})
	}
	if y.empty() {
		y = span{0.1, 1}
	}
	c.Y = span{y.lo / 1.3, y.hi * 1.3}.axis("loss", "")
	c.Y.Log = true
	return c
}

// small makes of a chart one of several: stages are told in words, as there is no room for names.
func (l *Loss) small(c *Chart) {
	c.Title, c.Height = l.Name, 170
	c.Alt = l.Name + ": " + strings.ToLower(c.Alt[:1]) + c.Alt[1:]
	for i := range c.Layers {
		if c.Layers[i].Kind == Rule && c.Layers[i].Dash {
			c.Layers[i].Label = ""
		}
	}
}

// lambda keeps only the iterations where λ changes.
func (l *Loss) lambda() (Layer, bool) {
	s := Layer{Kind: Step, Name: "λ", Color: Third, Right: true}
	if len(l.Lambda) != len(l.Iteration) {
		return s, false
	}
	last := len(l.Lambda) - 1
	for i, v := range l.Lambda {
		if i == 0 || i == last || v != l.Lambda[i-1] && !(math.IsNaN(v) && math.IsNaN(l.Lambda[i-1])) {
			s.X, s.Y = append(s.X, l.Iteration[i]), append(s.Y, v)
		}
	}
	return s, !emptySpan().include(s.Y...).empty()
}

// ends says where the loss began and came to.
func (l *Loss) ends() string {
	if len(l.Loss) == 0 {
		return ""
	}
	return ", from " + format(l.Loss[0], 3) + " to " + format(l.Loss[len(l.Loss)-1], 3)
}

// positive replaces what a logarithmic axis cannot show by NaN.
func positive(v []float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		if out[i] = math.NaN(); x > 0 && finite(x) {
			out[i] = x
		}
	}
	return out
}

func logs(v []float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = math.Log(x)
	}
	return out
}

// present drops the points where y is missing, so that the line joins the rest.
func present(x, y []float64) (px, py []float64) {
	for i, v := range y {
		if finite(v) {
			px, py = append(px, x[i]), append(py, v)
		}
	}
	return px, py
}
