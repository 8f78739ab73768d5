package train

import (
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// track is a segment with all that it takes to integrate it and to compare it with
// its rows.
type track struct {
	segment
	ivp    ode.IVP
	tr     *ode.Trajectory
	target []float64 // rows × columns, scaled; NaN = missing
	in     *coupled
	known  field.Input // what the recording knows, whatever draws it
}

// trajectoryResidual are the distances between trajectories and rows in units
// of the noise, or residuals of another measure of them: one residual an observed value, in the order of segments,
// rows and columns. The unknowns are θ and, if starts are learnt, the start
// of every segment. With a gain the field is drawn towards the data.
type trajectoryResidual struct {
	p      *Problem
	u      unknowns
	misfit rowMisfit
	field  field.Field
	sens   *ode.Sensitivity
	seen   *ode.Observer
	// standing are the starts that follow from others, which no row speaks of: they have
	// residuals of their own, behind all others.
	standing []standing
	solver   *ode.Solver
	segs     []*track
	theta    field.Batch
	sigma    []float64 // noise of each column, scaled; the owner may change it
	gain     float64
	each     []float64 // factor of the gain of each column; nil: 1
	coupled  bool
	states   int
	columns  int
	count    int // residuals
	fixed    [][]float64
	blind    [][][]stretch // of each recording, of each column: where it is not seen
	noise    []float64     // added to the data, in units of sigma; nil = none
	evals    int
	// slope holds ∂x/∂(θ, start) at the rows of the segment under way:
	// rows × states × (θ + states).
	slope []float64
	stop  func() bool // asked before every segment; nil = never
}

// newTrajectoryResidual prepares residuals over the given segments of p.
func newTrajectoryResidual(p *Problem, segs []segment, sigma []float64, couple bool) (*trajectoryResidual, error) {
	r := &trajectoryResidual{p: p, u: p.ofSegments(segs), misfit: p.misfit(), sigma: sigma, coupled: couple,
		states: len(p.Parts.Frame.States), columns: len(p.Train[0].Names), fixed: p.startGuess(), blind: p.blinds()}
	f := p.Parts.Field
	if couple {
		f = p.drawn()
	}
	r.field = p.Parts.FieldOf(f, 1, false)
	r.theta = program.NewBatch(len(p.Parts.Theta0), 1)
	var err error
	if r.sens, err = ode.NewSensitivity(r.field, p.Solver); err != nil {
		return nil, err
	}
	if r.solver, err = ode.NewSolver(r.field, p.Solver); err != nil {
		return nil, err
	}
	r.seen = model.NewObserver(p.Parts, 1, false)
	rows := 0
	for _, s := range segs {
		r.segs = append(r.segs, r.prepare(s))
		rows = max(rows, s.rows())
	}
	r.slope = make([]float64, rows*r.states*(r.u.theta+r.states))
	r.standing = r.standingStarts(segs)
	return r, nil
}

// standing is an unknown that is to have a value.
type standing struct {
	place         int
	value, weight float64
}

// knownWeight holds a start that is known against all rows.
const knownWeight = 1e6

func (r *trajectoryResidual) standingStarts(segs []segment) (all []standing) {
	p := r.p
	for i, s := range segs {
		for state := range r.states {
			switch known := p.knownStart(state); {
			case r.u.starts == 0 || !p.follows(state) && !known:
			case known:
				all = append(all, standing{r.u.start(i) + state, r.fixed[s.rec][state], knownWeight})
			default:
				all = append(all, standing{r.u.start(i) + state, r.fixed[s.rec][state], 1})
			}
		}
	}
	return all
}

// standAt makes starts that follow stand where z has them: a method that ended there was as free to
// begin its search for consistent ones there, and no further from its minimum.
func (r *trajectoryResidual) standAt(z []float64) {
	for i := range r.standing {
		if s := &r.standing[i]; s.weight != knownWeight {
			s.value = z[s.place]
		}
	}
}

// segments are those it was made for.
func (r *trajectoryResidual) segments() []segment {
	segs := make([]segment, len(r.segs))
	for i, s := range r.segs {
		segs[i] = s.segment
	}
	return segs
}

// stopWhen implements stoppable.
func (r *trajectoryResidual) stopWhen(stop func() bool) { r.stop = stop }

// stopped tells that the residuals are not wanted any more.
func (r *trajectoryResidual) stopped() bool { return r.stop != nil && r.stop() }

func (r *trajectoryResidual) prepare(seg segment) *track {
	s := track{segment: seg}
	p, f := r.p, &r.p.Parts.Frame
	rows := p.Train[s.rec].Slice(s.from, s.to)
	n := s.rows()
	s.ivp = ode.IVP{Field: r.field, X0: program.NewBatch(r.states, 1), Theta: r.theta,
		T0: []float64{(rows.T[0] - f.T0) / f.Time}, Times: make([]float64, n)}
	s.target = make([]float64, n*r.columns)
	s.tr = ode.NewTrajectory(n, r.states, 1)
	for k, t := range rows.T {
		s.ivp.Times[k] = (t - f.T0) / f.Time
		for c := range r.columns {
			v := f.Scaled(c, rows.Row(k)[c])
			s.target[k*r.columns+c] = v
			if !math.IsNaN(v) {
				r.count++
			}
		}
	}
	base := model.NewInput(p.Parts, []*data.Series{&p.Train[s.rec]}, 1, p.Hold)
	s.ivp.Input, s.known = base, base
	if r.coupled {
		s.in = p.newCoupled(base, p.Splines[s.rec])
		s.in.conceal(r.blind, []int{s.rec})
		s.ivp.Input = s.in
	}
	return &s
}

// Size implements opt.Residual.
func (r *trajectoryResidual) Size() (m, n int) {
	return r.count + len(r.standing), r.u.size()
}

// Residuals implements opt.Residual. k does not matter.
func (r *trajectoryResidual) Residuals(res, jac, z []float64, k int) (fail string) {
	copy(r.theta.V, z)
	_, n := r.Size()
	if jac != nil {
		zero(jac)
	}
	at := 0
	for i, s := range r.segs {
		if r.stopped() {
			return opt.WasStopped
		}
		if fail := r.integrate(s, i, z, jac != nil); fail != "" {
			return fail
		}
		for k := range s.rows() {
			for c := range r.columns {
				want := s.target[k*r.columns+c]
				if math.IsNaN(want) {
					continue
				}
				off, slope := r.misfit.Residual(s.tr.X[k*r.states+c]-want, r.misfit.width[c])
				res[at] = off / r.sigma[c]
				if r.noise != nil {
					res[at] -= r.noise[at]
				}
				if jac != nil {
					r.row(jac[at*n:(at+1)*n], s, i, k, c, slope/r.sigma[c])
				}
				at++
			}
		}
	}
	r.stand(res, jac, z, at, n)
	return ""
}

// stand sets the residuals from number at on to those of the starts that stand, and their rows of
// a Jacobian of n columns, unless that is nil. It returns half their sum of squares.
func (r *trajectoryResidual) stand(res, jac, z []float64, at, n int) (cost float64) {
	for _, s := range r.standing {
		off := s.weight * (z[s.place] - s.value)
		res[at], cost = off, cost+off*off/2
		if jac != nil {
			jac[at*n+s.place] = s.weight
		}
		at++
	}
	return cost
}

// row fills the row of the Jacobian of segment i, row k, column c: w times the
// derivative of the trajectory.
func (r *trajectoryResidual) row(jac []float64, s *track, i, k, c int, w float64) {
	width := r.u.theta + r.states
	from := r.slope[(k*r.states+c)*width : (k*r.states+c+1)*width]
	for j, v := range r.u.thetaOf(from) {
		jac[j] = w * v
	}
	if r.u.starts > 0 {
		to := r.u.startOf(jac, i)
		for j, v := range from[r.u.theta:] {
			to[j] = w * v
		}
	}
}

func (r *trajectoryResidual) integrate(s *track, i int, z []float64, sens bool) string {
	if s.in != nil {
		s.in.strength.gain, s.in.strength.each = r.gain, r.p.drawable(r.each)
	}
	copy(s.ivp.X0.V, r.fixed[s.rec])
	if r.u.starts > 0 {
		copy(s.ivp.X0.V, r.u.startOf(z, i))
	}
	if sens {
		r.sens.Solve(s.tr, r.slope[:s.rows()*r.states*(r.u.theta+r.states)], &s.ivp)
	} else {
		r.solver.Solve(s.tr, &s.ivp)
	}
	r.evals += countEvals(s.tr, 1)
	if s.tr.Status[0] != ode.StatusOK {
		return s.tr.Status[0].String()
	}
	r.see(s, sens)
	return ""
}

// see puts what is seen in place of the states, and its sensitivities in place of theirs.
func (r *trajectoryResidual) see(s *track, sens bool) {
	as := s.ivp
	if as.Input = s.known; sens {
		r.seen.SeeSlopes(s.tr, r.slope, &as)
	} else {
		r.seen.See(s.tr, &as)
	}
}

// starts are the starts of segments as the smoothing splines have them;
// hidden states begin as the architecture says.
func (r *trajectoryResidual) starts() []float64 {
	if r.u.starts == 0 {
		return nil
	}
	var z []float64
	for _, s := range r.segs {
		x := append([]float64{}, r.fixed[s.rec]...)
		if s.from > 0 {
			for c := range r.p.Splines[s.rec] {
				x[c] = r.p.smoothed(s.rec, c, s.ivp.T0[0])
			}
		}
		z = append(z, x...)
	}
	return z
}
