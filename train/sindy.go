package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/program"
	"github.com/entrain-dev/entrain/train/regress"
)

// SINDy finds equations of few terms: each slope is regressed on a library of
// polynomials, sines and cosines of the states and inputs, in user units, and
// terms that contribute little are dropped and the others fitted again until
// none is left to drop. The model it gives is Equations with named
// coefficients, whatever black box the problem has. Every state must be measured;
// starts of trajectories are those of the smoothing splines. Members beyond the
// first are draws of the coefficients within their errors.
//
// A threshold is a share: the root mean square of a term over the data, in
// parts of that of the slope. If none is given, as many as the budget says are
// tried, and each state takes the one that Schwarz's criterion likes best.
//
// Source: Brunton, Proctor, Kutz, PNAS 113 (2016) 3932–3937; in its weak form
// Messenger, Bortz, Multiscale Model. Simul. 19 (2021) 1474–1497.
type SINDy struct {
	Degree    int     `json:"degree" yaml:"degree"`       // of the polynomials; 0 = as high as rows and their number allow, at most 3; −1 = only a constant
	Harmonics int     `json:"harmonics" yaml:"harmonics"` // sines and cosines of up to so many times each variable
	Products  bool    `json:"products" yaml:"products"`   // of sines and cosines with variables and with those of another one
	Form      string  `json:"form" yaml:"form"`           // weak: integrals over windows, if rows suffice; slopes: those of smoothing splines
	Window    float64 `json:"window" yaml:"window"`       // length of a window of the weak form, user units of time; 0 = chosen
	Threshold float64 `json:"threshold" yaml:"threshold"` // smallest share of a term; 0 = chosen
	Ridge     float64 `json:"ridge" yaml:"ridge"`         // penalty in parts of each column's square; 0 = none, unless terms are too alike
}

func init() {
	Methods.Register("sindy", "find equations of few terms from a library, without integrating", func() Method {
		return &SINDy{Form: "weak"}
	})
}

// The thresholds that are tried, and the ridge where terms are too alike.
const (
	leastShare   = 0.01
	largestShare = 0.5
	thresholds   = 50
	mostTerms    = 300
)

// Fit implements Method. Errors: states that are not measured, a model of the
// user's own, names that no equation can have, recordings that are too short.
func (s *SINDy) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlyBounds("sindy"); err != nil {
		return nil, err
	}
	if err := p.onlyStates("sindy"); err != nil {
		return nil, err
	}
	if err := p.onlySquares("sindy"); err != nil {
		return nil, err
	}
	if on == nil {
		on = func(Event) {}
	}
	if err := s.check(p); err != nil {
		return nil, err
	}
	stop := func() bool { return ctx.Err() != nil }
	d, err := s.discover(p, stop)
	if errors.Is(err, errStopped) {
		r := &Result{Method: "sindy", Members: max(1, p.Members)}
		r.end(ctx, false, "", "")
		r.Tried[0].Train = nil // there is no model yet
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	if from != nil {
		if err := d.resume(from); err != nil {
			return nil, err
		}
	} else {
		for _, w := range d.warnings {
			on(d.event(w))
		}
	}
	for ; d.k < len(d.scan) && ctx.Err() == nil; d.k++ {
		if d.k > 0 {
			on(saving(d.k, len(d.scan), d.checkpoint()))
		}
		d.try(d.scan[d.k])
		on(d.event(""))
	}
	on(saving(d.k, len(d.scan), d.checkpoint()))
	return d.result(ctx, on)
}

