package train

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// calibrate finds out how wide the bands of the saved model have to be, and gives
// them to it. It takes the windows of the assessment and the disagreement of
// models in r.Apart.
func (p *Problem) calibrate(r *Result) {
	b := p.newBand(r)
	known := p.rows(r.Refit || p.Held == nil)
	b.Growth = growthOf(b, asErrorsOf(b, p.seenWindows(r.Model, known)))
	leastGrowth(b.Growth, r.Model, known)
	if r.Assessment != nil {
		held := asErrorsOf(b, p.heldWindows(r.Model, r.Assessment.Held))
		b.Groups = factorsOf(b, held, everything)
		measureBand(b, held, data.NewMoments(p.Train...))
	}
	b.Apart = r.Apart
	r.Model.Band = b
	if r.Chosen != nil {
		r.Chosen.Band = b
	}
}

// newBand knows the noise: what the fitted trajectory leaves of the rows, and
// not less than the fit says.
func (p *Problem) newBand(r *Result) *model.Band {
	all := p.rows(true)
	d := len(all[0].Names)
	b := &model.Band{Nominal: model.BandNominal, Log: r.Model.Parts.Frame.Log, Noise: make([]float64, d), NotNegative: make([]bool, d)}
	moments, known := data.NewMoments(asBand(b, all)...), data.NewMoments(all...)
	left := p.leftOf(r, b)
	b.Centre, b.Extent = moments.Mean, slices.Clone(moments.SD)
	b.Models = r.Model.NoiseModels
	for c := range d {
		if !(b.Extent[c] > 0) { // it never changes
			b.Extent[c] = max(math.Abs(b.Centre[c]), 1)
		}
		var column []float64
		for _, run := range left {
			for i := c; i < len(run); i += d {
				column = append(column, run[i])
			}
		}
		b.Noise[c] = deviationOf(column, model.MostExtents*b.Extent[c])
		if c < len(r.Noise) && isNumber(r.Noise[c]) {
			b.Noise[c] = max(b.Noise[c], min(r.Noise[c], b.Extent[c]))
		}
		b.NotNegative[c] = known.Min[c] >= 0
	}
	if r.Model.ProcessNoise == nil { // else what is left is what noise made of the states
		p.tellMisfit(b, r, left)
	}
	return b
}

// residuals are the rows that the saved model was fitted to minus its fitted
// trajectory, one run a recording, rows × columns; NaN where there is none, and where only a
// limit is known, from which a true model may be any way off.
func (p *Problem) residuals(r *Result) [][]float64 { return p.leftOf(r, &model.Band{}) }

// leftOf are residuals of values as a band has them.
func (p *Problem) leftOf(r *Result, b *model.Band) [][]float64 {
	whole, below := p.rows(true), p.Below()
	var out [][]float64
	for rec, s := range p.rows(r.Refit || p.Held == nil) {
		run := slices.Clone(s.X)
		f, err := r.Model.Forecast(rec, s.T, &whole[rec])
		for i := range run {
			if err != nil || i >= len(f.X) || data.IsBelow(s.X[i], data.LimitOf(below, i%len(s.Names))) {
				run[i] = math.NaN()
				continue
			}
			c := i % len(s.Names)
			run[i] = b.Of(c, run[i]) - b.Of(c, f.X[i])
		}
		out = append(out, run)
	}
	return out
}

// squaresOf is the mean square of what the fitted trajectories of a model leave of training rows
// of column c, as a band has them.
func (p *Problem) squaresOf(m *model.Model, b *model.Band, c int) float64 {
	sum, n := 0.0, 0.0
	d := len(p.Train[0].Names)
	for _, run := range p.leftOf(&Result{Model: m}, b) {
		for i := c; i < len(run); i += d {
			if isNumber(run[i]) {
				sum, n = sum+run[i]*run[i], n+1
			}
		}
	}
	return sum / n
}

// asBand are recordings with the values of columns as a band has them.
func asBand(b *model.Band, all []data.Series) []data.Series {
	if b.Log == nil {
		return all
	}
	out := slices.Clone(all)
	for rec := range out {
		s := &out[rec]
		s.X = slices.Clone(s.X)
		for i, v := range s.X {
			s.X[i] = b.Of(i%len(s.Names), v)
		}
	}
	return out
}

// fewestForQuantile errors have a quantile worth the name.
const fewestForQuantile = 20

// deviationOf is the standard deviation around zero of a normal distribution that
// holds bandNominal of the values where those of v do: single large ones do not
// matter, and the band is right where it is meant to be. Of few values it is their
// root mean square. What is no number does not count, what is infinite is most;
// 0 of none.
func deviationOf(v []float64, most float64) float64 {
	var all []float64
	sum := 0.0
	for _, x := range v {
		if !math.IsNaN(x) {
			x = min(math.Abs(x), most)
			all, sum = append(all, x), sum+x*x
		}
	}
	switch {
	case len(all) == 0:
		return 0
	case len(all) < fewestForQuantile:
		return math.Sqrt(sum / float64(len(all)))
	}
	slices.Sort(all)
	return num.Quantile(all, model.BandNominal) / model.BandDeviations
}

