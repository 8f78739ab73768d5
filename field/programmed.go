package field

import "github.com/entrain-dev/entrain/program"

// programmed is a Field whose values and derivatives are programs. The
// inputs of its program are among t, x, u, theta; its output is dx.
type programmed struct {
	p         *program.Program
	shape     Shape
	lanes     bool   // θ has one lane for each lane of x
	single    bool   // computed in float32
	algebraic []bool // which rows have to be zero
	delays    *Delays
	eval      *call
	jvp       *call
	vjp       [16]*call // by the cotangents wanted
	hvp       [16]*call // likewise
	held      held
	keep      *keeping // nil until it is asked for
}

// New makes a Field of a program for lanes lanes (1 or a multiple of 8). If
// ensemble is true, every lane carries its own θ. The programs of derivatives
// are made when they are first asked for; after that no call allocates.
func New(p *program.Program, lanes int, ensemble bool) Field {
	return newProgrammed(p, lanes, ensemble).made()
}

func newProgrammed(p *program.Program, lanes int, ensemble bool) *programmed {
	f := &programmed{p: p, lanes: ensemble}
	f.shape = Shape{State: inputRows(p, "x"), Input: inputRows(p, "u"), Theta: inputRows(p, "theta"), Lanes: lanes}
	if ensemble && lanes > 1 && f.shape.Theta > 0 {
		f.p = program.Ensemble(p, "theta")
	}
	return f
}

// made completes a new field.
func (f *programmed) made() Field {
	f.eval = f.newCall(f.p)
	if l := f.shape.Lanes; l%8 == 0 && fewLanes <= l && l <= manyLanes {
		return &keepingLanes{programmed: f}
	}
	return f
}

// Program implements Programmed.
func (f *programmed) Program() *program.Program { return f.p }

// Copy implements Copier.
func (f *programmed) Copy(lanes int) Field {
	c := &programmed{p: f.p, lanes: f.lanes, shape: f.shape, algebraic: f.algebraic, delays: f.delays}
	c.shape.Lanes = lanes
	return c.made()
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
	c.point(&c.at, at)
	c.out[0] = dx.V
	c.exec.Run(c.out, c.in)
}

func (f *programmed) JVP(ddx Batch, at, v *Point) {
	if f.jvp == nil {
		var wrt []program.Wrt
		for _, i := range f.p.Inputs {
			wrt = append(wrt, program.Wrt{Name: f.p.Nodes[i].Name})
		}
		f.jvp = f.newCall(program.JVP(f.p, wrt...))
	}
	c := f.jvp
	c.point(&c.at, at)
	c.point(&c.tangent, v)
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
	call.point(&call.at, at)
	call.in[call.cdx] = c.V
	call.result(call.gx, g.X.V)
	call.result(call.gu, g.U.V)
	call.result(call.gtheta, g.Theta.V)
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
	return f.newCall(program.VJP(f.p, wrt...), "gx", "gu", "gtheta")
}

// call is an executor with room for its arguments. The ints are positions
// among its inputs and outputs; -1 if it has no such argument.
type call struct {
	exec           runner
	in, out        [][]float64
	zeros          [][]float64 // for tangents that are nil
	at, tangent    slots
	cdx            int
	gx, gu, gtheta int
}

// slots are the positions of the parts of a Point.
type slots struct{ t, x, u, theta int }

// runner is an executor, of either precision.
type runner interface{ Run(out, in [][]float64) }

func newCall(p *program.Program, lanes int, add ...string) *call {
	return callOf(p, lanes, program.NewExec(p, lanes, add...))
}

// newCall makes a call in the precision of f.
func (f *programmed) newCall(p *program.Program, add ...string) *call {
	if f.single {
		return callOf(p, f.shape.Lanes, program.NewExecSingle(p, f.shape.Lanes, add...))
	}
	return newCall(p, f.shape.Lanes, add...)
}

func callOf(p *program.Program, lanes int, exec runner) *call {
	c := &call{exec: exec}
	c.in, c.zeros = make([][]float64, len(p.Inputs)), make([][]float64, len(p.Inputs))
	c.out = make([][]float64, len(p.Outputs))
	in, out := map[string]int{}, map[string]int{}
	for k, i := range p.Inputs {
		n := p.Nodes[i]
		size := n.Size()
		if n.Batched {
			size *= lanes
		}
		in[n.Name], c.zeros[k] = k, make([]float64, size)
	}
	for k, o := range p.Outputs {
		out[o.Name] = k
	}
	at := func(where map[string]int, name string) int {
		if k, ok := where[name]; ok {
			return k
		}
		return -1
	}
	c.at = slots{at(in, "t"), at(in, "x"), at(in, "u"), at(in, "theta")}
	c.tangent = slots{at(in, "dt"), at(in, "dx"), at(in, "du"), at(in, "dtheta")}
	if c.cdx = at(in, "cdx"); c.cdx < 0 {
		c.cdx = at(in, "cddx")
	}
	c.gx, c.gu, c.gtheta = at(out, "gx"), at(out, "gu"), at(out, "gtheta")
	return c
}

func (c *call) point(s *slots, p *Point) {
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

func (c *call) result(k int, v []float64) {
	if k >= 0 {
		c.out[k] = v
	}
}

// HVP implements Curved.
func (f *programmed) HVP(g, at *Point, v, c Batch) {
	want := f.want(&Point{X: g.X, Theta: g.Theta})
	if want == 0 {
		return
	}
	if f.hvp[want] == nil {
		f.hvp[want] = f.newHVP(want)
	}
	call := f.hvp[want]
	call.point(&call.at, at)
	call.point(&call.tangent, &Point{X: v})
	call.in[call.cdx] = c.V
	call.result(call.gx, g.X.V)
	call.result(call.gtheta, g.Theta.V)
	call.exec.Run(call.out, call.in)
}

func (f *programmed) newHVP(want int) *call {
	j := program.JVP(f.p, program.Wrt{Name: "x"})
	var wrt []program.Wrt
	if want&wantX != 0 {
		wrt = append(wrt, program.Wrt{Name: "x"})
	}
	if want&wantTheta != 0 {
		wrt = append(wrt, program.Wrt{Name: "theta", Batched: want&wantLanes != 0})
	}
	return f.newCall(program.VJP(j, wrt...), "gx", "gtheta")
}
