package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	space "github.com/entrain-dev/entrain/linear"
	"github.com/entrain-dev/entrain/model"
)

// A system of which only part is measured shows it in this: a linear law with more
// states than there are columns follows the rows better. Such a law is then a
// beginning: its hidden states, in units of their own deviations, become hidden states
// of the model, whose field begins as the linear one.

// lawStart is a linear law as the beginning of a model.
type lawStart struct {
	law   *space.Model // in the basis whose first states are the columns
	paths [][]float64  // states along the training rows of each recording
	fixed bool         // it is left as it is: states have noise, which a free run does not know
	// unknowns is how many numbers of it were found from the rows.
	unknowns int
	logs     []string // columns whose logarithms it is about
	season   bool     // it goes on with level and season
}

const (
	hiddenMost = 5    // hidden states that are tried
	hiddenWide = 4    // columns up to which they are
	hiddenGain = 0.85 // error of free runs, relative to that without hidden states, from which on there are some
	hiddenNear = 1.15 // error of free runs, relative to the best order's, of an order that is as good
	hiddenFine = 0.01 // error of free runs, in deviations, beside which a smaller one says nothing
	wholeRows  = 5000 // rows up to which a recording is followed from one start
	bentUnits  = 8    // of the network that bends a law
	bentSize   = 250  // entries of θ of a law that is bent
)

// lawOptions are those of the linear laws that models begin with: without noise in the
// states if there are inputs to run on, and without direct terms.
func (p *Problem) lawOptions(least, most int) space.Options {
	hold, _ := model.Holding(p.Hold, p.Train[0].Inputs)
	o := space.Options{Hold: hold, Least: least, Most: most, Direct: "no", Noise: "no", Stop: p.knownLaws().stop}
	if len(p.Train[0].Inputs) == 0 {
		o.Noise = "yes"
	}
	return o
}

// fitLaw fits a linear law as a beginning.
func (p *Problem) fitLaw(o space.Options) (*lawStart, error) {
	r, err := space.Fit(p.Train, o)
	if err != nil {
		return nil, err
	}
	law, err := r.Model.Shown() // which is measured itself, unless o lets inputs act at once
	if err != nil {
		return nil, err
	}
	out := &lawStart{law: law, fixed: r.Trial.Noise, unknowns: r.Trial.Unknowns}
	return out, out.follow(p.Train)
}

// follow keeps the law's states along the rows.
func (l *lawStart) follow(rows []data.Series) error {
	for i := range rows {
		path, err := l.law.Path(&rows[i])
		if err != nil {
			return err
		}
		l.paths = append(l.paths, path)
	}
	return nil
}

// hiddenStates is how many hidden states a linear law finds worth while, the fewest of
// those that are about as good; 0 if it finds no need of any.
func (p *Problem) hiddenStates() int {
	d := len(p.Train[0].Names)
	if d > hiddenWide {
		return 0
	}
	_, tried, err := p.compareLaws(d, d+hiddenMost)
	if err != nil {
		return 0
	}
	least, plain := math.Inf(1), math.Inf(1)
	for i := range tried {
		t := &tried[i]
		t.Free = math.Hypot(t.Free, hiddenFine)
		least = min(least, t.Free)
		if t.Order == d {
			plain = t.Free
		}
	}
	if !(least < hiddenGain*plain) {
		return 0
	}
	for _, t := range tried {
		if t.Free <= hiddenNear*least {
			return t.Order - d
		}
	}
	return 0
}

