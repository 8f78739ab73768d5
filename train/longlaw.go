package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

// Long driven records show what bends a law so well that nothing has to hold it back, and are
// followed freely for thousands of rows at a time: what a wrong number does to a trajectory then
// shows far above what is measured wrongly. Where a linear law finds hidden states in such
// records, its candidates are laws that bend in a few ways: by powers of the columns alone, by
// those of all variables, and by a network. They are fitted in long pieces by steps of a fixed
// size, of which the law says how long they may be.
//
// Source of the approach, simulation error with polynomials of states that begin at a linear law:
// Paduart et al., Automatica 46 (2010) 647–656.
const (
	longRows      = 5000  // training rows from which on a driven record is long
	pieceRows     = 2000  // of a piece that is followed freely
	pieceSearch   = 6000  // rows of a search
	pieceRowsAll  = 16000 // rows that are fitted in the end, evenly spread: more tell hardly more
	pieceSettle   = 10    // steps on these
	longOrigins   = 8     // of forecasts of held-out rows, all recordings together
	pieceBend     = 1.    // precision of a coefficient that bends the law, at first
	poleStep      = 0.4   // longest step, in times of the fastest pole
	mostSubsteps  = 8     // from row to row; with more, steps choose their size
	stagesPerStep = 4     // of such a step
	longSolver    = "rk4"
)

// long tells that there are many rows, and inputs that drive them.
func (p *Problem) long() bool {
	return len(p.Train[0].Inputs) > 0 && rowsOf(p.wholeSegments()) > longRows
}

// inPieces has a problem fitted in long pieces, with fixed steps if the poles of the law allow
// and nobody chose a solver.
func (q *Problem) inPieces(law *lawStart) {
	q.whole, q.piece = false, pieceRows
	fastest := 0.0
	for _, pole := range law.law.Poles() {
		fastest = max(fastest, math.Hypot(real(pole), imag(pole)))
	}
	row := q.Train[0].Step()
	n := math.Ceil(fastest * row / poleStep)
	if q.Solver.Solver != "dopri5" || q.Solver.Step > 0 || q.Solver.Controller != "" || !(n <= mostSubsteps) {
		return
	}
	q.Solver.Solver, q.Solver.Step = longSolver, row/q.Parts.Frame.Time/max(1, n)
	q.Solver.MaxSteps = max(q.Solver.MaxSteps, model.StepsARow*q.longest())
}

// stages is how many evaluations of the field there are from row to row.
func (p *Problem) stages() float64 {
	switch {
	case p.step() > 0:
		return 1
	case p.piece > 0 && p.Solver.Step > 0:
		return stagesPerStep * math.Ceil(p.Train[0].Step()/p.Parts.Frame.Time/p.Solver.Step*(1-1e-9))
	}
	return stagesPerRow
}

// thinned are pieces evenly spread over the rows, and the last of each recording.
func (p *Problem) thinned(segs []segment) []segment {
	if p.piece == 0 {
		return segs
	}
	return withLast(some(segs, pieceRowsAll), segs)
}

// goOn lets segments that old does not have begin where the trajectory of the segment before
// comes to.
func (b *bayes) goOn(old *bayes) {
	if b.free.u.starts == 0 {
		return
	}
	m, all := b.p.modelOf(b.free, b.z), b.p.rows(true)
	segs := b.free.segments()
	for i, s := range segs {
		if i == 0 || segs[i-1].rec != s.rec || slices.ContainsFunc(old.free.segments(), s.beginsAs) {
			continue
		}
		t := all[s.rec].T
		x, status, err := m.Orbit(0, t[segs[i-1].from], b.free.u.startOf(b.z, i-1), []float64{t[s.from]}, &all[s.rec])
		if err == nil && status == ode.StatusOK && num.AllFinite(x) {
			copy(b.free.u.startOf(b.z, i), x)
		}
	}
}

// searched is how many rows a search looks at.
func (p *Problem) searched() int {
	if p.piece > 0 {
		return pieceSearch
	}
	return searchRows
}

// longRecipes are the candidates of a long driven record in which a linear law finds so many
// hidden states.
func (p *Problem) longRecipes(lib *field.PolyMLP, hidden int) ([]*candidate, error) {
	n := len(p.Train[0].Names) + hidden
	law, err := p.lawStart(hidden)
	if err != nil {
		return nil, err
	}
	o := p.lawOptions(n, n)
	if o.Direct = "auto"; slices.Contains(o.Hold, false) {
		o.Direct = "yes" // what a straight line between two rows leaves out acts, in part, at once
	}
	through, err := p.lawWith(o)
	if err != nil {
		through = law
	}
	var list []*candidate
	add := func(name, archName string, arch field.Architecture, from *lawStart) error {
		c, err := p.begun(name+hiddenWords(hidden), archName, arch, from)
		if err != nil {
			return err
		}
		if len(c.p.Parts.Theta0) <= bentSize {
			c.p.inPieces(from)
			list = append(list, c)
		}
		return nil
	}
	direct := through.direct()
	for _, r := range p.longArchitectures(lib, hidden, direct) {
		from := through
		if !r.through {
			from = law
		}
		if err := add(r.name, r.archName, r.arch, from); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// longRecipe is one way in which a law may bend.
type longRecipe struct {
	name, archName string
	arch           field.Architecture
	through        bool // it begins at the law in which inputs may act at once
}

func (p *Problem) longArchitectures(lib *field.PolyMLP, hidden int, direct bool) []longRecipe {
	powers := func(degree int, all bool) *field.Lure {
		return &field.Lure{Augment: hidden, Degree: degree, Direct: direct, All: all}
	}
	net := &field.PolyMLP{MLP: lib.MLP, Degree: 1}
	net.Augment, net.Hidden = hidden, []int{bentUnits}
	list := []longRecipe{
		{"linear law", "linear", &field.Linear{Augment: hidden}, false},
		{"linear law with powers of columns up to 3", "lure", powers(3, false), true},
		{"polynomial of degree 1 + network", "poly-mlp", net, false},
	}
	for _, degree := range []int{3, 2} {
		all := powers(degree, true)
		parts, err := all.Build(model.MeasuredFrame(p.Parts))
		if err == nil && len(parts.Theta0) <= bentSize {
			return append(list, longRecipe{fmt.Sprintf("polynomial of degree %d", degree), "lure", all, true})
		}
	}
	return list
}
