package train_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/train"
	"github.com/entrain-dev/entrain/train/traintest"
)

func TestChainsKeepTheContract(t *testing.T) {
	for _, name := range []string{"gradient-matching,lm", "gradient-matching,homotopy,lm", "vanilla,multiple-shooting"} {
		t.Run(name, func(t *testing.T) { traintest.Run(t, name) })
		if testing.Short() {
			break // the methods of the others are tested by themselves
		}
	}
}

func chain(t testing.TB, names ...string) *train.Chain {
	t.Helper()
	c, err := train.NewChain(names...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func fit(t testing.TB, m train.Method, p *train.Problem) *train.Result {
	t.Helper()
	r, err := m.Fit(context.Background(), p, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A method that takes one short step shows where it began: with what the
// method before it ended with, every member its own.
func TestEachMethodBeginsWhereTheOneBeforeEnded(t *testing.T) {
	p := traintest.Problem(t, 1)
	first := fit(t, chain(t, "lm").Methods[0], p)
	c := chain(t, "lm", "vanilla")
	v := c.Methods[1].(*train.Vanilla)
	v.LR, v.WeightDecay = 1e-9, 0
	both := fit(t, c, p)
	for m, theta := range first.Model.Theta {
		for i, want := range theta {
			if got := both.Model.Theta[m][i]; math.Abs(got-want) > 1e-8 {
				t.Fatalf("member %d, parameter %d: %g, want %g", m, i, got, want)
			}
		}
		for rec := range first.Model.Records {
			got, want := both.Model.Records[rec].Start[m], first.Model.Records[rec].Start[m]
			for i := range want {
				if math.Abs(got[i]-want[i]) > 1e-8 {
					t.Fatalf("member %d, recording %d starts at %v, want %v", m, rec, got, want)
				}
			}
		}
	}
}

func TestChainTellsWhatEachMethodDid(t *testing.T) {
	r := fit(t, chain(t, "gradient-matching", "lm", "lm"), traintest.Problem(t, 5))
	var names []string
	for _, tried := range r.Tried {
		names = append(names, tried.Method)
	}
	if !slices.Equal(names, []string{"gradient-matching", "lm", "lm2"}) || r.Method != "gradient-matching,lm,lm2" || r.Iterations != 15 {
		t.Errorf("%s after %d iterations: %q", r.Method, r.Iterations, names)
	}
}

// failing is a method that fails, or refuses the problem.
type failing struct{ err error }

func (f failing) Fit(context.Context, *train.Problem, *train.Checkpoint, func(train.Event)) (*train.Result, error) {
	return &train.Result{Status: train.StatusFailed, Tried: []train.Tried{{Why: "it had no luck"}}}, f.err
}

func TestMethodsThatFailArePassedOver(t *testing.T) {
	p := traintest.Problem(t, 3)
	want := fit(t, chain(t, "lm", "lm"), p)
	c := chain(t, "lm", "lm", "lm", "lm")
	c.Methods[2], c.Methods[3] = failing{}, failing{}
	r := fit(t, c, p)
	if r.Status != train.StatusOK || !slices.Equal(r.Model.Theta[0], want.Model.Theta[0]) {
		t.Errorf("status %s, other parameters than without", r.Status)
	}
	if len(r.Warnings) != 2 || !strings.Contains(r.Warnings[0], "lm3 failed and is passed over: it had no luck") {
		t.Errorf("warnings %q", r.Warnings)
	}
	c.Methods = []train.Method{failing{}, failing{}, failing{}, failing{}}
	if r := fit(t, c, p); r.Status != train.StatusFailed {
		t.Errorf("all failed: status %s", r.Status)
	}
}

func TestChainRefusesBeforeTimeIsSpent(t *testing.T) {
	c := chain(t, "lm", "lm")
	c.Methods[1] = failing{errors.New("decay=-1: no")}
	_, err := c.Fit(context.Background(), traintest.Problem(t, 3), nil, func(train.Event) { t.Error("it began") })
	if err == nil || err.Error() != "decay=-1: no" {
		t.Errorf("error %v", err)
	}
	for name, want := range map[string]string{"lm,auto": "auto cannot come after others", "lm,lmm": `did you mean "lm"?`, "lm,": "unknown method"} {
		if _, err := train.Methods.Lookup(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// What auto finds is fine-tuned as it is before its refit, whatever kind of model
// that is; a method that cannot go on with it is passed over.
func TestAChainMayBeginWithAuto(t *testing.T) {
	if testing.Short() {
		t.Skip("auto takes its time")
	}
	p := traintest.Problem(t, 30)
	alone := fit(t, chain(t, "auto").Methods[0], p)
	both := fit(t, chain(t, "auto", "measure"), p)
	if both.Status != train.StatusOK || both.Method != "auto,measure" || both.Model.ArchName != alone.Model.ArchName {
		t.Errorf("%s of %s with model %s, auto alone has %s", both.Status, both.Method, both.Model.ArchName, alone.Model.ArchName)
	}
	if last := both.Tried[len(both.Tried)-1]; last.Method != "measure" || both.Chosen != nil {
		t.Errorf("the last that was tried is %q", last.Method)
	}
}
