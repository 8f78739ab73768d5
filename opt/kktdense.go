package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/num"
)

// dense factorises the whole matrix, brought to rows of unit size.
type dense struct {
	shape Shape
	n, m  int
	ldl   *num.LDL
	s     []float64 // scale of each row and column
	big   []float64
}

func newDense(shape Shape) *dense {
	n, m := len(shape.Low), len(shape.Floor)
	return &dense{shape: shape, n: n, m: m, ldl: num.NewLDL(n + m), s: make([]float64, n+m), big: make([]float64, n+m)}
}

func (l *dense) name() string { return "dense" }

func (l *dense) factor(hess, jac, d, e []float64) num.Inertia {
	size := l.n + l.m
	a := l.ldl.Matrix(size)
	clear(a)
	scatterLower(a, size, 0, l.shape.Hessian, hess)
	scatterLower(a, size, l.n, l.shape.Jacobian, jac)
	for i, v := range d {
		a[i*size+i] += v
	}
	for j, v := range e {
		a[(l.n+j)*size+l.n+j] = -v
	}
	equilibrate(l.s, l.big, a, size)
	// A pivot of this size, in rows of unit size, is rounding.
	return l.ldl.Factor(1e-16 * float64(size))
}

// scatterLower adds patches, moved down, to the lower triangle of a.
func scatterLower(a []float64, size, down int, patches []Patch, v []float64) {
	for _, p := range patches {
		for i := range p.Rows {
			row, cols := p.Row+down+i, p.Cols
			if row < p.Col+cols {
				cols = row - p.Col + 1
			}
			at := a[row*size+p.Col:]
			for j, x := range v[i*p.Cols : i*p.Cols+cols] {
				at[j] += x
			}
		}
		v = v[p.size():]
	}
}

// equilibrate scales the lower triangle of a symmetrically until rows have a
// largest entry near one; s gets the scales, powers of two.
//
// Source: Ruiz, RAL-TR-2001-034.
func equilibrate(s, big, a []float64, size int) {
	for i := range s {
		s[i] = 1
	}
	for range 3 {
		clear(big)
		for i := range size {
			for j, v := range a[i*size : i*size+i+1] {
				v = math.Abs(v)
				big[i], big[j] = max(big[i], v), max(big[j], v)
			}
		}
		for i, b := range big {
			big[i] = 1
			if b > 0 && !math.IsInf(b, 1) {
				_, exp := math.Frexp(b)
				big[i] = math.Ldexp(1, -exp/2)
			}
			s[i] *= big[i]
		}
		for i := range size {
			for j := range a[i*size : i*size+i+1] {
				a[i*size+j] *= big[i] * big[j]
			}
		}
	}
}

func (l *dense) solve(b []float64) {
	for i, s := range l.s {
		b[i] *= s
	}
	l.ldl.Solve(b)
	for i, s := range l.s {
		b[i] *= s
	}
}
