package ode_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/ode/odetest"
)

// TestPlansSayHowMuchIsKept: of each step three numbers a stage, or the state alone, and its time and
// a mark of a byte; a stretch of steps is computed again at a time.
func TestPlansSayHowMuchIsKept(t *testing.T) {
	for _, c := range []struct {
		solver         string
		steps, memory  int
		stages, states int // kept of each step
	}{
		{"rk4", 16, 0, 4, 0}, {"rk4", 160, 0, 4, 0}, {"euler", 160, 0, 1, 0}, {"rk4", 160, 1 << 13, 4, 160}, {"rk4", 640, 1 << 13, 4, 160},
	} {
		f := struct{ field.Field }{odetest.Lorenz(1)} // one that keeps nothing itself
		p := &ode.IVP{Field: f, X0: batch(1, 1.2, 2.1, 1.7), Theta: batch(1, 10, 28, 8./3), T0: []float64{0}, Times: []float64{float64(c.steps) * 0.001}}
		d, err := ode.NewDiscrete(f, ode.Options{Solver: c.solver, Step: 0.001, Memory: c.memory})
		if err != nil {
			t.Fatal(err)
		}
		d.Solve(ode.NewTrajectory(1, 3, 1), p)
		times := c.steps + 1 + c.steps/8
		kib := func(numbers int) string { return fmt.Sprintf("%.4g KiB", float64(8*numbers)/1024) }
		want := []string{fmt.Sprintf("all %d steps", c.steps), kib(c.steps*c.stages*3 + times)}
		if c.states > 0 {
			every := c.steps / c.states
			want = []string{fmt.Sprintf("every %dth of %d states", every, c.steps), kib(3*c.states + times), kib(every * c.stages * 3)}
		}
		for _, w := range want {
			if !strings.Contains(d.Plan(), w) {
				t.Errorf("%s, %d steps: %s; want %q", c.solver, c.steps, d.Plan(), w)
			}
		}
		if strings.Contains(d.Plan(), "more than the memory") {
			t.Errorf("%s, %d steps: %s", c.solver, c.steps, d.Plan())
		}
	}
}
