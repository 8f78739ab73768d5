package program

import (
	"slices"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// entry is one row of a node.
type entry struct{ node, row int }

// rowWriter turns the calls of an executor into operations on rows. What one
// row takes is a chain: operations on the accumulator and a store. Chains are
// written when they are first needed, so that a value that is used once is
// still in the accumulator.
type rowWriter struct {
	p      *Program
	one    bool
	varies []bool // of each node
	chains map[entry][]link
	acts   map[int]instr   // elementary functions, by the node they make
	placed map[entry]entry // rows computed by a node that lies in another, see spot
	at     map[entry]RowOf
	temps  int
	ops    []RowOp
}

// link is an operation whose operands are nodes still.
type link struct {
	code RowCode
	s    float64
	a, b entry // node −1: none
}

func newRowWriter(p *Program, one bool, vary []string) *rowWriter {
	w := &rowWriter{p: p, one: one, varies: make([]bool, len(p.Nodes)),
		chains: map[entry][]link{}, acts: map[int]instr{}, placed: map[entry]entry{}, at: map[entry]RowOf{}}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		w.varies[i] = n.Op == OpInput && slices.Contains(vary, n.Name) || n.A >= 0 && w.varies[n.A] || n.B >= 0 && w.varies[n.B]
	}
	return w
}

var rowCodes = map[opcode]RowCode{cFill: kernel.TapeFill, cCopy: kernel.TapeLoad, cMul: kernel.TapeMul, cScale: kernel.TapeScale,
	cAddTo: kernel.TapeAdd, cMulAddTo: kernel.TapeMulAdd, cAXPY: kernel.TapeAXPY}

// collect sorts the calls of an executor into chains. It returns false if one
// of them is no operation on rows.
func (w *rowWriter) collect() bool {
	pl := newPlanner(w.p, w.one, make([]bool, len(w.p.Nodes)))
	code := pl.lower()
	for i, s := range pl.inside {
		for r := range w.p.Nodes[i].Size() {
			if s.of >= 0 {
				w.placed[entry{s.of, s.lo + r}] = entry{i, r}
			}
		}
	}
	for _, in := range code {
		code, ok := rowCodes[in.code]
		switch {
		case in.code == cSpread:
		case in.code == cAct:
			w.acts[in.dst] = in
		case !ok:
			return false
		default:
			w.link(in, code)
		}
	}
	return true
}

func (w *rowWriter) link(in instr, code RowCode) {
	for r := range in.rows * in.cols {
		l := link{code: code, s: in.s, a: entry{in.a, r}, b: entry{in.b, r}}
		if in.code == cFill {
			l.s = 0
		}
		if in.code != cMul && in.code != cMulAddTo {
			l.b.node = -1
		}
		e := entry{in.dst, in.lo + r}
		switch in.code {
		case cFill, cCopy, cMul, cScale:
			w.chains[e] = nil
		}
		if c := w.chains[e]; len(c) == 1 && c[0].code == kernel.TapeFill && c[0].s == 0 {
			l.code = fromNothing[code]
			w.chains[e] = c[:0]
		}
		w.chains[e] = append(w.chains[e], l)
	}
}

// fromNothing is an addition to zero without the addition.
var fromNothing = map[RowCode]RowCode{kernel.TapeAdd: kernel.TapeLoad, kernel.TapeMulAdd: kernel.TapeMul, kernel.TapeAXPY: kernel.TapeScale}

// owner follows slices, spreads and parts computed in their place to the entry whose row
// an entry is.
func (w *rowWriter) owner(e entry) entry {
	for {
		n := &w.p.Nodes[e.node]
		part, placed := w.placed[e]
		switch {
		case placed:
			e = part
		case n.Op == OpSlice:
			e = entry{n.A, e.row + n.Lo}
		case n.Op == OpSpread, n.Op == OpGather && w.one:
			e.node = n.A
		default:
			return e
		}
	}
}

// row writes what makes an entry, unless it is there, and returns where it is.
func (w *rowWriter) row(e entry) RowOf {
	e = w.owner(e)
	if at, ok := w.at[e]; ok {
		return at
	}
	n := &w.p.Nodes[e.node]
	if n.Op == OpInput && (n.Batched || w.one) {
		return RowOf{RowInput, slices.Index(w.p.Inputs, e.node), e.row}
	}
	if in, ok := w.acts[e.node]; ok {
		return w.act(e, in)
	}
	to := w.temp(e, 1)
	switch n.Op {
	case OpInput:
		w.write(RowOp{Code: kernel.TapeSpread, A: RowOf{RowNumber, slices.Index(w.p.Inputs, e.node), e.row}}, e)
	case OpConst:
		w.write(RowOp{Code: kernel.TapeFill, S: n.S}, e)
	default:
		w.chain(e)
	}
	w.write(RowOp{Code: kernel.TapeStore, A: to}, e)
	return to
}

// temp gives n entries from e on room, one after the other.
func (w *rowWriter) temp(e entry, n int) RowOf {
	for r := range n {
		w.at[entry{e.node, e.row + r}] = RowOf{Where: RowTemp, Row: w.temps + r}
	}
	w.temps += n
	return w.at[e]
}

func (w *rowWriter) write(op RowOp, e entry) {
	op.Fixed = !w.varies[e.node]
	w.ops = append(w.ops, op)
}

// act writes an elementary function of all rows of a node at once.
func (w *rowWriter) act(e entry, in instr) RowOf {
	n := in.rows * in.cols
	from := w.temps
	w.temps += n
	for r := range n {
		a := w.row(entry{in.a, r})
		w.write(RowOp{Code: kernel.TapeLoad, A: a}, e)
		w.write(RowOp{Code: kernel.TapeStore, A: RowOf{Where: RowTemp, Row: from + r}}, e)
	}
	to := w.temp(entry{e.node, 0}, n)
	w.write(RowOp{Code: RowAct, A: RowOf{Where: RowTemp, Row: from}, B: to, Kind: in.kind, Order: int(in.order), N: n}, e)
	return w.at[e]
}

// chain writes the operations of an entry without the store. Operands are
// written before, those of the first operation last.
func (w *rowWriter) chain(e entry) {
	links := w.chains[e]
	ops := make([]RowOp, len(links))
	for i := len(links) - 1; i >= 0; i-- {
		l := &links[i]
		ops[i] = RowOp{Code: l.code, S: l.s}
		if l.b.node >= 0 {
			ops[i].B = w.row(l.b)
		}
		if l.a.node >= 0 {
			ops[i].A = w.row(l.a)
		}
	}
	for _, op := range ops {
		w.write(op, e)
	}
}

// output writes row r of the k-th output.
func (w *rowWriter) output(k, node, r int) {
	e, to := entry{node, r}, RowOf{RowOutput, k, r}
	if _, there := w.at[e]; !there && w.varies[node] && len(w.chains[e]) > 0 {
		w.chain(e)
	} else {
		w.write(RowOp{Code: kernel.TapeLoad, A: w.row(e)}, e)
	}
	w.write(RowOp{Code: kernel.TapeStore, A: to}, e)
	for i := len(w.ops) - 2; i < len(w.ops); i++ {
		w.ops[i].Fixed = false // outputs may lie elsewhere the next time
	}
}
