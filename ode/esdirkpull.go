package ode

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// diagonalBack is the transpose of a step. With the cotangents r_i of the states of the
// stages and p_i of their slopes, from the last stage on,
//
//	q_i = p_i + h Σ_{m>i} a_mi X̄_m,
//	(1/(hγ) − J_iᵀ) κ_i = q_i/(hγ) + r_i,   X̄_i = (κ_i − q_i)/(hγ),
//
// and X̄_1 = r_1 + J_1ᵀ q_1 for the explicit one; x̄0 = Σ X̄_i, θ̄ = Σ (∂f/∂θ)_iᵀ κ_i.
type diagonalBack struct {
	d      *diagonal
	jacs   [][]float64
	lu     [][]*num.LU // of each stage and lane
	kappa  []Batch
	xbar   [][]float64 // of each stage, in one lane
	q      []float64
	end    Batch    // cotangent of the state at the end by states inside
	slopes [2]Batch // … of the slopes that these take
	any    bool     // there are such
	g      field.Point
}

func newDiagonalBack(d *diagonal) *diagonalBack {
	b := &diagonalBack{d: d, q: make([]float64, d.n), end: newBatch(d.n, d.lanes)}
	for range d.m.c {
		b.jacs = append(b.jacs, make([]float64, d.n*d.n*d.lanes))
		b.kappa, b.xbar = append(b.kappa, newBatch(d.n, d.lanes)), append(b.xbar, make([]float64, d.n))
		var lu []*num.LU
		for range d.lanes {
			lu = append(lu, num.NewLU(d.n))
		}
		b.lu = append(b.lu, lu)
	}
	b.slopes[0], b.slopes[1] = newBatch(d.n, d.lanes), newBatch(d.n, d.lanes)
	return b
}

// PullInside notes the cotangent of a state inside the step.
func (d *diagonal) PullInside(g, s *Step, c []float64, lane int, theta float64) {
	b := d.back
	if !b.any {
		clear(b.end.V)
		clear(b.slopes[0].V)
		clear(b.slopes[1].V)
		b.any = true
	}
	delta, inner, end := hermite3(d.m.c[d.m.slope], theta)
	for j := lane; j < len(c); j += d.lanes {
		g.From.X.V[j] += (1 - delta) * c[j]
		b.end.V[j] += delta * c[j]
		b.slopes[0].V[j] += s.H[lane] * inner * c[j]
		b.slopes[1].V[j] += s.H[lane] * end * c[j]
	}
}

// Pull solves the transposed equations.
func (d *diagonal) Pull(g, s *Step) {
	b := d.back
	b.linearise(s)
	for l, h := range s.H {
		if h == 0 {
			for j := l; j < d.n*d.lanes; j += d.lanes {
				g.From.X.V[j] += g.X.V[j]
				for i := range b.kappa {
					b.kappa[i].V[j] = 0
				}
			}
			continue
		}
		b.lane(g.X.V, l, h)
		for k := range d.n {
			for i := range b.xbar {
				g.From.X.V[k*d.lanes+l] += b.xbar[i][k]
			}
		}
	}
	b.parameters(g.From.Theta, s)
	b.any = false
}

// at goes to stage i.
func (b *diagonalBack) at(s *Step, i int) {
	d, size := b.d, b.d.n*b.d.lanes
	d.slopes.stage(s, d.m.c[i], Batch{V: s.Work[i*size : (i+1)*size], Rows: d.n, Lanes: d.lanes})
	d.slopes.park(s)
}

// linearise makes the factors of all stages.
func (b *diagonalBack) linearise(s *Step) {
	d := b.d
	parkWork(s, len(d.m.c)*d.n)
	for i := range b.jacs {
		b.at(s, i)
		d.jac.eval(b.jacs[i], s.Field, &d.slopes.at)
		if i == 0 {
			continue
		}
		for l, f := range b.lu[i] {
			if h := s.H[l]; h != 0 {
				factorShifted(f, b.jacs[i][l*d.n*d.n:], d.n, 1/(h*d.m.gamma))
				if !f.Factor() { // steps whose equations were solved have a regular matrix
					f.Matrix()[0] = math.NaN()
				}
			}
		}
	}
}

// lane goes back through the stages of a lane with the cotangent λ of the end, and those
// noted.
func (b *diagonalBack) lane(lambda []float64, l int, h float64) {
	d, n, last := b.d, b.d.n, len(b.d.m.c)-1
	shift := 1 / (h * d.m.gamma)
	for i := last; i >= 0; i-- {
		for k := range n {
			j := k*d.lanes + l
			q := 0.0
			for m := i + 1; m <= last; m++ {
				q += d.m.a[m][i] * b.xbar[m][k]
			}
			if q *= h; b.any {
				switch i {
				case last:
					q += b.slopes[1].V[j]
				case d.m.slope:
					q += b.slopes[0].V[j]
				}
			}
			b.q[k] = q
		}
		v := b.xbar[i]
		if i == 0 {
			b.explicit(v, l)
			continue
		}
		for k := range n {
			v[k] = shift * b.q[k]
			if j := k*d.lanes + l; i == last {
				v[k] += lambda[j]
				if b.any {
					v[k] += b.end.V[j]
				}
			}
		}
		b.lu[i][l].SolveT(v)
		for k := range n {
			b.kappa[i].V[k*d.lanes+l] = v[k]
			v[k] = shift * (v[k] - b.q[k])
		}
	}
}

// explicit is X̄ of the first stage.
func (b *diagonalBack) explicit(v []float64, l int) {
	d, n := b.d, b.d.n
	clear(v)
	jac := b.jacs[0][l*n*n : (l+1)*n*n]
	for i, q := range b.q {
		b.kappa[0].V[i*d.lanes+l] = q
		for k := range n {
			v[k] += jac[i*n+k] * q
		}
	}
}

// parameters adds Σ (∂f/∂θ)ᵀ κ_i.
func (b *diagonalBack) parameters(theta Batch, s *Step) {
	if theta.V == nil {
		return
	}
	b.g = field.Point{Theta: theta}
	for i := range b.kappa {
		b.at(s, i)
		s.Field.VJP(&b.g, &b.d.slopes.at, b.kappa[i])
	}
}

// Jacobian is Pull for every unit vector with the same factors.
func (d *diagonal) Jacobian(jx, jt []float64, wide int, s *Step, theta float64) {
	b, n, unit := d.back, d.n, d.v
	b.linearise(s)
	for r := range n {
		clear(unit)
		row := jx[r*n : (r+1)*n]
		if theta < 1 {
			g := Step{From: field.Point{X: Batch{V: row, Rows: n, Lanes: 1}}}
			unit[r] = 1
			d.PullInside(&g, s, unit, 0, theta)
			unit[r] = 0
		} else {
			unit[r] = 1
		}
		b.lane(unit, 0, s.H[0])
		for k := range n {
			for i := range b.xbar {
				row[k] += b.xbar[i][k]
			}
		}
		if p := s.From.Theta.Rows; p > 0 {
			b.parameters(Batch{V: jt[r*wide : r*wide+p], Rows: p, Lanes: 1}, s)
		}
		b.any = false
	}
}
