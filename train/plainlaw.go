package train

import (
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	space "github.com/entrain-dev/entrain/linear"
	"github.com/entrain-dev/entrain/model"
)

// Some records are forecast by nothing better than a baseline: what walks at random
// stays where it is, what is driven by shocks comes back to its mean. The laws that say
// so are candidates that win only where everything else forecasts the held-out rows
// worse; then what is returned is as simple as what the rows can support.

// plainMost is the number of columns up to which they are tied to each other by a
// linear law.
const plainMost = 8

// plainRecipes are the laws that stand for baselines: columns that stay, columns that
// return to their means, each by itself, and a linear law of all. States have noise.
func (p *Problem) plainRecipes() ([]*candidate, error) {
	d := len(p.Train[0].Names)
	var list []*candidate
	add := func(name string, law *lawStart) error {
		c, err := p.begun(name, "linear", &field.Linear{Augment: law.law.N - d, Logs: law.logs}, law)
		if err == nil {
			c.plain = true
			list = append(list, c)
		}
		return err
	}
	if err := add("every column stays where it is", p.levelLaw(nil)); err != nil {
		return nil, err
	}
	if rates := p.returnRates(); rates != nil {
		if err := add("every column returns to its mean", p.levelLaw(rates)); err != nil {
			return nil, err
		}
	}
	for _, law := range p.season() {
		if err := add(law.name, law.lawStart); err != nil {
			return nil, err
		}
	}
	if d > plainMost {
		return list, nil
	}
	o := p.lawOptions(d, d)
	o.Noise = "yes"
	if law, err := p.lawWith(o); err == nil { // or the others go on without it
		if err := add("linear law without hidden states", law); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// levelLaw lets every column return to its mean at a rate, in units of 1/time; nil:
// none of them moves.
func (p *Problem) levelLaw(rates []float64) *lawStart {
	first, f := &p.Train[0], &p.Parts.Frame
	d, q := len(first.Names), len(first.Inputs)+1
	moments := data.NewMoments(p.Train...)
	m := &space.Model{Outputs: first.Names, Inputs: first.Inputs, Shift: moments.Mean, UShift: f.UShift, UScale: f.UScale, N: d,
		A: make([]float64, d*d), B: make([]float64, d*q), C: make([]float64, d*d), D: make([]float64, d*q)}
	m.Hold, _ = model.Holding(p.Hold, m.Inputs)
	for c := range d {
		m.Scale = append(m.Scale, orOne(moments.SD[c]))
		m.C[c*d+c] = 1
		if rates != nil {
			m.A[c*d+c] = -rates[c]
		}
	}
	m.Q, m.R = p.levelNoise(m.Scale, rates)
	m.Mean, m.Spread = make([]float64, d), make([]float64, d*d)
	for c := range d {
		m.Spread[c*d+c] = 1
	}
	out := &lawStart{law: m, fixed: true, unknowns: 2*d + len(rates)}
	for i := range p.Train {
		s := &p.Train[i]
		path := make([]float64, s.Len()*d)
		for c := range d {
			l := newLine(s.T, s.Column(c))
			for k, t := range s.T {
				path[k*d+c] = (l.at(t) - m.Shift[c]) / m.Scale[c]
			}
		}
		out.paths = append(out.paths, path)
	}
	return out
}

// levelNoise is the intensity of the noise that moves levels which return at rates (nil: stay), a
// square matrix, and the variance of that of rows, in squares of scale: those of most likelihood.
func (p *Problem) levelNoise(scale, rates []float64) (states, rows []float64) {
	d := len(scale)
	states, rows = make([]float64, d*d), make([]float64, d)
	for c := range d {
		rate := 0.0
		if rates != nil {
			rate = rates[c]
		}
		if level, row, ok := space.LevelNoise(p.Train, c, rate); ok {
			states[c*d+c], rows[c] = level/square(scale[c]), row/square(scale[c])
		}
	}
	return states, rows
}

// returnRates are the rates at which the autocorrelation of each column falls to half,
// as rates of a decay to 1/e; nil if one does not fall so far within the rows.
func (p *Problem) returnRates() []float64 {
	g := p.mesh()
	moments := data.NewMoments(p.Train...)
	var out []float64
	for c := range p.Train[0].Names {
		lag := p.halfLag(c, &g, moments)
		if lag == 0 {
			return nil
		}
		out = append(out, math.Ln2/(lag*g.step))
	}
	return out
}

// halfLag is the lag, in steps of the grid, at which the autocorrelation of a column
// has fallen to half, between two lags by a straight line; 0 if it does not within half
// the rows.
func (p *Problem) halfLag(c int, g *mesh, m *data.Moments) float64 {
	most := 0
	var lines [][]float64
	for i := range p.Train {
		s := &p.Train[i]
		l, n := newLine(s.T, s.Column(c)), 1+int((s.T[s.Len()-1]-s.T[0])/g.step+1e-6)
		y := make([]float64, n)
		for k := range y {
			y[k] = l.at(s.T[0]+float64(k)*g.step) - m.Mean[c]
		}
		lines, most = append(lines, y), max(most, min(n/2, 4096))
	}
	sum, weight := make([]float64, most+1), make([]float64, most+1)
	for _, y := range lines {
		addProducts(sum, y)
		for lag := 0; lag <= most && lag < len(y); lag++ {
			weight[lag] += float64(len(y) - lag)
		}
	}
	if !(sum[0] > 0) {
		return 0
	}
	last := 1.0
	for lag := 1; lag <= most && weight[lag] > 0; lag++ {
		r := sum[lag] / weight[lag] / (sum[0] / weight[0])
		if r <= 0.5 {
			return float64(lag) - 1 + (last-0.5)/(last-r)
		}
		last = r
	}
	return 0
}
