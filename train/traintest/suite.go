package traintest

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/train"
)

// The sizes of the test: iterations that every method learns the spiral in,
// and that are enough to see whether it is repeatable.
const (
	learning = 250
	short    = 60
)

// learnt is the largest mean squared error, relative to that of the mean of
// the data, that counts as having learnt something.
const learnt = 1.0 / 20

// Run tests the contract of the registered method of that name with its
// default settings.
//
//   - it learns a spiral: the mean squared error falls to a twentieth of that
//     of a constant;
//   - the same problem gives the same bits, for any GOMAXPROCS, and is left as
//     it was;
//   - every checkpoint survives JSON, and going on from it ends with the bits
//     of the uninterrupted run;
//   - a context that ends stops it soon, with a model that can be used and a
//     checkpoint to go on from; it tells a time limit from an interruption, and
//     never passes half of its work off as the whole;
//   - events count upwards and hold numbers where numbers are promised;
//   - a checkpoint of something else is an error.
//
// Under -short, for the race detector, what is done at the same time is enough:
// the bits for any GOMAXPROCS, and a context that ends.
func Run(t *testing.T, name string) {
	quick := wholeFit(t, name, short)
	t.Run("Repeats", func(t *testing.T) { repeats(t, name, quick) })
	t.Run("Stops", func(t *testing.T) { stops(t, name, quick) })
	if testing.Short() {
		return
	}
	full := wholeFit(t, name, learning)
	t.Run("Learns", func(t *testing.T) { learns(t, full) })
	t.Run("Resumes", func(t *testing.T) { resumes(t, name, full) })
	t.Run("StopsAnywhere", func(t *testing.T) { stopsAnywhere(t, name, quick) })
	t.Run("RefusesCheckpoints", func(t *testing.T) { refuses(t, name) })
}

// whole is a fit that nothing stopped, on one core, which others are compared with.
type whole struct {
	p      *train.Problem
	result *train.Result
	events []train.Event
	saved  []*train.Checkpoint // as they are read again
	asked  int                 // how often its context was
}

func wholeFit(t *testing.T, name string, budget int) *whole {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // asked is for one goroutine
	w := &whole{p: Problem(t, budget)}
	count := &asked{Context: context.Background(), left: math.MaxInt}
	w.result = fit(t, count, name, w.p, nil, func(e train.Event) {
		if w.events = append(w.events, e); e.Checkpoint != nil {
			w.saved = append(w.saved, stored(t, e.Checkpoint))
		}
	})
	w.asked = count.times
	return w
}

// fit runs the method; its error ends the test.
func fit(t *testing.T, ctx context.Context, name string, p *train.Problem, from *train.Checkpoint, on func(train.Event)) *train.Result {
	t.Helper()
	m, err := train.Methods.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Fit(ctx, p, from, on)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func learns(t *testing.T, w *whole) {
	r := w.result
	complete(t, r)
	if r.Status != train.StatusOK {
		t.Errorf("status %q, want %q", r.Status, train.StatusOK)
	}
	if r.Train.R2 < 1-learnt || math.IsNaN(r.Train.R2) {
		t.Errorf("R² %g on the rows it was trained on; want at least %g", r.Train.R2, 1-learnt)
	}
	if r.Held == nil || math.IsNaN(r.Held.MSE) {
		t.Errorf("the held-out rows are not scored: %+v", r.Held)
	}
	sane(t, w.events)
}

// sane checks events: K within Of, and counting upwards within a stage.
func sane(t *testing.T, events []train.Event) {
	t.Helper()
	at, scored := map[string]int{}, 0
	for i, e := range events {
		switch {
		case e.Checkpoint != nil: // and nothing else
			labelled(t, e.Checkpoint)
			continue
		case e.K < 0 || e.K > e.Of:
			t.Fatalf("event %d is iteration %d of %d", i, e.K, e.Of)
		case math.IsNaN(e.Loss):
			t.Fatalf("event %d (%s, iteration %d) has no loss", i, e.Stage, e.K)
		case e.K < at[e.Stage]:
			t.Fatalf("event %d (%s) goes back from iteration %d to %d", i, e.Stage, at[e.Stage], e.K)
		case e.Lambda < 0 || e.Lambda > 1:
			t.Fatalf("event %d has λ = %g", i, e.Lambda)
		}
		at[e.Stage] = e.K
		if !math.IsNaN(e.MSE) && !math.IsNaN(e.Held) {
			scored++
		}
	}
	if scored == 0 {
		t.Errorf("none of %d events has scores", len(events))
	}
}

// labelled checks that a checkpoint, and all it holds, can be told from those of other
// methods and layouts, and has no unknowns that are no numbers.
func labelled(t *testing.T, c *train.Checkpoint) {
	t.Helper()
	if c.Layout != train.CheckpointLayout || c.Method == "" {
		t.Fatalf("a checkpoint of layout %d and method %q at iteration %d", c.Layout, c.Method, c.K)
	}
	for i, v := range c.Z {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("unknown %d of %d of the checkpoint of %s at iteration %d is %g", i, len(c.Z), c.Method, c.K, v)
		}
	}
	for _, n := range c.Nested {
		labelled(t, n)
	}
}

