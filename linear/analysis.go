package linear

import (
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
)

// Poles are the eigenvalues of A, per unit of time, slowest first. A pole p decays as
// exp(Re p·t) and turns Im p/2π times a unit of time.
func (m *Model) Poles() []complex128 {
	if m.N == 0 {
		return nil
	}
	return num.Poles(m.A, m.N)
}

// Response is how the model answers to exp(iωt) in each input, outputs × inputs, in
// user units: C·(iω − A)⁻¹·B + D. ω is in radians a unit of time.
func (m *Model) Response(omega float64) []complex128 {
	n, p, q := m.sizes()
	out := make([]complex128, p*(q-1))
	// (iω − A)·(x + iy) = b as a real system of twice the size.
	a := mat.NewDense(2*n, 2*n, nil)
	for i := range n {
		for j := range n {
			a.Set(i, j, -m.A[i*n+j])
			a.Set(n+i, n+j, -m.A[i*n+j])
		}
		a.Set(i, n+i, -omega)
		a.Set(n+i, i, omega)
	}
	var lu mat.LU
	lu.Factorize(a)
	for c := range q - 1 {
		b, x := mat.NewVecDense(2*n, nil), mat.NewVecDense(2*n, nil)
		for i := range n {
			b.SetVec(i, m.B[i*q+c])
		}
		if err := lu.SolveVecTo(x, false, b); err != nil && math.IsInf(lu.Cond(), 1) {
			for i := range 2 * n {
				x.SetVec(i, math.Inf(1))
			}
		}
		for i := range p {
			v := complex(m.D[i*q+c], 0)
			for j := range n {
				v += complex(m.C[i*n+j], 0) * complex(x.AtVec(j), x.AtVec(n+j))
			}
			out[i*(q-1)+c] = v * complex(m.Scale[i]/m.UScale[c], 0)
		}
	}
	return out
}

// Gains are how far each output moves in the end for a unit of each input, outputs ×
// inputs, user units; without meaning where the model is not stable, infinite where it
// integrates.
func (m *Model) Gains() []float64 {
	var out []float64
	for _, v := range m.Response(0) {
		out = append(out, real(v))
	}
	return out
}

// StepResponse is what each output does at times behind a unit step of input c, times
// × outputs, in user units.
func (m *Model) StepResponse(c int, times []float64) []float64 {
	n, p, q := m.sizes()
	e, whole, ramp := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
	var out []float64
	for _, t := range times {
		phi(e, whole, ramp, m.A, n, t)
		for i := range p {
			v := m.D[i*q+c]
			for j := range n {
				for k := range n {
					v += m.C[i*n+j] * whole[j*n+k] * m.B[k*q+c] * t
				}
			}
			out = append(out, v*m.Scale[i]/m.UScale[c])
		}
	}
	return out
}

// Slowest is the longest time in which something of the model decays to 1/e or turns
// once, over those that do; 0 if none does.
func (m *Model) Slowest() float64 {
	longest := 0.0
	for _, p := range m.Poles() {
		if real(p) < 0 {
			longest = max(longest, -1/real(p))
		}
		if imag(p) != 0 {
			longest = max(longest, 2*math.Pi/math.Abs(imag(p)))
		}
	}
	return longest
}

// Decibel is 20·log₁₀|v|.
func Decibel(v complex128) float64 { return 20 * math.Log10(cmplx.Abs(v)) }
