package train

import (
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

// metric scores the free-running (uncoupled) trajectories against the rows,
// in user units, for each member: the figures that are reported.
type metric struct {
	r      *rollout
	solver *ode.ParallelSolver
	seen   *ode.Observer
	train  []*data.Scorer // a member each
	held   []*data.Scorer
	got    []float64
	want   []float64
	evals  int
	silent bool // held-out values tell nothing
}

func newMetric(p *Problem, members int) (*metric, error) {
	r := newRollout(p, p.Parts.Field, p.inputs(members, true), members, true)
	s, err := ode.NewParallelSolver(r.field, p.Solver)
	if err != nil {
		return nil, err
	}
	m := &metric{r: r, solver: s, seen: model.NewObserver(p.Parts, r.lanes, members > 1), got: make([]float64, r.columns), want: make([]float64, r.columns)}
	variance := variances(p.rows(true))
	values, below := p.heldBelow()
	m.silent = values > 0 && below == values
	for range members {
		m.train = append(m.train, p.scorer(variance))
		m.held = append(m.held, p.scorer(variance))
	}
	return m, nil
}

// score is the result of a metric for one member. An MSE is +Inf if the
// trajectory failed on the way through its rows.
type score struct {
	train, held data.Scores
	fail        string
	silent      bool // what is held out tells nothing
}

// eval integrates every member from the unknowns z.
func (m *metric) eval(z []float64) []score {
	r := m.r
	r.bind(z)
	m.solver.Solve(&r.tr, &r.ivp)
	m.seen.See(&r.tr, &r.ivp)
	m.evals += countEvals(&r.tr, r.used())
	for i := range m.train {
		m.train[i].Reset()
		m.held[i].Reset()
	}
	for l := range len(r.train) * r.members {
		m.lane(l)
	}
	out := make([]score, r.members)
	for i := range out {
		out[i] = score{m.train[i].Scores(), m.held[i].Scores(), r.failure(i), m.silent}
		if out[i].fail != "" {
			out[i].train.MSE, out[i].held.MSE = infinite(out[i].train.MSE), infinite(out[i].held.MSE)
		}
	}
	return out
}

// infinite is v, or +Inf for NaN.
func infinite(v float64) float64 {
	if math.IsNaN(v) {
		return math.Inf(1)
	}
	return v
}

// lane adds the rows of one trajectory to its member's scores.
func (m *metric) lane(l int) {
	r, f := m.r, &m.r.p.Parts.Frame
	rec, member := r.record(l), r.member(l)
	for k := range r.rows {
		for c := range r.columns {
			m.got[c] = f.User(c, r.tr.X[r.number(k, c, l)])
			m.want[c] = f.User(c, r.target[r.value(k, c, rec)])
		}
		if k < r.train[rec] {
			m.train[member].Add(m.got, m.want)
		} else {
			m.held[member].Add(m.got, m.want)
		}
	}
}

// by is what the rule keep goes by; smaller is better.
func (s score) by(keep string) float64 {
	if keep == "best-heldout" && !s.silent {
		return s.held.MSE
	}
	return s.train.MSE
}
