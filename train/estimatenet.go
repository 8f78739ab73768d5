package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/model"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/field"
)

// estimateDecay is the penalty on weights that goes with methods which have none
// on the loss itself.
const estimateDecay = 1e-4

// mostEstimated is the largest number of unknowns whose errors are computed.
const mostEstimated = 600

// besideNetworks are the named parameters of a model that has networks as well,
// with their standard errors: those of least squares on whole trajectories at
// the first member, the noise of each column as its residuals have it and weights
// of layers with the penalty decay.
func (p *Problem) besideNetworks(m *model.Model, decay float64) []model.Estimate {
	all := m.Values(0)
	if len(all) == 0 {
		return nil
	}
	e, err := p.errors(m, decay)
	for i := range all {
		q := &m.Parts.Named[i]
		if err != nil || e == nil {
			continue
		}
		v, slope := q.Value(m.Theta[0][q.Theta])
		if all[i].Note = nearBound(q, v, math.Sqrt(e.own[q.Theta])/e.noise); all[i].Note != "" {
			continue
		}
		all[i].SD = math.Abs(slope) * math.Sqrt(e.cov.At(q.Theta, q.Theta))
		if all[i].Note = e.note(m.Parts.Named, i); all[i].Note != "" {
			all[i].SD = math.NaN()
		} else if all[i].SD > math.Abs(all[i].Value) {
			all[i].Note = "hardly determined: its error is larger than itself"
		}
	}
	return all
}

// leastSquaresErrors are the errors of a least-squares fit.
type leastSquaresErrors struct {
	cov   *mat.SymDense // of the unknowns
	tied  *mat.SymDense // inverse of the curvature
	own   []float64     // curvature by each unknown alone
	noise float64       // root mean square of the residuals
}

// notDetermined is the note of an unknown that does nothing that rows can tell.
const notDetermined = "not determined: the data do not depend on it"

// nearer is what is left of the way from a start to a bound where the data have pulled a number there.
const nearer = 0.1

// room is how far a value is from the nearer of its bounds.
func room(q *field.Parameter, v float64) float64 {
	to := math.Inf(1)
	if q.Min != nil {
		to = v - *q.Min
	}
	if q.Max != nil {
		to = min(to, *q.Max-v)
	}
	return to
}

// nearBound says that a number has come so near to a bound that the rest of the
// way does not matter: moves is by how many standard errors its logarithm moves
// the trajectory. One that has not come nearer since its start was pulled nowhere.
func nearBound(q *field.Parameter, v, moves float64) string {
	switch {
	case !(moves < silent) || q.Min == nil && q.Max == nil || moves == 0:
		return ""
	case room(q, v) > nearer*room(q, q.Start):
		return notDetermined
	case q.Min != nil && (q.Max == nil || v-*q.Min < *q.Max-v):
		return fmt.Sprintf("at its lower bound %g: the data pull beyond it", *q.Min)
	}
	return fmt.Sprintf("at its upper bound %g: the data pull beyond it", *q.Max)
}

// errors linearises whole trajectories at the first member. It is nil if the
// unknowns are too many or the trajectories cannot be followed.
func (p *Problem) errors(m *model.Model, decay float64) (*leastSquaresErrors, error) {
	segs, z := p.wholes(m)
	if p.jacobian(segs) > mostResiduals {
		return nil, nil
	}
	r, err := newTrajectoryResidual(p, segs, slices.Repeat([]float64{1}, len(p.Train[0].Names)), false)
	if err != nil {
		return nil, err
	}
	rows, n := r.Size()
	res, jac := make([]float64, rows), make([]float64, rows*n)
	if n > mostEstimated || r.Residuals(res, jac, z, 0) != "" {
		return nil, nil
	}
	e := &leastSquaresErrors{own: make([]float64, n), cov: mat.NewSymDense(n, nil)}
	j := mat.NewDense(rows, n, jac)
	var h mat.SymDense
	h.SymOuterK(1, j.T())
	prior := p.penalty(n, decay*float64(rows))
	for i := range n {
		e.own[i] = h.At(i, i)
		h.SetSym(i, i, h.At(i, i)+prior[i])
	}
	if e.tied = inverse(&h); e.tied == nil {
		return nil, nil
	}
	free := float64(rows)
	for i, v := range prior {
		free -= 1 - v*e.tied.At(i, i)
	}
	e.noise = math.Sqrt(floats.Dot(res, res) / max(1, free))
	r.weigh(jac, res, free/float64(rows), n)
	var w mat.Dense
	w.Mul(e.tied, j.T())
	e.cov.SymOuterK(1, &w)
	return e, nil
}

// inverse is H⁻¹, found with its diagonal scaled to one, so that no unit
// matters. Where it is singular a direction has the error of one that is known
// worse than any that counts.
func inverse(h *mat.SymDense) *mat.SymDense {
	n := h.SymmetricDim()
	d := make([]float64, n)
	for i := range d {
		if d[i] = math.Sqrt(h.At(i, i)); d[i] == 0 {
			d[i] = 1
		}
	}
	scaled := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			scaled.SetSym(i, j, h.At(i, j)/(d[i]*d[j]))
		}
		scaled.SetSym(i, i, scaled.At(i, i)+1e-12)
	}
	var c mat.Cholesky
	var inv mat.SymDense
	if !c.Factorize(scaled) {
		return nil
	}
	if err := c.InverseTo(&inv); err != nil && inv.IsEmpty() {
		return nil
	}
	for i := range n {
		for j := i; j < n; j++ {
			inv.SetSym(i, j, inv.At(i, j)/(d[i]*d[j]))
		}
	}
	return &inv
}

// wholes are the runs of rows that a model's trajectories go through, begun anew
// where they are, and its unknowns for them: those of the first member.
func (p *Problem) wholes(m *model.Model) (segs []segment, z []float64) {
	z = append([]float64{}, m.Theta[0]...)
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
			if p.learnsStarts() {
				z = append(z, x...)
			}
		}
	}
	return segs, z
}

// weigh multiplies every row of the Jacobian by the noise of its column, as the
// residuals have it; free is the part of them that no unknown took.
func (r *trajectoryResidual) weigh(jac, res []float64, free float64, n int) {
	square, count := make([]float64, r.columns), make([]float64, r.columns)
	r.eachRow(func(at, c int) { square[c], count[c] = square[c]+res[at]*res[at], count[c]+1 })
	r.eachRow(func(at, c int) {
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
	if e.own[k] == 0 {
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
