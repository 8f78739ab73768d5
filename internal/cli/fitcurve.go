package cli

import (
	"fmt"
	"math"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/report"
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

// recording puts recording i of the data beside what the model makes of it.
func (j *job) recording(m *train.Model, i int) (report.Recording, error) {
	s := &j.series[i]
	r := report.Recording{Series: s}
	if !s.Epoch.IsZero() {
		dated := *s
		dated.TUnit = s.TUnit + " since " + strings.TrimSuffix(s.Epoch.Format("2006-01-02 15:04"), " 00:00")
		r.Series = &dated
	}
	if len(j.problem.Held) > i {
		r.HeldOut = j.problem.Held[i].Len()
	}
	if n := len(m.Theta); n > 1 {
		r.Band = several(n, "member") + ", 5 % to 95 %"
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
	r.Fit, r.Forecast = cut(curve, end)
	return r, early(curve)
}

// endsEarly says that a trajectory of the model does not reach as far as asked.
type endsEarly struct{ text string }

func (e endsEarly) Error() string { return e.text }

func early(f *train.Forecast) error {
	if f.Failed == "" || f.Len() == 0 {
		return nil
	}
	return endsEarly{fmt.Sprintf("the trajectory of the model%s ends at %s %s: %s", named(f.ID), f.Time, short(f.T[f.Len()-1]), f.Failed)}
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
func cut(f *train.Forecast, end float64) (fit, ahead report.Trajectory) {
	d, k := len(f.Names), 0
	for k < len(f.T) && f.T[k] <= end {
		k++
	}
	part := func(from, to int) report.Trajectory {
		t := report.Trajectory{T: f.T[from:to], X: f.X[from*d : to*d]}
		if f.Lo != nil {
			t.Lo, t.Hi = f.Lo[from*d:to*d], f.Hi[from*d:to*d]
		}
		return t
	}
	fit = part(0, k)
	if k > 0 && k < len(f.T) {
		ahead = part(k-1, len(f.T))
	}
	return fit, ahead
}

// column is component c of the rows of x, d wide.
func column(x []float64, d, c int) []float64 {
	s := data.Series{Names: make([]string, d), X: x}
	return s.Column(c)
}
