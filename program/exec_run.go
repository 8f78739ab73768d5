package program

import "github.com/entrain-dev/entrain/internal/kernel"

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
	case cMatVecTimes:
		kernel.MatVecTimes(dst, a, b, e.buf[in.c], in.rows, in.cols, lanes)
	case cMatVecT:
		kernel.MatVecT(dst, a, b, in.rows, in.cols, lanes)
	case cMatVecTAdd:
		kernel.MatVecTAdd(dst, a, b, in.rows, in.cols, lanes)
	case cMatVecTTimes:
		kernel.MatVecTTimes(dst, a, b, e.buf[in.c], in.rows, in.cols, lanes)
	case cMatVecLanes:
		kernel.MatVecLanes(dst, a, b, in.rows, in.cols, lanes)
	case cMatVecLanesAdd:
		kernel.MatVecLanesAdd(dst, a, b, in.rows, in.cols, lanes)
	case cMatVecLanesBias:
		kernel.MatVecLanesBias(dst, a, b, e.buf[in.c], in.rows, in.cols, lanes)
	case cMatVecLanesTimes:
		kernel.MatVecLanesTimes(dst, a, b, e.buf[in.c], in.rows, in.cols, lanes)
	case cMatVecTLanes:
		kernel.MatVecTLanes(dst, a, b, in.rows, in.cols, lanes)
	case cMatVecTLanesAdd:
		kernel.MatVecTLanesAdd(dst, a, b, in.rows, in.cols, lanes)
	case cMatVecTLanesTimes:
		kernel.MatVecTLanesTimes(dst, a, b, e.buf[in.c], in.rows, in.cols, lanes)
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
