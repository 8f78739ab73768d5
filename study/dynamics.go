package study

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/chaos"
	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// Dynamics are what a model is worth as a dynamical system beside the one that made
// its rows. What cannot be had is null, and Why says so.
type Dynamics struct {
	// Valid is how long forecasts from exact states of the system stay within
	// tooFar deviations, median and quartiles over the starts; in Lyapunov times where
	// the exponent is known.
	Valid *float64 `json:"valid_time"`
	Lower *float64 `json:"valid_time_lower"`
	Upper *float64 `json:"valid_time_upper"`
	// Estimated is the median valid time of forecasts whose starts the model estimates from the noisy
	// rows before them; null where rows have no noise.
	Estimated *float64 `json:"valid_time_estimated"`
	// Apart is the median of how long the norm of the error, in deviations, stays below 1, in the
	// same units: a valid time as comparisons by norms have it.
	Apart *float64 `json:"valid_time_norm"`
	// Left is how many of dynamicsRuns runs of the model, from states of the system and over
	// dynamicsFollowed Lyapunov times, do not stay near its states: they end, or leave their box by
	// its width.
	Left *float64 `json:"left"`
	// Medians over states of the system of |J − J*|/|J*| (Frobenius): of all, along the
	// directions that errors of the system turn to (all but the last Gram–Schmidt
	// vector), and along the last.
	Jacobian   *float64   `json:"jacobian_error"`
	Tangent    *float64   `json:"tangent_error"`
	Transverse *float64   `json:"transverse_error"`
	Exponents  []*float64 `json:"exponents"` // per unit of time, largest first
	Errors     []*float64 `json:"exponent_errors"`
	// Visits is d_stsp between a long run of the system and one of the model, Floor
	// between two of the system; docs/chaos.md.
	Visits *float64 `json:"d_stsp"`
	Floor  *float64 `json:"d_stsp_floor"`
	// Mixture and MixtureFloor are d_stsp-mixture of the same runs.
	Mixture      *float64 `json:"d_stsp_mixture"`
	MixtureFloor *float64 `json:"d_stsp_mixture_floor"`
	Why          string   `json:"why,omitempty"`
}

// What a comparison of dynamics looks at.
const (
	dynamicsStarts = 24
	dynamicsPast   = 150     // rows from which a start is estimated
	dynamicsValid  = 20      // Lyapunov times, or times in which a state changes, that a forecast goes on at most
	dynamicsRows   = 100_000 // of a long run, unless a study asks for more
	dynamicsOrbits = 16      // that make a long run together
	dynamicsNudge  = 0.01    // deviations by which they begin apart from the truth, and from others
	dynamicsSettle = 1000    // rows before what is looked at
	dynamicsPlaces = 300     // at which Jacobians are compared
	dynamicsApart  = 10      // rows between them
	dynamicsBins   = 30
	dynamicsMargin = 0.1  // deviations around the range of the truth
	dynamicsSmooth = 1e-5 // as of d_stsp
	dynamicsSpan   = 1000 // typical times that exponents are averaged over
	dynamicsMixed  = 5000 // rows of a long run that mixtures are made of
	dynamicsDraws  = 1000

	dynamicsRuns     = 3
	dynamicsFollowed = 100 // Lyapunov times, or times in which a state changes
)

// compare compares a model with the system that was simulated.
func (s *Simulation) compare(m *model.Model, t *Test) (*Dynamics, error) {
	sys, err := s.system()
	if err != nil {
		return nil, err
	}
	law, err := model.OfSystem(sys)
	if err != nil {
		return nil, err
	}
	noise, err := s.noise()
	if err != nil {
		return nil, err
	}
	return newDynamics(m, law, t.Rows.Step(), t.Exponent, t.LongRows, noise.SD(&t.Rows))
}

// newDynamics compares a model with the law that made its rows, step apart, in long runs of
// so many rows (0: dynamicsRows). Rows have noise of deviations sd.
func newDynamics(m *model.Model, law *model.Flow, step, exponent float64, rows int, sd []float64) (*Dynamics, error) {
	d := &Dynamics{}
	solver := law.Solver
	solver.RTol, solver.ATol = 1e-8, 1e-8
	if m.Parts.Frame.Step > 0 {
		solver = m.Solver
	}
	f, err := model.NewFlow(m.Parts, m.Theta[0], law.Start, solver)
	if err != nil {
		d.Why = err.Error()
		return d, nil
	}
	settled := dynamicsSettle * step
	truth, err := chaos.Orbit(law, dynamicsRows, step, settled)
	if err != nil {
		return nil, fmt.Errorf("the truth: %w", err)
	}
	if f.Dim() == law.Dim() {
		d.jacobians(f, law, truth, step)
	}
	d.valid(m, f, law, truth, step, exponent, sd)
	d.leaves(f, law, truth, step, exponent)
	d.exponents(f, law)
	if rows == 0 {
		rows = dynamicsRows
	}
	return d, d.long(f, law, truth, step, rows)
}

