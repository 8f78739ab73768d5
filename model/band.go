package model

import (
	"errors"
	"math"
	"sort"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model/noise"
)

// Band says how far from a forecast the next values may lie: what a model knows
// of its own errors. It travels with the model, and every forecast of the model
// carries it as PLo and PHi.
//
// At a horizon h behind the last known row, a value is taken to be normal around
// the forecast with the variance
//
//	noise² + misfit² + spread² + apart(h)² + growth(h)²
//
// where noise and misfit together are what rows differ from the fitted trajectory (or, where Models say more of it,
// reaches to the quantiles of that, to each side its own), spread what the
// members of an ensemble say there, apart by how much other models that were as
// good differ, and growth what forecasts of known rows were wrong beyond noise
// and spread. Where Models make noise depend on the value, growth does alike: it is counted where
// noise has the deviation in Noise. Half widths are then
// multiplied by the factor of the horizon's group, which comes from forecasts of
// rows that the model had not seen. Within the record the horizon is 0 and the
// factor 1. All numbers are in user units.
type Band struct {
	Nominal float64   `json:"nominal"` // part of values it is to hold
	Noise   []float64 `json:"noise"`   // of each column
	// Misfit is what the law leaves of the rows beside their noise, of each column; nil: none is seen.
	Misfit []Misfit `json:"misfit,omitempty"`
	// Models say how values lie around forecasts where that is not normal with the deviation in
	// Noise; nil: nowhere. A model has them, see Model.NoiseModels.
	Models []*noise.Column `json:"-"`
	Centre []float64       `json:"centre"` // mean of each column, and
	Extent []float64       `json:"extent"` // its deviation: they bound what a band can say
	// NotNegative tells of each column that no row of it is below zero: then no
	// band is.
	NotNegative []bool `json:"not_negative"`
	// Log tells which columns have bands by factors, since states of the model are their
	// logarithms: Noise, Centre, Extent, Growth and Apart are of these, and so are errors and
	// forecasts that methods are asked of. nil: none.
	Log    []bool   `json:"log,omitempty"`
	Growth []Errors `json:"growth"` // by ascending horizon
	// Apart is the disagreement of models by ascending horizon; nil if one was tried.
	Apart  []Errors    `json:"apart,omitempty"`
	Groups []BandGroup `json:"groups"` // by ascending horizon; nil: nothing was held out

	// Values that were held out, once for each forecast of them, on which the
	// following were measured; 0: there were none, and these say nothing.
	Values int `json:"values"`
	// Measured is the part of them inside bands whose factors come from other
	// stretches of held-out rows.
	Measured float64   `json:"measured"`
	CRPS     []float64 `json:"crps"` // continuous ranked probability score of each column, in its unit
	// Plain is the CRPS, of the same values, of always saying the mean and deviation that the
	// column has in the training rows.
	Plain []float64 `json:"crps_plain"`
	// Each is how many of the values are of each column; nothing was measured of one without.
	Each []int `json:"values_each,omitempty"`
}

// Errors are standard deviations of each column at a horizon.
type Errors struct {
	Horizon float64   `json:"horizon"`
	SD      []float64 `json:"sd"`
}

// BandGroup is what held-out rows say of the horizons up to To and beyond the
// group before.
type BandGroup struct {
	To     float64 `json:"to"`
	Factor float64 `json:"factor"`
	// Windows are the stretches of held-out rows, as long as To and apart from
	// each other, that the factor comes from. With leastWindows it is conformal.
	Windows int `json:"windows"`
}

// leastWindows make a factor that holds what it promises without the normal
// distribution.
const LeastWindows = 20

// CalibratedTo is the longest horizon up to which the band holds what it
// promises by forecasts of leastWindows stretches of rows that the model had not
// seen; 0: nowhere. Beyond, its width comes from the model and what few there are.
func (b *Band) CalibratedTo() float64 {
	to := 0.0
	for _, g := range b.Groups {
		if g.Windows < LeastWindows {
			break
		}
		to = g.To
	}
	return to
}

// Beyond the horizons that were seen errors go on as a power of it, of at most
// steepest (a phase that drifts), in deviations; a band ends where it says nothing
// any more, mostExtents of a column (or of the distance from its mean) away.
const (
	steepest    = 1
	MostExtents = 4
)

// at is column c of errors at horizon h: interpolated in variance, from zero at
// none, and continued as a power.
func errorsAt(all []Errors, h float64, c int) float64 {
	n := len(all)
	if n == 0 || h <= 0 {
		return 0
	}
	i := sort.Search(n, func(i int) bool { return all[i].Horizon >= h })
	if i == n {
		last := all[n-1]
		power := 0.5 // errors that add up
		if n > 1 && last.SD[c] > 0 {
			before := all[(n-1)/2] // the middle one: neighbours are noisy
			if before.SD[c] > 0 && before.Horizon < last.Horizon {
				power = math.Log(last.SD[c]/before.SD[c]) / math.Log(last.Horizon/before.Horizon)
			}
		}
		return last.SD[c] * math.Pow(h/last.Horizon, min(steepest, max(0, power)))
	}
	from, lo := 0.0, 0.0
	if i > 0 {
		from, lo = all[i-1].Horizon, all[i-1].SD[c]
	}
	hi, w := all[i].SD[c], (h-from)/(all[i].Horizon-from)
	return math.Sqrt((1-w)*lo*lo + w*hi*hi)
}

// Deviation is the standard deviation of column c at horizon h around a forecast of x, before
// any factor, where members say the half width half.
func (b *Band) Deviation(x, h float64, c int, half float64) float64 {
	return b.deviation(b.NoiseAt(x, c), x, h, c, half)
}

