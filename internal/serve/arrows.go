package serve

import (
	"net/http"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
)

// gridSide is how many arrows a side of the vector field may have.
const gridSide = 40

// arrows are rates of change on a grid of two states.
type arrows struct {
	X  []float64  `json:"x"`
	Y  []float64  `json:"y"`
	DX []*float64 `json:"dx"` // row by row: the first row has the first y
	DY []*float64 `json:"dy"`
}

// plane is the plane of two states in which arrows are asked for.
type plane struct {
	Parameters map[string]float64 `json:"parameters"`
	X          string             `json:"x"`
	Y          string             `json:"y"`
	XRange     [2]float64         `json:"x_range"`
	YRange     [2]float64         `json:"y_range"`
	Side       int                `json:"side"`
	At         map[string]float64 `json:"at"` // of the other states
}

// field is the vector field in a plane; other states are where they are told, or at the
// first row, inputs at 0 in scaled units.
func (s *Server) field(r *http.Request) (any, error) {
	var q plane
	if err := body(r, &q); err != nil {
		return nil, err
	}
	m, err := s.changed(r.PathValue("run"), q.Parameters)
	if err != nil {
		return nil, err
	}
	names := measured(m)
	ix, iy := slices.Index(names, q.X), slices.Index(names, q.Y)
	switch {
	case ix < 0 || iy < 0 || ix == iy:
		return nil, bad("x and y are two of the states %v", names)
	case q.Side < 2 || q.Side > gridSide:
		return nil, bad("side is a number from 2 to %d", gridSide)
	case !(q.XRange[1] > q.XRange[0]) || !(q.YRange[1] > q.YRange[0]):
		return nil, bad("a range goes from a number to a larger one")
	case m.Parts.Frame.Step > 0:
		return nil, bad("the model is a map: it has no rates of change")
	case m.Parts.Delays != nil:
		return nil, bad("the model looks back at states of earlier times: a state by itself has no rates of change")
	case m.Parts.Algebraic != nil:
		return nil, bad("the equations 0 = … of the model tell no rates of change of %v", m.Parts.AlgebraicNames())
	}
	x := append(make([]float64, len(names)), m.Parts.Start...)
	if len(m.Records) > 0 {
		x = user(m, m.Records[0].Start[0])
	}
	for name, v := range q.At {
		i := slices.Index(names, name)
		if i < 0 {
			return nil, bad("there is no state %q", cut(name))
		}
		x[i] = v
	}
	return q.rates(m, x, ix, iy), nil
}

// rates evaluates the field on the grid of a plane through the state x.
func (q *plane) rates(m *model.Model, x []float64, ix, iy int) *arrows {
	f := &m.Parts.Frame
	n := q.Side * q.Side
	lanes := program.PadLanes(n)
	at := field.Point{T: make([]float64, lanes), X: program.NewBatch(len(f.States), lanes), U: program.NewBatch(len(f.Inputs), lanes), Theta: program.NewBatch(len(m.Theta[0]), 1)}
	at.Theta.SetLane(0, m.Theta[0])
	out := &arrows{}
	for i := range q.Side {
		part := float64(i) / float64(q.Side-1)
		out.X, out.Y = append(out.X, q.XRange[0]+part*(q.XRange[1]-q.XRange[0])), append(out.Y, q.YRange[0]+part*(q.YRange[1]-q.YRange[0]))
	}
	for l := range lanes {
		k := min(l, n-1)
		x[ix], x[iy] = out.X[k%q.Side], out.Y[k/q.Side]
		for i, v := range x {
			at.X.Set(i, l, f.Scaled(i, v))
		}
	}
	dx := program.NewBatch(len(f.States), lanes)
	field.New(m.Parts.Field, lanes, false).Eval(dx, &at)
	rate := func(i, l int) *float64 {
		v := dx.At(i, l) * f.Unit(i, at.X.At(i, l)) / f.Time
		return finite(&v)
	}
	for l := range n {
		out.DX, out.DY = append(out.DX, rate(ix, l)), append(out.DY, rate(iy, l))
	}
	return out
}
