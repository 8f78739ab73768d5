package program

// VJP returns the program that maps the inputs of p and a cotangent for each
// output (an input named "c"+output) to the cotangent of each input in wrt
// (an output named "g"+name): the vector–Jacobian product. The cotangent of
// a shared input is the sum over lanes, or one for each lane if its Wrt is
// Batched.
func VJP(p *Program, wrt ...Wrt) *Program {
	b, primal := replay(p)
	v := &vjp{b: b, p: p, x: primal}
	v.markLanes(wrt)
	for _, o := range p.Outputs {
		n := p.Nodes[o.Node]
		c := b.Input("c"+o.Name, n.Rows, n.Cols, n.Batched || v.lanes[o.Node])
		v.add(o.Node, c)
	}
	for i := len(p.Nodes) - 1; i >= 0; i-- {
		if v.has[i] && v.wanted[i] {
			v.rule(&p.Nodes[i], v.c[i])
		}
	}
	for _, w := range wrt {
		i := p.find(w.Name)
		n := p.Nodes[i]
		g := b.zeroLike(n.Rows, n.Cols, n.Batched || w.Batched)
		if v.has[i] {
			g = v.c[i]
		}
		switch {
		case w.Batched || n.Batched:
			g = b.Spread(g)
		case b.at(g).Batched:
			g = b.Gather(g)
		}
		b.Output("g"+w.Name, g)
	}
	return must(b)
}

type vjp struct {
	b      *Builder
	p      *Program
	x, c   []Value // primal values and cotangents
	has    []bool
	wanted []bool // depends on an input in wrt
	lanes  []bool // its cotangent is kept for each lane although it is shared
}

func (v *vjp) markLanes(wrt []Wrt) {
	n := len(v.p.Nodes)
	v.c, v.has, v.wanted, v.lanes = make([]Value, n), make([]bool, n), make([]bool, n), make([]bool, n)
	for _, w := range wrt {
		i := v.p.find(w.Name)
		v.wanted[i] = true
		v.lanes[i] = w.Batched
	}
	for i := range v.p.Nodes {
		for _, a := range [2]int{v.p.Nodes[i].A, v.p.Nodes[i].B} {
			if a >= 0 {
				v.wanted[i] = v.wanted[i] || v.wanted[a]
				v.lanes[i] = v.lanes[i] || v.lanes[a] && v.p.Nodes[i].Op != OpGather
			}
		}
	}
}

// add accumulates a contribution to the cotangent of node i.
func (v *vjp) add(i int, c Value) {
	if i < 0 || !v.wanted[i] {
		return
	}
	if v.b.at(c).Batched && !v.p.Nodes[i].Batched && !v.lanes[i] {
		c = v.b.Gather(c)
	}
	if v.has[i] {
		c = v.b.Add(v.c[i], c)
	}
	v.c[i], v.has[i] = c, true
}

// rule passes the cotangent c of node n on to its operands.
func (v *vjp) rule(n *Node, c Value) {
	b, x := v.b, v.x
	switch n.Op {
	case OpInput, OpConst:
	case OpMatVec: // y = W x
		v.add(n.A, v.when(n.A, func() Value { return b.Outer(c, x[n.B]) }))
		v.add(n.B, v.when(n.B, func() Value { return b.MatVecT(x[n.A], c) }))
	case OpMatVecT: // x = Wᵀ y
		v.add(n.A, v.when(n.A, func() Value { return b.Outer(x[n.B], c) }))
		v.add(n.B, v.when(n.B, func() Value { return b.MatVec(x[n.A], c) }))
	case OpOuter: // A = y xᵀ
		v.add(n.A, v.when(n.A, func() Value { return b.MatVec(c, x[n.B]) }))
		v.add(n.B, v.when(n.B, func() Value { return b.MatVecT(c, x[n.A]) }))
	case OpMul:
		v.add(n.A, v.when(n.A, func() Value { return b.Mul(c, x[n.B]) }))
		v.add(n.B, v.when(n.B, func() Value { return b.Mul(c, x[n.A]) }))
	case OpAdd:
		v.add(n.A, c)
		v.add(n.B, c)
	case OpSpread:
		v.add(n.A, c)
	case OpGather:
		v.add(n.A, b.Spread(c))
	case OpScale:
		v.add(n.A, b.Scale(n.S, c))
	case OpAct:
		v.add(n.A, b.Mul(b.act(n.Kind, n.Order+1, x[n.A]), c))
	case OpSlice:
		A := v.p.Nodes[n.A]
		v.add(n.A, b.Pad(c, n.Lo, A.Rows, A.Cols))
	case OpPad:
		A := v.p.Nodes[n.A]
		v.add(n.A, b.Slice(c, n.Lo, A.Rows, A.Cols))
	}
}

// when builds a contribution only if node i wants one.
func (v *vjp) when(i int, f func() Value) Value {
	if !v.wanted[i] {
		return Value{}
	}
	return f()
}
