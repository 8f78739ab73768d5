package model

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model/noise"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// The state at a time is estimated from the last rows up to it by a few
// Gauss–Newton steps on the state at the first of them. How many rows speak for
// the present depends on how good the model is: more of them average the noise
// away, and more of the model's own error comes in. So windows grow from the
// fewest rows that determine the state, each twice as long as the one before, for
// as long as the present of the longer one lies within the errors of all shorter
// ones; the fitted trajectory itself, whose last segment may have begun anew not long
// ago, counts as a window of all the rows of that segment.
//
// Source of the rule: Lepskii, Theory Probab. Appl. 35 (1991) 454–466.
const (
	presentRows   = 256 // longest window
	presentStates = 48  // with more, windows cost too much: see lookback.present
	presentSteps  = 8   // Gauss–Newton steps a window
	memberSteps   = 2   // the same from the state of another member, which is near
	presentSpread = 9   // squared distance, a state, in errors of the shorter window, that contradicts
	priorSpread   = 1   // deviation of the prior of a state, scaled, if there is no fitted trajectory
	priorMisfit   = 2   // the same around a fitted trajectory, in distances of that from the rows
	priorRows     = 16  // fewest rows that tell this distance
	finestNoise   = 1e-5
	guessedNoise  = 0.05 // scaled; of a model that does not know its noise
)

// Present estimates the state of the first member at time t from the rows of
// history at or before t, which may lack values: all states, hidden ones too, in
// user units, and their covariance (states × states). The past alone counts. The
// measured columns and inputs of history are those of the model, in its order. A
// history that is one of the model's own recordings is known by its name and
// first time; where its fitted trajectory agrees with the last rows, that is the
// answer. A model in discrete time is shown the rows instead and has no
// covariance (nil), nor has one whose starts an encoder alone tells.
func (m *Model) Present(history *data.Series, t float64) (state, cov []float64, err error) {
	states, cov, err := m.Presents(history, t, m.recordOf(history), history)
	if err != nil {
		return nil, nil, err
	}
	f := &m.Parts.Frame
	n := len(f.States)
	unit := make([]float64, n)
	for i, v := range states[0] {
		state, unit[i] = append(state, f.User(i, v)), f.Unit(i, v)
	}
	for i := range cov {
		cov[i] *= unit[i/n] * unit[i%n]
	}
	return state, cov, nil
}

// recordOf is the recording of the model that a series is, nil if it is none.
func (m *Model) recordOf(s *data.Series) *Record {
	for i := range m.Records {
		r := &m.Records[i]
		if s.Len() > 0 && r.ID == s.ID && r.T0 == s.T[0] && (s.ID != "" || r.End >= s.T[s.Len()-1]) {
			return r
		}
	}
	return nil
}

// Presents are the scaled states of all members at time t, and the covariance of
// that of the first. All use the window that the first one chose; those of the
// others are then draws of what they may be.
func (m *Model) Presents(history *data.Series, t float64, rec *Record, inputs *data.Series) (states [][]float64, cov []float64, err error) {
	rows, err := upTo(history, t)
	switch {
	case err != nil:
		return nil, nil, err
	case m.Parts.Frame.Step > 0:
		states, err = m.shownPresent(rows, t, inputs)
		return states, nil, err
	case m.Parts.Told():
		states, err = m.toldPresents(rows, t, inputs)
		return states, nil, err
	case m.ProcessNoise != nil:
		return m.filtered(rows, t, inputs)
	}
	all, err := m.estimates(rows, t, rec, inputs)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range all {
		states = append(states, e.x)
	}
	return states, all[0].covariance(), nil
}

// upTo are the rows of a recording at or before t.
func upTo(history *data.Series, t float64) (*data.Series, error) {
	rows := *history
	for rows.Len() > 0 && rows.T[rows.Len()-1] > t {
		rows = rows.Slice(0, rows.Len()-1)
	}
	if rows.Len() == 0 {
		return nil, fmt.Errorf("there is no row at or before time %g to go on from", t)
	}
	return &rows, nil
}

// estimates are the presents of all members at time t by the rows up to it.
func (m *Model) estimates(rows *data.Series, t float64, rec *Record, inputs *data.Series) (all []*estimate, err error) {
	size, near := chooseWindow, []float64(nil)
	for j := range m.Theta {
		b, err := m.lookBack(j, rows, t, rec, inputs)
		if err != nil {
			return nil, err
		}
		e := b.present(size, near)
		if e == nil {
			return nil, fmt.Errorf("the model cannot be followed through the last rows before time %g", t)
		}
		if j == 0 {
			size, near = e.rows, e.from
		} else if e.rows != fittedWindow {
			s := num.Stream(0, "present", uint64(j))
			m.draw(e.x, e.cov, s)
			m.draw(e.begin.State[0], e.spread, s)
		}
		all = append(all, e)
	}
	return all, nil
}

