package train

import (
	"fmt"
	"math"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
)

// candidate is one recipe that auto tries.
type candidate struct {
	name string
	p    *Problem // with the candidate's architecture
	// quiet leaves the network of a library model nearly switched off at first.
	quiet  bool
	sparse bool      // the library alone, begun with a precision a coefficient from slopes
	member int       // of the initialiser's stream
	law    *lawStart // it begins at this linear law; nil: at the slopes of the rows
	plain  bool      // it stands for a baseline

	b      *bayes
	phase  int       // phases done
	whole  bool      // it came to its end, before the search was stopped
	budget int       // steps in all
	fresh  []float64 // unknowns before any training
	scored scored
}

// scored is how a fitted candidate does.
type scored struct {
	train, held data.Scores
	wild        bool // it leaves the data's neighbourhood soon after the last row
	lost        bool // it does not even reach the last row
	rolling     *HeldOut
	variance    []float64 // of the columns
	errors      []float64 // of the windows of rolling, as far as they count
	fail        string
}

// candidates are the recipes for the problem that are not too large for it.
func (p *Problem) candidates() ([]*candidate, error) { return p.candidatesBeside(p.lawRecipes) }

// candidatesBeside are those of the architecture and those that begin at laws; only says that
// there are to be no others than these.
func (p *Problem) candidatesBeside(laws func() (list []*candidate, only bool, err error)) ([]*candidate, error) {
	list, only, err := laws()
	if err != nil {
		return nil, err
	}
	if !only {
		others, err := p.recipes()
		if err != nil {
			return nil, err
		}
		list = append(others, list...)
	}
	var fit []*candidate
	for _, c := range list {
		if _, tooLarge := c.p.fits(c.p.cut()); tooLarge != nil {
			err = tooLarge
			continue
		}
		fit = append(fit, c)
	}
	if len(fit) > 0 {
		err = nil
	}
	return fit, err
}

// recipes are what the problem's architecture suggests. A polynomial beside a
// network is tried with each degree and without, and so it is beside the
// networks of equations unless they say otherwise. Everything else is tried with
// two draws of its weights, a second-order model as a Lagrangian as well.
func (p *Problem) recipes() ([]*candidate, error) {
	var list []*candidate
	add := func(name, archName string, arch field.Architecture, quiet bool, member int) error {
		q, err := p.with(archName, arch)
		if err != nil {
			return err
		}
		list = append(list, &candidate{name: name, p: q, quiet: quiet, member: member})
		return nil
	}
	if lib, ok := p.Arch.(*field.PolyMLP); ok && lib.Degree == 0 {
		err := p.libraryRecipes(lib, add)
		for _, c := range list {
			c.sparse = c.p.ArchName == "library" || c.p.ArchName == logLibrary || strings.HasPrefix(c.name, sparseName)
		}
		return list, err
	}
	if err := p.besideRecipes(add); err != nil {
		return nil, err
	}
	if err := add(p.ArchName, p.ArchName, p.Arch, true, 0); err != nil {
		return nil, err
	}
	if len(p.Parts.Layers) == 0 || len(list) > 1 {
		return list, nil
	}
	if err := p.lagrangianRecipes(add); err != nil {
		return nil, err
	}
	err := add(p.ArchName+", other start weights", p.ArchName, p.Arch, false, 1)
	return list, err
}

// adding puts a recipe on a list.
type adding func(name, archName string, arch field.Architecture, quiet bool, member int) error

// besideRecipes are those of equations, with polynomials beside their networks.
func (p *Problem) besideRecipes(add adding) error {
	e, ok := p.Arch.(*field.Equations)
	if !ok {
		return nil
	}
	for _, lib := range e.Libraries(model.MeasuredFrame(p.Parts)) {
		if err := add(fmt.Sprintf("%s, networks beside polynomials of degree %d", p.ArchName, lib.Degree), p.ArchName, lib.Equations, true, 0); err != nil {
			return err
		}
	}
	return nil
}

// lagrangianRecipes are those of a second-order model.
func (p *Problem) lagrangianRecipes(add adding) error {
	s, ok := p.Arch.(*field.SecondOrder)
	if !ok {
		return nil
	}
	for _, l := range s.Lagrangians(model.MeasuredFrame(p.Parts)) {
		name := "lagrangian"
		if l.Harmonics > 0 { // which waves are dropped depends on where they start
			name += " of waves"
			if err := add(name+", other start weights", "lagrangian", l, false, 1); err != nil {
				return err
			}
		}
		if err := add(name, "lagrangian", l, true, 0); err != nil {
			return err
		}
	}
	return nil
}

const sparseName = "sparse polynomial"

