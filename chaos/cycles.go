package chaos

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// CycleOptions say where periodic orbits are looked for. Zeros are chosen.
type CycleOptions struct {
	Longest float64 // period, user time or iterations; 0 = eight times the return time, of a map 6
	Trials  int     // recurrences that are tried; 0 = 128
	States  int     // of the orbit in which recurrences are looked for; 0 = 20 000
}

// Cycle is a periodic orbit.
type Cycle struct {
	Period float64   `json:"period"`
	X      []float64 `json:"x"` // a state on it, user units
	// Multipliers are the eigenvalues of the way round, largest first. One of a flow
	// is 1, along the orbit; it is left out here, and Trivial is how far it is from 1.
	Multipliers []Complex `json:"multipliers"`
	Trivial     float64   `json:"trivial"`
	Stable      bool      `json:"stable"`
	Unstable    int       `json:"unstable"` // directions in which errors grow
	// Exponent is log|largest multiplier|/period.
	Exponent float64   `json:"exponent"`
	Path     []float64 `json:"path"` // states once round, user units, row-major
}

const (
	cycleTrials  = 128
	cycleStates  = 20_000
	cycleRounds  = 40
	cycleClosed  = 1e-8 // of the extent: where an orbit ends from where it began
	cyclePath    = 200
	mapPeriods   = 6
	returnsApart = 0.1 // a recurrence is nearer than this share of the extent
)

// Cycles finds periodic orbits of an autonomous flow or a map, stable or not, shortest
// first: along a long orbit, states that nearly come back are taken as starts of
// Newton's method on state and period. Whether there are more cannot be known.
//
// Source: Lathrop, Kostelich, Phys. Rev. A 40 (1989) 4028 (recurrences); shooting with a
// phase condition as in Kuznetsov, Elements of Applied Bifurcation Theory, section 10.2.
func Cycles(f *model.Flow, o CycleOptions) ([]Cycle, error) {
	if !f.Autonomous() {
		return nil, fmt.Errorf("the law changes with time; take time as a state of its own (phase' = …) to see periodic orbits")
	}
	s, err := newShooting(f, &o)
	if err != nil {
		return nil, err
	}
	var out []Cycle
	for _, start := range s.recurrences(&o) {
		out = append(out, start...)
	}
	slices.SortStableFunc(out, func(a, b Cycle) int {
		switch {
		case a.Period < b.Period*(1-1e-9):
			return -1
		case b.Period < a.Period*(1-1e-9):
			return 1
		}
		return slices.Compare(a.X, b.X)
	})
	return s.distinct(out), nil
}

// shooting solves for states that come back.
type shooting struct {
	f      *model.Flow
	d      int
	x      []float64 // the orbit, scaled
	step   float64   // of it, scaled time
	extent []float64
	c      *carrier
	rate   traces
}

func newShooting(f *model.Flow, o *CycleOptions) (*shooting, error) {
	if o.States == 0 {
		o.States = cycleStates
	}
	if o.Trials == 0 {
		o.Trials = cycleTrials
	}
	step, err := TypicalTime(f)
	if err != nil {
		return nil, err
	}
	if !f.IsMap() {
		step /= 2
		f = precise(f)
	}
	user, err := Orbit(f, o.States, step, 1000*step)
	if err != nil {
		return nil, err
	}
	s := &shooting{f: f, d: f.Dim(), step: step / f.Frame.Time, x: make([]float64, len(user))}
	for i := 0; i < len(user); i += s.d {
		f.Scaled(s.x[i:i+s.d], user[i:i+s.d])
	}
	for k := range s.d {
		v := columnOf(s.x, s.d, k)
		s.extent = append(s.extent, max(slices.Max(v)-slices.Min(v), 1e-12))
	}
	s.rate = newTraces(f, newtonLanes)
	s.c, err = newCarrier(f, s.d, newtonLanes)
	return s, err
}

// precise is the flow with tolerances below what a cycle is closed to: Newton's method
// must not see the steps of the solver.
func precise(f *model.Flow) *model.Flow {
	g := *f
	if g.Solver.Step == 0 {
		if p := model.Precise(); g.Solver.RTol > p.RTol || g.Solver.RTol == 0 {
			g.Solver.RTol, g.Solver.ATol = p.RTol, p.ATol
		}
	}
	return &g
}

// apart is the distance of two states in extents.
func (s *shooting) apart(a, b []float64) float64 {
	sum := 0.0
	for k, e := range s.extent {
		sum += (a[k] - b[k]) * (a[k] - b[k]) / (e * e)
	}
	return math.Sqrt(sum)
}

// nearly is a state of the orbit that nearly comes back after some rows.
type nearly struct{ at, lag int }

