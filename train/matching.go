package train

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// matching are the residuals of gradient matching: the field at the smoothed
// data against the slope of the smoothing spline, wherever all columns are
// seen; what has no derivative against zero. It needs no integration.
// The unknowns are those of a trajectoryResidual; starts do not matter.
type matching struct {
	r     *trajectoryResidual
	sigma float64
	g     field.Point
	at    field.Point
	dx    field.Batch
	one   field.Batch
	times [][]float64 // of each segment: rows at which all columns are seen
	nodes int
	apart bool      // there is none, so all rows are used
	size  []float64 // of algebraic rows; nil: there are none
	many  *nodes    // evaluates all of them side by side; nil: one after the other
	where []float64 // smoothed data there
}

// matchSigma is the error of slopes that gradient matching reckons with, in
// scaled units (where slopes are about 1).
const matchSigma = 0.1

func newMatching(r *trajectoryResidual) *matching {
	n := r.states
	m := &matching{r: r, sigma: matchSigma, dx: program.NewBatch(n, 1), one: program.NewBatch(n, 1)}
	if r.p.Parts.Algebraic != nil {
		m.size = r.p.rowSizes()
	}
	m.at = field.Point{T: make([]float64, 1), X: program.NewBatch(n, 1), U: program.NewBatch(r.field.Shape().Input, 1), Theta: r.theta}
	for _, s := range r.segs {
		var at []float64
		for _, t := range s.ivp.Times {
			if !anyWithin(r.blind[s.rec], t) {
				at = append(at, t)
			}
		}
		m.times, m.nodes = append(m.times, at), m.nodes+len(at)
	}
	if m.apart = m.nodes == 0; m.apart {
		for i, s := range r.segs {
			m.times[i], m.nodes = s.ivp.Times, m.nodes+len(s.ivp.Times)
		}
	}
	return m
}

// thin leaves out times until about most are left.
func (m *matching) thin(most int) {
	every := (m.nodes + most - 1) / most
	if every <= 1 {
		return
	}
	m.nodes = 0
	for i, times := range m.times {
		var few []float64
		for k := 0; k < len(times); k += every {
			few = append(few, times[k])
		}
		m.times[i], m.nodes = few, m.nodes+len(few)
	}
}

// Size implements opt.Residual.
func (m *matching) Size() (rows, n int) {
	_, n = m.r.Size()
	return m.nodes * m.r.states, n
}

// stopWhen implements stoppable.
func (m *matching) stopWhen(stop func() bool) { m.r.stopWhen(stop) }

// together evaluates the field at all nodes side by side from now on.
func (m *matching) together() {
	var times []float64
	var of []*track
	for i, s := range m.r.segs {
		for _, t := range m.times[i] {
			times, of = append(times, t), append(of, s)
			for _, sp := range m.r.p.Splines[s.rec] {
				m.where = append(m.where, sp.At(t))
			}
		}
	}
	m.many = newNodes(m.r.p.Parts.Field, len(times), m.at.U.Rows, func(k int, u []float64) float64 {
		if in := of[k].ivp.Input; in != nil {
			m.at.T[0] = times[k]
			in.At(m.at.U, m.at.T)
			copy(u, m.at.U.V)
		}
		return times[k]
	})
}

// sideBySide is Residuals for all nodes at a time.
func (m *matching) sideBySide(res, jac, z []float64) (fail string) {
	if m.r.stopped() {
		return opt.WasStopped
	}
	d, p, n := m.r.states, m.r.theta.Rows, len(z)
	m.many.set(z[:p], func(k int) []float64 { return m.where[k*d : (k+1)*d] })
	m.many.eval()
	if jac != nil {
		m.many.slopes()
		zero(jac)
	}
	q := 0
	for i, s := range m.r.segs {
		for _, t := range m.times[i] {
			for i := range d {
				slope, sigma := m.slope(s.rec, i, t)
				if res[q] = (m.many.value[q] - slope) / sigma; !isNumber(res[q]) {
					return "the field is not finite at the data"
				}
				if jac != nil {
					kernel.Scale(jac[q*n:q*n+p], 1/sigma, m.many.byT[q*p:])
				}
				q++
			}
		}
	}
	return ""
}

// Residuals implements opt.Residual.
func (m *matching) Residuals(res, jac, z []float64, k int) (fail string) {
	if m.many != nil {
		return m.sideBySide(res, jac, z)
	}
	copy(m.r.theta.V, z)
	_, n := m.Size()
	if jac != nil {
		zero(jac)
	}
	q := 0
	for i, s := range m.r.segs {
		for _, t := range m.times[i] {
			if m.r.stopped() {
				return opt.WasStopped
			}
			m.node(s, t)
			for i := range m.r.states {
				slope, sigma := m.slope(s.rec, i, t)
				res[q] = (m.dx.V[i] - slope) / sigma
				if !isNumber(res[q]) {
					return "the field is not finite at the data"
				}
				if jac != nil {
					clear(m.one.V)
					m.one.V[i] = 1 / sigma
					m.g.Theta = field.Batch{V: jac[q*n : q*n+m.r.theta.Rows], Rows: m.r.theta.Rows, Lanes: 1}
					m.r.field.VJP(&m.g, &m.at, m.one)
				}
				q++
			}
		}
	}
	return ""
}

// slope is what component i of the field should be at time t, and the error of that.
func (m *matching) slope(rec, i int, t float64) (v, sigma float64) {
	if m.r.p.follows(i) && m.size != nil {
		return 0, m.sigma * m.size[i]
	}
	return m.r.p.Splines[rec][i].Derivative(t), m.sigma
}

// node evaluates the field at time t of the smoothed data.
func (m *matching) node(s *track, t float64) {
	m.at.T[0] = t
	for i, sp := range m.r.p.Splines[s.rec] {
		m.at.X.V[i] = sp.At(t)
	}
	if s.ivp.Input != nil {
		s.ivp.Input.At(m.at.U, m.at.T)
	}
	m.r.field.Eval(m.dx, &m.at)
}
