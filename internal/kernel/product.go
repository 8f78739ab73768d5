package kernel

// A goroutine in assembly cannot be stopped for the garbage collector, so one call does at most this many
// multiply-adds, some tens of microseconds.
const callWork = 1 << 19

// product describes dst[d,l] = start + Σ_s w[d*dw + s*sw] src[s,l] for d < rows, s < terms; with per, the
// weights are w[d*dw + s*sw + l]. One description serves a matrix and its transpose.
type product struct {
	rows, terms, dw, sw, lanes int
	per                        bool
}

func matrixProduct(rows, cols, lanes int) product {
	return product{rows: rows, terms: cols, dw: cols, sw: 1, lanes: lanes}
}

func transposedProduct(rows, cols, lanes int) product {
	return product{rows: cols, terms: rows, dw: 1, sw: cols, lanes: lanes}
}

// perLane makes the weights of p a lane's own.
func (p product) perLane() product {
	p.dw, p.sw, p.per = p.dw*p.lanes, p.sw*p.lanes, true
	return p
}