// complete checks that a result has what people and programs read.
func complete(t *testing.T, r *train.Result) {
	t.Helper()
	m := r.Model
	if r.Method == "" || m == nil || r.Members != len(m.Theta) || len(m.Theta) == 0 || len(m.Records) != 2 {
		t.Fatalf("the result lacks something: %+v", r)
	}
	if len(r.Tried) == 0 || r.Tried[0].Method == "" || r.Tried[0].Why == "" {
		t.Errorf("what was tried is not told: %+v", r.Tried)
	}
	if len(r.Noise) != 2 || r.Evaluations < 0 || r.BestK < 0 || r.BestK > r.Iterations {
		t.Errorf("noise %v, %d evaluations, iteration %d of %d", r.Noise, r.Evaluations, r.BestK, r.Iterations)
	}
	for rec := range m.Records {
		times := []float64{m.Records[rec].T0, m.Records[rec].T0 + 1}
		f, err := m.Forecast(rec, times, nil)
		if err != nil || f.Len() != 2 || f.Failed != "" {
			t.Fatalf("the model cannot be used: %v, %+v", err, f)
		}
		for _, v := range f.X {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("forecast %v", f.X)
			}
		}
	}
}

func repeats(t *testing.T, name string, w *whole) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	p, q := w.p, Problem(t, short)
	same(t, fit(t, context.Background(), name, p, nil, nil), w.result)
	if !reflect.DeepEqual(p.Train, q.Train) || !reflect.DeepEqual(p.Held, q.Held) || !reflect.DeepEqual(p.Settings, q.Settings) ||
		!reflect.DeepEqual(p.Parts.Theta0, q.Parts.Theta0) || !reflect.DeepEqual(p.Parts.Frame, q.Parts.Frame) {
		t.Error("training changed the problem")
	}
}

// same checks that two results have the same bits.
func same(t *testing.T, got, want *train.Result) {
	t.Helper()
	a, b := got.Model, want.Model
	if !slices.EqualFunc(a.Theta, b.Theta, slices.Equal) {
		t.Fatal("other parameters")
	}
	for rec := range b.Records {
		if !reflect.DeepEqual(a.Records[rec].Start, b.Records[rec].Start) || !reflect.DeepEqual(a.Records[rec].Anchors, b.Records[rec].Anchors) {
			t.Fatalf("recording %d starts elsewhere", rec)
		}
	}
	if !reflect.DeepEqual(got.Train, want.Train) || !reflect.DeepEqual(got.Held, want.Held) || !reflect.DeepEqual(got.Noise, want.Noise) {
		t.Errorf("scores %+v %+v, want %+v %+v", got.Train, got.Held, want.Train, want.Held)
	}
	if got.Status != want.Status || got.Iterations != want.Iterations || got.BestK != want.BestK || got.Refit != want.Refit {
		t.Errorf("status %s, %d of %d iterations; want %s, %d of %d",
			got.Status, got.BestK, got.Iterations, want.Status, want.BestK, want.Iterations)
	}
	if !slices.Equal(got.Warnings, want.Warnings) {
		t.Errorf("warnings %q, want %q", got.Warnings, want.Warnings)
	}
}

// stored is a checkpoint that has been through JSON.
func stored(t *testing.T, c *train.Checkpoint) *train.Checkpoint {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatalf("the checkpoint of %s at iteration %d: %v", c.Method, c.K, err)
	}
	var again train.Checkpoint
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	return &again
}

