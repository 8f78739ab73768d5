package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
)

const (
	fewestResiduals = 8        // fewer say nothing about a distribution
	mostLags        = 24       // of the autocorrelation
	twoSided95      = 1.959964 // normal quantile at 0.975
)

// residuals of one component, all recordings one after another.
type residuals struct {
	name, unit    string
	of            *data.Series // whose axis of time is shared
	trainT, train []float64
	heldT, held   []float64
	runs          [][]float64 // training residuals of each recording in row order, NaN where missing
}

// residualsOf gathers data − model, one entry a component. Components are
// those of the first recording that has model values at its rows.
func residualsOf(recordings []Recording) []residuals {
	var all []residuals
	for i := range recordings {
		r := &recordings[i]
		s := r.Series
		if s == nil || len(r.AtRows) == 0 || len(r.AtRows) != len(s.X) {
			continue
		}
		if all == nil {
			all = make([]residuals, len(s.Names))
			for c, name := range s.Names {
				all[c] = residuals{name: name, unit: unit(s.Units, c), of: s}
			}
		}
		if len(s.Names) == len(all) {
			for c := range all {
				all[c].add(r, c)
			}
		}
	}
	for c := range all {
		sortByTime(all[c].trainT, all[c].train)
		sortByTime(all[c].heldT, all[c].held)
	}
	return all
}

// sortByTime puts the values of several recordings in one order of time.
func sortByTime(t, v []float64) {
	order := make([]int, len(t))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t[a], t[b]) })
	copy(t, pick(t, order))
	copy(v, pick(v, order))
}

func (q *residuals) add(r *Recording, c int) {
	s := r.Series
	d, split := len(s.Names), len(s.T)-r.HeldOut
	var run []float64
	for i, t := range s.T {
		v := s.X[i*d+c] - r.AtRows[i*d+c]
		if data.IsBelow(s.X[i*d+c], data.LimitOf(s.Below, c)) {
			v = math.NaN()
		}
		if i < split {
			run = append(run, v)
		}
		switch {
		case !finite(v):
		case i < split:
			q.trainT, q.train = append(q.trainT, t), append(q.train, v)
		default:
			q.heldT, q.held = append(q.heldT, t), append(q.held, v)
		}
	}
	q.runs = append(q.runs, run)
}

// charts are the residuals against time, their histogram, and their
// autocorrelation; the last two only where there is enough to see.
func (q *residuals) charts() []Chart {
	if len(q.train)+len(q.held) == 0 {
		return nil
	}
	charts := []Chart{q.overTime()}
	if len(q.train) >= fewestResiduals {
		charts = append(charts, q.histogram())
		if c, ok := q.autocorrelation(); ok {
			charts = append(charts, c)
		}
	}
	return charts
}

func (q *residuals) overTime() Chart {
	base := emptySpan().include(q.train...).include(0)
	y := base.includeWithin(beyondData, q.held...).pad(0.08)
	c := Chart{
		Title: q.name, Unit: q.unit, Height: 210, Legend: true,
		Alt: fmt.Sprintf("Residuals of %s against %s.", q.name, timeName(q.of.Time)),
		X:   timeAxis(q.of, emptySpan().include(q.trainT...).include(q.heldT...).pad(0.015)),
		Y:   y.axis("", ""),
	}
	size := 4.5
	if len(q.train) > manyRows {
		size = 3
	}
	c.Layers = []Layer{{Kind: Level, Color: Ink, Y: Numbers{0}},
		scatter(Layer{Name: "training", Color: Fit, Size: size}, q.trainT, q.train)}
	if len(q.held) > 0 {
		c.Layers = append(c.Layers, scatter(Layer{Name: "held out", Color: Forecast, Hollow: true, Size: size},
			q.heldT, q.held))
	}
	return c
}

