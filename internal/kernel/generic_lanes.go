package kernel

// The loops with a matrix per lane read every weight once, so there is nothing to keep in registers:
// they are rows of elementwise multiply-adds.

func matVecLanesAddGo(y, w, x []float64, cols, lanes int) {
	for len(y) > 0 {
		row := y[:lanes]
		for o := 0; o < cols*lanes; o += lanes {
			mulAddToGo(row, w[o:o+lanes], x[o:o+lanes])
		}
		y, w = y[lanes:], w[cols*lanes:]
	}
}

func matVecTLanesAddGo(x, w, y []float64, cols, lanes int) {
	for len(y) > 0 {
		row := y[:lanes]
		for o := 0; o < cols*lanes; o += lanes {
			mulAddToGo(x[o:o+lanes], w[o:o+lanes], row)
		}
		y, w = y[lanes:], w[cols*lanes:]
	}
}

func outerLanesGo(a, y, x []float64, cols, lanes int) {
	for len(y) > 0 {
		row := y[:lanes]
		for o := 0; o < cols*lanes; o += lanes {
			mulGo(a[o:o+lanes], row, x[o:o+lanes])
		}
		y, a = y[lanes:], a[cols*lanes:]
	}
}

func outerLanesAddGo(a, y, x []float64, cols, lanes int) {
	for len(y) > 0 {
		row := y[:lanes]
		for o := 0; o < cols*lanes; o += lanes {
			mulAddToGo(a[o:o+lanes], row, x[o:o+lanes])
		}
		y, a = y[lanes:], a[cols*lanes:]
	}
}
