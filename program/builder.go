package program

import "fmt"

// Value is a node of a program under construction.
type Value struct{ id int }

// Builder builds a Program. Equal operations on equal operands become one
// node, and the simplest identities (x+0, 1·x, 0·x) are applied on the way.
// The first mistake sticks and is returned by Done; after it every method
// returns a harmless Value.
type Builder struct {
	nodes   []Node
	index   map[Node]int
	inputs  []int
	outputs []Output
	err     error
}

// New starts a program.
func New() *Builder { return &Builder{index: map[Node]int{}} }

// Shared declares an input with one value for all lanes.
func (b *Builder) Shared(name string, rows, cols int) Value {
	return b.Input(name, rows, cols, false)
}

// Batched declares an input with one value for each lane.
func (b *Builder) Batched(name string, rows, cols int) Value {
	return b.Input(name, rows, cols, true)
}

// Input declares an input, batched or shared. Declaring the same input twice
// with the same shape returns the same Value.
func (b *Builder) Input(name string, rows, cols int, batched bool) Value {
	for _, i := range b.inputs {
		if n := &b.nodes[i]; n.Name == name {
			if n.Rows != rows || n.Cols != cols || n.Batched != batched {
				b.fail("input %s is declared twice with different shapes", name)
			}
			return Value{i}
		}
	}
	if rows < 0 || cols < 1 {
		return b.fail("input %s has the shape %d×%d", name, rows, cols)
	}
	v := b.node(Node{Op: OpInput, A: -1, B: -1, Rows: rows, Cols: cols, Batched: batched, Name: name})
	b.inputs = append(b.inputs, v.id)
	return v
}

// Const is a shared value whose every entry is s.
func (b *Builder) Const(s float64, rows, cols int) Value {
	return b.node(Node{Op: OpConst, A: -1, B: -1, Rows: rows, Cols: cols, S: s})
}

// MatVec is W·x for a matrix W (r×c) and a vector x (c).
func (b *Builder) MatVec(w, x Value) Value {
	W, X := b.at(w), b.at(x)
	if X.Cols != 1 || W.Cols != X.Rows {
		return b.fail("matvec of %s and %s: the vector must have as many entries as the matrix has columns", b.name(w), b.name(x))
	}
	if b.isZero(w) || b.isZero(x) {
		return b.zeroLike(W.Rows, 1, W.Batched || X.Batched)
	}
	if W.Batched {
		x = b.Spread(x)
	}
	return b.node(Node{Op: OpMatVec, A: w.id, B: x.id, Rows: W.Rows, Cols: 1, Batched: W.Batched || X.Batched})
}

// MatVecT is Wᵀ·y for a matrix W (r×c) and a vector y (r).
func (b *Builder) MatVecT(w, y Value) Value {
	W, Y := b.at(w), b.at(y)
	if Y.Cols != 1 || W.Rows != Y.Rows {
		return b.fail("matvecT of %s and %s: the vector must have as many entries as the matrix has rows", b.name(w), b.name(y))
	}
	if b.isZero(w) || b.isZero(y) {
		return b.zeroLike(W.Cols, 1, W.Batched || Y.Batched)
	}
	if W.Batched {
		y = b.Spread(y)
	}
	return b.node(Node{Op: OpMatVecT, A: w.id, B: y.id, Rows: W.Cols, Cols: 1, Batched: W.Batched || Y.Batched})
}

// Outer is y xᵀ for vectors y (r) and x (c): an r×c matrix.
func (b *Builder) Outer(y, x Value) Value {
	Y, X := b.at(y), b.at(x)
	if Y.Cols != 1 || X.Cols != 1 {
		return b.fail("outer of %s and %s: both must be vectors", b.name(y), b.name(x))
	}
	if b.isZero(y) || b.isZero(x) {
		return b.zeroLike(Y.Rows, X.Rows, Y.Batched || X.Batched)
	}
	y, x = b.align(y, x)
	return b.node(Node{Op: OpOuter, A: y.id, B: x.id, Rows: Y.Rows, Cols: X.Rows, Batched: Y.Batched || X.Batched})
}

// Spread gives every lane a copy of a shared value; a batched value is
// returned as it is.
func (b *Builder) Spread(x Value) Value {
	X := b.at(x)
	if X.Batched {
		return x
	}
	return b.node(Node{Op: OpSpread, A: x.id, B: -1, Rows: X.Rows, Cols: X.Cols, Batched: true})
}

