package train

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/par"
)

// Collocation learns states and parameters together: the trajectory is a piecewise
// polynomial whose elements meet, the differential equation a set of equations at the
// stages of each element, and
//
//	mean squared distance to the rows + Decay · Σ (weight of a layer)²
//
// in scaled units is minimised subject to them, by an interior-point method with
// exact second derivatives. Nothing is integrated meanwhile, so a trajectory cannot
// run away from its rows. It begins with smoothed data and a field that is matched
// to their slopes, unless a method goes before. The model is scored by integrating
// it, like that of any other method.
//
// Source: Biegler, Nonlinear Programming (2010), chapter 10; with networks, Shapovalova,
// Tsay, arXiv 2502.15642 (2025). Here with elements in place of one global
// polynomial.
type Collocation struct {
	Elements  int     `json:"elements" yaml:"elements"`   // of each recording to begin with; 0 = as many as the smoothed data need
	Stages    int     `json:"stages" yaml:"stages"`       // points of an element at which the equation holds: 1 to 5, of lobatto 2 to 6
	Rule      string  `json:"rule" yaml:"rule"`           // where they lie: radau (IIA), gauss, lobatto (IIIA)
	Decay     float64 `json:"decay" yaml:"decay"`         // weight of the squared parameters of layers; 0 = of each layer the most evident one
	Tolerance float64 `json:"tolerance" yaml:"tolerance"` // residual of the conditions of a minimum at which it is over
	Refine    float64 `json:"refine" yaml:"refine"`       // distance of simulated from collocated states, in deviations, above which elements are cut; 0 = 0.01, of equations without networks 1e-5
	Batches   Batches `json:"batches" yaml:"batches"`     // pieces of recordings that are solved side by side
	Starts    int     `json:"starts" yaml:"starts"`       // beginnings of each member, of which that with the best simulation goes on; 0 = up to four more while they are poor
}

func init() {
	Methods.Register("collocation", "learn states and parameters together, the equation as a constraint at points in time", func() Method {
		return &Collocation{Stages: 3, Rule: "radau", Tolerance: 1e-8, Batches: Batches{Join: true, Coupling: "exact"}}
	})
}

// Figures of the method.
const (
	mostTogether    = 4000 // parameters: they share a dense matrix
	matchingSteps   = 100
	matchingRough   = 30  // of networks
	collocationMost = 500 // steps, if nobody says
	moreStarts      = 4   // where the first one is poor
	togetherStarts  = 2   // of them that are tried side by side
	exactSteps      = 200 // of a program, at most
	directSteps     = 100 // of one that was not relaxed before
	mostStarts      = 64
	agreesEnough    = 0.01 // distance of simulated from collocated states, in scaled units, at which elements are fine enough
	agreesExactly   = 1e-5 // likewise where a few parameters are all there is to know
)

// Fit implements Method.
func (c *Collocation) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlySquares("collocation"); err != nil {
		return nil, err
	}
	if err := p.allSeen("collocation"); err != nil {
		return nil, err
	}
	if on == nil {
		on = func(Event) {}
	}
	if err := c.Batches.check(); err != nil {
		return nil, err
	}
	if c.Batches.Coupling == "admm" {
		return c.fitApart(ctx, p, from, on)
	}
	l, err := c.prepare(p)
	if err != nil {
		return nil, err
	}
	k := l.course
	if from != nil {
		if err := k.resume(from); err != nil {
			return nil, err
		}
	}
	if len(l.members[0].tries) == 0 && !l.start(ctx) { // it ended before the first step
		on(saving(0, k.budget, k.checkpoint()))
		return l.result(ctx)
	}
	k.run(ctx, on)
	return l.result(ctx)
}

// prepare checks the settings and makes a program for each member.
func (c *Collocation) prepare(p *Problem) (*collocating, error) {
	switch {
	case p.step() > 0:
		return nil, fmt.Errorf("method collocation needs a differential equation; model=%s takes whole steps in time, choose method=lm or method=vanilla", p.ArchName)
	case c.Elements < 0:
		return nil, fmt.Errorf("elements=%d: the elements of each recording must be 1 or more, or 0 for a number that suits the rows", c.Elements)
	case !(c.Decay >= 0) || math.IsInf(c.Decay, 1):
		return nil, fmt.Errorf("decay=%g: the weight of the squared parameters must be 0 or more", c.Decay)
	case !(c.Tolerance > 0 && c.Tolerance < 1):
		return nil, fmt.Errorf("tolerance=%g: it must lie between 0 and 1", c.Tolerance)
	case !(c.Refine >= 0):
		return nil, fmt.Errorf("refine=%g: the distance of simulated from collocated states must be more than 0, or 0 for one that suits", c.Refine)
	case c.Starts < 0 || c.Starts > mostStarts:
		return nil, fmt.Errorf("starts=%d: it must be 1 to %d, or 0 for one and more if that is poor", c.Starts, mostStarts)
	case len(p.Parts.Theta0) > mostTogether:
		return nil, fmt.Errorf("method collocation holds a dense matrix of all parameters, %d here; it can do with %d: choose a smaller hidden=, or method=homotopy",
			len(p.Parts.Theta0), mostTogether)
	}
	if err := c.checkRule(); err != nil {
		return nil, err
	}
	if p.Parts.Algebraic != nil && c.Rule == "gauss" {
		return nil, fmt.Errorf("rule=gauss has no point at the end of an element, where equations 0 = … have to hold; take rule=radau")
	}
	for _, s := range p.Train {
		if s.Len() < 2 {
			return nil, fmt.Errorf("method collocation needs two rows to train on in every recording, and %q has %d; leave it out", s.ID, s.Len())
		}
	}
	k, err := p.newCourse("collocation", collocationMost, "last")
	if err != nil {
		return nil, err
	}
	l := &collocating{p: p, set: c, course: k}
	k.drive, k.scoreEvery = l, scoreEvery
	l.agrees = c.Refine
	switch {
	case l.agrees == 0 && p.parametric():
		l.agrees = agreesExactly
	case l.agrees == 0:
		l.agrees = agreesEnough
	}
	members := k.members
	l.starts = c.mostStarts(p)
	if l.begin, err = p.begin(members * l.starts); err != nil {
		return nil, err
	}
	l.mesh = p.elementMesh(c.Elements)
	for j := range members {
		l.members = append(l.members, &collocated{first: j})
	}
	return l, nil
}