// draw moves a state by a draw of its errors: the members differ in what their
// equations make of the same rows, but not in what those leave unknown.
func (m *Model) draw(x []float64, cov *mat.SymDense, s *rand.Rand) {
	var chol mat.Cholesky
	if cov == nil || !chol.Factorize(cov) {
		return
	}
	var L mat.TriDense
	chol.LTo(&L)
	z := make([]float64, len(x))
	for i := range z {
		z[i] = s.NormFloat64()
	}
	for i := range x {
		by := 0.0
		for j := range i + 1 {
			by += L.At(i, j) * z[j]
		}
		f := &m.Parts.Frame
		if c := m.CommonOf(i); c != nil && c.Log { // it stays positive
			if v := (f.Shift[i] + f.Scale[i]*x[i]) / f.Scale[i]; v > 0 {
				by = v * math.Expm1(by/v)
			}
		}
		x[i] += by
	}
}

// scores are those of the columns, nil if the noise of all is constant.
func (m *Model) scores() (all []func(s *noise.Score, y, mu float64)) {
	some := false
	for _, c := range m.NoiseModels {
		all = append(all, c.Scores())
		some = some || all[len(all)-1] != nil
	}
	if !some {
		return nil
	}
	return all
}

// shownPresent is the state of models in discrete time.
func (m *Model) shownPresent(rows *data.Series, t float64, inputs *data.Series) ([][]float64, error) {
	states, err := m.warmUp(rows, inputs)
	if err != nil || t <= rows.T[rows.Len()-1] {
		return states, err
	}
	for j := range states {
		end, status, err := m.Orbit(j, rows.T[rows.Len()-1], states[j], []float64{t}, inputs)
		if err != nil || status != ode.StatusOK {
			return nil, fmt.Errorf("the model cannot be followed to time %g", t)
		}
		states[j] = end
	}
	return states, nil
}

// Orbit is the scaled state of member j at times from x0 at t0, times × states.
func (m *Model) Orbit(j int, t0 float64, x0, times []float64, inputs *data.Series) ([]float64, ode.Status, error) {
	f := &m.Parts.Frame
	n := len(f.States)
	ivp := ode.IVP{Field: m.Parts.NewField(1, false), X0: program.NewBatch(n, 1), T0: []float64{(t0 - f.T0) / f.Time},
		Theta: field.Batch{V: m.Theta[j], Rows: len(m.Theta[j]), Lanes: 1}, Input: m.Input(inputs)}
	for _, t := range times {
		ivp.Times = append(ivp.Times, (t-f.T0)/f.Time)
	}
	copy(ivp.X0.V, x0)
	tr, err := ode.Solve(&ivp, m.Solver)
	if err != nil {
		return nil, 0, err
	}
	NewObserver(m.Parts, 1, false).See(tr, &ivp)
	return tr.X, tr.Status[0], nil
}

// Input is the known inputs and the events of one lane; nil if the model has none.
func (m *Model) Input(inputs *data.Series) field.Input {
	return NewInput(m.Parts, []*data.Series{inputs}, 1, m.Hold)
}

// lookback estimates the present of one member.
type lookback struct {
	m      *Model
	member int
	rows   *data.Series
	t      float64 // of the present
	inputs *data.Series
	sigma  []float64 // noise of each measured state, scaled
	// scores are what values of each measured state cost, nil where their noise is constant; nil
	// itself where it is of all.
	scores  []func(s *noise.Score, y, mu float64)
	fitted  []float64 // scaled states of the fitted trajectory at the last rows (from first on) and at t; nil: there is none
	first   int       // row of the first of fitted
	segment int       // rows that its last segment has, or would have if it went on
	solver  *ode.Solver
	field   field.Field // with tangents
	// tangents takes them through jumps.
	tangents *field.Tangents
	// The same without tangents, for steps that are only tried.
	follower *ode.Solver
	plain    field.Field
	// What is seen of the states, with and without tangents; nil: the states.
	seen, seenPlain *ode.Observer
	// sensitivity does the work of solver where states of earlier times count.
	sensitivity *ode.Sensitivity
	begun       Anchor // where the fitted trajectory begins that leads to the present
	// passed are states along the fitted trajectories of all recordings, once asked for.
	passed [][]float64
}

// chooseWindow asks for the window to be chosen; fittedWindow is the fitted
// trajectory.
const (
	chooseWindow = 0
	fittedWindow = -1
)

// estimate is a present, scaled, as the last rows have it.
type estimate struct {
	x    []float64
	cov  *mat.SymDense // nil: not known
	rows int           // of the window
	from []float64     // state at its first row
	// begin is where the trajectory that leads to x begins, of this member alone, and spread the
	// covariance of its state; nil: not known.
	begin  Anchor
	spread *mat.SymDense
}

