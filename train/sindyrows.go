package train

import (
	"errors"
	"fmt"
	"math"
	"sort"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// slopeRows are linear equations for the coefficients c of a library, in user
// units: row k says Σ_j A[k*terms+j]·c_ij = B[i][k] for each state i. The
// errors of a state's rows have, up to a factor, the covariance whose factor is
// noise[i]; nil if they are taken as independent.
type slopeRows struct {
	n     int
	a     []float64
	b     [][]float64
	noise []*num.BandCholesky
}

// differential has a row for every row of a recording at which all columns are
// seen: the terms and slopes of the smoothing splines there.
func (l *library) differential(rec int) slopeRows {
	s := &l.p.Train[rec]
	r, blind := slopeRows{b: make([][]float64, l.states)}, l.p.blind(rec)
	for _, t := range s.T {
		if anyWithin(blind, l.scaled(t)) {
			continue
		}
		r.n++
		r.a = append(r.a, l.values(rec, t, l.p.Splines[rec])...)
		for c := range l.states {
			r.b[c] = append(r.b[c], l.unit(c)*l.p.Splines[rec][c].Derivative(l.scaled(t)))
		}
	}
	return r
}

// unit is one unit of the slope of state c in scaled units.
func (l *library) unit(c int) float64 { return l.p.Parts.Frame.Scale[c] / l.p.Parts.Frame.Time }

func (l *library) scaled(t float64) float64 {
	return (t - l.p.Parts.Frame.T0) / l.p.Parts.Frame.Time
}

// values are the terms at the state of the splines and the inputs at time t,
// user units. The slice is reused.
func (l *library) values(rec int, t float64, sps []*num.Spline) []float64 {
	f := &l.p.Parts.Frame
	l.at[0] = l.scaled(t)
	for c, sp := range sps {
		l.x[c] = f.Shift[c] + f.Scale[c]*sp.At(l.at[0])
	}
	if l.inputs[rec] != nil {
		l.inputs[rec].At(l.u, l.at)
		for c, v := range l.u.V {
			l.x[l.states+c] = f.UShift[c] + f.UScale[c]*v
		}
	}
	for j := range l.terms {
		l.v[j] = l.terms[j].At(l.x)
	}
	return l.v
}

// The test functions are φ(τ) = (1−τ²)⁴ over |τ| < 1, the ratio of a window to
// its radius, divided by their integral.
const (
	bumpPower    = 4
	bumpIntegral = 256.0 / 315
)

func bump(tau float64) float64 {
	if tau*tau >= 1 {
		return 0
	}
	return math.Pow(1-tau*tau, bumpPower) / bumpIntegral
}

func bumpSlope(tau float64) float64 {
	if tau*tau >= 1 {
		return 0
	}
	return -2 * bumpPower * tau * math.Pow(1-tau*tau, bumpPower-1) / bumpIntegral
}

// gauss are the nodes and weights of Gauss's rule on [−1, 1], exact for
// polynomials of degree 7.
var gauss = [4][2]float64{
	{-0.8611363115940526, 0.3478548451374538}, {-0.3399810435848563, 0.6521451548625461},
	{0.3399810435848563, 0.6521451548625461}, {0.8611363115940526, 0.3478548451374538},
}

// weak has a row for every window of the given radius: with φ its test
// function, the terms Σ_j c_j ∫φ θ_j(x) dt against −∫φ′ x dt, where x is the
// interpolated recording. As φ vanishes at both ends this is the equation
// integrated by parts: nothing that is noisy is differentiated, and noise is
// averaged by linear weights instead of smoothed away with what it hides.
//
// Source: Messenger, Bortz, Multiscale Model. Simul. 19 (2021) 1474–1497.
func (l *library) weak(rec int, radius float64) (slopeRows, error) {
	s := &l.p.Train[rec]
	r := slopeRows{b: make([][]float64, l.states), noise: make([]*num.BandCholesky, l.states)}
	centres, err := l.windows(s, radius)
	if err != nil {
		return r, err
	}
	r.n = len(centres)
	if r.n == 0 {
		return r, nil
	}
	raw, err := l.interpolated(rec)
	if err != nil {
		return r, err
	}
	m, scaled := len(l.terms), make([]float64, l.states) // a constant shift has no slope
	r.a = make([]float64, r.n*m)
	for c := range r.b {
		r.b[c] = make([]float64, r.n)
	}
	first := 0
	for i := 1; i < s.Len(); i++ {
		if i%askEvery == 0 && l.stop() {
			return r, errStopped
		}
		half, mid := (s.T[i]-s.T[i-1])/2, (s.T[i]+s.T[i-1])/2
		for first < r.n && centres[first]+radius <= s.T[i-1] {
			first++
		}
		for _, g := range gauss {
			t, w := mid+half*g[0], half*g[1]/radius
			terms := l.values(rec, t, raw)
			for c := range l.states {
				scaled[c] = l.unit(c) * l.p.Parts.Frame.Time * raw[c].At(l.at[0])
			}
			for k := first; k < r.n && centres[k]-radius < t; k++ {
				r.add(k, (t-centres[k])/radius, w, radius, terms, scaled)
			}
		}
	}
	for c := range l.states {
		r.noise[c] = l.covariance(s, c, centres, radius)
	}
	return r, nil
}

// add adds what a time contributes to window k: it lies at tau in it and has the weight w.
func (r *slopeRows) add(k int, tau, w, radius float64, terms, scaled []float64) {
	phi, row := w*bump(tau), r.a[k*len(terms):]
	for j, v := range terms {
		row[j] += phi * v
	}
	for c := range r.b {
		r.b[c][k] -= w / radius * bumpSlope(tau) * scaled[c]
	}
}

// Windows overlap, as neighbouring ones know different things; a window with
// too few rows, or with a gap that is large beside it, says nothing.
const (
	windowsPerRadius = 4
	windowRows       = 5
	windowGap        = 0.3 // of the radius, or
	windowMissing    = 2.2 // steps, if that is more
	mostWindows      = 4e6 // of a recording, filled or not
	askEvery         = 1 << 10
)

// windows are the centres of the windows of a recording.
func (l *library) windows(s *data.Series, radius float64) ([]float64, error) {
	var centres []float64
	end, gap := s.T[s.Len()-1], max(windowGap*radius, windowMissing*s.Step())
	if n := (end - s.T[0]) / radius * windowsPerRadius; !(n <= mostWindows) {
		return nil, l.tooMany(s, n)
	}
	for k := 0; ; k++ {
		if k%askEvery == 0 && k > 0 && l.stop() {
			return nil, errStopped
		}
		t := s.T[0] + radius*(1+float64(k)/windowsPerRadius)
		if t+radius > end*(1+1e-12) {
			return centres, nil
		}
		if l.filled(s, t-radius, t+radius, gap) {
			centres = append(centres, t)
		}
	}
}

// filled tells whether every column has enough values from a to b, none further
// than gap from the next.
func (l *library) filled(s *data.Series, a, b, gap float64) bool {
	for c := range l.states {
		rows, last := 0, a
		for i := sort.SearchFloat64s(s.T, a); i < s.Len() && s.T[i] <= b; i++ {
			t := s.T[i]
			if math.IsNaN(s.Row(i)[c]) {
				continue
			}
			if t-last > gap {
				return false
			}
			rows, last = rows+1, t
		}
		if rows < windowRows || b-last > gap {
			return false
		}
	}
	return true
}

// interpolated are the splines through the rows of a recording, scaled units.
func (l *library) interpolated(rec int) ([]*num.Spline, error) {
	var all []*num.Spline
	for c := range l.states {
		t, y := model.ScaledColumn(&l.p.Train[rec], c, &l.p.Parts.Frame)
		sp, err := num.SmoothSpline(t, y, 0)
		if err != nil {
			return nil, err
		}
		sp.Linear = true
		all = append(all, sp)
	}
	return all, nil
}

// sluggish is how fast the slope is taken to follow an error of the state, per
// unit of scaled time, in the covariance of windows.
const sluggish = 3

// covariance factors that of −∫φ′ε dt and of sluggish·∫φε dt, what the noise ε
// does to a slope and to terms, over windows, if the values of column c have
// independent errors of equal size. The integrals are the trapezium rule.
func (l *library) covariance(s *data.Series, c int, centres []float64, radius float64) *num.BandCholesky {
	var t, w []float64
	for i, v := range s.T {
		if !math.IsNaN(s.Row(i)[c]) {
			t = append(t, v)
		}
	}
	for i := range t {
		w = append(w, (t[min(i+1, len(t)-1)]-t[max(i-1, 0)])/2)
	}
	rate := sluggish * radius / l.p.Parts.Frame.Time // the slope of φ is that by τ
	b := num.NewBandCholesky(len(centres), 2*windowsPerRadius-1)
	for k, at := range centres {
		for j := max(0, k-b.Width); j <= k; j++ {
			sum := 0.0
			for i := sort.SearchFloat64s(t, at-radius); i < len(t) && t[i] < centres[j]+radius; i++ {
				v := t[i]
				sum += w[i] * w[i] * (bumpSlope((v-at)/radius)*bumpSlope((v-centres[j])/radius) + rate*rate*bump((v-at)/radius)*bump((v-centres[j])/radius))
			}
			if j == k {
				sum *= 1 + 1e-6 // windows that share their few rows
			}
			b.Set(k, j, sum)
		}
	}
	if !b.Factor() {
		return nil
	}
	return b
}

// errStopped says that the context ended.
var errStopped = errors.New("sindy: it was stopped")

// errTooMany says that a recording is far longer than its windows.
var errTooMany = errors.New("the windows are far too short beside the recordings, whose times are perhaps uneven")

func (l *library) tooMany(s *data.Series, n float64) error {
	return fmt.Errorf("sindy: %w: %.2g windows of %.4g would lie in the %.4g of a recording, and %.0g are the limit; give a longer window=, or form=slopes",
		errTooMany, n, 2*l.radius, s.T[s.Len()-1]-s.T[0], float64(mostWindows))
}

// errTooShort says that a recording has no window.
var errTooShort = errors.New("the recordings are too short, or have too few rows, for windows")

func (l *library) tooShort(radius float64) error {
	return fmt.Errorf("sindy: %w: a window of the weak form lasts %.4g and needs at least %d values of each column, without large gaps; give another window=, or leave it out",
		errTooShort, 2*radius, windowRows)
}

// newInputs are the measured inputs of each recording, nil where there are none.
func newInputs(p *Problem) []field.Input {
	in := make([]field.Input, len(p.Train))
	for rec := range p.Train {
		in[rec] = p.alone(&p.Train[rec])
	}
	return in
}
