package ode

import (
	"math/cmplx"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// Stability returns R of the scheme. That of a tableau is its polynomial; of any
// other scheme a step is taken on the rotation and decay that z stands for. It is
// NaN where that step cannot be taken. One Stability is for one goroutine.
//
// Source: Hairer, Wanner, Solving Ordinary Differential Equations II, 2nd ed., IV.2.
func (m *Scheme) Stability() field.Stability {
	if m.Tableau != nil {
		c := m.Tableau.Polynomial()
		return func(z complex128) complex128 {
			sum := complex(0, 0)
			for k := len(c) - 1; k >= 0; k-- {
				sum = sum*z + complex(c[k], 0)
			}
			return sum
		}
	}
	return m.measured()
}

// Polynomial has the coefficients of the stability function of a tableau,
// ascending: 1, then b·A^(k−1)·1 for k from 1 to the number of stages.
func (t *Tableau) Polynomial() []float64 {
	v := make([]float64, len(t.B))
	for i := range v {
		v[i] = 1
	}
	out := []float64{1}
	for range t.B {
		sum, next := 0.0, make([]float64, len(v))
		for i, b := range t.B {
			sum += b * v[i]
			for j, a := range t.A[i] {
				next[i] += a * v[j]
			}
		}
		out, v = append(out, sum), next
	}
	return out
}

// measured takes steps of size 1 on x' = z·x as two real equations.
func (m *Scheme) measured() field.Stability {
	b := program.New()
	x, z := b.Batched("x", 2, 1), b.Shared("theta", 2, 1)
	re, im := b.Slice(z, 0, 1, 1), b.Slice(z, 1, 1, 1)
	p, q := b.Slice(x, 0, 1, 1), b.Slice(x, 1, 1, 1)
	b.Output("dx", b.Concat(b.Sub(b.Mul(p, re), b.Mul(q, im)), b.Add(b.Mul(q, re), b.Mul(p, im))))
	prog, err := b.Done()
	if err != nil {
		return nil
	}
	ivp := &IVP{Field: field.New(prog, 1, false), X0: Batch{Rows: 2, Lanes: 1, V: []float64{1, 0}}, T0: []float64{0},
		Times: []float64{1}, Theta: Batch{Rows: 2, Lanes: 1, V: make([]float64, 2)}}
	return func(z complex128) complex128 {
		ivp.Theta.V[0], ivp.Theta.V[1] = real(z), imag(z)
		tr, err := Solve(ivp, Options{Solver: m.Name, Step: 1, RTol: 1e-13, ATol: 1e-13, MaxSteps: 1})
		if err != nil || tr.Status[0] != StatusOK {
			return cmplx.NaN()
		}
		return complex(tr.X[0], tr.X[1])
	}
}
