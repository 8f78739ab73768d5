package program

// Wrt names an input a program is differentiated with respect to. Batched
// asks for one tangent or cotangent for each lane; it is needed only for
// shared inputs (a batched input always has batched ones).
type Wrt struct {
	Name    string
	Batched bool
}

// JVP returns the program that maps the inputs of p and a tangent for each
// input in wrt (an input named "d"+name) to the tangent of every output
// (named "d"+output): the Jacobian–vector product.
func JVP(p *Program, wrt ...Wrt) *Program {
	b, primal := replay(p)
	tangent := make([]Value, len(p.Nodes))
	has := make([]bool, len(p.Nodes))
	set := func(i int, v Value) { tangent[i], has[i] = v, true }
	for _, w := range wrt {
		i := p.find(w.Name)
		n := p.Nodes[i]
		set(i, b.Input("d"+w.Name, n.Rows, n.Cols, n.Batched || w.Batched))
	}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		a, c := n.A >= 0 && has[n.A], n.B >= 0 && has[n.B]
		if !a && !c {
			continue
		}
		set(i, jvpRule(b, n, primal, tangent, a, c))
	}
	for _, o := range p.Outputs {
		n := p.Nodes[o.Node]
		v := b.zeroLike(n.Rows, n.Cols, n.Batched)
		if has[o.Node] {
			v = tangent[o.Node]
		}
		b.Output("d"+o.Name, v)
	}
	return must(b)
}

// jvpRule is the tangent of node n; a and c tell which operands have one.
func jvpRule(b *Builder, n *Node, x, dx []Value, a, c bool) Value {
	bilinear := func(op func(Value, Value) Value) Value {
		switch {
		case !c:
			return op(dx[n.A], x[n.B])
		case !a:
			return op(x[n.A], dx[n.B])
		}
		return b.Add(op(dx[n.A], x[n.B]), op(x[n.A], dx[n.B]))
	}
	switch n.Op {
	case OpMatVec:
		return bilinear(b.MatVec)
	case OpMatVecT:
		return bilinear(b.MatVecT)
	case OpOuter:
		return bilinear(b.Outer)
	case OpMul:
		return bilinear(b.Mul)
	case OpAdd:
		switch {
		case !c:
			return dx[n.A]
		case !a:
			return dx[n.B]
		}
		return b.Add(dx[n.A], dx[n.B])
	case OpSpread:
		return b.Spread(dx[n.A])
	case OpGather:
		return b.Gather(dx[n.A])
	case OpScale:
		return b.Scale(n.S, dx[n.A])
	case OpAct:
		return b.Mul(b.act(n.Kind, n.Order+1, x[n.A]), dx[n.A])
	case OpSlice:
		return b.Slice(dx[n.A], n.Lo, n.Rows, n.Cols)
	case OpPad:
		return b.Pad(dx[n.A], n.Lo, n.Rows, n.Cols)
	}
	return b.fail("no tangent rule for %v", n.Op)
}

// replay copies p into a new builder and returns the new place of each node.
func replay(p *Program) (*Builder, []Value) {
	b := New()
	return b, b.Splice(p, nil)
}

// Splice copies the operations of p into b. An input found in args is
// replaced by that value, the others are declared as they are. It returns
// the new place of each node of p.
func (b *Builder) Splice(p *Program, args map[string]Value) []Value {
	at := make([]Value, len(p.Nodes))
	for i := range p.Nodes {
		at[i] = b.copyNode(&p.Nodes[i], at, args)
	}
	return at
}

func (b *Builder) copyNode(n *Node, at []Value, args map[string]Value) Value {
	switch n.Op {
	case OpInput:
		if v, ok := args[n.Name]; ok {
			return v
		}
		return b.Input(n.Name, n.Rows, n.Cols, n.Batched)
	case OpConst:
		return b.Const(n.S, n.Rows, n.Cols)
	case OpMatVec:
		return b.MatVec(at[n.A], at[n.B])
	case OpMatVecT:
		return b.MatVecT(at[n.A], at[n.B])
	case OpOuter:
		return b.Outer(at[n.A], at[n.B])
	case OpSpread:
		return b.Spread(at[n.A])
	case OpGather:
		return b.Gather(at[n.A])
	case OpAdd:
		return b.Add(at[n.A], at[n.B])
	case OpMul:
		return b.Mul(at[n.A], at[n.B])
	case OpScale:
		return b.Scale(n.S, at[n.A])
	case OpAct:
		return b.act(n.Kind, n.Order, at[n.A])
	case OpSlice:
		return b.Slice(at[n.A], n.Lo, n.Rows, n.Cols)
	}
	return b.Pad(at[n.A], n.Lo, n.Rows, n.Cols)
}

// Call splices p with its inputs replaced by args and returns its outputs by
// name.
func (b *Builder) Call(p *Program, args map[string]Value) map[string]Value {
	at := b.Splice(p, args)
	out := make(map[string]Value, len(p.Outputs))
	for _, o := range p.Outputs {
		out[o.Name] = at[o.Node]
	}
	return out
}

// Ensemble returns p with the named shared inputs batched: each lane carries
// its own.
func Ensemble(p *Program, names ...string) *Program {
	b := New()
	args := map[string]Value{}
	for _, i := range p.Inputs { // declared first, so that the order is kept
		n := p.Nodes[i]
		batched := n.Batched
		for _, name := range names {
			batched = batched || name == n.Name
		}
		args[n.Name] = b.Input(n.Name, n.Rows, n.Cols, batched)
	}
	at := b.Splice(p, args)
	for _, o := range p.Outputs {
		v := at[o.Node]
		if p.Nodes[o.Node].Batched {
			v = b.Spread(v)
		}
		b.Output(o.Name, v)
	}
	return must(b)
}

func (p *Program) find(name string) int {
	for _, i := range p.Inputs {
		if p.Nodes[i].Name == name {
			return i
		}
	}
	panic("program: differentiated with respect to an input it does not have: " + name)
}

// must is for transforms of valid programs, whose only way to fail is a
// derivative order that Act does not know.
func must(b *Builder) *Program {
	p, err := b.Done()
	if err != nil {
		panic(err.Error())
	}
	return p
}