// libraryRecipes are those for a polynomial beside a network whose degree nobody
// chose. A lone column that turns back, which no single autonomous equation can
// do, has a hidden state in all of them.
func (p *Problem) libraryRecipes(lib *field.PolyMLP, add adding) error {
	top := lib.Top(len(p.Train[0].Names) + len(p.Train[0].Inputs))
	most, with := top, ""
	if p.turnsAlone(lib) {
		two := *lib
		two.Augment, with = 1, ", with a hidden state"
		lib = &two
		most-- // of what nobody has seen, so many terms beside a network are as many too many
	}
	for d := most; d >= 1; d-- {
		a := *lib
		a.Degree = d
		if err := add(fmt.Sprintf("polynomial of degree %d + network%s", d, with), p.ArchName, &a, true, 0); err != nil {
			return err
		}
	}
	plain := lib.MLP
	if err := add("network"+with, "mlp", &plain, false, 0); err != nil {
		return err
	}
	alone := *lib
	alone.Degree = top
	if err := add(fmt.Sprintf("%s of degree %d%s", sparseName, top, with), p.ArchName, &alone, true, 0); err != nil {
		return err
	}
	if lib.Time || lib.Augment > 0 {
		return nil
	}
	if p.farFromZero(top) {
		zero := &field.TermLibrary{Degree: top, Power: 1, Zero: true}
		if err := add(fmt.Sprintf("%s of degree %d about zero", sparseName, top), "library", zero, true, 0); err != nil {
			return err
		}
	}
	if err := p.logRecipes(top, add); err != nil {
		return err
	}
	names, laws := p.laws(&alone)
	for i, l := range laws {
		if err := add(names[i], "library", l, true, 0); err != nil {
			return err
		}
	}
	return nil
}

// turnsAlone tells whether there is one column, which nothing drives, and it rises
// and falls again.
func (p *Problem) turnsAlone(lib *field.PolyMLP) bool {
	if s := &p.Train[0]; lib.Time || lib.Augment > 0 || len(s.Names) != 1 || len(s.Inputs) > 0 {
		return false
	}
	for rec := range p.Train {
		if p.turns(rec) >= turnLimit {
			return true
		}
	}
	return false
}

// phases of a candidate; a checkpoint is made after each. The search works
// with loose tolerances on some of the segments, the last phase with the
// problem's own on all of them.
const (
	phaseMatch = iota
	phaseFollow
	phaseRegularise
	phasePrune
	phaseSettle
	phases
)

const (
	searchTolerance = 1e-5 // looser, and jumps of the step size spoil the convergence
	searchRows      = 800
	manyRows        = 300 // from here on the search saves work
	settleSteps     = 20
	settleRounds    = 15
)

// prepare makes the candidate ready for the given phase. An eighth of the
// budget is set aside for settling.
func (c *candidate) prepare(phase, budget int) error {
	theta, err := c.p.draw(c.member)
	if err != nil {
		return err
	}
	p := c.p
	segs, err := p.fits(p.cut())
	if err != nil {
		return err
	}
	if phase <= phaseSettle {
		if rowsOf(segs) > manyRows {
			p = p.changed(func(q *Problem) {
				q.Solver.RTol, q.Solver.ATol = max(q.Solver.RTol, searchTolerance), max(q.Solver.ATol, searchTolerance)
			})
		}
		segs = some(segs, c.p.searched())
		budget -= budget / 8
	}
	if c.b, err = newBayes(p, segs, theta); err != nil {
		return err
	}
	if c.law != nil {
		c.law.begin(c.b)
		c.b.early = true
	}
	c.phase, c.b.budget, c.fresh = phase, budget, append([]float64{}, c.b.z...)
	if !c.quiet {
		for i, g := range c.b.group {
			if g >= c.b.single {
				c.b.prec[i] = 1
			}
		}
	}
	return nil
}

// run does the next phase. One that begins at a law has less to do.
func (c *candidate) run() error {
	if c.law != nil && c.phase < phaseSettle {
		if c.phase == phaseFollow {
			c.bend()
		}
		c.phase++
		return nil
	}
	switch c.phase {
	case phaseMatch:
		c.begin()
	case phaseFollow:
		c.follow()
	case phaseRegularise:
		c.b.regularise(12)
	case phasePrune:
		if c.sparse {
			c.b.pruneBatches()
		} else {
			c.b.prune()
		}
		c.b.pairs()
	case phaseSettle:
		return c.settle()
	}
	c.phase++
	return nil
}

// begin starts θ from the slopes of the smoothed data, without the terms these
// cannot tell from simpler ones.
func (c *candidate) begin() {
	if s := c.b.librarySlopes(); s != nil {
		off := s.redundant()
		c.b.withoutRedundant(off)
		if c.sparse {
			if c.b.beginSparse(s, off); c.p.ArchName != "library" { // whose terms have numbers of their own
				return
			}
		}
	}
	c.b.match()
}

