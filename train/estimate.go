package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// What is worth a note: an error that is this many times that with all other
// unknowns given; unknowns that are tied to one another this closely; an error
// beside which a number is hardly known.
const (
	inflation  = 1e3
	correlated = 0.999
)

// A standard error of a logarithm, or in parts of a number, from which on the
// curvature at the minimum is not trusted: profiles are made.
const valley = 0.2

// startValley is that for a start, in deviations of the data; farValley is a
// relative error from which on a profile is not worth its time if other unknowns
// make up for this one.
const (
	startValley = 3
	farValley   = 10
)

// mostProfiled is how many unknowns have a profile made in a fit.
const mostProfiled = 8

// estimates are the parameters and the learnt starts with their errors. better
// is a fit that a profile found to be better than z, nil if there is none.
func (e *estimator) estimates(z []float64) (parameters, starts []model.Estimate, c []string, better []float64) {
	u := e.uncertainty(z)
	parameters, starts = e.told(z)
	e.numbers = e.p.noiseNames(e.own(z))
	why := e.astray(z)
	if why == "" && u == nil {
		why = "no error: the trajectory has no finite slopes by the unknowns"
	}
	if why != "" {
		for _, all := range [][]model.Estimate{parameters, starts, e.numbers} {
			for i := range all {
				all[i].Note = why
			}
		}
		return append(parameters, e.population(z, nil, why)...), e.ofStates(starts), nil, nil
	}
	if better = u.judgeAll(parameters, starts); better != nil {
		return nil, nil, nil, better
	}
	return append(parameters, e.population(z, u, "")...), e.ofStates(starts), u.combinations(), nil
}

// judgeAll gives parameters, starts and the numbers of the noise their errors.
func (u *uncertainty) judgeAll(parameters, starts []model.Estimate) (better []float64) {
	e, profiled := u.e, 0
	for i := range parameters { // those at a bound first: what their leaving it does to the others
		if j := e.p.Parts.Named[i].Theta; u.place[j] < 0 {
			if better = u.judge(&parameters[i], j, &profiled); better != nil {
				return better
			}
		}
	}
	for i := range parameters {
		if u.place[e.p.Parts.Named[i].Theta] < 0 {
			continue
		}
		if better = u.judge(&parameters[i], e.p.Parts.Named[i].Theta, &profiled); better != nil {
			return better
		}
	}
	for i := range starts {
		if e.p.notLearnt(i % e.u.states) {
			continue
		}
		if better = u.judge(&starts[i], e.startAt(i), &profiled); better != nil {
			return better
		}
	}
	return u.judgeNoise(&profiled)
}

// judgeNoise gives the numbers of the noise their errors.
func (u *uncertainty) judgeNoise(profiled *int) (better []float64) {
	e := u.e
	for i := range e.numbers {
		if better = u.judge(&e.numbers[i], e.n-e.u.added+i, profiled); better != nil {
			return better
		}
		wide(&e.numbers[i])
	}
	return nil
}

// told are the parameters and starts without their errors.
func (e *estimator) told(z []float64) (parameters, starts []model.Estimate) {
	for k := range e.p.Parts.Named {
		q := &e.p.Parts.Named[k]
		v, _ := q.Value(z[q.Theta])
		parameters = append(parameters, model.NewEstimate(q.Name, v))
	}
	f := &e.p.Parts.Frame
	for i := range e.learnt() {
		j := e.startAt(i)
		s, _ := e.u.state(j)
		one := model.NewEstimate(e.p.startName(s), f.Shift[s]+f.Scale[s]*z[j])
		if len(e.p.Train) > 1 {
			one.Of = e.p.Train[i/len(f.States)].ID
		}
		starts = append(starts, one)
	}
	return parameters, starts
}

// ofStates leaves out the starts that follow from others.
func (e *estimator) ofStates(starts []model.Estimate) []model.Estimate {
	var out []model.Estimate
	for i := range starts {
		if !e.p.notLearnt(i % e.u.states) {
			out = append(out, starts[i])
		}
	}
	return out
}

// learnt is the number of starts that are learnt: those of recordings, not
// those of later segments.
func (e *estimator) learnt() int {
	return e.p.ofRecordings().starts * e.u.states
}

// startAt is where the i-th learnt start lies among the unknowns.
func (e *estimator) startAt(i int) int {
	n := e.u.states
	for k, s := range e.segs {
		if s.rec == i/n && s.from == 0 {
			return e.u.start(k) + i%n
		}
	}
	panic("train: a recording has no first segment")
}