// recurrences are the cycles that Newton's method finds from near returns, of every
// length some.
func (s *shooting) recurrences(o *CycleOptions) [][]Cycle {
	n := len(s.x) / s.d
	longest := mapPeriods
	if !s.f.IsMap() {
		longest = 8 * s.returnRows()
	}
	if o.Longest > 0 {
		longest = int(o.Longest / s.f.Frame.Time / s.step)
	}
	longest = max(1, min(longest, n/4))
	byLag := map[int][]nearly{}
	for at := 0; at < n-longest-1; at += max(1, n/4000) {
		for _, r := range s.returns(at, longest) {
			byLag[s.bin(r.lag)] = append(byLag[s.bin(r.lag)], r)
		}
	}
	each := max(2, o.Trials/max(1, len(byLag)))
	var tried []nearly
	for _, b := range slices.Sorted(mapKeys(byLag)) {
		all := byLag[b]
		// Evenly in time, not the nearest: those crowd where the orbit is slow or dense.
		for k := range min(each, len(all)) {
			tried = append(tried, all[k*len(all)/min(each, len(all))])
		}
	}
	var out [][]Cycle
	for len(tried) > 0 {
		// Iterations of a map are the same in all lanes.
		k := 1
		for k < len(tried) && k < newtonLanes && (!s.f.IsMap() || tried[k].lag == tried[0].lag) {
			k++
		}
		out = append(out, s.solve(tried[:k]))
		tried = tried[k:]
	}
	return out
}

