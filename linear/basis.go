package linear

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
)

// Measured is the same law in a basis in which the first states are the scaled outputs
// themselves, C = (1 0) and D = 0; the others, hidden, are uncorrelated with them and
// have mean zero and unit deviation over the rows the model was fitted to. Errors:
// inputs that act on outputs at once, fewer states than outputs, outputs that depend on
// each other.
func (m *Model) Measured() (*Model, error) {
	_, _, q := m.sizes()
	for i, d := range m.D {
		if i%q != q-1 && d != 0 {
			return nil, fmt.Errorf("input %q acts on %q at once", m.Inputs[i%q], m.Outputs[i/q])
		}
	}
	return m.Shown()
}

// Shown is Measured where inputs may act on outputs at once: the first states are the scaled
// outputs without what inputs do at once, C = (1 0), and of D that is left, its constants being
// zero. Errors: fewer states than outputs, outputs that depend on each other.
func (m *Model) Shown() (*Model, error) {
	n, p, q := m.sizes()
	if n < p {
		return nil, fmt.Errorf("%d states cannot be %d outputs", n, p)
	}
	t, err := m.measuring()
	if err != nil {
		return nil, err
	}
	var back mat.Dense
	if err := back.Inverse(t); err != nil && math.IsInf(cond(err), 1) {
		return nil, fmt.Errorf("the outputs depend on each other")
	}
	offset := mat.NewVecDense(n, nil) // z = t·x + offset
	for i := range p {
		offset.SetVec(i, m.D[i*q+q-1])
	}
	mean := mat.NewVecDense(n, append([]float64{}, m.Mean...))
	mean.MulVec(t, mean)
	for i := p; i < n; i++ {
		offset.SetVec(i, -mean.AtVec(i))
	}
	out := *m
	a := mat.NewDense(n, n, append([]float64{}, m.A...))
	a.Mul(t, a)
	a.Mul(a, &back)
	b := mat.NewDense(n, q, append([]float64{}, m.B...))
	b.Mul(t, b)
	var shift mat.VecDense
	shift.MulVec(a, offset)
	for i := range n {
		b.Set(i, q-1, b.At(i, q-1)-shift.AtVec(i))
	}
	out.A, out.B = a.RawMatrix().Data, b.RawMatrix().Data
	out.C, out.D = make([]float64, p*n), slices.Clone(m.D)
	for i := range p {
		out.C[i*n+i], out.D[i*q+q-1] = 1, 0
	}
	out.Q, out.Spread = turned(t, m.Q, n), turned(t, m.Spread, n)
	mean.AddVec(mean, offset)
	out.Mean = mean.RawVector().Data
	return &out, nil
}

func cond(err error) float64 {
	if c, ok := err.(mat.Condition); ok {
		return float64(c)
	}
	return math.Inf(1)
}

// turned is t·x·tᵀ; nil stays nil.
func turned(t *mat.Dense, x []float64, n int) []float64 {
	if x == nil {
		return nil
	}
	out, work := make([]float64, n*n), make([]float64, n*n)
	sandwich(out, t.RawMatrix().Data, x, work, n)
	return out
}

// measuring is the matrix of the new basis: the rows of C, then combinations that are
// not correlated with these and have unit variance.
func (m *Model) measuring() (*mat.Dense, error) {
	n, p, _ := m.sizes()
	l := make([]float64, n*n)
	if math.IsNaN(cholesky(l, m.Spread, n, 0)) {
		return nil, fmt.Errorf("the states of the linear model depend on each other")
	}
	root := mat.NewDense(n, n, l)
	c := mat.NewDense(p, n, append([]float64{}, m.C...))
	var seen mat.Dense
	seen.Mul(c, root) // outputs of white states
	var svd mat.SVD
	if !svd.Factorize(&seen, mat.SVDFull) {
		return nil, fmt.Errorf("the outputs depend on each other")
	}
	if v := svd.Values(nil); v[p-1] <= 1e-10*v[0] {
		return nil, fmt.Errorf("the outputs depend on each other")
	}
	var v mat.Dense
	svd.VTo(&v)
	var inverse mat.Dense
	if err := inverse.Inverse(root); err != nil && math.IsInf(cond(err), 1) {
		return nil, fmt.Errorf("the states of the linear model depend on each other")
	}
	t := mat.NewDense(n, n, nil)
	t.Slice(0, p, 0, n).(*mat.Dense).Copy(c)
	if n > p {
		var hidden mat.Dense
		hidden.Mul(v.Slice(0, n, p, n).T(), &inverse)
		t.Slice(p, n, 0, n).(*mat.Dense).Copy(&hidden)
	}
	return t, nil
}

// Path is the state at every row of a recording, rows × states: begun where it fits
// best and, where states have noise, as the rows up to each have it.
func (m *Model) Path(s *data.Series) ([]float64, error) {
	if err := m.check(s); err != nil {
		return nil, err
	}
	r := m.records([]data.Series{*s})
	steps := r.steps(m)
	f := newFilter(m, nil, nil)
	if !f.run(&r.all[0], steps, nil) {
		return nil, fmt.Errorf("the linear model cannot be followed through recording %q", s.ID)
	}
	// A short recording hardly tells its start: what is known of states in general helps.
	var info, told []float64
	info, told = append(info, f.info...), append(told, f.told...)
	prior := make([]float64, m.N*m.N)
	if err := invert(prior, m.Spread, m.N); err == nil {
		for i := range m.N {
			for j := range m.N {
				info[i*m.N+j] += prior[i*m.N+j]
				told[i] += prior[i*m.N+j] * m.Mean[j]
			}
		}
	}
	start, _ := solveSPD(info, told, m.N)
	f = newFilter(m, nil, nil)
	copy(f.x, start)
	f.X = nil
	var out []float64
	if !f.run(&r.all[0], steps, func(int) { out = append(out, f.x...) }) {
		return nil, fmt.Errorf("the linear model cannot be followed through recording %q", s.ID)
	}
	return out, nil
}

func invert(dst, a []float64, n int) error {
	var inv mat.Dense
	if err := inv.Inverse(mat.NewDense(n, n, append([]float64{}, a...))); err != nil && math.IsInf(cond(err), 1) {
		return err
	}
	copy(dst, inv.RawMatrix().Data)
	return nil
}
