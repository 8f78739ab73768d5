package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/words"
)

// K-fold cross-validation: recordings are dealt into folds, or one recording is cut into as many
// blocks. Beside the model that is saved, which sees all rows, one is fitted without each fold by the
// same method, seed and settings, and forecasts that fold.
//
// Source: Stone, J. R. Stat. Soc. B 36 (1974) 111–147.

// HeldFolds is what models say of the folds that they have not seen.
type HeldFolds struct {
	Of    string // what is dealt into folds: recordings, or blocks of one recording
	Folds int    // how many there are
	Each  []Fold // those that are finished, in their order
}

// Fold is how well a model forecasts a fold that it has not seen: free runs, each from the first
// rows of what was held out, user units. NaN: there is no such number.
type Fold struct {
	Recordings, Rows int // held out, and rows of them compared
	MSE, NRMSE, R2   float64
	Baseline         string  // the best one on the same rows; "" if there is none
	Best             float64 // its NRMSE
	Failed           string  // why there is no score; "" if there is one
}

// foldFigures is how many numbers a checkpoint keeps of a fold, foldWords how many words.
const (
	foldFigures = 6
	foldWords   = 2
)

// Values are a figure of the folds that have it.
func (h *HeldFolds) Values(of func(*Fold) float64) (out []float64) {
	for i := range h.Each {
		if v := of(&h.Each[i]); isNumber(v) {
			out = append(out, v)
		}
	}
	return out
}

// dealt is what folds are made of.
type dealt struct {
	series   []data.Series
	archName string
	arch     field.Architecture
	settings Settings
	of       []int // the fold of each recording; nil: blocks of the one that there is
}

// divide returns the recordings to train on; what is held out whole, and what folds are made of, the
// problem keeps. arch is as it was given.
func (p *Problem) divide(series []data.Series, arch field.Architecture) (train []data.Series, err error) {
	if p.dealt, err = p.deal(series, p.ArchName, arch); err != nil {
		return nil, err
	}
	train, p.Apart, err = p.apart(series)
	return train, err
}

// deal deals recordings into folds by the seed alone, whatever is in their rows. Its errors are for
// the user.
func (s *Settings) deal(series []data.Series, archName string, arch field.Architecture) (*dealt, error) {
	if s.HeldFolds == 0 {
		return nil, nil
	}
	k, n, rows := s.HeldFolds, len(series), series[0].Len()
	d := &dealt{series: series, archName: archName, arch: arch, settings: *s}
	d.settings.HeldFolds = 0
	switch {
	case s.Keep == "best-heldout":
		return nil, fmt.Errorf("keep=best-heldout would choose by what a fold is to judge; leave keep out, or take heldout=0.2")
	case series[0].Components != nil || series[0].Embedding != nil:
		return nil, fmt.Errorf("heldout=folds:%d: components= and embed= make states of all rows, so that no fold would be unseen; take heldout=0.2", k)
	case n == 1 && s.Initial == "known":
		return nil, fmt.Errorf("heldout=folds:%d: start= is the state at the first row, but folds of one recording leave parts that begin later; give more recordings (id=), or take heldout=0.2", k)
	case n == 1 && rows < k*heldWindowRows:
		return nil, fmt.Errorf("heldout=folds:%d: the one recording has %s, and each fold takes %d; take fewer folds, or heldout=0.2", k, words.Several(rows, "row"), heldWindowRows)
	case n == 1:
		return d, nil
	case k > n:
		return nil, fmt.Errorf("heldout=folds:%d: there are %s, and each fold takes one; take heldout=folds:%d", k, words.Several(n, "recording"), n)
	}
	for i := range series {
		if series[i].Len() < heldWindowRows {
			return nil, fmt.Errorf("heldout=folds:%d: recording %q has %s, and %d are the fewest to forecast it; leave it out", k, series[i].ID, words.Several(series[i].Len(), "row"), heldWindowRows)
		}
	}
	d.of = make([]int, n)
	for i, rec := range num.Stream(s.Seed, "held folds").Perm(n) {
		d.of[rec] = i % k
	}
	return d, nil
}

