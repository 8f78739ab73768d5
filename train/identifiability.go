package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
)

// Identifiability says in how many directions around a row of the data other rows
// lie, which is in how many a Jacobian, and so an exponent, can be known from them.
type Identifiability struct {
	States     int       // directions there are
	Directions float64   // in which neighbours lie, mean over rows
	Known      int       // the same for most rows: exponents that the data support
	Spread     []float64 // of neighbours along their principal directions, in parts of the widest, medians
	Noise      float64   // of a state, smoothed where rows are, in deviations
	Text       string    // a sentence
}

// The rows that are looked at, and by how much a spread must be above the noise of a
// difference.
const (
	identifyRows   = 200
	identifyAbove  = 2
	identifyFewest = 20 // rows with neighbours enough
)

// identifiability looks at rows that are evenly spread; nil where too few of them have
// neighbours at other times. States must all be measured.
func (p *Problem) identifiability() *Identifiability {
	d := len(p.Train[0].Names)
	if d != len(p.Parts.Frame.States) {
		return nil
	}
	all := p.measurements(false)
	maps := newLocalMaps(p, all, 0, 0, 0, false)
	noise := p.stateNoise(false)
	out := &Identifiability{States: d, Noise: noise}
	counts, spreads := []float64{}, make([][]float64, d)
	for i := range identifyRows {
		if len(maps.near.at) == 0 {
			return nil
		}
		m := maps.of(maps.near.at[i*len(maps.near.at)/identifyRows])
		if len(m.spread) < d || !(m.spread[0] > 0) {
			continue
		}
		n := 0.0
		for j, s := range m.spread {
			spreads[j] = append(spreads[j], s/m.spread[0])
			if s >= knownSpread*m.spread[0] && s > identifyAbove*math.Sqrt2*noise {
				n++
			}
		}
		counts = append(counts, n)
	}
	if len(counts) < identifyFewest {
		return nil
	}
	for _, s := range spreads {
		slices.Sort(s)
		out.Spread = append(out.Spread, num.Quantile(s, 0.5))
	}
	slices.Sort(counts)
	out.Known = int(num.Quantile(counts, 0.5))
	for _, n := range counts {
		out.Directions += n / float64(len(counts))
	}
	out.Text = out.text()
	return out
}

func (i *Identifiability) text() string {
	if i.Known == i.States {
		return fmt.Sprintf("neighbours of a row lie in all %d directions, so Jacobians and all exponents can be known from the data", i.States)
	}
	if i.Known == 0 {
		return fmt.Sprintf("neighbours of a row are no farther from it than noise (%.2g deviations), so no Jacobian and no exponent can be known from the data", i.Noise)
	}
	return fmt.Sprintf("neighbours of a row lie in %.1f of %d directions (the next is %.2g as wide as the first, noise is %.2g deviations): "+
		"of the model's exponents the data support %d, the others are what its form makes of them",
		i.Directions, i.States, i.Spread[i.Known], i.Noise, i.Known)
}
