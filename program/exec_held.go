package program

import "github.com/entrain-dev/entrain/internal/kernel"

// fewSums is how many sums are taken along their terms, a register of terms at
// a time, rather than side by side.
const fewSums = 4

// pack is a matrix of the held input, and where it is packed.
type pack struct {
	w, b       kernel.ScriptPlace // b.Len 0: no bias
	to         int
	n, terms   int // sums and the terms of each
	transposed bool
	few        bool // rows of terms in place of a packed matrix
}

// turned is the product with a matrix that was transposed.
var turned = map[kernel.ScriptCode]kernel.ScriptCode{kernel.ScriptMatVecT: kernel.ScriptMatVec,
	kernel.ScriptMatVecTAdd: kernel.ScriptMatVecAdd, kernel.ScriptMatVecTTimes: kernel.ScriptMatVecTimes}

func (p *pack) size() int {
	if p.few {
		return p.n * p.terms
	}
	return kernel.PackedSize(p.n, p.terms)
}

func (p *pack) pack(room, v []float64) {
	dst, w := room[p.to:p.to+p.size()], v[p.w.At:p.w.At+p.w.Len]
	if p.few { // Wᵀ as it is
		for i := range p.n {
			for k := range p.terms {
				dst[i*p.terms+k] = w[k*p.n+i]
			}
		}
		return
	}
	kernel.Pack(dst, w, v[p.b.At:p.b.At+p.b.Len], p.n, p.terms, p.transposed)
}

// pack lets a product use a packed matrix, if it can, from entry room on, and
// returns where the room left begins.
func (e *Exec) pack(o *kernel.ScriptOp, room int) int {
	held := baseInputs + e.held
	if e.held < 0 || o.A.Base != held {
		return room
	}
	p := pack{w: o.A, to: room, n: o.Rows, terms: o.Cols}
	code, factor := kernel.ScriptPacked, kernel.ScriptPlace{}
	switch o.Code {
	case kernel.ScriptMatVec:
	case kernel.ScriptMatVecAdd:
		code = kernel.ScriptPackedAdd
	case kernel.ScriptMatVecBias:
		if p.b = o.C; p.b.Base != held {
			return room
		}
	case kernel.ScriptMatVecTimes:
		code, factor = kernel.ScriptPackedTimes, o.C
	case kernel.ScriptMatVecTTimes:
		code, factor, p.n, p.terms, p.transposed = kernel.ScriptPackedTimes, o.C, o.Cols, o.Rows, true
	case kernel.ScriptMatVecT:
		p.n, p.terms, p.transposed = o.Cols, o.Rows, true
	case kernel.ScriptMatVecTAdd:
		code, p.n, p.terms, p.transposed = kernel.ScriptPackedAdd, o.Cols, o.Rows, true
	default:
		return room
	}
	if p.few = p.n <= fewSums; p.few {
		if !p.transposed || p.terms < fewSums {
			return room
		}
		o.Code = turned[o.Code]
	} else {
		o.Code, o.C = code, factor
	}
	o.A, o.Rows, o.Cols = kernel.ScriptPlace{Base: basePacked, At: room, Len: p.size()}, p.n, p.terms
	e.packs = append(e.packs, p)
	return (room + p.size() + 7) &^ 7
}
