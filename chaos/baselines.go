package chaos

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/par"
)

// Baseline is a cheap forecaster of equally spaced rows, against which a model of a
// chaotic system should be held: it was fitted to a past, and runs freely.
type Baseline struct {
	Name     string
	Settings string // those that were chosen, in words
	d        int
	run      func(history []float64, n int) []float64 // standardised
	mean, sd []float64
}

// Forecast goes on behind the last row of history, rows × d, row-major, for n rows. It
// needs some rows of history: as many as its delays reach, or its state takes to settle.
func (b *Baseline) Forecast(history []float64, n int) []float64 {
	z := b.run(scaledRows(history, b.mean, b.sd), n)
	for i, v := range z {
		z[i] = b.mean[i%b.d] + b.sd[i%b.d]*v
	}
	return z
}

const (
	fewestPast     = 300
	baselineStarts = 6
	baselineShare  = 0.2 // of the past, held out to choose settings by
	baselineError  = 0.4 // where a forecast stops being valid, deviations
)

// FitBaselines fits all baselines to rows x, n × d, row-major, at equal steps:
//
//	persistence  the last row for ever
//	mean         the mean of all rows
//	parrot       what followed the most similar stretch of the past
//	ng-rc        ridge regression on delays and their products
//	random       ridge regression on random features of delays
//	echo-state   ridge regression on a random recurrent network
//
// Settings are those whose forecasts of held-out rows stay valid longest; then all rows are
// fitted. The same seed gives the same baselines.
// Sources: Gauthier, Bollt, Griffith, Barbosa, Nat. Commun. 12 (2021) 5564 (ng-rc);
// Jaeger, Haas, Science 304 (2004) 78 (echo state); Rahimi, Recht, NIPS (2007) (random
// features).
func FitBaselines(x []float64, d int, seed uint64) ([]*Baseline, error) {
	n := len(x) / max(d, 1)
	if n < fewestPast {
		return nil, fmt.Errorf("there are %d rows; the baselines of chaotic records need %d at least", n, fewestPast)
	}
	mean, sd, err := columnMoments(x, d)
	if err != nil {
		return nil, err
	}
	z := scaledRows(x, mean, sd)
	out := []*Baseline{
		{Name: "persistence", run: func(h []float64, n int) []float64 { return again(h[len(h)-d:], n) }},
		{Name: "mean", run: func(_ []float64, n int) []float64 { return make([]float64, n*d) }},
		parrot(z, d),
		chosen("ng-rc", z, d, polynomials(d)),
		chosen("random", z, d, randomFeatures(d, seed)),
		chosen("echo-state", z, d, reservoirs(d, seed)),
	}
	for _, b := range out {
		b.d, b.mean, b.sd = d, mean, sd
	}
	return out, nil
}

func again(row []float64, n int) []float64 {
	var out []float64
	for range n {
		out = append(out, row...)
	}
	return out
}

// candidate is one setting of a baseline that is fitted by ridge regression.
type candidate struct {
	words string
	lift  func() lift
	ridge float64
}

// lift turns rows into features, one row after the other.
type lift interface {
	// next takes a row in and writes the features behind it; false until there are
	// enough rows.
	next(row []float64) ([]float64, bool)
}

// chosen fits every candidate to the first part of the past, and the best one to all.
func chosen(name string, z []float64, d int, all []candidate) *Baseline {
	n := len(z) / d
	held := int(baselineShare * float64(n))
	scores := make([]float64, len(all))
	par.Map(len(all), func(k int) { scores[k] = validity(fitRidge(z[:(n-held)*d], d, all[k]), z, d, held) })
	best := 0
	for k, s := range scores {
		if s > scores[best] {
			best = k
		}
	}
	r := fitRidge(z, d, all[best])
	return &Baseline{Name: name, Settings: all[best].words, run: r.forecast}
}

// validity is the mean number of valid rows of forecasts of held-out rows from a few
// starts; of several that never end the one with the smaller error counts more.
func validity(r *ridge, z []float64, d, held int) float64 {
	if r == nil {
		return -1
	}
	n, sum := len(z)/d, 0.0
	ahead := held / 2
	ones := repeated(1, d)
	for k := range baselineStarts {
		at := n - held + k*(held-ahead)/baselineStarts
		f := r.forecast(z[max(0, at-mostHistory)*d:at*d], ahead)
		truth := z[at*d : (at+ahead)*d]
		rows, _ := ValidRows(f, truth, ones, baselineError)
		square := 0.0
		for i, v := range f[:min(len(f), max(1, rows)*d)] {
			square += (v - truth[i]) * (v - truth[i])
		}
		sum += float64(rows) + 1/(1+1e3*square/float64(max(1, rows)*d))
	}
	return sum / baselineStarts
}

// mostHistory rows are shown to a forecast.
const mostHistory = 400

// parrot copies what followed the stretch of the past that is most like the last one; where
// the past ends, it looks again.
func parrot(z []float64, d int) *Baseline {
	n := len(z) / d
	width := max(1, min(theilerWindow(z, d)/3, n/10))
	run := func(h []float64, count int) []float64 {
		all := append([]float64{}, h...)
		begin := len(all)
		for len(all) < begin+count*d {
			w := min(width, len(all)/d)
			last := all[len(all)-w*d:]
			best, at := math.Inf(1), 0
			for i := 0; i+w < n; i++ {
				if e := squares(z[i*d:(i+w)*d], last, best); e < best && e > 0 {
					best, at = e, i+w
				}
			}
			all = append(all, z[at*d:]...)
		}
		return all[begin : begin+count*d]
	}
	return &Baseline{Name: "parrot", Settings: fmt.Sprintf("stretches of %d rows", width), run: run}
}

// squares is the square of a distance, or anything larger than bound.
func squares(a, b []float64, bound float64) float64 {
	sum := 0.0
	for i, v := range a {
		if sum += (v - b[i]) * (v - b[i]); sum > bound {
			return sum
		}
	}
	return sum
}
