package kernel

// Products whose result is multiplied by a factor before it is stored, as the chain rule asks for behind each layer:
// one pass instead of two, with the bits of a product and Mul.

// MatVecTimes sets y = f ∘ (W x). Shapes: as MatVec, f rows×lanes. y overlaps none of the others.
func MatVecTimes(y, w, x, f []float64, rows, cols, lanes int) {
	checkLanes(lanes)
	y, w, x, f = first(y, rows*lanes), first(w, rows*cols), first(x, cols*lanes), first(f, rows*lanes)
	if lanes == 1 || !fastProduct(y, f, w, x, zeroTimes, matrixProduct(rows, cols, lanes)) {
		MatVec(y, w, x, rows, cols, lanes)
		Mul(y, y, f)
	}
}

// MatVecTTimes sets x = f ∘ (Wᵀ y). Shapes: as MatVecT, f cols×lanes. x overlaps none of the others.
func MatVecTTimes(x, w, y, f []float64, rows, cols, lanes int) {
	checkLanes(lanes)
	x, w, y, f = first(x, cols*lanes), first(w, rows*cols), first(y, rows*lanes), first(f, cols*lanes)
	if lanes == 1 || !fastProduct(x, f, w, y, zeroTimes, transposedProduct(rows, cols, lanes)) {
		MatVecT(x, w, y, rows, cols, lanes)
		Mul(x, x, f)
	}
}

// MatVecLanesTimes is MatVecTimes with a matrix for every lane, as MatVecLanes has.
func MatVecLanesTimes(y, w, x, f []float64, rows, cols, lanes int) {
	checkLanes(lanes)
	y, w, x, f = first(y, rows*lanes), first(w, rows*cols*lanes), first(x, cols*lanes), first(f, rows*lanes)
	if lanes == 1 || !fastProduct(y, f, w, x, zeroTimes, matrixProduct(rows, cols, lanes).perLane()) {
		MatVecLanes(y, w, x, rows, cols, lanes)
		Mul(y, y, f)
	}
}

// MatVecTLanesTimes is MatVecTTimes with a matrix for every lane, as MatVecTLanes has.
func MatVecTLanesTimes(x, w, y, f []float64, rows, cols, lanes int) {
	checkLanes(lanes)
	x, w, y, f = first(x, cols*lanes), first(w, rows*cols*lanes), first(y, rows*lanes), first(f, cols*lanes)
	if lanes == 1 || !fastProduct(x, f, w, y, zeroTimes, transposedProduct(rows, cols, lanes).perLane()) {
		MatVecTLanes(x, w, y, rows, cols, lanes)
		Mul(x, x, f)
	}
}
