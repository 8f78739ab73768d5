package train

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// Estimate is what a fit knows of a named parameter.
type Estimate struct {
	Name  string
	Value float64 // of the first member, user units
	SD    float64 // standard error, user units; NaN if there is none
	Note  string  // what to know before trusting it, a few words; "" if nothing
}

// values are the named parameters of a member and their derivatives by their
// entries of θ, both in user units.
func (m *Model) values(member int) (all []Estimate, slope []float64) {
	if m.Parts.Values == nil {
		return nil, nil
	}
	n := len(m.Parts.Named)
	out, ones := make([]float64, n), make([]float64, len(m.Theta[member]))
	program.NewExec(m.Parts.Values, 1).Run([][]float64{out}, [][]float64{m.Theta[member]})
	for i := range ones {
		ones[i] = 1
	}
	slope = make([]float64, n)
	jvp := program.JVP(m.Parts.Values, program.Wrt{Name: "theta"})
	in := make([][]float64, len(jvp.Inputs))
	for k, i := range jvp.Inputs {
		in[k] = m.Theta[member]
		if jvp.Nodes[i].Name == "dtheta" {
			in[k] = ones
		}
	}
	program.NewExec(jvp, 1).Run([][]float64{slope}, in)
	for i, q := range m.Parts.Named {
		all = append(all, Estimate{Name: q.Name, Value: out[i], SD: math.NaN()})
	}
	return all, slope
}

// What is worth a note: a bound that is nearer than this part of the way from
// the start; an error that is this many times that with all other unknowns
// given; unknowns that are tied to one another this closely.
const (
	boundNear  = 1e-3
	inflation  = 1e3
	correlated = 0.999
)

// estimateDecay is the penalty on weights that goes with methods which have none
// on the loss itself.
const estimateDecay = 1e-4

// mostEstimated is the largest number of unknowns whose errors are computed.
const mostEstimated = 600

// estimates are the named parameters of a model that was fitted to
// trajectories, with their standard errors: those of least squares on whole
// trajectories at the first member, the noise of each column as its residuals
// have it and weights of layers with the penalty decay. With several members
// their deviation is taken instead.
func (p *Problem) estimates(m *Model, decay float64) []Estimate {
	all, slope := m.values(0)
	if len(all) == 0 {
		return nil
	}
	e, err := p.errors(m, decay)
	for i := range all {
		q := &m.Parts.Named[i]
		if all[i].Note = atBound(q, all[i].Value); all[i].Note != "" || err != nil || e == nil {
			continue
		}
		all[i].SD = math.Abs(slope[i]) * math.Sqrt(e.cov.At(q.Theta, q.Theta))
		all[i].Note = e.note(m.Parts.Named, i)
		switch {
		case all[i].Note != "":
			all[i].SD = math.NaN()
		case all[i].SD > math.Abs(all[i].Value):
			all[i].Note = "hardly determined: its error is larger than itself"
		}
	}
	for i := range all {
		if len(m.Theta) > 2 && all[i].Note == "" {
			all[i].SD = m.deviation(i)
		}
	}
	return all
}

// deviation is the standard deviation of a named parameter over the members.
func (m *Model) deviation(i int) float64 {
	n, sum, square := float64(len(m.Theta)), 0.0, 0.0
	var at []float64
	for j := range m.Theta {
		v, _ := m.values(j)
		at = append(at, v[i].Value)
		sum += v[i].Value
	}
	for _, v := range at {
		square += (v - sum/n) * (v - sum/n)
	}
	return math.Sqrt(square / (n - 1))
}

// atBound says that a parameter has come as near to a bound as counts.
func atBound(q *field.Parameter, v float64) string {
	for _, b := range []struct {
		at    *float64
		other *float64
		name  string
	}{{q.Min, q.Max, "lower"}, {q.Max, q.Min, "upper"}} {
		if b.at == nil {
			continue
		}
		far := math.Abs(q.Start - *b.at)
		if b.other != nil {
			far = math.Abs(*b.other - *b.at)
		}
		if math.Abs(v-*b.at) < boundNear*far {
			return fmt.Sprintf("at its %s bound %g: the data pull beyond it", b.name, *b.at)
		}
	}
	return ""
}

// leastSquaresErrors are the errors of a least-squares fit.
type leastSquaresErrors struct {
	cov  *mat.SymDense // of the unknowns
	tied *mat.SymDense // inverse of the curvature
	own  []float64     // curvature by each unknown alone
	size float64       // a typical one
}

