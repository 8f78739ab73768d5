package ode

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
)

// rosenbrock has the coefficients of a stiffly accurate Rosenbrock method in the form
// without products with the Jacobian: with W = 1/(hγ) − J at the start of the step,
//
//	W u_i = f(t + c_i h, x0 + Σ_{j<i} a_ij u_j) + (1/h) Σ_{j<i} C_ij u_j + h d_i ∂f/∂t,
//	x1 = x0 + Σ b_i u_i,   x(t + θh) = x0 + Σ (θ b_i + θ(1−θ)(p_i + θ q_i)) u_i,
//
// and u of the last stage is the estimated error.
type rosenbrock struct {
	gamma float64
	c, d  []float64
	a, m  [][]float64 // m is C
	b     []float64
	p, q  []float64
}

// Source: Hairer, Wanner, Solving Ordinary Differential Equations II, 2nd ed., IV.7 and
// IV.10 (RODAS).
func init() {
	fifth := []float64{0.1221224509226641e+01, 0.6019134481288629e+01, 0.1253708332932087e+02, -0.6878860361058950}
	m := &rosenbrock{
		gamma: 0.25,
		c:     []float64{0, 0.386, 0.21, 0.63, 1, 1},
		d:     []float64{0.25, -0.1043, 0.1035, -0.03620000000000023, 0, 0},
		a: [][]float64{
			{}, {1.544}, {0.9466785280815826, 0.2557011698983284},
			{0.3314825187068521e+01, 0.2896124015972201e+01, 0.9986419139977817},
			fifth, append(append([]float64{}, fifth...), 1),
		},
		m: [][]float64{
			{}, {-5.6688}, {-0.2430093356833875e+01, -0.2063599157091915},
			{-0.1073529058151375, -0.9594562251023355e+01, -0.2047028614809616e+02},
			{0.7496443313967647e+01, -0.1024680431464352e+02, -0.3399990352819905e+02, 0.1170890893206160e+02},
			{0.8083246795921522e+01, -0.7981132988064893e+01, -0.3152159432874371e+02, 0.1631930543123136e+02, -0.6058818238834054e+01},
		},
		b: append(append([]float64{}, fifth...), 1, 1),
		p: []float64{0.1012623508344586e+02, -0.7487995877610167e+01, -0.3480091861555747e+02, -0.7992771707568823e+01, 0.1025137723295662e+01, 0},
		q: []float64{-0.6762803392801253, 0.6087714651680015e+01, 0.1643084320892478e+02, 0.2476722511418386e+02, -0.6594389125716872e+01, 0},
	}
	Register(&Scheme{
		Name:  "rodas4",
		Doc:   "Rosenbrock (Hairer–Wanner), order 4(3), for stiff problems; no iterations, quick at moderate tolerances",
		Order: 4, Inside: 3, Estimate: 4, Controller: "predictive", Implicit: true, Curved: true,
		New: func(shape field.Shape, _ bool) Stepper { return newLinear(shape, m) },
	})
}

// linear takes the steps of a rosenbrock. Work holds x0 and then all u_i.
type linear struct {
	m        *rosenbrock
	n, lanes int

	slopes
	jac     *jacobians
	jacs    []float64
	lu      []*num.LU
	x, f    Batch
	u       []Batch // in Work
	change  Batch   // ∂f/∂t
	changes bool    // it is not zero
	v       []float64
	known   []bool // the Jacobian is that at the start
	when    []float64
	err     []float64
	back    *linearBack
}

func newLinear(shape field.Shape, m *rosenbrock) *linear {
	n, lanes := shape.State, shape.Lanes
	r := &linear{m: m, n: n, lanes: lanes, slopes: newSlopes(shape), jac: newJacobians(shape), jacs: make([]float64, n*n*lanes),
		x: newBatch(n, lanes), f: newBatch(n, lanes), change: newBatch(n, lanes), v: make([]float64, n),
		known: make([]bool, lanes), when: make([]float64, lanes), err: make([]float64, n*lanes)}
	for range lanes {
		r.lu = append(r.lu, num.NewLU(n))
	}
	for range m.c {
		r.u = append(r.u, Batch{Rows: n, Lanes: lanes})
	}
	r.back = newLinearBack(r)
	return r
}

// Room has the state at the start and all u_i.
func (r *linear) Room() Room {
	rows := (1 + len(r.m.c)) * r.n
	return Room{Rows: rows, Len: rows * r.lanes}
}

// Prepare forgets all lanes.
func (r *linear) Prepare(Wants) { clear(r.known) }

// Follow takes over what is known of the start of a step.
func (r *linear) Follow(from Stepper, of []int) {
	old := from.(*linear)
	r.slopes.follow(&old.slopes, of)
	gather(r.change, old.change, of)
	nn := r.n * r.n
	for j, i := range of {
		r.known[j] = old.known[i]
		copy(r.jacs[j*nn:(j+1)*nn], old.jacs[i*nn:(i+1)*nn])
	}
}

// open points at the parts of Work.
func (r *linear) open(s *Step) {
	size := r.n * r.lanes
	for i := range r.u {
		r.u[i].V = s.Work[(i+1)*size : (i+2)*size]
	}
}

