package train

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/par"
)

// RandomFeatures fits, by linear algebra alone, a field that is linear in the states and in
// random features of them:
//
//	dx/dt = a + B·x + C·tanh(W·x + b),   W, b drawn at random
//	min over a, B, C of mean |dx/dt − s'(t)|² + Ridge·(|a|² + |B|² + |C|²)
//
// in scaled units, at the rows smoothed by splines s. The spread of W and the ridge are those
// with which free runs from rows that were held out stay near them longest; then all rows are fitted.
// The model is a polynomial of degree 1 beside a network of one hidden layer, with
// which other methods may go on. Members are draws of W.
//
// The saved model starts anew where errors have grown out of proportion.
//
// Source: Rahimi, Recht, NIPS (2007); Gottwald, Reich, Physica D 423 (2021) 132911 (maps).
type RandomFeatures struct {
	Features int     `json:"features" yaml:"features"` // how many; 0 = chosen from the rows, at most 400
	Spread   float64 `json:"spread" yaml:"spread"`     // of the drawn weights, for states of unit deviation; 0 = chosen
	Ridge    float64 `json:"ridge" yaml:"ridge"`       // penalty on the squared weights; 0 = chosen
}

func init() {
	Methods.Register("random-features", "a linear fit of slopes on random features of the states, in seconds; for long records of chaos", func() Method { return &RandomFeatures{} })
}

// What is tried, and how.
const (
	mostFeatures   = 400
	fewestFeatures = 20
	largestDrawn   = 2000
	rowsAFeature   = 6
	featureBias    = 1.5 // the largest drawn bias
	featureOrigins = 24  // free runs from held-out rows
	featureEdge    = 3   // rows at each end of a recording, where slopes are poor
	featureValid   = 0.4 // deviations, root mean squared over the columns
	featureHeld    = 0.2 // of the training rows, where no others are held out
	featureSlack   = 4   // rows that runs stay near the data longer to be preferred
)

var (
	featureSpreads = []float64{0.5, 1, 2}
	featureRidges  = []float64{1e-3, 1e-5, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11}
)

// Traits implements what TraitsOf asks for.
func (*RandomFeatures) Traits() Traits { return Traits{OwnModel: true} }

// Fit implements Method. An iteration tries a spread with all ridges.
func (f *RandomFeatures) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := f.check(p); err != nil {
		return nil, err
	}
	if on == nil {
		on = func(Event) {}
	}
	s, err := f.search(p)
	if err != nil {
		return nil, err
	}
	if from != nil {
		if err := s.resume(from); err != nil {
			return nil, err
		}
	}
	for !s.done() && ctx.Err() == nil {
		if s.k > 0 {
			on(saving(s.k, len(s.spreads), s.checkpoint()))
		}
		s.try()
		on(s.event(s.k - 1))
	}
	on(saving(s.k, len(s.spreads), s.checkpoint()))
	if s.done() && s.best.valid < 0 {
		return nil, s.tooAlike()
	}
	r, err := s.best.result(p)
	if err == nil && s.done() && p.Held != nil {
		r, err = s.best.refit(p, r)
	}
	if err != nil {
		return nil, err
	}
	r.Iterations = s.k
	r.end(ctx, s.done(), "", s.best.words())
	on(s.last(r))
	return r, nil
}

// last is the event of a result.
func (s *featureSearch) last(r *Result) Event {
	e := s.event(s.k)
	if e.MSE = finiteOrNaN(r.Train.MSE); r.Held != nil {
		e.Held = finiteOrNaN(r.Held.MSE)
	}
	return e
}

func (f *RandomFeatures) check(p *Problem) error {
	const name = "random-features"
	if err := p.onlyBounds(name); err != nil {
		return err
	}
	if err := p.onlyStates(name); err != nil {
		return err
	}
	if err := p.onlySquares(name); err != nil {
		return err
	}
	if err := p.refuseRuns(name); err != nil {
		return err
	}
	switch p.Arch.(type) {
	case *field.MLP, *field.PolyMLP:
	default:
		return fmt.Errorf("method=%s finds a model of its own and cannot begin with model=%s; leave the model out, or choose another method", name, p.ArchName)
	}
	switch {
	case len(p.Train[0].Inputs) > 0:
		return fmt.Errorf("method=%s knows no inputs (%s); choose another method, or leave them out with ignore=", name, p.Train[0].Inputs[0])
	case f.Features < 0 || f.Features > largestDrawn:
		return fmt.Errorf("features=%d: it is a number up to %d, or 0 to choose it", f.Features, largestDrawn)
	case !(f.Spread >= 0) || math.IsInf(f.Spread, 1):
		return fmt.Errorf("spread=%g: it must be above 0, or 0 to choose it", f.Spread)
	case !(f.Ridge >= 0) || math.IsInf(f.Ridge, 1):
		return fmt.Errorf("ridge=%g: it must be above 0, or 0 to choose it", f.Ridge)
	}
	return nil
}

// Valid is how many rows free runs from rows held out stay near them, in the mean, with the
// settings that are best.
func (f *RandomFeatures) Valid(ctx context.Context, p *Problem) (float64, error) {
	if err := f.check(p); err != nil {
		return 0, err
	}
	s, err := f.search(p)
	if err != nil {
		return 0, err
	}
	for !s.done() && ctx.Err() == nil {
		s.try()
	}
	if s.best.valid < 0 {
		return 0, s.tooAlike()
	}
	return s.best.valid, nil
}

// featureFit are settings of random features.
type featureFit struct {
	count         int
	spread, ridge float64
	valid         float64 // rows that free runs stay near the data; −1: not tried
}

