package train

import (
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// ahead is what is behind the last row of a recording for a look at how a model
// goes on: times for as long again as the recording, and a recording with its
// inputs repeated there, since nothing is known of future ones.
func ahead(s *data.Series) (times []float64, inputs *data.Series) {
	n := s.Len()
	span, step := s.T[n-1]-s.T[0], s.Step()
	out := *s
	out.T, out.U = append([]float64{}, s.T...), append([]float64{}, s.U...)
	out.X = nil
	for k, t := range s.T {
		if at := s.T[n-1] + step + t - s.T[0]; at <= s.T[n-1]+span+step/2 && step > 0 {
			times = append(times, at)
			out.T = append(out.T, at)
			out.U = append(out.U, s.U[k*len(s.Inputs):(k+1)*len(s.Inputs)]...)
		}
	}
	return times, &out
}

// apartBins is at how many horizons behind the last row candidates are compared,
// and disagree the distance, in deviations over the first half of the record's
// span, that is worth a warning.
const (
	apartBins = 8
	disagree  = 0.3
)

// apart is how far free runs of candidates that are as good as the chosen one are
// from its forecast behind the last row: standard deviations by ascending
// horizon, user units. Each counts the less, the less evidence it has; inputs
// are repeated. It is nil where there is nobody to compare with.
func (a *search) apart(final *candidate, others []*candidate) []model.Errors {
	all, f := final.p.rows(true), &final.p.Parts.Frame
	longest := 0.0
	for i := range all {
		longest = max(longest, all[i].T[all[i].Len()-1]-all[i].T[0])
	}
	columns := len(all[0].Names)
	sum, weight := make([][]float64, apartBins), make([]float64, apartBins)
	for i := range apartBins {
		sum[i] = make([]float64, columns)
	}
	centre, one := final.model(final.b.z), false
	for _, c := range others {
		if c == final {
			continue
		}
		one = true
		share := math.Exp(min(0, c.b.logEvidence-final.b.logEvidence) / (2 * simpler))
		m := c.model(c.b.z)
		for rec := range all {
			compare(&all[rec], centre, m, rec, &model.Band{Log: f.Log}, func(h float64, err []float64) {
				i := min(apartBins-1, int(h/longest*apartBins*(1-1e-9)))
				weight[i] += 1
				for k, e := range err {
					sum[i][k] += share * e * e
				}
			})
		}
	}
	if !one {
		return nil
	}
	var out []model.Errors
	for i := range sum {
		for k := range sum[i] {
			sum[i][k] = math.Sqrt(sum[i][k] / max(1, weight[i]))
			if i > 0 { // what is not known there is not known later
				sum[i][k] = max(sum[i][k], sum[i-1][k])
			}
		}
		out = append(out, model.Errors{Horizon: longest * float64(i+1) / apartBins, SD: sum[i]})
	}
	return out
}

// compare calls f with every horizon behind the last row and the difference of
// two models' forecasts there, of values as band has them. One that ends early is as far off as the data
// reach.
func compare(s *data.Series, a, b *model.Model, rec int, band *model.Band, f func(h float64, err []float64)) {
	times, inputs := ahead(s)
	x, errA := a.Forecast(rec, times, inputs)
	y, errB := b.Forecast(rec, times, inputs)
	if errA != nil || errB != nil {
		return
	}
	m := data.NewMoments(asBand(band, []data.Series{*s})...)
	for k := range x.T {
		err := make([]float64, len(s.Names))
		for c := range err {
			most := wildFactor * (m.Max[c] - m.Min[c])
			err[c] = most
			if k < y.Len() {
				if e := band.Of(c, y.Row(k)[c]) - band.Of(c, x.Row(k)[c]); isNumber(e) {
					err[c] = max(-most, min(most, e))
				}
			}
		}
		f(times[k]-s.T[s.Len()-1], err)
	}
}

// sizeOf is the root mean square of errors up to horizon h in deviations.
func sizeOf(all []model.Errors, h float64, sd []float64) float64 {
	sum, n := 0.0, 0.0
	for _, e := range all {
		if e.Horizon > h*(1+1e-9) {
			break
		}
		for c, v := range e.SD {
			if sd[c] > 0 {
				sum, n = sum+v*v/(sd[c]*sd[c]), n+1
			}
		}
	}
	return math.Sqrt(sum / max(1, n))
}
