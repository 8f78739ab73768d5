//go:build !purego

package kernel

// fastKind reports whether the value and the first derivative of k are in assembly.
func fastKind(k Kind) bool {
	return active != generic && known[k].limit > 0
}

// fastSecond reports whether the second derivative of k is in assembly.
func fastSecond(k Kind) bool {
	return active != generic && (k == Tanh || k == Sigmoid || k == GELU || k == SiLU)
}

// fastAct computes d0, or d0 and d1, for the first values of src, up to one that it does not know (see known), and returns
// how many it has done.
func fastAct(d0, d1, src []float64, k Kind, w want) int {
	if len(d0) == 0 {
		return 0
	}
	if active == avx512 {
		return actAVX512(&d0[0], pointer(d1), pointer(src), len(d0), k, w)
	}
	return actAVX2(&d0[0], pointer(d1), pointer(src), len(d0), k, w)
}

// actCall numbers the pairs of kind and want.
func actCall(k Kind, w want) int { return int(k)<<2 | int(w) }

func actAVX512(d0, d1, src *float64, n int, k Kind, w want) int {
	switch actCall(k, w) {
	case int(Tanh)<<2 | int(valueOnly):
		return tanhAVX512(d0, src, n)
	case int(Tanh)<<2 | int(slopeOnly):
		return tanhSlopeAVX512(d0, src, n)
	case int(Tanh)<<2 | int(valueAndSlope):
		return tanhBothAVX512(d0, d1, src, n)
	case int(Sigmoid)<<2 | int(valueOnly):
		return logisticAVX512(d0, src, n)
	case int(Sigmoid)<<2 | int(slopeOnly):
		return logisticSlopeAVX512(d0, src, n)
	case int(Sigmoid)<<2 | int(valueAndSlope):
		return logisticBothAVX512(d0, d1, src, n)
	case int(GELU)<<2 | int(valueOnly):
		return geluAVX512(d0, src, n)
	case int(GELU)<<2 | int(slopeOnly):
		return geluSlopeAVX512(d0, src, n)
	case int(GELU)<<2 | int(valueAndSlope):
		return geluBothAVX512(d0, d1, src, n)
	case int(Softplus)<<2 | int(valueOnly):
		return softplusAVX512(d0, src, n)
	case int(Softplus)<<2 | int(slopeOnly):
		return softplusSlopeAVX512(d0, src, n)
	case int(Softplus)<<2 | int(valueAndSlope):
		return softplusBothAVX512(d0, d1, src, n)
	case int(SiLU)<<2 | int(valueOnly):
		return siluAVX512(d0, src, n)
	case int(SiLU)<<2 | int(slopeOnly):
		return siluSlopeAVX512(d0, src, n)
	case int(SiLU)<<2 | int(valueAndSlope):
		return siluBothAVX512(d0, d1, src, n)
	case int(Sin)<<2 | int(valueOnly):
		return sinAVX512(d0, src, n)
	case int(Sin)<<2 | int(slopeOnly):
		return sinSlopeAVX512(d0, src, n)
	case int(Sin)<<2 | int(valueAndSlope):
		return sinBothAVX512(d0, d1, src, n)
	case int(Cos)<<2 | int(valueOnly):
		return cosAVX512(d0, src, n)
	case int(Cos)<<2 | int(slopeOnly):
		return cosSlopeAVX512(d0, src, n)
	case int(Cos)<<2 | int(valueAndSlope):
		return cosBothAVX512(d0, d1, src, n)
	}
	return actAVX512More(d0, d1, src, n, k, w)
}

func actAVX512More(d0, d1, src *float64, n int, k Kind, w want) int {
	switch actCall(k, w) {
	case int(Tanh)<<2 | int(secondOnly):
		return tanhSecondAVX512(d0, src, n)
	case int(Sigmoid)<<2 | int(secondOnly):
		return logisticSecondAVX512(d0, src, n)
	case int(GELU)<<2 | int(secondOnly):
		return geluSecondAVX512(d0, src, n)
	case int(SiLU)<<2 | int(secondOnly):
		return siluSecondAVX512(d0, src, n)
	case int(Erf)<<2 | int(valueOnly):
		return erfAVX512(d0, src, n)
	case int(Erf)<<2 | int(slopeOnly):
		return erfSlopeAVX512(d0, src, n)
	case int(Erf)<<2 | int(valueAndSlope):
		return erfBothAVX512(d0, d1, src, n)
	case int(Log)<<2 | int(valueOnly):
		return logAVX512(d0, src, n)
	case int(Log)<<2 | int(slopeOnly):
		return logSlopeAVX512(d0, src, n)
	case int(Log)<<2 | int(valueAndSlope):
		return logBothAVX512(d0, d1, src, n)
	case int(Reciprocal)<<2 | int(valueOnly):
		return reciprocalAVX512(d0, src, n)
	case int(Reciprocal)<<2 | int(slopeOnly):
		return reciprocalSlopeAVX512(d0, src, n)
	case int(Reciprocal)<<2 | int(valueAndSlope):
		return reciprocalBothAVX512(d0, d1, src, n)
	case int(Sqrt)<<2 | int(valueOnly):
		return sqrtAVX512(d0, src, n)
	case int(Sqrt)<<2 | int(slopeOnly):
		return sqrtSlopeAVX512(d0, src, n)
	case int(Sqrt)<<2 | int(valueAndSlope):
		return sqrtBothAVX512(d0, d1, src, n)
	case int(ReLU)<<2 | int(valueOnly):
		return reluAVX512(d0, src, n)
	case int(ReLU)<<2 | int(slopeOnly):
		return reluSlopeAVX512(d0, src, n)
	case int(ReLU)<<2 | int(valueAndSlope):
		return reluBothAVX512(d0, d1, src, n)
	case int(Abs)<<2 | int(valueOnly):
		return absAVX512(d0, src, n)
	case int(Abs)<<2 | int(slopeOnly):
		return absSlopeAVX512(d0, src, n)
	case int(Abs)<<2 | int(valueAndSlope):
		return absBothAVX512(d0, d1, src, n)
	}
	return expAVX512(d0, src, n) // the only kind left
}