// Gather sums a batched value over the lanes.
func (b *Builder) Gather(x Value) Value {
	X := b.at(x)
	if !X.Batched {
		return b.fail("gather of %s: it is shared already", b.name(x))
	}
	if b.isZero(x) {
		return b.Const(0, X.Rows, X.Cols)
	}
	return b.node(Node{Op: OpGather, A: x.id, B: -1, Rows: X.Rows, Cols: X.Cols})
}

// Add is x + y; a shared operand is spread if the other is batched.
func (b *Builder) Add(x, y Value) Value {
	if !b.same("add", x, y) {
		return Value{}
	}
	x, y = b.align(x, y)
	switch {
	case b.isZero(x):
		return y
	case b.isZero(y):
		return x
	}
	X := b.at(x)
	return b.node(Node{Op: OpAdd, A: x.id, B: y.id, Rows: X.Rows, Cols: X.Cols, Batched: X.Batched})
}

// Sub is x − y.
func (b *Builder) Sub(x, y Value) Value { return b.Add(x, b.Scale(-1, y)) }

// Mul is the product entry by entry; a shared operand is spread if the other
// is batched.
func (b *Builder) Mul(x, y Value) Value {
	if !b.same("mul", x, y) {
		return Value{}
	}
	if s, ok := b.constant(x); ok {
		return b.scaleLike(s, y, x)
	}
	if s, ok := b.constant(y); ok {
		return b.scaleLike(s, x, y)
	}
	x, y = b.align(x, y)
	X := b.at(x)
	return b.node(Node{Op: OpMul, A: x.id, B: y.id, Rows: X.Rows, Cols: X.Cols, Batched: X.Batched})
}

// Scale is s·x for a number s.
func (b *Builder) Scale(s float64, x Value) Value {
	X := b.at(x)
	switch {
	case s == 1:
		return x
	case s == 0:
		return b.zeroLike(X.Rows, X.Cols, X.Batched)
	case X.Op == OpConst:
		return b.Const(s*X.S, X.Rows, X.Cols)
	case X.Op == OpScale:
		return b.Scale(s*X.S, Value{X.A})
	}
	return b.node(Node{Op: OpScale, A: x.id, B: -1, Rows: X.Rows, Cols: X.Cols, Batched: X.Batched, S: s})
}

// Act applies an elementary function entry by entry.
func (b *Builder) Act(k Kind, x Value) Value { return b.act(k, 0, x) }

func (b *Builder) act(k Kind, order int, x Value) Value {
	X := b.at(x)
	if order > k.MaxOrder() {
		return b.fail("%v is differentiated %d times; its derivatives are known up to order %d", k, order, k.MaxOrder())
	}
	return b.node(Node{Op: OpAct, A: x.id, B: -1, Rows: X.Rows, Cols: X.Cols, Batched: X.Batched, Kind: k, Order: order})
}

// Slice reads rows×cols entries of x from entry lo on (x is read row by row).
func (b *Builder) Slice(x Value, lo, rows, cols int) Value {
	X := b.at(x)
	n := rows * cols
	if lo < 0 || rows < 0 || cols < 1 || lo+n > X.Size() {
		return b.fail("slice [%d:%d] of %s: out of range", lo, lo+n, b.name(x))
	}
	switch {
	case rows == X.Rows && cols == X.Cols:
		return x
	case b.isZero(x):
		return b.zeroLike(rows, cols, X.Batched)
	case X.Op == OpSlice:
		return b.Slice(Value{X.A}, X.Lo+lo, rows, cols)
	case X.Op == OpPad:
		A := b.at(Value{X.A})
		if lo >= X.Lo+A.Size() || lo+n <= X.Lo {
			return b.zeroLike(rows, cols, X.Batched)
		}
		if lo >= X.Lo && lo+n <= X.Lo+A.Size() {
			return b.Slice(Value{X.A}, lo-X.Lo, rows, cols)
		}
	}
	return b.node(Node{Op: OpSlice, A: x.id, B: -1, Rows: rows, Cols: cols, Batched: X.Batched, Lo: lo})
}

// Pad places x at entry lo of an otherwise zero rows×cols value.
func (b *Builder) Pad(x Value, lo, rows, cols int) Value {
	X := b.at(x)
	if lo < 0 || lo+X.Size() > rows*cols {
		return b.fail("pad of %s at %d into %d×%d: out of range", b.name(x), lo, rows, cols)
	}
	if X.Rows == rows && X.Cols == cols {
		return x
	}
	if b.isZero(x) {
		return b.zeroLike(rows, cols, X.Batched)
	}
	return b.node(Node{Op: OpPad, A: x.id, B: -1, Rows: rows, Cols: cols, Batched: X.Batched, Lo: lo})
}