// collocating is a fit under way.
type collocating struct {
	p       *Problem
	set     *Collocation
	course  *course
	agrees  float64   // distance of simulated from collocated states at which elements are fine enough
	lone    *metric   // of one member; nil before the first use
	starts  int       // beginnings of a member, at most
	begin   []float64 // θ and starts of recordings before matching: lane s·members+j has start s of member j
	mesh    [][]float64
	members []*collocated
}

// collocated is a member: its starts under way, in the end one.
type collocated struct {
	first  int // lane of its first start
	tries  []*attempt
	chosen bool    // one of the starts was chosen, which alone goes on
	over   bool    // no step is left to take
	loose  Iterate // the relaxed unknowns with which it went on, and their simulation's error
}

// step implements driver.
func (l *collocating) step(ctx context.Context, k int, e *Event) (fail string, cut bool) {
	var all []*attempt
	for _, m := range l.members {
		all = append(all, m.tries...)
	}
	e.Stage = l.stage()
	par.Map(len(all), func(i int) { all[i].step() })
	for _, m := range l.members {
		e.Loss += m.tries[0].objective / float64(len(l.members))
		e.Gap = max(e.Gap, m.tries[0].violation)
	}
	if k == 0 {
		e.Detail = l.sizes()
	}
	e.Program = l.members[0].tries[0].programFigures()
	if e.Text = l.advance(ctx); l.over() || k+1 >= l.course.budget {
		a := l.members[0].tries[0]
		e.Program.Paths, e.Program.Pattern = a.nlp.paths(a.x()), a.nlp.pattern()
	}
	return "", false
}

// stage is that of the first member, in words.
func (l *collocating) stage() string {
	switch a := l.members[0].tries[0]; {
	case a.state == nil:
		return "relaxed"
	case a.rounds > 0:
		return "refined"
	case a.weighings > 0:
		return "evidence"
	}
	return "exact"
}

// sizes says how large the program of the first member is.
func (l *collocating) sizes() string {
	a := l.members[0].tries[0]
	say := fmt.Sprintf("%d elements of %d stages, %d unknowns, %d equations, %s linear algebra", len(a.nlp.elements), l.set.Stages,
		a.nlp.size, a.nlp.rows(), a.solver.Linear())
	if n := a.betweenTimes(); n > 0 {
		say += fmt.Sprintf(", constraints kept at %d times between nodes too", n)
	}
	return say
}

// over implements driver.
func (l *collocating) over() bool {
	for _, m := range l.members {
		if !m.over {
			return false
		}
	}
	return true
}

// iterate implements driver.
func (l *collocating) iterate() []float64 {
	n := len(l.members)
	z := make([]float64, len(l.begin)/l.starts)
	for j, m := range l.members {
		one := ofMembers(l.begin, n*l.starts).Lane(nil, m.first)
		if len(m.tries) > 0 {
			one = m.tries[0].unknowns()
		}
		ofMembers(z, n).SetLane(j, one)
	}
	return z
}

// lives implements driver.
func (l *collocating) lives(int) bool { return true }

// instead implements substitute.
func (l *collocating) instead(member, _ int) Iterate { return l.better(l.members[member]) }

// better is what was relaxed, if the simulation of the exact solution came out worse
// than that and leaves its states; else nothing.
func (l *collocating) better(m *collocated) Iterate {
	if len(m.tries) == 0 || !m.chosen || m.loose.Z == nil {
		return Iterate{}
	}
	a := m.tries[0]
	if l.simulated(a) <= m.loose.Score || a.nlp.apart(a.x()) <= apartFrom {
		return Iterate{}
	}
	return m.loose
}

// evaluations implements driver: those of simulations.
func (l *collocating) evaluations() int {
	if l.lone == nil {
		return 0
	}
	return l.lone.evals
}
