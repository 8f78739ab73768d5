package train

import (
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/stat"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// The names of baselines.
const (
	BaselineMean        = "mean"
	BaselinePersistence = "persistence"
	BaselineSeasonal    = "seasonal"
	BaselineLinear      = "linear"
)

// Baselines are the simple forecasts beside which a model of p is shown, fitted to
// the training rows alone, without scores: always saying the mean; staying at the
// last row; repeating the last period, if the rows have one; and a linear model.
func Baselines(p *Problem) []Baseline {
	out := []Baseline{p.meanBaseline(), {Name: BaselinePersistence, Note: "the last value", run: persist}}
	if b, ok := p.seasonalBaseline(); ok {
		out = append(out, b)
	}
	if b, ok := p.linearBaseline(); ok {
		out = append(out, b)
	}
	return out
}

// scoredBaselines are the baselines with their scores on the held-out rows.
func (p *Problem) scoredBaselines(variance []float64) ([]Baseline, error) {
	all := Baselines(p)
	for i := range all {
		h, err := p.heldOut(baselineForecaster{&all[i]}, variance)
		if err != nil {
			return nil, err
		}
		all[i].Scores, all[i].Rolling, all[i].Horizons = h.Scores, h.Rolling, h.Horizons
	}
	return all, nil
}

type baselineForecaster struct{ b *Baseline }

func (o baselineForecaster) forecast(_ int, past, ahead *data.Series) ([]float64, string, error) {
	return o.b.Run(past, ahead), "", nil
}

func (p *Problem) meanBaseline() Baseline {
	mean := data.NewMoments(p.Train...).Mean
	return Baseline{Name: BaselineMean, Note: "of the training rows", run: func(_, future *data.Series) []float64 {
		var out []float64
		for range future.T {
			out = append(out, mean...)
		}
		return out
	}}
}

func persist(history, future *data.Series) []float64 {
	d := len(history.Names)
	last := make([]float64, d)
	for c := range last {
		last[c] = newLine(history.T, history.Column(c)).at(math.Inf(1))
	}
	var out []float64
	for range future.T {
		out = append(out, last...)
	}
	return out
}

// line joins the known values of a column by straight lines; before the first and
// after the last it is level.
type line struct{ t, y []float64 }

func newLine(t, y []float64) line {
	var l line
	for k, v := range y {
		if !math.IsNaN(v) {
			l.t, l.y = append(l.t, t[k]), append(l.y, v)
		}
	}
	return l
}

// at is the value at time t; NaN if nothing is known.
func (l line) at(t float64) float64 {
	k := sort.SearchFloat64s(l.t, t)
	switch {
	case len(l.t) == 0:
		return math.NaN()
	case k == 0:
		return l.y[0]
	case k == len(l.t):
		return l.y[k-1]
	}
	w := (t - l.t[k-1]) / (l.t[k] - l.t[k-1])
	return l.y[k-1] + w*(l.y[k]-l.y[k-1])
}

// held is the value of the last known row at or before t.
func (l line) held(t float64) float64 {
	k := sort.Search(len(l.t), func(i int) bool { return l.t[i] > t+model.Rounding*math.Abs(t) })
	if len(l.t) == 0 {
		return math.NaN()
	}
	return l.y[max(0, k-1)]
}

// apart is the distance of the known values on both sides of t; 0 at one, +Inf
// before the first and after the last.
func (l line) apart(t, slack float64) float64 {
	k := sort.SearchFloat64s(l.t, t-slack)
	switch {
	case k < len(l.t) && l.t[k] <= t+slack:
		return 0
	case k == 0 || k == len(l.t):
		return math.Inf(1)
	}
	return l.t[k] - l.t[k-1]
}

// mesh is a regular grid in time on which baselines work.
type mesh struct {
	step float64
	even bool // the rows lie on it
}

// mesh is the grid of the usual distance of rows, or of their mean distance where
// that would have far more points than there are rows.
func (p *Problem) mesh() mesh {
	var steps []float64
	span, rows := 0.0, 0.0
	for _, s := range p.Train {
		for k := 1; k < s.Len(); k++ {
			steps = append(steps, s.T[k]-s.T[k-1])
		}
		span, rows = span+s.T[s.Len()-1]-s.T[0], rows+float64(s.Len()-1)
	}
	sort.Float64s(steps)
	usual := steps[len(steps)/2]
	if span/usual > sparsest*rows {
		return mesh{step: span / rows}
	}
	count := 0.0
	for _, d := range steps {
		count += math.Max(1, math.Round(d/usual))
	}
	g := mesh{step: span / count, even: true}
	for _, s := range p.Train {
		for _, t := range s.T {
			q := (t - s.T[0]) / g.step
			g.even = g.even && math.Abs(q-math.Round(q)) <= unsteady
		}
	}
	if !g.even {
		g.step = usual
	}
	return g
}

// sparsest is how many points a row a grid may have.
const sparsest = 4

// note says what was done to rows that are not regular.
func (g mesh) note() string {
	if g.even {
		return ""
	}
	return fmt.Sprintf(", rows put at regular times %.4g apart by straight lines", g.step)
}

const (
	leastSeason = 0.3 // autocorrelation of a period
	fewestCycle = 2   // periods that the training rows must hold
)

// seasonalBaseline repeats the last period: the lag of the first peak of the
// autocorrelation behind its first zero, all columns together, without the straight line through
// each: beside a trend the first year would not count.
func (p *Problem) seasonalBaseline() (Baseline, bool) {
	g := p.mesh()
	longest := 0
	for _, s := range p.Train {
		longest = max(longest, 1+int((s.T[s.Len()-1]-s.T[0])/g.step+1e-6))
	}
	most := min(longest/fewestCycle, 4096)
	acf := make([]float64, most+2)
	weight := make([]float64, most+2)
	m := data.NewMoments(p.Train...)
	for _, s := range p.Train {
		n := 1 + int((s.T[s.Len()-1]-s.T[0])/g.step+1e-6)
		for c := range s.Names {
			if !(m.SD[c] > 0) {
				continue
			}
			l := newLine(s.T, s.Column(c))
			y := make([]float64, n)
			for k := range y {
				y[k] = (l.at(s.T[0]+float64(k)*g.step) - m.Mean[c]) / m.SD[c]
			}
			if !withoutLine(y) {
				continue
			}
			addProducts(acf, y)
			for lag := 0; lag < len(weight) && lag < n; lag++ {
				weight[lag] += float64(n - lag)
			}
		}
	}
	lag := peak(acf, weight, most)
	if lag == 0 {
		return Baseline{}, false
	}
	period := lag * g.step
	return Baseline{Name: BaselineSeasonal, Note: fmt.Sprintf("the last period of %.4g again", period), run: func(history, future *data.Series) []float64 {
		return repeat(history, future, period)
	}}, true
}

// withoutLine takes the straight line through values at regular times away; false: nothing is left.
func withoutLine(y []float64) bool {
	at := make([]float64, len(y))
	for k := range at {
		at[k] = float64(k)
	}
	begin, slope := stat.LinearRegression(at, y, nil, false)
	sum := 0.0
	for k := range y {
		y[k] -= begin + slope*at[k]
		sum += y[k] * y[k]
	}
	return math.Sqrt(sum/float64(len(y))) > lineDust
}

// lineDust is what rounding may leave of a straight line, in its deviations.
const lineDust = 1e-9

// directly is how many products are added one by one; more go through a Fourier
// transform, whose cost hardly depends on the lags.
const directly = 1 << 24

// addProducts adds Σ y_k·y_{k−lag} to each lag of sum.
func addProducts(sum, y []float64) {
	n := len(y)
	if len(sum)*n <= directly {
		for lag := 0; lag < len(sum) && lag < n; lag++ {
			for k := lag; k < n; k++ {
				sum[lag] += y[k] * y[k-lag]
			}
		}
		return
	}
	long := 1
	for long < n+len(sum) { // so that nothing wraps around
		long *= 2
	}
	padded := make([]float64, long)
	copy(padded, y)
	fft := fourier.NewFFT(long)
	power := fft.Coefficients(nil, padded)
	for i, v := range power {
		power[i] = complex(real(v)*real(v)+imag(v)*imag(v), 0)
	}
	fft.Sequence(padded, power)
	for lag := 0; lag < len(sum) && lag < n; lag++ {
		sum[lag] += padded[lag] / float64(long)
	}
}

// peak is the lag of the first peak behind the first zero, by a parabola through
// its neighbours; 0 if there is none high enough.
func peak(acf, weight []float64, most int) float64 {
	r := func(k int) float64 { return acf[k] / weight[k] }
	k := 1
	for k <= most && r(k) > 0 {
		k++
	}
	best := 0
	for ; k <= most; k++ {
		if r(k) > r(k-1) && r(k) >= r(k+1) && r(k) >= leastSeason*r(0) {
			best = k
			break
		}
	}
	if best == 0 {
		return 0
	}
	a, b, c := r(best-1), r(best), r(best+1)
	if den := a - 2*b + c; den < 0 {
		return float64(best) + (a-c)/(2*den)
	}
	return float64(best)
}

func repeat(history, future *data.Series, period float64) []float64 {
	d := len(history.Names)
	var lines []line
	for c := range d {
		lines = append(lines, newLine(history.T, history.Column(c)))
	}
	end := history.T[history.Len()-1]
	var out []float64
	for _, t := range future.T {
		back := period * math.Ceil((t-end)/period*(1-1e-9))
		for c := range d {
			out = append(out, lines[c].at(t-back))
		}
	}
	return out
}
