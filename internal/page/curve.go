package page

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// Points of a smooth curve: some for each row, within limits that keep the
// page small.
const (
	pointsPerRow = 8
	leastPoints  = 240
	mostPoints   = 4000
)

// recording puts recording i of the data beside what the model makes of it, and baselines too if in full.
func (j *fitted) recording(fit *train.Result, i int, full bool) (report.Recording, error) {
	m, s := fit.Model, &j.Series[i]
	shown := *s
	shown.Below = j.Problem.Below()
	r := report.Recording{Series: &shown}
	if len(j.Problem.Held) > i {
		r.HeldOut = j.Problem.Held[i].Len()
	}
	at, err := m.Forecast(i, s.T, s)
	if err != nil {
		return r, err
	}
	r.AtRows = padded(at.X, len(s.X))
	n := min(max(pointsPerRow*s.Len(), leastPoints), mostPoints)
	end := s.T[s.Len()-1]
	times := evenly(s.T[0], end, n)
	if later := study.Ahead(m, i); len(later) > 0 {
		times = append(times, evenly(end, later[len(later)-1], n/2)[1:]...)
	}
	curve, err := m.Forecast(i, times, s)
	if err != nil {
		return r, err
	}
	kind := j.Band
	if _, of, ok := study.BandOf(curve, kind); ok {
		r.Band = bandName(m, of)
	}
	r.Fit, r.Forecast = cut(curve, end, kind)
	r.Fit = gaps(r.Fit, m.Records[i].Anchors, len(s.Names))
	if err := j.unseen(&r, fit, i, n, full); err != nil {
		return r, err
	}
	return r, early(curve)
}

// unseen draws the held-out rows as a model that had not seen them forecasts them,
// and baselines beside it. Of a run that is read again, the model before its
// refit is not known.
func (j *fitted) unseen(r *report.Recording, fit *train.Result, i, n int, full bool) error {
	m := j.blind(fit)
	if m == nil || r.HeldOut == 0 {
		return nil
	}
	s, past, held := &j.Series[i], &j.Problem.Train[i], &j.Problem.Held[i]
	from, end := past.T[past.Len()-1], s.T[s.Len()-1]
	f, err := m.ForecastAfter(past, evenly(from, end, max(leastPoints/4, n*held.Len()/s.Len())), s)
	if err != nil {
		return nil // it cannot be followed: there is nothing to draw
	}
	r.Unseen = piece(f, j.Band, 0, f.Len())
	if r.UnseenName = "forecast of the held-out rows"; fit.Refit {
		r.UnseenName += " before the refit"
		r.FitName = "fit to all rows"
	} else {
		r.Fit = until(r.Fit, from, len(s.Names))
	}
	if !full {
		return nil
	}
	if j.baselines == nil {
		j.baselines = train.Baselines(j.Problem)
	}
	for _, b := range j.baselines {
		r.Baselines = append(r.Baselines, report.NamedTrajectory{Name: b.Name, Trajectory: report.Trajectory{T: held.T, X: b.Run(past, held)}})
	}
	return nil
}

// until is a trajectory up to a time.
func until(t report.Trajectory, end float64, d int) report.Trajectory {
	k := sort.Search(len(t.T), func(k int) bool { return t.T[k] > end })
	t.T, t.X = t.T[:k], t.X[:k*d]
	if t.Lo != nil {
		t.Lo, t.Hi = t.Lo[:k*d], t.Hi[:k*d]
	}
	return t
}

// gaps puts a missing value where a trajectory was restarted, so that no line
// joins what is not one.
func gaps(t report.Trajectory, anchors []model.Anchor, d int) report.Trajectory {
	for _, a := range anchors {
		k := sort.SearchFloat64s(t.T, a.T)
		if k == 0 || k == len(t.T) {
			continue
		}
		missing := make([]float64, d)
		for c := range missing {
			missing[c] = math.NaN()
		}
		t.T = slices.Insert(slices.Clone(t.T), k, t.T[k])
		t.X = slices.Insert(slices.Clone(t.X), k*d, missing...)
		if t.Lo != nil {
			t.Lo, t.Hi = slices.Insert(slices.Clone(t.Lo), k*d, missing...), slices.Insert(slices.Clone(t.Hi), k*d, missing...)
		}
	}
	return t
}

// endsEarly says that a trajectory of the model does not reach as far as asked.
type endsEarly struct{ text string }

func (e endsEarly) Error() string { return e.text }

func early(f *model.Forecast) error {
	if f.Failed == "" || f.Len() == 0 {
		return nil
	}
	return endsEarly{fmt.Sprintf("the trajectory of the model%s ends at %s %s: %s", words.Recording(f.ID), f.Time, words.Short(f.T[f.Len()-1]), f.Failed)}
}

// evenly returns n+1 times from a to b, both exactly.
func evenly(a, b float64, n int) []float64 {
	t := make([]float64, n+1)
	for i := range t {
		t[i] = a + (b-a)*float64(i)/float64(n)
	}
	t[n] = b
	return t
}

// padded extends v with missing values to length n.
func padded(v []float64, n int) []float64 {
	for len(v) < n {
		v = append(v, math.NaN())
	}
	return v
}

// cut divides a trajectory at a time that belongs to both parts.
func cut(f *model.Forecast, end float64, band string) (fit, ahead report.Trajectory) {
	k := 0
	for k < len(f.T) && f.T[k] <= end {
		k++
	}
	fit = piece(f, band, 0, k)
	if k > 0 && k < len(f.T) {
		ahead = piece(f, band, k-1, len(f.T))
	}
	return fit, ahead
}

// piece are rows of a trajectory with the band of a kind.
func piece(f *model.Forecast, band string, from, to int) report.Trajectory {
	d := len(f.Names)
	t := report.Trajectory{T: f.T[from:to], X: f.X[from*d : to*d]}
	if b, _, ok := study.BandOf(f, band); ok {
		t.Lo, t.Hi = b.Lo[from*d:to*d], b.Hi[from*d:to*d]
	}
	return t
}

// column is component c of the rows of x, d wide.
func column(x []float64, d, c int) []float64 {
	s := data.Series{Names: make([]string, d), X: x}
	return s.Column(c)
}
