package ode

import (
	"math"
	"math/cmplx"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// Radau IIA with three stages: x1 = x0 + z3 with
//
//	z_i = h Σ a_ij f(t + c_j h, x0 + z_j),   c = ((4−√6)/10, (4+√6)/10, 1).
//
// Source: Hairer, Wanner, Solving Ordinary Differential Equations II, 2nd ed.,
// IV.5 (the method) and IV.8 (transformation, iteration, error estimate, step sizes).
func init() {
	Register(&Scheme{
		Name:  "radau5",
		Doc:   "Radau IIA (Hairer–Wanner), implicit, order 5, for stiff problems; accurate at all tolerances",
		Order: 5, Inside: 3, Estimate: 4, Controller: "predictive", Implicit: true, Algebraic: true,
		New: func(shape field.Shape, _ bool) Stepper { return newRadau(shape) },
	})
}

// stages of the method; its coefficients are arrays of that size.
const stages = 3

var radauC = [stages]float64{(4 - math.Sqrt(6)) / 10, (4 + math.Sqrt(6)) / 10, 1}

// radauForm is the method as it is computed: with Λ = T⁻¹A⁻¹T, which has the real
// eigenvalue and then the block (α −β; β α), and w = T⁻¹z the stages are
//
//	(Λ/h) M w = T⁻¹ f(x0 + T w),
//
// where M is the identity but for algebraic rows, where it is zero.
type radauForm struct {
	inv         [stages][stages]float64 // A⁻¹
	t, ti       [stages][stages]float64
	real        float64
	alpha, beta float64
	d           [stages]float64 // Σ_j (A⁻¹)_ij
	fault       [stages]float64 // h times the weights of z in the estimated error
}

var radauCoefficients = newRadauForm()

func newRadauForm() (r radauForm) {
	s := math.Sqrt(6)
	a := [stages][stages]float64{
		{(88 - 7*s) / 360, (296 - 169*s) / 1800, (-2 + 3*s) / 225},
		{(296 + 169*s) / 1800, (88 + 7*s) / 360, (-2 - 3*s) / 225},
		{(16 - s) / 36, (16 + s) / 36, 1. / 9},
	}
	r.inv = inverse3(a)
	r.fault = [stages]float64{-(13 + 7*s) / 3, (-13 + 7*s) / 3, -1. / 3}
	// The eigenvalues of A are 1/real and 1/(α ± iβ).
	p, q := math.Cbrt(81), math.Cbrt(9)
	r.real = 30 / (6 + p - q)
	pair := 1 / complex((12-p+q)/60, (p+q)*math.Sqrt(3)/60)
	if imag(pair) > 0 {
		pair = cmplx.Conj(pair)
	}
	r.alpha, r.beta = real(pair), -imag(pair)
	u, v := r.eigenvector(complex(r.real, 0)), r.eigenvector(pair)
	for i := range stages {
		r.t[i] = [stages]float64{real(u[i]), real(v[i]), imag(v[i])}
		for _, x := range r.inv[i] {
			r.d[i] += x
		}
	}
	r.ti = inverse3(r.t)
	return r
}

// eigenvector is orthogonal to two rows of A⁻¹ − λ.
func (r *radauForm) eigenvector(lambda complex128) (v [stages]complex128) {
	var m [stages][stages]complex128
	for i := range m {
		for j := range m {
			m[i][j] = complex(r.inv[i][j], 0)
		}
		m[i][i] -= lambda
	}
	for i := range v {
		j, k := (i+1)%stages, (i+2)%stages
		v[i] = m[0][j]*m[1][k] - m[0][k]*m[1][j]
	}
	last := v[stages-1]
	for i := range v {
		v[i] /= last
	}
	return v
}

func inverse3(a [stages][stages]float64) (inv [stages][stages]float64) {
	f := num.NewLU(stages)
	for i := range a {
		copy(f.Matrix()[i*stages:], a[i][:])
	}
	f.Factor()
	for j := range a {
		var e [stages]float64
		e[j] = 1
		f.Solve(e[:])
		for i := range a {
			inv[i][j] = e[i]
		}
	}
	return inv
}

// collocation writes the values at τ, in steps, of the polynomials of degree 3 that
// are 0 at 0, 1 at c_i and 0 at the other c_j.
func collocation(w *[stages]float64, tau float64) {
	c := &radauC
	for i := range w {
		v := tau / c[i]
		for j := range c {
			if j != i {
				v *= (tau - c[j]) / (c[i] - c[j])
			}
		}
		w[i] = v
	}
}

// radau takes the steps. Work holds the state at the start and those of the
// three stages, the last of which is the end.
type radau struct {
	n, lanes int
	lane     []radauLane
	wants    Wants
	zero     []bool // rows that have to be zero; nil: none
	rtol     float64
	atol     float64
	enough   float64 // error of the stages allowed, relative to the tolerances

	slopes
	linearised
	stage [stages]Batch
	f     [stages]Batch
	v, u  []float64
	back  *radauBack
}

// radauLane is what is known of one lane.
type radauLane struct {
	real   *num.LU
	pair   *num.ComplexLU
	z, w   []float64 // 3 × n, of the attempt before and then of this one
	past   []float64 // z of the last accepted step
	size   float64   // of the step z belongs to
	before float64   // of the step past belongs to; 0: there is none
	again  bool      // the step was rejected
	newton
}

func newRadau(shape field.Shape) *radau {
	n, lanes := shape.State, shape.Lanes
	r := &radau{n: n, lanes: lanes, lane: make([]radauLane, lanes), slopes: newSlopes(shape), linearised: newLinearised(shape),
		v: make([]float64, stages*n), u: make([]float64, stages*n)}
	for i := range stages {
		r.stage[i], r.f[i] = Batch{Rows: n, Lanes: lanes}, newBatch(n, lanes)
	}
	for l := range r.lane {
		v := func() []float64 { return make([]float64, stages*n) }
		r.lane[l] = radauLane{real: num.NewLU(n), pair: num.NewComplexLU(n), z: v(), w: v(), past: v()}
		r.of = append(r.of, &r.lane[l].newton)
	}
	r.back = newRadauBack(r, shape)
	r.Prepare(Wants{Exact: true, RTol: DefaultRTol, ATol: DefaultATol})
	return r
}

// Prepare forgets all lanes. The tolerances of the error are 0.1 rtol^(2/3), with
// which the error of the solution, that has two orders more than its estimate, comes to rtol.
func (r *radau) Prepare(w Wants) {
	r.wants = w
	r.rtol, r.atol = radauTolerances(w.RTol, w.ATol)
	r.enough = enoughFor(r.rtol)
	for l := range r.lane {
		q := &r.lane[l]
		q.before, q.again = 0, false
		q.newton = newton{excess: 1, rate: 1}
	}
}

func radauTolerances(rtol, atol float64) (float64, float64) {
	if rtol == 0 {
		return 0, 0.1 * math.Pow(atol, 2./3)
	}
	t := 0.1 * math.Pow(rtol, 2./3)
	return t, t * atol / rtol
}

// Room has the state at the start and those of the stages.
func (r *radau) Room() Room {
	rows := (1 + stages) * r.n
	return Room{Rows: rows, Len: rows * r.lanes}
}

// Follow takes over all that is known.
func (r *radau) Follow(from Stepper, of []int) {
	old := from.(*radau)
	r.slopes.follow(&old.slopes, of)
	nn := r.n * r.n
	for j, i := range of {
		p, q := &r.lane[j], &old.lane[i]
		room := *p
		*p = *q
		p.real, p.pair, p.z, p.w, p.past = room.real, room.pair, room.z, room.w, room.past
		p.real.CopyFrom(q.real)
		p.pair.CopyFrom(q.pair)
		copy(p.z, q.z)
		copy(p.w, q.w)
		copy(p.past, q.past)
		copy(r.jacs[j*nn:(j+1)*nn], old.jacs[i*nn:(i+1)*nn])
	}
}

// Step solves for the stages.
func (r *radau) Step(s *Step) {
	size := r.n * r.lanes
	for i := range stages {
		r.stage[i].V = s.Work[(i+1)*size : (i+2)*size]
	}
	copy(s.Work, s.From.X.V)
	r.zero = field.AlgebraicRows(s.Field)
	r.slopes.begin(s)
	r.renew(s, &r.slopes, r.wants.Exact)
	for l, h := range s.H {
		if q := &r.lane[l]; h != 0 {
			r.enter(q, s, l, h)
		} else {
			q.active = false
			r.keep(s, l)
		}
	}
	for k := 0; r.under(); k++ {
		r.evaluate(s)
		for l := range r.lane {
			if r.lane[l].active {
				r.correct(s, l, k)
			}
		}
	}
	copy(s.X.V, r.stage[stages-1].V)
}

func (r *radau) under() bool {
	for l := range r.lane {
		if r.lane[l].active {
			return true
		}
	}
	return false
}

// keep lets a resting lane stay where it is.
func (r *radau) keep(s *Step, l int) {
	for i := range stages {
		copyLane(r.stage[i].V, s.From.X.V, l, r.lanes)
	}
}

// enter prepares the iteration of a lane: factors and where it begins.
func (r *radau) enter(q *radauLane, s *Step, l int, h float64) {
	switch s.Start[l] {
	case StartNext:
		copy(q.past, q.z)
		q.before = q.size
		q.again = false
	case StartFresh:
		q.before, q.again = 0, false
	}
	q.size = h
	q.begin(r.wants.Exact)
	if near := h / q.h; q.h == 0 || r.wants.Exact && h != q.h || !(math.Abs(near-1) < 1e-10) {
		s.Factors[l]++
		if q.h = h; !r.factor(q, l, h) {
			q.h = 0
			q.fail(0.5)
			r.fail(s, l)
			return
		}
	}
	clear(q.z)
	clear(q.w)
	if q.before != 0 && h <= farthest*q.before && !r.wants.Exact {
		r.foresee(q, h)
	}
	r.place(q, s, l)
}

// farthest is for how many times the last step its polynomial is worth anything.
const farthest = 10

// foresee begins with the polynomial of the last step, continued.
func (r *radau) foresee(q *radauLane, h float64) {
	n := r.n
	for i, c := range radauC {
		var w [stages]float64
		collocation(&w, 1+c*h/q.before)
		for k := range n {
			q.z[i*n+k] = w[0]*q.past[k] + w[1]*q.past[n+k] + (w[2]-1)*q.past[2*n+k]
		}
	}
	r.transform(q.w, q.z, &radauCoefficients.ti)
}

// transform writes dst = (m ⊗ I) src.
func (r *radau) transform(dst, src []float64, m *[stages][stages]float64) {
	n := r.n
	for i := range stages {
		a, b, c := m[i][0], m[i][1], m[i][2]
		for k := range n {
			dst[i*n+k] = a*src[k] + b*src[n+k] + c*src[2*n+k]
		}
	}
}

// moves tells that row k has a derivative.
func (r *radau) moves(k int) bool { return r.zero == nil || !r.zero[k] }

// factor makes the factors of real/h·M − J and (α + iβ)/h·M − J, where M is one but for
// rows that have to be zero.
func (r *radau) factor(q *radauLane, l int, h float64) bool {
	c, n := &radauCoefficients, r.n
	a, jac := q.real.Matrix(), r.jacs[l*n*n:(l+1)*n*n]
	re, im := q.pair.Matrix()
	clear(im)
	for i, v := range jac {
		a[i], re[i] = -v, -v
	}
	for k := range n {
		if i := k * (n + 1); r.moves(k) {
			a[i] += c.real / h
			re[i] += c.alpha / h
			im[i] = c.beta / h
		}
	}
	return q.real.Factor() && q.pair.Factor()
}

// place writes the states of the stages.
func (r *radau) place(q *radauLane, s *Step, l int) {
	for i := range stages {
		x := r.stage[i].V
		for k := range r.n {
			x[k*r.lanes+l] = s.From.X.V[k*r.lanes+l] + q.z[i*r.n+k]
		}
	}
}

// evaluate evaluates the field at all stages.
func (r *radau) evaluate(s *Step) {
	for i := range stages {
		r.slopes.stage(s, radauC[i], r.stage[i])
		r.slopes.eval(s, r.f[i])
	}
	if s.Evals != nil {
		for l := range r.lane {
			if r.lane[l].active {
				s.Evals[l] += stages
			}
		}
	}
}

// correct takes iteration k of a lane.
func (r *radau) correct(s *Step, l, k int) {
	q, n, c, h := &r.lane[l], r.n, &radauCoefficients, s.H[l]
	v := r.v
	for i := range stages {
		f := r.f[i].V
		for j := range n {
			r.u[i*n+j] = f[j*r.lanes+l]
		}
	}
	r.transform(v, r.u, &c.ti)
	w1, w2, w3 := q.w[:n], q.w[n:2*n], q.w[2*n:]
	for j := range n {
		if !r.moves(j) {
			continue
		}
		v[j] -= c.real / h * w1[j]
		v[n+j] -= (c.alpha*w2[j] - c.beta*w3[j]) / h
		v[2*n+j] -= (c.beta*w2[j] + c.alpha*w3[j]) / h
	}
	q.real.Solve(v[:n])
	q.pair.Solve(v[n:2*n], v[2*n:])
	for j, d := range v {
		q.w[j] += d
	}
	r.transform(r.u, v, &c.t)
	d := r.correction(s, l, r.u)
	r.transform(q.z, q.w, &c.t)
	r.place(q, s, l)
	if r.wants.Exact {
		q.judgeExactly(k, d, r.enough, r.rtol)
	} else {
		q.judge(k, d, r.enough)
	}
	if q.failed() {
		r.fail(s, l)
	}
}

// correction is the size of a correction of z, relative to the tolerances.
func (r *radau) correction(s *Step, l int, d []float64) float64 {
	sum, n := 0.0, r.n
	for j := range n {
		scale := 1 / (r.atol + r.rtol*math.Abs(s.From.X.V[j*r.lanes+l]))
		for i := range stages {
			e := d[i*n+j] * scale
			sum += e * e
		}
	}
	return math.Sqrt(sum / float64(stages*max(n, 1)))
}

// fail gives up a step.
func (r *radau) fail(s *Step, l int) {
	s.Status[l] = StatusUnsolved
	r.keep(s, l)
}
