package ode

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// esdirk has the coefficients of ESDIRK methods: explicit in the first stage, then
// each stage with the same γ on the diagonal, the last stage at the end of the step. Their stage
// order is 2.
type esdirk struct {
	gamma float64
	c     []float64
	a     [][]float64 // a[i] has i+1 entries, the last of them γ (0 in the first stage)
	e     []float64   // b − b̂ of the embedded method
	slope int         // stage whose slope the states inside take, beside that of the last
}

// Source: Kennedy, Carpenter, Appl. Numer. Math. 44 (2003) 139–181, the implicit part
// of ARK4(3)6L[2]SA.
func init() {
	m := &esdirk{
		gamma: 1. / 4, slope: 3,
		c: []float64{0, 1. / 2, 83. / 250, 31. / 50, 17. / 20, 1},
		a: [][]float64{
			{0},
			{1. / 4, 1. / 4},
			{8611. / 62500, -1743. / 31250, 1. / 4},
			{5012029. / 34652500, -654441. / 2922500, 174375. / 388108, 1. / 4},
			{15267082809. / 155376265600, -71443401. / 120774400, 730878875. / 902184768, 2285395. / 8070912, 1. / 4},
			{82889. / 524892, 0, 15625. / 83664, 69875. / 102672, -2260. / 8211, 1. / 4},
		},
	}
	embedded := []float64{4586570599. / 29645900160, 0, 178811875. / 945068544, 814220225. / 1159782912, -3700637. / 11593932, 61727. / 225920}
	for i, b := range m.a[5] {
		m.e = append(m.e, b-embedded[i])
	}
	Register(&Scheme{
		Name:  "kencarp4",
		Doc:   "ESDIRK of Kennedy and Carpenter, implicit, order 4(3), for stiff problems; cheap steps at loose tolerances",
		Order: 4, Inside: 3, Estimate: 4, Controller: "predictive", Implicit: true,
		New: func(shape field.Shape, _ bool) Stepper { return newDiagonal(shape, m) },
	})
}

// diagonal takes the steps of an esdirk. A stage is the solution z of
//
//	z = hγ f(y + z),   y = x0 + h Σ_{j<i} a_ij k_j,
//
// and its slope k = z/(hγ), which no stiffness magnifies. Work holds the states of the stages.
type diagonal struct {
	m        *esdirk
	n, lanes int
	lane     []diagonalLane
	wants    Wants
	enough   float64

	slopes
	linearised
	state []Batch // of the stages, in Work
	f     Batch
	v     []float64
	back  *diagonalBack
}

type diagonalLane struct {
	lu     *num.LU
	lost   bool // the step was given up
	sloped bool // the first slope is known
	k      []float64
	y, z   []float64
	newton
}

func newDiagonal(shape field.Shape, m *esdirk) *diagonal {
	n, lanes := shape.State, shape.Lanes
	d := &diagonal{m: m, n: n, lanes: lanes, lane: make([]diagonalLane, lanes), slopes: newSlopes(shape), linearised: newLinearised(shape),
		f: newBatch(n, lanes), v: make([]float64, n)}
	for range m.c {
		d.state = append(d.state, Batch{Rows: n, Lanes: lanes})
	}
	for l := range d.lane {
		d.lane[l] = diagonalLane{lu: num.NewLU(n), k: make([]float64, len(m.c)*n), y: make([]float64, n), z: make([]float64, n)}
		d.of = append(d.of, &d.lane[l].newton)
	}
	d.back = newDiagonalBack(d)
	d.Prepare(Wants{Exact: true, RTol: DefaultRTol, ATol: DefaultATol})
	return d
}

// Prepare forgets all lanes.
func (d *diagonal) Prepare(w Wants) {
	d.wants, d.enough = w, enoughFor(w.RTol)
	for l := range d.lane {
		q := &d.lane[l]
		q.sloped = false
		q.newton = newton{excess: 1, rate: 1}
	}
}

// Room has the states of the stages.
func (d *diagonal) Room() Room {
	rows := len(d.m.c) * d.n
	return Room{Rows: rows, Len: rows * d.lanes}
}

