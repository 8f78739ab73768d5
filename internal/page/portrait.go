package page

import (
	"fmt"
	"math"
	"strings"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
)

// The vector field is drawn on gridSide × gridSide points; a portrait for
// each pair of components, but not too many.
const (
	gridSide      = 18
	mostPortraits = 6
	ratePoints    = 200
	margin        = 0.08 // of the range of the data, on each side
)

// flow evaluates the field of the first member in user units.
type flow struct {
	frame  *field.Frame
	field  field.Field
	at     field.Point
	dx     field.Batch
	points int
}

// newFlow is made for points states at once. Time is the middle of the
// recordings, inputs have their mean values.
func newFlow(m *model.Model, points int) *flow {
	f := &m.Parts.Frame
	lanes := program.PadLanes(points)
	w := &flow{frame: f, field: field.New(m.Parts.Field, lanes, false), dx: program.NewBatch(len(f.States), lanes), points: points}
	w.at = field.Point{T: make([]float64, lanes), X: program.NewBatch(len(f.States), lanes),
		U: program.NewBatch(w.field.Shape().Input, lanes), Theta: program.NewBatch(len(m.Theta[0]), 1)}
	w.at.Theta.SetLane(0, m.Theta[0])
	if len(m.Records) > 0 {
		mid := (m.Records[0].T0 + m.Records[0].End) / 2
		for l := range w.at.T {
			w.at.T[l] = (mid - f.T0) / f.Time
		}
	}
	return w
}

// set writes state x (user units) into a point.
func (w *flow) set(point int, x []float64) {
	for i, v := range x {
		w.at.X.Set(i, point, w.frame.Scaled(i, v))
	}
}

func (w *flow) eval() {
	for l := w.points; l < w.at.X.Lanes; l++ { // spare lanes repeat the first
		for i := range w.at.X.Rows {
			w.at.X.Set(i, l, w.at.X.At(i, 0))
		}
	}
	w.field.Eval(w.dx, &w.at)
}

// rate is component i of dx/dt at a point, in user units.
func (w *flow) rate(point, i int) float64 {
	return w.dx.At(i, point) * w.frame.Unit(i, w.at.X.At(i, point)) / w.frame.Time
}

// middle is the state in the middle of the fitted orbits; hidden states have
// their starts.
func middle(m *model.Model, rs []report.Recording) []float64 {
	d := len(m.Measured())
	x := make([]float64, 0, d+len(m.Parts.Start))
	for c := range d {
		s := newSpan(rs, d, c)
		x = append(x, (s.lo+s.hi)/2)
	}
	return append(x, m.Parts.Start...)
}

// span is the range of the data and the fit in one component.
type span struct{ lo, hi float64 }

func newSpan(rs []report.Recording, d, c int) span {
	s := span{math.Inf(1), math.Inf(-1)}
	for _, r := range rs {
		for _, v := range append(column(r.Series.X, d, c), column(r.Fit.X, d, c)...) {
			if !math.IsNaN(v) {
				s.lo, s.hi = min(s.lo, v), max(s.hi, v)
			}
		}
	}
	if !(s.hi > s.lo) {
		s = span{s.lo - 1, s.lo + 1}
	}
	return s
}

func (s span) at(i, n int) float64 {
	pad := margin * (s.hi - s.lo)
	return s.lo - pad + (s.hi-s.lo+2*pad)*float64(i)/float64(n-1)
}

// portraits are projections on pairs of measured components.
func portraits(m *model.Model, rs []report.Recording) []report.Portrait {
	d := len(m.Measured())
	var out []report.Portrait
	w := newFlow(m, gridSide*gridSide)
	for a := range d {
		for b := a + 1; b < d && len(out) < mostPortraits; b++ {
			out = append(out, portrait(m, w, rs, a, b))
		}
	}
	return out
}

func portrait(m *model.Model, w *flow, rs []report.Recording, a, b int) report.Portrait {
	names := m.Measured()
	d := len(names)
	p := report.Portrait{X: report.Quantity{Name: names[a], Unit: unitAt(m.Units, a)}, Y: report.Quantity{Name: names[b], Unit: unitAt(m.Units, b)},
		Note: fixed(m, a, b)}
	for i, r := range rs {
		if i > 0 {
			nan := math.NaN()
			p.OrbitX, p.OrbitY = append(p.OrbitX, nan), append(p.OrbitY, nan)
			if len(r.Forecast.T) > 0 && len(p.ForecastX) > 0 {
				p.ForecastX, p.ForecastY = append(p.ForecastX, nan), append(p.ForecastY, nan)
			}
		}
		p.DataX, p.DataY = append(p.DataX, column(r.Series.X, d, a)...), append(p.DataY, column(r.Series.X, d, b)...)
		p.OrbitX, p.OrbitY = append(p.OrbitX, column(r.Fit.X, d, a)...), append(p.OrbitY, column(r.Fit.X, d, b)...)
		p.ForecastX, p.ForecastY = append(p.ForecastX, column(r.Forecast.X, d, a)...), append(p.ForecastY, column(r.Forecast.X, d, b)...)
	}
	if m.Parts.Observe == nil && m.Parts.Algebraic == nil && m.Parts.Delays == nil { // else a column does not say where it goes
		arrows(&p, m, w, rs, a, b)
	}
	return p
}

// arrows fills in the vector field around the data.
func arrows(p *report.Portrait, m *model.Model, w *flow, rs []report.Recording, a, b int) {
	d := len(m.Measured())
	x, sx, sy := middle(m, rs), newSpan(rs, d, a), newSpan(rs, d, b)
	for k := range gridSide * gridSide {
		x[a], x[b] = sx.at(k%gridSide, gridSide), sy.at(k/gridSide, gridSide)
		w.set(k, x)
		p.FieldX, p.FieldY = append(p.FieldX, x[a]), append(p.FieldY, x[b])
	}
	w.eval()
	for k := range gridSide * gridSide {
		p.FieldDX, p.FieldDY = append(p.FieldDX, w.rate(k, a)), append(p.FieldDY, w.rate(k, b))
	}
	p.Equilibria = equilibria(m, w)
}

// fixed says how what is not drawn was chosen.
func fixed(m *model.Model, a, b int) string {
	var parts []string
	var others []string
	for i, name := range m.Parts.Frame.States {
		if i != a && i != b {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		parts = append(parts, strings.Join(others, ", ")+" in the middle of the data")
	}
	if n := len(m.Parts.Frame.Inputs); n > 0 {
		parts = append(parts, words.Several(n, "input")+" at the mean")
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("Arrows: %s.", strings.Join(parts, ", "))
}

// rate is dx/dt against x for a model with one measured state.
func rate(m *model.Model, rs []report.Recording) *report.Rate {
	r := &report.Rate{Of: report.Quantity{Name: m.Measured()[0], Unit: unitAt(m.Units, 0)}, Time: report.Quantity{Name: m.Time, Unit: m.TUnit}}
	w, x, s := newFlow(m, ratePoints), middle(m, rs), newSpan(rs, 1, 0)
	for k := range ratePoints {
		x[0] = s.at(k, ratePoints)
		w.set(k, x)
		r.X = append(r.X, x[0])
	}
	w.eval()
	for k := range ratePoints {
		r.DX = append(r.DX, w.rate(k, 0))
	}
	r.Equilibria = equilibria(m, w)
	for _, rec := range rs {
		r.DataX = append(r.DataX, rec.Series.X...)
	}
	return r
}
