package page

import (
	"cmp"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// Of many recordings so many are ranked by their errors, and so many of those are drawn.
const (
	mostRanked = 2000
	mostDrawn  = 40
)

// drawn are the recordings that a page shows: all of a few, of more those that Multiples tells of.
func (j *fitted) drawn(fit *train.Result) ([]int, *report.Multiples, error) {
	n := len(j.Series)
	if n <= report.MostSheets {
		return evenRanks(n, n), nil, nil
	}
	ranked := evenRanks(n, mostRanked)
	off := make([]float64, n)
	unseen := j.blind(fit)
	variance := data.NewMoments(j.Series...).Variance()
	for _, i := range ranked {
		var err error
		if off[i], err = j.off(fit.Model, unseen, i, variance); err != nil {
			return nil, nil, err
		}
	}
	slices.SortStableFunc(ranked, func(a, b int) int { return cmp.Compare(off[a], off[b]) })
	m := &report.Multiples{Total: n, Ranked: len(ranked), Unseen: unseen != nil}
	var out []int
	for _, k := range evenRanks(len(ranked), mostDrawn) {
		out = append(out, ranked[k])
	}
	best, typical, worst := ranked[0], out[len(out)/2], ranked[len(ranked)-1]
	slices.Sort(out)
	for k, i := range out {
		m.Off = append(m.Off, off[i])
		switch i {
		case best:
			m.Best = k
		case worst:
			m.Worst = k
		case typical:
			m.Typical = k
		}
	}
	return out, m, nil
}

// evenRanks are at most so many of n places, evenly spread, both ends among them.
func evenRanks(n, most int) []int {
	count := min(n, most)
	out := make([]int, count)
	for k := range out {
		out[k] = k * (n - 1) / max(1, count-1)
	}
	return out
}

// blind is the model that has not seen the held-out rows; nil where none were held out of
// recordings, or where it is not known, as of a run that is read again after a refit.
func (j *fitted) blind(fit *train.Result) *model.Model {
	m := fit.Chosen
	if m == nil && !fit.Refit {
		m = fit.Model
	}
	if len(j.Problem.Held) == 0 {
		return nil
	}
	return m
}

// off is the error of a recording in deviations of the columns: of the forecast of its held-out
// rows by unseen if that is known, else of the fit. It is infinite where there is none.
func (j *fitted) off(m, unseen *model.Model, i int, variance []float64) (float64, error) {
	rows := &j.Series[i]
	var f *model.Forecast
	var err error
	if unseen != nil && len(j.Problem.Held) > i && j.Problem.Held[i].Len() > 0 {
		rows = &j.Problem.Held[i]
		f, err = unseen.ForecastAfter(&j.Problem.Train[i], rows.T, &j.Series[i])
	} else {
		f, err = m.Forecast(i, rows.T, &j.Series[i])
		if err != nil {
			return 0, err
		}
	}
	if err != nil || f.Len() < rows.Len() { // it cannot be followed
		return math.Inf(1), nil
	}
	k := data.NewScorer(rows.Names, variance, j.Problem.Below())
	for r := range rows.T {
		k.Add(f.Row(r), rows.Row(r))
	}
	if v := k.Scores().NRMSE; !math.IsNaN(v) {
		return v, nil
	}
	return math.Inf(1), nil
}