// begin writes the law into the unknowns of b, whose field has a polynomial: its first
// degree is the law, and all starts lie on its path.
func (l *lawStart) begin(b *bayes) {
	f, first := &b.p.Parts.Frame, b.p.Parts.Layers[0]
	n, q := l.law.N, len(f.Inputs)
	a, s := l.units(f)
	origin := make([]float64, n+q)
	if o, ok := b.p.Arch.(interface {
		Origin(f field.Frame) []float64
	}); ok {
		origin = o.Origin(*f)
	}
	for i := range n {
		constant := l.law.B[i*(q+1)+q]
		row := b.z[first.W+i*first.Cols : first.W+(i+1)*first.Cols]
		for j := range n {
			w := l.law.A[i*n+j]
			row[j] = w * s[j]
			constant += w*a[j] - row[j]*origin[j]
		}
		for c := range q {
			w := l.law.B[i*(q+1)+c]
			row[n+c] = w * f.UScale[c] / l.law.UScale[c]
			constant += w*(f.UShift[c]-l.law.UShift[c])/l.law.UScale[c] - row[n+c]*origin[n+c]
		}
		b.z[first.B+i] = constant * f.Time / s[i]
		for j := range row {
			row[j] *= f.Time / s[i]
		}
	}
	if at := directLayer(b.p.Parts); at != nil {
		for i := range at.Rows {
			for c := range q {
				b.z[at.W+i*q+c] = l.law.D[i*(q+1)+c] * f.UScale[c] / l.law.UScale[c] / s[i]
			}
		}
	}
	l.place(b)
	if l.fixed {
		return
	}
	for c := range b.sigma {
		b.sigma[c] = max(leastNoise, math.Sqrt(l.law.R[c])*l.law.Scale[c]/f.Scale[c])
	}
}

// place puts the starts of segments on the law's path.
func (l *lawStart) place(b *bayes) {
	if b.free.u.starts == 0 {
		return
	}
	f, n := &b.p.Parts.Frame, l.law.N
	before := b.free.states - n // columns that only show states
	moved := l.moved(f)
	for i, s := range b.free.segs {
		x := b.free.u.startOf(b.z, i)[before:]
		copy(x, l.paths[s.rec][s.from*n:(s.from+1)*n])
		for c := range l.law.Outputs {
			x[c] = (l.law.Shift[c] + l.law.Scale[c]*(x[c]+moved[c]) - f.Shift[c]) / f.Scale[c]
		}
	}
}

// moved is what the means of the inputs, where the law and frame f have others, do to outputs at
// once.
func (l *lawStart) moved(f *field.Frame) []float64 {
	out, q := make([]float64, len(l.law.Outputs)), len(f.Inputs)
	for i := range out {
		for c := range q {
			out[i] += l.law.D[i*(q+1)+c] * (f.UShift[c] - l.law.UShift[c]) / l.law.UScale[c]
		}
	}
	return out
}

// units say that state i of the law is a[i] + s[i]·x, x being that of a model in frame f.
func (l *lawStart) units(f *field.Frame) (a, s []float64) {
	a, s = make([]float64, l.law.N), make([]float64, l.law.N)
	moved := l.moved(f)
	for i := range a {
		s[i] = 1
		if i >= len(l.law.Outputs) {
			continue
		}
		s[i] = f.Scale[i] / l.law.Scale[i]
		a[i] = (f.Shift[i]-l.law.Shift[i])/l.law.Scale[i] - moved[i]
	}
	return a, s
}

// direct tells that inputs act on columns at once.
func (l *lawStart) direct() bool {
	for _, d := range l.law.D {
		if d != 0 {
			return true
		}
	}
	return false
}

// directLayer is the one of a model in which inputs act on columns at once; nil if there is none.
func directLayer(p *field.Parts) *field.Layer {
	if k := len(p.Layers) - 1; p.Observe != nil && k >= 0 {
		return &p.Layers[k]
	}
	return nil
}

// lawRecipes are candidates begun at linear laws; only says that there are to be no
// others.
func (p *Problem) lawRecipes() (list []*candidate, only bool, err error) {
	linear, library := p.beginsAtLaws()
	switch {
	case linear != nil:
		list, err = p.linearRecipes(linear)
		return list, true, err
	case library != nil:
		hidden := p.hiddenStates()
		if hidden > 0 && p.long() {
			if list, err = p.longRecipes(library, hidden); err == nil {
				return list, true, nil
			}
		}
		if hidden > 0 {
			if list, err = p.bentRecipes(library, hidden); err != nil {
				return nil, false, err
			}
		}
		plain, err := p.plainRecipes()
		return append(list, plain...), false, err
	}
	return nil, false, nil
}

