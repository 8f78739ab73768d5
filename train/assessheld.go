package train

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// forecaster forecasts the rows of a recording behind an origin from the rows up
// to it: its last row is the origin. err says why a forecast is impossible; one
// that ends early lacks rows.
type forecaster interface {
	forecast(rec int, past, ahead *data.Series) (x []float64, failed string, err error)
}

// modelForecaster forecasts with a model of one member from the present state.
type modelForecaster struct{ m *model.Model }

func (o modelForecaster) forecast(rec int, past, ahead *data.Series) ([]float64, string, error) {
	all := join(*past, *ahead)
	origin := past.T[past.Len()-1]
	var known *model.Record
	if rec < len(o.m.Records) {
		known = &o.m.Records[rec]
	}
	from, err := o.m.GoOn(past, origin, known, &all)
	if err != nil {
		return nil, err.Error(), nil
	}
	f, err := from.Forecast(past.ID, ahead.T, &all)
	if err != nil {
		return nil, "", err
	}
	return f.X, f.Failed, nil
}

// alongFit goes on along the fitted trajectory, whatever the rows are: that of a quantile is
// beside them.
type alongFit struct{ m *model.Model }

func (o alongFit) forecast(rec int, past, ahead *data.Series) ([]float64, string, error) {
	if rec >= len(o.m.Records) { // of a recording that it was not fitted to, nothing else is known
		return modelForecaster(o).forecast(rec, past, ahead)
	}
	all := join(*past, *ahead)
	f, err := o.m.Forecast(rec, ahead.T, &all)
	if err != nil {
		return nil, "", err
	}
	return f.X, f.Failed, nil
}

const (
	mostOrigins  = 24 // of all recordings together, beside the first of each
	fewestBehind = 3  // rows behind an origin
	horizonBins  = 6
)

// origins are the numbers of the n held-out rows of one of so many recordings that lie before each
// of most origins, or fewer, ascending, beginning with 0.
func origins(n, recordings, most int) []int {
	count := min(n/fewestBehind, max(1, most/recordings))
	out := []int{0}
	for j := 1; j < count; j++ {
		if k := j * (n - fewestBehind) / max(1, count-1); k > out[len(out)-1] {
			out = append(out, k)
		}
	}
	return out
}

// heldOut forecasts the held-out rows from all origins.
func (p *Problem) heldOut(o forecaster, variance []float64) (*HeldOut, error) {
	out := &HeldOut{}
	values, unknown := p.heldBelow()
	out.Silent = values > 0 && unknown == values
	tests := p.tests()
	out.Recordings, out.Cut = len(p.Apart), len(p.Apart) > 0 && p.HeldWindows > 0
	names := p.Train[0].Names
	below := p.Below()
	first, all := p.scorer(variance), p.scorer(variance)
	bins := p.bins(tests, variance)
	var each []float64 // mean squared relative error of each window
	most := mostOrigins
	if p.long() {
		most = longOrigins
	}
	for i, test := range tests {
		s, rec := test.rows, i
		if p.Held == nil { // behind those of the model
			rec += len(p.Train)
		}
		out.Rows += s.Len() - test.known
		for _, skip := range origins(s.Len()-test.known, len(tests), most) {
			at := test.known + skip
			past, ahead := s.Slice(0, at), s.Slice(at, s.Len())
			x, failed, err := o.forecast(rec, &past, &ahead)
			if err != nil {
				return nil, err
			}
			w := Window{Rec: rec, Origin: past.T[at-1], T: ahead.T, Failed: failed, Err: make([]float64, len(ahead.X))}
			one := p.scorer(variance)
			missing := nans(len(names))
			for i := range ahead.T {
				got, want := missing, ahead.Row(i)
				if (i+1)*len(names) <= len(x) {
					got = x[i*len(names) : (i+1)*len(names)]
				}
				for c := range got {
					w.Err[i*len(names)+c] = data.Off(got[c], want[c], data.LimitOf(below, c))
				}
				one.Add(got, want)
				all.Add(got, want)
				if skip == 0 {
					first.Add(got, want)
				}
				bins.add(ahead.T[i]-w.Origin, got, want)
			}
			if skip == 0 && failed != "" {
				out.Failed = failed
			}
			v := one.Scores().NRMSE
			each = append(each, v*v)
			out.Windows = append(out.Windows, w)
		}
	}
	out.Origins, out.Scores, out.Rolling, out.Horizons = len(out.Windows), first.Scores(), all.Scores(), bins.horizons()
	out.Error = scatter(each) / (2 * out.Rolling.NRMSE)
	return out, nil
}

