package filter

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/linear"
)

// Noise is what a filter takes for chance: Q (n × n) is the intensity of white noise in
// the states, per unit of time, R the variance of each measured value. The measured
// columns are the first states.
type Noise struct {
	Q, R []float64
	// Like has, of a measured value whose noise is another, what it costs where mu is expected, with
	// slope and expected curvature by mu; nil: R says all, of that column or of all.
	Like []func(y, mu float64) (cost, slope, info float64)
}

// State is a state at a time and its covariance, n × n.
type State struct {
	T    float64   `json:"t"`
	X    []float64 `json:"x"`
	P    []float64 `json:"p"`
	Rows int       `json:"rows"` // taken in
	// LogLikelihood is that of all rows but the state at first; Surprise the sum of
	// squared innovations in their own deviations and Values their number: their ratio
	// is about 1 where the filter knows its errors.
	LogLikelihood float64 `json:"log_likelihood"`
	Surprise      float64 `json:"surprise"`
	Values        int     `json:"values"`
}

// Clone is a copy that shares nothing.
func (s *State) Clone() *State {
	c := *s
	c.X, c.P = append([]float64{}, s.X...), append([]float64{}, s.P...)
	return &c
}

// Check refuses what is no state of a system of n states: numbers that are none, counts
// below 0, and a covariance that is not symmetric, or not positive but for rounding.
func (s *State) Check(n int) error {
	switch {
	case len(s.X) != n || len(s.P) != n*n:
		return fmt.Errorf("%d states and a covariance of %d numbers do not fit a system of %d states", len(s.X), len(s.P), n)
	case !num.AllFinite(s.X) || !num.AllFinite(s.P) || !num.AllFinite([]float64{s.T, s.LogLikelihood, s.Surprise}):
		return fmt.Errorf("its state holds what is no number")
	case s.Rows < 0 || s.Values < 0 || s.Surprise < 0:
		return fmt.Errorf("a count of its state is below 0")
	}
	largest := 0.0
	for i := range n {
		if s.P[i*n+i] < 0 {
			return fmt.Errorf("the variance of state %d is %g", i+1, s.P[i*n+i])
		}
		largest = max(largest, s.P[i*n+i])
	}
	p := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			if math.Abs(s.P[i*n+j]-s.P[j*n+i]) > rounding*largest {
				return fmt.Errorf("the covariance of its state is not symmetric")
			}
			p.SetSym(i, j, s.P[i*n+j])
		}
		p.SetSym(i, i, s.P[i*n+i]+float64(n)*rounding*largest+math.SmallestNonzeroFloat64)
	}
	if n > 0 && largest > 0 && !new(mat.Cholesky).Factorize(p) {
		return fmt.Errorf("the covariance of its state is not positive")
	}
	return nil
}

// rounding is what sums of a covariance may be off, in parts of its largest variance.
const rounding = 1e-9

// Filter follows a system row by row.
type Filter struct {
	System    System
	Noise     Noise
	Unscented bool // by sigma points; else by exact tangents (extended)
	*State
	// Innovation has, of each measured column, how far the last row was from what was
	// expected, in deviations; NaN where nothing was measured.
	Innovation []float64

	cross []float64 // n × n: covariance of the state before the last step with that behind it
	prior *State    // behind the last step, before its row
}

// New is a filter that begins at a state.
func New(s System, noise Noise, at *State) (*Filter, error) {
	n := s.Dim()
	if len(at.X) != n || len(at.P) != n*n || len(noise.Q) != n*n || len(noise.R) > n {
		return nil, fmt.Errorf("the system has %d states; those of the state, its covariance and the noise do not fit", n)
	}
	return &Filter{System: s, Noise: noise, State: at.Clone(), Innovation: make([]float64, len(noise.R)), cross: make([]float64, n*n)}, nil
}

// Row goes to time t and takes in a row y, NaN where nothing was measured.
func (f *Filter) Row(t float64, y []float64) error {
	if err := f.Predict(t); err != nil {
		return err
	}
	return f.Update(y)
}

