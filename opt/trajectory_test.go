package opt_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/opt/opttest"
)

func TestStructuredTakesTheSameStepsAsDense(t *testing.T) {
	for _, c := range []struct {
		hidden, elements, recordings int
		force, bound                 float64
	}{{3, 6, 1, 0, 0}, {4, 10, 1, 1, 0}, {2, 4, 3, 0, 2.5}} {
		p, start := opttest.VanDerPol(c.hidden, c.elements, c.recordings, 3, c.force, 0.1, 1)
		p.Bound = c.bound
		var steps []int
		var values []float64
		for _, lin := range []string{"dense", "structured"} {
			s := solver(t, p, func(cfg *opt.InteriorPoint) { cfg.Linear = lin })
			if s.Linear() != lin {
				t.Fatalf("%s was asked for, %s is at work", lin, s.Linear())
			}
			st := s.Start(start)
			if v := s.Minimise(st, nil); v != opt.Optimal {
				t.Errorf("%+v: %s: %s", c, v, st.Reason)
			}
			_, _, f := s.Solution(st)
			steps, values = append(steps, st.K), append(values, f)
		}
		if steps[0] != steps[1] || !closeTo(values[1], values[0], 1e-9) {
			t.Errorf("%+v: %d steps to %.12g dense, %d to %.12g structured", c, steps[0], values[0], steps[1], values[1])
		}
		if s := solver(t, p, nil); s.Linear() != "structured" {
			t.Errorf("a program with chains is solved with %s linear algebra by default", s.Linear())
		}
	}
}

func TestStructuredHasTheSameBitsForAnyNumberOfThreads(t *testing.T) {
	p, start := opttest.VanDerPol(16, 4, 5, 2, 0, 0.1, 3) // 82 weights: several panels
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first []byte
	for _, threads := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(threads)
		s := solver(t, p, nil)
		st := s.Start(start)
		for range 12 {
			s.Step(st)
		}
		state, err := json.Marshal(st)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = state
		}
		if !slices.Equal(state, first) {
			t.Errorf("%d threads: another state", threads)
		}
	}
}

func TestStructuredStepsAllocateNothingAndResume(t *testing.T) {
	p, start := opttest.VanDerPol(4, 8, 2, 4, 1, 0.1, 3)
	s := solver(t, p, nil)
	st := s.Start(start)
	s.Step(st)
	if n := testing.AllocsPerRun(10, func() { s.Step(st) }); n != 0 {
		t.Errorf("%g allocations a step", n)
	}
	again := st.Clone()
	s.Minimise(st, nil)
	solver(t, p, nil).Minimise(again, nil)
	if !slices.Equal(again.X, st.X) || again.K != st.K {
		t.Error("a run that goes on in another solver ends elsewhere")
	}
}

// Elements are three stages long. 66 of them with a force are the published
// example, in which the network cannot follow the force; 266 make its linearised flow
// so unstable that multipliers overflow in solvers that do not watch them.
func BenchmarkVanDerPol(b *testing.B) {
	for _, c := range []struct {
		hidden, elements int
		force            float64
	}{{8, 66, 1}, {32, 66, 1}, {64, 66, 1}, {32, 66, 0}, {32, 266, 0}, {32, 266, 1}} {
		b.Run(fmt.Sprintf("hidden=%d/elements=%d/force=%g", c.hidden, c.elements, c.force), func(b *testing.B) {
			p, start := opttest.VanDerPol(c.hidden, c.elements, 1, 15, c.force, 0.1, 1)
			s, err := opt.NewInteriorPoint(p, *opt.DefaultInteriorPoint())
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				st, factors := s.Start(start), 0
				if v := s.Minimise(st, func(it opt.Iteration) bool { factors += it.Factors; return true }); v != opt.Optimal {
					b.Fatal(v)
				}
				_, _, f := s.Solution(st)
				b.ReportMetric(float64(st.K), "steps")
				b.ReportMetric(float64(factors), "factors")
				b.ReportMetric(f, "objective")
			}
		})
	}
}
