package train

import (
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/opt"
)

// Every optimiser that can be named makes the steps of a method that follows
// gradients, or is refused in words; each lowers the loss, and each its own way.
func TestOptimisersMakeTheSteps(t *testing.T) {
	made := map[float64]string{}
	for _, name := range opt.Optimisers.Names() {
		p := spoiled(t, "squared", func(s *Settings) { s.Budget, s.Keep = 40, "last" })
		v := defaults(t, "vanilla").(*Vanilla)
		v.Optimiser = name
		if name == "sgd" {
			v.LR = 1e-3
		}
		first := 0.0
		r, err := v.Fit(t.Context(), p, nil, func(e Event) {
			if e.Checkpoint == nil && e.K == 0 {
				first = e.MSE
			}
		})
		s, _ := opt.Optimisers.Lookup(name)
		_, follows := s.(opt.Director)
		if _, ok := s.(*opt.LBFGS); !ok && !follows {
			if err == nil || !strings.Contains(err.Error(), "optimiser="+name) {
				t.Errorf("%s is not refused: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if !(r.Train.MSE < first) {
			t.Errorf("%s: mse %g after %g", name, r.Train.MSE, first)
		}
		if other := made[r.Train.MSE]; other != "" && other+name != "adamadamw" {
			t.Errorf("%s makes the steps of %s", name, other)
		}
		made[r.Train.MSE] = name
	}
	if len(made) < 4 {
		t.Errorf("%d optimisers make steps", len(made))
	}
	p := spoiled(t, "squared")
	v := defaults(t, "vanilla").(*Vanilla)
	v.Optimiser = "adamm"
	if _, err := v.Fit(t.Context(), p, nil, nil); err == nil || !strings.Contains(err.Error(), "adam") {
		t.Errorf("a name that is none: %v", err)
	}
}
