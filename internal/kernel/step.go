package kernel

// StageSum combines the stages of a Runge–Kutta step, each lane with its own step size.
//
//	dst[i,l] = x[i,l] + h[l] Σ_s coef[s] k[s][i,l]     (s in order)
//
// A stage whose coefficient is zero is not read, so it may hold anything, NaN too, or be nil. Without any
// stage left dst = x.
// Shapes: dst, x and every k[s] rows×lanes, h lanes, len(k) ≥ len(coef). dst may be x or one of k exactly.
func StageSum(dst, x, h, coef []float64, k [][]float64, rows, lanes int) {
	checkLanes(lanes)
	dst, x, h, k = first(dst, rows*lanes), first(x, rows*lanes), first(h, lanes), k[:len(coef)]
	if !fastStageSum(dst, x, h, coef, k) {
		stageSumGo(dst, x, h, coef, k)
	}
}

// ErrNorm sets norm[l] to the root mean square over rows of the scaled error of lane l.
//
//	q[i,l] = err[i,l] / (atol + rtol max(|x0[i,l]|, |x1[i,l]|));   norm[l] = √(Σ_i q[i,l]² / rows)
//
// Rows are added in order for lanes ≥ 8 and as eight partial sums i%8 and one tree for one lane.
// NaN in any operand gives NaN in that lane; no rows give 0.
// Shapes: norm lanes, the others rows×lanes. norm overlaps none of them.
// Source: Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, eq. II.4.11.
func ErrNorm(norm, err, x0, x1 []float64, rtol, atol float64, rows, lanes int) {
	norm, err, x0, x1 = first(norm, lanes), first(err, rows*lanes), first(x0, rows*lanes), first(x1, rows*lanes)
	if rows == 0 {
		clear(norm)
		return
	}
	if lanes == 1 {
		norm[0] = errNormRowGo(err, x0, x1, rtol, atol)
		return
	}
	checkLanes(lanes)
	if !fastErrNorm(norm, err, x0, x1, rtol, atol) {
		errNormGo(norm, err, x0, x1, rtol, atol)
	}
}
