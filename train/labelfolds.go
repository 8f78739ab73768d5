package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/words"
)

// A classifier of few recordings learns them by heart. When to stop is told by folds: as many models
// as there are folds learn together, each without one of them, and where the mean loss of what they
// have not seen is least, training on all recordings ends. What they say there of recordings they
// have not seen tells how well the kind of model does, and how sure it may be.
//
// Source: Prechelt, Early stopping – but when? (1998); Stone, J. R. Stat. Soc. B 36 (1974) 111–147.

const (
	labelBudget  = 600 // iterations, by gradients of few of the recordings each
	labelMembers = 4   // of few recordings
	usualFolds   = 5
	manyLabelled = 200 // recordings from which on one of the folds is enough
	fewLabelled  = 10  // recordings below which there are no folds
	foldLooks    = 10  // iterations between two looks at what models have not seen, at least
	leastPart    = 3   // part of the budget that is spent in any case
	leastBatch   = 8   // recordings an iteration, where there are few
	batchParts   = 3   // iterations at least in which all recordings are drawn once
	leastGain    = 0.5 // standard errors by which more iterations have to be better
	foldPatience = 100 // iterations waited for a better loss, beside as many as led to the best one
)

// Folded is what models that have not seen a recording say of it.
type Folded struct {
	Folds       int         // how many there are
	K           int         // iterations of the least loss
	Temperature float64     // by which logarithms of probabilities are divided to be as sure as right; 1 of numbers
	Recordings  []int       // of training, that were left out by one of the models
	Of          []int       // the fold of each of those
	Says        [][]float64 // probabilities of each, at that temperature, or the number
}

// foldsOf says which fold a recording is in, −1: in none, as all models may see it. Without folds
// the first result is 0.
func (p *Problem) foldsOf(asked int) (folds int, of []int, err error) {
	l, n := p.labels, len(p.Train)
	least, of := n, make([]int, n)
	by := map[string][]int{}
	for i, name := range l.Train {
		if l.Classes == nil {
			name = ""
		}
		by[name] = append(by[name], i)
	}
	for _, all := range by {
		least = min(least, len(all))
	}
	folds = asked
	switch {
	case asked == 1:
		return 0, nil, nil
	case asked == 0 && (n < fewLabelled || least < 2):
		return 0, nil, nil
	case asked == 0:
		folds = min(usualFolds, n/2)
	case asked < 0 || asked > n || least < 2:
		return 0, nil, fmt.Errorf("folds=%d: there are %s to train on, %d of the rarest class; take 2 to %d folds, or folds=1 for none",
			asked, words.Several(n, "recording"), least, max(2, min(n, usualFolds)))
	}
	r, next := num.Stream(p.Seed, "folds"), 0
	for _, name := range append(slices.Clone(l.Classes), "") {
		for _, i := range r.Perm(len(by[name])) {
			of[by[name][i]] = next % folds
			next++
		}
	}
	if asked == 0 && n > manyLabelled {
		for i := range of { // the first fold alone is left out
			if of[i] > 0 {
				of[i] = -1
			}
		}
		folds = 1
	}
	return folds, of, nil
}

// foldWatch looks at what models have not seen while they learn.
type foldWatch struct {
	of       []int // the model that has not seen a recording, or −1
	ask      *asker
	every    int
	least    int       // iterations in any case
	patience int       // 0: as usual
	said     []float64 // at each look, of each recording
	cost     []float64 // at each look
	best     int       // the look of the least cost
}

func newFoldWatch(p *Problem, of []int, batch, budget, patience int) (*foldWatch, error) {
	w := &foldWatch{of: of, every: max(foldLooks, len(p.Train)/max(1, batch)), least: budget / leastPart, patience: patience}
	var err error
	w.ask, err = newAsker(p)
	return w, err
}

// look implements watcher.
func (w *foldWatch) look(k int, z []float64, members int) {
	if k%w.every == 0 {
		w.add(w.ask.tell(z, members, w.of))
	}
}

// add takes in what was said at a look.
func (w *foldWatch) add(said []float64) {
	sum, n := 0.0, 0.0
	for i, j := range w.of {
		if j >= 0 {
			sum, n = sum+w.ask.cost(i, said), n+1
		}
	}
	w.said, w.cost = append(w.said, said...), append(w.cost, sum/n)
	if sum/n < w.cost[w.best] {
		w.best = len(w.cost) - 1
	}
}

// at is what was said at a look.
func (w *foldWatch) at(look int) []float64 {
	n := len(w.of) * w.ask.columns
	return w.said[look*n : (look+1)*n]
}

// enough implements watcher.
func (w *foldWatch) enough(k int) bool {
	best := w.best * w.every
	if w.patience > 0 {
		return k-best > w.patience
	}
	return k > w.least && k > 2*best+foldPatience
}

// chosen is the first look that is not worse than the best by more than scatter: by less than the
// standard error of the mean of differences of recordings.
//
// Source: Breiman, Friedman, Olshen, Stone, Classification and Regression Trees (1984), section 3.4.3.
func (w *foldWatch) chosen() int {
	least := w.at(w.best)
	for look := range w.best {
		said := w.at(look)
		var d []float64
		for i, j := range w.of {
			if j >= 0 {
				d = append(d, w.ask.cost(i, said)-w.ask.cost(i, least))
			}
		}
		if mean, scatter := num.MeanError(d); mean <= leastGain*scatter {
			return look
		}
	}
	return w.best
}

func (w *foldWatch) save(c *Checkpoint) { c.put("told by folds", w.said...) }

