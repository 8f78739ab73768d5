//go:build !purego

package kernel

import "unsafe"

// fast performs all operations in assembly, those that are frequent without another look at their operands.
func (s *Script) fast() {
	if active == avx512 {
		for i := range s.ops {
			if o := &s.ops[i]; !s.fastAVX512(o) {
				s.perform(o)
			}
		}
		return
	}
	for i := range s.ops {
		if o := &s.ops[i]; !s.fastAVX2(o) {
			s.perform(o)
		}
	}
}

func (s *Script) fastAVX512(o *ScriptOp) bool {
	dst, a, b := s.pointer(&o.Dst), s.pointer(&o.A), s.pointer(&o.B)
	switch o.Code {
	case ScriptPacked, ScriptPackedAdd, ScriptPackedTimes:
		packedSumAVX512(dst, a, b, s.pointer(&o.C), int(o.Code-ScriptPacked), o.Rows, o.Cols)
	case ScriptSum:
		stageSumRowAVX512(dst, a, b, unsafe.SliceData(o.Sum.coef), unsafe.SliceData(o.Sum.at), len(o.Sum.coef), o.Dst.Len)
	case ScriptMatVec, ScriptMatVecAdd, ScriptMatVecBias:
		if o.Lanes > 1 {
			return s.fastLanes(o, dst, a, b)
		}
		if o.Cols < 4 {
			return false
		}
		rowDotAVX512(dst, a, b, s.pointer(&o.C), int(o.from), o.Rows, o.Cols)
	case ScriptCopy:
		copyShort(dst, a, o.Dst.Len)
	case ScriptMul:
		if o.Dst.Len < few {
			return false
		}
		mulAVX512(dst, a, b, o.Dst.Len)
	case ScriptMatVecT, ScriptMatVecTAdd, ScriptMatVecTimes, ScriptMatVecTTimes:
		return s.fastLanes(o, dst, a, b)
	case ScriptActPair:
		return o.Order == 0 && o.Kind != Exp && fastKind(o.Kind) && actAVX512(dst, s.pointer(&o.C), a, o.Dst.Len, o.Kind, valueAndSlope) == o.Dst.Len
	case ScriptAct:
		return o.Order == 0 && fastKind(o.Kind) && actAVX512(dst, nil, a, o.Dst.Len, o.Kind, valueOnly) == o.Dst.Len
	default:
		return false
	}
	return true
}

func (s *Script) fastAVX2(o *ScriptOp) bool {
	dst, a, b := s.pointer(&o.Dst), s.pointer(&o.A), s.pointer(&o.B)
	switch o.Code {
	case ScriptPacked, ScriptPackedAdd, ScriptPackedTimes:
		packedSumAVX2(dst, a, b, s.pointer(&o.C), int(o.Code-ScriptPacked), o.Rows, o.Cols)
	case ScriptSum:
		stageSumRowAVX2(dst, a, b, unsafe.SliceData(o.Sum.coef), unsafe.SliceData(o.Sum.at), len(o.Sum.coef), o.Dst.Len)
	case ScriptMatVec, ScriptMatVecAdd, ScriptMatVecBias:
		if o.Lanes > 1 {
			return s.fastLanes(o, dst, a, b)
		}
		if o.Cols < 4 {
			return false
		}
		rowDotAVX2(dst, a, b, s.pointer(&o.C), int(o.from), o.Rows, o.Cols)
	case ScriptCopy:
		copyShort(dst, a, o.Dst.Len)
	case ScriptMul:
		if o.Dst.Len < few {
			return false
		}
		mulAVX2(dst, a, b, o.Dst.Len)
	case ScriptMatVecT, ScriptMatVecTAdd, ScriptMatVecTimes, ScriptMatVecTTimes:
		return s.fastLanes(o, dst, a, b)
	default:
		return false
	}
	return true
}

// fastLanes is for products with a matrix for every lane.
func (s *Script) fastLanes(o *ScriptOp, dst, a, b *float64) bool {
	if o.product == nil {
		return false
	}
	callProduct(dst, s.pointer(&o.C), a, b, o.from, o.product.rows, *o.product)
	return true
}

// copyShort copies n values, of which there are often two or three.
func copyShort(dst, src *float64, n int) {
	d, s := unsafe.Slice(dst, n), unsafe.Slice(src, n)
	if n > 4 {
		copy(d, s)
		return
	}
	for n > 0 {
		n--
		d[n] = s[n]
	}
}
