package program

import "slices"

// Lowering: a program becomes a list of kernel calls over buffers.
//
// One mechanism does all fusing. A tree of additions is flattened into its
// leaves, and each leaf (a product, a scaled value, a padded value, a sum over
// lanes) is accumulated straight into the buffer of the root, so neither the
// partial sums nor the padded copies exist. On top of that a value and its
// derivative by the same Act are computed in one pass, matvec + bias is one
// kernel, and so is a product times what follows it.

type opcode uint8

const (
	cFill opcode = iota
	cCopy
	cAddTo
	cMatVec
	cMatVecAdd
	cMatVecBias
	cMatVecTimes
	cMatVecT
	cMatVecTAdd
	cMatVecTTimes
	cMatVecLanes
	cMatVecLanesAdd
	cMatVecLanesBias
	cMatVecLanesTimes
	cMatVecTLanes
	cMatVecTLanesAdd
	cMatVecTLanesTimes
	cOuterSum // accumulates
	cOuterLanes
	cOuterLanesAdd
	cGatherAdd
	cSpread
	cMul
	cMulAddTo
	cScale
	cAXPY
	cAct
	cActPair
)

// instr is one kernel call. dst, a, b, c are nodes, whose buffers are looked
// up when it runs; lo is the first entry of dst that is written.
type instr struct {
	code       opcode
	order      uint8
	kind       Kind
	batched    bool // dst is batched
	dst, a, b  int
	c          int // bias or factor, or the second result of cActPair
	lo         int
	rows, cols int
	s          float64
}

type planner struct {
	p      *Program
	one    bool // lanes = 1: spread and gather are the identity
	uses   []int
	inline []bool // evaluated inside the sum that uses it
	pair   []int  // for an act: the node of the next derivative, computed with it; -1
	factor []int  // for a mul: the operand that the other, a product, is multiplied by as it is stored; -1
	done   []bool
	code   []instr
	// accumulate[i] tells that node i is added to a caller's buffer directly.
	accumulate []bool
	inside     []spot
}

func newPlanner(p *Program, one bool, accumulate []bool) *planner {
	n := len(p.Nodes)
	pl := &planner{p: p, one: one, uses: make([]int, n), inline: make([]bool, n),
		pair: make([]int, n), factor: make([]int, n), done: make([]bool, n), accumulate: accumulate, inside: make([]spot, n)}
	for i := range pl.inside {
		pl.inside[i].of = -1
	}
	return pl
}

func (pl *planner) lower() []instr {
	pl.countUses()
	pl.findInline()
	pl.findTimes()
	pl.findPairs()
	for i := range pl.p.Nodes {
		if !pl.inline[i] && !pl.done[i] {
			pl.emitNode(i)
		}
	}
	return pl.alive()
}

// alive drops what nobody reads, such as spread biases that a product took
// over before they were spread.
func (pl *planner) alive() []instr {
	read := make([]bool, len(pl.p.Nodes))
	touch := func(i int) {
		for i >= 0 && isView(&pl.p.Nodes[i], pl.one) {
			i = pl.p.Nodes[i].A
		}
		if i >= 0 {
			read[i] = true
		}
	}
	for _, o := range pl.p.Outputs {
		touch(o.Node)
	}
	var code []instr
	for k := len(pl.code) - 1; k >= 0; k-- {
		in := pl.code[k]
		if !pl.isRead(read, in.dst) && !(in.code == cActPair && pl.isRead(read, in.c)) {
			continue
		}
		touch(in.a)
		touch(in.b)
		if in.code.third() {
			touch(in.c)
		}
		code = append(code, in)
	}
	slices.Reverse(code)
	return code
}

func (pl *planner) countUses() {
	for i := range pl.p.Nodes {
		n := &pl.p.Nodes[i]
		if n.A >= 0 {
			pl.uses[n.A]++
		}
		if n.B >= 0 {
			pl.uses[n.B]++
		}
	}
	for _, o := range pl.p.Outputs {
		pl.uses[o.Node]++
	}
}

// isView tells that a node shares memory with its operand.
func isView(n *Node, one bool) bool {
	return n.Op == OpSlice || one && (n.Op == OpSpread || n.Op == OpGather)
}

// isRoot tells that a node is evaluated as a sum of leaves.
func (pl *planner) isRoot(n *Node) bool {
	switch n.Op {
	case OpAdd, OpPad:
		return true
	case OpGather:
		return !pl.one
	}
	return false
}

