package page

import (
	"math"

	"github.com/entrain-dev/entrain/chaos"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/model"
)

// drawnApart is how far two equilibria are apart at least that are drawn, as a share of
// the box: of a line of them some are shown.
const drawnApart = 1e-3

// autonomous tells whether the states are one or two, all measured, and
// nothing else moves the field, so that equilibria can be drawn.
func autonomous(m *model.Model) bool {
	_, timed := m.Parts.Field.Input("t")
	n := len(m.Parts.Frame.States)
	return !timed && n <= 2 && len(m.Parts.Start) == 0 && len(m.Parts.Frame.Inputs) == 0
}

// equilibria are those inside the grid that w was last evaluated on, from left to right.
func equilibria(m *model.Model, w *flow) []report.Equilibrium {
	if !autonomous(m) {
		return nil
	}
	n := w.at.X.Rows
	starts := make([]float64, 0, n*w.points)
	lo, hi := []float64{math.Inf(1), math.Inf(1)}, []float64{math.Inf(-1), math.Inf(-1)}
	for l := range w.points {
		for i := range n {
			v := w.user(w.at.X.At(i, l), i)
			starts = append(starts, v)
			lo[i], hi[i] = min(lo[i], v), max(hi[i], v)
		}
	}
	f, err := model.NewFlow(m.Parts, m.Theta[0], starts[:n], m.Solver)
	if err != nil {
		return nil
	}
	all, err := chaos.Equilibria(f, starts)
	if err != nil {
		return nil
	}
	var out []report.Equilibrium
next:
	for _, e := range all {
		if e.Outside {
			continue
		}
		drawn := report.Equilibrium{X: e.X[0], Kind: e.Kind, Stable: e.Stable}
		if n == 2 {
			drawn.Y = e.X[1]
		}
		for _, o := range out {
			if math.Abs(drawn.X-o.X) < drawnApart*(hi[0]-lo[0]) && math.Abs(drawn.Y-o.Y) <= drawnApart*max(hi[1]-lo[1], 0) {
				continue next
			}
		}
		out = append(out, drawn)
	}
	return out
}

// user is a scaled value of state i in user units.
func (w *flow) user(z float64, i int) float64 { return w.frame.User(i, z) }