func actAVX2(d0, d1, src *float64, n int, k Kind, w want) int {
	switch actCall(k, w) {
	case int(Tanh)<<2 | int(valueOnly):
		return tanhAVX2(d0, src, n)
	case int(Tanh)<<2 | int(slopeOnly):
		return tanhSlopeAVX2(d0, src, n)
	case int(Tanh)<<2 | int(valueAndSlope):
		return tanhBothAVX2(d0, d1, src, n)
	case int(Sigmoid)<<2 | int(valueOnly):
		return logisticAVX2(d0, src, n)
	case int(Sigmoid)<<2 | int(slopeOnly):
		return logisticSlopeAVX2(d0, src, n)
	case int(Sigmoid)<<2 | int(valueAndSlope):
		return logisticBothAVX2(d0, d1, src, n)
	case int(GELU)<<2 | int(valueOnly):
		return geluAVX2(d0, src, n)
	case int(GELU)<<2 | int(slopeOnly):
		return geluSlopeAVX2(d0, src, n)
	case int(GELU)<<2 | int(valueAndSlope):
		return geluBothAVX2(d0, d1, src, n)
	case int(Softplus)<<2 | int(valueOnly):
		return softplusAVX2(d0, src, n)
	case int(Softplus)<<2 | int(slopeOnly):
		return softplusSlopeAVX2(d0, src, n)
	case int(Softplus)<<2 | int(valueAndSlope):
		return softplusBothAVX2(d0, d1, src, n)
	case int(SiLU)<<2 | int(valueOnly):
		return siluAVX2(d0, src, n)
	case int(SiLU)<<2 | int(slopeOnly):
		return siluSlopeAVX2(d0, src, n)
	case int(SiLU)<<2 | int(valueAndSlope):
		return siluBothAVX2(d0, d1, src, n)
	case int(Sin)<<2 | int(valueOnly):
		return sinAVX2(d0, src, n)
	case int(Sin)<<2 | int(slopeOnly):
		return sinSlopeAVX2(d0, src, n)
	case int(Sin)<<2 | int(valueAndSlope):
		return sinBothAVX2(d0, d1, src, n)
	case int(Cos)<<2 | int(valueOnly):
		return cosAVX2(d0, src, n)
	case int(Cos)<<2 | int(slopeOnly):
		return cosSlopeAVX2(d0, src, n)
	case int(Cos)<<2 | int(valueAndSlope):
		return cosBothAVX2(d0, d1, src, n)
	}
	return actAVX2More(d0, d1, src, n, k, w)
}

func actAVX2More(d0, d1, src *float64, n int, k Kind, w want) int {
	switch actCall(k, w) {
	case int(Tanh)<<2 | int(secondOnly):
		return tanhSecondAVX2(d0, src, n)
	case int(Sigmoid)<<2 | int(secondOnly):
		return logisticSecondAVX2(d0, src, n)
	case int(GELU)<<2 | int(secondOnly):
		return geluSecondAVX2(d0, src, n)
	case int(SiLU)<<2 | int(secondOnly):
		return siluSecondAVX2(d0, src, n)
	case int(Erf)<<2 | int(valueOnly):
		return erfAVX2(d0, src, n)
	case int(Erf)<<2 | int(slopeOnly):
		return erfSlopeAVX2(d0, src, n)
	case int(Erf)<<2 | int(valueAndSlope):
		return erfBothAVX2(d0, d1, src, n)
	case int(Log)<<2 | int(valueOnly):
		return logAVX2(d0, src, n)
	case int(Log)<<2 | int(slopeOnly):
		return logSlopeAVX2(d0, src, n)
	case int(Log)<<2 | int(valueAndSlope):
		return logBothAVX2(d0, d1, src, n)
	case int(Reciprocal)<<2 | int(valueOnly):
		return reciprocalAVX2(d0, src, n)
	case int(Reciprocal)<<2 | int(slopeOnly):
		return reciprocalSlopeAVX2(d0, src, n)
	case int(Reciprocal)<<2 | int(valueAndSlope):
		return reciprocalBothAVX2(d0, d1, src, n)
	case int(Sqrt)<<2 | int(valueOnly):
		return sqrtAVX2(d0, src, n)
	case int(Sqrt)<<2 | int(slopeOnly):
		return sqrtSlopeAVX2(d0, src, n)
	case int(Sqrt)<<2 | int(valueAndSlope):
		return sqrtBothAVX2(d0, d1, src, n)
	case int(ReLU)<<2 | int(valueOnly):
		return reluAVX2(d0, src, n)
	case int(ReLU)<<2 | int(slopeOnly):
		return reluSlopeAVX2(d0, src, n)
	case int(ReLU)<<2 | int(valueAndSlope):
		return reluBothAVX2(d0, d1, src, n)
	case int(Abs)<<2 | int(valueOnly):
		return absAVX2(d0, src, n)
	case int(Abs)<<2 | int(slopeOnly):
		return absSlopeAVX2(d0, src, n)
	case int(Abs)<<2 | int(valueAndSlope):
		return absBothAVX2(d0, d1, src, n)
	}
	return expAVX2(d0, src, n) // the only kind left
}