func (e *estimate) covariance() []float64 {
	n := len(e.x)
	out := make([]float64, n*n)
	if e.cov == nil {
		for i := range out {
			out[i] = math.NaN()
		}
		return out
	}
	for i := range out {
		out[i] = e.cov.At(i/n, i%n)
	}
	return out
}

func (m *Model) lookBack(member int, rows *data.Series, t float64, rec *Record, inputs *data.Series) (*lookback, error) {
	f := &m.Parts.Frame
	if len(f.Inputs) > 0 {
		if err := m.checkInputs(rows.T[max(0, rows.Len()-presentRows)], t, inputs); err != nil {
			return nil, err
		}
	}
	b := &lookback{m: m, member: member, rows: rows, t: t, inputs: inputs}
	n, d := len(f.States), len(f.States)-len(m.Parts.Start)
	for c := range d {
		s := guessedNoise
		if m.Noise != nil && num.Finite(m.Noise[c]) {
			s = max(finestNoise, m.Noise[c]/f.Scale[c])
		}
		b.sigma = append(b.sigma, s)
	}
	b.scores = m.scores()
	b.plain = m.Parts.NewField(1, false)
	b.seen, b.seenPlain = NewTangentObserver(m.Parts), NewObserver(m.Parts, 1, false)
	var err error
	if m.Parts.Delays != nil {
		b.sensitivity, err = ode.NewSensitivity(b.plain, m.Solver)
	} else {
		b.field, b.tangents = m.Parts.NewTangents(n, 1, false), field.NewTangents(m.Parts.Field, n)
		b.solver, err = ode.NewSolver(b.field, m.Solver)
	}
	if err != nil {
		return nil, err
	}
	if b.follower, err = ode.NewSolver(b.plain, m.Solver); err != nil {
		return nil, err
	}
	return b, b.follow(rec)
}

// follow gives the fitted trajectory of a recording of the model at the last rows.
func (b *lookback) follow(rec *Record) error {
	if rec == nil {
		return nil
	}
	b.first = max(0, b.rows.Len()-presentRows)
	times := append(append([]float64{}, b.rows.T[b.first:]...), b.t)
	n := len(b.m.Parts.Frame.States)
	from := Anchor{T: rec.T0, State: rec.Start}
	next := 0
	var out []float64
	for len(times) > 0 {
		for next < len(rec.Anchors) && rec.Anchors[next].T <= times[0] {
			from, next = rec.Anchors[next], next+1
		}
		k := len(times)
		for next < len(rec.Anchors) && k > 1 && times[k-1] >= rec.Anchors[next].T {
			k--
		}
		x, status, err := b.m.Orbit(b.member, from.T, from.State[b.member], times[:k], b.inputs)
		if err != nil {
			return err
		}
		if status != ode.StatusOK {
			return nil
		}
		out, times = append(out, x[:k*n]...), times[k:]
	}
	b.fitted, b.begun = out, Anchor{T: from.T, State: [][]float64{from.State[b.member]}}
	b.segment = b.rows.Len() - sort.SearchFloat64s(b.rows.T, from.T)
	return nil
}

// states are those along the fitted trajectories of all recordings, integrated once.
func (b *lookback) states() [][]float64 {
	if b.passed == nil {
		b.passed = [][]float64{}
		for i := range b.m.Records {
			b.passed = append(b.passed, b.along(&b.m.Records[i], max(1, mostPassed/len(b.m.Records)))...)
		}
	}
	return b.passed
}

// along are n states of the fitted trajectory of a recording; nil where its inputs are not at
// hand.
func (b *lookback) along(r *Record, n int) (out [][]float64) {
	f := &b.m.Parts.Frame
	if len(f.Inputs) > 0 && b.m.checkInputs(r.T0, r.End, b.inputs) != nil {
		return nil
	}
	times := make([]float64, n)
	for i := range times {
		times[i] = r.T0 + (r.End-r.T0)*float64(i)/float64(n)
	}
	x, status, err := b.m.Orbit(b.member, r.T0, r.Start[b.member], times, b.inputs)
	if err != nil || status != ode.StatusOK {
		return nil
	}
	for i := range times {
		out = append(out, slices.Clone(x[i*len(f.States):(i+1)*len(f.States)]))
	}
	return out
}

// fittedAt is the fitted trajectory at row i, and at t for the number of rows;
// nil if there is none.
func (b *lookback) fittedAt(i int) []float64 {
	n := len(b.m.Parts.Frame.States)
	if k := i - b.first; b.fitted != nil && k >= 0 {
		return b.fitted[k*n : (k+1)*n]
	}
	return nil
}

