package field

import (
	"slices"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/program"
)

const (
	keepLanes = 8  // lanes of a small ensemble, or of a few recordings
	debtLanes = 16 // debts, for so many lanes
)

// keepingLanes is a programmed field with eight lanes as a Keeper. With a θ for
// each lane the terms of its cotangent are added in the order of the calls; the
// sum over lanes that a shared θ receives is one over lanes and calls.
type keepingLanes struct {
	*programmed
	size    int
	made    bool
	forward *call
	back    [8]*call // by the cotangents wanted
	terms   []program.Term
	owed    []float64 // debtLanes rows
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
	f.size = kept.Rows * keepLanes
	f.forward = newCall(h.Forward, keepLanes)
	f.back[wantX] = newCall(program.Pick(h.Backward, "gx"), keepLanes, "gx")
	name := func(i int) string { return h.Backward.Nodes[i].Name }
	f.kept = slices.IndexFunc(h.Backward.Inputs, func(i int) bool { return name(i) == "kept" })
	f.cdx = slices.IndexFunc(h.Backward.Inputs, func(i int) bool { return name(i) == "cdx" })
	if owed == "" {
		return
	}
	row, _ := h.Backward.Output("owed")
	f.row, f.terms = row.Rows*keepLanes, h.Terms
	f.owed = kernel.Aligned(debtLanes * f.row)
	f.back[wantX|wantTheta] = newCall(h.Backward, keepLanes, "gx")
	f.back[wantTheta] = newCall(program.Pick(h.Backward, "owed"), keepLanes)
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
		call.out[len(call.out)-1] = f.owed[f.n*f.row : (f.n+1)*f.row]
	}
	call.exec.Run(call.out, call.in)
	if want&wantTheta != 0 {
		if f.n++; f.n == debtLanes {
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
		y, x := f.owed[t.Y*keepLanes:], f.owed[t.X*keepLanes:]
		switch dst := g.Theta.V[t.To*g.Theta.Lanes:]; {
		case g.Theta.Lanes > 1 && t.Cols > 0:
			kernel.OuterSeriesLanes(dst, y, x, t.Rows, t.Cols, f.n, f.row)
		case g.Theta.Lanes > 1:
			for k := range f.n {
				kernel.AddTo(dst[:t.Rows*keepLanes], y[k*f.row:])
			}
		case t.Cols > 0:
			kernel.OuterSeriesSum(dst, y, x, t.Rows, t.Cols, f.n, f.row)
		default:
			for k := range f.n {
				kernel.GatherAdd(dst, y[k*f.row:], t.Rows, keepLanes)
			}
		}
	}
	f.n = 0
}
