package train

import (
	"math"

	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/opt"
)

// estimator fits the numbers of equations without networks by least squares on
// trajectories: their parameters and the starts that are learnt, the unknowns z
// of a trajectoryResidual. Nothing pulls an unknown stateAnywhere but the data and
// the priors that the user wrote.
type estimator struct {
	p      *Problem
	segs   []segment
	free   *trajectoryResidual // with the problem's own limits
	quick  *trajectoryResidual // gives up soon where a trajectory is expensive
	drawn  *trajectoryResidual // besides, drawn towards the data
	likely *likelihood         // what is minimised in the end, where the noise is not that of least squares; nil: free
	sigma  []float64           // noise of each column, scaled; that of all residuals
	guess  []float64           // the noise as the smoothing splines have it
	each   []float64           // noise of each column in units of sigma; nil: 1
	doubt  []float64           // of each parameter, then of each value of a group: what is added to the middle of its prior, in its deviations; nil: 0
	groups []group
	blocks []bundle // of groups, all of them; most have one
	domain []domain
	u      unknowns
	n      int // how many unknowns there are
	steps  int // Levenberg–Marquardt steps so far
	budget int // of steps
	// numbers are those of the noise that are learnt, with their errors once estimates has found them.
	numbers []model.Estimate
	rough   bool // it is not at the minimum: profiles would say nothing
	stop    func() bool
	on      func(stage string, lambda, cost float64)
}

// The least noise to reckon with, in scaled units: what the tolerance of the
// solver leaves; and while searching, when a spline may think that few rows have
// none.
const (
	leastSigma = 1e-6
	guessSigma = 1e-3
)

// quickSteps and quickPerRow are how many steps a trajectory may take while
// starts are searched.
const (
	quickSteps  = 2000
	quickPerRow = 5
)

func newEstimator(p *Problem, segs []segment, budget int, stop func() bool) (*estimator, error) {
	e := &estimator{p: p, segs: segs, u: p.ofSegments(segs), budget: budget, stop: stop, domain: p.domains()}
	for c, s := range p.NoiseEstimate() {
		e.guess = append(e.guess, max(s/p.Parts.Frame.Scale[c], guessSigma))
	}
	if p.Weights == "equal" {
		equalise(e.guess)
	}
	e.sigma = append([]float64{}, e.guess...)
	brief := p
	if most := quickSteps + quickPerRow*rowsOf(segs); p.Solver.MaxSteps == 0 || p.Solver.MaxSteps > most {
		brief = p.changed(func(q *Problem) { q.Solver.MaxSteps = most })
	}
	var err error
	for _, r := range []struct {
		at     **trajectoryResidual
		p      *Problem
		couple bool
	}{{&e.free, p, false}, {&e.quick, brief, false}, {&e.drawn, brief, true}} {
		if *r.at, err = newTrajectoryResidual(r.p, segs, e.sigma, r.couple); err != nil {
			return nil, err
		}
		(*r.at).stop = stop
	}
	if p.noise != nil {
		e.likely = newLikelihood(p, e.free)
		e.u.added = p.noiseSize()
	}
	e.n = e.u.size()
	e.findGroups()
	return e, nil
}

// final is what is minimised in the end.
func (e *estimator) final() opt.Residual {
	if e.likely != nil {
		return e.likely
	}
	return e.free
}

// own are the logarithms of the numbers that the noise learns.
func (e *estimator) own(z []float64) []float64 { return z[e.u.start(e.u.starts):] }

// evaluations counts those of the field.
func (e *estimator) evaluations() int { return e.free.evals + e.quick.evals + e.drawn.evals }

// given are the unknowns as the user started them; a start known to be positive
// is not below the noise.
func (e *estimator) given() []float64 {
	z := append(append([]float64{}, e.p.Parts.Theta0...), e.free.starts()...)
	z = append(z, make([]float64, e.u.added)...)
	f := &e.p.Parts.Frame
	for i := e.u.theta; i < e.n-e.u.added; i++ {
		s, _ := e.u.state(i)
		least := math.Inf(-1)
		switch {
		case e.domain[s] == statePositive && s < len(e.guess):
			least = e.guess[s] - f.Shift[s]/f.Scale[s]
		case e.domain[s] != stateAnywhere:
			least = -f.Shift[s] / f.Scale[s]
		}
		z[i] = max(z[i], least)
	}
	return z
}

