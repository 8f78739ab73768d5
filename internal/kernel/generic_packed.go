package kernel

// packedGo sums up panels of eight, which stay in registers or close by.
func packedGo(y, w, x, f []float64, mode packedMode) {
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
		switch mode {
		case packedAdd:
			addGo(part, part, s[:])
		case packedTimes:
			mulGo(part, f[o:], s[:])
		default:
			copy(part, s[:])
		}
	}
}
