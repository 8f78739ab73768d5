package program

import "github.com/entrain-dev/entrain/internal/kernel"

// Run evaluates the program; its arguments are those of Exec.Run.
func (e *ExecSingle) Run(out, in [][]float64) {
	e.check(out, in)
	e.in, e.out = in, out
	for _, i := range e.gathers {
		clear(e.shared[i])
	}
	for k, i := range e.p.Inputs {
		if !e.p.Nodes[i].Batched {
			e.shared[i] = in[k]
		}
	}
	e.evaluate(e.first, 0)
	for l := 0; l < e.lanes; l += e.width {
		n := min(e.width, e.lanes-l)
		e.fetch(l, n)
		e.evaluate(e.strip, n)
		e.hand(l, n)
	}
	e.evaluate(e.last, 0)
	for k, o := range e.p.Outputs {
		if e.p.Nodes[o.Node].Batched {
			continue
		}
		if !e.add[k] {
			clear(out[k])
		}
		e.pour(out[k], o.Node)
	}
	e.in, e.out = nil, nil
}

func (e *ExecSingle) check(out, in [][]float64) {
	size := func(i int) int {
		if e.p.Nodes[i].Batched {
			return e.p.Nodes[i].Size() * e.lanes
		}
		return e.p.Nodes[i].Size()
	}
	if len(in) != len(e.p.Inputs) || len(out) != len(e.p.Outputs) {
		panic("program: Run needs one slice for each input and output")
	}
	for k, i := range e.p.Inputs {
		if len(in[k]) != size(i) {
			panic("program: an input has the wrong length: " + e.p.Nodes[i].Name)
		}
	}
	for k, o := range e.p.Outputs {
		if len(out[k]) != size(o.Node) {
			panic("program: an output has the wrong length: " + o.Name)
		}
	}
}

// fetch rounds a strip of the inputs, n lanes from l on. Lanes that pad the
// strip repeat the last one.
func (e *ExecSingle) fetch(l, n int) {
	wide := padded(n)
	for k, i := range e.p.Inputs {
		if node := &e.p.Nodes[i]; node.Batched {
			e.batched[i] = e.memory[i][:node.Size()*wide]
			for r := range node.Size() {
				dst := row(e.batched[i], r, wide)
				kernel.Narrow(dst[:n], e.in[k][r*e.lanes+l:])
				fill(dst[n:], dst[n-1])
			}
		}
	}
}

// hand hands over a strip of the outputs.
func (e *ExecSingle) hand(l, n int) {
	wide := padded(n)
	for k, o := range e.p.Outputs {
		node := &e.p.Nodes[o.Node]
		if !node.Batched {
			continue
		}
		for r := range node.Size() {
			dst, src := e.out[k][r*e.lanes+l:r*e.lanes+l+n], row(e.batched[o.Node], r, wide)[:n]
			if e.add[k] {
				kernel.WidenAdd(dst, src)
			} else {
				kernel.Widen(dst, src)
			}
		}
	}
}

// pour adds the value of node i, of which idle sums and pads are not made.
func (e *ExecSingle) pour(dst []float64, i int) {
	n := &e.p.Nodes[i]
	switch {
	case !e.idle[i]:
		kernel.AddTo(dst, e.shared[i])
	case n.Op == OpAdd:
		e.pour(dst, n.A)
		e.pour(dst, n.B)
	default:
		e.pour(dst[n.Lo:n.Lo+e.p.Nodes[n.A].Size()], n.A)
	}
}

// evaluate computes nodes for n lanes and those that pad them.
func (e *ExecSingle) evaluate(nodes []int, n int) {
	for _, i := range nodes {
		node := &e.p.Nodes[i]
		switch {
		case node.Op == OpInput && node.Batched:
		case node.Op == OpGather:
			e.gather(i, node, n)
		case node.Batched:
			e.lanesOf(i, node, padded(n))
		default:
			e.sharedOf(i, node)
		}
		if e.low[i] != nil {
			kernel.Narrow(e.low[i], e.shared[i])
		}
	}
}

// gather adds the sums over n lanes of a value, or of an outer product.
func (e *ExecSingle) gather(i int, node *Node, n int) {
	if o := e.sum[i]; o >= 0 {
		y, x := e.p.Nodes[o].A, e.p.Nodes[o].B
		kernel.OuterSum32(e.shared[i], counted(e.batched[y], n), counted(e.batched[x], n), node.Rows, node.Cols, padded(n))
		return
	}
	kernel.OuterSum32(e.shared[i], counted(e.batched[node.A], n), e.ones, node.Size(), 1, padded(n))
}

// counted is v, of n lanes, with zeros in the lanes that pad them. Nobody else
// needs what was there.
func counted(v []float32, n int) []float32 {
	if wide := padded(n); wide > n {
		for r := range len(v) / wide {
			clear(row(v, r, wide)[n:])
		}
	}
	return v
}

// sharedOf computes a value that all lanes share, in float64.
func (e *ExecSingle) sharedOf(i int, n *Node) {
	dst := e.shared[i]
	var a, b []float64
	if n.A >= 0 {
		a = e.shared[n.A]
	}
	if n.B >= 0 {
		b = e.shared[n.B]
	}
	switch n.Op {
	case OpMatVec:
		kernel.MatVec(dst, a, b, n.Rows, e.p.Nodes[n.A].Cols, 1)
	case OpMatVecT:
		kernel.MatVecT(dst, a, b, e.p.Nodes[n.A].Rows, n.Rows, 1)
	case OpOuter:
		clear(dst)
		kernel.OuterSum(dst, a, b, n.Rows, n.Cols, 1)
	case OpAdd:
		kernel.Add(dst, a, b)
	case OpMul:
		kernel.Mul(dst, a, b)
	case OpScale:
		kernel.Scale(dst, n.S, a)
	case OpAct:
		kernel.Act(dst, a, n.Kind, n.Order)
	case OpSlice:
		e.shared[i] = a[n.Lo : n.Lo+n.Size()]
	case OpPad:
		clear(dst)
		copy(dst[n.Lo:], a)
	}
}