// coordinates are those to vary the unknowns by, from z on: parameters by
// logarithms or as they stand in the equations.
func (e *estimator) coordinates(z []float64, logs bool) []coordinate {
	out := make([]coordinate, e.n)
	for k := range e.p.Parts.Named {
		q := &e.p.Parts.Named[k]
		c := &out[q.Theta]
		switch {
		case !logs:
			*c = coordinate{kind: inUnits, par: q, scale: max(math.Abs(q.Start), math.SmallestNonzeroFloat64)}
			if q.Start == 0 {
				c.scale = 1
			}
		case q.Min == nil && q.Max == nil:
			*c = coordinate{kind: signedLog, scale: signedScale * math.Abs(z[q.Theta])}
			if c.scale == 0 {
				c.scale = signedScale
			}
		}
	}
	f := &e.p.Parts.Frame
	for i := e.u.theta; i < e.n-e.u.added; i++ {
		if s, _ := e.u.state(i); e.domain[s] == statePositive {
			out[i] = coordinate{kind: logStart, shift: f.Shift[s], scale: f.Scale[s]}
		}
	}
	return out
}

// signedScale is where the logarithm of a number of either sign bends towards
// zero, in parts of the number.
const signedScale = 0.1

// varied are residuals over the coordinates of some of the unknowns, and behind
// them those of the priors.
type varied struct {
	res    opt.Residual
	e      *estimator
	coords []coordinate
	active []int // unknowns that are varied; the others stay
	z      []float64
	slope  []float64
	jac    []float64
	known  []int   // parameters with a prior
	priors float64 // half the sum of squares of those
}

// likelyVaried is varied with the cost of a likelihood.
type likelyVaried struct {
	*varied
	of opt.Likely
}

// Cost implements opt.Likely.
func (w likelyVaried) Cost() float64 { return w.of.Cost() + w.priors }

// minimised is what of w a method is to minimise.
func (w *varied) minimised() opt.Residual {
	if of, ok := w.res.(opt.Likely); ok {
		return likelyVaried{w, of}
	}
	return w
}

// activeIn are those of the active unknowns that residuals have: the first of them.
func activeIn(res opt.Residual, active []int) (own []int) {
	_, n := res.Size()
	for _, u := range active {
		if u < n {
			own = append(own, u)
		}
	}
	return own
}

func (e *estimator) vary(res opt.Residual, z []float64, coords []coordinate, active []int) *varied {
	active = activeIn(res, active)
	w := &varied{res: res, e: e, coords: coords, active: active, z: append([]float64{}, z...), slope: make([]float64, len(active))}
	for k, q := range e.p.Parts.Named {
		if q.Prior != nil {
			w.known = append(w.known, k)
		}
	}
	return w
}

// Size implements opt.Residual.
func (w *varied) Size() (m, n int) {
	m, _ = w.res.Size()
	return m + len(w.known) + w.e.grouped(), len(w.active)
}

// Residuals implements opt.Residual.
func (w *varied) Residuals(r, jac, q []float64, k int) string {
	m, n := w.res.Size()
	w.move(q)
	if jac != nil && w.jac == nil {
		w.jac = make([]float64, m*n)
	}
	inner := w.jac
	if jac == nil {
		inner = nil
	}
	if fail := w.res.Residuals(r[:m], inner, w.z, k); fail != "" {
		return fail
	}
	if jac != nil {
		clear(jac)
		for i := range m {
			for j, u := range w.active {
				jac[i*len(w.active)+j] = w.jac[i*n+u] * w.slope[j]
			}
		}
	}
	w.priors = 0
	for i, k := range w.known {
		p := &w.e.p.Parts.Named[k]
		v, dv := p.Value(w.z[p.Theta])
		off, slope := p.Prior.Off(v)
		r[m+i] = off
		if w.e.doubt != nil {
			r[m+i] -= w.e.doubt[k]
		}
		w.priors += r[m+i] * r[m+i] / 2
		for j, u := range w.active {
			if jac != nil && u == p.Theta {
				jac[(m+i)*len(w.active)+j] = slope * dv * w.slope[j]
			}
		}
	}
	w.compare(r, jac, m+len(w.known))
	return ""
}