// Follow takes over Jacobians, factors and rates of convergence.
func (d *diagonal) Follow(from Stepper, of []int) {
	old := from.(*diagonal)
	d.slopes.follow(&old.slopes, of)
	nn := d.n * d.n
	for j, i := range of {
		p, q := &d.lane[j], &old.lane[i]
		room := *p
		*p = *q
		p.lu, p.k, p.y, p.z = room.lu, room.k, room.y, room.z
		p.lu.CopyFrom(q.lu)
		copy(p.k, q.k)
		copy(d.jacs[j*nn:(j+1)*nn], old.jacs[i*nn:(i+1)*nn])
	}
}

// Step goes from stage to stage.
func (d *diagonal) Step(s *Step) {
	size := d.n * d.lanes
	for i := range d.state {
		d.state[i].V = s.Work[i*size : (i+1)*size]
	}
	d.slope(s)
	d.renew(s, &d.slopes, d.wants.Exact)
	copy(d.state[0].V, s.From.X.V)
	for l, h := range s.H {
		q := &d.lane[l]
		q.active, q.lost = false, h == 0
		if h != 0 {
			d.enter(q, s, l, h)
		}
	}
	for i := 1; i < len(d.m.c); i++ {
		d.solve(s, i)
	}
	copy(s.X.V, d.state[len(d.state)-1].V)
}

// enter makes the factors of 1/(hγ) − J and the first slope.
func (d *diagonal) enter(q *diagonalLane, s *Step, l int, h float64) {
	q.shorter = 1
	switch start := s.Start[l]; {
	case d.follows(q, start):
		copy(q.k[:d.n], q.k[len(q.k)-d.n:])
	case !q.sloped || start != StartAgain:
		for k := range d.n {
			q.k[k] = d.slopes.start.V[k*d.lanes+l]
		}
	}
	q.sloped = true
	if q.h != 0 && (h == q.h || !d.wants.Exact && math.Abs(h/q.h-1) < 1e-10) {
		return
	}
	q.h = h
	s.Factors[l]++
	factorShifted(q.lu, d.jacs[l*d.n*d.n:], d.n, 1/(h*d.m.gamma))
	if !q.lu.Factor() {
		q.h = 0
		d.lose(q, s, l, 0.5)
	}
}

// follows says that the last slope of the step before is the first of this one. It is smooth
// in stiff components, where f(x0) magnifies what the iteration left; where stages are solved
// to rounding that is little, and a step that is repeated must not depend on the one before.
func (d *diagonal) follows(q *diagonalLane, start Start) bool {
	return start == StartNext && q.sloped && !d.wants.Exact
}

// slope evaluates the first slopes that are not known.
func (d *diagonal) slope(s *Step) {
	any := false
	for l, st := range s.Start {
		if s.H[l] != 0 && st != StartAgain && !d.follows(&d.lane[l], st) {
			any = true
			if s.Evals != nil {
				s.Evals[l]++
			}
		}
	}
	if any {
		d.slopes.Slope(s)
	}
}

// factorShifted writes shift·1 − J.
func factorShifted(f *num.LU, jac []float64, n int, shift float64) {
	m := f.Matrix()
	for i := range m {
		m[i] = -jac[i]
	}
	for i := 0; i < len(m); i += n + 1 {
		m[i] += shift
	}
}

// lose gives up a step.
func (d *diagonal) lose(q *diagonalLane, s *Step, l int, shorter float64) {
	q.fail(shorter)
	q.lost, s.Status[l] = true, StatusUnsolved
	for i := range d.state {
		copyLane(d.state[i].V, s.From.X.V, l, d.lanes)
	}
}

// solve finds stage i.
func (d *diagonal) solve(s *Step, i int) {
	under := false
	for l, h := range s.H {
		q := &d.lane[l]
		if q.lost {
			copyLane(d.state[i].V, s.From.X.V, l, d.lanes)
			continue
		}
		under = true
		q.begin(d.wants.Exact)
		for k := range d.n {
			y := 0.0
			for j, a := range d.m.a[i][:i] {
				y += a * q.k[j*d.n+k]
			}
			q.y[k] = s.From.X.V[k*d.lanes+l] + h*y
			q.z[k] = 0
			if i > 1 {
				q.z[k] = h * d.m.gamma * q.k[(i-1)*d.n+k]
			}
			d.state[i].V[k*d.lanes+l] = q.y[k] + q.z[k]
		}
	}
	for k := 0; under; k++ {
		d.slopes.stage(s, d.m.c[i], d.state[i])
		d.slopes.eval(s, d.f)
		under = false
		for l := range d.lane {
			if q := &d.lane[l]; q.active {
				d.correct(q, s, l, i, k)
				under = under || q.active
			}
		}
	}
}