// horizons are the ends of groups of horizons, each twice as far as the one
// before, from the shortest in the windows to the longest.
func horizons(windows []bandWindow) []float64 {
	least, most := math.Inf(1), 0.0
	for i := range windows {
		for _, h := range windows[i].horizon {
			least, most = min(least, h), max(most, h)
		}
	}
	var out []float64
	for h := least * (1 + 1e-6); len(windows) > 0; h *= 2 {
		out = append(out, h)
		if h >= most {
			break
		}
	}
	return out
}

// groupOf is the group of a horizon.
func groupOf(ends []float64, h float64) int {
	i, _ := slices.BinarySearch(ends, h)
	return min(i, len(ends)-1)
}

// growth is what errors at each horizon have beyond noise and spread, in units of
// b.GrowthUnit; it does not fall with it.
func growthOf(b *model.Band, windows []bandWindow) []model.Errors {
	ends, d := horizons(windows), len(b.Noise)
	sum := make([]float64, len(ends)) // of horizons
	count := make([]float64, len(ends))
	all := make([][][]seenError, len(ends))
	for g := range all {
		all[g] = make([][]seenError, d)
	}
	for i := range windows {
		w := &windows[i]
		for k, h := range w.horizon {
			g := groupOf(ends, h)
			sum[g], count[g] = sum[g]+h, count[g]+1
			for c := range d {
				most := model.MostExtents * b.Extent[c]
				if e := math.Abs(w.err[k*d+c]); !math.IsNaN(e) {
					x := w.forecast(k*d + c)
					known, unit := b.Deviation(x, 0, c, w.half[k*d+c]), b.GrowthUnit(x, c)
					if unit > 0 {
						all[g][c] = append(all[g][c], seenError{square(min(e, most) / unit), square(min(known, most) / unit)})
					}
				}
			}
		}
	}
	var out []model.Errors
	var weight []float64
	for g := range ends {
		if count[g] == 0 {
			continue
		}
		e := model.Errors{Horizon: sum[g] / count[g], SD: make([]float64, d)}
		for c := range d {
			e.SD[c] = math.Sqrt(missingVariance(all[g][c]))
		}
		out, weight = append(out, e), append(weight, count[g])
	}
	for c := range d {
		ascend(out, weight, c)
	}
	return out
}

// leastGrowth makes errors of a law whose states are driven by noise grow as that noise says,
// if they do not grow faster: forecasts of a single record see few of the places where it may
// go, the steps from row to row see its noise.
func leastGrowth(growth []model.Errors, m *model.Model, rows []data.Series) {
	s := &rows[0]
	for i := range rows {
		if rows[i].Len() > s.Len() {
			s = &rows[i]
		}
	}
	history := s.Slice(0, s.Len()/2+1)
	from := history.T[history.Len()-1]
	var ends []float64
	for _, e := range growth {
		if from+e.Horizon <= s.T[s.Len()-1] { // inputs are known no further
			ends = append(ends, e.Horizon)
		}
	}
	noise, err := m.NoiseGrowth(&history, from, ends, s)
	if err != nil { // the windows have the errors of a model that has no present
		return
	}
	for i, sd := range noise {
		for c, v := range sd {
			growth[i].SD[c] = max(growth[i].SD[c], v)
		}
	}
}

// seenError is the square of an error, and the variance that was known of it.
type seenError struct{ square, variance float64 }

func square(v float64) float64 { return v * v }

// missingVariance is what has to be added to the known variances for a band to
// hold bandNominal of the errors; of few, for their mean square to be as expected.
func missingVariance(all []seenError) float64 {
	lack := make([]float64, len(all)) // what each error lacks to be at the edge of the band
	mean := 0.0
	for i, f := range all {
		lack[i] = f.square/square(model.BandDeviations) - f.variance
		mean += (f.square - f.variance) / float64(len(all))
	}
	if len(all) < fewestForQuantile {
		return max(0, mean)
	}
	slices.Sort(lack)
	return max(0, num.Quantile(lack, model.BandNominal))
}

// ascend makes the variances of column c ascend: neighbours that do not are
// replaced by their mean.
//
// Source: pool adjacent violators, Ayer et al., Ann. Math. Statist. 26 (1955) 641.
func ascend(all []model.Errors, weight []float64, c int) {
	type pool struct {
		v, w float64
		n    int
	}
	var pools []pool
	for i, e := range all {
		p := pool{e.SD[c] * e.SD[c], weight[i], 1}
		for len(pools) > 0 && pools[len(pools)-1].v > p.v {
			q := pools[len(pools)-1]
			pools = pools[:len(pools)-1]
			p = pool{(q.v*q.w + p.v*p.w) / (q.w + p.w), q.w + p.w, q.n + p.n}
		}
		pools = append(pools, p)
	}
	i := 0
	for _, p := range pools {
		for range p.n {
			all[i].SD[c] = math.Sqrt(p.v)
			i++
		}
	}
}