func (c *featureFit) words() string {
	text := fmt.Sprintf("%d features, spread %g, ridge %g", c.count, c.spread, c.ridge)
	if c.valid >= 0 {
		text += fmt.Sprintf(": free runs from held-out rows stay within %g deviations for %.0f rows in the mean", featureValid, c.valid)
	}
	return text
}

// featureSearch tries spreads, each with all ridges.
type featureSearch struct {
	fit, held       []*slopedRows
	seed            uint64
	spreads, ridges []float64
	best            featureFit
	k               int // spreads tried
}

func (f *RandomFeatures) search(p *Problem) (*featureSearch, error) {
	s := &featureSearch{fit: p.slopedRows(), seed: p.Seed, spreads: featureSpreads, ridges: featureRidges}
	if p.Held != nil {
		all, err := p.onAllRows()
		if err != nil {
			return nil, err
		}
		s.held = all.slopedRows()
		for rec := range s.held {
			s.held[rec] = s.held[rec].from(s.fit[rec].rows())
		}
	} else {
		for rec, rows := range s.fit {
			n := rows.rows() - int(featureHeld*float64(rows.rows()))
			s.fit[rec], s.held = rows.to(n), append(s.held, rows.from(n))
		}
	}
	if f.Spread > 0 {
		s.spreads = []float64{f.Spread}
	}
	if f.Ridge > 0 {
		s.ridges = []float64{f.Ridge}
	}
	s.best = featureFit{count: f.Features, spread: s.spreads[0], ridge: s.ridges[0], valid: -1}
	if s.best.count == 0 {
		s.best.count = max(fewestFeatures, min(mostFeatures, s.usable()/rowsAFeature))
	}
	return s, nil
}

func (s *featureSearch) done() bool { return s.k == len(s.spreads) }

func (s *featureSearch) usable() int {
	n := 0
	for _, rows := range s.fit {
		n += rows.usable()
	}
	return n
}

// try takes the next spread. Of equals the first stays, which is the stiffer one.
func (s *featureSearch) try() {
	spread := s.spreads[s.k]
	e := drawFeatures(s.seed, 0, s.best.count, s.fit[0].d, spread).equations(s.fit)
	valid := make([]float64, len(s.ridges))
	par.Map(len(valid), func(k int) {
		if valid[k] = -1; s.usable() > 0 {
			if l := e.solve(s.ridges[k]); l != nil {
				valid[k] = l.valid(s.held)
			}
		}
	})
	for k, v := range valid {
		if v > s.best.valid+featureSlack || s.best.valid < 0 && v >= 0 {
			s.best.spread, s.best.ridge, s.best.valid = spread, s.ridges[k], v
		}
	}
	s.k++
}

func (s *featureSearch) tooAlike() error {
	return fmt.Errorf("random-features: the slopes of %d rows do not determine %d features; take fewer with features=, or a larger ridge=", s.usable(), s.best.count)
}

// event of iteration k; the loss is the part of a row lost in a row.
func (s *featureSearch) event(k int) Event {
	nan := math.NaN()
	return Event{Stage: "spreads", K: k, Of: len(s.spreads), Loss: 1 / (1 + max(0, s.best.valid)), MSE: nan, Held: nan, Lambda: nan}
}

func (s *featureSearch) checkpoint() *Checkpoint {
	c := newCheckpoint("random-features", 0, s.k)
	c.Z = Numbers{s.best.spread, s.best.ridge, s.best.valid}
	c.put("features", float64(s.best.count))
	return c
}

func (s *featureSearch) resume(c *Checkpoint) error {
	if err := c.of("random-features"); err != nil {
		return err
	}
	count := make([]float64, 1)
	if err := c.takeAll(map[string][]float64{"features": count}); err != nil {
		return err
	}
	if len(c.Z) != 3 || c.K < 0 || c.K > len(s.spreads) || int(count[0]) != s.best.count {
		return errMisfit
	}
	s.k, s.best.spread, s.best.ridge, s.best.valid = c.K, c.Z[0], c.Z[1], c.Z[2]
	return nil
}

// result is the model with the chosen settings on the rows of p.
func (c *featureFit) result(p *Problem) (*Result, error) {
	d := len(p.Train[0].Names)
	q, err := p.with("poly-mlp", &field.PolyMLP{Degree: 1, MLP: field.MLP{Hidden: []int{c.count}, Activation: "tanh"}})
	if err != nil {
		return nil, err
	}
	members := max(1, p.Members)
	m, err := newMetric(q, members)
	if err != nil {
		return nil, err
	}
	z, err := q.begin(members) // for the starts
	if err != nil {
		return nil, err
	}
	all := p.slopedRows()
	for j := range members {
		l := drawFeatures(p.Seed, j, c.count, d, c.spread).equations(all).solve(c.ridge)
		if l == nil {
			return nil, fmt.Errorf("random-features: the features are too alike on all rows; take a larger ridge=")
		}
		theta := make([]float64, len(q.Parts.Theta0))
		l.write(theta, q)
		for i, v := range theta {
			ofMembers(z, members).Set(i, j, v)
		}
	}
	r := q.result("random-features", "last", m, z, make([]int, members))
	r.Evaluations = m.evals
	q.anchored(r, q.measurements(false))
	return r, nil
}

// refit is the same on all rows; the held-out ones are scored by the model before.
func (c *featureFit) refit(p *Problem, before *Result) (*Result, error) {
	q, err := p.onAllRows()
	if err != nil {
		return nil, err
	}
	r, err := c.result(q)
	if err != nil {
		return nil, err
	}
	r.Held, r.Chosen, r.Refit = before.Held, before.Model, true
	r.Evaluations += before.Evaluations
	return r, nil
}
