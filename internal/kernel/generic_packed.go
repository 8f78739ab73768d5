package kernel

// packedGo sums up panels of eight, which stay in registers or close by.
func packedGo(y, w, x []float64, add bool) {
	stride := (len(y) + 7) &^ 7
	for o := 0; o < len(y); o += 8 {
		var s [8]float64
		copy(s[:], w[o:])
		for k, v := range x {
			row := w[(1+k)*stride+o:][:8]
			for i, r := range row {
				s[i] += r * v
			}
		}
		part := y[o:min(o+8, len(y))]
		if add {
			addGo(part, part, s[:])
			continue
		}
		copy(part, s[:])
	}
}
