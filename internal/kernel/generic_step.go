package kernel

import "math"

// stageStrip is the number of values whose stages are summed together, in a buffer because dst may be x or
// a stage; below stageFew values the buffer costs more than it saves.
const (
	stageStrip = 64
	stageFew   = 8
)

func stageSumGo(dst, x, h, coef []float64, k [][]float64) {
	used := 0
	for _, c := range coef {
		if c != 0 {
			used++
		}
	}
	switch {
	case used == 0:
		copy(dst, x)
	case len(dst) < stageFew:
		stageSumFew(dst, x, h, coef, k)
	default:
		stageSumStrips(dst, x, h, coef, k)
	}
}

func stageSumFew(dst, x, h, coef []float64, k [][]float64) {
	for i := range dst {
		s := 0.0
		for j, c := range coef {
			if c != 0 {
				s += c * k[j][i]
			}
		}
		dst[i] = x[i] + h[i%len(h)]*s
	}
}

func stageSumStrips(dst, x, h, coef []float64, k [][]float64) {
	var buf [stageStrip]float64
	l := 0
	for o := 0; o < len(dst); o += stageStrip {
		n := min(stageStrip, len(dst)-o)
		s := buf[:n]
		clear(s)
		addStages(s, coef, k, o)
		if len(h) == 1 {
			hs := h[0]
			u, v := x[o:o+n], dst[o:o+n]
			for i, si := range s {
				v[i] = u[i] + hs*si
			}
			continue
		}
		for at := o; len(s) > 0; {
			m := min(len(s), len(h)-l)
			mulAddGo(dst[at:at+m], h[l:l+m], s[:m], x[at:at+m])
			s, at = s[m:], at+m
			if l += m; l == len(h) {
				l = 0
			}
		}
	}
}

// addStages adds coef[j] k[j][o+i] to sum[i] for every j with a coefficient, in order, up to four at a time.
func addStages(sum, coef []float64, k [][]float64, o int) {
	var c [4]float64
	var r [4][]float64
	n := 0
	for j, cj := range coef {
		if cj == 0 {
			continue
		}
		c[n], r[n] = cj, k[j][o:o+len(sum)]
		if n++; n == 4 {
			addRows4(sum, r[0], r[1], r[2], r[3], c[0], c[1], c[2], c[3])
			n = 0
		}
	}
	switch n {
	case 3:
		addRows3(sum, r[0], r[1], r[2], c[0], c[1], c[2])
	case 2:
		addRows2(sum, r[0], r[1], c[0], c[1])
	case 1:
		axpyGo(sum, c[0], r[0])
	}
}

func errNormGo(norm, err, x0, x1 []float64, rtol, atol float64) {
	clear(norm)
	rows := float64(len(err) / len(norm))
	for len(err) > 0 {
		for l := range norm {
			q := err[l] / (atol + rtol*max(math.Abs(x0[l]), math.Abs(x1[l])))
			norm[l] += q * q
		}
		err, x0, x1 = err[len(norm):], x0[len(norm):], x1[len(norm):]
	}
	for l := range norm {
		norm[l] = math.Sqrt(norm[l] / rows)
	}
}

func errNormRowGo(err, x0, x1 []float64, rtol, atol float64) float64 {
	x0, x1 = x0[:len(err)], x1[:len(err)]
	sum := 0.0
	switch len(err) { // the sums of a few rows without those that are zero
	case 2:
		sum = errSquare(err[0], x0[0], x1[0], rtol, atol) + errSquare(err[1], x0[1], x1[1], rtol, atol)
	case 3:
		sum = errSquare(err[0], x0[0], x1[0], rtol, atol) + errSquare(err[2], x0[2], x1[2], rtol, atol) +
			errSquare(err[1], x0[1], x1[1], rtol, atol)
	default:
		var s [8]float64
		for i, e := range err {
			s[i&7] += errSquare(e, x0[i], x1[i], rtol, atol)
		}
		sum = tree(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7])
	}
	return math.Sqrt(sum / float64(len(err)))
}

// errSquare is the square of one scaled error.
func errSquare(e, x0, x1, rtol, atol float64) float64 {
	q := e / (atol + float64(rtol*max(math.Abs(x0), math.Abs(x1))))
	return float64(q * q)
}