// follow lets go of the data. A library begun from slopes that leads nowhere
// begins again as the others do, with one precision for all its terms.
func (c *candidate) follow() {
	if !c.sparse {
		c.b.follow(c.fresh)
		return
	}
	if c.b.descend(); c.b.fail == "" && c.b.apart() < farApart || c.b.stop() {
		return
	}
	c.b.fail = ""
	for i, g := range c.b.group {
		if g >= 0 && g < c.b.single && c.b.prec[i] < precisionOff {
			c.b.z[i], c.b.prec[i] = 0, 1
		}
	}
	c.b.match()
	c.b.descend()
}

// settle goes on with all segments and the problem's own tolerances. The
// noise stays as the search estimated it.
func (c *candidate) settle() error {
	old := c.b
	if err := c.prepare(phases, c.budget); err != nil {
		return err
	}
	c.b.adopt(old)
	switch {
	case c.p.piece > 0:
		c.b.goOn(old)
	case len(c.b.free.segs) > len(old.free.segs):
		c.b.ease()
	}
	if c.p.piece > 0 { // they are near, and further steps take long
		c.b.minimise(c.b.free, pieceSettle, "all rows", 0)
		return nil
	}
	for range settleRounds { // what did not come to rest goes on while its budget lasts
		if c.b.minimise(c.b.free, settleSteps, "all rows", 0); c.b.settled || c.b.stop() {
			break
		}
	}
	return nil
}

// why says in a sentence how the candidate ended.
func (c *candidate) why() string {
	switch c.scored.fail {
	case "":
	case noTurn:
		return "not tried: " + noTurn
	default:
		return "failed: " + c.scored.fail
	}
	s := words.Several(c.b.iters, "step")
	if !c.b.settled {
		s = fmt.Sprintf("not converged after %d of %d steps", c.b.iters, c.b.budget)
	}
	if left, all := c.b.terms(); all > 0 && c.p.process == nil {
		s += fmt.Sprintf("; %d of %d library terms kept", left, all)
	}
	if !isNumber(c.b.logEvidence) {
		return s + "; it was stopped before its evidence was known"
	}
	s += fmt.Sprintf("; %.1f effective parameters, log evidence %.1f", c.b.determined, c.b.logEvidence)
	if c.scored.wild {
		s += "; it leaves the neighbourhood of the data soon after the last row"
	}
	return s
}

// model makes a model of fits z that share the candidate's architecture. A law that is
// left as it is comes without the little that steps have moved it.
func (c *candidate) model(zs ...[]float64) *model.Model {
	m := c.p.modelOf(c.b.free, zs...)
	if c.p.process != nil {
		for _, theta := range m.Theta {
			copy(theta, c.b.centre)
		}
	}
	return m
}

// wildFactor says how far from the data is wild, in ranges of the data. A
// trajectory is followed for as long again as the recording to see.
const wildFactor = 2

// score rates a model of one member on the rows of the candidate's problem.
func (c *candidate) score(m *model.Model) scored {
	out := scored{train: unknownScores(), held: unknownScores()}
	p, all := c.p, c.p.rows(true)
	variance := variances(all)
	train, held := p.scorer(variance), p.scorer(variance)
	for rec, s := range all {
		later, inputs := ahead(&s)
		times := append(append([]float64{}, s.T...), later...)
		f, err := m.Forecast(rec, times, inputs)
		if err != nil {
			out.fail = err.Error()
			return out
		}
		if f.Len() < p.Train[rec].Len() {
			out.fail = f.Failed
			return out
		}
		for k := range min(f.Len(), s.Len()) {
			to := train
			if k >= p.Train[rec].Len() {
				to = held
			}
			to.Add(f.Row(k), s.Row(k))
		}
		out.wild = out.wild || f.Len() < len(times) || isWild(m, f, &s)
		out.lost = out.lost || f.Len() < s.Len()
	}
	out.train, out.held = train.Scores(), held.Scores()
	if out.lost {
		out.held = data.Scores{MSE: math.Inf(1), NRMSE: math.Inf(1), R2: math.Inf(-1)}
	}
	return out
}

// isWild tells whether a forecast leaves the box of the data, widened by wildFactor times its range;
// of states that are logarithms the box is that of logarithms.
func isWild(m *model.Model, f *model.Forecast, s *data.Series) bool {
	band := &model.Band{Log: m.Parts.Frame.Log}
	known := data.NewMoments(asBand(band, []data.Series{*s})...)
	for c := range s.Names {
		margin := wildFactor * (known.Max[c] - known.Min[c])
		for k := range f.T {
			if v := band.Of(c, f.Row(k)[c]); v < known.Min[c]-margin || v > known.Max[c]+margin {
				return true
			}
		}
	}
	return false
}
