package ode

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
)

const sensitivityLanes = "ode: Sensitivity needs a field with one lane"

// Sensitivity integrates and carries along S = ∂x/∂(θ, x0), the exact
// derivative of the computed solution with the step sizes as they were. It is
// meant for few states: each stage costs one VJP a state, whatever the number
// of parameters.
//
// With J_i and Θ_i the Jacobians ∂f/∂x and ∂f/∂θ at stage i, an output
// x + h Σ w_i k_i of the step (its end, or a state inside) has
//
//	G_i = h (w_i I + Σ_{m>i} A_mi G_m J_m),   S_out = (I + Σ G_i J_i) S + Σ G_i Θ_i,
//
// the transposed form, which never touches the long Θ between stages.
type Sensitivity struct {
	solver *Solver
	rk     *rungeKutta
	n, p   int
	wide   int // p rounded up to whole vectors
	work   []float64
	saved  []float64 // S at saved times

	// tall holds, one below the other, ∂x/∂θ at the start of the step and Θ_i of
	// every stage, each n × wide, so that an output is one product with (Φ, G_0,
	// G_1, …), n × n(1+stages).
	tall, mix []float64
	start     []float64 // ∂x/∂x0 at the start of the step, n × n
	theta, x  []float64 // both parts of an output
	jx, gj    [][]float64
	have      []bool // J_i and Θ_i are evaluated
	g, phi    []float64
	unit      Batch
}

// NewSensitivity allocates for fields of f's shape, which has one lane.
func NewSensitivity(f field.Field, o Options) (*Sensitivity, error) {
	s, err := NewSolver(f, o)
	if err != nil {
		return nil, err
	}
	shape := f.Shape()
	if shape.Lanes != 1 {
		panic(sensitivityLanes)
	}
	n, p := shape.State, shape.Theta
	s.makeRoom(f)
	v := &Sensitivity{solver: s, rk: s.all, n: n, p: p, wide: max(8, (p+7)&^7), unit: newBatch(n, 1)}
	square := func() []float64 { return make([]float64, n*n) }
	v.work, v.have = kernel.Aligned(v.rk.Room()), make([]bool, v.rk.total)
	v.tall, v.mix = make([]float64, (1+v.rk.total)*n*v.wide), make([]float64, (1+v.rk.total)*n*n)
	v.theta, v.x = make([]float64, n*v.wide), square()
	v.start, v.g, v.phi = square(), square(), square()
	for range v.rk.total {
		v.jx, v.gj = append(v.jx, square()), append(v.gj, square())
	}
	s.watch = v
	return v, nil
}

// Solve integrates p, fills tr, and sets S[(k*n+i)*(P+n)+j] to the derivative
// of component i of the k-th saved state by θ_j for j < P and by component j−P
// of x0 after that. It returns the lane's status; S of states that were not
// reached is left as it is.
func (v *Sensitivity) Solve(tr *Trajectory, S []float64, p *IVP) Status {
	if len(S) != len(p.Times)*v.n*(v.p+v.n) {
		panic("ode: S must hold times × states × (parameters + states) numbers")
	}
	v.saved = S
	v.solver.Solve(tr, p)
	return tr.Status[0]
}

func (v *Sensitivity) begin(*Solver) {
	clear(v.tall)
	clear(v.have)
	identity(v.start, v.n)
}

func identity(m []float64, n int) {
	clear(m)
	for i := range n {
		m[i*n+i] = 1
	}
}

func (v *Sensitivity) room() []float64 { return v.work }
func (v *Sensitivity) narrowed([]int)  {}

// save copies both parts of S for the k-th saved time.
func (v *Sensitivity) save(k int, theta, x []float64) {
	cols := v.p + v.n
	S := v.saved[k*v.n*cols:]
	for i := range v.n {
		copy(S[i*cols:], theta[i*v.wide:i*v.wide+v.p])
		copy(S[i*cols+v.p:], x[i*v.n:(i+1)*v.n])
	}
}

func (v *Sensitivity) atStart(k, _ int) { v.save(k, v.tall, v.start) }

func (v *Sensitivity) atSave(s *Step, k, _ int, theta float64) {
	w := v.rk.tab.B
	if theta < 1 {
		w = v.rk.weight
		v.rk.tab.Dense.weights(w, theta)
	}
	v.output(s, w)
	v.save(k, v.theta, v.x)
}

func (v *Sensitivity) took(s *Step, _ []bool, _ bool) {
	v.output(s, v.rk.tab.B)
	copy(v.tall, v.theta)
	copy(v.start, v.x)
	last := v.rk.stages - 1
	hand := v.rk.tab.FSAL && v.have[last] && !v.solver.lane[0].onBreak
	clear(v.have)
	if v.rk.tab.FSAL {
		copy(v.rk.kept(v.work, 0), v.rk.kept(v.work, last))
	}
	if hand {
		copy(v.jx[0], v.jx[last])
		copy(v.jt(0), v.jt(last))
		v.have[0] = true
	}
}

// jt is Θ_i.
func (v *Sensitivity) jt(i int) []float64 {
	return v.tall[(1+i)*v.n*v.wide : (2+i)*v.n*v.wide]
}

// output sets theta and x to S of x + h Σ w_i k_i.
func (v *Sensitivity) output(s *Step, w []float64) {
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
	matMul(v.x, v.phi, v.start, n)
}

// weight sets G_i and says whether it is anything but zero.
func (v *Sensitivity) weight(i int, h float64, w []float64) bool {
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
func (v *Sensitivity) jacobian(s *Step, i int) {
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
		v.rk.settle(g)
	}
}

// matMul writes dst = a b for n × n matrices.
func matMul(dst, a, b []float64, n int) {
	for i := range n {
		for j := range n {
			s := 0.0
			for k := range n {
				s += a[i*n+k] * b[k*n+j]
			}
			dst[i*n+j] = s
		}
	}
}
