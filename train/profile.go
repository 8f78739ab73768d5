package train

import (
	"math"

	"github.com/entrain-dev/entrain/opt"
)

// profilePoint is a fit with one unknown held.
type profilePoint struct {
	q, z  float64 // of the unknown that is held
	worse float64 // by how much −2 log likelihood is larger than at the minimum
	at    []float64
}

// profileEnd says how a profile ended on a side.
type profileEnd int

const (
	crossed profileEnd = iota // it reached as much worse as was asked for
	opened                    // it never does, as far as was looked
	broken                    // the fits failed or the budget was spent
)

// Profiles go on until −2 log likelihood is this much larger, which is two
// standard deviations; farther than these limits of a logarithm and multiples of
// a number without bounds they do not look. Each point has so many steps.
const (
	profileWorse    = 4
	profileFar      = 4 * decade
	profileTimes    = 1e4
	profilePoints   = 30
	profileSteps    = 25
	profileBetter   = 0.05
	profileLeap     = 0.75 // of the square root in one step, beyond which the crossing is looked for more closely
	profileRetreats = 6
)

// profile fits with unknown j held, farther and farther to one side (±1) of the
// minimum u, all others free, until it is as much worse as was asked for. The
// points are in the order they were made; better is a fit that is better than
// the minimum, nil if there is none.
func (u *uncertainty) profile(j int, side, worse float64) (points []profilePoint, end profileEnd, better []float64) {
	t := u.newTrail(j, side, worse)
	for range profilePoints {
		if u.e.stop() {
			return t.points, broken, nil
		}
		if end, better, over := t.advance(); over {
			return t.points, end, better
		}
	}
	return t.points, opened, nil
}

// trail is a profile under way.
type trail struct {
	u           *uncertainty
	j           int
	side, worse float64

	active   []int     // unknowns that are free
	z        []float64 // the last point
	before   []float64 // the point before z
	q        float64   // coordinate of unknown j at z
	limit    float64   // that beyond which it does not go
	step     float64
	last     float64 // root of how much worse z is
	retreats int
	points   []profilePoint
}

func (u *uncertainty) newTrail(j int, side, worse float64) *trail {
	t := &trail{u: u, j: j, side: side, worse: worse, z: append([]float64{}, u.z...), before: append([]float64{}, u.z...)}
	for i := range u.e.n {
		if i != j {
			t.active = append(t.active, i)
		}
	}
	t.q, t.limit = u.coords[j].of(u.z[j]), u.farthest(j, side)
	for i := range t.z { // what lies at a bound is brought to where it can leave it
		if i != j && u.place[i] < 0 && u.atBound(i) {
			t.z[i] = u.leaving(i, u.inwards(i))
		}
	}
	if u.place[j] < 0 { // at a bound
		t.q, t.step = u.leaving(j, side), 0.5
		t.limit = t.q + side*profileFar
		return t
	}
	t.step = min(max(u.sd(j)/2, 1e-6*math.Abs(t.q)), math.Abs(t.limit-t.q)/8)
	return t
}

// advance tries the next point; over tells that the profile has ended, and how.
func (t *trail) advance() (end profileEnd, better []float64, over bool) {
	u, e := t.u, t.u.e
	next := t.q + t.side*t.step
	if (next-t.limit)*t.side > 0 {
		next = t.limit
	}
	try := append([]float64{}, t.z...)
	u.foresee(try, t.before, t.active, t.j, next-t.q, t.points)
	try[t.j], _ = u.coords[t.j].at(next)
	out := e.minimise(e.final(), try, e.coordinates(try, true), t.active, profileSteps, 0.05, 1e-4, "profile", math.NaN())
	w := 2 * (e.cost(e.final(), try) - u.cost)
	root := math.Sqrt(max(0, w))
	if lost := out.Status == opt.Failed || math.IsInf(w, 1); lost || w >= t.worse && root-t.last > profileLeap {
		if t.retreats++; t.retreats <= profileRetreats {
			t.step /= 3
			return 0, nil, false
		}
		if lost {
			return broken, nil, true
		}
	}
	if w < -profileBetter {
		return broken, try, true
	}
	copy(t.before, t.z)
	copy(t.z, try)
	t.q = next
	t.points = append(t.points, profilePoint{q: t.q, z: t.z[t.j], worse: max(0, w), at: append([]float64{}, t.z...)})
	switch {
	case w >= t.worse:
		return crossed, nil, true
	case t.q == t.limit:
		return opened, nil, true
	case root-t.last < 0.3 && t.retreats == 0:
		t.step *= 2
	case root-t.last > 1:
		t.step /= 2
	}
	t.last = root
	return 0, nil, false
}