// present is the state at t by the window of the given number of rows, in which
// another member begins at near, or of the choice described above; nil if there is
// none.
func (b *lookback) present(size int, near []float64) *estimate {
	fit := b.fittedAt(b.rows.Len())
	switch {
	case size == fittedWindow && fit != nil:
		return &estimate{x: fit, rows: fittedWindow, begin: b.begun}
	case size > 0:
		if e := b.estimate(size, near); e != nil {
			return e
		}
	}
	good := b.growing(fit == nil)
	if n := len(good); n > 0 && fit != nil && good[n-1].rows > b.segment {
		fit = nil // its last segment knows fewer rows
	}
	if fit != nil && agree(good, fit) {
		e := &estimate{x: fit, rows: fittedWindow, begin: b.begun}
		if len(good) > 0 {
			e.cov = good[len(good)-1].cov
		}
		return e
	}
	if len(good) == 0 {
		return nil
	}
	return good[len(good)-1]
}

// agree tells that no estimate contradicts a state.
func agree(all []*estimate, x []float64) bool {
	return !slices.ContainsFunc(all, func(e *estimate) bool { return e.contradicts(x) })
}

// growing are estimates from ever more rows, as long as they agree; alone tells that no
// fit knows the present.
func (b *lookback) growing(alone bool) (good []*estimate) {
	all := min(b.rows.Len(), presentRows)
	first := min(b.fewest(), all)
	if b.sensitivity != nil && !b.m.looksAtColumns() { // rows do not say what it was before them
		all, first = b.rows.Len(), b.rows.Len()
	}
	if len(b.m.Parts.Frame.States) > presentStates {
		all = 0
		if alone { // no more than the last row says
			good = []*estimate{b.lastRow()}
		}
	}
	for size := min(first, all); size > 0; size = min(2*size, all) {
		e := b.estimate(size, nil)
		if e == nil || !agree(good, e.x) {
			break
		}
		if good = append(good, e); size == all {
			break
		}
	}
	return good
}

// lastRow is the present as the last row says.
func (b *lookback) lastRow() *estimate {
	x := b.residual(1).rowsSay()
	return &estimate{x: x, rows: chooseWindow, begin: Anchor{T: b.rows.T[b.rows.Len()-1], State: [][]float64{slices.Clone(x)}}}
}

// fewest is how many of the last rows hold as many values as there are states,
// twice as many if some of those are hidden.
func (b *lookback) fewest() int {
	need := len(b.m.Parts.Frame.States)
	if len(b.m.Parts.Start) > 0 {
		need *= 2
	}
	seen := make([]bool, len(b.sigma))
	values, columns := 0, 0
	for k := b.rows.Len() - 1; k >= 0; k-- {
		for c, v := range b.rows.Row(k) {
			if math.IsNaN(v) {
				continue
			}
			values++
			if !seen[c] {
				seen[c] = true
				columns++
			}
		}
		if values >= need && columns == len(seen) {
			return b.rows.Len() - k
		}
	}
	return b.rows.Len()
}

// contradicts tells whether x is too far from the estimate for its errors.
func (e *estimate) contradicts(x []float64) bool {
	var chol mat.Cholesky
	if e.cov == nil || !chol.Factorize(e.cov) {
		return false
	}
	d := mat.NewVecDense(len(x), nil)
	for i := range x {
		if !num.Finite(x[i]) {
			return true
		}
		d.SetVec(i, x[i]-e.x[i])
	}
	var w mat.VecDense
	if chol.SolveVecTo(&w, d) != nil {
		return false
	}
	return mat.Dot(d, &w) > presentSpread*float64(len(x))
}

// estimate is the present by the last rows, size of them; nil if the model
// cannot be followed through them. The search begins at near, the state of another
// member at the first of them, or else at the fitted trajectory or at the rows,
// whichever is nearer to the window.
func (b *lookback) estimate(size int, near []float64) *estimate {
	r := b.residual(size)
	if near != nil {
		if e := r.search(append([]float64{}, near...), memberSteps); e != nil {
			return e
		}
	}
	var best *estimate
	least := math.Inf(1)
	for _, z := range r.guesses() {
		e := r.search(z, presentSteps)
		if e == nil {
			continue
		}
		if b.m.Parts.Observe == nil { // the first that leads somewhere
			return e
		}
		if c := r.cost(e.from); c < least {
			best, least = e, c
		}
	}
	return best
}

// search is the estimate to which steps from z lead, nil if none can be made.
func (w *window) search(z []float64, steps int) *estimate {
	s := opt.NewLM(w.residual(), opt.LM{Damping: 1e-3, MinDamping: 1e-12, MaxDamping: 1e6, Scale: "diagonal", CostTol: 1e-5, Iterations: steps})
	if o := s.Minimise(z); o.Status == opt.Failed {
		return nil
	}
	return w.estimate(z)
}
