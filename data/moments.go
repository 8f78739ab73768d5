package data

import "math"

// Moments describe the states of recordings, one entry per column, missing
// values left out; NaN where a column has none.
type Moments struct {
	Mean, SD, Min, Max []float64 // SD is that of the values themselves (divisor Count)
	MeanAbs            []float64 // mean magnitude
	Count              []int     // observed values
}

// NewMoments returns the moments of the states over all rows of all
// recordings, which must have the same columns.
func NewMoments(series ...Series) *Moments {
	d := 0
	if len(series) > 0 {
		d = len(series[0].Names)
	}
	m := &Moments{Count: make([]int, d)}
	for _, v := range []*[]float64{&m.Mean, &m.SD, &m.Min, &m.Max, &m.MeanAbs} {
		*v = make([]float64, d)
		for c := range *v {
			(*v)[c] = math.NaN()
		}
	}
	for c := range d {
		m.describe(c, series)
	}
	return m
}

// describe fills column c; two passes, so large offsets cost no digits.
func (m *Moments) describe(c int, series []Series) {
	var sum, abs float64
	lo, hi := math.Inf(1), math.Inf(-1)
	each(series, c, func(v float64) {
		m.Count[c]++
		sum += v
		abs += math.Abs(v)
		lo, hi = min(lo, v), max(hi, v)
	})
	n := float64(m.Count[c])
	if n == 0 {
		return
	}
	mean, squares := sum/n, 0.0
	each(series, c, func(v float64) { squares += (v - mean) * (v - mean) })
	m.Mean[c], m.MeanAbs[c], m.Min[c], m.Max[c] = mean, abs/n, lo, hi
	m.SD[c] = math.Sqrt(squares / n)
	if lo == hi {
		m.SD[c] = 0 // the mean of equal numbers may be off by a rounding
	}
}

// each calls f with every observed value of column c in order.
func each(series []Series, c int, f func(v float64)) {
	for n := range series {
		d := len(series[n].Names)
		for i := c; i < len(series[n].X); i += d {
			if v := series[n].X[i]; !math.IsNaN(v) {
				f(v)
			}
		}
	}
}

// Variance returns SD² per column.
func (m *Moments) Variance() []float64 {
	v := make([]float64, len(m.SD))
	for c, sd := range m.SD {
		v[c] = sd * sd
	}
	return v
}
