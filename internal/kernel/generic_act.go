package kernel

import "math"

func actGo(dst, src []float64, k Kind, order int) {
	for i, x := range src[:len(dst)] {
		p, q := core(k, x)
		dst[i] = derivative(k, order, x, p, q)
	}
}

func actPairGo(d0, d1, src []float64, k Kind, order int) {
	for i, x := range src[:len(d0)] {
		p, q := core(k, x)
		d0[i] = derivative(k, order, x, p, q)
		d1[i] = derivative(k, order+1, x, p, q)
	}
}

func core(k Kind, x float64) (p, q float64) {
	switch k {
	case Tanh:
		e := math.Exp(-2 * math.Abs(x))
		return math.Tanh(x), 4 * e / ((1 + e) * (1 + e))
	case Sigmoid, Softplus, SiLU:
		e := math.Exp(-math.Abs(x))
		q = e / ((1 + e) * (1 + e))
		if x < 0 {
			return e / (1 + e), q
		}
		return 1 / (1 + e), q
	case GELU:
		return math.Erfc(-x/math.Sqrt2) / 2, math.Exp(-x*x/2) / math.Sqrt(2*math.Pi)
	case Erf:
		return math.Erf(x), math.Exp(-x*x) * 2 / math.Sqrt(math.Pi)
	case Sin, Cos:
		return math.Sincos(x)
	case Exp:
		return math.Exp(x), 0
	case Sqrt:
		return math.Sqrt(x), 0
	}
	return 0, 0
}

func derivative(k Kind, order int, x, p, q float64) float64 {
	switch k {
	case Tanh:
		return [...]float64{p, q, -2 * p * q, q * (6*p*p - 2), 8 * p * q * (2 - 3*p*p)}[order]
	case Sigmoid:
		return sigmoidD(order, p, q)
	case Softplus:
		if order == 0 {
			return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
		}
		return sigmoidD(order-1, p, q)
	case SiLU:
		if order == 0 {
			return max(x, -750) * p
		}
		return float64(order)*sigmoidD(order-1, p, q) + max(-750, min(x, 750))*sigmoidD(order, p, q)
	case GELU:
		z := max(-40, min(x, 40))
		if order == 0 {
			return max(x, -40) * p
		}
		return [...]float64{0, p + z*q, q * (2 - z*z), q * z * (z*z - 4), q * (-z*z*z*z + 7*z*z - 4)}[order]
	case Erf:
		z := max(-40, min(x, 40))
		return [...]float64{p, q, -2 * z * q, (4*z*z - 2) * q, (12 - 8*z*z) * z * q}[order]
	case Sin:
		return [...]float64{p, q, -p, -q, p}[order]
	case Cos:
		return [...]float64{q, -p, -q, p, q}[order]
	case Exp:
		return p
	case Log:
		if order == 0 {
			return math.Log(x)
		}
		return reciprocalD(order-1, x)
	case Reciprocal:
		return reciprocalD(order, x)
	case Sqrt:
		return [...]float64{p, 0.5 / p, -0.25 / (x * p), 0.375 / (x * x * p), -0.9375 / (x * x * x * p)}[order]
	case Square:
		return [...]float64{x * x, 2 * x, 2, 0, 0}[order]
	case ReLU:
		return [...]float64{max(x, 0), step(x), 0, 0, 0}[order]
	case Abs:
		return [...]float64{math.Abs(x), step(x) - step(-x), 0, 0, 0}[order]
	}
	panic("kernel: unknown kind")
}

func sigmoidD(order int, s, d float64) float64 {
	return [...]float64{s, d, d * (1 - 2*s), d * (1 - 6*d), d * (1 - 2*s) * (1 - 12*d)}[order]
}

func reciprocalD(order int, x float64) float64 {
	r := 1 / x
	return [...]float64{r, -r * r, 2 * r * r * r, -6 * r * r * r * r, 24 * r * r * r * r * r}[order]
}

func step(x float64) float64 {
	if x > 0 {
		return 1
	}
	if x <= 0 {
		return 0
	}
	return x
}
