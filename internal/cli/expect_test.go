package cli

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/train"
)

// A time limit keeps time for the scores, and is refused where it leaves none for a model. Estimates
// are right within a factor of a few, so small ones are not held against it.
func TestTimeLimitsAreRefusedBeforeTheyAreSpent(t *testing.T) {
	for name, c := range map[string]struct {
		limit   time.Duration
		cost    train.Cost
		want    string
		scoring time.Duration
	}{
		"none":           {0, train.Cost{Steps: 1, Seconds: 1e9, After: 1e9}, "", 0},
		"plenty":         {time.Minute, train.Cost{Steps: 100, Seconds: 100, After: 1}, "", 6 * time.Second},
		"many rows":      {time.Minute, train.Cost{Steps: 100, Seconds: 100, After: 12}, "", 24 * time.Second},
		"too many rows":  {time.Minute, train.Cost{Steps: 100, Seconds: 100, After: 30}, "allow 1m40s or more", 0},
		"slow steps":     {time.Minute, train.Cost{Steps: 10, Seconds: 2000, After: 1}, "one of 10 steps takes about 3.3 minutes", 0},
		"late":           {time.Minute, train.Cost{Steps: 1000, Seconds: 2000, First: 200}, "a first model would take about 3.3 minutes", 0},
		"tiny":           {time.Millisecond, train.Cost{Steps: 100, Seconds: 100, First: 3, After: 1}, "", 600 * time.Microsecond},
		"another reason": {time.Minute, train.Cost{Seconds: math.NaN(), After: 100}, "", 36 * time.Second},
	} {
		a := &app{guard: &guard{limit: c.limit, began: time.Now()}}
		switch err := a.schedule(c.cost); {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", name, err, c.want)
		case err == nil && a.scoring.Round(time.Microsecond) != c.scoring:
			t.Errorf("%s: %v are kept for the scores, want %v", name, a.scoring, c.scoring)
		}
	}
}

// A file whose name could not be read back from the configuration of a run is refused.
func TestNamesThatNoConfigurationHoldsAreRefused(t *testing.T) {
	workplace(t)
	write(t, "\xff.csv", read(t, "lynx-hare.csv"))
	if o := entrain("fit", "\xff.csv"); o.code != 2 || !strings.Contains(o.err, "is not UTF-8 text") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
	if o := entrain("fit", "lynx-hare.csv", "parameters.a\xff=1"); o.code != 2 || !strings.Contains(o.err, "argument 2") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

// A limit in which the rows cannot even be smoothed is refused before they are.
func TestLimitsTooShortToSmoothAreRefused(t *testing.T) {
	if err := tooSlow(time.Minute, 50*time.Second, 49*time.Second); err != nil {
		t.Error(err)
	}
	err := tooSlow(time.Minute, 50*time.Second, 5*time.Minute)
	if err == nil || !strings.Contains(err.Error(), "limit=1m0s is too short") || !strings.Contains(err.Error(), "allow 10 minutes or more") {
		t.Error(err)
	}
	workplace(t)
	var text strings.Builder
	text.WriteString("t,a,b,c,d,e\n")
	for i := range slowFrom / 5 {
		fmt.Fprintf(&text, "%d,%d,%d,%d,%d,%d\n", i, i%7, i%11, i%13, i%17, i%19)
	}
	write(t, "long.csv", text.String())
	o := entrain("fit", "long.csv", "limit=1ms", "--out", "run")
	if o.code == exitDone || strings.Contains(o.err, "smoothing ") || exists("run") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}
