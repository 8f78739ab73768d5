package field

import "github.com/entrain-dev/entrain/program"

// massMatrix is M = L·diag(exp d)·Lᵀ with q rows and L unit lower triangular. Its
// entries are d, then the rows of L before the diagonal.
type massMatrix struct {
	b       *program.Builder
	entries program.Value
	q       int
}

// pivot is exp(±d_i).
func (m massMatrix) pivot(i int, sign float64) program.Value {
	return m.b.Act(program.Exp, m.b.Scale(sign, m.b.Slice(m.entries, i, 1, 1)))
}

// below is L_ij, i > j.
func (m massMatrix) below(i, j int) program.Value {
	return m.b.Slice(m.entries, m.q+i*(i-1)/2+j, 1, 1)
}

// kinetic is ½ wᵀ·M·w = ½ Σ exp(d_j)·(Lᵀw)_j².
func (m massMatrix) kinetic(w program.Value) program.Value {
	b := m.b
	var sum program.Value
	for j := range m.q {
		u := b.Slice(w, j, 1, 1)
		for i := j + 1; i < m.q; i++ {
			u = b.Add(u, b.Mul(m.below(i, j), b.Slice(w, i, 1, 1)))
		}
		term := b.Mul(m.pivot(j, 1), b.Act(program.Square, u))
		if j > 0 {
			term = b.Add(sum, term)
		}
		sum = term
	}
	return b.Scale(0.5, sum)
}

// solve is M⁻¹·f.
func (m massMatrix) solve(f program.Value) program.Value {
	b := m.b
	y := make([]program.Value, m.q)
	for i := range m.q {
		y[i] = b.Slice(f, i, 1, 1)
		for j := range i {
			y[i] = b.Sub(y[i], b.Mul(m.below(i, j), y[j]))
		}
	}
	for i := m.q - 1; i >= 0; i-- {
		y[i] = b.Mul(m.pivot(i, -1), y[i])
		for j := i + 1; j < m.q; j++ {
			y[i] = b.Sub(y[i], b.Mul(m.below(j, i), y[j]))
		}
	}
	return b.Concat(y...)
}
