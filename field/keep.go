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
// that happens, so the sum has the same bits as if each had been added at once.
type keeping struct {
	size    int
	forward *call
	back    [8]*call
	terms   []program.Term
	owed    []float64 // debts rows
	row, n  int       // numbers in a row; rows in use
}

// Kept implements Keeper. Fields of many lanes keep nothing: there the memory,
// not the arithmetic, would set the pace.
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
	k := &keeping{}
	all := wantX
	if f.shape.Theta > 0 {
		all |= wantTheta
	}
	h := f.halve(all)
	kept, _ := h.Forward.Output("kept")
	k.size = kept.Rows
	k.forward, k.back[all] = newCall(h.Forward, 1), newCall(h.Backward, 1, "gx")
	if all&wantTheta != 0 {
		owed, _ := h.Backward.Output("owed")
		k.row, k.terms = owed.Rows, h.Terms
		k.owed = kernel.Aligned(debts * k.row)
		k.back[wantX] = newCall(program.Pick(h.Backward, "gx"), 1, "gx")
		k.back[wantTheta] = newCall(program.Pick(h.Backward, "owed"), 1)
	}
	return k
}

func (f *programmed) halve(want int) *program.Halves {
	wrt := []program.Wrt{{Name: "x"}}
	if want&wantTheta == 0 {
		return program.Halve(f.p, "", wrt...)
	}
	return program.Halve(f.p, "theta", append(wrt, program.Wrt{Name: "theta"})...)
}

// EvalKept implements Keeper.
func (f *programmed) EvalKept(dx Batch, kept []float64, at *Point) {
	c := f.keep.forward
	c.point(&c.at, at)
	c.out[0], c.out[c.kept] = dx.V, kept
	c.exec.Run(c.out, c.in)
}

// VJPKept implements Keeper.
func (f *programmed) VJPKept(g, at *Point, kept []float64, c Batch) {
	k := f.keep
	want := f.want(g)
	call := k.back[want]
	if call == nil {
		return // nothing is wanted
	}
	call.point(&call.at, at)
	call.in[call.kept], call.in[call.cdx] = kept, c.V
	call.result(call.gx, g.X.V)
	if call.owed >= 0 {
		call.out[call.owed] = k.owed[k.n*k.row : (k.n+1)*k.row]
	}
	call.exec.Run(call.out, call.in)
	if call.owed >= 0 {
		if k.n++; k.n == debts {
			f.Settle(g)
		}
	}
}

// Settle implements Keeper.
func (f *programmed) Settle(g *Point) {
	k := f.keep
	for _, t := range k.terms {
		dst := g.Theta.V[t.To:]
		if t.Cols > 0 {
			kernel.OuterSeries(dst, k.owed[t.Y:], k.owed[t.X:], t.Rows, t.Cols, k.n, k.row)
		} else {
			kernel.AddSeries(dst[:t.Rows], k.owed[t.Y:], k.n, k.row)
		}
	}
	k.n = 0
}
