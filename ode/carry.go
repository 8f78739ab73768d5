package ode

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
)

// stageCarrier carries S = ∂x/∂(θ, x0) through explicit stages. With J_i and Θ_i
// the Jacobians ∂f/∂x and ∂f/∂θ at stage i, an output x + h Σ w_i k_i of the step
// (its end, or a state inside) has
//
//	G_i = h (w_i I + Σ_{m>i} A_mi G_m J_m),   S_out = (I + Σ G_i J_i) S + Σ G_i Θ_i,
//
// the transposed form, which never touches the long Θ between stages.
type stageCarrier struct {
	rk   *rungeKutta
	n, p int
	wide int // p rounded up to whole vectors

	// tall holds, one below the other, ∂x/∂θ at the start of the step and Θ_i of
	// every stage, each n × wide, so that an output is one product with (Φ, G_0,
	// G_1, …), n × n(1+stages).
	tall, mix []float64
	before    []float64 // ∂x/∂x0 at the start of the step, n × n
	theta, x  []float64 // both parts of an output
	jx, gj    [][]float64
	have      []bool // J_i and Θ_i are evaluated
	g, phi    []float64
	unit      Batch
}

func (r *rungeKutta) newCarrier(p int) carrier {
	n := r.rows
	v := &stageCarrier{rk: r, n: n, p: p, wide: max(8, (p+7)&^7), unit: newBatch(n, 1)}
	square := func() []float64 { return make([]float64, n*n) }
	v.have = make([]bool, r.total)
	v.tall, v.mix = make([]float64, (1+r.total)*n*v.wide), make([]float64, (1+r.total)*n*n)
	v.theta, v.x = make([]float64, n*v.wide), square()
	v.before, v.g, v.phi = square(), square(), square()
	for range r.total {
		v.jx, v.gj = append(v.jx, square()), append(v.gj, square())
	}
	return v
}

func (v *stageCarrier) reset() {
	clear(v.tall)
	clear(v.have)
	identity(v.before, v.n)
}

func (v *stageCarrier) width() int { return v.wide }

func (v *stageCarrier) start() (theta, x []float64) { return v.tall, v.before }

func (v *stageCarrier) at(s *Step, at float64) (theta, x []float64) {
	w := v.rk.tab.B
	if at < 1 {
		w = v.rk.weight
		v.rk.tab.Dense.weights(w, at)
	}
	v.output(s, w)
	return v.theta, v.x
}

func (v *stageCarrier) take(s *Step, linked bool) {
	v.output(s, v.rk.tab.B)
	copy(v.tall, v.theta)
	copy(v.before, v.x)
	last := v.rk.stages - 1
	hand := v.rk.tab.FSAL && v.have[last] && linked
	clear(v.have)
	if v.rk.tab.FSAL {
		copy(v.rk.kept(s.Work, 0), v.rk.kept(s.Work, last))
	}
	if hand {
		copy(v.jx[0], v.jx[last])
		copy(v.jt(0), v.jt(last))
		v.have[0] = true
	}
}

// jt is Θ_i.
func (v *stageCarrier) jt(i int) []float64 {
	return v.tall[(1+i)*v.n*v.wide : (2+i)*v.n*v.wide]
}

// output sets theta and x to S of x + h Σ w_i k_i.
func (v *stageCarrier) output(s *Step, w []float64) {
	for w[len(w)-1] == 0 {
		w = w[:len(w)-1]
	}
	n, cols := v.n, v.n*(1+len(w))
	identity(v.phi, n)
	for i := len(w) - 1; i >= 0; i-- {
		any := v.weight(i, s.H[0], w)
		for r := range n {
			copy(v.mix[r*cols+(1+i)*n:], v.g[r*n:(r+1)*n])
		}
		if !any {
			clear(v.gj[i])
			continue
		}
		v.jacobian(s, i)
		matMul(v.gj[i], v.g, v.jx[i], n)
		kernel.AddTo(v.phi, v.gj[i])
	}
	for r := range n {
		copy(v.mix[r*cols:], v.phi[r*n:(r+1)*n])
	}
	kernel.MatVec(v.theta, v.mix, v.tall, n, cols, v.wide)
	matMul(v.x, v.phi, v.before, n)
}

// weight sets G_i and says whether it is anything but zero.
func (v *stageCarrier) weight(i int, h float64, w []float64) bool {
	clear(v.g)
	any := w[i] != 0
	for r := range v.n {
		v.g[r*v.n+r] = h * w[i]
	}
	for m := i + 1; m < len(w); m++ {
		if i < len(v.rk.a[m]) && v.rk.a[m][i] != 0 {
			kernel.AXPY(v.g, h*v.rk.a[m][i], v.gj[m])
			any = true
		}
	}
	return any
}

// jacobian evaluates J_i and Θ_i unless it has them.
func (v *stageCarrier) jacobian(s *Step, i int) {
	if v.have[i] {
		return
	}
	v.have[i] = true
	n, p := v.n, v.p
	v.rk.place(s, i)
	jt := v.jt(i)
	clear(v.jx[i])
	clear(jt)
	g := &v.rk.pull.g
	for r := range n {
		clear(v.unit.V)
		v.unit.V[r] = 1
		*g = field.Point{X: Batch{V: v.jx[i][r*n : (r+1)*n], Rows: n, Lanes: 1}}
		if p > 0 {
			g.Theta = Batch{V: jt[r*v.wide : r*v.wide+p], Rows: p, Lanes: 1}
		}
		v.rk.vjp(g, s, i, v.unit)
		v.rk.Settle(g)
	}
}
