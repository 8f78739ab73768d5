package chaos

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
)

// traces evaluates the Jacobian where a bundle is.
type traces struct {
	field field.Field
	at, v field.Point
	out   program.Batch
	jac   []float64
	lanes int
	own   program.Batch // states of jacobians and rate
}

func newTraces(f *model.Flow, lanes int) traces {
	n := f.Dim()
	t := traces{lanes: lanes, own: program.NewBatch(n, lanes), out: program.NewBatch(n, lanes), jac: make([]float64, n*n*lanes)}
	var theta program.Batch
	t.field, theta = f.Field(lanes)
	t.at = field.Point{Theta: theta}
	t.v = field.Point{X: program.NewBatch(n, lanes)}
	return t
}

// eval fills jac: entry (i, j) of lane l at (i·n+j)·lanes + l, scaled.
func (t *traces) eval(p *field.Point, n int) {
	lanes := t.lanes
	t.at.T, t.at.X = p.T, program.Batch{V: p.X.V[:n*lanes], Rows: n, Lanes: lanes}
	for j := range n {
		clear(t.v.X.V)
		for l := range lanes {
			t.v.X.Set(j, l, 1)
		}
		t.field.JVP(t.out, &t.at, &t.v)
		for i := range n {
			copy(t.jac[(i*n+j)*lanes:(i*n+j+1)*lanes], t.out.V[i*lanes:(i+1)*lanes])
		}
	}
}

// norm is the Frobenius norm over √n, the mean of the lanes.
func (t *traces) norm(p *field.Point, n int) float64 {
	t.eval(p, n)
	sum := 0.0
	for _, v := range t.jac {
		sum += v * v
	}
	return math.Sqrt(sum / float64(t.lanes*n))
}

// mean is the mean over lanes of the trace.
func (t *traces) mean(p *field.Point, n int) float64 {
	t.eval(p, n)
	sum, lanes := 0.0, t.lanes
	for i := range n {
		for _, v := range t.jac[(i*n+i)*lanes : (i*n+i+1)*lanes] {
			sum += v
		}
	}
	return sum / float64(lanes)
}

// jacobians fills jac at the states in own.
func (t *traces) jacobians() {
	t.eval(&field.Point{T: make([]float64, t.lanes), X: t.own}, t.own.Rows)
}

// rate fills out with the field at the states in own; of a map with how far they
// move, per unit of scaled time.
func (t *traces) rate() {
	t.at.T, t.at.X = make([]float64, t.lanes), t.own
	t.field.Eval(t.out, &t.at)
}
