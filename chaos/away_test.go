package chaos

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// law is the flow of two equations from (1, 0), or (1, 1).
func law(t testing.TB, x, y string, start ...float64) *model.Flow {
	t.Helper()
	a := &field.Equations{Text: "x' = " + x + "\ny' = " + y}
	frame := field.Unscaled([]string{"x", "y"}, nil)
	p, err := a.Build(frame)
	if err != nil {
		t.Fatal(err)
	}
	f, err := model.NewFlow(p, p.Theta0, start, model.Precise())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Numbers of an orbit that goes away, or of a law that does nothing, mean nothing: there are none.
func TestOrbitsWithoutAnAttractorHaveNoExponents(t *testing.T) {
	for _, c := range []struct {
		of   *model.Flow
		says string
	}{
		{law(t, "0.5*x - y", "x + 0.5*y", 1, 1), "goes away ever faster"},
		{law(t, "y", "0.001", 0, 0), "goes away ever faster"},
		{law(t, "1", "0", 1, 1), "moves on without end"},
		{law(t, "0", "0", 1, 1), "neither grow nor shrink"},
	} {
		s := spectrum(t, c.of, SpectrumOptions{})
		if len(s.Exponents) > 0 || s.Status == OK || !strings.Contains(s.Reason, c.says) {
			t.Errorf("%s: %v ± %v, %s: %s", c.says, s.Exponents, s.Errors, s.Status, s.Reason)
		}
	}
	if _, err := CovariantVectors(law(t, "y", "0.001", 0, 0), CovariantOptions{}); !errors.Is(err, ErrOrbit) {
		t.Error("vectors along what goes away:", err)
	}
	if _, err := PoincareSection(law(t, "y", "-x - 0.2*y", 1, 0), SectionOptions{At: math.NaN()}); !errors.Is(err, ErrOrbit) {
		t.Error("a section of what is at rest:", err)
	}
}

// A state that starts small and grows until it is like the others does not go away.
func TestStatesThatCatchUpStay(t *testing.T) {
	f := law(t, "y", "-x", 1, 0)
	rows := func(late func(i int) float64) (x []float64) {
		for i := range 129 {
			x = append(x, math.Sin(0.5*float64(i)), late(i))
		}
		return x
	}
	grows := func(i int) float64 { return 1e-3 * math.Exp(0.05*float64(i)) }
	if err := Stays(rows(grows), f); err != nil {
		t.Error("of a state that catches up:", err)
	}
	if err := Stays(rows(func(i int) float64 { return 1e3 * grows(i) }), f); !errors.Is(err, ErrOrbit) {
		t.Error("of a state that leaves all others behind:", err)
	}
}

// Exponents of what is bounded are kept, and those of errors that vanish are −∞.
func TestErrorsThatVanishHaveTheExponentMinusInfinity(t *testing.T) {
	f, err := changed(t, "logistic", "r")(2)
	if err != nil {
		t.Fatal(err)
	}
	if s := spectrum(t, f, SpectrumOptions{}); len(s.Exponents) != 1 || !math.IsInf(s.Exponents[0], -1) || s.Status != OK {
		t.Errorf("beside a superstable fixed point: %v, %s: %s", s.Exponents, s.Status, s.Reason)
	}
	if f, err = changed(t, "henon", "b")(0); err != nil {
		t.Fatal(err)
	}
	s := spectrum(t, f, SpectrumOptions{})
	if !math.IsInf(s.Exponents[1], -1) || !(math.Abs(s.Exponents[0]) < 0.1) || !(s.Errors[0] < 0.01) {
		t.Errorf("of a map that flattens: %v ± %v", s.Exponents, s.Errors)
	}
}

func TestWhatStaysIsToldFromWhatDoesNot(t *testing.T) {
	orbit := func(f *model.Flow) []float64 {
		x, err := Orbit(f, 4000, 0.5, 500)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for name, f := range map[string]*model.Flow{"lorenz": known(t, "lorenz"), "a cycle": known(t, "van-der-pol"), "an even mover": law(t, "1", "cos(x)", 0, 0)} {
		if err := Stays(orbit(f), f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, f := range map[string]*model.Flow{
		"at rest":        law(t, "y", "-x - 0.2*y", 1, 0),
		"y stays at 0":   law(t, "cos(t)", "-y", 1, 1),
		"goes away ever": law(t, "y", "0.001", 0, 0),
	} {
		if err := Stays(orbit(f), f); !errors.Is(err, ErrOrbit) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
