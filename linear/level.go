package linear

import (
	"math"

	"github.com/entrain-dev/entrain/data"
)

// levelSteps are the parts of a decade in which the likeliest noise of a level is looked for; golden
// sections then make what is left shorter so many times.
const (
	levelSteps  = 2
	levelRounds = 16
	levelRows   = 10_000 // last rows of a recording that are heard
)

// LevelNoise tells what moves column c by itself from what only its rows have: the level follows
//
//	level' = −rate·(level − mean) + w,  y = level + e,
//
// with the rate in 1/time, 0 where it stays, and w of the intensity level, in squares of the column's
// unit by time, e of the variance rows, in squares of the unit. Both are those of most likelihood, the
// first level unknown. Rows without a value and any distances between rows are as good as others; of
// long recordings the last rows speak. Both are 0 of a column that never changes. ok is false where
// there are too few rows to tell.
//
// Source: Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, Cambridge
// (1989), §4.1 and, for rows at any times, §9.2.
func LevelNoise(series []data.Series, c int, rate float64) (level, rows float64, ok bool) {
	w := levelled(series, c, levelRows)
	if w.records.values <= 2*len(series) || !(w.step > 0) {
		return 0, 0, false
	}
	least := w.told(leastTrend, rate)
	if least == nil {
		return 0, 0, false
	}
	if !(least.mean > 0) {
		return 0, 0, true
	}
	at, best := leastTrend, least.logLikelihood()
	likely := func(x float64) float64 {
		fit := w.told(x, rate)
		if fit == nil {
			return math.Inf(-1)
		}
		v := fit.logLikelihood()
		if v > best {
			at, best = x, v
		}
		return v
	}
	for k := 1; k <= levelSteps*int(mostTrend-leastTrend); k++ {
		likely(leastTrend + float64(k)/levelSteps)
	}
	lo, hi := max(leastTrend, at-1./levelSteps), min(mostTrend, at+1./levelSteps)
	for range levelRounds {
		a, b := hi-(hi-lo)/math.Phi, lo+(hi-lo)/math.Phi
		if likely(a) > likely(b) {
			hi = b
		} else {
			lo = a
		}
	}
	unit := w.unit.Scale[0]
	rows = w.told(at, rate).mean * unit * unit
	return rows * math.Pow(10, at) / w.step, rows, true
}

// told is what the filter finds of a level whose noise, from row to row, is 10^x of that of rows.
func (w *wavy) told(x, rate float64) *fitness {
	w.course = staying
	m := w.law(0, []float64{x}, 1)
	m.A[0] = -rate
	return m.followed(w.records)
}
