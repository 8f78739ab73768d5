package opttest

import "math"

// jets evaluate a tape: each place has a value, a gradient and the lower
// triangle of a Hessian, row after row.
type jets struct {
	t    *tape
	size int // numbers of a place
	v    []float64
}

func newJets(t *tape) *jets {
	size := 1 + t.n + t.n*(t.n+1)/2
	return &jets{t: t, size: size, v: make([]float64, size*len(t.ops))}
}

// at returns the numbers of place i.
func (j *jets) at(i int) (value float64, grad, hess []float64) {
	p := j.v[i*j.size : (i+1)*j.size]
	return p[0], p[1 : 1+j.t.n], p[1+j.t.n:]
}

// run computes all places at x, up to the given order of derivatives.
func (j *jets) run(x []float64, order int) {
	for i, o := range j.t.ops {
		dst := j.v[i*j.size : (i+1)*j.size]
		switch o.kind {
		case "const":
			if dst[0] != o.value {
				dst[0] = o.value // derivatives stay zero
			}
		case "x":
			dst[0], dst[1+o.a] = x[o.a], 1
		case "+":
			a, b := j.v[o.a*j.size:], j.v[o.b*j.size:]
			for k := range j.count(order) {
				dst[k] = a[k] + b[k]
			}
		case "*":
			a, b := j.v[o.a*j.size], j.v[o.b*j.size]
			j.chain(dst, o, order, a*b, [5]float64{b, a, 0, 1, 0})
		case "/":
			a, b := j.v[o.a*j.size], j.v[o.b*j.size]
			j.chain(dst, o, order, a/b, [5]float64{1 / b, -a / (b * b), 0, -1 / (b * b), 2 * a / (b * b * b)})
		default:
			f, d, dd := unary(o, j.v[o.a*j.size])
			o.b = o.a
			j.chain(dst, o, order, f, [5]float64{d, 0, dd, 0, 0})
		}
	}
}

// count returns how many numbers belong to derivatives up to order.
func (j *jets) count(order int) int {
	return [...]int{1, 1 + j.t.n, j.size}[order]
}

// chain applies the chain rule to φ(a, b) with derivatives
// d = (φ_a, φ_b, φ_aa, φ_ab, φ_bb).
func (j *jets) chain(dst []float64, o op, order int, f float64, d [5]float64) {
	n := j.t.n
	dst[0] = f
	if order == 0 {
		return
	}
	a, b := j.v[o.a*j.size+1:(o.a+1)*j.size], j.v[o.b*j.size+1:(o.b+1)*j.size]
	dst = dst[1:]
	for k := range n {
		dst[k] = d[0]*a[k] + d[1]*b[k]
	}
	if order == 1 {
		return
	}
	h := n
	for r := range n {
		ra, rb := d[2]*a[r]+d[3]*b[r], d[3]*a[r]+d[4]*b[r]
		for c := range r + 1 {
			dst[h] = d[0]*a[h] + d[1]*b[h] + ra*a[c] + rb*b[c]
			h++
		}
	}
}

// unary returns a function of one argument with two derivatives.
func unary(o op, x float64) (f, d, dd float64) {
	switch o.kind {
	case "^":
		p := o.value
		switch p {
		case 1:
			return x, 1, 0
		case 2:
			return x * x, 2 * x, 2
		}
		return math.Pow(x, p), p * math.Pow(x, p-1), p * (p - 1) * math.Pow(x, p-2)
	case "sin":
		return math.Sin(x), math.Cos(x), -math.Sin(x)
	case "cos":
		return math.Cos(x), -math.Sin(x), -math.Cos(x)
	case "exp":
		e := math.Exp(x)
		return e, e, e
	case "log":
		return math.Log(x), 1 / x, -1 / (x * x)
	case "sqrt":
		r := math.Sqrt(x)
		return r, 1 / (2 * r), -1 / (4 * r * x)
	case "atan":
		q := 1 + x*x
		return math.Atan(x), 1 / q, -2 * x / (q * q)
	case "erf":
		g := 2 / math.Sqrt(math.Pi) * math.Exp(-x*x)
		return math.Erf(x), g, -2 * x * g
	}
	panic("opttest: no function is called " + o.kind)
}
