package model

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/entrain-dev/entrain/data"
)

// newDraws is how many recordings stand for those that a further one may be like.
const newDraws = 64

// ForecastNew follows a recording of which nothing is known but its inputs, such as doses, from time t0
// on: it begins where those that were fitted begin by what is known of them, with the common values of
// parameters that each recording has for itself. Its band holds nine tenths of recordings that lie
// about these as those of the fit do.
//
// Errors: starts that were learnt or taken from rows, and those of Integrate.
func (m *Model) ForecastNew(t0 float64, times []float64, inputs *data.Series) (*Forecast, error) {
	if !m.KnownStart || len(m.Records) == 0 {
		return nil, fmt.Errorf("it has no values to begin at, and the fit knew of no start that all recordings have; " +
			"give a row with values, or fit with initial=known and start=")
	}
	follow := func(values []float64) (*Forecast, error) {
		starts := make([][]float64, len(m.Theta))
		for j := range starts {
			starts[j] = slices.Clone(m.Records[0].Start[min(j, len(m.Records[0].Start)-1)])
			for k, c := range m.Population {
				starts[j][c.State] = m.Parts.Frame.Scaled(c.State, values[k])
			}
		}
		return m.Integrate("", t0, starts, times, inputs)
	}
	rng := rand.New(rand.NewPCG(m.From.Seed, 0))
	common := make([]float64, len(m.Population))
	for k, c := range m.Population {
		common[k] = c.Value
	}
	out, err := follow(common)
	if err != nil {
		return nil, err
	}
	if len(m.Population) == 0 {
		return m.predict(out, t0), nil
	}
	var all [][]float64
	for range newDraws {
		one, err := follow(m.drawn(rng))
		if err != nil {
			return nil, err
		}
		if len(one.X) == len(out.X) {
			all = append(all, one.X)
		}
	}
	out.widen(all)
	return m.predict(out, t0), nil
}

// drawn are values of a further recording, one an entry of Population, user units.
func (m *Model) drawn(rng *rand.Rand) []float64 {
	z, at := make([]float64, len(m.Population)), map[int]int{}
	for k, c := range m.Population {
		z[k], at[c.State] = rng.NormFloat64(), k
	}
	for _, r := range m.relations() {
		own := make([]float64, len(r.states))
		for a, s := range r.states {
			own[a] = z[at[s]]
		}
		for a, s := range r.states {
			v := 0.0
			for b := range a + 1 {
				v += r.factor.At(a, b) * own[b]
			}
			z[at[s]] = v
		}
	}
	for k := range z {
		c := &m.Population[k]
		if z[k] = c.Value + c.Width()*z[k]; c.Log {
			z[k] = c.Value * math.Exp(z[k]-c.Value)
		}
	}
	return z
}

// widen makes the band of a forecast hold the middle nine tenths of others.
func (f *Forecast) widen(all [][]float64) {
	if len(all) == 0 {
		return
	}
	if f.Lo == nil {
		f.Lo, f.Hi = slices.Clone(f.X), slices.Clone(f.X)
	}
	column := make([]float64, len(all))
	for i := range f.X {
		for k := range all {
			column[k] = all[k][i]
		}
		slices.Sort(column)
		cut := len(column) / 20
		f.Lo[i], f.Hi[i] = min(f.Lo[i], column[cut]), max(f.Hi[i], column[len(column)-1-cut])
	}
}