// Concat stacks values into one vector.
func (b *Builder) Concat(xs ...Value) Value {
	n := 0
	for _, x := range xs {
		n += b.at(x).Size()
	}
	sum, lo := b.Const(0, n, 1), 0
	for _, x := range xs {
		sum = b.Add(sum, b.Pad(x, lo, n, 1))
		lo += b.at(x).Size()
	}
	return sum
}

// Output names a result.
func (b *Builder) Output(name string, v Value) {
	for _, o := range b.outputs {
		if o.Name == name {
			b.fail("output %s is named twice", name)
			return
		}
	}
	b.outputs = append(b.outputs, Output{name, v.id})
}

// Rows returns the number of rows of v.
func (b *Builder) Rows(v Value) int { return b.at(v).Rows }

// IsBatched tells whether v has one value for each lane.
func (b *Builder) IsBatched(v Value) bool { return b.at(v).Batched }

// Fail records a mistake found by the caller, as if an operation had failed.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Done returns the program without what no output needs, or the first mistake.
func (b *Builder) Done() (*Program, error) {
	if b.err != nil {
		return nil, b.err
	}
	if len(b.outputs) == 0 {
		return nil, fmt.Errorf("program: it has no output")
	}
	live := make([]bool, len(b.nodes))
	for _, o := range b.outputs {
		live[o.Node] = true
	}
	for _, i := range b.inputs {
		live[i] = true
	}
	for i := len(b.nodes) - 1; i >= 0; i-- {
		if n := &b.nodes[i]; live[i] {
			if n.A >= 0 {
				live[n.A] = true
			}
			if n.B >= 0 {
				live[n.B] = true
			}
		}
	}
	p, at := &Program{}, make([]int, len(b.nodes)+1)
	at[len(b.nodes)] = -1
	for i, n := range b.nodes {
		if !live[i] {
			continue
		}
		if n.A >= 0 {
			n.A = at[n.A]
		}
		if n.B >= 0 {
			n.B = at[n.B]
		}
		at[i] = len(p.Nodes)
		p.Nodes = append(p.Nodes, n)
	}
	for _, i := range b.inputs {
		p.Inputs = append(p.Inputs, at[i])
	}
	for _, o := range b.outputs {
		p.Outputs = append(p.Outputs, Output{o.Name, at[o.Node]})
	}
	return p, nil
}

func (b *Builder) at(v Value) Node {
	if v.id >= len(b.nodes) {
		return Node{Op: OpConst, A: -1, B: -1, Cols: 1}
	}
	return b.nodes[v.id]
}

func (b *Builder) node(n Node) Value {
	if b.err != nil {
		return Value{}
	}
	if i, ok := b.index[n]; ok {
		return Value{i}
	}
	b.nodes = append(b.nodes, n)
	b.index[n] = len(b.nodes) - 1
	return Value{len(b.nodes) - 1}
}

func (b *Builder) fail(format string, args ...any) Value {
	b.Fail(fmt.Errorf("program: "+format, args...))
	return Value{}
}

func (b *Builder) name(v Value) string {
	n := b.at(v)
	if n.Name != "" {
		return fmt.Sprintf("%s (%s)", n.Name, n.shape())
	}
	return fmt.Sprintf("%v (%s)", n.Op, n.shape())
}

func (b *Builder) same(op string, x, y Value) bool {
	X, Y := b.at(x), b.at(y)
	if X.Rows == Y.Rows && X.Cols == Y.Cols {
		return true
	}
	b.fail("%s of %s and %s: the shapes differ", op, b.name(x), b.name(y))
	return false
}

func (b *Builder) align(x, y Value) (Value, Value) {
	if b.at(x).Batched != b.at(y).Batched {
		return b.Spread(x), b.Spread(y)
	}
	return x, y
}

// constant returns the number every entry of v has, looking through Spread.
func (b *Builder) constant(v Value) (float64, bool) {
	n := b.at(v)
	if n.Op == OpSpread {
		n = b.nodes[n.A]
	}
	return n.S, n.Op == OpConst
}

func (b *Builder) isZero(v Value) bool {
	s, ok := b.constant(v)
	return ok && s == 0
}

func (b *Builder) zeroLike(rows, cols int, batched bool) Value {
	z := b.Const(0, rows, cols)
	if batched {
		z = b.Spread(z)
	}
	return z
}

// scaleLike is s·x, batched if like is.
func (b *Builder) scaleLike(s float64, x, like Value) Value {
	if b.at(like).Batched {
		x = b.Spread(x)
	}
	return b.Scale(s, x)
}
