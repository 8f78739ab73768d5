package train

import (
	"math"
	"sort"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/opt"
)

// attempts are the ways to a first fit, the cheapest first. The search ends
// with the first that explains the data as well as the smoothing splines do;
// a later one is for starts that are decades off.
var attempts = []struct {
	name string
	make func(e *estimator) []float64
}{
	{"gradient matching", func(e *estimator) []float64 { return e.descend(e.matched(), true) }},
	{"coupled, from gradient matching", func(e *estimator) []float64 { return e.descend(e.released(e.matched()), true) }},
	{"the given start", func(e *estimator) []float64 { return e.descend(e.given(), true) }},
	{"coupled, from the given start", func(e *estimator) []float64 { return e.descend(e.released(e.given()), true) }},
	{"the given start, in the units of the text", func(e *estimator) []float64 { return e.descend(e.descend(e.given(), false), true) }},
	{"starts over decades", func(e *estimator) []float64 { return e.decades() }},
}

// What the search spends, in steps: on a fit from one start, on a rung of the
// ladder of couplings, on a first look at one of several starts.
const (
	descendSteps = 60
	lookSteps    = 12
	searchNear   = 0.02
	searchSlow   = 1e-3
)

// goodFit is the mean square of the residuals, in units of the noise as the
// splines have it, up to which a fit explains the data.
const goodFit = 2

// found is the best fit of a search so far.
type founded struct {
	z       []float64 // nil: there is none
	cost    float64
	from    string // the attempt
	fail    string // why the last attempt without a result had none
	attempt int    // the next one
}

// search makes the next attempt and tells whether there is another to make.
func (e *estimator) search(f *founded) bool {
	if f.attempt >= len(attempts) {
		return false
	}
	a, steps := attempts[f.attempt], e.steps
	z := a.make(e)
	if e.stop() { // it is made anew when the fit goes on
		e.steps = steps
		return false
	}
	f.attempt++
	if z != nil {
		if cost := e.cost(e.free, z); f.z == nil || cost < f.cost*(1-1e-6) {
			f.z, f.cost, f.from = z, cost, a.name
		}
	}
	if f.z == nil {
		f.fail = e.failure(e.given())
	}
	return f.attempt < len(attempts) && !e.explains(f) && e.steps < e.budget
}

// explains tells whether a fit is as near to the data as their noise.
func (e *estimator) explains(f *founded) bool {
	m, _ := e.free.Size()
	return f.z != nil && 2*f.cost <= goodFit*float64(max(1, m))
}

// failure says why nothing can be evaluated at z, "" if it can.
func (e *estimator) failure(z []float64) string {
	m, _ := e.free.Size()
	return e.free.Residuals(make([]float64, m), nil, z, 0)
}

// descend is the fit of free trajectories from z; nil if z is or if there are
// no trajectories.
func (e *estimator) descend(z []float64, logs bool) []float64 {
	if z == nil {
		return nil
	}
	z = append([]float64{}, z...)
	out := e.minimise(e.quick, z, e.coordinates(z, logs), e.all(), descendSteps, searchNear, searchSlow, "free", 0)
	if out.Status == opt.Failed || math.IsInf(e.cost(e.quick, z), 1) {
		return nil
	}
	return z
}

// matched is the start by gradient matching: parameters that stand in the
// equations linearly are found from any start. nil where states are hidden, or
// where there is nothing to match.
func (e *estimator) matched() []float64 {
	z := e.given()
	if len(e.p.Parts.Start) > 0 || e.u.theta == 0 || !e.p.Parts.Plain() {
		return nil
	}
	m := newMatching(e.quick)
	var theta []int
	for i := range e.u.theta {
		theta = append(theta, i)
	}
	for _, logs := range []bool{false, true} {
		if out := e.minimise(m, z, e.coordinates(z, logs), theta, descendSteps, searchNear, searchSlow, "gradient matching", math.NaN()); out.Status == opt.Failed {
			return nil
		}
	}
	return z
}