// The least part of the variance a trajectory explains, and the mean square of
// its residuals in units of the noise, at which it is said to follow the data.
const (
	explainedShare = 0.5
	missesRows     = 9
)

// astray says that the trajectory does not follow the data, so that errors by
// curvature would mean nothing; "" if it does.
func (e *estimator) astray(z []float64) string {
	m, _ := e.free.Size()
	r := make([]float64, m)
	if e.free.Residuals(r, nil, z, 0) != "" {
		return "no error: there is no trajectory to the last row"
	}
	square, variance, noise := 0.0, 0.0, 0.0
	mean, count := make([]float64, len(e.sigma)), make([]float64, len(e.sigma))
	var targets []float64
	for _, s := range e.free.segs {
		for _, v := range s.target {
			if !math.IsNaN(v) {
				targets = append(targets, v)
			}
		}
	}
	e.free.eachRow(func(at, c int) { mean[c], count[c] = mean[c]+targets[at], count[c]+1 })
	e.free.eachRow(func(at, c int) {
		d, off := targets[at]-mean[c]/count[c], r[at]*e.sigma[c]
		square, variance, noise = square+off*off, variance+d*d, noise+e.guess[c]*e.guess[c]
	})
	if square > (1-explainedShare)*variance && square > missesRows*noise {
		return "no error: the trajectory does not follow the data"
	}
	return ""
}

// judge gives an estimate of unknown j its error, or the reason why it has none.
func (u *uncertainty) judge(a *model.Estimate, j int, profiled *int) (better []float64) {
	if u.place[j] < 0 {
		if a.Note = u.silence(j); u.atBound(j) && !u.e.rough {
			return u.edge(a, j)
		}
		return nil
	}
	a.SD = u.sd(j) * math.Abs(u.user(j))
	if u.restsAtZero(j) {
		a.Note = "at zero, below which the state never is; positive: no lets it go there"
	}
	relative := u.relative(j)
	switch {
	case relative > farValley && u.inflated(j) >= inflation:
		a.SD, a.Note = math.NaN(), u.tied(j)
		return nil
	case relative <= valley && !u.swept[j] && !u.bends(j):
		return nil
	}
	if u.e.rough {
		return nil
	}
	if *profiled++; *profiled > mostProfiled {
		a.Note = u.byCurvature(a, j)
		return nil
	}
	return u.check(a, j)
}

// relative is the error of an unknown beside what is small for one of its kind: that of a
// logarithm as it is, of a number without bounds beside its value.
func (u *uncertainty) relative(j int) float64 {
	sd := u.sd(j)
	switch {
	case u.e.unbounded(j):
		return sd / math.Abs(u.z[j])
	case u.plainStart(j):
		return sd * valley / startValley
	}
	return sd
}

// plainStart tells a start that is varied as it is.
func (u *uncertainty) plainStart(j int) bool {
	return u.e.u.isStart(j) && u.coords[j].kind == asItIs
}

// restsAtZero tells a start that zero keeps from going on down.
func (u *uncertainty) restsAtZero(j int) bool {
	if !u.plainStart(j) {
		return false
	}
	f := &u.e.p.Parts.Frame
	s, _ := u.e.u.state(j)
	return u.e.domain[s] == stateNotNegative && u.z[j] <= -f.Shift[s]/f.Scale[s]
}

// How much worse a fit may be two standard errors away, along the line on which
// the curvature at the minimum says that it is worse by 4.
const (
	bentLeast = 2.5
	bentMost  = 7
)

// bends tells whether the valley of unknown j is not as its curvature at the
// minimum says.
func (u *uncertainty) bends(j int) bool {
	u = u.plain()
	sd := u.sd(j)
	for _, side := range []float64{-2, 2} {
		z := append([]float64{}, u.z...)
		for _, i := range u.active {
			z[i], _ = u.coords[i].at(u.coords[i].of(u.z[i]) + side*u.covariance(i, j, nullValue)/sd)
		}
		if w := 2 * (u.e.cost(u.e.final(), z) - u.cost); !(w > bentLeast && w < bentMost) {
			return true
		}
	}
	return false
}

// user is the derivative of an unknown in user units by its coordinate.
func (u *uncertainty) user(j int) float64 {
	slope := u.slope[j]
	if q := u.parameter(j); q != nil {
		_, d := q.Value(u.z[j])
		return slope * d
	}
	if u.ofNoise(j) {
		return slope * math.Exp(u.z[j])
	}
	f := &u.e.p.Parts.Frame
	s, _ := u.e.u.state(j)
	return slope * f.Scale[s]
}