// foresee moves the other unknowns z to where they may be expected at the next
// point of a profile, so far on: as the curvature at the minimum says first, and
// on the line through the two points before after that.
func (u *uncertainty) foresee(z, before []float64, active []int, j int, far float64, points []profilePoint) {
	n := len(points)
	for _, i := range active {
		q := u.coords[i].of(z[i])
		switch {
		case n == 0 && u.place[i] >= 0 && u.place[j] >= 0:
			q += u.covariance(i, j, nullValue) / u.covariance(j, j, nullValue) * far
		case n >= 2:
			if d := points[n-1].q - points[n-2].q; d != 0 {
				q += (q - u.coords[i].of(before[i])) * min(2, math.Abs(far/d))
			}
		}
		if v, _ := u.coords[i].at(q); isNumber(v) && isNumber(q) {
			z[i] = v
		}
	}
}

// leaving is where unknown j, on its way from its bound, begins to change the
// fit: by an eighth of −2 log likelihood.
func (u *uncertainty) leaving(j int, side float64) float64 {
	z := append([]float64{}, u.z...)
	for q := u.z[j]; math.Abs(q-u.z[j]) < 2*logLimit; q += side {
		if z[j] = q; math.Abs(u.e.cost(u.e.final(), z)-u.cost) > 1.0/16 {
			return q
		}
	}
	return u.z[j]
}

// farthest is how far a profile of unknown j looks.
func (u *uncertainty) farthest(j int, side float64) float64 {
	q := u.coords[j].of(u.z[j])
	switch {
	case u.e.unbounded(j):
		return q + side*profileTimes*max(1, math.Abs(q))
	case u.e.u.isStart(j) && u.coords[j].kind == asItIs:
		at := q + side*10
		if s, _ := u.e.u.state(j); u.e.domain[s] == stateNotNegative {
			f := &u.e.p.Parts.Frame
			at = max(at, -f.Shift[s]/f.Scale[s])
		}
		return at
	}
	return q + side*profileFar
}

// width is how far a profile goes until it is as much worse as given, not less
// than the curvature lets one expect: a fit with one unknown held that is not
// quite at its minimum makes profiles too narrow, never too wide.
func (u *uncertainty) width(j int, points []profilePoint, worse float64) float64 {
	q0 := u.coords[j].of(u.z[j])
	return max(math.Abs(u.crossing(j, points, worse)-q0), narrowest*math.Sqrt(worse)*u.sd(j))
}

// narrowest is the least width of a profile in parts of that by curvature.
const narrowest = 0.4

// crossing is where a profile is as much worse as given, in the coordinate of
// the unknown, by its square root between two points; NaN if nowhere.
func (u *uncertainty) crossing(j int, points []profilePoint, worse float64) float64 {
	q, root := u.coords[j].of(u.z[j]), 0.0
	want := math.Sqrt(worse)
	for _, p := range points {
		r := math.Sqrt(p.worse)
		if r >= want {
			if r == root {
				return p.q
			}
			return q + (p.q-q)*(want-root)/(r-root)
		}
		q, root = p.q, r
	}
	return math.NaN()
}