func resumes(t *testing.T, name string, w *whole) {
	n := len(w.saved)
	if n < 2 {
		t.Fatalf("%d checkpoints in %d iterations", n, learning)
	}
	for i, c := range w.saved {
		if n > 9 && i%(n/5+1) != 0 && i+1 < n {
			continue
		}
		before, _ := json.Marshal(c)
		same(t, fit(t, context.Background(), name, w.p, c, nil), w.result)
		if after, _ := json.Marshal(c); string(after) != string(before) {
			t.Error("going on from a checkpoint changed it")
		}
	}
}

// stops ends the context after some events, as an interruption and as a time
// limit, and goes on from the last checkpoint.
func stops(t *testing.T, name string, w *whole) {
	// Attempts that work at the same time may have said much before the end.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	all := len(w.events) - len(w.saved)
	for cause, status := range map[error]string{errors.New("someone pressed a key"): train.StatusInterrupted, train.ErrLimit: train.StatusStopped} {
		for _, after := range []int{1, min(30, all/2)} { // some need few iterations
			ctx, cancel := context.WithCancelCause(context.Background())
			events, late, at := 0, 0, 0
			var last *train.Checkpoint
			r := fit(t, ctx, name, w.p, nil, func(e train.Event) {
				if e.Checkpoint != nil {
					last = stored(t, e.Checkpoint)
					return
				}
				if ctx.Err() != nil {
					late++
				}
				if events++; events == after {
					if at = e.K + 1; e.Of == 0 {
						at = 0 // a remark
					}
					cancel(cause)
				}
			})
			cancel(nil)
			complete(t, r)
			if m, err := train.Methods.Lookup(name); err == nil && train.TraitsOf(m).Course && at > 0 && last.K != at {
				t.Errorf("after iteration %d of a course the checkpoint has %d", at, last.K)
			}
			if r.Status != status {
				t.Errorf("after %d events: status %q, want %q", after, r.Status, status)
			}
			// A word from each attempt is allowed.
			if late > len(r.Tried)+1 {
				t.Errorf("%d more events after the end of the context", late)
			}
			same(t, fit(t, context.Background(), name, w.p, last, nil), w.result)
		}
	}
}

// asked is a context that ends when it has been asked so many times whether it
// has.
type asked struct {
	context.Context
	left, times int
}

func (a *asked) Err() error {
	a.times++
	if a.times > a.left {
		return context.Canceled
	}
	return nil
}

// stopsAnywhere ends the context at points from the first to the last: either
// the result says so, or it is that of the whole run.
func stopsAnywhere(t *testing.T, name string, w *whole) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // asked is for one goroutine
	const points = 9
	for i := range points + 1 {
		ctx := &asked{Context: context.Background(), left: i * (w.asked - 1) / points}
		r := fit(t, ctx, name, w.p, nil, nil)
		complete(t, r)
		switch {
		case r.Status == train.StatusOK:
			same(t, r, w.result)
		case r.Status != train.StatusInterrupted:
			t.Errorf("stopped at point %d of %d: status %q", ctx.left, w.asked, r.Status)
		case i == 0 && r.Iterations != 0:
			t.Errorf("%d iterations in a context that has ended", r.Iterations)
		}
	}
}

func refuses(t *testing.T, name string) {
	m, err := train.Methods.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	var good *train.Checkpoint
	p := Problem(t, 3)
	fit(t, context.Background(), name, p, nil, func(e train.Event) {
		if e.Checkpoint != nil {
			good = e.Checkpoint
		}
	})
	if good == nil {
		t.Fatal("no checkpoint")
	}
	other := *good
	other.Method = "something else"
	cut := *stored(t, good)
	cut.Z = cut.Z[:len(cut.Z)/2]
	for i := range cut.Nested {
		cut.Nested[i].Z = cut.Nested[i].Z[:1]
	}
	poor, older, newer := *stored(t, good), *good, *good
	strip(&poor)
	older.Layout--
	newer.Layout++
	for what, c := range map[string]*train.Checkpoint{"of another method": &other, "empty": {Layout: good.Layout, Method: good.Method}, "cut short": &cut,
		"without its parts": &poor, "of an earlier layout": &older, "of a later layout": &newer} {
		if _, err := m.Fit(context.Background(), p, c, nil); err == nil {
			t.Errorf("a checkpoint that is %s is taken", what)
		}
	}
}

// strip takes the parts from a checkpoint and from all that it holds.
func strip(c *train.Checkpoint) {
	c.Parts = nil
	for _, n := range c.Nested {
		strip(n)
	}
}