// ofNoise tells the logarithm of a number of the noise.
func (u *uncertainty) ofNoise(j int) bool { return j >= u.e.n-u.e.u.added }

// value of unknown j in user units at a coordinate.
func (u *uncertainty) value(j int, q float64) float64 {
	z, _ := u.coords[j].at(q)
	if p := u.parameter(j); p != nil {
		v, _ := p.Value(z)
		return v
	}
	if u.ofNoise(j) {
		return math.Exp(z)
	}
	f := &u.e.p.Parts.Frame
	s, _ := u.e.u.state(j)
	return f.Shift[s] + f.Scale[s]*z
}

// mistaken is the ratio of the errors by a profile and by curvature from which on
// that of the profile is told.
const mistaken = 1.25

// asymmetric is the ratio of both sides of an interval from which on it is told.
const asymmetric = 1.25

// check makes the profile of an unknown whose error by curvature is large.
func (u *uncertainty) check(a *model.Estimate, j int) (better []float64) {
	low, high, better := u.interval(j)
	if better != nil {
		return better
	}
	switch {
	case low.end == broken || high.end == broken:
		u.notProfiled(a, j)
	case low.end == opened && high.end == opened:
		a.SD, a.Note = math.NaN(), fmt.Sprintf(undetermined+"from %.3g to %.3g no value fits noticeably worse", low.at, high.at)
	case low.end == opened:
		a.SD, a.Lo, a.Hi = math.NaN(), u.lowest(j), high.at
		a.Note = fmt.Sprintf("only bounded from above: at most %.3g (95 %%)", high.at)
	case high.end == opened:
		a.SD, a.Lo, a.Hi = math.NaN(), low.at, u.highest(j)
		a.Note = fmt.Sprintf("only bounded from below: at least %.3g (95 %%)", low.at)
	default:
		profiled(a, low.at, high.at)
	}
	return nil
}

// profileSide is where and how a profile ended on a side; at is in user units.
type profileSide struct {
	end profileEnd
	at  float64
}

// interval makes the profile of unknown j to both sides. A fit that is better than the
// minimum is returned instead, as soon as there is one.
func (u *uncertainty) interval(j int) (low, high profileSide, better []float64) {
	plain := u.plain()
	worse := profileWorse * math.Pow(u.sd(j)/plain.sd(j), 2)
	var ends [2]profileSide
	for i, side := range []float64{-1, 1} {
		points, end, found := plain.profile(j, side, worse)
		if found != nil {
			return low, high, found
		}
		at := u.coords[j].of(u.z[j]) + side*plain.width(j, points, worse)
		if end != crossed && len(points) > 0 {
			at = points[len(points)-1].q
		}
		ends[i] = profileSide{end, u.value(j, at)}
	}
	if ends[0].at > ends[1].at { // a number below its only bound is varied the other way round
		return ends[1], ends[0], nil
	}
	return ends[0], ends[1], nil
}

// notProfiled is what is known of an unknown whose profile could not be made.
func (u *uncertainty) notProfiled(a *model.Estimate, j int) {
	switch a.Note = u.byCurvature(a, j); {
	case u.swept[j]:
		a.SD, a.Note = math.NaN(), undetermined+"other unknowns make up for it"
	case a.SD > math.Abs(a.Value):
		a.SD, a.Note = math.NaN(), undetermined+"by curvature its error is larger than itself"
	}
}

// byCurvature says that no profile stands behind an error, and that the number is hardly
// determined where that error is no small part of it.
func (u *uncertainty) byCurvature(a *model.Estimate, j int) string {
	const alone = "its error is by curvature alone"
	if a.SD <= valley*math.Abs(a.Value) || u.plainStart(j) && u.sd(j) <= startValley {
		return alone
	}
	return "hardly determined; " + alone
}

// profiled takes an error from the interval that a profile has found, where that by
// curvature is another or the sides differ.
func profiled(a *model.Estimate, lo, hi float64) {
	if wide := (hi - lo) / (2 * math.Sqrt(profileWorse)); wide > mistaken*a.SD || wide < a.SD/mistaken {
		a.SD = wide
	}
	if r := (hi - a.Value) / (a.Value - lo); r > asymmetric || r < 1/asymmetric {
		a.Lo, a.Hi = lo, hi
	}
	if a.SD > math.Abs(a.Value) {
		a.Note = "hardly determined: its error is larger than itself"
	}
}