// histogram counts the training residuals; bins after Freedman and Diaconis,
// Zeitschrift für Wahrscheinlichkeitstheorie 57 (1981) 453–476.
func (q *residuals) histogram() Chart {
	sorted := slices.Clone(q.train)
	slices.Sort(sorted)
	n := len(sorted)
	s := span{sorted[0], sorted[n-1]}
	if s.width() == 0 {
		s = s.pad(0.5)
	}
	iqr := sorted[3*n/4] - sorted[n/4]
	bins := 12
	if w := 2 * iqr / math.Cbrt(float64(n)); w > 0 {
		bins = max(7, min(40, int(math.Ceil(s.width()/w))))
	}
	width := s.width() / float64(bins)
	bars := Layer{Kind: Bars, Name: "count", Color: Fit, Size: width, X: make(Numbers, bins), Y: make(Numbers, bins)}
	for b := range bins {
		bars.X[b] = s.lo + (float64(b)+0.5)*width
	}
	for _, v := range sorted {
		bars.Y[min(bins-1, int((v-s.lo)/width))]++
	}
	curve, sd := normalCurve(sorted, width, s.pad(0.12))
	top := emptySpan().include(bars.Y...).include(curve.Y...).hi
	return Chart{
		Title: "Distribution", Height: 210, Legend: true,
		Alt: fmt.Sprintf("Histogram of the training residuals of %s, standard deviation %s.",
			q.name, withUnit(format(sd, 3), q.unit)),
		X:      s.pad(0.12).axis("residual", q.unit),
		Y:      Axis{Max: 1.08 * top, Whole: true},
		Layers: []Layer{bars, curve},
	}
}

// normalCurve is the normal density of the mean and deviation of v, scaled to
// counts in bins of a width.
func normalCurve(v []float64, width float64, over span) (Layer, float64) {
	n, mean, square := float64(len(v)), 0.0, 0.0
	for _, x := range v {
		mean += x / n
	}
	for _, x := range v {
		square += (x - mean) * (x - mean)
	}
	sd := math.Sqrt(square / (n - 1))
	l := Layer{Kind: Line, Name: "normal, same spread", Color: Forecast}
	if sd == 0 {
		return l, 0
	}
	const steps = 80
	for i := range steps + 1 {
		x := over.lo + over.width()*float64(i)/steps
		z := (x - mean) / sd
		l.X = append(l.X, x)
		l.Y = append(l.Y, n*width/(sd*math.Sqrt(2*math.Pi))*math.Exp(-z*z/2))
	}
	return l, sd
}

// autocorrelation of the training residuals by lag in rows, pooled over
// recordings, with the limits 1.96/√n of white noise.
func (q *residuals) autocorrelation() (Chart, bool) {
	longest := 0
	for _, r := range q.runs {
		longest = max(longest, len(r))
	}
	lags := min(mostLags, longest/4)
	if lags < 3 {
		return Chart{}, false
	}
	bars := Layer{Kind: Bars, Name: "autocorrelation", Color: Fit, Size: 0.5}
	limit := twoSided95 / math.Sqrt(float64(len(q.train)))
	tallest := math.Max(0.4, 1.3*limit)
	for lag := 1; lag <= lags; lag++ {
		r := correlation(q.runs, lag)
		if !finite(r) {
			return Chart{}, false
		}
		bars.X, bars.Y = append(bars.X, float64(lag)), append(bars.Y, r)
		tallest = math.Max(tallest, math.Abs(r))
	}
	y := span{-1.15 * tallest, 1.15 * tallest}
	x := span{0.4, float64(lags) + 0.6}
	return Chart{
		Title: "Autocorrelation", Height: 210, Legend: true,
		Alt: fmt.Sprintf("Autocorrelation of the residuals of %s at lags 1 to %d; %s at lag 1.",
			q.name, lags, format(bars.Y[0], 2)),
		X: Axis{Label: "lag", Unit: "rows", Min: x.lo, Max: x.hi, Whole: true},
		Y: y.axis("", ""),
		Layers: []Layer{
			{Kind: Band, Name: "white noise, 95 %", Color: Muted, X: Numbers{x.lo, x.hi},
				Y: Numbers{-limit, -limit}, Y1: Numbers{limit, limit}},
			{Kind: Level, Color: Ink, Y: Numbers{0}}, bars},
	}, true
}

// correlation at a lag over all runs; pairs with a missing value are left out.
func correlation(runs [][]float64, lag int) float64 {
	n, sum := 0.0, 0.0
	for _, run := range runs {
		for _, v := range run {
			if finite(v) {
				n, sum = n+1, sum+v
			}
		}
	}
	mean, square, product, pairs := sum/n, 0.0, 0.0, 0.0
	for _, run := range runs {
		for i, v := range run {
			if !finite(v) {
				continue
			}
			square += (v - mean) * (v - mean)
			if i >= lag && finite(run[i-lag]) {
				product += (v - mean) * (run[i-lag] - mean)
				pairs++
			}
		}
	}
	if pairs == 0 || square == 0 {
		return math.NaN()
	}
	return product / square
}
