package num

import (
	"errors"
	"math"
)

// Errors of the spline fits.
var (
	errNoKnots    = errors.New("num: a spline needs at least one present value")
	errKnotOrder  = errors.New("num: the knots of a spline must be finite and strictly increasing")
	errBadPenalty = errors.New("num: the smoothing of a spline must be a finite number ≥ 0")
)

// SmoothSpline returns the natural cubic spline that minimises
//
//	Σ (y_i - s(t_i))² + α ∫ s″²
//
// α = 0 interpolates, α → ∞ gives the least-squares line. Rows whose y is
// NaN are left out. One row gives a constant, two a line.
//
// Cost: O(len(t)). Source: Green, Silverman (1994), §2.3.3 (Reinsch).
func SmoothSpline(t, y []float64, alpha float64) (*Spline, error) {
	if !(alpha >= 0) || math.IsInf(alpha, 1) {
		return nil, errBadPenalty
	}
	p, err := newPenalised(t, y)
	if err != nil {
		return nil, err
	}
	return p.spline(alpha), nil
}

// penalised is the fitting problem on the present rows: the matrices
// of Green and Silverman as bands, and room for a solution. With
// n rows there are m = n - 2 unknown second derivatives.
//
//	(R + α QᵀQ) γ = Qᵀy,  g = y - α Qγ
type penalised struct {
	t, y  []float64
	q     [3][]float64 // Q by columns: rows j, j+1, j+2 of column j
	r     [2][]float64 // R: diagonal and first superdiagonal
	qq    [3][]float64 // QᵀQ: diagonal and two superdiagonals
	qy    []float64    // Qᵀy
	ldl   banded       // factors of R + α QᵀQ
	gamma []float64    // solution of the last solve, length m
	resid []float64    // residual y - g of the last solve, length n
}

func newPenalised(t, y []float64) (*penalised, error) {
	if len(t) != len(y) {
		panic("num: spline: t and y differ in length")
	}
	p := &penalised{}
	for i, v := range y {
		if math.IsNaN(v) {
			continue
		}
		if k := len(p.t); math.IsNaN(t[i]) || math.IsInf(t[i], 0) || k > 0 && t[i] <= p.t[k-1] {
			return nil, errKnotOrder
		}
		p.t, p.y = append(p.t, t[i]), append(p.y, v)
	}
	if len(p.t) == 0 {
		return nil, errNoKnots
	}
	p.assemble()
	return p, nil
}

// assemble fills Q, R, QᵀQ and Qᵀy.
func (p *penalised) assemble() {
	n := len(p.t)
	m := max(n-2, 0)
	for _, b := range []*[]float64{&p.q[0], &p.q[1], &p.q[2], &p.r[0], &p.r[1],
		&p.qq[0], &p.qq[1], &p.qq[2], &p.qy, &p.gamma} {
		*b = make([]float64, m)
	}
	p.resid = make([]float64, n)
	p.ldl = newBanded(m)
	base, slope := line(p.t, p.y) // in the null space of Qᵀ: taking it away saves digits
	for j := range m {
		h0, h1 := p.t[j+1]-p.t[j], p.t[j+2]-p.t[j+1]
		p.q[0][j], p.q[1][j], p.q[2][j] = 1/h0, -1/h0-1/h1, 1/h1
		p.r[0][j] = (h0 + h1) / 3
		p.r[1][j] = h1 / 6
		for k := range 3 {
			rest := p.y[j+k] - base - slope*(p.t[j+k]-p.t[0])
			p.qy[j] += p.q[k][j] * rest
			p.qq[0][j] += p.q[k][j] * p.q[k][j]
		}
	}
	for j := range m {
		if j+1 < m {
			p.qq[1][j] = p.q[1][j]*p.q[0][j+1] + p.q[2][j]*p.q[1][j+1]
		}
		if j+2 < m {
			p.qq[2][j] = p.q[2][j] * p.q[0][j+2]
		}
	}
}

// solve leaves γ and the residual y - g = α Qγ of the fit with weight α in p.
func (p *penalised) solve(alpha float64) {
	for j := range p.gamma {
		p.ldl.d[j] = p.r[0][j] + alpha*p.qq[0][j]
		p.ldl.l1[j] = p.r[1][j] + alpha*p.qq[1][j]
		p.ldl.l2[j] = alpha * p.qq[2][j]
	}
	p.ldl.factor()
	copy(p.gamma, p.qy)
	p.ldl.solve(p.gamma)
	clear(p.resid)
	for j, c := range p.gamma {
		for k := range 3 {
			p.resid[j+k] += alpha * p.q[k][j] * c
		}
	}
}

// spline returns the fit with weight α as a curve of its own.
func (p *penalised) spline(alpha float64) *Spline {
	p.solve(alpha)
	n := len(p.t)
	s := &Spline{T: p.t, G: make([]float64, n), Gamma: make([]float64, n), Alpha: alpha}
	for i := range s.G {
		s.G[i] = p.y[i] - p.resid[i]
	}
	if n > 2 {
		copy(s.Gamma[1:], p.gamma)
	}
	rss, free := p.residual(alpha)
	s.DoF = float64(n) - free
	s.Sigma, s.Score = math.NaN(), math.NaN()
	if free > 0 {
		s.Sigma = math.Sqrt(rss / free)
		s.Score = float64(n) * rss / (free * free)
	}
	return s
}

// line returns the least-squares line base + slope·(t - t_0).
func line(t, y []float64) (base, slope float64) {
	n := float64(len(t))
	var mt, my float64
	for i := range t {
		mt += (t[i] - t[0]) / n
		my += y[i] / n
	}
	var tt, ty float64
	for i := range t {
		d := t[i] - t[0] - mt
		tt += d * d
		ty += d * (y[i] - my)
	}
	if tt > 0 {
		slope = ty / tt
	}
	return my - slope*mt, slope
}