// errors linearises whole trajectories at the first member. It is nil if the
// unknowns are too many or the trajectories cannot be followed.
func (p *Problem) errors(m *Model, decay float64) (*leastSquaresErrors, error) {
	r, z, err := p.linearised(m)
	if err != nil || r == nil {
		return nil, err
	}
	rows, n := r.Size()
	res, jac := make([]float64, rows), make([]float64, rows*n)
	if n > mostEstimated || r.Residuals(res, jac, z, 0) != "" {
		return nil, nil
	}
	e := &leastSquaresErrors{own: make([]float64, n), cov: mat.NewSymDense(n, nil), tied: mat.NewSymDense(n, nil)}
	j := mat.NewDense(rows, n, jac)
	var h, inv mat.SymDense
	h.SymOuterK(1, j.T())
	for i := range n {
		e.own[i] = h.At(i, i)
		e.size = max(e.size, e.own[i])
	}
	prior := p.penalty(n, decay*float64(rows))
	for i, v := range prior {
		if h.SetSym(i, i, h.At(i, i)*(1+1e-12)+v); h.At(i, i) == 0 {
			h.SetSym(i, i, e.size*1e-12+math.SmallestNonzeroFloat64)
		}
	}
	var c mat.Cholesky
	if !c.Factorize(&h) {
		return nil, nil
	}
	if err := c.InverseTo(&inv); err != nil && inv.IsEmpty() {
		return nil, nil
	}
	e.tied = &inv
	free := float64(rows)
	for i, v := range prior {
		free -= 1 - v*inv.At(i, i)
	}
	r.weigh(jac, res, free/float64(rows), n)
	var w mat.Dense
	w.Mul(&inv, j.T())
	e.cov.SymOuterK(1, &w)
	return e, nil
}

// linearised are the residuals of whole trajectories, begun anew where the
// model does, and the unknowns of the first member. They are nil where their
// Jacobian is too large.
func (p *Problem) linearised(m *Model) (*trajectoryResidual, []float64, error) {
	var segs []segment
	z := append([]float64{}, m.Theta[0]...)
	for rec, s := range p.Train {
		from := 0
		starts := [][]float64{m.Records[rec].Start[0]}
		for _, a := range m.Records[rec].Anchors {
			at := from
			for at < s.Len() && s.T[at] < a.T {
				at++
			}
			if at == s.Len() {
				break
			}
			segs, starts = append(segs, segment{rec: rec, from: from, to: at}), append(starts, a.State[0])
			from = at
		}
		segs = append(segs, segment{rec: rec, from: from, to: s.Len()})
		for _, x := range starts {
			if p.Initial == "learn" {
				z = append(z, x...)
			}
		}
	}
	if p.jacobian(segs) > mostResiduals {
		return nil, nil, nil
	}
	unit := make([]float64, len(p.Train[0].Names))
	for c := range unit {
		unit[c] = 1
	}
	r, err := newTrajectoryResidual(p, segs, unit, false)
	return r, z, err
}

// weigh multiplies every row of the Jacobian by the noise of its column, as the
// residuals have it; free is the part of them that no unknown took.
func (r *trajectoryResidual) weigh(jac, res []float64, free float64, n int) {
	square, count := make([]float64, r.columns), make([]float64, r.columns)
	each := func(f func(at, c int)) {
		at := 0
		for _, s := range r.segs {
			for k, v := range s.target {
				if !math.IsNaN(v) {
					f(at, k%r.columns)
					at++
				}
			}
		}
	}
	each(func(at, c int) { square[c], count[c] = square[c]+res[at]*res[at], count[c]+1 })
	each(func(at, c int) {
		sd := math.Sqrt(square[c] / max(1, count[c]) / max(free, 0.01))
		for i := at * n; i < (at+1)*n; i++ {
			jac[i] *= sd
		}
	})
}

// penalty is the precision of each of n unknowns: that of weights is given.
func (p *Problem) penalty(n int, weight float64) []float64 {
	prior := make([]float64, n)
	for _, l := range p.Parts.Layers {
		if l.Plain {
			continue
		}
		to := l.W + l.Rows*l.Cols
		if l.B >= 0 {
			to = max(to, l.B+l.Rows)
		}
		for i := l.W; i < to; i++ {
			prior[i] = weight
		}
	}
	return prior
}

// note says why parameter i cannot be told by the data, "" if it can.
func (e *leastSquaresErrors) note(named []field.Parameter, i int) string {
	k := named[i].Theta
	if e.own[k] <= 1e-14*e.size {
		return "not determined: the data do not depend on it"
	}
	if math.Sqrt(e.tied.At(k, k)*e.own[k]) < inflation {
		return ""
	}
	for j, q := range named {
		o := q.Theta
		if c := e.tied.At(k, o) / math.Sqrt(e.tied.At(k, k)*e.tied.At(o, o)); j != i && math.Abs(c) > correlated {
			return "not determined: the data cannot tell it from " + q.Name
		}
	}
	return "not determined: other unknowns make up for it"
}
