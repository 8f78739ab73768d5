package report

import "math"

// mostInPlane points are drawn in a portrait; of more every second, third, ….
const mostInPlane = 1000

// chart draws the portrait in the plane of its two components.
func (p *Portrait) chart() Chart {
	c := Chart{
		Title: p.Y.Name + " against " + p.X.Name,
		Alt:   "Phase portrait: " + p.Y.Name + " against " + p.X.Name + ", with the learnt vector field.",
		X:     planeSpan(p.DataX, p.OrbitX, p.ForecastX, p.FieldX).axis(p.X.Name, p.X.Unit),
		Y:     planeSpan(p.DataY, p.OrbitY, p.ForecastY, p.FieldY).axis(p.Y.Name, p.Y.Unit),
		Plane: true, Legend: true,
	}
	if n := len(p.FieldX); n > 0 && len(p.FieldY) == n && len(p.FieldDX) == n && len(p.FieldDY) == n {
		c.Layers = append(c.Layers, Layer{Kind: Arrows, Name: "vector field", Color: Muted,
			X: p.FieldX, Y: p.FieldY, DX: p.FieldDX, DY: p.FieldDY})
	}
	observed := p.observed()
	if len(p.DataX) > manyRows {
		c.Layers, observed = append(c.Layers, observed...), nil
	}
	c.Layers = append(c.Layers, orbit("fitted orbit", Fit, p.OrbitX, p.OrbitY)...)
	c.Layers = append(c.Layers, orbit("forecast", Forecast, p.ForecastX, p.ForecastY)...)
	c.Layers = append(c.Layers, observed...)
	for _, e := range drawable(p.Equilibria) {
		c.Layers = append(c.Layers, Layer{Kind: Mark, Color: Third, Label: e.Kind, Hollow: !e.Stable,
			X: Numbers{e.X}, Y: Numbers{e.Y}})
	}
	return c
}

// drawable are the equilibria whose place is known.
func drawable(all []Equilibrium) []Equilibrium {
	var some []Equilibrium
	for _, e := range all {
		if finite(e.X) && finite(e.Y) {
			some = append(some, e)
		}
	}
	return some
}

// observed are the data in the plane.
func (p *Portrait) observed() []Layer {
	n := len(p.DataX)
	if n == 0 || len(p.DataY) != n {
		return nil
	}
	l := Layer{Kind: Points, Name: "observed", Color: Ink, Size: 5}
	if l.Faint = n > manyRows; l.Faint {
		l.Size = 3.5
	}
	every := (n + mostInPlane - 1) / mostInPlane
	for i := 0; i < n; i += every {
		l.X, l.Y = append(l.X, p.DataX[i]), append(l.Y, p.DataY[i])
	}
	return []Layer{l}
}

// orbit is a curve thinned in both coordinates together.
func orbit(name, color string, x, y []float64) []Layer {
	if len(x) == 0 || len(x) != len(y) {
		return nil
	}
	order := make([]float64, len(x))
	for i := range order {
		order[i] = float64(i)
	}
	keep := thin(order, x, y)
	return []Layer{{Kind: Line, Name: name, Color: color, Dash: color == Forecast,
		X: pick(x, keep), Y: pick(y, keep)}}
}

// planeSpan is led by the data; orbits may widen it, the grid of the field only
// a little.
func planeSpan(data, orbit, forecast, field []float64) span {
	s := emptySpan().include(data...)
	if s.empty() {
		s = s.include(orbit...)
	}
	s = s.includeWithin(beyondData, orbit...)
	s = s.includeWithin(0.5, forecast...)
	s = s.includeWithin(0.2, field...)
	return s.pad(0.04)
}

// flowArrows is the number of arrows along a phase line.
const flowArrows = 15

// chart draws dx/dt against x, with the flow as arrows along dx/dt = 0.
func (r *Rate) chart() Chart {
	keep := thin(r.X, r.DX)
	unit := r.Of.Unit
	if r.Time.Unit != "" {
		if unit == "" {
			unit = "1"
		}
		unit += "/" + r.Time.Unit
	}
	label := "d\u202f" + r.Of.Name + "/d\u202f" + timeName(r.Time.Name)
	x := emptySpan().include(r.X...).include(r.DataX...).pad(0.02)
	c := Chart{
		Title: "Rate against " + r.Of.Name,
		Alt:   "Phase line: the rate of change of " + r.Of.Name + " against its value.",
		X:     x.axis(r.Of.Name, r.Of.Unit),
		Y:     emptySpan().include(r.DX...).include(0).pad(0.1).axis(label, unit),
		Plane: true, Legend: true, Height: 360,
		Layers: []Layer{{Kind: Level, Color: Ink, Y: Numbers{0}}},
	}
	if len(r.DataX) > 0 {
		c.Layers = append(c.Layers, Layer{Kind: Rug, Name: "observed", Color: Ink, X: r.DataX})
	}
	c.Layers = append(c.Layers,
		Layer{Kind: Line, Name: "learnt rate", Color: Fit, X: pick(r.X, keep), Y: pick(r.DX, keep)},
		r.flow())
	for _, e := range drawable(r.Equilibria) {
		c.Layers = append(c.Layers, Layer{Kind: Mark, Color: Third, Label: e.Kind, Hollow: !e.Stable,
			X: Numbers{e.X}, Y: Numbers{0}})
	}
	return c
}

// flow is the direction of motion on the line dx/dt = 0.
func (r *Rate) flow() Layer {
	l := Layer{Kind: Arrows, Name: "flow", Color: Forecast}
	n := len(r.X)
	for i := range flowArrows {
		j := (2*i + 1) * n / (2 * flowArrows)
		if j >= n || !finite(r.DX[j]) {
			continue
		}
		l.X, l.Y = append(l.X, r.X[j]), append(l.Y, 0)
		l.DX, l.DY = append(l.DX, math.Copysign(1, r.DX[j])), append(l.DY, 0)
	}
	return l
}
