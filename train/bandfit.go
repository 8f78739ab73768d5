package train

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
)

// calibrate finds out how wide the bands of the saved model have to be, and gives
// them to it. It takes the windows of the assessment and the disagreement of
// models in r.Apart.
func (p *Problem) calibrate(r *Result) {
	b := p.newBand(r)
	known := p.rows(r.Refit || p.Held == nil)
	b.Growth = b.growth(p.seenWindows(r.Model, known))
	if r.Assessment != nil {
		held := p.heldWindows(r.Model, r.Assessment.Held)
		b.Groups = b.factors(held, everything)
		b.measure(held)
	}
	b.Apart = r.Apart
	r.Model.Band = b
	if r.Chosen != nil {
		r.Chosen.Band = b
	}
}

// newBand knows the noise: what the fitted trajectory leaves of the rows, and
// not less than the fit says.
func (p *Problem) newBand(r *Result) *Band {
	all := p.rows(true)
	d := len(all[0].Names)
	moments := data.NewMoments(all...)
	left := p.residuals(r)
	b := &Band{Nominal: bandNominal, Noise: make([]float64, d), Centre: moments.Mean, Extent: slices.Clone(moments.SD), NotNegative: make([]bool, d)}
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
		b.Noise[c] = deviationOf(column, mostExtents*b.Extent[c])
		if c < len(r.Noise) && isNumber(r.Noise[c]) {
			b.Noise[c] = max(b.Noise[c], min(r.Noise[c], b.Extent[c]))
		}
		b.NotNegative[c] = moments.Min[c] >= 0
	}
	return b
}

// residuals are the rows that the saved model was fitted to minus its fitted
// trajectory, one run a recording, rows × columns; NaN where there is none.
func (p *Problem) residuals(r *Result) [][]float64 {
	whole := p.rows(true)
	var out [][]float64
	for rec, s := range p.rows(r.Refit || p.Held == nil) {
		run := slices.Clone(s.X)
		f, err := r.Model.Forecast(rec, s.T, &whole[rec])
		for i := range run {
			if err != nil || i >= len(f.X) {
				run[i] = math.NaN()
				continue
			}
			run[i] -= f.X[i]
		}
		out = append(out, run)
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
	return quantile(all, bandNominal) / bandDeviations
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

// growth is by how much errors at each horizon exceed the noise; it does not
// fall with it.
func (b *Band) growth(windows []bandWindow) []Errors {
	ends, d := horizons(windows), len(b.Noise)
	at := make([]float64, len(ends)) // mean horizons
	count := make([]float64, len(ends))
	all := make([][][]float64, len(ends))
	for i := range windows {
		w := &windows[i]
		for k, h := range w.horizon {
			g := groupOf(ends, h)
			if all[g] == nil {
				all[g] = make([][]float64, d)
			}
			at[g], count[g] = at[g]+h, count[g]+1
			for c := range d {
				all[g][c] = append(all[g][c], w.err[k*d+c])
			}
		}
	}
	var out []Errors
	var weight []float64
	for g := range ends {
		if count[g] == 0 {
			continue
		}
		e := Errors{Horizon: at[g] / count[g], SD: make([]float64, d)}
		for c := range d {
			s := deviationOf(all[g][c], mostExtents*b.Extent[c])
			e.SD[c] = math.Sqrt(max(0, s*s-b.Noise[c]*b.Noise[c]))
		}
		out, weight = append(out, e), append(weight, count[g])
	}
	for c := range d {
		ascend(out, weight, c)
	}
	return out
}

// ascend makes the variances of column c ascend: neighbours that do not are
// replaced by their mean.
//
// Source: pool adjacent violators, Ayer et al., Ann. Math. Statist. 26 (1955) 641.
func ascend(all []Errors, weight []float64, c int) {
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
