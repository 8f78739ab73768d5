package program

import (
	"slices"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// stripLanes is how many lanes are evaluated at a time, so that the values of
// a strip stay in the first-level cache. Batched arguments of more than
// stripRows rows, such as an ensemble's matrices, are not worth the copying.
const (
	stripLanes = 64
	stripRows  = 128
)

// Exec runs a program for a fixed number of lanes. It belongs to one
// goroutine. NewExec allocates; Run never does.
type Exec struct {
	p       *Program
	lanes   int
	width   int // lanes of a strip
	code    []instr
	buf     [][]float64 // buffer of each node for the current strip
	arena   []float64
	place   []int    // offset of a node's own buffer in arena; -1 if it has none
	views   []view   // of the executor's own memory, in order
	in      []input  // in the order of Program.Inputs
	out     []result // in the order of Program.Outputs
	current int      // lanes of the buffers' layout
}

// view is a node that is part of another one, from lo up to hi (entries, for
// each lane if it is batched).
type view struct {
	node, of, lo, hi int
	batched          bool
}

// input is an argument of Run.
type input struct {
	node   int
	size   int    // numbers the caller gives
	staged bool   // copied strip by strip
	views  []view // of the caller's memory, in order
}

// result is an output of Run.
type result struct {
	node   int
	size   int  // numbers the caller takes
	add    bool // added to what the caller holds
	direct bool // computed in the caller's memory
	gather bool // a sum over lanes
}

// NewExec prepares p for lanes lanes (1 or a multiple of 8). The outputs
// named in add are added to the caller's buffers, the others overwrite them.
func NewExec(p *Program, lanes int, add ...string) *Exec {
	if lanes < 1 || lanes > 1 && lanes%8 != 0 {
		panic("program: lanes must be 1 or a multiple of 8")
	}
	e := &Exec{p: p, lanes: lanes, width: lanes, buf: make([][]float64, len(p.Nodes))}
	class := gatherClasses(p)
	if lanes > stripLanes && class != nil && batchedRows(p) <= stripRows {
		e.width = stripLanes
	}
	accumulate := make([]bool, len(p.Nodes))
	for _, o := range p.Outputs {
		r := result{node: o.Node, size: e.size(o.Node, lanes), gather: class != nil && class[o.Node] == pureSum,
			add: slices.Contains(add, o.Name)}
		r.direct = e.isDirect(&r)
		accumulate[o.Node] = r.direct && (r.add || r.gather && lanes > 1)
		e.out = append(e.out, r)
	}
	e.code = lower(p, lanes == 1, accumulate)
	e.allocate()
	e.layout(e.width)
	return e
}

// Lanes returns the number of lanes e was made for.
func (e *Exec) Lanes() int { return e.lanes }

// isDirect tells whether r can be computed in the caller's memory: its node is
// used by nothing else, is no view, and its layout is the caller's.
func (e *Exec) isDirect(r *result) bool {
	i := r.node
	n := &e.p.Nodes[i]
	if n.Op == OpInput || n.Op == OpConst || isView(n, e.lanes == 1) || n.Op == OpSpread {
		return false
	}
	if n.Batched && e.width < e.lanes {
		return false
	}
	if e.width < e.lanes && !r.gather {
		return false
	}
	if r.add && n.Op == OpAct {
		return false
	}
	uses := 0
	for j := range e.p.Nodes {
		if e.p.Nodes[j].A == i || e.p.Nodes[j].B == i {
			uses++
		}
	}
	for _, o := range e.p.Outputs {
		if o.Node == i {
			uses++
		}
	}
	return uses == 1
}

const (
	noSum   = iota // does not depend on a sum over lanes
	pureSum        // linear in sums over lanes: strips may be added up
)

// gatherClasses sorts nodes by how they depend on sums over lanes. It returns
// nil if strips cannot simply be added up.
func gatherClasses(p *Program) []int {
	class := make([]int, len(p.Nodes))
	for i := range p.Nodes {
		n := &p.Nodes[i]
		a, b := noSum, noSum
		if n.A >= 0 {
			a = class[n.A]
		}
		if n.B >= 0 {
			b = class[n.B]
		}
		switch n.Op {
		case OpGather:
			if a == pureSum {
				return nil
			}
			class[i] = pureSum
		case OpScale, OpPad, OpSlice:
			class[i] = a
		case OpAdd:
			if a != b {
				return nil
			}
			class[i] = a
		default:
			if a == pureSum || b == pureSum {
				return nil
			}
		}
	}
	return class
}

// batchedRows is how many numbers of each lane go in and out.
func batchedRows(p *Program) int {
	rows := 0
	count := func(n *Node) {
		if n.Batched {
			rows += n.Size()
		}
	}
	for _, i := range p.Inputs {
		count(&p.Nodes[i])
	}
	for _, o := range p.Outputs {
		count(&p.Nodes[o.Node])
	}
	return rows
}

func (e *Exec) size(i, lanes int) int {
	n := &e.p.Nodes[i]
	if n.Batched {
		return n.Size() * lanes
	}
	return n.Size()
}

// owner follows views to the node whose memory they share.
func (e *Exec) owner(i int) int {
	for isView(&e.p.Nodes[i], e.lanes == 1) {
		i = e.p.Nodes[i].A
	}
	return i
}

// allocate gives every computed value a place in one arena; places are used
// again once a value has been read for the last time.
func (e *Exec) allocate() {
	e.place = make([]int, len(e.p.Nodes))
	last := make([]int, len(e.p.Nodes)) // last instruction that touches an owner
	for i := range e.place {
		e.place[i], last[i] = -1, -1
	}
	touch := func(i, at int) {
		if i >= 0 {
			last[e.owner(i)] = at
		}
	}
	for at, in := range e.code {
		touch(in.dst, at)
		touch(in.a, at)
		touch(in.b, at)
		if in.code == cMatVecBias || in.code == cActPair {
			touch(in.c, at)
		}
	}
	external := make([]bool, len(e.p.Nodes))
	for _, r := range e.out {
		last[e.owner(r.node)] = len(e.code)
		external[r.node] = r.direct
	}
	top, free := 0, map[int][]int{}
	take := func(i int) {
		if e.place[i] >= 0 || external[i] {
			return
		}
		size := e.size(i, e.width)
		if f := free[size]; len(f) > 0 {
			e.place[i], free[size] = f[len(f)-1], f[:len(f)-1]
			return
		}
		e.place[i] = top
		top += size
	}
	e.permanent(take)
	kept := make([]bool, len(e.place))
	for i, at := range e.place {
		kept[i] = at >= 0
	}
	for at, in := range e.code {
		take(in.dst)
		if in.code == cActPair {
			take(in.c)
		}
		for i := range e.place {
			if last[i] == at && e.place[i] >= 0 && !kept[i] {
				free[e.size(i, e.width)] = append(free[e.size(i, e.width)], e.place[i])
			}
		}
	}
	e.arena = make([]float64, top)
	e.views = slices.DeleteFunc(e.views, func(v view) bool { return e.place[e.owner(v.node)] < 0 }) // absorbed by sums
}

// permanent places what lives as long as e: constants, spread constants and
// staged inputs; it also lists the inputs and the views.
func (e *Exec) permanent(take func(int)) {
	at := map[int]int{} // position among the inputs
	for k, i := range e.p.Inputs {
		in := input{node: i, size: e.size(i, e.lanes), staged: e.p.Nodes[i].Batched && e.width < e.lanes}
		if in.staged {
			take(i)
		}
		e.in, at[i] = append(e.in, in), k
	}
	for i := range e.p.Nodes {
		n := &e.p.Nodes[i]
		switch {
		case isView(n, e.lanes == 1):
			v := view{node: i, of: n.A, lo: n.Lo, hi: n.Lo + n.Size(), batched: n.Batched}
			if k, ok := at[e.owner(i)]; ok && !e.in[k].staged {
				e.in[k].views = append(e.in[k].views, v)
			} else {
				e.views = append(e.views, v)
			}
		case n.Op == OpConst, n.Op == OpSpread && e.p.Nodes[n.A].Op == OpConst:
			take(i)
		}
	}
}

// layout sets the buffers for strips of the given number of lanes.
func (e *Exec) layout(lanes int) {
	e.current = lanes
	for i := range e.p.Nodes {
		if at := e.place[i]; at >= 0 {
			e.buf[i] = e.arena[at : at+e.size(i, lanes) : at+e.size(i, lanes)]
		}
		n := &e.p.Nodes[i]
		if n.Op == OpSpread && e.p.Nodes[n.A].Op == OpConst {
			n = &e.p.Nodes[n.A]
		}
		if n.Op == OpConst && e.place[i] >= 0 {
			kernel.Fill(e.buf[i], n.S)
		}
	}
	e.bindViews(e.views)
}

func (e *Exec) bindViews(views []view) {
	for i := range views {
		v, w := &views[i], 1
		if v.batched {
			w = e.current
		}
		e.buf[v.node] = e.buf[v.of][v.lo*w : v.hi*w]
	}
}

// Run evaluates the program. in and out hold one slice for each input and
// output, in the order of Program.Inputs and Program.Outputs: Rows·Cols
// numbers for shared values, Rows·Cols × lanes for batched ones. No output
// may overlap an input.
func (e *Exec) Run(out, in [][]float64) {
	e.check(out, in)
	for k := range e.out {
		if r := &e.out[k]; r.gather && !r.add && e.lanes > 1 {
			kernel.Fill(out[k], 0)
		}
	}
	e.bind(out, in)
	if e.width == e.lanes {
		e.run()
		e.finish(out, 0)
		return
	}
	for l := 0; l < e.lanes; l += stripLanes {
		n := min(stripLanes, e.lanes-l)
		if n != e.current {
			e.layout(n)
		}
		e.stage(in, l)
		e.run()
		e.finish(out, l)
	}
	if e.current != e.width {
		e.layout(e.width)
	}
}

func (e *Exec) check(out, in [][]float64) {
	if len(in) != len(e.in) || len(out) != len(e.out) {
		panic("program: Run needs one slice for each input and output")
	}
	for k := range e.in {
		if len(in[k]) != e.in[k].size {
			panic("program: an input has the wrong length: " + e.p.Nodes[e.in[k].node].Name)
		}
	}
	for k := range e.out {
		if len(out[k]) != e.out[k].size {
			panic("program: an output has the wrong length: " + e.p.Outputs[k].Name)
		}
	}
}

// bind points the nodes of inputs and direct outputs at the caller's memory.
func (e *Exec) bind(out, in [][]float64) {
	for k := range e.in {
		a := &e.in[k]
		if a.staged || a.size == 0 || len(e.buf[a.node]) > 0 && &e.buf[a.node][0] == &in[k][0] {
			continue
		}
		e.buf[a.node] = in[k]
		e.bindViews(a.views)
	}
	for k := range e.out {
		if r := &e.out[k]; r.direct {
			e.buf[r.node] = out[k]
		}
	}
}

// stage copies the strip that starts at lane l of the inputs.
func (e *Exec) stage(in [][]float64, l int) {
	for k := range e.in {
		if a := &e.in[k]; a.staged {
			copyStrip(e.buf[a.node], e.current, 0, in[k], e.lanes, l, e.p.Nodes[a.node].Size(), e.current)
		}
	}
}

// finish hands over the outputs that were not computed in place, for the
// strip that starts at lane l.
func (e *Exec) finish(out [][]float64, l int) {
	for k := range e.out {
		r := &e.out[k]
		if r.direct {
			continue
		}
		n, src := &e.p.Nodes[r.node], e.buf[r.node]
		switch {
		case n.Batched && e.width < e.lanes:
			e.scatter(out[k], src, l, n.Size(), r.add)
		case !n.Batched && r.gather && e.lanes > 1:
			kernel.AddTo(out[k], src)
		case !n.Batched && l > 0:
		case r.add:
			kernel.AddTo(out[k], src)
		default:
			copy(out[k], src)
		}
	}
}

func (e *Exec) scatter(dst, src []float64, l, rows int, add bool) {
	n := e.current
	if !add {
		copyStrip(dst, e.lanes, l, src, n, 0, rows, n)
		return
	}
	for i := range rows {
		kernel.AddTo(dst[i*e.lanes+l:i*e.lanes+l+n], src[i*n:(i+1)*n])
	}
}

// copyStrip copies n lanes of every row between two row-major layouts.
func copyStrip(dst []float64, dl, d0 int, src []float64, sl, s0, rows, n int) {
	for i := range rows {
		copy(dst[i*dl+d0:i*dl+d0+n], src[i*sl+s0:i*sl+s0+n])
	}
}

// run performs the kernel calls of one strip.
func (e *Exec) run() {
	for k := range e.code {
		in := &e.code[k]
		lanes := 1
		if in.batched {
			lanes = e.current
		}
		dst := e.buf[in.dst]
		if in.lo > 0 {
			dst = dst[in.lo*lanes:]
		}
		var a, b []float64
		if in.a >= 0 {
			a = e.buf[in.a]
		}
		if in.b >= 0 {
			b = e.buf[in.b]
		}
		e.step(in, dst, a, b, lanes)
	}
}

func (e *Exec) step(in *instr, dst, a, b []float64, lanes int) {
	switch in.code {
	case cMatVec:
		kernel.MatVec(dst, a, b, in.rows, in.cols, lanes)
	case cMatVecAdd:
		kernel.MatVecAdd(dst, a, b, in.rows, in.cols, lanes)
	case cMatVecBias:
		kernel.MatVecBias(dst, a, b, e.buf[in.c], in.rows, in.cols, lanes)
	case cMatVecT:
		kernel.MatVecT(dst, a, b, in.rows, in.cols, lanes)
	case cMatVecTAdd:
		kernel.MatVecTAdd(dst, a, b, in.rows, in.cols, lanes)
	case cMatVecLanes:
		kernel.MatVecLanes(dst, a, b, in.rows, in.cols, lanes)
	case cMatVecLanesAdd:
		kernel.MatVecLanesAdd(dst, a, b, in.rows, in.cols, lanes)
	case cMatVecTLanes:
		kernel.MatVecTLanes(dst, a, b, in.rows, in.cols, lanes)
	case cMatVecTLanesAdd:
		kernel.MatVecTLanesAdd(dst, a, b, in.rows, in.cols, lanes)
	case cOuterSum:
		kernel.OuterSum(dst, a, b, in.rows, in.cols, e.current)
	case cOuterLanes:
		kernel.OuterLanes(dst, a, b, in.rows, in.cols, lanes)
	case cOuterLanesAdd:
		kernel.OuterLanesAdd(dst, a, b, in.rows, in.cols, lanes)
	case cGatherAdd:
		kernel.GatherAdd(dst, a, in.rows*in.cols, e.current)
	case cSpread:
		kernel.Spread(dst, a, in.rows*in.cols, lanes)
	default:
		e.elementwise(in, dst[:in.rows*in.cols*lanes], a, b)
	}
}

func (e *Exec) elementwise(in *instr, dst, a, b []float64) {
	switch in.code {
	case cFill:
		kernel.Fill(dst, 0)
	case cCopy:
		copy(dst, a)
	case cAddTo:
		kernel.AddTo(dst, a)
	case cMul:
		kernel.Mul(dst, a, b)
	case cMulAddTo:
		kernel.MulAddTo(dst, a, b)
	case cScale:
		kernel.Scale(dst, in.s, a)
	case cAXPY:
		kernel.AXPY(dst, in.s, a)
	case cAct:
		kernel.Act(dst, a, in.kind, int(in.order))
	case cActPair:
		kernel.ActPair(dst, e.buf[in.c], a, in.kind, int(in.order))
	}
}

// Program returns the program e runs.
func (e *Exec) Program() *Program { return e.p }