// fold splits off fold j of so many.
func (d *dealt) fold(j, of int) (train, held []data.Series) {
	if d.of == nil {
		rec := d.series[0]
		n := rec.Len()
		lo, hi := j*n/of, (j+1)*n/of
		if lo > 0 {
			train = append(train, named(rec, 0, lo))
		}
		if hi < n {
			train = append(train, named(rec, hi, n))
		}
		return train, []data.Series{named(rec, lo, hi)}
	}
	for i := range d.series {
		if d.of[i] == j {
			held = append(held, d.series[i])
		} else {
			train = append(train, d.series[i])
		}
	}
	return train, held
}

// withoutFold is the problem that has nothing of fold j, and what it lacks.
func (p *Problem) withoutFold(j int) (*Problem, []data.Series, error) {
	seen, held := p.dealt.fold(j, p.HeldFolds)
	q, err := NewProblem(seen, p.dealt.archName, p.dealt.arch, p.dealt.settings)
	return q, held, err
}

// Fit is Method.Fit, and with heldout=folds what models fitted without each of the folds say of
// these. The model of all rows comes first: where ctx ends among the folds it is there, with the folds
// that are finished, and going on from the checkpoint gives the bits of the uninterrupted fit.
func Fit(ctx context.Context, m Method, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if p.dealt == nil {
		return m.Fit(ctx, p, from, on)
	}
	c := &crossing{m: m, p: p, on: on}
	if on == nil {
		c.on = func(Event) {}
	}
	if err := c.resume(from); err != nil {
		return nil, err
	}
	r, err := c.whole(ctx)
	if err != nil || r.Status != StatusOK {
		return r, err
	}
	r.HeldFolds = &c.HeldFolds
	for len(c.Each) < p.HeldFolds {
		if r.Status, err = c.next(ctx); err != nil || r.Status != StatusOK {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	r.Warnings = append(r.Warnings, c.warnings(r.Status)...)
	return r, nil
}

// crossing is a fit to all rows and the fits without each of the folds.
type crossing struct {
	HeldFolds
	m      Method
	p      *Problem
	on     func(Event)
	saved  *Checkpoint // of the fit to all rows
	inside *Checkpoint // of the fold under way; nil: it has none
	past   bool        // the fit to all rows was finished when the checkpoint was made
}

const crossingMethod = "folds"

// resume takes in a checkpoint.
func (c *crossing) resume(from *Checkpoint) error {
	c.Of, c.Folds = "recordings", c.p.HeldFolds
	if c.p.dealt.of == nil {
		c.Of = "blocks"
	}
	if from == nil {
		return nil
	}
	if err := from.of(crossingMethod); err != nil {
		return err
	}
	all := from.Parts["scores of folds"]
	if len(from.Nested) != 2 || len(all) != foldFigures*from.Stage || len(from.Words) != foldWords*from.Stage || from.Stage > c.Folds {
		return errMisfit
	}
	c.saved, c.inside, c.past = from.Nested[0], from.Nested[1], from.Parts["all rows"] != nil
	for j := range from.Stage {
		v, w := all[j*foldFigures:], from.Words[j*foldWords:]
		c.Each = append(c.Each, Fold{Recordings: int(v[0]), Rows: int(v[1]), MSE: v[2], NRMSE: v[3], R2: v[4], Best: v[5], Baseline: w[0], Failed: w[1]})
	}
	return nil
}

// checkpoint is where the crossing is.
func (c *crossing) checkpoint(k int) *Checkpoint {
	out := newCheckpoint(crossingMethod, len(c.Each), k)
	out.Nested = []*Checkpoint{c.saved, c.inside}
	if c.past {
		out.put("all rows", 1)
	}
	var all []float64
	for _, f := range c.Each {
		all = append(all, float64(f.Recordings), float64(f.Rows), f.MSE, f.NRMSE, f.R2, f.Best)
		out.Words = append(out.Words, f.Baseline, f.Failed)
	}
	out.put("scores of folds", all...)
	return out
}

// whole fits to all rows. Once that is finished, going on takes what is left behind its last checkpoint
// again, without telling.
func (c *crossing) whole(ctx context.Context) (*Result, error) {
	told := c.past
	r, err := c.m.Fit(ctx, c.p, c.saved, func(e Event) {
		if told {
			return
		}
		if e.Checkpoint != nil {
			c.saved = e.Checkpoint
			e.Checkpoint = c.checkpoint(e.K)
		}
		c.on(e)
	})
	if err == nil && r.Status == StatusOK && !told {
		c.past = true
		c.tell("")
	}
	return r, err
}

// tell hands out a checkpoint.
func (c *crossing) tell(text string) {
	e := Remark(text)
	e.Checkpoint = c.checkpoint(0)
	c.on(e)
}

// next fits without the next fold, and scores that.
func (c *crossing) next(ctx context.Context) (status string, err error) {
	j := len(c.Each)
	name := fmt.Sprintf("without fold %d of %d", j+1, c.Folds)
	q, held, err := c.p.withoutFold(j)
	if err != nil {
		return StatusFailed, fmt.Errorf("%s: %w", name, err)
	}
	r, err := c.m.Fit(ctx, q, c.inside, func(e Event) {
		told := Remark("") // losses of other rows are no part of the course of the model that is saved
		told.Stage, told.K, told.Of = name, e.K, e.Of
		if e.Checkpoint != nil {
			c.inside = e.Checkpoint
			told.Checkpoint = c.checkpoint(0)
		}
		c.on(told)
	})
	if err != nil {
		return StatusFailed, fmt.Errorf("%s: %w", name, err)
	}
	if r.Status == StatusStopped || r.Status == StatusInterrupted {
		return r.Status, nil
	}
	f, err := q.foldScore(r, held)
	if err != nil {
		return StatusFailed, fmt.Errorf("%s: %w", name, err)
	}
	c.Each, c.inside = append(c.Each, f), nil
	c.tell(fmt.Sprintf("fold %d of %d, by a model that has not seen it: %s", j+1, c.Folds, f.words()))
	return StatusOK, nil
}

// foldScore is how well the model of a fit forecasts recordings it has not seen.
func (p *Problem) foldScore(r *Result, held []data.Series) (Fold, error) {
	nan := math.NaN()
	out := Fold{Recordings: len(held), MSE: nan, NRMSE: nan, R2: nan, Best: nan}
	q := p.changed(func(q *Problem) { q.Apart = held })
	if err := q.tellable(); err != nil {
		return out, err
	}
	if r.Model == nil || r.Status == StatusFailed {
		out.Failed = "the fit failed"
		if n := len(r.Tried); n > 0 && r.Tried[n-1].Why != "" {
			out.Failed += ": " + r.Tried[n-1].Why
		}
		return out, nil
	}
	if err := Complete(q, r); err != nil {
		return out, err
	}
	h := r.Assessment.Held
	out.Rows, out.MSE, out.NRMSE, out.R2, out.Failed = h.Rows, h.Scores.MSE, h.Scores.NRMSE, h.Scores.R2, h.Failed
	for _, b := range r.Assessment.Baselines {
		if v := b.Scores.NRMSE; isNumber(v) && !(v >= out.Best) {
			out.Baseline, out.Best = b.Name, v
		}
	}
	if out.Failed == "" && !isNumber(out.NRMSE) {
		out.Failed = "its forecasts are no numbers"
	}
	return out, nil
}

// words are a fold in words.
func (f *Fold) words() string {
	if f.Failed != "" {
		return "no score, " + f.Failed
	}
	return "nrmse " + words.Short(f.NRMSE)
}

// warnings say what is missing of the folds.
func (c *crossing) warnings(status string) (out []string) {
	if len(c.Each) < c.Folds {
		why := "an interrupt"
		if status == StatusStopped {
			why = "a limit"
		}
		out = append(out, fmt.Sprintf("the model is fitted to all rows, but %s ended the folds after %d of %d", why, len(c.Each), c.Folds))
	}
	if i := slices.IndexFunc(c.Each, func(f Fold) bool { return f.Failed != "" }); i >= 0 {
		out = append(out, fmt.Sprintf("fold %d of %d has no score, and the mean is without it: %s", i+1, c.Folds, c.Each[i].Failed))
	}
	return out
}

// checkFolds reports numbers of folds without a meaning.
func (s *Settings) checkFolds() error {
	switch {
	case s.HeldFolds == 0:
		return nil
	case s.HeldFolds < 2:
		return fmt.Errorf("heldout=folds:%d: there are two folds or more", s.HeldFolds)
	case s.Heldout != 0 || s.HeldRecordings != 0 || s.HeldWindows != 0:
		return errors.New("held_folds: folds are all that is held out then; set heldout, held_recordings and held_windows to 0")
	}
	return nil
}
