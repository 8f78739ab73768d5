package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/num"
)

// program is a nonlinear program as the solver sees it: scaled, with fixed
// unknowns that nothing depends on. It remembers the last point.
type program struct {
	nlp       NLP
	shape     Shape
	n, m      int
	fixed     []bool
	anyFixed  bool
	jacFixed  []int // entries of the Jacobian and of the Hessian that
	hessFixed []int // belong to fixed unknowns

	objective float64   // scale of f
	rows      []float64 // scale of each row

	tried []float64 // where f and c belong to, if haveValues
	f     float64
	c     []float64
	at    []float64 // where grad and jac belong to, if haveSlopes
	grad  []float64
	jac   []float64

	haveValues, haveSlopes bool
	hess                   []float64
	weighted               []float64 // multipliers in the program's units
	evals                  int
}

func newProgram(nlp NLP, shape Shape) *program {
	n, m := len(shape.Low), len(shape.Floor)
	p := &program{nlp: nlp, shape: shape, n: n, m: m, fixed: make([]bool, n),
		objective: 1, rows: ones(m), tried: make([]float64, n), at: make([]float64, n), c: make([]float64, m),
		grad: make([]float64, n), jac: make([]float64, entries(shape.Jacobian)),
		hess: make([]float64, entries(shape.Hessian)), weighted: make([]float64, m)}
	for i, low := range shape.Low {
		p.fixed[i] = low == shape.High[i]
		p.anyFixed = p.anyFixed || p.fixed[i]
	}
	if p.anyFixed {
		p.jacFixed = places(shape.Jacobian, nil, p.fixed)
		p.hessFixed = places(shape.Hessian, p.fixed, p.fixed)
	}
	return p
}

func ones(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

// use takes the scales of a state.
func (p *program) use(objective float64, rows []float64) {
	if p.objective != objective || !same(p.rows, rows) {
		p.objective = objective
		copy(p.rows, rows)
		p.haveValues, p.haveSlopes = false, false
	}
}

// values computes f and c at x, scaled, unless they are known.
func (p *program) values(c, x []float64) (float64, string) {
	if p.haveValues && same(p.tried, x) {
		copy(c, p.c)
		return p.f, ""
	}
	p.evals++
	p.haveValues = false
	f, fail := p.nlp.Values(p.c, x)
	if fail == "" && !(num.Finite(f) && num.AllFinite(p.c)) {
		fail = notFinite
	}
	if fail != "" {
		return math.Inf(1), fail
	}
	for j, s := range p.rows {
		p.c[j] *= s
	}
	copy(p.tried, x)
	copy(c, p.c)
	p.f, p.haveValues = f*p.objective, true
	return p.f, ""
}

// linearise makes grad and jac belong to x.
func (p *program) linearise(x []float64) string {
	if p.haveSlopes && same(p.at, x) {
		return ""
	}
	p.haveSlopes = false
	copy(p.at, x)
	fail := p.nlp.Slopes(p.grad, p.jac, x)
	if fail == "" && !(num.AllFinite(p.grad) && num.AllFinite(p.jac)) {
		fail = notFinite
	}
	if fail != "" {
		return fail
	}
	for i, fixed := range p.fixed {
		p.grad[i] *= p.objective
		if fixed {
			p.grad[i] = 0
		}
	}
	scaleRows(p.shape.Jacobian, p.jac, p.rows)
	for _, i := range p.jacFixed {
		p.jac[i] = 0
	}
	p.haveSlopes = true
	return ""
}

// curvature computes the Hessian of the scaled Lagrangian, w = 0 without f.
func (p *program) curvature(x, y []float64, w float64) string {
	for j, s := range p.rows {
		p.weighted[j] = s * y[j]
	}
	fail := p.nlp.Curvature(p.hess, x, w*p.objective, p.weighted)
	if fail == "" && !num.AllFinite(p.hess) {
		fail = notFinite
	}
	for _, i := range p.hessFixed {
		p.hess[i] = 0
	}
	return fail
}

// scale chooses the scales at the point of the last linearise: slopes larger
// than limit are brought down to it.
//
// Source: Wächter, Biegler (2006), section 3.8.
func (p *program) scale(limit float64) (objective float64, rows []float64) {
	rows = ones(p.m)
	if limit == 0 {
		return 1, rows
	}
	const least = 1e-8
	size := make([]float64, p.m)
	largestOfRows(size, p.shape.Jacobian, p.jac)
	for j, a := range size {
		rows[j] = max(least, min(1, limit/a))
	}
	return max(least, min(1, limit/largestOf(p.grad))), rows
}