func (s *SINDy) check(p *Problem) error {
	switch p.Arch.(type) {
	case *field.MLP, *field.PolyMLP:
	default:
		return fmt.Errorf("sindy finds the equations itself and cannot start from model=%s; leave the model out, or choose another method", p.ArchName)
	}
	if n := len(p.Parts.Start); n > 0 {
		return fmt.Errorf("sindy needs every state to be measured, but %d of %d are hidden; leave augment= out, or choose another method",
			n, len(p.Parts.Frame.States))
	}
	for _, name := range append(append([]string{}, p.Train[0].Names...), p.Train[0].Inputs...) {
		if !program.IsName(name) || name == "t" || name == "pi" {
			return fmt.Errorf("sindy: the column %q cannot be written in an equation; rename it to letters, digits and _", name)
		}
	}
	for _, v := range []struct {
		name string
		v    float64
	}{{"window", s.Window}, {"threshold", s.Threshold}, {"ridge", s.Ridge}, {"harmonics", float64(s.Harmonics)}} {
		if !(v.v >= 0) || math.IsInf(v.v, 1) {
			return fmt.Errorf("%s=%g: it must be a number, 0 or more", v.name, v.v)
		}
	}
	switch {
	case s.Form != "weak" && s.Form != "slopes":
		return fmt.Errorf("form=%s: it is weak or slopes", s.Form)
	case s.Degree < -1 || s.Degree > 9:
		return fmt.Errorf("degree=%d: it must be between 1 and 9, 0 to choose by size, or -1 for none", s.Degree)
	case s.Harmonics > 20:
		return fmt.Errorf("harmonics=%d: it must be at most 20", s.Harmonics)
	case s.Threshold >= 1:
		return fmt.Errorf("threshold=%g: it is a share of the slope and must be below 1", s.Threshold)
	}
	return nil
}

// discovery is one run of SINDy.
type discovery struct {
	p    *Problem
	lib  *library
	eqs  []*regress.Regression // of each state
	scan []float64             // thresholds
	// starts are the terms that thresholding begins with. With eliminate the
	// terms it leaves are dropped one at a time as long as the criterion improves.
	starts    [][]bool
	eliminate bool
	known     map[string]bool // what was tried
	warnings  []string
	words     string // how it was done

	k         int
	share     []float64 // states × terms, the best so far
	score     []float64 // of each state
	threshold []float64 // −1: none yet
}

// discover builds the library and its regression.
func (s *SINDy) discover(p *Problem, stop func() bool) (*discovery, error) {
	form := s.Form
	lib, err := s.library(p, form, stop)
	var warnings []string
	for _, why := range []error{errTooShort, errTooMany} {
		if errors.Is(err, why) && s.Window == 0 {
			form = "slopes"
			warnings = append(warnings, fmt.Sprintf("%v: the slopes of smoothing splines are used instead", why))
			lib, err = s.library(p, form, stop)
		}
	}
	if err != nil {
		return nil, err
	}
	d := &discovery{p: p, lib: lib, warnings: warnings, scan: []float64{s.Threshold}, known: map[string]bool{}}
	if s.Threshold == 0 {
		n := p.Budget
		if n == 0 {
			n = thresholds
		}
		d.scan = nil
		for k := range n {
			d.scan = append(d.scan, leastShare*math.Pow(largestShare/leastShare, float64(k)/float64(max(1, n-1))))
		}
	}
	alike := regress.Dependent(lib.a, lib.rows, len(lib.terms))
	if len(alike) > 0 {
		d.warn(lib.dependence(alike, max(s.Ridge, regress.RidgeAlike)))
	}
	for c := range lib.states {
		a, b := lib.white(c)
		e := regress.New(a, b, lib.scale, lib.slope[c])
		e.Rows, e.Ridge, e.Alike = min(e.Rows, lib.informed(c)), s.Ridge, alike
		d.eqs = append(d.eqs, e)
	}
	d.starts = lib.starts()
	if d.eliminate = s.Threshold == 0; !d.eliminate {
		d.starts = d.starts[len(d.starts)-1:]
	}
	n := lib.states
	d.share, d.score, d.threshold = make([]float64, n*len(lib.terms)), make([]float64, n), make([]float64, n)
	for c := range d.threshold {
		d.threshold[c] = -1
	}
	d.words = fmt.Sprintf("%d terms, %d rows of slopes", len(lib.terms), lib.rows)
	if form == "weak" {
		d.words = fmt.Sprintf("%d terms, %d windows %.4g long", len(lib.terms), lib.rows, 2*lib.radius)
		if lib.rows < len(lib.terms) {
			d.warn(fmt.Sprintf("there are %d windows for %d terms; form=slopes uses every row, and a lower degree= asks less of the data", lib.rows, len(lib.terms)))
		}
	}
	return d, nil
}