// Step solves stage after stage.
func (r *linear) Step(s *Step) {
	r.open(s)
	copy(s.Work, s.From.X.V)
	r.slopes.begin(s)
	r.linearise(s)
	for l, h := range s.H {
		if h == 0 {
			continue
		}
		if s.Factors[l]++; !r.factor(l, h) {
			s.Status[l] = StatusUnsolved
		}
	}
	for i := range r.u {
		f := r.slopes.start
		if i > 0 {
			r.stage(s, i)
			r.slopes.eval(s, r.f)
			f = r.f
		}
		for l, h := range s.H {
			r.solve(s, f, i, l, h)
		}
	}
	copy(s.X.V, s.From.X.V)
	for i, b := range r.m.b {
		kernel.AXPY(s.X.V, b, r.u[i].V)
	}
}

// linearise evaluates J at the start where it is not known, and ∂f/∂t.
func (r *linear) linearise(s *Step) {
	r.differ(s, s.From.X)
	any := false
	for l, st := range s.Start {
		if st != StartAgain {
			r.known[l] = false
		}
		any = any || s.H[l] != 0 && !r.known[l]
	}
	if !any {
		return
	}
	r.slopes.place(s, s.From.T, s.From.X)
	r.jac.eval(r.jacs, s.Field, &r.slopes.at)
	for l, h := range s.H {
		r.known[l] = r.known[l] || h != 0
	}
}

// The weights of f at t, t + δ and t + 2δ in ∂f/∂t times δ, and δ relative to the step: differences, because inputs are known by values only. They are part of
// the method, and its derivative is that of these differences.
var changeWeights = [3]float64{-1.5, 2, -0.5}

const changeOver = 1.0 / 1024

// differ sets change to ∂f/∂t at x.
func (r *linear) differ(s *Step, x Batch) {
	if r.changes = s.Input != nil || timed(s.Field); !r.changes {
		clear(r.change.V)
		return
	}
	sum := r.change.V
	clear(sum)
	for k, w := range changeWeights {
		f := r.slopes.start
		if k > 0 {
			r.later(s, k, x)
			r.slopes.eval(s, r.f)
			f = r.f
		}
		for l, h := range s.H {
			if h == 0 {
				continue
			}
			if s.Evals != nil && k > 0 {
				s.Evals[l]++
			}
			for i := l; i < len(sum); i += r.lanes {
				sum[i] += w * f.V[i] / (changeOver * h)
			}
		}
	}
}

// later goes to x at From.T + kδ.
func (r *linear) later(s *Step, k int, x Batch) {
	for l, t := range s.From.T {
		r.when[l] = t + float64(k)*changeOver*s.H[l]
	}
	r.slopes.place(s, r.when, x)
}

// timed says that f may depend on the time by itself.
func timed(f field.Field) bool {
	p, ok := f.(field.Programmed)
	if !ok {
		return true
	}
	_, has := p.Program().Input("t")
	return has
}

func (r *linear) factor(l int, h float64) bool {
	factorShifted(r.lu[l], r.jacs[l*r.n*r.n:], r.n, 1/(h*r.m.gamma))
	return r.lu[l].Factor()
}

// stage goes to the state of stage i.
func (r *linear) stage(s *Step, i int) {
	copy(r.x.V, s.Work[:r.n*r.lanes])
	for j, a := range r.m.a[i] {
		kernel.AXPY(r.x.V, a, r.u[j].V)
	}
	r.slopes.stage(s, r.m.c[i], r.x)
}

// solve finds u_i of a lane.
func (r *linear) solve(s *Step, f Batch, i, l int, h float64) {
	if h == 0 || s.Status[l] != StatusOK {
		for j := l; j < len(r.u[i].V); j += r.lanes {
			r.u[i].V[j] = 0
		}
		return
	}
	if s.Evals != nil && i > 0 {
		s.Evals[l]++
	}
	for k := range r.n {
		j := k*r.lanes + l
		v := 0.0
		for m, c := range r.m.m[i] {
			v += c * r.u[m].V[j]
		}
		r.v[k] = f.V[j] + v/h + h*r.m.d[i]*r.change.V[j]
	}
	r.lu[l].Solve(r.v)
	for k, v := range r.v {
		r.u[i].V[k*r.lanes+l] = v
	}
}

// Error is the last u.
func (r *linear) Error(norm []float64, s *Step, rtol, atol float64) {
	copy(r.err, r.u[len(r.u)-1].V)
	kernel.ErrNorm(norm, r.err, s.From.X.V, s.X.V, rtol, atol, r.n, r.lanes)
	for l, st := range s.Status {
		if st != StatusOK {
			norm[l] = math.Pow(0.9/0.5, 4)
		}
	}
}

// inner is the weight of u_i at θ.
func (m *rosenbrock) inner(i int, theta float64) float64 {
	return theta * (m.b[i] + (1-theta)*(m.p[i]+theta*m.q[i]))
}

// Extend does nothing: what states inside need is there.
func (r *linear) Extend(*Step, []bool) {}

// Inside is the continuous extension.
func (r *linear) Inside(x []float64, s *Step, lane int, theta float64) {
	for j := lane; j < len(x); j += r.lanes {
		v := 0.0
		for i := range r.u {
			v += r.m.inner(i, theta) * r.u[i].V[j]
		}
		x[j] = s.From.X.V[j] + v
	}
}
