package train

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/model/noise"
)

// Quantified is what is known of values that an instrument cannot tell.
type Quantified struct {
	Below float64 `json:"below" yaml:"below" must:"stated"` // limit of quantification: values at or below it are only known not to be above
}

// columnNoise is the noise of a column as fits take it.
type columnNoise struct {
	noise.Column
	kind  noise.Kind
	limit *noise.Limited // nil: all values are known
	learn []int          // own numbers that are learnt
}

// at sets s to what a value costs.
func (c *columnNoise) at(s *noise.Score, y, mu float64, own []float64) {
	if c.limit != nil {
		c.limit.At(s, y, mu, own)
		return
	}
	c.kind.At(s, y, mu, own)
}

// withSpace is the noise of each column with work space of its own.
func withSpace(columns []*columnNoise) (all []*columnNoise) {
	for _, c := range columns {
		own := *c
		if c.limit != nil {
			own.limit = &noise.Limited{Kind: c.limit.Kind, Limit: c.limit.Limit}
		}
		all = append(all, &own)
	}
	return all
}

// noises is the noise of each column; nil where the user says nothing of it that least squares
// would not do. Its errors are for the user.
func (p *Problem) noises() ([]*columnNoise, error) {
	if len(p.Noise) == 0 && len(p.Censored) == 0 {
		return nil, nil
	}
	names, plain := p.Train[0].Names, true
	for _, key := range append(slices.Sorted(maps.Keys(p.Noise)), slices.Sorted(maps.Keys(p.Censored))...) {
		if !slices.Contains(names, key) {
			said := ""
			if s, ok := registry.Suggest(key, names); ok {
				said = fmt.Sprintf("; did you mean %q?", s)
			}
			return nil, fmt.Errorf("noise: there is no measured column %q%s", key, said)
		}
	}
	var all []*columnNoise
	for c, name := range names {
		spec, said := p.Noise[name]
		if !said {
			spec = "constant"
		}
		one, err := p.newColumnNoise(c, spec)
		if err != nil {
			return nil, fmt.Errorf("noise: %s: %w", name, err)
		}
		plain = plain && one.Kind == "constant" && len(one.learn) == 1 && one.limit == nil
		all = append(all, one)
	}
	switch {
	case plain:
		return nil, nil
	case !p.squares():
		return nil, fmt.Errorf("loss=%s: with noise: the likelihood is the loss; leave one of the two out", p.Loss)
	case p.Weights == "equal":
		return nil, fmt.Errorf("weights=equal: with noise: each value has the weight that its noise says; leave one of the two out")
	}
	return all, nil
}

// newColumnNoise is the noise of a column, whose values must be such as it may have.
func (p *Problem) newColumnNoise(c int, spec noise.Spec) (*columnNoise, error) {
	parsed, err := spec.Parse()
	if err != nil {
		return nil, err
	}
	one := &columnNoise{Column: *parsed}
	if one.kind, err = noise.Kinds.Lookup(one.Kind); err != nil {
		return nil, err
	}
	for i, n := range one.Numbers {
		if !n.Given {
			one.learn = append(one.learn, i)
		}
	}
	if q, said := p.Censored[p.Train[0].Names[c]]; said {
		able, ok := one.kind.(noise.Censoring)
		switch {
		case !ok:
			return nil, fmt.Errorf("values with %s noise are not censored; it takes those that are normal, log-normal or Student's", one.Kind)
		case one.kind.Check(q.Below) != "":
			return nil, fmt.Errorf("censored: below=%g: %s", q.Below, one.kind.Check(q.Below))
		}
		one.Limit, one.limit = &q.Below, &noise.Limited{Kind: able, Limit: q.Below}
	}
	if err := p.suits(c, one); err != nil {
		return nil, err
	}
	return one, nil
}

// suits says why the values of column c cannot have had its noise, or that none of them is known.
func (p *Problem) suits(c int, one *columnNoise) error {
	known, censored, largest := 0, 0, 0.0
	for _, s := range p.rows(true) {
		for k := range s.T {
			y := s.Row(k)[c]
			if math.Abs(y) > largest {
				largest = math.Abs(y)
			}
			switch {
			case math.IsNaN(y):
			case one.Limit != nil && y <= *one.Limit:
				censored++
			case one.kind.Check(y) != "":
				return fmt.Errorf("%s noise cannot have led to the value %g at time %g: %s", one.Kind, y, s.T[k], one.kind.Check(y))
			default:
				known++
			}
		}
	}
	if known == 0 && censored > 0 {
		return fmt.Errorf("censored: below=%g: none of its %d values is above that, so nothing is known of it; lower the limit, or leave the column out", *one.Limit, censored)
	}
	if why := one.Fits(largest); largest > 0 && why != "" {
		return fmt.Errorf("%s: %s", one.Kind, why)
	}
	return nil
}

// MaximisesLikelihood tells that a method takes noise and censored values of the problem for what
// they are.
func (p *Problem) MaximisesLikelihood(m Method) bool {
	switch m.(type) {
	case Auto, *Auto:
		return p.parametric()
	}
	return TraitsOf(m).Noise
}

// noNoise is the error of a method that knows least squares alone.
func (p *Problem) noNoise(method string) error {
	if p.noise == nil {
		return nil
	}
	var said []string
	for c, n := range p.noise {
		said = append(said, fmt.Sprintf("%s: %s", p.Train[0].Names[c], n.Kind))
	}
	return fmt.Errorf("noise: {%s}: method=%s fits by least squares; methods that know likelihoods are auto (for equations without networks), lm, vanilla and progressive",
		strings.Join(said, ", "), method)
}

