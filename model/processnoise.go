package model

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// A model whose states are driven by noise knows that the past says little of the
// present: its present state is that of an extended Kalman filter over the last rows.
// Between two rows the covariance P becomes F·P·Fᵀ with F = ∂x(t₂)/∂x(t₁), and the noise
// of intensity Q adds ½·(F·Q·Fᵀ + Q)·(t₂ − t₁).
//
// Source: Särkkä, Bayesian Filtering and Smoothing (2013), section 5.2.

// filtered are the present states of all members at time t, and the covariance of that
// of the first.
func (m *Model) filtered(rows *data.Series, t float64, inputs *data.Series) (states [][]float64, cov []float64, err error) {
	for j := range m.Theta {
		b, err := m.lookBack(j, rows, t, nil, inputs)
		if err != nil {
			return nil, nil, err
		}
		_, x, p := b.filter()
		if x == nil {
			return nil, nil, fmt.Errorf("the model cannot be followed through the last rows before time %g", t)
		}
		states = append(states, x)
		if j == 0 {
			cov = p.RawMatrix().Data
		}
	}
	return states, cov, nil
}

// NoiseGrowth is how far the noise that drives the states takes the columns from a forecast,
// by how far ahead it looks: standard deviations in user units, horizons × columns, without
// the noise of rows. The forecast begins at time t, of which the rows up to there speak;
// horizons ascend, and inputs are known over them. It is nil for a model without such noise,
// and has as many horizons as the model can be followed to.
func (m *Model) NoiseGrowth(rows *data.Series, t float64, horizons []float64, inputs *data.Series) ([][]float64, error) {
	if m.ProcessNoise == nil {
		return nil, nil
	}
	b, err := m.lookBack(0, rows, t, nil, inputs)
	if err != nil {
		return nil, err
	}
	w, x, p := b.filter()
	if x == nil || !(t > rows.T[0]) {
		return nil, nil
	}
	n, q, before := len(x), mat.NewDense(len(x), len(x), m.ProcessNoise), t
	step := (t - rows.T[0]) / float64(max(1, rows.Len()-1)) // noise is told to a state once a row
	var out [][]float64
	for _, h := range horizons {
		parts := int(min(mostParts, math.Ceil((t+h-before)/step)))
		for i := range parts {
			if !w.move(x, p, q, before+(t+h-before)*float64(i)/float64(parts), before+(t+h-before)*float64(i+1)/float64(parts)) {
				return out, nil
			}
		}
		if before = t + h; !num.AllFinite(p.RawMatrix().Data) {
			break
		}
		sd := make([]float64, min(n, len(rows.Names)))
		for c := range sd {
			sd[c] = math.Sqrt(max(0, p.At(c, c))) * m.Parts.Frame.Scale[c]
		}
		out = append(out, sd)
	}
	return out, nil
}

// mostParts are the steps that noise is told to a state in, from horizon to horizon.
const mostParts = 1000

// filter runs over the last rows and on to the present; x is nil where the model cannot
// be followed.
func (b *lookback) filter() (w *window, x []float64, p *mat.Dense) {
	n, f := len(b.m.Parts.Frame.States), &b.m.Parts.Frame
	w = b.residual(min(b.rows.Len(), presentRows))
	x, p = w.rowsSay(), mat.NewDense(n, n, nil)
	for i := range n {
		p.Set(i, i, priorSpread*priorSpread)
	}
	q := mat.NewDense(n, n, b.m.ProcessNoise)
	for k := w.from; k < b.rows.Len(); k++ {
		if k > w.from && !w.move(x, p, q, b.rows.T[k-1], b.rows.T[k]) {
			return nil, nil, nil
		}
		for c, v := range b.rows.Row(k) {
			if !math.IsNaN(v) {
				correct(x, p, c, f.Scaled(c, v), b.sigma[c]*b.sigma[c])
			}
		}
	}
	if !w.move(x, p, q, b.rows.T[b.rows.Len()-1], b.t) || !num.AllFinite(x) {
		return nil, nil, nil
	}
	return w, x, p
}

// move takes state and covariance from one time to another; false where the model
// cannot be followed.
func (w *window) move(x []float64, p, q *mat.Dense, from, to float64) bool {
	if to <= from {
		return true
	}
	n, f := w.n, &w.b.m.Parts.Frame
	one := w.ivp
	one.T0, one.Times = []float64{(from - f.T0) / f.Time}, []float64{(to - f.T0) / f.Time}
	one.X0 = program.NewBatch(n*(n+1), 1)
	withTangents(one.X0.V, x)
	tr := ode.NewTrajectory(1, n*(n+1), 1)
	w.b.solver.Solve(tr, &one)
	if tr.Status[0] != ode.StatusOK {
		return false
	}
	copy(x, tr.X[:n])
	step := tangentsOf(tr.X, n)
	carry := func(dst, a *mat.Dense) {
		dst.Mul(step, a)
		dst.Mul(dst, step.T())
	}
	var carried, noise mat.Dense
	carry(&carried, p)
	carry(&noise, q)
	noise.Add(&noise, q)
	noise.Scale((to-from)/f.Time/2, &noise)
	p.Add(&carried, &noise)
	return true
}

// correct tells state and covariance a measured value of state c, of the given variance.
func correct(x []float64, p *mat.Dense, c int, value, variance float64) {
	n := len(x)
	total := p.At(c, c) + variance
	if !(total > 0) {
		return
	}
	gain := make([]float64, n)
	for i := range gain {
		gain[i] = p.At(i, c) / total
	}
	off := value - x[c]
	row := mat.Row(nil, c, p)
	for i := range n {
		x[i] += gain[i] * off
		for j := range n {
			p.Set(i, j, p.At(i, j)-gain[i]*row[j])
		}
	}
	for i := range n { // rounding must not make it lopsided
		for j := range i {
			v := (p.At(i, j) + p.At(j, i)) / 2
			p.Set(i, j, v)
			p.Set(j, i, v)
		}
	}
}

// checkProcessNoise refuses what is no covariance of n states.
func checkProcessNoise(q []float64, n int) error {
	if q == nil {
		return nil
	}
	if len(q) != n*n || !num.AllFinite(q) {
		return invalid("the noise that drives the states has %d numbers, %d × %d are needed", len(q), n, n)
	}
	for i := range n {
		for j := range n {
			d, e := q[i*n+i]*q[j*n+j], q[i*n+j]
			if q[i*n+i] < 0 || math.Abs(e-q[j*n+i]) > 1e-9*math.Sqrt(math.Abs(d)) || e*e > d*(1+1e-9) {
				return invalid("the noise that drives the states is no covariance")
			}
		}
	}
	return nil
}
