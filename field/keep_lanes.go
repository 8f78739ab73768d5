package field

import (
	"slices"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/program"
)

const (
	fewLanes  = 8   // of a small ensemble, or of a few recordings
	manyLanes = 64  // of a chunk of many trajectories
	debtLanes = 128 // debts × lanes
)

// keepingLanes is a programmed field with 8 to 64 lanes as a Keeper. With a θ
// for each lane the terms of its cotangent are added in the order of the calls;
// with eight lanes the sum over lanes that a shared θ receives is one over lanes
// and calls.
type keepingLanes struct {
	*programmed
	size    int
	made    bool
	forward *call
	back    [8]*call // by the cotangents wanted
	terms   []program.Term
	owed    []float64 // a row for each evaluation that owes, with a one for each lane at its end
	row, n  int       // numbers in a row; rows in use

	kept, cdx int // positions among the arguments of Backward
}

// Kept implements Keeper.
func (f *keepingLanes) Kept() int {
	if !f.made {
		f.made = true
		f.make()
	}
	return f.size
}

func (f *keepingLanes) make() {
	wrt, owed := []program.Wrt{{Name: "x"}}, ""
	if f.shape.Theta > 0 {
		wrt, owed = append(wrt, program.Wrt{Name: "theta"}), "theta"
	}
	h := program.Halve(f.p, owed, wrt...)
	kept, _ := h.Forward.Output("kept")
	if !h.Lanes || kept.Rows == 0 {
		return
	}
	lanes := f.shape.Lanes
	f.size = kept.Rows * lanes
	f.forward = newCall(h.Forward, lanes)
	f.back[wantX] = newCall(program.Pick(h.Backward, "gx"), lanes, "gx")
	name := func(i int) string { return h.Backward.Nodes[i].Name }
	f.kept = slices.IndexFunc(h.Backward.Inputs, func(i int) bool { return name(i) == "kept" })
	f.cdx = slices.IndexFunc(h.Backward.Inputs, func(i int) bool { return name(i) == "cdx" })
	if owed == "" {
		return
	}
	row, _ := h.Backward.Output("owed")
	f.row, f.terms = (row.Rows+1)*lanes, h.Terms
	f.owed = kernel.Aligned(debtLanes / lanes * f.row)
	for i := f.row; i <= len(f.owed); i += f.row {
		kernel.Fill(f.owed[i-lanes:i], 1)
	}
	f.back[wantX|wantTheta] = newCall(h.Backward, lanes, "gx")
	f.back[wantTheta] = newCall(program.Pick(h.Backward, "owed"), lanes)
}

// Hold implements Holder; every point brings its parameters.
func (f *keepingLanes) Hold(Batch) bool {
	f.n = 0
	return true
}

// EvalHeld implements Holder.
func (f *keepingLanes) EvalHeld(dx Batch, at *Point) { f.Eval(dx, at) }

// EvalKept implements Keeper.
func (f *keepingLanes) EvalKept(dx Batch, kept []float64, at *Point) {
	c := f.forward
	c.point(&c.at, at)
	c.out[0], c.out[1] = dx.V, kept
	c.exec.Run(c.out, c.in)
}

// VJPKept implements Keeper.
func (f *keepingLanes) VJPKept(g, at *Point, kept []float64, c Batch) {
	want := f.want(g) &^ wantLanes
	call := f.back[want]
	if call == nil {
		return // nothing is wanted
	}
	call.point(&call.at, at)
	call.in[f.kept], call.in[f.cdx] = kept, c.V
	call.result(call.gx, g.X.V)
	if want&wantTheta != 0 {
		call.out[len(call.out)-1] = f.owed[f.n*f.row : (f.n+1)*f.row-f.shape.Lanes]
	}
	call.exec.Run(call.out, call.in)
	if want&wantTheta != 0 {
		if f.n++; (f.n+1)*f.row > len(f.owed) {
			f.Settle(g)
		}
	}
}

// Settle implements Keeper.
func (f *keepingLanes) Settle(g *Point) {
	for _, t := range f.terms {
		if f.n == 0 {
			break
		}
		to := g.Theta.V[t.To*g.Theta.Lanes:]
		y, x := f.owed[t.Y*f.shape.Lanes:], f.owed[t.X*f.shape.Lanes:]
		switch {
		case f.shape.Lanes == fewLanes && g.Theta.Lanes > 1:
			if t.Cols == 0 {
				x = f.owed[f.row-fewLanes:]
			}
			kernel.OuterSeriesLanes(to, y, x, t.Rows, max(1, t.Cols), f.n, f.row)
		case t.Cols > 0 && f.shape.Lanes == fewLanes:
			kernel.OuterSeriesSum(to, y, x, t.Rows, t.Cols, f.n, f.row)
		default:
			for k := range f.n {
				f.add(to, y[k*f.row:], x[k*f.row:], t, g.Theta.Lanes)
			}
		}
	}
	f.n = 0
}

// add adds what one evaluation owes to a part of the cotangent of θ.
func (f *keepingLanes) add(to, y, x []float64, t program.Term, thetaLanes int) {
	lanes := f.shape.Lanes
	switch {
	case t.Cols > 0 && thetaLanes > 1:
		kernel.OuterLanesAdd(to, y, x, t.Rows, t.Cols, lanes)
	case t.Cols > 0:
		kernel.OuterSum(to, y, x, t.Rows, t.Cols, lanes)
	case thetaLanes > 1:
		kernel.AddTo(to[:t.Rows*lanes], y)
	default:
		kernel.GatherAdd(to, y, t.Rows, lanes)
	}
}