func (pl *planner) fusible(n *Node) bool {
	switch n.Op {
	case OpMatVec, OpMatVecT, OpOuter, OpMul, OpScale, OpGather:
		return true
	}
	return pl.isRoot(n)
}

// findInline marks what a sum absorbs: nodes used once, by an addition, a pad
// or (an outer product) a sum over lanes.
func (pl *planner) findInline() {
	mark := func(i int) {
		if pl.uses[i] == 1 && pl.fusible(&pl.p.Nodes[i]) {
			pl.inline[i] = true
		}
	}
	for i := len(pl.p.Nodes) - 1; i >= 0; i-- {
		n := &pl.p.Nodes[i]
		switch {
		case n.Op == OpAdd:
			mark(n.A)
			mark(n.B)
		case n.Op == OpPad:
			mark(n.A)
		case n.Op == OpGather && pl.p.Nodes[n.A].Op == OpOuter && (!pl.one || pl.inline[i]):
			mark(n.A)
		}
	}
}

func (pl *planner) findPairs() {
	for i := range pl.pair {
		pl.pair[i] = -1
	}
	for i := range pl.p.Nodes {
		n := &pl.p.Nodes[i]
		if n.Op != OpAct || pl.taken(i) {
			continue
		}
		for j := range pl.p.Nodes {
			m := &pl.p.Nodes[j]
			if m.Op == OpAct && m.Kind == n.Kind && m.A == n.A && m.Order == n.Order+1 && m.Batched == n.Batched {
				pl.pair[i] = j
			}
		}
	}
}

// taken tells that an act is already the second of a pair.
func (pl *planner) taken(i int) bool {
	for _, j := range pl.pair {
		if j == i {
			return true
		}
	}
	return false
}

func (pl *planner) emit(in instr) { pl.code = append(pl.code, in) }

func (pl *planner) emitNode(i int) {
	n := &pl.p.Nodes[i]
	in := instr{dst: i, a: n.A, b: n.B, batched: n.Batched, rows: n.Rows, cols: n.Cols, s: n.S, kind: n.Kind, order: uint8(n.Order)}
	switch {
	case n.Op == OpInput || n.Op == OpConst || isView(n, pl.one):
	case n.Op == OpSpread && pl.p.Nodes[n.A].Op == OpConst:
	case n.Op == OpSpread:
		in.code = cSpread
		pl.emit(in)
	case n.Op == OpAct:
		pl.emitAct(i, in)
	case pl.isRoot(n) || pl.accumulate[i]:
		pl.emitSum(i)
	case pl.factor[i] >= 0:
		pl.emitTimes(i)
	default:
		pl.emitLeaf(leaf{node: i, dst: i}, true)
	}
}

// emitAct emits an act, together with its derivative if both are needed.
func (pl *planner) emitAct(i int, in instr) {
	in.code = cAct
	if j := pl.pair[i]; j >= 0 && !pl.done[j] {
		in.code, in.c = cActPair, j
		pl.done[j] = true
	}
	pl.done[i] = true
	pl.emit(in)
}

// leaf is a term of a sum: node, added to entries lo… of dst.
type leaf struct{ node, dst, lo int }

func (pl *planner) leaves(list []leaf, l leaf) []leaf {
	n := &pl.p.Nodes[l.node]
	if l.node != l.dst && !pl.inline[l.node] {
		return append(list, l)
	}
	switch n.Op {
	case OpAdd:
		return pl.leaves(pl.leaves(list, leaf{n.A, l.dst, l.lo}), leaf{n.B, l.dst, l.lo})
	case OpPad:
		return pl.leaves(list, leaf{n.A, l.dst, l.lo + n.Lo})
	case OpGather:
		if pl.one {
			return pl.leaves(list, leaf{n.A, l.dst, l.lo})
		}
	}
	return append(list, l)
}

func (pl *planner) emitSum(i int) {
	list := pl.leaves(nil, leaf{i, i, 0})
	size := pl.p.Nodes[i].Size()
	if !pl.accumulate[i] {
		if pl.emitConcat(i, list) {
			return
		}
		first := pl.first(list, size)
		if first < 0 {
			pl.emit(instr{code: cFill, dst: i, a: -1, b: -1, batched: pl.p.Nodes[i].Batched, rows: size, cols: 1})
		} else {
			list = pl.start(list, first)
		}
	}
	for _, l := range list {
		pl.emitLeaf(l, false)
	}
}

