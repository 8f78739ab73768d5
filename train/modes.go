package train

import (
	"fmt"
	"math"
	"math/cmplx"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// Modes are the modes of a field along the rows, eigenvalues λ of its Jacobian by the
// state, and what steps of the solver make of them: each multiplies a mode by R(hλ).
type Modes struct {
	Step  float64      // h in scaled time; of an adaptive solver the time between rows
	Fixed bool         // steps are of that size
	Rows  int          // looked at, evenly spread
	Z     []complex128 // hλ of all of them, a row's together
	ModeFigures
}

// ModeFigures are what there is to say of modes in few numbers.
type ModeFigures struct {
	Most    float64 `json:"most"`    // the largest |R(hλ)|
	Outside float64 `json:"outside"` // share with |R| > 1: a step makes them grow
	Growing float64 `json:"growing"` // share with Re λ > 0: the equation makes them grow
	Untrue  float64 `json:"untrue"`  // share with |R(hλ) − exp hλ| > 0.1·max(1, |exp hλ|): steps do not do what the equation does
}

const (
	modeRows   = 24
	modeUntrue = 0.1
	modeTie    = 1e-9 // |R| beyond 1 by rounding is not outside
)

// Modes finds those of the field with parameters θ at rows of the recordings, hidden
// states as they start. nil: the solver has no stability function, or the model takes
// whole steps.
func (p *Problem) Modes(theta []float64) *Modes {
	scheme, err := ode.Method(p.Solver.Solver)
	if err != nil || p.step() > 0 || len(theta) != len(p.Parts.Theta0) {
		return nil
	}
	m := &Modes{Step: p.stepSize(), Fixed: p.Solver.Step > 0}
	n := len(p.Parts.Frame.States)
	f := p.Parts.NewField(1, false)
	at := field.Point{T: make([]float64, 1), X: program.NewBatch(n, 1), U: program.NewBatch(f.Shape().Input, 1), Theta: program.NewBatch(len(theta), 1)}
	copy(at.Theta.V, theta)
	p.lookAlong(func(rec int, in field.Input, t float64) {
		p.placeAt(&at, rec, in, t)
		m.Rows++
		for _, l := range num.Poles(jacobianAt(f, &at), n) {
			m.Z = append(m.Z, l*complex(m.Step, 0))
		}
	})
	m.count(scheme.Stability())
	return m
}

// lookAlong calls of at rows evenly spread over all recordings.
func (p *Problem) lookAlong(of func(rec int, in field.Input, t float64)) {
	f, all := &p.Parts.Frame, 0
	for _, s := range p.Train {
		all += s.Len()
	}
	every, at := max(1, (all+modeRows-1)/modeRows), 0
	for rec := range p.Train {
		in := model.NewInput(p.Parts, []*data.Series{&p.Train[rec]}, 1, p.Hold)
		for _, t := range p.Train[rec].T {
			if at++; (at-1)%every == 0 {
				of(rec, in, (t-f.T0)/f.Time)
			}
		}
	}
}

// placeAt moves a point to a time of a recording: the smoothed rows, hidden states as
// they start.
func (p *Problem) placeAt(at *field.Point, rec int, in field.Input, t float64) {
	f, measured := &p.Parts.Frame, len(p.Train[rec].Names)
	at.T[0] = t
	for j := range f.States {
		if j < measured {
			at.X.V[j] = p.smoothed(rec, j, t)
		} else {
			at.X.V[j] = (p.Parts.Start[j-measured] - f.Shift[j]) / f.Scale[j]
		}
	}
	if in != nil {
		in.At(at.U, at.T)
	}
}

// jacobianAt is that of a field of one lane by its state, row-major.
func jacobianAt(f field.Field, at *field.Point) []float64 {
	n := f.Shape().State
	v, out, jac := field.Point{X: program.NewBatch(n, 1)}, program.NewBatch(n, 1), make([]float64, n*n)
	for j := range n {
		v.X.V[j] = 1
		f.JVP(out, at, &v)
		v.X.V[j] = 0
		for i, d := range out.V {
			jac[i*n+j] = d
		}
	}
	return jac
}

// count fills in the figures.
func (m *Modes) count(r field.Stability) {
	if len(m.Z) == 0 {
		m.Most = math.NaN()
		return
	}
	one := 1 / float64(len(m.Z))
	for _, z := range m.Z {
		v, e := r(z), cmplx.Exp(z)
		if a := cmplx.Abs(v); a > m.Most || math.IsNaN(a) {
			m.Most = a
		}
		if !(cmplx.Abs(v) <= 1+modeTie) {
			m.Outside += one
		}
		if real(z) > 0 {
			m.Growing += one
		}
		if !(cmplx.Abs(v-e) <= modeUntrue*max(1, cmplx.Abs(e))) {
			m.Untrue += one
		}
	}
}

// watches says that an event of iteration k has the modes.
func (p *Problem) watches(k int) bool { return p.Monitor > 0 && k%p.Monitor == 0 }

// watch are the figures of the first member of unknowns z.
func (p *Problem) watch(z []float64, members int) *ModeFigures {
	theta := make([]float64, len(p.Parts.Theta0))
	for i := range theta {
		theta[i] = z[i*members]
	}
	if m := p.Modes(theta); m != nil && isNumber(m.Most) {
		return &m.ModeFigures
	}
	return nil
}

// judgeSteps looks at what becomes of a model whose steps are fixed if they are half as
// long: a law does not depend on them.
func (p *Problem) judgeSteps(r *Result) []Verdict {
	off, failed, ok := p.halved(r.Model)
	if !ok || failed == "" && !(off > stepLimit) {
		return nil
	}
	text := fmt.Sprintf("with half the solver's step its trajectories of %d rows end %.2g deviations elsewhere", pilotRows, off)
	if failed != "" {
		text = "with half the solver's step its trajectories cannot be followed (" + failed + ")"
	}
	q := p.changed(func(q *Problem) { q.Parts, q.Solver = r.Model.Parts, r.Model.Solver })
	if m := q.Modes(r.Model.Theta[0]); m != nil && m.Untrue > 0 {
		text += fmt.Sprintf("; steps of %.3g do with %.0f %% of its modes along the rows what the equation does not", m.Step*p.Parts.Frame.Time, 100*m.Untrue)
	}
	return []Verdict{{Code: VerdictStep, Text: text + ": it is right only through its solver; train with a smaller step= or an adaptive solver before reading it as an equation"}}
}

// stepLimit is how far half a step may move trajectories, in deviations.
const stepLimit = 0.1

// halved is how far trajectories of the model from smoothed rows, or with hidden states
// those from its starts, differ where steps are half as long, root mean square in
// deviations over the rows. ok is false where steps are not fixed.
func (p *Problem) halved(m *model.Model) (off float64, failed string, ok bool) {
	if !(m.Solver.Step > 0) || p.step() > 0 || m.Parts.Frame.Step > 0 {
		return 0, "", false
	}
	q := p.changed(func(q *Problem) {
		q.Parts, q.Arch, q.Solver, q.Initial, q.Start = m.Parts, m.Arch, m.Solver, "known", nil
	})
	hidden := len(m.Parts.Start) > 0
	if !hidden {
		q = q.pilotProblem()
	}
	var got [2][]float64
	var r *rollout
	for i := range got {
		r = newRollout(q, m.Parts.Field, q.inputs(1, false), 1, false)
		for rec := range r.fixed {
			if hidden && rec < len(m.Records) {
				copy(r.fixed[rec], m.Records[rec].Start[0])
			}
		}
		solver, err := ode.NewParallelSolver(r.field, q.Solver)
		if err != nil {
			return 0, "", false
		}
		r.bind(m.Theta[0])
		solver.Solve(&r.tr, &r.ivp)
		model.NewObserver(m.Parts, r.lanes, false).See(&r.tr, &r.ivp)
		if why := r.failure(0); why != "" {
			return 0, why, i == 1 // with whole steps: others say it
		}
		got[i] = r.tr.X
		q.Solver.Step /= 2
	}
	return r.apart(got[0], got[1], q.Train), "", true
}

// apart is the root mean square difference of two sets of trajectories at the rows, in
// deviations of the columns.
func (r *rollout) apart(a, b []float64, rows []data.Series) float64 {
	variance, f := data.NewMoments(rows...).Variance(), &r.p.Parts.Frame
	sum, n := 0.0, 0.0
	for l := range len(rows) {
		for k := range rows[l].Len() {
			for c := range r.columns {
				at := (k*r.states+c)*r.lanes + l
				if variance[c] > 0 {
					e := (a[at] - b[at]) * f.Scale[c]
					sum, n = sum+e*e/variance[c], n+1
				}
			}
		}
	}
	return math.Sqrt(sum / max(n, 1))
}

// ModesOf is what steps make of the given eigenvalues, per unit of user time.
func (p *Problem) ModesOf(values []complex128) *Modes {
	scheme, err := ode.Method(p.Solver.Solver)
	if err != nil || p.step() > 0 {
		return nil
	}
	m := &Modes{Step: p.stepSize(), Fixed: p.Solver.Step > 0, Rows: 1}
	for _, l := range values {
		m.Z = append(m.Z, l*complex(m.Step*p.Parts.Frame.Time, 0))
	}
	m.count(scheme.Stability())
	return m
}

// StartModes are the modes where training begins; nil where there is nothing to say.
func (p *Problem) StartModes() *Modes {
	theta, err := p.draw(0)
	if err != nil {
		return nil
	}
	return p.Modes(theta)
}

// Border is the edge of the region in which steps of the problem's solver damp; nil: it
// has none.
func (p *Problem) Border() []complex128 {
	scheme, err := ode.Method(p.Solver.Solver)
	if err != nil {
		return nil
	}
	return scheme.Stability().Border(borderFar)
}

const borderFar = 30