// correct takes iteration k of a lane's stage i.
func (d *diagonal) correct(q *diagonalLane, s *Step, l, i, k int) {
	if s.Evals != nil {
		s.Evals[l]++
	}
	shift, x := 1/(s.H[l]*d.m.gamma), d.state[i].V
	for j := range d.n {
		d.v[j] = d.f.V[j*d.lanes+l] - shift*q.z[j]
	}
	q.lu.Solve(d.v)
	sum := 0.0
	for j, e := range d.v {
		q.z[j] += e
		x[j*d.lanes+l] = q.y[j] + q.z[j]
		e /= d.wants.ATol + d.wants.RTol*math.Abs(s.From.X.V[j*d.lanes+l])
		sum += e * e
	}
	size := math.Sqrt(sum / float64(max(d.n, 1)))
	if d.wants.Exact {
		q.judgeExactly(k, size, d.enough, d.wants.RTol)
	} else {
		q.judge(k, size, d.enough)
	}
	switch {
	case q.failed():
		d.lose(q, s, l, q.shorter)
	case !q.active:
		for j, z := range q.z {
			q.k[i*d.n+j] = shift * z
		}
	}
}

// Error is that of the embedded method, h Σ e_i k_i.
func (d *diagonal) Error(norm []float64, s *Step, rtol, atol float64) {
	for l, h := range s.H {
		q := &d.lane[l]
		switch {
		case h == 0:
			norm[l] = 0
			continue
		case s.Status[l] != StatusOK:
			norm[l] = q.asError(4)
			continue
		}
		for k := range d.n {
			d.v[k] = 0
			for i, e := range d.m.e {
				d.v[k] += e * q.k[i*d.n+k]
			}
			d.v[k] *= h
		}
		sum := 0.0
		for k, e := range d.v {
			j := k*d.lanes + l
			e /= atol + rtol*max(math.Abs(s.From.X.V[j]), math.Abs(s.X.V[j]))
			sum += e * e
		}
		norm[l] = math.Sqrt(sum / float64(max(d.n, 1)))
	}
}

// hermite3 are the weights at θ of x1 − x0 and of h times the slopes at τ and at the end
// in the cubic that has these values.
func hermite3(tau, theta float64) (delta, inner, end float64) {
	// x0 + aθ + bθ² + cθ³ with a + b + c = Δ, a + 2bτ + 3cτ² = s, a + 2b + 3c = e:
	// b + 2c = e − Δ and b(2τ−1) + c(3τ²−1) = s − Δ.
	det := (3*tau*tau - 1) - 2*(2*tau-1)
	at := func(x, s, e float64) float64 {
		p, q := e-x, s-x
		b := (p*(3*tau*tau-1) - 2*q) / det
		c := (q - (2*tau-1)*p) / det
		a := x - b - c
		return theta * (a + theta*(b+theta*c))
	}
	return at(1, 0, 0), at(0, 1, 0), at(0, 0, 1)
}

// Extend does nothing: what states inside need is there.
func (d *diagonal) Extend(*Step, []bool) {}

// Inside is the cubic through both ends with the slopes at the end and at one stage;
// that at the start is not smooth where the problem is stiff.
func (d *diagonal) Inside(x []float64, s *Step, lane int, theta float64) {
	m, k, last := d.m, d.lane[lane].k, len(d.m.c)-1
	delta, inner, end := hermite3(m.c[m.slope], theta)
	for i := range d.n {
		j := i*d.lanes + lane
		x[j] = s.From.X.V[j] + delta*(s.X.V[j]-s.From.X.V[j]) + s.H[lane]*(inner*k[m.slope*d.n+i]+end*k[last*d.n+i])
	}
}
