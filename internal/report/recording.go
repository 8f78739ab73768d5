package report

import (
	"cmp"
	"fmt"
	"math"
)

const (
	beyondData = 1.2 // how far an orbit may widen the y axis, share of the data's span
	beyondBand = 0.6 // the same for a band
	manyRows   = 250 // more rows are drawn as small faint points behind the curves
)

// baselineHues are the colours of baselines, quieter than the model's.
var baselineHues = []string{Muted, Fourth, Fifth, Sixth}

// charts returns one chart a component; n is the number of the recording.
func (r *Recording) charts(n int) []Chart {
	s := r.Series
	x := emptySpan().include(s.T...).include(r.Fit.T...).include(r.Forecast.T...).pad(0.008)
	charts := make([]Chart, 0, len(s.Names))
	tall := 230
	if len(s.Names) == 1 {
		tall = 300
	}
	for c, name := range s.Names {
		observed := column(s.X, len(s.Names), c)
		split := len(s.T) - r.HeldOut
		ch := Chart{
			Title:  name,
			Unit:   unit(s.Units, c),
			Alt:    r.describe(c, observed),
			X:      timeAxis(s, x),
			Y:      r.yAxis(c, observed),
			Height: tall,
			Sync:   fmt.Sprint("recording", n),
			Legend: true,
		}
		if r.HeldOut > 0 && split > 0 {
			at := (s.T[split-1] + s.T[split]) / 2
			ch.Layers = append(ch.Layers,
				Layer{Kind: Shade, Color: Muted, X: Numbers{at, s.T[len(s.T)-1]}})
		}
		points := r.points(observed, split)
		if len(s.T) > manyRows {
			ch.Layers, points = append(ch.Layers, points...), nil
		}
		ch.Layers = append(ch.Layers, r.Fit.layers(c, len(s.Names), cmp.Or(r.FitName, "fit"), Fit, r.bandName())...)
		ch.Layers = append(ch.Layers, r.Unseen.layers(c, len(s.Names), cmp.Or(r.UnseenName, "had not seen these rows"), Third, r.bandName())...)
		ch.Layers = append(ch.Layers, r.Forecast.layers(c, len(s.Names), "forecast", Forecast, r.bandName())...)
		for i := range r.Baselines {
			b := &r.Baselines[i]
			for _, l := range b.layers(c, len(s.Names), b.Name, baselineHues[i%len(baselineHues)], "") {
				l.Thin, l.Dash = true, i >= len(baselineHues)
				ch.Layers = append(ch.Layers, l)
			}
		}
		ch.Layers = append(ch.Layers, points...)
		charts = append(charts, ch)
	}
	return charts
}

// points are the observed rows, those held out hollow behind a rule.
func (r *Recording) points(observed []float64, split int) []Layer {
	t := r.Series.T
	faint := len(t) > manyRows
	size := 6.0
	if faint {
		size = 4
	}
	layers := []Layer{scatter(Layer{Name: "observed", Color: Ink, Size: size, Faint: faint}, t[:split], observed[:split])}
	if r.HeldOut > 0 {
		name := "held out"
		if faint {
			name = "observed" // too small to look different; the shading says it
		}
		layers = append(layers, scatter(Layer{Name: name, Color: Ink, Hollow: !faint, Size: size, Faint: faint},
			t[split:], observed[split:]))
	}
	if r.HeldOut > 0 && split > 0 {
		layers = append(layers, Layer{Kind: Rule, Color: Muted, Dash: true, Label: "held out",
			X: Numbers{(t[split-1] + t[split]) / 2}})
	}
	return layers
}

// scatter fills l with points, of very many those that show their extent.
func scatter(l Layer, x, y []float64) Layer {
	keep := extremes(mostPoints, x, y)
	l.Kind, l.X, l.Y = Points, pick(x, keep), pick(y, keep)
	return l
}

// yAxis holds the data, and of the model what does not flatten them.
func (r *Recording) yAxis(c int, observed []float64) Axis {
	d := len(r.Series.Names)
	s := r.height(c)
	base := emptySpan().include(observed...)
	for _, t := range []*Trajectory{&r.Fit, &r.Forecast, &r.Unseen} {
		s = union(s, base.includeWithin(beyondBand, column(t.Lo, d, c)...))
		s = union(s, base.includeWithin(beyondBand, column(t.Hi, d, c)...))
	}
	padded := s.pad(0.06)
	if base.lo >= 0 {
		padded = amounts(padded, s)
	}
	return padded.axis("", "")
}

