package study

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// Shown are scores in the columns that components are of, such as pixels: of forecasts of recordings
// held out whole, from their first rows to their last, beside the simplest there are. Errors are mean
// squared ones, in the columns' own unit, over all columns and rows; null: a forecast ends early.
type Shown struct {
	Columns    int       `json:"columns"`
	Recordings int       `json:"recordings"`
	Rows       int       `json:"rows"` // that were forecast
	MSE        *float64  `json:"mse"`
	Components *float64  `json:"components_mse"` // of the rows as their true components show them: nothing can be better
	Mean       *float64  `json:"mean_mse"`       // of the mean of the training rows
	Last       *float64  `json:"last_mse"`       // of the last row that was seen, again
	Zero       *float64  `json:"zero_mse"`       // of zeros, which are blank frames
	Each       []ShownOf `json:"each"`
}

// ShownOf is a recording in Shown.
type ShownOf struct {
	Recording string   `json:"recording"`
	MSE       *float64 `json:"mse"`
	Mean      *float64 `json:"mean_mse"`
	Failed    string   `json:"failed,omitempty"` // why the forecast ends early
}

// ShownForecast is a forecast of a held-out recording in the columns that components are of.
type ShownForecast struct {
	ID        string
	Seen      int       // rows it begins behind
	T         []float64 // of the rows that are forecast
	True, Got []float64 // rows × columns; Got is shorter if the forecast ends early
	Hidden    []float64 // rows × hidden states
	Names     []string  // of the hidden states
	Failed    string
	Errors    [5][]float64 // of each row: MSE of the forecast, of true components, of mean, last row and zeros
}

// ShownAt forecasts the recording at a place in p.Apart; nil: its columns were not kept.
func ShownAt(m *model.Model, p *train.Problem, at int) (*ShownForecast, error) {
	rec, c, seen := &p.Apart[at], m.Components, p.Seen()[at]
	if c == nil || len(rec.Shown) != rec.Len()*len(c.Columns) || seen >= rec.Len() {
		return nil, nil
	}
	first, d := rec.Slice(0, seen), len(c.Columns)
	out := &ShownForecast{ID: rec.ID, Seen: seen, T: rec.T[seen:], True: rec.Shown[seen*d:], Names: m.Parts.Frame.States[len(m.Measured()):]}
	f, err := m.ForecastAfter(&first, out.T, rec)
	if err != nil {
		return nil, err
	}
	out.Got, out.Failed = c.Show(f.X), f.Failed
	from, err := m.GoOn(&first, first.T[seen-1], nil, rec)
	if err != nil {
		return nil, err
	}
	if out.Hidden, err = from.Hidden(out.T, rec); err != nil {
		return nil, err
	}
	last, zero := rec.Shown[(seen-1)*d:seen*d], make([]float64, d)
	for k := range out.T {
		want := out.True[k*d : (k+1)*d]
		var got []float64
		if k < f.Len() {
			got = out.Got[k*d : (k+1)*d]
		}
		for i, guess := range [][]float64{got, c.Show(rec.Row(seen + k)), c.Mean, last, zero} {
			out.Errors[i] = append(out.Errors[i], rowError(guess, want))
		}
	}
	return out, nil
}

// rowError is the mean squared error of the values of a row that are known; NaN: there is none.
func rowError(got, want []float64) float64 {
	if got == nil {
		return math.NaN()
	}
	sum, n := 0.0, 0.0
	for i, v := range want {
		if e := got[i] - v; !math.IsNaN(e) {
			sum, n = sum+e*e, n+1
		}
	}
	return sum / n
}

// MSE is the mean of the errors of rows, 0 for those of the forecast.
func (f *ShownForecast) MSE(i int) float64 {
	sum := 0.0
	for _, v := range f.Errors[i] {
		sum += v
	}
	return sum / float64(len(f.T))
}

// newShown scores all recordings held out whole, and writes their errors row by row to w; nil: none
// has columns beside components.
func newShown(w io.Writer, m *model.Model, p *train.Problem) (*Shown, error) {
	out, table := &Shown{}, csv.NewWriter(w)
	var sums [5]float64
	for at := range p.Apart {
		f, err := ShownAt(m, p, at)
		if err != nil {
			return nil, err
		}
		if f == nil {
			continue
		}
		if out.Recordings == 0 {
			if err := table.Write(slices.Concat([]string{"recording", "t", "mse", "components_mse", "mean_mse", "last_mse", "zero_mse"}, f.Names)); err != nil {
				return nil, err
			}
		}
		out.Recordings, out.Rows, out.Columns = out.Recordings+1, out.Rows+len(f.T), len(m.Components.Columns)
		out.Each = append(out.Each, ShownOf{f.ID, number(f.MSE(0)), number(f.MSE(2)), f.Failed})
		for i := range sums {
			sums[i] += f.MSE(i) * float64(len(f.T))
		}
		if err := f.write(table); err != nil {
			return nil, err
		}
	}
	if out.Recordings == 0 {
		return nil, nil
	}
	for i, to := range []**float64{&out.MSE, &out.Components, &out.Mean, &out.Last, &out.Zero} {
		*to = number(sums[i] / float64(out.Rows))
	}
	table.Flush()
	return out, table.Error()
}

// write adds the rows of a forecast to a table.
func (f *ShownForecast) write(table *csv.Writer) error {
	text := func(v float64) string {
		if math.IsNaN(v) {
			return ""
		}
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	n := len(f.Names)
	for k, t := range f.T {
		line := []string{f.ID, strconv.FormatFloat(t, 'g', -1, 64)}
		for _, e := range f.Errors {
			line = append(line, text(e[k]))
		}
		for _, v := range f.Hidden[k*n : (k+1)*n] {
			line = append(line, text(v))
		}
		if err := table.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// Ranked are the places in p.Apart of the recordings in the middle and with the largest error.
func (s *Shown) Ranked(p *train.Problem) (median, worst int) {
	order := make([]int, len(s.Each))
	for i := range order {
		order[i] = i
	}
	off := func(i int) float64 {
		if v := s.Each[i].MSE; v != nil {
			return *v
		}
		return math.Inf(1)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(off(a), off(b)) })
	place := func(i int) int {
		return slices.IndexFunc(p.Apart, func(a data.Series) bool { return a.ID == s.Each[i].Recording })
	}
	return place(order[(len(order)-1)/2]), place(order[len(order)-1])
}

// Words say what was found, beside the mean.
func (s *Shown) Words() string {
	if s.MSE == nil {
		return fmt.Sprintf("of %d held-out recordings in %d columns some forecasts end early", s.Recordings, s.Columns)
	}
	return fmt.Sprintf("in the %d columns: mse %.3g (mean row %.3g, last row %.3g, zeros %.3g, true components %.3g), %d rows of %d held-out recordings",
		s.Columns, *s.MSE, num.FromNull(s.Mean), num.FromNull(s.Last), num.FromNull(s.Zero), num.FromNull(s.Components), s.Rows, s.Recordings)
}
