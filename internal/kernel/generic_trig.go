package kernel

import "math"

// sincos sets v = sin(x) and a = cos(x).
func (w *work) sincos(src []float64) {
	v, a := w.v[:len(src)], w.a[:len(src)]
	for i, x := range src {
		v[i], a[i] = math.Sincos(x)
	}
}

// quarterTurns writes sin(x + turns π/2) from s = sin(x) and c = cos(x).
func quarterTurns(dst, s, c []float64, turns int) {
	switch turns % 4 {
	case 0:
		copy(dst, s)
	case 1:
		copy(dst, c)
	case 2:
		scaleGo(dst, -1, s)
	case 3:
		scaleGo(dst, -1, c)
	}
}
