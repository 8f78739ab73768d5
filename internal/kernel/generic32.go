package kernel

import "math"

// fma32 is x y + z rounded once. The product is exact in float64. Rounding the sum to float64 first changes nothing unless
// that lands half way between two float32, which have spacings of their own below 2⁻¹²⁶.
func fma32(x, y, z float32) float32 {
	s := float64(x)*float64(y) + float64(z)
	if math.Float64bits(s)&(1<<29-1) != 1<<28 && math.Abs(s) >= 0x1p-126 {
		return float32(s)
	}
	return halfway32(float64(x)*float64(y), float64(z))
}

// halfway32 is p + c rounded once to float32: the sum is rounded to odd in float64, so that rounding it again gives what
// one rounding would.
//
// Source: Boldo, Melquiond, IEEE Transactions on Computers 57 (2008) 462–471.
func halfway32(p, c float64) float32 {
	s := p + c
	b := s - p
	e := (p - (s - b)) + (c - b)
	if bits := math.Float64bits(s); bits&1 == 0 && (e > 0 || e < 0) {
		if (e > 0) == (s > 0) {
			bits++
		} else {
			bits--
		}
		s = math.Float64frombits(bits)
	}
	return float32(s)
}

func product32Go(dst, b, w, src []float32, from start, p product) {
	for i := range p.rows {
		row := dst[i*p.lanes : (i+1)*p.lanes]
		clear(row)
		if from == fromBias {
			for l := range row {
				row[l] = b[i]
			}
		}
		for s := range p.terms {
			v, x := w[i*p.dw+s*p.sw], src[s*p.lanes:(s+1)*p.lanes]
			for l := range row {
				row[l] = fma32(x[l], v, row[l])
			}
		}
	}
}

func outerSum32Go(a []float64, y, x []float32, rows, cols, lanes int) {
	for i := range rows {
		for j := range cols {
			var s [16]float32
			for l, v := range y[i*lanes : (i+1)*lanes] {
				s[l&15] = fma32(v, x[j*lanes+l], s[l&15])
			}
			for n := len(s) / 2; n > 0; n /= 2 {
				for k := range n {
					s[k] += s[k+n]
				}
			}
			a[i*cols+j] += float64(s[0])
		}
	}
}
