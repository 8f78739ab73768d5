package cli

import (
	"cmp"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
)

// Newton's method from every point of the drawn grid: roundsNewton is ample
// for quadratic convergence, stillRate is a rate (scaled units, where typical
// rates are 1) that counts as zero, apart separates two equilibria (scaled
// units, where the data have deviation 1).
const (
	roundsNewton = 40
	stillRate    = 1e-9
	apart        = 1e-3
	levelTrace   = 1e-6 // trace per frequency that counts as zero: a centre
)

// autonomous tells whether the states are one or two, all measured, and
// nothing else moves the field, so that equilibria can be drawn.
func autonomous(m *model.Model) bool {
	_, timed := m.Parts.Field.Input("t")
	n := len(m.Parts.Frame.States)
	return !timed && n <= 2 && len(m.Parts.Start) == 0 && len(m.Parts.Frame.Inputs) == 0
}

// equilibria are the zeros of the field inside the grid that w was last
// evaluated on, from left to right.
func equilibria(m *model.Model, w *flow) []report.Equilibrium {
	if !autonomous(m) {
		return nil
	}
	n := w.at.X.Rows
	lo, hi := bounds(w)
	j := newJacobian(w)
	for range roundsNewton {
		w.field.Eval(w.dx, &w.at)
		j.eval(w)
		for l := range w.points {
			j.step(w, l)
		}
	}
	w.field.Eval(w.dx, &w.at)
	j.eval(w)
	var found []report.Equilibrium
	var at [][]float64
	for l := range w.points {
		x := w.at.X.Lane(make([]float64, n), l)
		if !still(w, l) || !within(x, lo, hi) || slices.ContainsFunc(at, func(y []float64) bool { return distance(x, y) < apart }) {
			continue
		}
		at = append(at, x)
		e := report.Equilibrium{X: w.user(x, 0)}
		if n == 2 {
			e.Y = w.user(x, 1)
		}
		e.Kind, e.Stable = j.kind(l)
		found = append(found, e)
	}
	slices.SortFunc(found, func(a, b report.Equilibrium) int { return cmp.Compare(a.X, b.X) })
	return found
}

func (w *flow) user(x []float64, i int) float64 { return w.frame.Shift[i] + w.frame.Scale[i]*x[i] }

// bounds are the least and greatest values of each state over the points.
func bounds(w *flow) (lo, hi []float64) {
	for i := range w.at.X.Rows {
		row := w.at.X.Row(i)[:w.points]
		lo, hi = append(lo, slices.Min(row)), append(hi, slices.Max(row))
	}
	return lo, hi
}

func still(w *flow, l int) bool {
	for i := range w.dx.Rows {
		if !(math.Abs(w.dx.At(i, l)) < stillRate) {
			return false
		}
	}
	return true
}

func within(x, lo, hi []float64) bool {
	for i, v := range x {
		if !(v >= lo[i] && v <= hi[i]) {
			return false
		}
	}
	return true
}

func distance(x, y []float64) float64 {
	sum := 0.0
	for i := range x {
		sum += (x[i] - y[i]) * (x[i] - y[i])
	}
	return math.Sqrt(sum)
}

// jacobian holds df/dx of every point: column k in cols[k].
type jacobian struct {
	v    field.Point
	cols []field.Batch
}

func newJacobian(w *flow) *jacobian {
	n, lanes := w.at.X.Rows, w.at.X.Lanes
	j := &jacobian{v: field.Point{X: program.NewBatch(n, lanes)}}
	for range n {
		j.cols = append(j.cols, program.NewBatch(n, lanes))
	}
	return j
}

func (j *jacobian) eval(w *flow) {
	for k, c := range j.cols {
		clear(j.v.X.V)
		for l := range j.v.X.Lanes {
			j.v.X.Set(k, l, 1)
		}
		w.field.JVP(c, &w.at, &j.v)
	}
}

// step is one Newton step of point l; a singular Jacobian leaves it where it is.
func (j *jacobian) step(w *flow, l int) {
	if len(j.cols) == 1 {
		if d := w.dx.At(0, l) / j.cols[0].At(0, l); !math.IsNaN(d) && !math.IsInf(d, 0) {
			w.at.X.Set(0, l, w.at.X.At(0, l)-d)
		}
		return
	}
	a, b, c, d := j.cols[0].At(0, l), j.cols[1].At(0, l), j.cols[0].At(1, l), j.cols[1].At(1, l)
	p, q, det := w.dx.At(0, l), w.dx.At(1, l), a*d-b*c
	x, y := (d*p-b*q)/det, (a*q-c*p)/det
	if s := x + y; math.IsNaN(s) || math.IsInf(s, 0) {
		return
	}
	w.at.X.Set(0, l, w.at.X.At(0, l)-x)
	w.at.X.Set(1, l, w.at.X.At(1, l)-y)
}

// kind classifies point l by trace and determinant of its Jacobian.
func (j *jacobian) kind(l int) (name string, stable bool) {
	if len(j.cols) == 1 {
		if j.cols[0].At(0, l) < 0 {
			return "sink", true
		}
		return "source", false
	}
	a, b, c, d := j.cols[0].At(0, l), j.cols[1].At(0, l), j.cols[0].At(1, l), j.cols[1].At(1, l)
	trace, det := a+d, a*d-b*c
	shape := "node"
	if trace*trace < 4*det {
		shape = "spiral"
	}
	switch {
	case det < 0:
		return "saddle", false
	case math.Abs(trace) < levelTrace*math.Sqrt(det):
		return "centre", false
	case trace < 0:
		return shape + " sink", true
	}
	return shape + " source", false
}