// height holds component c of the data, and of the lines of the model what does not flatten it.
func (r *Recording) height(c int) span {
	d := len(r.Series.Names)
	base := emptySpan().include(column(r.Series.X, d, c)...)
	s := base
	for _, t := range []*Trajectory{&r.Fit, &r.Forecast, &r.Unseen} {
		s = union(s, base.includeWithin(beyondData, column(t.X, d, c)...))
	}
	return s
}

// amounts begins a padded span at zero where amounts are read from there.
func amounts(padded, s span) span {
	if s.lo >= 0 && s.lo < 0.3*s.hi {
		padded.lo = 0
	}
	return padded
}

func union(a, b span) span { return a.include(b.lo, b.hi) }

func (r *Recording) bandName() string {
	if r.Band == "" {
		return "ensemble band"
	}
	return r.Band
}

// layers are band and line of component c among d.
func (t *Trajectory) layers(c, d int, name, color, band string) []Layer {
	if len(t.T) == 0 || d == 0 || len(t.X) < len(t.T)*d {
		return nil
	}
	var layers []Layer
	if len(t.Lo) == len(t.X) && len(t.Hi) == len(t.X) {
		lo, hi := column(t.Lo, d, c), column(t.Hi, d, c)
		keep := thin(t.T, lo, hi)
		layers = append(layers, Layer{Kind: Band, Name: band, Color: color,
			X: pick(t.T, keep), Y: pick(lo, keep), Y1: pick(hi, keep)})
	}
	y := column(t.X, d, c)
	keep := thin(t.T, y)
	layers = append(layers, Layer{Kind: Line, Name: name, Color: color, Dash: color == Forecast,
		X: pick(t.T, keep), Y: pick(y, keep)})
	if jx, jy := joins(t.T, y); len(jx) > 0 {
		layers = append(layers, Layer{Kind: Line, Name: "jump to a new start", Color: color, Dash: true, Thin: true, X: jx, Y: jy})
	}
	return layers
}

// joins are the pieces across the gaps of a curve, from where it ends to where it begins anew, a
// missing value between any two.
func joins(x, y []float64) (jx, jy Numbers) {
	last := -1 // the newest point that can be drawn
	for i := range x {
		if !finite(x[i]) || !finite(y[i]) {
			continue
		}
		if last >= 0 && last < i-1 {
			jx, jy = append(jx, x[last], x[i], math.NaN()), append(jy, y[last], y[i], math.NaN())
		}
		last = i
	}
	return jx, jy
}

// describe is the chart of component c in words.
func (r *Recording) describe(c int, observed []float64) string {
	s := r.Series
	seen := 0
	for _, v := range observed {
		if finite(v) {
			seen++
		}
	}
	seenSpan := emptySpan().include(observed...)
	text := fmt.Sprintf("%s against %s: %s observations", s.Names[c], timeName(s.Time), count(seen))
	if !seenSpan.empty() {
		text += fmt.Sprintf(" between %s and %s", format(seenSpan.lo, 3), withUnit(format(seenSpan.hi, 3), unit(s.Units, c)))
	}
	if r.HeldOut > 0 {
		text += fmt.Sprintf(", the last %s rows held out", count(r.HeldOut))
	}
	if len(r.Fit.T) > 0 {
		text += ", with the fitted trajectory"
	}
	if n := len(r.Forecast.T); n > 0 {
		text += fmt.Sprintf(" and a forecast to %s", timeWords(s, r.Forecast.T[n-1]))
	}
	return text + "."
}

// unit is Units[c], "" where the list is too short.
func unit(units []string, c int) string {
	if c < len(units) {
		return units[c]
	}
	return ""
}

func withUnit(number, unit string) string {
	if unit == "" {
		return number
	}
	return number + "\u00a0" + unit
}

func timeName(name string) string {
	if name == "" {
		return "time"
	}
	return name
}
