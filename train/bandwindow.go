package train

import (
	"math"
	"slices"
	"sort"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// bandWindow are the errors of one forecast of known rows.
type bandWindow struct {
	rec        int
	t, horizon []float64 // of each row, user units
	err        []float64 // rows × columns; NaN where nothing was observed, infinite where nothing was said
	half       []float64 // half widths by the ensemble, of the same shape
	want       []float64 // what was observed, of the same shape; nil: 0
}

// forecast is number i of what was forecast.
func (w *bandWindow) forecast(i int) float64 {
	if w.want == nil {
		return w.err[i]
	}
	return w.want[i] + w.err[i]
}

// Of the rows a model was fitted to, so many forecasts are made, of half the
// recording but not more than so many rows each; and so many of the forecasts of
// held-out rows are used. That keeps what a band costs below what the fit costs.
const (
	seenOrigins  = 12
	seenRows     = 400
	seenRowsMost = 4000 // of all such forecasts
	heldOrigins  = 40
)

// seenWindows are forecasts of rows that the model was fitted to, from origins
// spread over the recordings: they tell how errors grow.
func (p *Problem) seenWindows(m *model.Model, rows []data.Series) []bandWindow {
	var out []bandWindow
	each := max(1, seenOrigins/len(rows))
	left := seenRowsMost
	for rec := range rows {
		s := &rows[rec]
		n := s.Len()
		long := min(max(n/2, fewestBehind), seenRows)
		from, to := max(1, n/4), n-1-fewestBehind
		for i := range each {
			k := from
			if each > 1 {
				k += i * (to - from) / (each - 1)
			}
			end := min(n, k+1+long)
			if k >= to || left < end-k {
				continue
			}
			history := s.Slice(0, k+1)
			if w, ok := newBandWindow(m, &history, s, s.T[k+1:end]); ok {
				w.rec = rec
				p.leaveOutBelow(&w)
				out = append(out, w)
				left -= end - k
			}
		}
	}
	return out
}

// newBandWindow forecasts rows of s, at times after the last row of history.
func newBandWindow(m *model.Model, history, s *data.Series, times []float64) (bandWindow, bool) {
	d, end := len(s.Names), history.T[history.Len()-1]
	from, err := m.GoOn(history, end, nil, s) // the fitted trajectory knows what comes
	if err != nil {
		return bandWindow{}, false
	}
	f, err := from.Forecast(s.ID, times, s)
	if err != nil {
		return bandWindow{}, false
	}
	w := bandWindow{t: times}
	at := sort.SearchFloat64s(s.T, times[0])
	for i, t := range times {
		w.horizon = append(w.horizon, t-end)
		for c := range d {
			want, e, half := s.Row(at + i)[c], math.Inf(1), 0.0
			if i < f.Len() {
				e = f.Row(i)[c] - want
				if f.Hi != nil {
					half = f.Hi[i*d+c] - f.Row(i)[c]
				}
			}
			if math.IsNaN(want) {
				e = want
			}
			w.err, w.half, w.want = append(w.err, e), append(w.half, half), append(w.want, want)
		}
	}
	return w, true
}

// heldWindows are forecasts of held-out rows by a model that had not seen them.
// The spread is that of the saved model, which has the ensemble.
func (p *Problem) heldWindows(m *model.Model, held *HeldOut) []bandWindow {
	if held == nil {
		return nil
	}
	var out []bandWindow
	whole := p.everyRow()
	skip := max(1, (len(held.Windows)+heldOrigins-1)/heldOrigins)
	for i := 0; i < len(held.Windows); i += skip {
		from := &held.Windows[i]
		s := &whole[from.Rec]
		history := s.Slice(0, sort.Search(s.Len(), func(k int) bool { return s.T[k] > from.Origin }))
		if history.Len() == 0 || len(from.T) == 0 {
			continue
		}
		w, ok := newBandWindow(m, &history, s, from.T)
		if !ok {
			w = bandWindow{t: from.T, half: make([]float64, len(from.Err))}
			for _, t := range from.T {
				w.horizon = append(w.horizon, t-from.Origin)
			}
		}
		w.rec, w.err = from.Rec, slices.Clone(from.Err)
		at := sort.SearchFloat64s(s.T, from.T[0])
		w.want = slices.Clone(s.X[at*len(s.Names):][:len(w.err)])
		for k, e := range w.err { // not a number: not observed, or not reached
			if d := len(s.Names); math.IsNaN(e) && !math.IsNaN(s.Row(at + k/d)[k%d]) {
				w.err[k] = math.Inf(1)
			}
		}
		p.leaveOutBelow(&w)
		out = append(out, w)
	}
	return out
}

// asErrorsOf turns forecasts and their errors into those of values as a band has them.
func asErrorsOf(b *model.Band, windows []bandWindow) []bandWindow {
	for i := range windows {
		w := &windows[i]
		for k, want := range w.want {
			c := k % len(b.Noise)
			if !b.IsLog(c) {
				continue
			}
			forecast := want + w.err[k]
			w.want[k] = b.Of(c, want)
			switch {
			case math.IsNaN(w.err[k]) || math.IsInf(w.err[k], 0):
			case !(forecast > 0): // of another model than the band's
				w.err[k] = math.Inf(1)
			default:
				w.half[k] = math.Log1p(w.half[k] / forecast)
				w.err[k] = b.Of(c, forecast) - w.want[k]
			}
		}
	}
	return windows
}

// leaveOutBelow leaves out of a window the values of which only a limit is known: no band is
// right or wrong about them.
func (p *Problem) leaveOutBelow(w *bandWindow) {
	below := p.Below()
	for k, want := range w.want {
		if data.IsBelow(want, data.LimitOf(below, k%len(p.Train[0].Names))) {
			w.err[k] = math.NaN()
		}
	}
}
