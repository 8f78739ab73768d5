package program

import "github.com/entrain-dev/entrain/internal/kernel"

// With one lane nothing is cut into strips and shared and batched values look
// alike, so every operand has its place in the arena or in an argument before
// anything runs.

// op is an instruction with the places of its operands.
type op struct {
	code         opcode
	order        uint8
	kind         Kind
	dst, a, b, c span
	rows, cols   int
	s            float64
}

// span is entries lo … hi−1 of the in-th memory: the arena, the inputs, the
// outputs.
type span struct{ in, lo, hi int }

// resolve finds the places.
func (e *Exec) resolve() {
	e.mem = make([][]float64, 1+len(e.in)+len(e.out))
	e.mem[0] = e.arena
	for i := range e.code {
		in := &e.code[i]
		o := op{code: in.code, order: in.order, kind: in.kind, rows: in.rows, cols: in.cols, s: in.s}
		o.dst, o.a, o.b = e.span(in.dst), e.span(in.a), e.span(in.b)
		if in.code.third() || in.code == cActPair {
			o.c = e.span(in.c)
		}
		o.dst.lo += in.lo
		o.dst.hi = o.dst.lo + e.written(in)
		e.ops = append(e.ops, o)
	}
	for k := range e.out {
		e.out[k].span = e.span(e.out[k].node)
	}
}

// written is how many entries an instruction writes.
func (e *Exec) written(in *instr) int {
	switch in.code {
	case cMatVec, cMatVecAdd, cMatVecBias, cMatVecLanes, cMatVecLanesAdd:
		return in.rows
	case cMatVecT, cMatVecTAdd, cMatVecTLanes, cMatVecTLanesAdd:
		return in.cols
	}
	return in.rows * in.cols
}

func (e *Exec) span(i int) span {
	if i < 0 {
		return span{}
	}
	owner, lo := e.locate(i)
	s := span{lo: lo, hi: lo + e.p.Nodes[i].Size()}
	for k := range e.in {
		if e.in[k].node == owner {
			s.in = 1 + k
			return s
		}
	}
	for k := range e.out {
		if e.out[k].direct && e.out[k].node == owner {
			s.in = 1 + len(e.in) + k
			return s
		}
	}
	s.lo += e.place[owner]
	s.hi += e.place[owner]
	return s
}

func (e *Exec) at(s *span) []float64 { return e.mem[s.in][s.lo:s.hi] }

// runOne evaluates the program for one lane.
func (e *Exec) runOne(out, in [][]float64) {
	for k, v := range in {
		e.mem[1+k] = v
	}
	for k, v := range out {
		e.mem[1+len(in)+k] = v
	}
	for i := range e.ops {
		o := &e.ops[i]
		e.perform(o, e.at(&o.dst), e.at(&o.a))
	}
	for k := range e.out {
		if r := &e.out[k]; !r.direct {
			r.hand(out[k], e.at(&r.span))
		}
	}
}

// hand gives the caller a result that lies elsewhere.
func (r *result) hand(dst, src []float64) {
	if r.add {
		kernel.AddTo(dst, src)
		return
	}
	copy(dst, src)
}

func (e *Exec) perform(o *op, dst, a []float64) {
	switch o.code {
	case cMatVec, cMatVecLanes:
		kernel.MatVec(dst, a, e.at(&o.b), o.rows, o.cols, 1)
	case cMatVecAdd, cMatVecLanesAdd:
		kernel.MatVecAdd(dst, a, e.at(&o.b), o.rows, o.cols, 1)
	case cMatVecBias:
		kernel.MatVecBias(dst, a, e.at(&o.b), e.at(&o.c), o.rows, o.cols, 1)
	case cMatVecT, cMatVecTLanes:
		kernel.MatVecT(dst, a, e.at(&o.b), o.rows, o.cols, 1)
	case cMatVecTAdd, cMatVecTLanesAdd:
		kernel.MatVecTAdd(dst, a, e.at(&o.b), o.rows, o.cols, 1)
	case cOuterLanes:
		kernel.OuterLanes(dst, a, e.at(&o.b), o.rows, o.cols, 1)
	case cOuterSum, cOuterLanesAdd:
		kernel.OuterSum(dst, a, e.at(&o.b), o.rows, o.cols, 1)
	case cFill:
		kernel.Fill(dst, 0)
	case cCopy:
		copy(dst, a)
	case cAddTo, cGatherAdd:
		kernel.AddTo(dst, a)
	case cMul:
		kernel.Mul(dst, a, e.at(&o.b))
	case cMulAddTo:
		kernel.MulAddTo(dst, a, e.at(&o.b))
	case cScale:
		kernel.Scale(dst, o.s, a)
	case cAXPY:
		kernel.AXPY(dst, o.s, a)
	case cAct:
		kernel.Act(dst, a, o.kind, int(o.order))
	case cActPair:
		kernel.ActPair(dst, e.at(&o.c), a, o.kind, int(o.order))
	default:
		panic("program: an instruction that one lane does not know")
	}
}
