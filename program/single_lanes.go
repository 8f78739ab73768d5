package program

import "github.com/entrain-dev/entrain/internal/kernel"

// lanesOf computes a value that each lane has of its own.
func (e *ExecSingle) lanesOf(i int, n *Node, lanes int) {
	if n.Op == OpSlice {
		e.batched[i] = e.batched[n.A][n.Lo*lanes : (n.Lo+n.Size())*lanes]
		return
	}
	dst := e.memory[i][:n.Size()*lanes]
	e.batched[i] = dst
	a := e.batched[n.A]
	var b []float32
	if n.B >= 0 {
		b = e.batched[n.B]
	}
	switch n.Op {
	case OpMatVec, OpMatVecT:
		e.product(dst, n, b, lanes)
	case OpOuter:
		for r := range n.Rows {
			for c := range n.Cols {
				kernel.Mul32(row(dst, r*n.Cols+c, lanes), row(a, r, lanes), row(b, c, lanes))
			}
		}
	case OpSpread:
		for r, v := range e.low[n.A] {
			fill(row(dst, r, lanes), v)
		}
	case OpAdd:
		e.sumOf(dst, i, n, a, b, lanes)
	case OpMul:
		kernel.Mul32(dst, a, b)
	case OpScale:
		kernel.Scale32(dst, float32(n.S), a)
	case OpAct:
		e.act(dst, i, n, a)
	case OpPad:
		clear(dst)
		copy(dst[n.Lo*lanes:], a)
	}
}

// sumOf is a sum, of a product and its bias in one.
func (e *ExecSingle) sumOf(dst []float32, i int, n *Node, a, b []float32, lanes int) {
	if e.bias[i] < 0 {
		kernel.Add32(dst, a, b)
		return
	}
	p := &e.p.Nodes[n.A]
	if p.Op != OpMatVec || !e.idle[n.A] {
		p = &e.p.Nodes[n.B]
	}
	kernel.MatVecBias32(dst, e.low[p.A], e.batched[p.B], e.low[e.bias[i]], p.Rows, e.p.Nodes[p.A].Cols, lanes)
}

// act is a function, together with its derivative where both are needed.
func (e *ExecSingle) act(dst []float32, i int, n *Node, a []float32) {
	j := e.pair[i]
	if j < 0 {
		kernel.Act32(dst, a, n.Kind, n.Order)
		return
	}
	e.batched[j] = e.memory[j][:len(dst)]
	if e.p.Nodes[j].Order > n.Order {
		kernel.ActPair32(dst, e.batched[j], a, n.Kind, n.Order)
	} else {
		kernel.ActPair32(e.batched[j], dst, a, n.Kind, n.Order-1)
	}
}

// product multiplies with a matrix or its transpose, shared or one for each lane.
func (e *ExecSingle) product(dst []float32, n *Node, x []float32, lanes int) {
	w := &e.p.Nodes[n.A]
	switch {
	case w.Batched:
		e.productLanes(dst, n, x, lanes)
	case n.Op == OpMatVec:
		kernel.MatVec32(dst, e.low[n.A], x, w.Rows, w.Cols, lanes)
	default:
		kernel.MatVecT32(dst, e.low[n.A], x, w.Rows, w.Cols, lanes)
	}
}

func (e *ExecSingle) productLanes(dst []float32, n *Node, x []float32, lanes int) {
	w, m := &e.p.Nodes[n.A], e.batched[n.A]
	clear(dst)
	for r := range w.Rows {
		for c := range w.Cols {
			to, from := r, c
			if n.Op == OpMatVecT {
				to, from = c, r
			}
			y := row(dst, to, lanes)
			kernel.MulAdd32(y, row(m, r*w.Cols+c, lanes), row(x, from, lanes), y)
		}
	}
}

func row(v []float32, r, lanes int) []float32 { return v[r*lanes : (r+1)*lanes] }

func fill(v []float32, s float32) {
	for i := range v {
		v[i] = s
	}
}
