package field

import "github.com/entrain-dev/entrain/program"

// programmed is a Field whose values and derivatives are programs. The
// inputs of its program are among t, x, u, theta; its output is dx.
type programmed struct {
	p     *program.Program
	shape Shape
	lanes bool // θ has one lane for each lane of x
	eval  *call
	jvp   *call
	vjp   [16]*call // by the cotangents wanted
}

// New makes a Field of a program for lanes lanes (1 or a multiple of 8). If
// ensemble is true, every lane carries its own θ. The programs of derivatives
// are made when they are first asked for; after that no call allocates.
func New(p *program.Program, lanes int, ensemble bool) Field {
	f := &programmed{p: p, lanes: ensemble}
	f.shape = Shape{State: inputRows(p, "x"), Input: inputRows(p, "u"), Theta: inputRows(p, "theta"), Lanes: lanes}
	if ensemble && lanes > 1 && f.shape.Theta > 0 {
		f.p = program.Ensemble(p, "theta")
	}
	f.eval = newCall(f.p, lanes)
	return f
}

func inputRows(p *program.Program, name string) int {
	n, ok := p.Input(name)
	if !ok {
		return 0
	}
	return n.Rows
}

func (f *programmed) Shape() Shape { return f.shape }

func (f *programmed) Eval(dx Batch, at *Point) {
	c := f.eval
	c.point("", at)
	c.out[0] = dx.V
	c.exec.Run(c.out, c.in)
}

func (f *programmed) JVP(ddx Batch, at, v *Point) {
	if f.jvp == nil {
		var wrt []program.Wrt
		for _, i := range f.p.Inputs {
			wrt = append(wrt, program.Wrt{Name: f.p.Nodes[i].Name})
		}
		f.jvp = newCall(program.JVP(f.p, wrt...), f.shape.Lanes)
	}
	c := f.jvp
	c.point("", at)
	c.point("d", v)
	c.out[0] = ddx.V
	c.exec.Run(c.out, c.in)
}

// The cotangents a VJP may be asked for.
const (
	wantX = 1 << iota
	wantU
	wantTheta
	wantLanes // θ's cotangent is kept for each lane although θ is shared
)

func (f *programmed) VJP(g, at *Point, c Batch) {
	want := f.want(g)
	if want == 0 {
		return
	}
	if f.vjp[want] == nil {
		f.vjp[want] = f.newVJP(want)
	}
	call := f.vjp[want]
	call.point("", at)
	call.in[call.index["cdx"]] = c.V
	for k, o := range call.exec.Program().Outputs {
		switch o.Name {
		case "gx":
			call.out[k] = g.X.V
		case "gu":
			call.out[k] = g.U.V
		case "gtheta":
			call.out[k] = g.Theta.V
		}
	}
	call.exec.Run(call.out, call.in)
}

func (f *programmed) want(g *Point) int {
	want := 0
	if g.X.V != nil {
		want |= wantX
	}
	if g.U.V != nil && f.shape.Input > 0 {
		want |= wantU
	}
	if g.Theta.V != nil && f.shape.Theta > 0 {
		want |= wantTheta
		if !f.lanes && g.Theta.Lanes > 1 {
			want |= wantLanes
		}
	}
	return want
}

func (f *programmed) newVJP(want int) *call {
	var wrt []program.Wrt
	if want&wantX != 0 {
		wrt = append(wrt, program.Wrt{Name: "x"})
	}
	if want&wantU != 0 {
		wrt = append(wrt, program.Wrt{Name: "u"})
	}
	if want&wantTheta != 0 {
		wrt = append(wrt, program.Wrt{Name: "theta", Batched: want&wantLanes != 0})
	}
	return newCall(program.VJP(f.p, wrt...), f.shape.Lanes, "gx", "gu", "gtheta")
}

// call is an executor with room for its arguments.
type call struct {
	exec  *program.Exec
	in    [][]float64
	out   [][]float64
	index map[string]int // input name → position
	zeros [][]float64    // for tangents that are nil
	slots map[string]slots
}

// slots are the positions of t, x, u and theta (with a prefix) among the
// inputs; -1 if the program does not have one.
type slots struct{ t, x, u, theta int }

func newCall(p *program.Program, lanes int, add ...string) *call {
	c := &call{exec: program.NewExec(p, lanes, add...), index: map[string]int{}, slots: map[string]slots{}}
	c.in, c.zeros = make([][]float64, len(p.Inputs)), make([][]float64, len(p.Inputs))
	c.out = make([][]float64, len(p.Outputs))
	for k, i := range p.Inputs {
		n := p.Nodes[i]
		size := n.Size()
		if n.Batched {
			size *= lanes
		}
		c.index[n.Name], c.zeros[k] = k, make([]float64, size)
	}
	for _, prefix := range []string{"", "d"} {
		at := func(name string) int {
			if k, ok := c.index[prefix+name]; ok {
				return k
			}
			return -1
		}
		c.slots[prefix] = slots{at("t"), at("x"), at("u"), at("theta")}
	}
	return c
}

func (c *call) point(prefix string, p *Point) {
	s := c.slots[prefix]
	c.set(s.t, p.T)
	c.set(s.x, p.X.V)
	c.set(s.u, p.U.V)
	c.set(s.theta, p.Theta.V)
}

func (c *call) set(k int, v []float64) {
	if k < 0 {
		return
	}
	if v == nil {
		v = c.zeros[k]
	}
	c.in[k] = v
}
