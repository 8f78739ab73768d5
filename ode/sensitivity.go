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
	work   []float64
	out    []float64 // S at saved times
	now    []float64 // S at the start of the step, n × (p+n)
	next   []float64
	jx, jt [][]float64 // of each stage: n × n and n × p
	have   []bool
	gj     [][]float64 // G_m J_m
	g, phi []float64
	unit   Batch
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
	v := &Sensitivity{solver: s, rk: s.stepper.(*rungeKutta), n: n, p: p, unit: newBatch(n, 1)}
	v.work = make([]float64, v.rk.Room())
	v.now, v.next = make([]float64, n*(p+n)), make([]float64, n*(p+n))
	v.g, v.phi = make([]float64, n*n), make([]float64, n*n)
	v.have = make([]bool, v.rk.total)
	for range v.rk.total {
		v.jx, v.jt = append(v.jx, make([]float64, n*n)), append(v.jt, make([]float64, n*p))
		v.gj = append(v.gj, make([]float64, n*n))
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
	v.out = S
	v.solver.Solve(tr, p)
	return tr.Status[0]
}

func (v *Sensitivity) begin(*Solver) {
	clear(v.now)
	clear(v.have)
	for i := range v.n {
		v.now[i*(v.p+v.n)+v.p+i] = 1
	}
}

func (v *Sensitivity) room() []float64 { return v.work }

func (v *Sensitivity) saved(k int) []float64 { return v.out[k*len(v.now) : (k+1)*len(v.now)] }

func (v *Sensitivity) atStart(k, _ int) { copy(v.saved(k), v.now) }

func (v *Sensitivity) atSave(s *Step, k, _ int, theta float64) {
	if theta == 1 {
		v.output(v.saved(k), s, v.rk.tab.B)
		return
	}
	v.rk.tab.Dense.weights(v.rk.weight, theta)
	v.output(v.saved(k), s, v.rk.weight)
}

func (v *Sensitivity) took(s *Step, _ []bool, _ bool) {
	v.output(v.next, s, v.rk.tab.B)
	v.now, v.next = v.next, v.now
	last, q := v.rk.stages-1, &v.solver.lane[0]
	hand := v.rk.tab.FSAL && v.have[last] && !q.onBreak
	clear(v.have)
	if hand {
		v.jx[0], v.jx[last] = v.jx[last], v.jx[0]
		v.jt[0], v.jt[last] = v.jt[last], v.jt[0]
		v.have[0] = true
	}
}

// output writes S of x + h Σ w_i k_i.
func (v *Sensitivity) output(dst []float64, s *Step, w []float64) {
	n, h, cols := v.n, s.H[0], v.p+v.n
	clear(v.phi)
	for i := range n {
		v.phi[i*n+i] = 1
	}
	clear(dst)
	for i := len(w) - 1; i >= 0; i-- {
		if !v.weight(i, h, w) {
			clear(v.gj[i])
			continue
		}
		v.jacobian(s, i)
		matMul(v.gj[i], v.g, v.jx[i], n)
		kernel.AddTo(v.phi, v.gj[i])
		for r := range n {
			v.addRows(dst[r*cols:r*cols+v.p], v.g[r*n:(r+1)*n], v.jt[i], v.p)
		}
	}
	for r := range n {
		v.addRows(dst[r*cols:(r+1)*cols], v.phi[r*n:(r+1)*n], v.now, cols)
	}
}

// addRows adds Σ_q c[q] m[q,:].
func (v *Sensitivity) addRows(dst, c, m []float64, cols int) {
	for q, a := range c {
		if a != 0 {
			kernel.AXPY(dst, a, m[q*cols:(q+1)*cols])
		}
	}
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
	clear(v.jx[i])
	clear(v.jt[i])
	g := &v.rk.pull.g
	for r := range n {
		clear(v.unit.V)
		v.unit.V[r] = 1
		*g = field.Point{X: Batch{V: v.jx[i][r*n : (r+1)*n], Rows: n, Lanes: 1}}
		if p > 0 {
			g.Theta = Batch{V: v.jt[i][r*p : (r+1)*p], Rows: p, Lanes: 1}
		}
		s.Field.VJP(g, &v.rk.at, v.unit)
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
