package kernel

// MatVecLanes sets y = W_l x_l with a matrix of its own for every lane.
//
//	y[i,l] = Σ_j w[i*cols+j, l] x[j,l]     (j in order for lanes ≥ 8)
//
// Shapes: y rows×lanes, w (rows*cols)×lanes, x cols×lanes. y overlaps neither w nor x.
func MatVecLanes(y, w, x []float64, rows, cols, lanes int) {
	if lanes == 1 {
		MatVec(y, w, x, rows, cols, 1)
		return
	}
	checkLanes(lanes)
	y, w, x = first(y, rows*lanes), first(w, rows*cols*lanes), first(x, cols*lanes)
	if !fastProduct(y, nil, w, x, fromZero, matrixProduct(rows, cols, lanes).perLane()) {
		clear(y)
		matVecLanesAddGo(y, w, x, cols, lanes)
	}
}

// MatVecLanesAdd adds to y: y[i,l] += w[i*cols+j, l] x[j,l] for j = 0, 1, … (one lane: as MatVecAdd).
// Shapes and overlap: as MatVecLanes.
func MatVecLanesAdd(y, w, x []float64, rows, cols, lanes int) {
	if lanes == 1 {
		MatVecAdd(y, w, x, rows, cols, 1)
		return
	}
	checkLanes(lanes)
	y, w, x = first(y, rows*lanes), first(w, rows*cols*lanes), first(x, cols*lanes)
	if !fastProduct(y, nil, w, x, fromOld, matrixProduct(rows, cols, lanes).perLane()) {
		matVecLanesAddGo(y, w, x, cols, lanes)
	}
}

// MatVecLanesBias sets y[i,l] = b[i,l] + Σ_j w[i*cols+j, l] x[j,l], as MatVecLanesAdd to a y that holds b (one lane: as
// MatVecBias). Shapes: as MatVecLanes, b rows×lanes. y overlaps none of the others.
func MatVecLanesBias(y, w, x, b []float64, rows, cols, lanes int) {
	if lanes == 1 {
		MatVecBias(y, w, x, b, rows, cols, 1)
		return
	}
	checkLanes(lanes)
	y, w, x, b = first(y, rows*lanes), first(w, rows*cols*lanes), first(x, cols*lanes), first(b, rows*lanes)
	if !fastProduct(y, b, w, x, fromBias, matrixProduct(rows, cols, lanes).perLane()) {
		copy(y, b)
		matVecLanesAddGo(y, w, x, cols, lanes)
	}
}

// MatVecTLanes sets x = W_lᵀ y_l: x[j,l] = Σ_i w[i*cols+j, l] y[i,l], i in order.
// Shapes: x cols×lanes, w (rows*cols)×lanes, y rows×lanes. x overlaps neither w nor y.
func MatVecTLanes(x, w, y []float64, rows, cols, lanes int) {
	if lanes == 1 {
		MatVecT(x, w, y, rows, cols, 1)
		return
	}
	checkLanes(lanes)
	x, w, y = first(x, cols*lanes), first(w, rows*cols*lanes), first(y, rows*lanes)
	if !fastProduct(x, nil, w, y, fromZero, transposedProduct(rows, cols, lanes).perLane()) {
		clear(x)
		matVecTLanesAddGo(x, w, y, cols, lanes)
	}
}

// MatVecTLanesAdd adds to x: x[j,l] += w[i*cols+j, l] y[i,l] for i = 0, 1, ….
// Shapes and overlap: as MatVecTLanes.
func MatVecTLanesAdd(x, w, y []float64, rows, cols, lanes int) {
	if lanes == 1 {
		MatVecTAdd(x, w, y, rows, cols, 1)
		return
	}
	checkLanes(lanes)
	x, w, y = first(x, cols*lanes), first(w, rows*cols*lanes), first(y, rows*lanes)
	if !fastProduct(x, nil, w, y, fromOld, transposedProduct(rows, cols, lanes).perLane()) {
		matVecTLanesAddGo(x, w, y, cols, lanes)
	}
}

// OuterLanes sets a matrix per lane: a[i*cols+j, l] = y[i,l] x[j,l].
// Shapes: a (rows*cols)×lanes, y rows×lanes, x cols×lanes. a overlaps neither y nor x.
func OuterLanes(a, y, x []float64, rows, cols, lanes int) {
	checkLanes(lanes)
	a, y, x = first(a, rows*cols*lanes), first(y, rows*lanes), first(x, cols*lanes)
	if !fastOuterLanes(a, y, x, rows, cols, lanes, fromZero) {
		outerLanesGo(a, y, x, cols, lanes)
	}
}

// OuterLanesAdd adds to a matrix per lane: a[i*cols+j, l] += y[i,l] x[j,l].
// Shapes and overlap: as OuterLanes.
func OuterLanesAdd(a, y, x []float64, rows, cols, lanes int) {
	a, y, x = first(a, rows*cols*lanes), first(y, rows*lanes), first(x, cols*lanes)
	if lanes == 1 {
		OuterSum(a, y, x, rows, cols, 1)
		return
	}
	checkLanes(lanes)
	if !fastOuterLanes(a, y, x, rows, cols, lanes, fromOld) {
		outerLanesAddGo(a, y, x, cols, lanes)
	}
}
