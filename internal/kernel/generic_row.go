package kernel

// One lane: vectors are contiguous and a matrix-vector product is a dot product a row. Networks of a few
// states have two to four columns in their first layer, where a loop costs more than the arithmetic; these
// are written out, in the same order of additions.

func rowDotGo(y, w, x []float64, cols int) {
	switch cols {
	case 2:
		x0, x1 := x[0], x[1]
		for i := range y {
			y[i] = w[2*i]*x0 + w[2*i+1]*x1
		}
	case 3:
		x0, x1, x2 := x[0], x[1], x[2]
		for i := range y {
			y[i] = (w[3*i]*x0 + w[3*i+2]*x2) + w[3*i+1]*x1
		}
	case 4:
		x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
		for i := range y {
			y[i] = (w[4*i]*x0 + w[4*i+2]*x2) + (w[4*i+1]*x1 + w[4*i+3]*x3)
		}
	default:
		for i := range y {
			y[i] = dotGo(x, w[i*cols:(i+1)*cols])
		}
	}
}

func rowDotAddGo(y, w, x []float64, cols int) {
	switch cols {
	case 2:
		x0, x1 := x[0], x[1]
		for i := range y {
			y[i] += w[2*i]*x0 + w[2*i+1]*x1
		}
	case 3:
		x0, x1, x2 := x[0], x[1], x[2]
		for i := range y {
			y[i] += (w[3*i]*x0 + w[3*i+2]*x2) + w[3*i+1]*x1
		}
	default:
		for i := range y {
			y[i] += dotGo(x, w[i*cols:(i+1)*cols])
		}
	}
}

func rowDotBiasGo(y, w, x, b []float64, cols int) {
	switch cols {
	case 2:
		x0, x1 := x[0], x[1]
		for i, bi := range b {
			y[i] = bi + (w[2*i]*x0 + w[2*i+1]*x1)
		}
	case 3:
		x0, x1, x2 := x[0], x[1], x[2]
		for i, bi := range b {
			y[i] = bi + ((w[3*i]*x0 + w[3*i+2]*x2) + w[3*i+1]*x1)
		}
	case 4:
		x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
		for i, bi := range b {
			y[i] = bi + ((w[4*i]*x0 + w[4*i+2]*x2) + (w[4*i+1]*x1 + w[4*i+3]*x3))
		}
	default:
		for i, bi := range b {
			y[i] = bi + dotGo(x, w[i*cols:(i+1)*cols])
		}
	}
}

// rowAxpyGo adds the rows of w, scaled by y, to x. Short rows are columns of scalars.
func rowAxpyGo(x, w, y []float64) {
	switch len(x) {
	case 0:
	case 2:
		x0, x1 := x[0], x[1]
		for i, s := range y {
			x0 += w[2*i] * s
			x1 += w[2*i+1] * s
		}
		x[0], x[1] = x0, x1
	case 3:
		x0, x1, x2 := x[0], x[1], x[2]
		for i, s := range y {
			x0 += w[3*i] * s
			x1 += w[3*i+1] * s
			x2 += w[3*i+2] * s
		}
		x[0], x[1], x[2] = x0, x1, x2
	default:
		addRows(x, w, y, 1)
	}
}

func outerRowGo(a, y, x []float64) {
	switch len(x) {
	case 2:
		x0, x1 := x[0], x[1]
		for i, s := range y {
			a[2*i] += s * x0
			a[2*i+1] += s * x1
		}
	case 3:
		x0, x1, x2 := x[0], x[1], x[2]
		for i, s := range y {
			a[3*i] += s * x0
			a[3*i+1] += s * x1
			a[3*i+2] += s * x2
		}
	default:
		for i, s := range y {
			axpyGo(a[i*len(x):(i+1)*len(x)], s, x)
		}
	}
}
