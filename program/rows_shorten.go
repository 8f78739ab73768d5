package program

import (
	"slices"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// shorten puts what is fixed first and leaves out rows of room that are read
// once, by the very next operation.
func (w *rowWriter) shorten() []RowOp {
	slices.SortStableFunc(w.ops, func(a, b RowOp) int {
		switch {
		case a.Fixed == b.Fixed:
			return 0
		case a.Fixed:
			return -1
		}
		return 1
	})
	reads := make([]int, w.temps)
	read := func(r RowOf, n int) {
		for i := range n {
			if r.Where == RowTemp {
				reads[r.Row+i]++
			}
		}
	}
	for _, op := range w.ops {
		switch op.Code {
		case RowAct:
			read(op.A, op.N)
		case kernel.TapeMul, kernel.TapeMulAdd:
			read(op.A, 1)
			read(op.B, 1)
		case kernel.TapeFill, kernel.TapeSpread, kernel.TapeStore:
		default:
			read(op.A, 1)
		}
	}
	var out []RowOp
	for _, op := range w.ops {
		if last := len(out) - 1; last >= 0 && out[last].Code == kernel.TapeStore && out[last].Fixed == op.Fixed {
			if t := out[last].A; t.Where == RowTemp && reads[t.Row] == 1 {
				if short, ok := fromAccumulator(op, t); ok {
					out = append(out[:last], short...)
					continue
				}
			}
		}
		out = append(out, op)
	}
	return out
}

// fromAccumulator replaces an operation that reads t, which is in the
// accumulator.
func fromAccumulator(op RowOp, t RowOf) ([]RowOp, bool) {
	switch {
	case op.Code == kernel.TapeLoad && op.A == t:
		return nil, true
	case op.Code == kernel.TapeMul && op.A == t:
		op.Code, op.A, op.B = kernel.TapeTimes, op.B, RowOf{}
	case op.Code == kernel.TapeMul && op.B == t:
		op.Code, op.B = kernel.TapeTimes, RowOf{}
	default:
		return nil, false
	}
	return []RowOp{op}, true
}