// valid fills in how long forecasts from states of the truth stay near, and, where rows have
// noise of deviations sd, those from states that the model estimates.
func (d *Dynamics) valid(m *model.Model, f, law *model.Flow, truth []float64, step, exponent float64, sd []float64) {
	n := law.Dim()
	unit := unitOf(law, exponent)
	if unit == 0 {
		return
	}
	rows := min(int(dynamicsValid/unit/step), len(truth)/n/2)
	var places []int
	var exact, estimated []float64
	for i := range dynamicsStarts {
		at := dynamicsPast + i*(len(truth)/n-rows-dynamicsPast)/dynamicsStarts
		places, exact = append(places, at), append(append(exact, truth[at*n:(at+1)*n]...), f.Start[n:]...)
		if len(sd) == n && len(m.Measured()) == n && slices.ContainsFunc(sd, func(v float64) bool { return v > 0 }) {
			estimated = append(estimated, present(m, f, truth[(at+1-dynamicsPast)*n:(at+1)*n], step, sd, uint64(i))...)
		}
	}
	v := validity{f: f, truth: truth, places: places, rows: rows, n: n, step: step, unit: 1}
	if exponent > 0 {
		v.unit = exponent
	}
	runs, _ := chaos.Orbits(f, exact, rows, step, 0)
	d.Lower, d.Valid, d.Upper = v.of(runs, tooFar)
	_, d.Apart, _ = v.of(runs, 1/math.Sqrt(float64(n)))
	if len(estimated) > 0 {
		runs, _ = chaos.Orbits(f, estimated, rows, step, 0)
		_, d.Estimated, _ = v.of(runs, tooFar)
	}
}

// unitOf is the exponent, or where it is not known how often a state changes in a unit of time; 0
// where that cannot be known.
func unitOf(law *model.Flow, exponent float64) float64 {
	if exponent > 0 {
		return exponent
	}
	typical, err := chaos.TypicalTime(law)
	if err != nil {
		return 0
	}
	return 1 / typical
}

// leaves fills in how many runs leave the box of the truth.
func (d *Dynamics) leaves(f, law *model.Flow, truth []float64, step, exponent float64) {
	unit := unitOf(law, exponent)
	if unit == 0 {
		return
	}
	n, left := law.Dim(), 0.0
	lo, hi := boxOf(truth, n)
	for i := range dynamicsRuns {
		at := i * (len(truth) / n / dynamicsRuns)
		one := *f
		one.Start = append(slices.Clone(truth[at*n:(at+1)*n]), f.Start[n:]...)
		run, err := chaos.Orbit(&one, max(1, int(dynamicsFollowed/unit/step)), step, 0)
		away := err != nil
		for k := 0; k < len(run) && !away; k++ {
			if c := k % f.Dim(); c < n {
				away = !(run[k] >= 2*lo[c]-hi[c] && run[k] <= 2*hi[c]-lo[c])
			}
		}
		if away {
			left++
		}
	}
	d.Left = number(left)
}

// boxOf are the least and the largest values of the columns of rows of d.
func boxOf(x []float64, d int) (lo, hi []float64) {
	lo, hi = slices.Clone(x[:d]), slices.Clone(x[:d])
	for i, v := range x {
		lo[i%d], hi[i%d] = min(lo[i%d], v), max(hi[i%d], v)
	}
	return lo, hi
}

// present is the state that a model estimates from rows with noise, at the last of them; what it
// cannot follow is NaN.
func present(m *model.Model, f *model.Flow, rows []float64, step float64, sd []float64, draw uint64) []float64 {
	s := data.Series{ID: "past", Names: m.Measured(), Time: m.Time, X: slices.Clone(rows)}
	r := num.Stream(draw, "noise of the past")
	for i := range s.X {
		s.X[i] += sd[i%len(sd)] * r.NormFloat64()
	}
	for k := range len(rows) / len(sd) {
		s.T = append(s.T, float64(k)*step)
	}
	state, _, err := m.Present(&s, s.T[len(s.T)-1])
	if err != nil {
		state = slices.Repeat([]float64{math.NaN()}, f.Dim())
	}
	return state
}

// validity is how long forecasts from places of the truth stay near it.
type validity struct {
	f       *model.Flow
	truth   []float64
	places  []int
	rows, n int // of a forecast; columns
	step    float64
	unit    float64 // what times are multiplied by
}