// NoiseAt is the standard deviation of the noise alone.
func (b *Band) NoiseAt(x float64, c int) float64 {
	if k, own := b.kind(c); k != nil && num.Finite(x) {
		return noise.Deviation(k, x, own)
	}
	return b.Noise[c]
}

// GrowthUnit is what one of Growth is at a forecast of x: 1 where noise is the same everywhere.
func (b *Band) GrowthUnit(x float64, c int) float64 {
	if k, own := b.kind(c); k != nil && num.Finite(x) && b.Noise[c] > 0 {
		return noise.Deviation(k, x, own) / b.Noise[c]
	}
	return 1
}

// kind is that of the noise of column c, with its numbers; nil: it is normal, of the deviation in
// Noise.
func (b *Band) kind(c int) (noise.Kind, []float64) {
	if b.Models == nil || b.Models[c] == nil {
		return nil, nil
	}
	k, err := noise.Kinds.Lookup(b.Models[c].Kind)
	if err != nil {
		return nil, nil
	}
	return k, b.Models[c].Own()
}

// Widths are how far the band of column c reaches below and above a forecast of x, before any
// factor: to the quantiles of the noise there, and farther by what else is not known.
func (b *Band) Widths(x, h float64, c int, half float64) (down, up float64) {
	k, own := b.kind(c)
	if k == nil || !num.Finite(x) {
		w := BandDeviations * b.deviation(b.Noise[c], x, h, c, half)
		return w, w
	}
	other := BandDeviations * b.deviation(0, x, h, c, half)
	down = x - k.Quantile((1-BandNominal)/2, x, own)
	up = k.Quantile((1+BandNominal)/2, x, own) - x
	return math.Hypot(max(0, down), other), math.Hypot(max(0, up), other)
}

// deviation is that of noise of a deviation and of all else that is not known.
func (b *Band) deviation(own, x, h float64, c int, half float64) float64 {
	if math.IsNaN(half) || math.IsInf(half, 0) {
		half = MostExtents * b.Extent[c]
	}
	known := math.Hypot(half/BandDeviations, errorsAt(b.Apart, h, c))
	return math.Hypot(math.Hypot(math.Hypot(own, b.MisfitAt(c)), b.GrowthUnit(x, c)*errorsAt(b.Growth, h, c)), known)
}

// Factor is that of the groups around horizon h, between their middles along the
// logarithm of h, so that a band has no steps.
func (b *Band) Factor(h float64) float64 {
	n := len(b.Groups)
	if h <= 0 || n == 0 {
		return 1
	}
	i := sort.Search(n, func(i int) bool { return groupMiddle*b.Groups[i].To >= h })
	switch i {
	case 0:
		return b.Groups[0].Factor
	case n:
		return b.Groups[n-1].Factor
	}
	from, to := &b.Groups[i-1], &b.Groups[i]
	w := math.Log(h/(groupMiddle*from.To)) / math.Log(to.To/from.To)
	return from.Factor + w*(to.Factor-from.Factor)
}

// groupMiddle is the middle of a group, which begins at half its end.
const groupMiddle = 1 / math.Sqrt2

// sides are how far the band reaches below and above the value x of column c.
func (b *Band) sides(x, h float64, c int, half float64) (down, up float64) {
	factor, most := b.Factor(h), MostExtents*max(b.Extent[c], math.Abs(x-b.Centre[c]))
	within := func(w float64) float64 {
		if w *= factor; !(w < most) { // NaN too
			return most
		}
		return w
	}
	down, up = b.Widths(x, h, c, half)
	return within(down), within(up)
}

// IsLog tells that the band of column c is one of logarithms.
func (b *Band) IsLog(c int) bool { return c < len(b.Log) && b.Log[c] }

// Of is a value of column c as the band has it: itself or its logarithm.
func (b *Band) Of(c int, v float64) float64 {
	if b.IsLog(c) {
		return math.Log(v)
	}
	return v
}

// User turns back what Of gave.
func (b *Band) User(c int, v float64) float64 {
	if b.IsLog(c) {
		return math.Exp(v)
	}
	return v
}

// predict fills in the predictive band of a forecast whose last known row is
// at time end.
func (m *Model) predict(f *Forecast, end float64) *Forecast {
	if m.Band == nil || f == nil || len(m.Band.Noise) != len(f.Names) {
		return f
	}
	b, d := m.Band, len(f.Names)
	f.PLo, f.PHi = make([]float64, len(f.X)), make([]float64, len(f.X))
	for i, v := range f.X {
		c, half := i%d, 0.0
		x := b.Of(c, v)
		if f.Hi != nil {
			half = b.Of(c, f.Hi[i]) - x
		}
		down, up := b.sides(x, f.T[i/d]-end, c, half)
		f.PLo[i], f.PHi[i] = b.User(c, x-down), b.User(c, x+up)
		if b.NotNegative[c] && v >= 0 {
			f.PLo[i] = max(0, f.PLo[i])
		}
	}
	return f
}

// check reports a band that was read and does not fit d columns.
func (b *Band) check(d int) error {
	if b == nil {
		return nil
	}
	ok := len(b.Log) <= d && b.misfits(d) && len(b.Noise) == d && len(b.Centre) == d && len(b.Extent) == d && len(b.NotNegative) == d
	for _, all := range [][]Errors{b.Growth, b.Apart} {
		for i, e := range all {
			ok = ok && len(e.SD) == d && e.Horizon > 0 && (i == 0 || e.Horizon > all[i-1].Horizon)
		}
	}
	if !ok {
		return errors.New("the description of the model is not valid: its band has not as many columns as there are states, or its horizons do not ascend")
	}
	return nil
}
