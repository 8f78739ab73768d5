package kernel

// ErrNorm sets norm[l] to the root mean square over rows of the scaled error of lane l.
//
//	q[i,l] = err[i,l] / (atol + rtol max(|x0[i,l]|, |x1[i,l]|));   norm[l] = √(Σ_i q[i,l]² / rows)
//
// Rows are added in order for lanes ≥ 8 and as eight partial sums i%8 and one tree for one lane, which has the same bits at
// every level.
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
		if !fastErrNormRow(norm, err, x0, x1, rtol, atol) {
			norm[0] = errNormRowGo(err, x0, x1, rtol, atol)
		}
		return
	}
	checkLanes(lanes)
	if !fastErrNorm(norm, err, x0, x1, rtol, atol) {
		errNormGo(norm, err, x0, x1, rtol, atol)
	}
}