// of are the quartiles of the times in which runs from the places are at most so many deviations off;
// nil if there are none. What leaves the numbers is not valid for long, but how long is not known.
func (v *validity) of(runs [][]float64, most float64) (lower, mid, upper *float64) {
	if runs == nil {
		return nil, nil, nil
	}
	sd := deviations(v.truth, v.n)
	var times []float64
	for i, run := range runs {
		good, at := 0, v.places[i]
		if run != nil {
			good, _ = chaos.ValidRows(columns(run, v.f.Dim(), v.n), v.truth[at*v.n:(at+v.rows)*v.n], sd, most)
		}
		times = append(times, float64(max(0, good-1))*v.step*v.unit)
	}
	a, b, c := chaos.Quartiles(times)
	return number(a), number(b), number(c)
}

// columns are the first of the states of rows of d.
func columns(x []float64, d, first int) []float64 {
	if d == first {
		return x
	}
	var out []float64
	for i := 0; i < len(x); i += d {
		out = append(out, x[i:i+first]...)
	}
	return out
}

// deviations of the columns of rows of d.
func deviations(x []float64, d int) []float64 {
	sd, n := make([]float64, d), float64(len(x)/d)
	for c := range sd {
		mean := 0.0
		for i := c; i < len(x); i += d {
			mean += x[i] / n
		}
		for i := c; i < len(x); i += d {
			sd[c] += (x[i] - mean) * (x[i] - mean) / n
		}
		sd[c] = math.Sqrt(sd[c])
	}
	return sd
}

// exponents fills in those of the model.
func (d *Dynamics) exponents(f, law *model.Flow) {
	span := 0.0
	if typical, err := chaos.TypicalTime(law); err == nil {
		span = dynamicsSpan * typical * 10
	}
	s, err := chaos.LyapunovSpectrum(context.Background(), f, chaos.SpectrumOptions{Span: span})
	if err == nil && s.Status != chaos.Diverged {
		for j, v := range s.Exponents {
			d.Exponents, d.Errors = append(d.Exponents, number(v)), append(d.Errors, number(s.Errors[j]))
		}
	}
}

// long fills in what long runs visit, beside a run of the law that began elsewhere. A long
// run is several side by side, which begin near states of the truth.
func (d *Dynamics) long(f, law *model.Flow, truth []float64, step float64, rows int) error {
	n := law.Dim()
	run, err := longRun(f, truth, n, step, rows, "model")
	if err != nil {
		d.Why = "a long run of the model ends early: " + err.Error()
		return nil
	}
	one, err := longRun(law, truth, n, step, rows, "truth")
	if err != nil {
		return fmt.Errorf("the truth: %w", err)
	}
	other, err := longRun(law, truth, n, step, rows, "another")
	if err != nil {
		return fmt.Errorf("the truth: %w", err)
	}
	d.mixtures(one, run, other, n)
	if n > 5 {
		return nil
	}
	grid := &num.Grid{Bins: dynamicsBins}
	sd := deviations(one, n)
	grid.Lo, grid.Hi = boxOf(one, n)
	for c := range n {
		grid.Lo[c], grid.Hi[c] = grid.Lo[c]-dynamicsMargin*sd[c], grid.Hi[c]+dynamicsMargin*sd[c]
	}
	d.Visits = number(num.HistogramKL(grid, one, run, dynamicsSmooth))
	d.Floor = number(num.HistogramKL(grid, one, other, dynamicsSmooth))
	return nil
}

// mixtures compares long runs of n columns by Gaussians of one deviation around their rows.
func (d *Dynamics) mixtures(truth, run, other []float64, n int) {
	sd := deviations(truth, n)
	of := func(x []float64) []float64 {
		out := slices.Clone(num.Thinned(x, n, dynamicsMixed))
		for i := range out {
			out[i] /= sd[i%n]
		}
		return out
	}
	x := of(truth)
	d.Mixture = number(num.MixtureKL(x, of(run), n, dynamicsDraws, 0))
	d.MixtureFloor = number(num.MixtureKL(x, of(other), n, dynamicsDraws, 0))
}

// longRun are so many rows of a flow, in n columns, of runs that begin near states of the
// truth; those of different names begin apart.
func longRun(f *model.Flow, truth []float64, n int, step float64, rows int, name string) ([]float64, error) {
	r, sd := num.Stream(0, "long run of "+name), deviations(truth, n)
	var starts []float64
	for i := range dynamicsOrbits {
		at := i * (len(truth) / n) / dynamicsOrbits
		for c, v := range truth[at*n : (at+1)*n] {
			starts = append(starts, v+dynamicsNudge*sd[c]*r.NormFloat64())
		}
		starts = append(starts, f.Start[n:]...)
	}
	runs, err := chaos.Orbits(f, starts, (rows+dynamicsOrbits-1)/dynamicsOrbits, step, dynamicsSettle*step)
	if err != nil {
		return nil, err
	}
	return columns(slices.Concat(runs...), f.Dim(), n), nil
}

