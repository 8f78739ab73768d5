package field

import (
	"slices"

	"github.com/entrain-dev/entrain/program"
)

// held is what a programmed field with one lane needs to be a Holder.
type held struct {
	theta []float64
	times int    // how often it was set
	eval  *alone // nil until it is needed
}

// Hold implements Holder. Weights are packed when a program first needs them.
func (f *programmed) Hold(theta Batch) bool {
	if f.shape.Lanes > 1 {
		return false
	}
	if f.held.eval == nil {
		f.held.eval = newAlone(f.p)
	}
	f.held.theta = theta.V
	f.held.times++
	if f.keep != nil {
		f.keep.n = 0
	}
	return true
}

// EvalHeld implements Holder.
func (f *programmed) EvalHeld(dx Batch, at *Point) {
	b := f.held.eval
	b.at(at, &f.held)
	b.exec.BindOutput(b.dx, dx.V)
	b.exec.RunBound()
}

// alone is a program for one lane whose arguments are set one by one. Those
// that it does not read are -1.
type alone struct {
	exec               *program.Exec
	t, x, u, kept, cdx int
	dx, keep, gx, owed int // outputs
	times              int // held.times of the parameters it has
}

func newAlone(p *program.Program) *alone {
	b := &alone{exec: program.NewHeldExec(p, "theta", "gx")}
	in := func(name string) int {
		for k, i := range p.Inputs {
			if p.Nodes[i].Name == name && b.exec.Reads(k) {
				return k
			}
		}
		return -1
	}
	out := func(name string) int {
		return slices.IndexFunc(p.Outputs, func(o program.Output) bool { return o.Name == name })
	}
	b.t, b.x, b.u, b.kept, b.cdx = in("t"), in("x"), in("u"), in("kept"), in("cdx")
	b.dx, b.keep, b.gx, b.owed = out("dx"), out("kept"), out("gx"), out("owed")
	return b
}

// at goes to a point.
func (b *alone) at(p *Point, h *held) {
	if b.times != h.times {
		b.hold(h)
	}
	b.bind(b.t, p.T)
	b.bind(b.x, p.X.V)
	b.bind(b.u, p.U.V)
}

// hold takes over the parameters.
func (b *alone) hold(h *held) {
	b.exec.Hold(h.theta)
	b.times = h.times
}

func (b *alone) bind(k int, v []float64) {
	if k >= 0 {
		b.exec.BindInput(k, v)
	}
}
