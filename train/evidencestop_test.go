package train

import (
	"testing"

	"github.com/entrain-dev/entrain/opt"
)

// askedOften has the residuals z − 1 and tells how often it was asked.
type askedOften struct{ n, asked int }

func (s *askedOften) Size() (m, n int) { return s.n, s.n }

func (s *askedOften) Residuals(r, jac, z []float64, _ int) string {
	s.asked++
	clear(jac)
	for i, v := range z {
		r[i] = v - 1
		if jac != nil {
			jac[i*s.n+i] = 1
		}
	}
	return ""
}

// A search for the default model that is told to stop in the middle of a step does so there,
// whatever the size of its linear systems, and does not count the step.
func TestStepsOfTheDefaultAreStoppedInTheMiddle(t *testing.T) {
	for _, at := range []int{1, 3, 30} { // the time it is asked and says so
		res, asked := &askedOften{n: 40}, 0
		b := &bayes{z: make([]float64, 40), prior: prior{prec: make([]float64, 40), centre: make([]float64, 40)}, way: way{budget: 10}}
		b.stop = func() bool { asked++; return asked > at }
		b.minimise(res, 10, "", 0)
		if b.iters != 0 || res.asked != 1 {
			t.Errorf("stopped when asked for the %d. time: %d steps counted, %d evaluations", at, b.iters, res.asked)
		}
		for _, v := range b.z {
			if v != 0 {
				t.Fatal("a step that was stopped was taken")
			}
		}
	}
	asked := false
	b := &bayes{z: make([]float64, 4), prior: prior{prec: make([]float64, 4), centre: make([]float64, 4)}, stop: func() bool { return asked }}
	s := b.solver(&askedOften{n: 4})
	asked = true
	if _, fail := s.Posterior(make([]float64, 4), b.z, 0); fail != opt.WasStopped {
		t.Errorf("the posterior says %q", fail)
	}
}