func (u *uncertainty) lowest(j int) float64 {
	if u.ofNoise(j) {
		return 0
	}
	return limitOf(u.parameter(j), func(q *field.Parameter) *float64 { return q.Min }, math.Inf(-1))
}

func (u *uncertainty) highest(j int) float64 {
	return limitOf(u.parameter(j), func(q *field.Parameter) *float64 { return q.Max }, math.Inf(1))
}

func limitOf(q *field.Parameter, of func(*field.Parameter) *float64, none float64) float64 {
	if q == nil || of(q) == nil {
		return none
	}
	return *of(q)
}

// parameter is the parameter that is unknown j, nil if it is a start.
func (u *uncertainty) parameter(j int) *field.Parameter {
	for k := range u.e.p.Parts.Named {
		if q := &u.e.p.Parts.Named[k]; q.Theta == j {
			return q
		}
	}
	return nil
}

// silence says why the data say nothing of unknown j: it has come so near to a
// bound that the rest of the way does not matter, or it never matters.
func (u *uncertainty) silence(j int) string {
	q := u.parameter(j)
	switch {
	case q == nil && u.coords[j].kind == logStart, u.ofNoise(j):
		return "not told from zero"
	case q == nil || q.Min == nil && q.Max == nil || !u.matters(j):
		return notDetermined
	}
	v, _ := q.Value(u.z[j])
	return nearBound(q, v, silent/2)
}

// atBound tells an unknown at its bound, which the data would have leave it.
func (u *uncertainty) atBound(j int) bool {
	q := u.parameter(j)
	if q == nil || q.Min == nil && q.Max == nil || !u.matters(j) {
		return false
	}
	v, _ := q.Value(u.z[j])
	return room(q, v) <= nearer*room(q, q.Start)
}

// edge makes the profile of an unknown at its bound, towards the inside.
func (u *uncertainty) edge(a *model.Estimate, j int) (better []float64) {
	points, end, better := u.profile(j, u.inwards(j), profileWorse)
	if better != nil || len(points) == 0 {
		return better
	}
	last := u.value(j, points[len(points)-1].q)
	if end == crossed {
		last = u.value(j, u.crossing(j, points, profileWorse))
	}
	bound := u.value(j, u.coords[j].of(u.z[j]))
	a.Lo, a.Hi = min(bound, last), max(bound, last)
	switch {
	case end == opened:
		a.Lo, a.Hi = math.NaN(), math.NaN()
		a.Note = fmt.Sprintf(undetermined+"from its bound to %.3g no value fits noticeably worse", last)
	case u.isFlat(j, bound, last, points):
		a.Note = fmt.Sprintf(undetermined+"from its bound to %.3g (95 %%) other unknowns make up for it", last)
		u.besides(j, points)
	case last > bound:
		a.Note += fmt.Sprintf("; at most %.3g (95 %%)", last)
	default:
		a.Note += fmt.Sprintf("; at least %.3g (95 %%)", last)
	}
	u.sweep(j, points)
	return nil
}

// isFlat tells that a quarter of the way from its bound unknown j has cost nothing: nothing pulls
// it there.
func (u *uncertainty) isFlat(j int, bound, last float64, points []profilePoint) bool {
	at := u.value(j, u.crossing(j, points, 0.02*profileWorse))
	return math.Abs(at-bound) > math.Abs(last-bound)/4
}

// inwards is the side to which unknown j leaves its bound.
func (u *uncertainty) inwards(j int) float64 {
	if q := u.parameter(j); q.Min != nil && q.Max != nil && u.z[j] > 0 {
		return -1
	}
	return 1
}

// sweep notes which unknowns go farther along a profile than their errors by
// curvature, for which unknown j stood still.
func (u *uncertainty) sweep(j int, points []profilePoint) {
	for i := range u.e.n {
		if i == j || u.place[i] < 0 {
			continue
		}
		for _, p := range points {
			if p.worse < profileWorse && math.Abs(u.coords[i].of(p.at[i])-u.coords[i].of(u.z[i])) > 2*u.sd(i) {
				u.swept[i] = true
			}
		}
	}
}

// matters tells whether a bounded number that moves away from its bound changes
// the fit.
func (u *uncertainty) matters(j int) bool {
	z := append([]float64{}, u.z...)
	for _, at := range []float64{0, 3, -3, 8, -8, 16, -16, 24, -24} {
		if z[j] = at; math.Abs(u.e.cost(u.e.final(), z)-u.cost) > 1 {
			return true
		}
	}
	return false
}
