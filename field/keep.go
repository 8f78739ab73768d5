package field

import (
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/program"
)

// debts is how many evaluations may owe something to the cotangent of θ before
// it is added: enough that the matrices are seldom read and written, few enough
// that the terms of a layer stay in the first-level cache.
const debts = 32

// keeping is what a programmed field with one lane needs to be a Keeper. The
// terms of the cotangent of θ are added in the order of the calls, whenever
// that happens.
type keeping struct {
	size    int
	forward *alone
	back    [8]*alone // by the cotangents wanted
	terms   []program.Term
	owed    []float64 // debts rows, each with a one at its end
	row, n  int       // numbers in a row; rows in use
}

// Kept implements Keeper. For 8 to 64 lanes see keepingLanes; fields of more, whose
// values do not stay in the caches, keep nothing.
func (f *programmed) Kept() int {
	if f.shape.Lanes > 1 {
		return 0
	}
	if f.keep == nil {
		f.keep = f.newKeeping()
	}
	return f.keep.size
}

func (f *programmed) newKeeping() *keeping {
	wrt, owed := []program.Wrt{{Name: "x"}}, ""
	if f.shape.Theta > 0 {
		wrt, owed = append(wrt, program.Wrt{Name: "theta"}), "theta"
	}
	h := program.Halve(f.p, owed, wrt...)
	kept, _ := h.Forward.Output("kept")
	k := &keeping{size: kept.Rows, forward: newAlone(h.Forward)}
	k.back[wantX] = newAlone(program.Pick(h.Backward, "gx"))
	if owed != "" {
		row, _ := h.Backward.Output("owed")
		k.row, k.terms = row.Rows+1, h.Terms
		k.owed = kernel.Aligned(debts * k.row)
		for i := row.Rows; i < len(k.owed); i += k.row {
			k.owed[i] = 1
		}
		k.back[wantX|wantTheta] = newAlone(h.Backward)
		k.back[wantTheta] = newAlone(program.Pick(h.Backward, "owed"))
	}
	return k
}

// EvalKept implements Keeper.
func (f *programmed) EvalKept(dx Batch, kept []float64, at *Point) {
	h := f.keep.forward
	h.at(at, &f.held)
	h.exec.BindOutput(h.dx, dx.V)
	h.exec.BindOutput(h.keep, kept)
	h.exec.RunBound()
}

// VJPKept implements Keeper.
func (f *programmed) VJPKept(g, at *Point, kept []float64, c Batch) {
	k := f.keep
	h := k.back[f.want(g)]
	if h == nil {
		return // nothing is wanted
	}
	h.at(at, &f.held)
	h.bind(h.kept, kept)
	h.bind(h.cdx, c.V)
	if h.gx >= 0 {
		h.exec.BindOutput(h.gx, g.X.V)
	}
	if h.owed < 0 {
		h.exec.RunBound()
		return
	}
	h.exec.BindOutput(h.owed, k.owed[k.n*k.row:(k.n+1)*k.row-1])
	h.exec.RunBound()
	if k.n++; k.n == debts {
		f.Settle(g)
	}
}

// Settle implements Keeper.
func (f *programmed) Settle(g *Point) {
	k := f.keep
	for _, t := range k.terms {
		dst := g.Theta.V[t.To:]
		if t.Cols > 0 {
			kernel.OuterSeries(dst, k.owed[t.Y:], k.owed[t.X:], t.Rows, t.Cols, k.n, k.row)
		} else { // the product with one
			kernel.OuterSeries(dst, k.owed[k.row-1:], k.owed[t.Y:], 1, t.Rows, k.n, k.row)
		}
	}
	k.n = 0
}