// first chooses the leaf that overwrites a destination of that size; -1 if
// none can. A product with a matrix per lane gives way to what it may be added
// to, so that it starts from its bias as one with a shared matrix does.
func (pl *planner) first(list []leaf, size int) int {
	first := -1
	for k, l := range list {
		n := &pl.p.Nodes[l.node]
		if n.Size() != size || !pl.initialises(l) {
			continue
		}
		if !(n.Op == OpMatVec && pl.p.Nodes[n.A].Batched && pl.inline[l.node]) {
			return k
		}
		if first < 0 {
			first = k
		}
	}
	return first
}

// start emits the leaf that overwrites the destination, with a bias if there
// is one, and returns the other leaves.
func (pl *planner) start(list []leaf, first int) []leaf {
	l := list[first]
	rest := append(append([]leaf{}, list[:first]...), list[first+1:]...)
	n := &pl.p.Nodes[l.node]
	if k := pl.biasOf(n, l, rest); k >= 0 {
		pl.emitBiased(cMatVecBias, l, pl.p.Nodes[rest[k].node].A)
		return append(rest[:k], rest[k+1:]...)
	}
	if len(rest) > 0 && l.node != l.dst && !pl.inline[l.node] { // a copy
		r := rest[0]
		if m := &pl.p.Nodes[r.node]; m.Op == OpMatVec && pl.p.Nodes[m.A].Batched && pl.inline[r.node] && r.lo == l.lo && m.Size() == n.Size() {
			pl.emitBiased(cMatVecLanesBias, r, l.node)
			return rest[1:]
		}
	}
	pl.emitLeaf(l, true)
	return rest
}

// biasOf is which of the rest a product of a shared matrix can begin with; −1 if none.
func (pl *planner) biasOf(n *Node, l leaf, rest []leaf) int {
	if n.Op != OpMatVec || pl.p.Nodes[n.A].Batched || !n.Batched || !pl.inline[l.node] {
		return -1
	}
	return slices.IndexFunc(rest, func(r leaf) bool {
		m := &pl.p.Nodes[r.node]
		return m.Op == OpSpread && m.Rows == n.Rows && m.Cols == 1
	})
}

// emitBiased writes the product of a leaf that starts from a bias.
func (pl *planner) emitBiased(code opcode, l leaf, bias int) {
	n := &pl.p.Nodes[l.node]
	pl.emit(instr{code: code, dst: l.dst, a: n.A, b: n.B, c: bias, lo: l.lo, batched: true, rows: n.Rows, cols: pl.p.Nodes[n.A].Cols})
}

// initialises tells whether a leaf can overwrite its destination.
func (pl *planner) initialises(l leaf) bool {
	return pl.p.Nodes[l.node].Op != OpGather || !pl.inline[l.node] && l.node != l.dst
}

// emitLeaf writes (or adds) a leaf. A leaf that is not inlined has a buffer.
func (pl *planner) emitLeaf(l leaf, write bool) {
	n := &pl.p.Nodes[l.node]
	pick := func(w, add opcode) opcode {
		if write {
			return w
		}
		return add
	}
	in := instr{dst: l.dst, a: n.A, b: n.B, lo: l.lo, rows: n.Rows, cols: n.Cols, batched: n.Batched, s: n.S}
	if l.node != l.dst && !pl.inline[l.node] {
		in.code, in.a, in.b = pick(cCopy, cAddTo), l.node, -1
		pl.emit(in)
		return
	}
	switch n.Op {
	case OpMatVec, OpMatVecT:
		w := &pl.p.Nodes[n.A]
		in.rows, in.cols = w.Rows, w.Cols
		switch {
		case n.Op == OpMatVec && !w.Batched:
			in.code = pick(cMatVec, cMatVecAdd)
		case n.Op == OpMatVec:
			in.code = pick(cMatVecLanes, cMatVecLanesAdd)
		case !w.Batched:
			in.code = pick(cMatVecT, cMatVecTAdd)
		default:
			in.code = pick(cMatVecTLanes, cMatVecTLanesAdd)
		}
	case OpOuter:
		in.code = pick(cOuterLanes, cOuterLanesAdd)
	case OpMul:
		in.code = pick(cMul, cMulAddTo)
	case OpScale:
		in.code = pick(cScale, cAXPY)
	case OpGather:
		in.code = cGatherAdd
		if m := &pl.p.Nodes[n.A]; m.Op == OpOuter && pl.inline[n.A] {
			in.code, in.a, in.b, in.rows, in.cols = cOuterSum, m.A, m.B, m.Rows, m.Cols
		}
	default:
		panic("program: an operation that no sum absorbs: " + n.Op.String())
	}
	pl.emit(in)
}