func (w *foldWatch) load(c *Checkpoint) error {
	all, n := c.Parts["told by folds"], len(w.of)*w.ask.columns
	if len(all)%n != 0 {
		return errMisfit
	}
	w.said, w.cost, w.best = nil, nil, 0
	for ; len(all) > 0; all = all[n:] {
		w.add(all[:n])
	}
	return nil
}

// folded is what was found, with the temperature at which it is as sure as it is right.
func (w *foldWatch) folded(p *Problem, folds int) *Folded {
	f, said := &Folded{Folds: folds, K: w.chosen() * w.every, Temperature: 1}, w.at(w.chosen())
	var logs [][]float64
	var truth []int
	for i, j := range w.of {
		if j < 0 {
			continue
		}
		f.Recordings, f.Of = append(f.Recordings, i), append(f.Of, j)
		logs = append(logs, said[i*w.ask.columns:(i+1)*w.ask.columns])
	}
	if p.labels.Classes == nil {
		for _, v := range logs {
			f.Says = append(f.Says, []float64{p.Parts.Frame.User(0, v[0])})
		}
		return f
	}
	for _, i := range f.Recordings {
		truth = append(truth, slices.Index(p.labels.Classes, p.labels.Train[i]))
	}
	f.Temperature = temperature(logs, truth)
	for _, v := range logs {
		f.Says = append(f.Says, cooled(v, f.Temperature))
	}
	return f
}

// labelled trains with folds first, then on all recordings.
func (d Descent) labelled(ctx context.Context, c *course, down downhill, folds int, of []int, from *Checkpoint, on func(Event)) (*Result, error) {
	f := &foldFit{d: d, c: c, p: c.p, folds: folds, of: of, batch: len(c.p.Train), from: from, on: on}
	if down.batch > 0 {
		f.batch = min(down.batch, max(leastBatch, f.batch/batchParts))
	}
	if on == nil {
		f.on = func(Event) {}
	}
	found, r, err := f.search(ctx)
	if err != nil || r != nil {
		return r, err
	}
	return f.finish(ctx, found)
}

// foldFit is the two parts of such a fit.
type foldFit struct {
	d     Descent
	c     *course
	p     *Problem
	folds int
	of    []int
	batch int
	from  *Checkpoint
	on    func(Event)
}

// search learns with folds; r is not nil if nothing comes behind it.
func (f *foldFit) search(ctx context.Context) (w *foldWatch, r *Result, err error) {
	if w, err = newFoldWatch(f.p, f.of, f.batch, f.c.budget, f.d.Patience); err != nil {
		return nil, nil, err
	}
	if f.from != nil && f.from.Stage > 0 {
		return w, nil, w.load(f.from)
	}
	only := make([][]int, f.folds)
	for j := range only {
		for i, of := range f.of {
			if of != j {
				only[j] = append(only[j], i)
			}
		}
	}
	c, err := f.p.changed(func(q *Problem) { q.Members = f.folds }).newCourse(f.c.method, f.c.budget, "last")
	if err != nil {
		return nil, nil, err
	}
	c.keep, c.watch = "last", w
	r, err = f.take(ctx, c, c.budget, only, "by folds", func(e Event) { f.on(e) })
	if err != nil {
		return nil, nil, err
	}
	if r.Status == StatusOK && isNumber(w.cost[w.best]) {
		r = nil
	}
	return w, r, nil
}

// finish learns from all recordings.
func (f *foldFit) finish(ctx context.Context, w *foldWatch) (*Result, error) {
	c := f.c
	budget := c.budget
	c.budget = w.chosen() * w.every
	stage := func(e Event) {
		if e.Checkpoint != nil {
			e.Checkpoint.Stage = 1
			w.save(e.Checkpoint)
		}
		f.on(e)
	}
	if f.from != nil && f.from.Stage == 0 {
		f.from = nil
	}
	r, err := f.take(ctx, c, budget, nil, "on all", stage)
	if err != nil || r.Status != StatusOK {
		return r, err
	}
	r.Folded = w.folded(f.p, f.folds)
	for _, theta := range r.Model.Theta {
		f.p.cool(theta, r.Folded.Temperature)
	}
	r.Tried[0].Why = fmt.Sprintf("after %s, where what models have not seen costs least (%s)", words.Several(c.k, "iteration"), r.Folded.words())
	return r, nil
}

// words are the folds in words.
func (f *Folded) words() string {
	if f.Folds == 1 {
		return "a fifth of the training recordings, left out"
	}
	return fmt.Sprintf("%d folds of the training recordings", f.Folds)
}

// take takes a course with a minibatch of the recordings of each member, at the rates of so many
// iterations.
func (f *foldFit) take(ctx context.Context, c *course, budget int, only [][]int, stage string, on func(Event)) (*Result, error) {
	obj, err := newPieceLoss(c.p, &Truncated{Descent: f.d, Length: 1, Batch: f.batch}, c.members)
	if err != nil {
		return nil, err
	}
	obj.only = only
	rule, err := f.d.transform(c.p, c.members, budget)
	if err != nil {
		return nil, err
	}
	z, err := c.p.begin(c.members)
	if err != nil {
		return nil, err
	}
	for j, seen := range only {
		one := ofMembers(z, c.members).Lane(nil, j)
		c.p.regressed(one, seen)
		ofMembers(z, c.members).SetLane(j, one)
	}
	driver := newDescent(obj, rule, c.members, z)
	driver.stage = func(int) (string, float64) { return stage, math.NaN() }
	driver.remember(f.d.Average)
	r, err := c.descend(ctx, driver, f.from, on)
	if err == nil {
		r.Warnings = append(r.Warnings, obj.warnings()...)
	}
	return r, err
}
