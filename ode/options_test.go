package ode_test

import (
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/ode/odetest"
)

func TestWrongOptionsAreExplained(t *testing.T) {
	for _, c := range []struct {
		o    ode.Options
		says string
	}{
		{ode.Options{Solver: "dopri6"}, `did you mean "dopri5"`},
		{ode.Options{Solver: "rk4"}, "give step="},
		{ode.Options{Step: -1}, "step is -1"},
		{ode.Options{Controller: "fixed"}, "needs a step size"},
		{ode.Options{Controller: "pie"}, `did you mean "pi"`},
		{ode.Options{Step: 0.1, Controller: "pi"}, "exclude each other"},
		{ode.Options{Save: "lnad"}, `did you mean "land"`},
	} {
		_, err := ode.NewSolver(odetest.Lorenz(1), c.o)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v; it should say %s", c.o, err, c.says)
		}
	}
}