// noiseColumns are what a model keeps of the noise, with its numbers as they are in own, the
// logarithms of those that are learnt.
func (p *Problem) noiseColumns(own []float64) (out []*noise.Column) {
	at := 0
	for _, n := range p.noise {
		c := n.Column
		c.Numbers = slices.Clone(c.Numbers)
		for _, i := range n.learn {
			c.Numbers[i].Value = math.Exp(own[at])
			at++
		}
		out = append(out, &c)
	}
	return out
}

// NoiseWords says in words what noise each column has, in their order; nothing where fits are by
// least squares.
func (p *Problem) NoiseWords() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for c, n := range p.noise {
			text := n.Column.String()
			if n.Limit != nil {
				censored := 0
				for _, s := range p.rows(true) {
					for k := range s.T {
						if s.Row(k)[c] <= *n.Limit {
							censored++
						}
					}
				}
				text += fmt.Sprintf(", %d values", censored)
			}
			if !yield(p.Train[0].Names[c], text) {
				return
			}
		}
	}
}

// noiseSize is how many own numbers are learnt.
func (p *Problem) noiseSize() (n int) {
	for _, c := range p.noise {
		n += len(c.learn)
	}
	return n
}

// noiseNames are estimates of own numbers, whose logarithms are own, without errors.
func (p *Problem) noiseNames(own []float64) (out []model.Estimate) {
	at := 0
	for c, n := range p.noise {
		for _, i := range n.learn {
			e := model.NewEstimate(n.Numbers[i].Name, math.Exp(own[at]))
			e.Of = p.Train[0].Names[c]
			out, at = append(out, e), at+1
		}
	}
	return out
}

// tellNoise adds to a result what e has found of the noise, at the unknowns z.
func (p *Problem) tellNoise(r *Result, e *estimator, z []float64) {
	if p.noise == nil {
		return
	}
	r.NoiseNumbers, r.Model.NoiseModels = e.numbers, p.noiseColumns(e.own(z))
	if e.numbers == nil {
		r.NoiseNumbers = p.noiseNames(e.own(z))
	}
	at := 0
	for c, n := range p.noise {
		for _, i := range n.learn {
			if sd := r.NoiseNumbers[at].SD; !math.IsNaN(sd) {
				r.Model.NoiseModels[c].Numbers[i].SD = &sd
			}
			at++
		}
	}
}

// leastNumbers bound the logarithms of own numbers that are learnt from below.
func (p *Problem) leastNumbers() (out []float64) {
	for c, n := range p.noise {
		for _, i := range n.learn {
			out = append(out, math.Log(n.Least(i, p.Parts.Frame.Scale[c])))
		}
	}
	return out
}

// tellNoiseAlone adds to a result the noise of its rows around the trajectories of its model, with
// the errors that its numbers have where the law is given.
func (p *Problem) tellNoiseAlone(r *Result) {
	if p.noise == nil || r.Model == nil {
		return
	}
	var own, sds []float64
	for c, n := range p.noise {
		y, mu := p.beside(r, c)
		cost, numbers, info := n.fit(y, mu, p.Parts.Frame.Scale[c])
		k := len(n.learn)
		for a, i := range n.learn {
			sd := math.NaN()
			if v := info[a*k+a]; v > 0 && isNumber(cost) { // of a logarithm, the others given
				sd = numbers[i] / math.Sqrt(v)
			}
			own, sds = append(own, math.Log(numbers[i])), append(sds, sd)
		}
	}
	r.NoiseNumbers, r.Model.NoiseModels = p.noiseNames(own), p.noiseColumns(own)
	at := 0
	for c, n := range p.noise {
		for _, i := range n.learn {
			if e := &r.NoiseNumbers[at]; sds[at] > 0 {
				e.SD = sds[at]
				wide(e)
				r.Model.NoiseModels[c].Numbers[i].SD = &sds[at]
			}
			at++
		}
	}
}

// beside are the values of a column that a model was fitted to and what it predicts of them.
func (p *Problem) beside(r *Result, c int) (y, mu []float64) {
	whole := p.rows(true)
	for rec, s := range p.rows(r.Refit || p.Held == nil) {
		f, err := r.Model.Forecast(rec, s.T, &whole[rec])
		for k := 0; err == nil && k < f.Len(); k++ {
			if v := s.Row(k)[c]; !math.IsNaN(v) {
				y, mu = append(y, v), append(mu, f.Row(k)[c])
			}
		}
	}
	return y, mu
}

// fit are the most likely own numbers of values around predictions, in a column whose values are
// so far apart.
func (c *columnNoise) fit(y, mu []float64, scale float64) (cost float64, own, info []float64) {
	known, predicted := c.known(y, mu)
	own = c.begun(known, predicted, scale)
	var least []float64
	for _, i := range c.learn {
		least = append(least, c.Least(i, scale))
	}
	cost, info = noise.Fit(c.at, c.learn, y, mu, own, least)
	return cost, own, info
}

// known are the values above the limit of the column, and what is predicted of them.
func (c *columnNoise) known(y, mu []float64) (values, predicted []float64) {
	for i, v := range y {
		if c.Limit == nil || v > *c.Limit {
			values, predicted = append(values, v), append(predicted, mu[i])
		}
	}
	return values, predicted
}

// begun are own numbers with those that are learnt where a search for them begins, by values
// around predictions in a column whose values are so far apart.
func (c *columnNoise) begun(y, mu []float64, scale float64) []float64 {
	own, begin := c.Own(), c.kind.Begin(y, mu)
	for _, i := range c.learn {
		own[i] = max(begin[i], c.Least(i, scale))
	}
	return own
}