// linearRecipes is the linear law itself.
func (p *Problem) linearRecipes(arch *field.Linear) ([]*candidate, error) {
	if len(arch.Logs) > 0 {
		return nil, fmt.Errorf("model=linear finds its law from the columns as they are; leave logs out, or give the logarithms as columns")
	}
	if !p.learnsStarts() {
		return nil, fmt.Errorf("model=linear learns where trajectories start; leave initial=%s out", p.Initial)
	}
	hidden := arch.Augment
	if hidden == 0 {
		d := len(p.Train[0].Names)
		chosen, _, err := p.compareLaws(d, max(d, linearMost))
		if err != nil {
			return nil, err
		}
		hidden = chosen.Order - d
	}
	law, err := p.lawStart(hidden)
	if err != nil {
		return nil, fmt.Errorf("model=linear: %w", err)
	}
	c, err := p.begun("linear law"+hiddenWords(hidden), "linear", &field.Linear{Augment: hidden}, law)
	return []*candidate{c}, err
}

// linearMost is the largest order of model=linear that is found by itself.
const linearMost = 8

// bentRecipes are models with hidden states if a linear law asks for some: that law
// alone, and bent by a network, and by a polynomial beside it.
func (p *Problem) bentRecipes(lib *field.PolyMLP, hidden int) ([]*candidate, error) {
	law, err := p.lawStart(hidden)
	if err != nil { // then others go on without it
		return nil, nil
	}
	c, err := p.begun("linear law"+hiddenWords(hidden), "linear", &field.Linear{Augment: hidden}, law)
	if err != nil {
		return nil, err
	}
	list := []*candidate{c}
	if len(p.Train[0].Inputs) == 0 {
		return list, nil
	}
	for _, degree := range []int{3, 2, 1} {
		arch := &field.PolyMLP{MLP: lib.MLP, Degree: degree}
		arch.Augment, arch.Hidden = hidden, []int{bentUnits}
		c, err := p.begun(fmt.Sprintf("polynomial of degree %d + network%s", degree, hiddenWords(hidden)), "poly-mlp", arch, law)
		if err != nil {
			return nil, err
		}
		if len(c.p.Parts.Theta0) > bentSize || degree == 2 && len(list) > 1 {
			continue
		}
		list = append(list, c)
	}
	return list, nil
}

func hiddenWords(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return ", one hidden state"
	}
	return fmt.Sprintf(", %d hidden states", n)
}

// begun is a candidate that begins at a law.
func (p *Problem) begun(name, archName string, arch field.Architecture, law *lawStart) (*candidate, error) {
	q, err := p.with(archName, arch)
	if err != nil {
		return nil, err
	}
	q.whole = !law.fixed && (p.short() || archName == "linear")
	if q.whole { // steps end at every row of an input
		q.Solver.MaxSteps = max(q.Solver.MaxSteps, model.StepsARow*p.longest())
	}
	if q.Solver.Solver == "dopri5" && law.fast(p.Train[0].Step()) {
		q.Solver.Solver = "auto"
	}
	if law.fixed {
		q.process = law.process(&q.Parts.Frame)
		err = q.process.weighed(q, law)
	}
	return &candidate{name: name, p: q, quiet: true, law: law}, err
}

// fast tells that a state of the law is gone well within a step of the rows, so that an
// explicit solver would have to take many.
func (l *lawStart) fast(step float64) bool {
	for _, pole := range l.law.Poles() {
		if -real(pole)*step > fastPole {
			return true
		}
	}
	return false
}

// fastPole is how often a state may decay to 1/e between two rows and be followed by an
// explicit solver.
const fastPole = 3

// short tells that every recording can be followed from one start.
func (p *Problem) short() bool { return p.longest() <= wholeRows }

// longest is the number of rows of the longest recording, those held out too.
func (p *Problem) longest() int {
	most := 0
	for _, s := range p.rows(true) {
		most = max(most, s.Len())
	}
	return most
}