func nans(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// scatter is the standard error of the mean of v; NaN of fewer than three.
func scatter(v []float64) float64 {
	if len(v) < 3 {
		return math.NaN()
	}
	mean, square := 0.0, 0.0
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		square += (x - mean) * (x - mean)
	}
	return math.Sqrt(square / float64(len(v)-1) / float64(len(v)))
}

// bins collect errors by distance from the origin.
type bins struct {
	edges  []float64 // upper ones
	scorer []*data.Scorer
	rows   []int
}

// bins are the parts of the longest horizon, each twice as long as the one
// before.
func (p *Problem) bins(tests []unseenRows, variance []float64) *bins {
	longest := 0.0
	for _, s := range tests {
		longest = max(longest, s.rows.T[s.rows.Len()-1]-s.rows.T[s.known-1])
	}
	b := &bins{}
	for i := range horizonBins {
		b.edges = append(b.edges, longest*math.Pow(2, float64(i+1-horizonBins)))
		b.scorer = append(b.scorer, p.scorer(variance))
		b.rows = append(b.rows, 0)
	}
	return b
}

func (b *bins) add(h float64, got, want []float64) {
	i := 0
	for i+1 < len(b.edges) && h > b.edges[i]*(1+1e-9) {
		i++
	}
	b.rows[i]++
	b.scorer[i].Add(got, want)
}

// horizons are the parts that have rows; an empty one is joined to the next.
func (b *bins) horizons() []Horizon {
	var out []Horizon
	from := 0.0
	for i, to := range b.edges {
		if b.rows[i] == 0 {
			continue
		}
		out = append(out, Horizon{From: from, To: to, Rows: b.rows[i], Scores: b.scorer[i].Scores()})
		from = to
	}
	return out
}

// tooFar is the distance that ends a valid prediction, in deviations.
const tooFar = 0.4

// validTime is the median valid time of the windows that reach at least half as
// far as the longest. Errors of the first columns alone, so many, count.
func validTime(h *HeldOut, variance []float64, counted int) *ValidTime {
	sum := 0.0
	for _, v := range variance[:counted] {
		sum += v
	}
	longest := 0.0
	for _, w := range h.Windows {
		longest = max(longest, w.T[len(w.T)-1]-w.Origin)
	}
	type valid struct {
		time  float64
		least bool
	}
	var all []valid
	for _, w := range h.Windows {
		if w.T[len(w.T)-1]-w.Origin < longest/2 {
			continue
		}
		t, whole := w.valid(tooFar*tooFar*sum, len(variance), counted)
		all = append(all, valid{t, whole})
	}
	slices.SortFunc(all, func(a, b valid) int {
		switch {
		case a.time < b.time:
			return -1
		case a.time > b.time:
			return 1
		}
		return 0
	})
	mid := all[len(all)/2]
	return &ValidTime{Time: mid.time, Least: mid.least, Origins: len(all), Threshold: tooFar, Lyapunov: math.NaN()}
}

// validRows are how many rows running must be too far off, in the mean, to end a
// prediction: one alone may be noise.
const validRows = 3

// valid is how long the squared errors of the window stay below most, and
// whether they do to its end.
func (w *Window) valid(most float64, columns, counted int) (float64, bool) {
	last := w.Origin
	for i, t := range w.T {
		here, seen := w.square(i, columns, counted)
		if !seen && w.ended(i, columns) {
			return last - w.Origin, false
		}
		if here > most {
			sum, n := 0.0, 0.0
			for k := i; k < min(i+validRows, len(w.T)); k++ {
				if v, known := w.square(k, columns, counted); known {
					sum, n = sum+v, n+1
				}
			}
			if sum > most*n {
				return last - w.Origin, false
			}
		}
		last = t
	}
	return last - w.Origin, true
}

// square is the sum of squared errors of a row, in the first columns, so many; known tells that it has any.
func (w *Window) square(row, columns, counted int) (sum float64, known bool) {
	for _, e := range w.Err[row*columns : row*columns+counted] {
		if !math.IsNaN(e) {
			sum, known = sum+e*e, true
		}
	}
	return sum, known
}

// ended tells whether the trajectory had ended at row i: it has no errors from
// there on.
func (w *Window) ended(i, columns int) bool {
	return w.Failed != "" && !slices.ContainsFunc(w.Err[i*columns:], func(v float64) bool { return !math.IsNaN(v) })
}