// Predict goes to time t.
func (f *Filter) Predict(t float64) error {
	if t < f.T {
		return fmt.Errorf("time %g is before %g, where the filter is", t, f.T)
	}
	n := len(f.X)
	if t == f.T {
		copy(f.cross, f.P)
		f.prior = f.State.Clone()
		return nil
	}
	noise := make([]float64, n*n)
	if err := f.gather(noise, t); err != nil {
		return err
	}
	step := f.extended
	if f.Unscented {
		step = f.unscented
	}
	x, p, err := step(t)
	if err != nil {
		return err
	}
	for i := range p {
		p[i] += noise[i]
	}
	symmetric(p, n)
	f.X, f.P, f.T = x, p, t
	f.prior = f.State.Clone()
	return nil
}

// gather is the noise of the states until t, by their rates where they are.
func (f *Filter) gather(dst []float64, t float64) error {
	any := false
	for _, v := range f.Noise.Q {
		any = any || v != 0
	}
	if !any {
		return nil
	}
	n := len(f.X)
	rates := make([]float64, n*n)
	if err := f.System.Rates(rates, f.X, f.T); err != nil {
		return err
	}
	linear.Gather(dst, rates, f.Noise.Q, n, t-f.T)
	return nil
}

func (f *Filter) extended(t float64) (x, p []float64, err error) {
	n := len(f.X)
	x, left, out, err := carry(f.System, f.State, t)
	if err != nil {
		return nil, nil, err
	}
	for i := range n {
		for k := range n {
			f.cross[i*n+k] = left.At(k, i) // P·Jᵀ
		}
	}
	return x, out.RawMatrix().Data, nil
}

// carry takes a state along tangents J to time t: where it is, J·P and J·P·Jᵀ.
func carry(s System, at *State, t float64) (x []float64, left, cov *mat.Dense, err error) {
	n := len(at.X)
	x, jac := make([]float64, n), make([]float64, n*n)
	if err := s.Advance(x, jac, at.X, at.T, t); err != nil {
		return nil, nil, nil, err
	}
	j := mat.NewDense(n, n, jac)
	left, cov = new(mat.Dense), new(mat.Dense)
	left.Mul(j, mat.NewDense(n, n, at.P))
	cov.Mul(left, j.T())
	return x, left, cov, nil
}

// Seen is a state with what the system shows of it at the same time in the columns that only
// show states, and the covariance that follows.
func Seen(s System, at *State) (*State, error) {
	x, _, cov, err := carry(s, at, at.T)
	if err != nil {
		return nil, err
	}
	return &State{T: at.T, X: x, P: cov.RawMatrix().Data}, nil
}

// Update takes in a row. Where the noise of a value is not normal with a constant variance, it counts
// as one that is, of the slope and the information of its likelihood at the state behind the row
// (Fisher's scoring), which is found by repetition.
func (f *Filter) Update(y []float64) error {
	seen := f.seen(y)
	f.Rows++
	if len(seen) == 0 {
		return nil
	}
	row := &measured{f: f, y: y, at: seen, target: make([]float64, len(seen)), r: make([]float64, len(seen))}
	x := f.X
	alike := row.around(x)
	for a, i := range seen { // as expected, before anything is corrected
		f.Innovation[i] = (row.target[a] - f.X[i]) / math.Sqrt(f.P[i*len(x)+i]+row.r[a])
	}
	next, err := row.solve()
	for k := 0; err == nil && !alike && k < mostScoring; k++ {
		change := 0.0
		for _, i := range seen {
			change = max(change, math.Abs(next[i]-x[i])/math.Sqrt(max(f.P[i*len(x)+i], math.SmallestNonzeroFloat64)))
		}
		if change < scoringSettled {
			break
		}
		if k > mostScoring/2 { // it goes to and fro
			for i := range next {
				next[i] = (next[i] + x[i]) / 2
			}
		}
		x = next
		row.around(x)
		next, err = row.solve()
	}
	if err != nil {
		return err
	}
	f.LogLikelihood += row.logLikelihood()
	f.Surprise, f.Values = f.Surprise+row.surprise, f.Values+len(seen)
	f.X = next
	f.joseph(&row.gain, seen, row.r)
	return nil
}

// seen are the columns of y that were measured; no innovation is known yet.
func (f *Filter) seen(y []float64) (seen []int) {
	for i := range f.Innovation {
		f.Innovation[i] = math.NaN()
		if i < len(y) && !math.IsNaN(y[i]) {
			seen = append(seen, i)
		}
	}
	return seen
}

