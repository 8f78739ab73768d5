package train

import (
	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// stiffSolver integrates what explicit solvers cannot; stiffFrom is the product
// of the fastest decay and the span from which on it is the cheaper one: an
// explicit step is no longer than about 3 over that rate, an implicit one costs
// as much as ten.
const (
	stiffSolver = "radau5"
	stiffFrom   = 5000
)

// fastest is the fastest decay of a disturbance, −Re λ of the Jacobian of the
// field in units of the inverse span, at states along the data, and with the
// parameters the equations begin with.
func (p *Problem) fastest() float64 {
	q := newProbe(p)
	f, s := &p.Parts.Frame, &p.Train[0]
	n := len(f.States)
	span := (s.T[s.Len()-1] - s.T[0]) / f.Time
	v, out, jac := field.Point{X: program.NewBatch(n, 1)}, program.NewBatch(n, 1), mat.NewDense(n, n, nil)
	most := 0.0
	for k := range min(probes, s.Len()) {
		q.state(k * s.Len() / min(probes, s.Len()))
		for j := range n {
			clear(v.X.V)
			v.X.V[j] = 1
			q.f.JVP(out, &q.at, &v)
			for i, d := range out.V {
				jac.Set(i, j, d)
			}
		}
		var e mat.Eigen
		if !isNumber(mat.Norm(jac, 2)) || !e.Factorize(jac, mat.EigenNone) {
			continue
		}
		for _, l := range e.Values(nil) {
			most = max(most, -real(l)*span)
		}
	}
	return most
}

// eased is p with a solver for stiff problems, if it is one and its solver is not;
// else p itself.
func (p *Problem) eased(always bool) *Problem {
	m, err := ode.Method(p.Solver.Solver)
	if err != nil || m.Implicit || !m.Adaptive() || p.step() > 0 || !always && !(p.fastest() > stiffFrom) {
		return p
	}
	q := p.changed(func(q *Problem) { q.Solver.Solver = stiffSolver })
	if _, err := ode.NewSensitivity(q.Parts.NewField(1, false), q.Solver); err != nil {
		return p
	}
	return q
}
