package kernel

const (
	lanesError = "kernel: lanes must be 1 or a multiple of 8"
	shortError = "kernel: a slice is shorter than its shape says"
)

// first returns the first n values of v. Unlike v[:n] it never reaches past the length into the capacity,
// where the next array of a shared block of memory begins.
func first(v []float64, n int) []float64 {
	if len(v) < n {
		panic(shortError)
	}
	return v[:n]
}

// checkLanes panics unless lanes is 1 or a positive multiple of 8.
func checkLanes(lanes int) {
	if lanes != 1 && (lanes <= 0 || lanes&7 != 0) {
		panic(lanesError)
	}
}

// MatVec sets y = W x for every lane, with one matrix for all lanes.
//
//	y[i,l] = Σ_j w[i*cols+j] x[j,l]
//
// Shapes: y rows×lanes, w rows×cols, x cols×lanes. y overlaps neither w nor x.
func MatVec(y, w, x []float64, rows, cols, lanes int) {
	y, w, x = first(y, rows*lanes), first(w, rows*cols), first(x, cols*lanes)
	if lanes == 1 {
		if !fastRowDot(y, w, x, nil, fromZero, cols) {
			rowDotGo(y, w, x, cols)
		}
		return
	}
	checkLanes(lanes)
	if !fastProduct(y, nil, w, x, fromZero, matrixProduct(rows, cols, lanes)) {
		matVecGo(y, w, x, cols, lanes)
	}
}

// MatVecAdd adds the product to y: y[i,l] += Σ_j w[i*cols+j] x[j,l].
// For lanes ≥ 8 the terms are added to y in order of j; for one lane the finished sum is added.
// Shapes and overlap: as MatVec.
func MatVecAdd(y, w, x []float64, rows, cols, lanes int) {
	y, w, x = first(y, rows*lanes), first(w, rows*cols), first(x, cols*lanes)
	if lanes == 1 {
		if !fastRowDot(y, w, x, nil, fromOld, cols) {
			rowDotAddGo(y, w, x, cols)
		}
		return
	}
	checkLanes(lanes)
	if !fastProduct(y, nil, w, x, fromOld, matrixProduct(rows, cols, lanes)) {
		matVecAddGo(y, w, x, cols, lanes)
	}
}

// MatVecBias sets y = W x + b: y[i,l] = b[i] + Σ_j w[i*cols+j] x[j,l], as MatVecAdd to a y that holds b.
// Shapes: as MatVec, b has rows values. y overlaps none of the others.
func MatVecBias(y, w, x, b []float64, rows, cols, lanes int) {
	y, w, x, b = first(y, rows*lanes), first(w, rows*cols), first(x, cols*lanes), first(b, rows)
	if lanes == 1 {
		if !fastRowDot(y, w, x, b, fromBias, cols) {
			rowDotBiasGo(y, w, x, b, cols)
		}
		return
	}
	checkLanes(lanes)
	if !fastProduct(y, b, w, x, fromBias, matrixProduct(rows, cols, lanes)) {
		matVecBiasGo(y, w, x, b, cols, lanes)
	}
}

// MatVecT sets x = Wᵀ y: x[j,l] = Σ_i w[i*cols+j] y[i,l], i in order, for one lane as for many.
// Shapes: x cols×lanes, w rows×cols, y rows×lanes. x overlaps neither w nor y.
func MatVecT(x, w, y []float64, rows, cols, lanes int) {
	x, w, y = first(x, cols*lanes), first(w, rows*cols), first(y, rows*lanes)
	if lanes == 1 {
		clear(x)
		if !fastRowAxpy(x, w, y) {
			rowAxpyGo(x, w, y)
		}
		return
	}
	checkLanes(lanes)
	if !fastProduct(x, nil, w, y, fromZero, transposedProduct(rows, cols, lanes)) {
		matVecTGo(x, w, y, cols, lanes)
	}
}

// MatVecTAdd adds the rows' terms to x one after the other: x[j,l] += w[i*cols+j] y[i,l] for i = 0, 1, ….
// Shapes and overlap: as MatVecT.
func MatVecTAdd(x, w, y []float64, rows, cols, lanes int) {
	x, w, y = first(x, cols*lanes), first(w, rows*cols), first(y, rows*lanes)
	if lanes == 1 {
		if !fastRowAxpy(x, w, y) {
			rowAxpyGo(x, w, y)
		}
		return
	}
	checkLanes(lanes)
	if !fastProduct(x, nil, w, y, fromOld, transposedProduct(rows, cols, lanes)) {
		matVecTAddGo(x, w, y, cols, lanes)
	}
}

// OuterSum adds the outer product, summed over lanes, to a shared matrix.
//
//	a[i*cols+j] += Σ_l y[i,l] x[j,l]     (eight partial sums l%8, one tree)
//
// Shapes: a rows×cols, y rows×lanes, x cols×lanes. a overlaps neither y nor x; y and x may be the same.
func OuterSum(a, y, x []float64, rows, cols, lanes int) {
	a, y, x = first(a, rows*cols), first(y, rows*lanes), first(x, cols*lanes)
	if lanes == 1 {
		if !fastRowOuter(a, y, x) {
			outerRowGo(a, y, x)
		}
		return
	}
	checkLanes(lanes)
	if !fastOuterSum(a, y, x, rows, cols, lanes) {
		outerSumGo(a, y, x, cols, lanes)
	}
}

// MatVecTPart is MatVecTAdd for some columns of a wider matrix: x[j,l] += Σ_i w[i*stride+j] y[i,l] for j < cols,
// i in order. Shapes: x cols×lanes, w (rows−1)·stride + cols values, y rows×lanes, lanes ≥ 8. Overlap: as MatVecT.
func MatVecTPart(x, w, y []float64, rows, cols, stride, lanes int) {
	if rows*cols == 0 {
		return
	}
	checkLanes(lanes)
	x, w, y = first(x, cols*lanes), first(w, (rows-1)*stride+cols), first(y, rows*lanes)
	if !fastProduct(x, nil, w, y, fromOld, product{rows: cols, terms: rows, dw: 1, sw: stride, lanes: lanes}) {
		for j := range cols {
			addRows(x[j*lanes:(j+1)*lanes], y, w[j:], stride)
		}
	}
}