// released lowers the coupling to the data step by step from z until it hardly
// acts; nil if that leads nowhere.
func (e *estimator) released(z []float64) []float64 {
	if z == nil || e.p.Parts.Events != nil { // smooth data would draw states through jumps
		return nil
	}
	z = append([]float64{}, z...)
	for gain := float64(firstGain); gain > lastGain; gain /= 2 {
		e.drawn.gain = gain
		if out := e.minimise(e.drawn, z, e.coordinates(z, true), e.all(), rungSteps, searchNear, searchSlow, "coupled", gain/firstGain); out.Status == opt.Failed {
			return nil
		}
	}
	return z
}

// The starts over decades: how many are looked at for one row of data, at least
// and at most; how many of the best are followed, and how many of these to the
// end; the widths in decades of the distributions they are drawn from, in turn.
const (
	decadeRows   = 30000
	decadeFewest = 40
	decadeMost   = 400
	followed     = 8
	finished     = 2
)

var decadeWidths = []float64{0.5, 1, 1.5, 2, 3, 4, 6, 9}

// decades looks at starts drawn over decades around the given one, follows the
// best for some steps and the best of these to the end.
func (e *estimator) decades() []float64 {
	type start struct {
		z    []float64
		cost float64
	}
	var list []start
	best := func(n int) {
		sort.SliceStable(list, func(i, j int) bool { return list[i].cost < list[j].cost })
		list = list[:min(n, len(list))]
	}
	n := max(decadeFewest, min(decadeMost, decadeRows/rowsOf(e.segs)))
	for j := range n {
		if e.stop() {
			return nil
		}
		z := e.draw(j)
		if cost := e.cost(e.quick, z); !math.IsInf(cost, 1) {
			list = append(list, start{z, cost})
		}
	}
	best(followed)
	for i := range list {
		e.minimise(e.quick, list[i].z, e.coordinates(list[i].z, true), e.all(), lookSteps, searchNear, searchSlow, "starts over decades", math.NaN())
		list[i].cost = e.cost(e.quick, list[i].z)
	}
	best(finished)
	for i := range list {
		if z := e.descend(list[i].z, true); z != nil {
			list[i] = start{z, e.cost(e.quick, z)}
		}
	}
	if best(1); len(list) == 0 || math.IsInf(list[0].cost, 1) {
		return nil
	}
	return list[0].z
}

// draw is the j-th start over decades. Starts that the data show stay as they
// are; those lost in the noise, and hidden ones, are drawn as well.
func (e *estimator) draw(j int) []float64 {
	r, width := num.Stream(e.p.Seed, "decades", uint64(j)), decadeWidths[j%len(decadeWidths)]
	z, f := e.given(), &e.p.Parts.Frame
	for k := range e.p.Parts.Named {
		q := &e.p.Parts.Named[k]
		u := r.NormFloat64() * width / 2
		switch {
		case q.Min != nil && q.Max != nil:
			z[q.Theta] = u * decade / 2
		case q.Min != nil || q.Max != nil:
			z[q.Theta] = u * decade
		case r.Float64() < 0.25:
			z[q.Theta] = -magnitudeOf(z[q.Theta]) * math.Pow(10, u)
		default:
			z[q.Theta] = magnitudeOf(z[q.Theta]) * math.Pow(10, u)
		}
	}
	for i := e.u.theta; i < e.n-e.u.added; i++ {
		s, _ := e.u.state(i)
		u, zero := r.NormFloat64()*width/2, -f.Shift[s]/f.Scale[s]
		switch measured := s < len(e.guess); {
		case e.p.follows(s):
		case measured && e.domain[s] == statePositive && z[i]-zero < belowZero*e.guess[s]:
			z[i] = zero + e.guess[s]*math.Pow(10, -math.Abs(u))
		case !measured && e.domain[s] == statePositive:
			z[i] = zero + (z[i]-zero)*math.Pow(10, u/2)
		case !measured:
			z[i] += u
		}
	}
	return z
}

func magnitudeOf(v float64) float64 {
	if v == 0 {
		return 1
	}
	return math.Abs(v)
}