// jacobians compares those of both along a run of the law, whose Gram–Schmidt vectors
// are carried along.
func (d *Dynamics) jacobians(f, law *model.Flow, truth []float64, step float64) {
	n := law.Dim()
	q, norms, work := make([]float64, n*n), make([]float64, n), make([]float64, 2*n)
	for i := range n {
		q[i*n+i] = 1
	}
	want, got := make([]float64, n*n), make([]float64, n*n)
	var all, tangent, transverse []float64
	const settle = dynamicsPlaces * dynamicsApart / 2
	for k := range settle + dynamicsPlaces*dynamicsApart {
		x := truth[k*n : (k+1)*n]
		law.Jacobian(want, 0, x)
		if k >= settle && k%dynamicsApart == 0 {
			f.Jacobian(got, 0, x)
			off, size := make([]float64, n), make([]float64, n)
			for j := range n {
				for i := range n {
					e, w := 0.0, 0.0
					for l := range n {
						e, w = e+(got[i*n+l]-want[i*n+l])*q[j*n+l], w+want[i*n+l]*q[j*n+l]
					}
					off[j], size[j] = off[j]+e*e, size[j]+w*w
				}
			}
			part := func(lo, hi int) float64 {
				e, w := 0.0, 0.0
				for j := lo; j < hi; j++ {
					e, w = e+off[j], w+size[j]
				}
				return math.Sqrt(e / w)
			}
			all, tangent, transverse = append(all, part(0, n)), append(tangent, part(0, n-1)), append(transverse, part(n-1, n))
		}
		carry(q, want, n, step, law.IsMap())
		num.Orthonormalise(q, n, n, 1, norms, work)
	}
	median := func(v []float64) *float64 {
		_, mid, _ := chaos.Quartiles(v)
		return number(mid)
	}
	d.Jacobian, d.Tangent, d.Transverse = median(all), median(tangent), median(transverse)
}

// carry takes the vectors of q a step along the Jacobian, of a flow by its exponential
// to the fourth order.
func carry(q, jac []float64, n int, step float64, discrete bool) {
	term, next := make([]float64, n), make([]float64, n)
	apply := func(v []float64, h float64) {
		for i := range n {
			next[i] = 0
			for l := range n {
				next[i] += h * jac[i*n+l] * v[l]
			}
		}
	}
	for j := range n {
		v := q[j*n : (j+1)*n]
		if discrete {
			apply(v, 1)
			copy(v, next)
			continue
		}
		copy(term, v)
		for order := 1; order <= 4; order++ {
			apply(term, step/float64(order))
			copy(term, next)
			for i := range v {
				v[i] += term[i]
			}
		}
	}
}

// dynamicsScores are the metrics of Dynamics.
func dynamicsScores() map[string]func(d *Dynamics) *float64 {
	out := map[string]func(d *Dynamics) *float64{
		"dynamics.valid_time":           func(d *Dynamics) *float64 { return d.Valid },
		"dynamics.valid_time.estimated": func(d *Dynamics) *float64 { return d.Estimated },
		"dynamics.valid_time.norm":      func(d *Dynamics) *float64 { return d.Apart },
		"dynamics.left":                 func(d *Dynamics) *float64 { return d.Left },
		"dynamics.d_stsp.mixture":       func(d *Dynamics) *float64 { return d.Mixture },
		"dynamics.d_stsp.mixture.floor": func(d *Dynamics) *float64 { return d.MixtureFloor },
		"dynamics.jacobian":             func(d *Dynamics) *float64 { return d.Jacobian },
		"dynamics.jacobian.tangent":     func(d *Dynamics) *float64 { return d.Tangent },
		"dynamics.jacobian.transverse":  func(d *Dynamics) *float64 { return d.Transverse },
		"dynamics.d_stsp":               func(d *Dynamics) *float64 { return d.Visits },
		"dynamics.d_stsp.floor":         func(d *Dynamics) *float64 { return d.Floor },
	}
	for j := range 5 {
		out[fmt.Sprintf("dynamics.exponent.%d", j+1)] = func(d *Dynamics) *float64 {
			if j < len(d.Exponents) {
				return d.Exponents[j]
			}
			return nil
		}
	}
	return out
}

func init() {
	for name, of := range dynamicsScores() {
		scores[name] = func(r *Result) *float64 {
			if d := tested(r).Dynamics; d != nil {
				return of(d)
			}
			return nil
		}
	}
}
