package train

import (
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// exponentSpans are the parts of the record after each of which the tangent is made
// short again; the first fifth is forgotten.
const exponentSpans = 200

// exponent is the largest Lyapunov exponent of the first member along its free run
// over the longest recording of p, per unit of user time; NaN if the run ends
// early. It is that of the span: transient growth counts.
//
// Source: Benettin, Galgani, Giorgilli, Strelcyn, Meccanica 15 (1980) 9–20.
func exponent(m *model.Model, p *Problem) float64 {
	f := &m.Parts.Frame
	var s *data.Series
	rec := 0
	for i, one := range p.rows(true) {
		if s == nil || one.Len() > s.Len() {
			s, rec = &one, i
		}
	}
	n := len(f.States)
	spans := min(exponentSpans, s.Len()-1)
	ivp := ode.IVP{Field: m.Parts.NewTangents(1, 1, false), X0: program.NewBatch(2*n, 1), T0: []float64{0}, Times: []float64{0},
		Theta: field.Batch{V: m.Theta[0], Rows: len(m.Theta[0]), Lanes: 1}, Input: field.NewTangents(m.Parts.Field, 1).Input(m.Input(s))}
	solver, err := ode.NewSolver(ivp.Field, m.Solver)
	if err != nil {
		return math.NaN()
	}
	tr := ode.NewTrajectory(1, 2*n, 1)
	copy(ivp.X0.V, m.Records[rec].Start[0])
	for i := range n {
		ivp.X0.V[n+i] = 1 / math.Sqrt(float64(n))
	}
	at := func(k int) float64 { return (s.T[k*(s.Len()-1)/spans] - f.T0) / f.Time }
	sum, first := 0.0, spans/5
	for k := range spans {
		ivp.T0[0], ivp.Times[0] = at(k), at(k+1)
		solver.Solve(tr, &ivp)
		norm := 0.0
		for _, v := range tr.X[n:] {
			norm += v * v
		}
		norm = math.Sqrt(norm)
		if tr.Status[0] != ode.StatusOK || !isNumber(norm) || norm == 0 {
			return math.NaN()
		}
		if k >= first {
			sum += math.Log(norm)
		}
		copy(ivp.X0.V[:n], tr.X[:n])
		for i := range n {
			ivp.X0.V[n+i] = tr.X[n+i] / norm
		}
	}
	return sum / (at(spans) - at(first)) / f.Time
}
