package kernel

import "math"

func stageSumGo(dst, x, h, coef []float64, k [][]float64) {
	lanes := len(h)
	for i := range dst {
		s, used := 0.0, false
		for j, c := range coef {
			if c != 0 {
				s += c * k[j][i]
				used = true
			}
		}
		if used {
			dst[i] = x[i] + h[i%lanes]*s
		} else {
			dst[i] = x[i]
		}
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
	var s [8]float64
	x0, x1 = x0[:len(err)], x1[:len(err)]
	for i, e := range err {
		q := e / (atol + rtol*max(math.Abs(x0[i]), math.Abs(x1[i])))
		s[i&7] += q * q
	}
	return math.Sqrt(tree(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]) / float64(len(err)))
}

func adamGo(z, m, v, g []float64, p AdamStep) {
	m, v, g = m[:len(z)], v[:len(z)], g[:len(z)]
	for i, gi := range g {
		mi := p.Beta1*m[i] + (1-p.Beta1)*gi
		vi := p.Beta2*v[i] + (1-p.Beta2)*gi*gi
		m[i], v[i] = mi, vi
		z[i] -= p.Rate * (p.Fix1*mi/(math.Sqrt(p.Fix2*vi)+p.Eps) + p.Decay*z[i])
	}
}
