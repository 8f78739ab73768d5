package num

import "math"

// ComplexLU is LU for complex matrices whose real and imaginary parts lie apart:
// two real numbers are multiplied faster than the language multiplies complex ones.
type ComplexLU struct {
	n      int
	re, im []float64
	ir, ii []float64 // 1/U_ii
	perm   []int
}

// NewComplexLU makes room for matrices of order n.
func NewComplexLU(n int) *ComplexLU {
	v := func(n int) []float64 { return make([]float64, n) }
	return &ComplexLU{n: n, re: v(n * n), im: v(n * n), ir: v(n), ii: v(n), perm: make([]int, n)}
}

// Matrix is where the real and the imaginary part are written, each n × n and
// row-major, before Factor.
func (f *ComplexLU) Matrix() (re, im []float64) { return f.re, f.im }

// Factor replaces the matrix by its factors. It returns false if the matrix is
// singular or not finite.
func (f *ComplexLU) Factor() bool {
	n, re, im := f.n, f.re, f.im
	for k := range n {
		p, most := k, math.Abs(re[k*n+k])+math.Abs(im[k*n+k])
		for i := k + 1; i < n; i++ {
			if v := math.Abs(re[i*n+k]) + math.Abs(im[i*n+k]); v > most {
				p, most = i, v
			}
		}
		f.perm[k] = p
		if !(most > 0) || math.IsInf(most, 1) {
			return false
		}
		if p != k {
			for j := range n {
				re[k*n+j], re[p*n+j] = re[p*n+j], re[k*n+j]
				im[k*n+j], im[p*n+j] = im[p*n+j], im[k*n+j]
			}
		}
		x, y := re[k*n+k]/most, im[k*n+k]/most
		d := 1 / ((x*x + y*y) * most)
		pr, pi := x*d, -y*d
		f.ir[k], f.ii[k] = pr, pi
		ur, ui := re[k*n+k+1:(k+1)*n], im[k*n+k+1:(k+1)*n]
		for i := k + 1; i < n; i++ {
			lr := re[i*n+k]*pr - im[i*n+k]*pi
			li := re[i*n+k]*pi + im[i*n+k]*pr
			re[i*n+k], im[i*n+k] = lr, li
			if lr == 0 && li == 0 {
				continue
			}
			rr, ri := re[i*n+k+1:(i+1)*n], im[i*n+k+1:(i+1)*n]
			for j, v := range ur {
				w := ui[j]
				rr[j] -= lr*v - li*w
				ri[j] -= lr*w + li*v
			}
		}
	}
	return true
}

// Solve replaces b = re + i·im by A⁻¹b.
func (f *ComplexLU) Solve(re, im []float64) {
	n := f.n
	re, im = re[:n], im[:n]
	for k, p := range f.perm {
		re[k], re[p] = re[p], re[k]
		im[k], im[p] = im[p], im[k]
	}
	for i := 1; i < n; i++ {
		s, t := re[i], im[i]
		li := f.im[i*n : i*n+i]
		for j, lr := range f.re[i*n : i*n+i] {
			s -= lr*re[j] - li[j]*im[j]
			t -= lr*im[j] + li[j]*re[j]
		}
		re[i], im[i] = s, t
	}
	for i := n - 1; i >= 0; i-- {
		s, t := re[i], im[i]
		ui := f.im[i*n+i+1 : (i+1)*n]
		for j, ur := range f.re[i*n+i+1 : (i+1)*n] {
			k := i + 1 + j
			s -= ur*re[k] - ui[j]*im[k]
			t -= ur*im[k] + ui[j]*re[k]
		}
		re[i], im[i] = s*f.ir[i]-t*f.ii[i], s*f.ii[i]+t*f.ir[i]
	}
}

// CopyFrom takes over the factors of another ComplexLU of the same order.
func (f *ComplexLU) CopyFrom(g *ComplexLU) {
	copy(f.re, g.re)
	copy(f.im, g.im)
	copy(f.ir, g.ir)
	copy(f.ii, g.ii)
	copy(f.perm, g.perm)
}