// compare adds the residuals of the groups, from row on.
func (w *varied) compare(r, jac []float64, row int) {
	if w.e.groups == nil {
		return
	}
	var doubt []float64
	if w.e.doubt != nil {
		doubt = w.e.doubt[len(w.e.p.Parts.Named):]
	}
	n := len(w.active)
	place := make([]int, w.e.n) // of each unknown among the active ones, and one more
	for j, u := range w.active {
		place[u] = j + 1
	}
	for k := range w.e.blocks {
		derivative := func(i, unknown int, slope float64) {
			if j := place[unknown] - 1; j >= 0 {
				jac[(row+i)*n+j] = slope * w.slope[j]
			}
		}
		if jac == nil {
			derivative = nil
		}
		rows := w.e.blocks[k].rows(w.e.groups)
		w.e.blocks[k].residuals(w.e.groups, r[row:row+rows], w.z, derivative)
		if w.e.doubt != nil {
			for i, v := range doubt[:rows] {
				r[row+i] -= v
			}
			doubt = doubt[rows:]
		}
		for _, v := range r[row : row+rows] {
			w.priors += v * v / 2
		}
		row += rows
	}
}

// move sets the unknowns to the coordinates q.
func (w *varied) move(q []float64) {
	for j, u := range w.active {
		w.z[u], w.slope[j] = w.coords[u].at(q[j])
	}
}

// bounds are the bounds and longest steps of the active coordinates.
func (w *varied) bounds() (lo, hi, longest []float64) {
	f := &w.e.p.Parts.Frame
	for _, u := range w.active {
		a, b, l := w.coords[u].bounds()
		if !w.e.u.isStart(u) && w.coords[u].kind == asItIs { // a logarithm
			a, b, l = -logLimit, logLimit, decade
		}
		if i := u - w.e.n + w.e.u.added; i >= 0 {
			a = w.e.p.leastNumbers()[i]
		}
		if w.e.u.isStart(u) && w.coords[u].kind == asItIs {
			l = longestStart
			if s, _ := w.e.u.state(u); w.e.domain[s] == stateNotNegative {
				a = -f.Shift[s] / f.Scale[s]
			}
		}
		lo, hi, longest = append(lo, a), append(hi, b), append(longest, l)
	}
	return lo, hi, longest
}

// longestStart is how far a start may go in one step, in scaled units.
const longestStart = 2

// all are the numbers of all unknowns.
func (e *estimator) all() []int {
	out := make([]int, e.n)
	for i := range out {
		out[i] = i
	}
	return out
}

// minimise takes at most n steps on res from z, which it changes, by the active
// unknowns, until near standard errors are left.
func (e *estimator) minimise(res opt.Residual, z []float64, coords []coordinate, active []int, n int, near, slow float64, stage string, lambda float64) opt.FewOutcome {
	active = activeIn(res, active)
	w := e.vary(res, z, coords, active)
	c := opt.Few{Iterations: min(n, max(0, e.budget-e.steps)), Near: near, Least: 1, Slow: slow}
	c.Lo, c.Hi, c.Longest = w.bounds()
	q := make([]float64, len(active))
	for j, u := range active {
		q[j] = max(c.Lo[j], min(coords[u].of(z[u]), c.Hi[j]))
	}
	if len(active) == 0 {
		return opt.FewOutcome{Outcome: opt.Outcome{Status: opt.Converged, Reason: "nothing is unknown", Cost: e.cost(res, z)}}
	}
	out := c.Minimise(w.minimised(), q, func(k int, cost float64) bool {
		e.steps++
		if e.on != nil {
			e.on(stage, lambda, cost)
		}
		return !e.stop()
	})
	w.move(q)
	copy(z, w.z)
	if e.stop() && out.Status == opt.Failed {
		out.Status = opt.Going
	}
	return out
}

// cost is half the sum of squares at z, or that of a likelihood, +Inf if there is none.
func (e *estimator) cost(res opt.Residual, z []float64) float64 {
	w := e.vary(res, z, nil, nil)
	m, _ := w.Size()
	r := make([]float64, m)
	if w.Residuals(r, nil, nil, 0) != "" {
		return math.Inf(1)
	}
	if _, ok := res.(opt.Likely); ok {
		return opt.Cost(w.minimised(), r)
	}
	sum := 0.0
	for _, v := range r {
		sum += v * v / 2
	}
	if math.IsNaN(sum) {
		return math.Inf(1)
	}
	return sum
}
