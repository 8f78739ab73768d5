package train

import (
	"context"
	"reflect"
	"sync/atomic"
	"testing"
)

// expiring is a context that ends when it has been asked so many times.
type expiring struct {
	context.Context
	left atomic.Int64
}

func (c *expiring) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestStepsStoppedInTheirMiddleAreMadeAgain: a context may end inside a step of Levenberg and
// Marquardt; the step does not count, and going on gives the bits of the fit that was left alone.
func TestStepsStoppedInTheirMiddleAreMadeAgain(t *testing.T) {
	p := mustProblem(t, gappy(2, 0, 3), tinyNet(0, false), func(s *Settings) { s.Budget, s.Members, s.Heldout = 8, 2, 0 })
	for _, name := range []string{"lm", "gradient-matching", "constrained-shooting", "continuation"} {
		m, err := Methods.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := m.Fit(context.Background(), p, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, after := range []int64{0, 3, 20, 77, 150} {
			ctx := &expiring{Context: context.Background()}
			ctx.left.Store(after)
			var last *Checkpoint
			r, err := m.Fit(ctx, p, nil, func(e Event) {
				if e.Checkpoint != nil {
					last = e.Checkpoint
				}
			})
			if err != nil || r.Model == nil {
				t.Fatalf("%s, ended after %d questions: %v", name, after, err)
			}
			if r.Status == StatusOK {
				continue // it was over by then
			}
			if r.Status != StatusInterrupted || last == nil || last.K != r.Iterations {
				t.Fatalf("%s, ended after %d questions: %s at %d, %+v", name, after, r.Status, r.Iterations, last)
			}
			again, err := m.Fit(context.Background(), p, last, nil)
			if err != nil || !reflect.DeepEqual(again.Model.Theta, whole.Model.Theta) || again.Iterations != whole.Iterations {
				t.Errorf("%s, ended after %d questions: going on gives another model; %v", name, after, err)
			}
		}
	}
}