func (d *discovery) warn(text string) { d.warnings = append(d.warnings, text) }

// try keeps what a threshold gives each state if it is better than before.
func (d *discovery) try(threshold float64) {
	m := len(d.lib.terms)
	for c, e := range d.eqs {
		for _, start := range d.starts {
			active := slices.Clone(start)
			e.Threshold(active, threshold)
			if key := fmt.Sprint(c, active); d.known[key] {
				continue
			} else {
				d.known[key] = true
			}
			if d.eliminate {
				e.Eliminate(active)
			}
			share, rss, _ := e.Solve(active)
			if v := e.Criterion(rss, active); d.threshold[c] < 0 || v < d.score[c] {
				d.score[c], d.threshold[c] = v, threshold
				copy(d.share[c*m:], share)
			}
		}
	}
}

// kept says which terms of state c are kept.
func (d *discovery) kept(c int) []bool {
	m := len(d.lib.terms)
	active := make([]bool, m)
	for j, v := range d.share[c*m : (c+1)*m] {
		active[j] = v != 0
	}
	return active
}

// event has the mean over states of what is left of the squared slopes.
func (d *discovery) event(text string) Event {
	e := Event{Stage: "thresholds", K: d.k, Of: len(d.scan), MSE: math.NaN(), Held: math.NaN(), Lambda: math.NaN(), Text: text}
	for c, q := range d.eqs {
		_, rss, _ := q.Solve(d.kept(c))
		e.Loss += rss / max(q.Square(), math.SmallestNonzeroFloat64) / float64(len(d.eqs))
	}
	return e
}

func (d *discovery) checkpoint() *Checkpoint {
	c := newCheckpoint("sindy", 0, d.k)
	c.Z = slices.Clone(d.share)
	c.put("scores", d.score...)
	c.put("thresholds", d.threshold...)
	return c
}

func (d *discovery) resume(c *Checkpoint) error {
	if err := c.of("sindy"); err != nil {
		return err
	}
	if len(c.Z) != len(d.share) || c.K > len(d.scan) {
		return errMisfit
	}
	d.k = c.K
	copy(d.share, c.Z)
	return c.takeAll(map[string][]float64{"scores": d.score, "thresholds": d.threshold})
}

// result makes a model of the equations found and scores it.
func (d *discovery) result(ctx context.Context, on func(Event)) (*Result, error) {
	eq, members := d.equations(), max(1, d.p.Members)
	q, err := d.p.with("equations", eq.arch)
	if err != nil {
		return nil, err
	}
	m, err := newMetric(q, members)
	if err != nil {
		return nil, err
	}
	z, err := q.begin(members) // for the starts
	if err != nil {
		return nil, err
	}
	for j := 1; j < members; j++ {
		drawn := eq.draw(num.Stream(d.p.Seed, "sindy", uint64(j)).NormFloat64)
		for i, u := range q.Parts.Named {
			ofMembers(z, members).Set(u.Theta, j, drawn[i]/math.Abs(u.Start))
		}
	}
	ks := make([]int, members)
	for j := range ks {
		ks[j] = d.k
	}
	r := q.result("sindy", "last", m, z, ks)
	r.Iterations, r.Evaluations = d.k, m.evals
	r.Parameters = eq.estimates(r.Model)
	var chosen []string
	for c, v := range d.threshold {
		if v >= 0 {
			chosen = append(chosen, fmt.Sprintf("%.2g for %s", v, q.Train[0].Names[c]))
		}
	}
	r.end(ctx, d.k == len(d.scan), "", d.words+"; thresholds, in parts of the slope: "+strings.Join(chosen, ", "))
	r.Warnings = append(r.Warnings, d.warnings...)
	if !isNumber(r.Train.MSE) {
		r.Warnings = append(r.Warnings, "the trajectory of the equations does not reach the last row, though they fit the slopes; try another threshold=, degree= or form=, or go on with method=sindy,homotopy")
	}
	e := d.event("")
	e.MSE, e.Held = finiteOrNaN(r.Train.MSE), math.NaN()
	if r.Held != nil {
		e.Held = finiteOrNaN(r.Held.MSE)
	}
	on(e)
	return r, nil
}
