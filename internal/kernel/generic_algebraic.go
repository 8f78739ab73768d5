package kernel

import "math"

// algebraicGo computes the kinds whose derivatives share nothing worth keeping.
func algebraicGo(dst, src []float64, k Kind, order int) {
	switch k {
	case Exp:
		expGo(dst, src)
	case Log:
		if order > 0 {
			powerGo(dst, src, &inversePowers[order-1])
			return
		}
		logGo(dst, src)
	case Reciprocal:
		powerGo(dst, src, &inversePowers[order])
	case Sqrt:
		rootGo(dst, src, order)
	case Square:
		squareGo(dst, src, order)
	case ReLU, Abs:
		kinkGo(dst, src, k, order)
	default:
		panic("kernel: unknown kind")
	}
}

func algebraicPairGo(d0, d1, src []float64, k Kind, order int) {
	if k == Exp {
		expGo(d0, src)
		copy(d1, d0)
		return
	}
	var x [block]float64
	for len(d0) > 0 {
		n := copy(x[:], src[:len(d0)])
		algebraicGo(d0[:n], x[:n], k, order)
		algebraicGo(d1[:n], x[:n], k, order+1)
		d0, d1, src = d0[n:], d1[n:], src[n:]
	}
}

// inversePower is the derivative c x⁻ᵖ of 1/x of order p-1.
type inversePower struct {
	c float64
	p int
}

var inversePowers = [5]inversePower{{1, 1}, {-1, 2}, {2, 3}, {-6, 4}, {24, 5}}

func powerGo(dst, src []float64, f *inversePower) {
	for i, x := range src[:len(dst)] {
		r := 1 / x
		v := f.c * r
		for range f.p - 1 {
			v *= r
		}
		dst[i] = v
	}
}

// rootFactors: √x⁽ⁿ⁾ = c √x / xⁿ.
var rootFactors = [5]float64{1, 0.5, -0.25, 0.375, -0.9375}

func rootGo(dst, src []float64, order int) {
	for i, x := range src[:len(dst)] {
		v := math.Sqrt(x)
		if order > 0 {
			v = rootFactors[order] / v
			for range order - 1 {
				v /= x
			}
		}
		dst[i] = v
	}
}

func squareGo(dst, src []float64, order int) {
	switch order {
	case 0:
		Mul(dst, src, src)
	case 1:
		Add(dst, src, src)
	case 2:
		fillGo(dst, 2)
	default:
		clear(dst)
	}
}

// kinkGo computes max(x, 0) and |x|. Their first derivatives are steps; NaN stays NaN.
func kinkGo(dst, src []float64, k Kind, order int) {
	if order > 1 {
		clear(dst)
		return
	}
	for i, x := range src[:len(dst)] {
		switch {
		case x != x:
			dst[i] = x
		case order == 0 && k == Abs:
			dst[i] = math.Abs(x)
		case order == 0:
			dst[i] = max(x, 0)
		case x > 0:
			dst[i] = 1
		case x < 0 && k == Abs:
			dst[i] = -1
		default:
			dst[i] = 0
		}
	}
}
