package ode

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// radauBack is the transpose of a step, by the implicit function theorem. The stages
// solve (1/h) Σ_j (A⁻¹)_ij z_j = f(x0 + z_i). With r_j the cotangent of z_j (that of the
// end belongs to z_3, one of a state inside to all by the weights of the polynomial) and
// c the sum of all cotangents,
//
//	(1/h) Σ_i (A⁻¹)_ij M κ_i − J_jᵀ κ_j = r_j,
//	x̄0 = c − Σ r_j + (1/h) Σ_ij (A⁻¹)_ij M κ_i,   θ̄ = Σ (∂f/∂θ)_iᵀ κ_i,
//
// in which nothing large cancels however stiff the problem is. M is zero for rows that have to
// be zero, as in radauForm.
type radauBack struct {
	r      *radau
	jacs   [stages][]float64
	kappa  [stages]Batch
	inside [stages]Batch // cotangents of the z_j by states inside
	any    bool          // there are such
	lu     *num.LU       // of a lane, 3n × 3n
	v      []float64
	g      field.Point
}

func newRadauBack(r *radau, shape field.Shape) *radauBack {
	b := &radauBack{r: r, lu: num.NewLU(stages * r.n), v: make([]float64, stages*r.n)}
	for i := range stages {
		b.jacs[i] = make([]float64, r.n*r.n*r.lanes)
		b.kappa[i], b.inside[i] = newBatch(r.n, r.lanes), newBatch(r.n, r.lanes)
	}
	return b
}

// PullInside notes the cotangent of a state inside the step.
func (r *radau) PullInside(g, _ *Step, c []float64, lane int, theta float64) {
	b := r.back
	if !b.any {
		for i := range b.inside {
			clear(b.inside[i].V)
		}
		b.any = true
	}
	var w [stages]float64
	collocation(&w, theta)
	for j := lane; j < len(c); j += r.lanes {
		rest := c[j]
		for i := range w {
			b.inside[i].V[j] += w[i] * c[j]
			rest -= w[i] * c[j]
		}
		g.From.X.V[j] += rest
	}
}

// Pull solves the transposed equations.
func (r *radau) Pull(g, s *Step) {
	b := r.back
	b.linearise(s)
	for l, h := range s.H {
		if h == 0 {
			for j := l; j < r.n*r.lanes; j += r.lanes {
				g.From.X.V[j] += g.X.V[j]
				for i := range stages {
					b.kappa[i].V[j] = 0
				}
			}
			continue
		}
		b.factor(l, h)
		for k := range r.n {
			j := k*r.lanes + l
			for i := range stages {
				b.v[i*r.n+k] = 0
				if b.any {
					b.v[i*r.n+k] = b.inside[i].V[j]
				}
			}
			b.v[2*r.n+k] += g.X.V[j]
		}
		b.lu.Solve(b.v)
		for k := range r.n {
			j := k*r.lanes + l
			g.From.X.V[j] += b.start(k, h)
			for i := range stages {
				b.kappa[i].V[j] = b.v[i*r.n+k]
			}
		}
	}
	b.parameters(g.From.Theta, s)
	b.any = false
}

// start is component k of (1/h) Σ d_i M κ_i.
func (b *radauBack) start(k int, h float64) float64 {
	if !b.r.moves(k) {
		return 0
	}
	d, n := &radauCoefficients.d, b.r.n
	return (d[0]*b.v[k] + d[1]*b.v[n+k] + d[2]*b.v[2*n+k]) / h
}

// linearise evaluates the Jacobians at the stages.
func (b *radauBack) linearise(s *Step) {
	r := b.r
	r.zero = field.AlgebraicRows(s.Field)
	parkWork(s, (1+stages)*r.n)
	for i := range stages {
		b.at(s, i)
		r.jac.eval(b.jacs[i], s.Field, &r.slopes.at)
	}
}

// at goes to stage i.
func (b *radauBack) at(s *Step, i int) {
	r, size := b.r, b.r.n*b.r.lanes
	r.slopes.stage(s, radauC[i], Batch{V: s.Work[(i+1)*size : (i+2)*size], Rows: r.n, Lanes: r.lanes})
	r.slopes.park(s)
}

// factor makes the factors of the equations for κ in a lane.
func (b *radauBack) factor(l int, h float64) {
	n, inv, m := b.r.n, &radauCoefficients.inv, b.lu.Matrix()
	clear(m)
	for j := range stages {
		for i := range stages {
			for k := range n {
				if b.r.moves(k) {
					m[(j*n+k)*stages*n+i*n+k] = inv[i][j] / h
				}
			}
		}
		jac := b.jacs[j][l*n*n : (l+1)*n*n]
		for k := range n {
			row := m[(j*n+k)*stages*n+j*n:]
			for i := range n {
				row[i] -= jac[i*n+k]
			}
		}
	}
	if !b.lu.Factor() { // steps whose equations were solved have a regular matrix
		m[0] = math.NaN()
	}
}

// parameters adds Σ (∂f/∂θ)ᵀ κ_i.
func (b *radauBack) parameters(theta Batch, s *Step) {
	if theta.V == nil {
		return
	}
	b.g = field.Point{Theta: theta}
	for i := range stages {
		b.at(s, i)
		s.Field.VJP(&b.g, &b.r.slopes.at, b.kappa[i])
	}
}

// Jacobian is Pull for every unit vector with the same factors.
func (r *radau) Jacobian(jx, jt []float64, wide int, s *Step, theta float64) {
	b, n, h := r.back, r.n, s.H[0]
	b.linearise(s)
	b.factor(0, h)
	w, rest := [stages]float64{0, 0, 1}, 0.0
	if theta < 1 {
		collocation(&w, theta)
		rest = 1 - w[0] - w[1] - w[2]
	}
	for j := range n {
		clear(b.v)
		for i := range stages {
			b.v[i*n+j] = w[i]
		}
		b.lu.Solve(b.v)
		for k := range n {
			jx[j*n+k] = b.start(k, h)
			for i := range stages {
				b.kappa[i].V[k] = b.v[i*n+k]
			}
		}
		jx[j*n+j] += rest
		if p := s.From.Theta.Rows; p > 0 {
			b.parameters(Batch{V: jt[j*wide : j*wide+p], Rows: p, Lanes: 1}, s)
		}
	}
}