func mapKeys(m map[int][]nearly) func(func(int) bool) {
	return func(yield func(int) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// bin puts lags within five percent together; those of a map are apart.
func (s *shooting) bin(lag int) int {
	if s.f.IsMap() {
		return lag
	}
	return int(math.Log(float64(lag)) / 0.05)
}

// returnRows is the median number of rows until a state has been away and back.
func (s *shooting) returnRows() int {
	n := len(s.x) / s.d
	var lags []float64
	for at := 0; at < n/2; at += max(1, n/200) {
		away := false
		for lag := 1; at+lag < n; lag++ {
			r := s.apart(s.x[at*s.d:(at+1)*s.d], s.x[(at+lag)*s.d:(at+lag+1)*s.d])
			if away = away || r > 3*returnsApart; away && r < returnsApart {
				lags = append(lags, float64(lag))
				break
			}
		}
	}
	if len(lags) == 0 {
		return n / 32
	}
	return max(1, int(median(lags)))
}

// returns are the near returns of a state: local minima of the distance.
func (s *shooting) returns(at, longest int) []nearly {
	p := s.x[at*s.d : (at+1)*s.d]
	dist := func(lag int) float64 { return s.apart(p, s.x[(at+lag)*s.d:(at+lag+1)*s.d]) }
	var out []nearly
	if s.f.IsMap() {
		for lag := 1; lag <= longest; lag++ {
			if dist(lag) < returnsApart {
				out = append(out, nearly{at, lag})
			}
		}
		return out
	}
	away, last, now := false, 0.0, dist(1)
	for lag := 1; lag < longest; lag++ {
		next := dist(lag + 1)
		if away = away || now > 3*returnsApart; away && now < returnsApart && now <= last && now < next {
			out = append(out, nearly{at, lag})
		}
		last, now = now, next
	}
	return out
}

// solve takes Newton steps on state and period in all lanes together.
func (s *shooting) solve(starts []nearly) []Cycle {
	d, isMap := s.d, s.f.IsMap()
	z, period := make([][]float64, len(starts)), make([]float64, newtonLanes)
	for l := range period {
		r := starts[min(l, len(starts)-1)]
		period[l] = float64(r.lag) * s.step
		if l < len(starts) {
			z[l] = slices.Clone(s.x[r.at*d : (r.at+1)*d])
		}
	}
	first := slices.Clone(period)
	dead := make([]bool, len(starts))
	for range cycleRounds {
		s.around(z, period)
		moved := 0.0
		for l := range z {
			if dead[l] = dead[l] || s.c.failed[l]; dead[l] {
				continue
			}
			step, ok := s.newton(l, z[l])
			if !ok {
				dead[l] = true
				continue
			}
			share := 1.0
			for k, e := range s.extent {
				share = min(share, 0.3*e/math.Abs(step[k]))
			}
			if !isMap {
				share = min(share, 0.2*period[l]/math.Abs(step[d]))
				period[l] -= share * step[d]
			}
			for k := range z[l] {
				z[l][k] -= share * step[k]
				moved = max(moved, math.Abs(step[k])/s.extent[k])
			}
			if !(period[l] > 0.3*first[l] && period[l] < 3*first[l]) {
				dead[l], period[l] = true, first[l]
			}
		}
		if moved < 1e-12 {
			break
		}
	}
	return s.closed(z, period, dead)
}

// closed are the cycles among states that may come back.
func (s *shooting) closed(z [][]float64, period []float64, dead []bool) []Cycle {
	s.around(z, period)
	ways := make([][]float64, len(z))
	for l := range z {
		if !dead[l] && !s.c.failed[l] && s.apart(s.c.state(l), z[l]) < cycleClosed && !s.rests(z[l]) && s.inside(z[l]) {
			ways[l] = s.c.matrix(l)
		}
	}
	var out []Cycle
	for l, way := range ways {
		if way != nil {
			out = append(out, s.cycle(z[l], period[l], way))
		}
	}
	return out
}

// around carries all states over their periods.
func (s *shooting) around(z [][]float64, period []float64) {
	for l := range s.c.lanes {
		s.c.from[l] = 0
		s.c.set(l, z[min(l, len(z)-1)])
	}
	s.c.carry(period)
}

// newton is the step of state and period in a lane: (M − I)δz + f δT = what is left,
// with δz across the flow.
func (s *shooting) newton(l int, z []float64) ([]float64, bool) {
	d, size := s.d, s.d+1
	if s.f.IsMap() {
		size = d
	}
	lu := num.NewLU(size)
	m, end, way := lu.Matrix(), s.c.state(l), s.c.matrix(l)
	step := make([]float64, size)
	for i := range d {
		for j := range d {
			m[i*size+j] = way[i*d+j]
			if i == j {
				m[i*size+j]--
			}
		}
		step[i] = end[i] - z[i]
	}
	if size > d {
		at, back := s.rateAt(z), s.rateAt(end)
		for i := range d {
			m[i*size+d], m[d*size+i] = back[i], at[i]/(s.extent[i]*s.extent[i])
		}
	}
	if !lu.Factor() {
		return nil, false
	}
	lu.Solve(step)
	for _, v := range step {
		if v-v != 0 {
			return nil, false
		}
	}
	return step, true
}

func (s *shooting) rateAt(z []float64) []float64 {
	for l := range newtonLanes {
		s.rate.own.SetLane(l, z)
	}
	s.rate.rate()
	return s.rate.out.Lane(make([]float64, s.d), 0)
}

// rests tells that a state is an equilibrium, which comes back after any time.
func (s *shooting) rests(z []float64) bool {
	if s.f.IsMap() {
		return false
	}
	rate := s.rateAt(z)
	for k, v := range rate {
		rate[k] = v / s.extent[k] * s.step
	}
	return length(rate) < 1e-7
}

// inside tells that a state is near the orbit.
func (s *shooting) inside(z []float64) bool {
	for k := range s.d {
		v := columnOf(s.x, s.d, k)
		if pad := 0.2 * s.extent[k]; z[k] < slices.Min(v)-pad || z[k] > slices.Max(v)+pad {
			return false
		}
	}
	return true
}

// cycle describes a closed orbit, over its shortest period.
func (s *shooting) cycle(z []float64, period float64, way []float64) Cycle {
	path := s.path(z, period)
	for k := 12; k > 1; k-- {
		if s.f.IsMap() && int(math.Round(period/s.step))%k != 0 {
			continue
		}
		s.around([][]float64{z}, repeated(period/float64(k), newtonLanes))
		if s.apart(s.c.state(0), z) < 100*cycleClosed {
			period /= float64(k)
			way, path = s.c.matrix(0), s.path(z, period)
			break
		}
	}
	c := Cycle{Period: period * s.f.Frame.Time, X: path[:s.d], Path: path}
	if s.f.IsMap() {
		c.Period = math.Round(period / s.step)
	}
	values := eigenvalues(way, s.d, true)
	if !s.f.IsMap() {
		at := 0
		for i, v := range values {
			if math.Hypot(real(v)-1, imag(v)) < math.Hypot(real(values[at])-1, imag(values[at])) {
				at = i
			}
		}
		if len(values) > 0 {
			c.Trivial = math.Hypot(real(values[at])-1, imag(values[at]))
			values = slices.Delete(values, at, at+1)
		}
	}
	c.Multipliers = complexes(values)
	c.Stable, c.Exponent = true, math.NaN()
	for i, m := range c.Multipliers {
		if i == 0 {
			c.Exponent = math.Log(m.Size()) / c.Period
		}
		if m.Size() >= 1 {
			c.Stable = false
			c.Unstable++
		}
	}
	return c
}

func repeated(v float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// path is a number of states once round, user units.
func (s *shooting) path(z []float64, period float64) []float64 {
	f := *s.f
	f.Start = make([]float64, s.d)
	f.User(f.Start, z)
	n, step := cyclePath, period/cyclePath*f.Frame.Time
	if f.IsMap() {
		n, step = int(math.Round(period/s.step)), f.Frame.Step
	}
	x, err := Orbit(&f, n, step, 0)
	if err != nil {
		return f.Start
	}
	return x
}

// distinct leaves out cycles that were found before: of the same period, and through
// the same states.
func (s *shooting) distinct(all []Cycle) []Cycle {
	var out []Cycle
	for _, c := range all {
		if !slices.ContainsFunc(out, func(o Cycle) bool {
			return math.Abs(c.Period-o.Period) < 1e-6*c.Period && s.through(c.X, o.Path)
		}) {
			out = append(out, c)
		}
	}
	return out
}

// through tells that a path comes as near to a state as its points are apart.
func (s *shooting) through(x, path []float64) bool {
	z, w, last := make([]float64, s.d), make([]float64, s.d), make([]float64, s.d)
	s.f.Scaled(z, x)
	nearest, widest := math.Inf(1), 0.0
	for i := 0; i < len(path); i += s.d {
		s.f.Scaled(w, path[i:i+s.d])
		if i > 0 && !s.f.IsMap() {
			widest = max(widest, s.apart(w, last))
		}
		nearest = min(nearest, s.apart(z, w))
		copy(last, w)
	}
	return nearest <= max(widest, 1e-6)
}
