package kernel

func matVecGo(y, w, x []float64, cols, lanes int) {
	clear(y)
	for i := 0; i*lanes < len(y); i++ {
		row := y[i*lanes : (i+1)*lanes]
		for j, s := range w[i*cols : (i+1)*cols] {
			axpyGo(row, s, x[j*lanes:(j+1)*lanes])
		}
	}
}

func matVecAddGo(y, w, x []float64, cols, lanes int) {
	for l := 0; l < lanes; l++ {
		for i := 0; i*lanes < len(y); i++ {
			s := 0.0
			for j := 0; j < cols; j++ {
				s += w[i*cols+j] * x[j*lanes+l]
			}
			y[i*lanes+l] += s
		}
	}
}

func matVecBiasGo(y, w, x, b []float64, cols, lanes int) {
	matVecGo(y, w, x, cols, lanes)
	for i, s := range b {
		row := y[i*lanes : (i+1)*lanes]
		for l := range row {
			row[l] += s
		}
	}
}

func matVecTAddGo(x, w, y []float64, cols, lanes int) {
	for i := 0; i*lanes < len(y); i++ {
		row := y[i*lanes : (i+1)*lanes]
		for j, s := range w[i*cols : (i+1)*cols] {
			axpyGo(x[j*lanes:(j+1)*lanes], s, row)
		}
	}
}

func outerSumGo(a, y, x []float64, cols, lanes int) {
	for i := 0; i*lanes < len(y); i++ {
		row := y[i*lanes : (i+1)*lanes]
		for j := range cols {
			a[i*cols+j] += dotGo(row, x[j*lanes:(j+1)*lanes])
		}
	}
}