// mostScoring is how often a row is taken in, and scoringSettled a change, in deviations of the state
// before it, that is none.
const (
	mostScoring    = 30
	scoringSettled = 1e-9
)

// measured are the values of a row as normal ones: what was seen and its variance.
type measured struct {
	f         *Filter
	y         []float64
	at        []int
	target, r []float64
	constant  float64 // of the logarithm of the likelihood, beside that of the normal ones

	e        *mat.VecDense
	surprise float64
	logDet   float64
	gain     mat.Dense // measured values × states
}

// around takes values for normal ones by their likelihoods at the state x; alike tells that these do
// not depend on it.
func (m *measured) around(x []float64) (alike bool) {
	alike, m.constant = true, 0
	for a, i := range m.at {
		m.target[a], m.r[a] = m.y[i], m.f.Noise.R[i]
		if m.f.Noise.Like == nil || m.f.Noise.Like[i] == nil {
			continue
		}
		alike = false
		cost, slope, info := m.f.Noise.Like[i](m.y[i], x[i])
		info = max(info, math.SmallestNonzeroFloat64)
		m.target[a], m.r[a] = x[i]-slope/info, 1/info
		m.constant += -cost + (math.Log(2*math.Pi*m.r[a])+slope*slope/info)/2
	}
	return alike
}

// solve is the state that follows from the one before the row.
func (m *measured) solve() (x []float64, err error) {
	f, n, k := m.f, len(m.f.X), len(m.at)
	s := mat.NewSymDense(k, nil)
	m.e = mat.NewVecDense(k, nil)
	pc := mat.NewDense(n, k, nil) // P·Hᵀ
	for a, i := range m.at {
		m.e.SetVec(a, m.target[a]-f.X[i])
		for b, j := range m.at[:a+1] {
			s.SetSym(a, b, (f.P[i*n+j]+f.P[j*n+i])/2)
			if i == j {
				s.SetSym(a, a, f.P[i*n+i]+m.r[a])
			}
		}
		for l := range n {
			pc.Set(l, a, f.P[l*n+i])
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(s) {
		return nil, fmt.Errorf("the covariance of the filter at time %g is not positive", f.T)
	}
	var w mat.VecDense
	if err := chol.SolveVecTo(&w, m.e); err != nil {
		return nil, err
	}
	m.surprise, m.logDet = mat.Dot(m.e, &w), chol.LogDet()
	if err := chol.SolveTo(&m.gain, pc.T()); err != nil {
		return nil, err
	}
	x = append([]float64{}, f.X...)
	for l := range n {
		for a := range k {
			x[l] += m.gain.At(a, l) * m.e.AtVec(a)
		}
	}
	return x, nil
}

// logLikelihood is that of the row: of normal values exactly, of others by Laplace's approximation at
// the state behind it.
func (m *measured) logLikelihood() float64 {
	return m.constant - (m.logDet+m.surprise+float64(len(m.at))*math.Log(2*math.Pi))/2
}

// joseph is the covariance behind a row, (1−KH)·P·(1−KH)ᵀ + K·R·Kᵀ, which stays positive.
func (f *Filter) joseph(gain *mat.Dense, seen []int, r []float64) {
	n := len(f.X)
	keep := mat.NewDense(n, n, nil)
	for i := range n {
		keep.Set(i, i, 1)
	}
	for a, i := range seen {
		for k := range n {
			keep.Set(k, i, keep.At(k, i)-gain.At(a, k))
		}
	}
	var left, out mat.Dense
	left.Mul(keep, mat.NewDense(n, n, f.P))
	out.Mul(&left, keep.T())
	p := out.RawMatrix().Data
	for a := range seen {
		for k := range n {
			for l := range n {
				p[k*n+l] += gain.At(a, k) * r[a] * gain.At(a, l)
			}
		}
	}
	symmetric(p, n)
	f.P = p
}

func symmetric(p []float64, n int) {
	for i := range n {
		for j := range i {
			v := (p[i*n+j] + p[j*n+i]) / 2
			p[i*n+j], p[j*n+i] = v, v
		}
	}
}
