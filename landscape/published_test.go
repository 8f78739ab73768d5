package landscape

import (
	"math"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/train"
)

// tenths are n times from 0 on.
func tenths(t testing.TB, n int) []float64 {
	t.Helper()
	times, err := data.NewGrid(0, 0.1*float64(n-1), 0.1)
	if err != nil {
		t.Fatal(err)
	}
	return times
}

// figure2 is the problem of Ko et al. (2023), figure 2: the untrained network
// of seed 10 and n rows of a noisy Lotka–Volterra cycle.
func figure2(t testing.TB, n int) *train.Problem {
	t.Helper()
	start := []float64{0.44249296, 4.6280594}
	orbit := simulated(t, "lotka-volterra", tenths(t, n))
	noise, err := data.ParseNoise("5%")
	if err != nil {
		t.Fatal(err)
	}
	noise.Torch = true
	seen, err := data.AddNoise(&orbit, noise, 10)
	if err != nil {
		t.Fatal(err)
	}
	return mustProblem(t, []data.Series{seen}, &field.MLP{Hidden: []int{32}, Activation: "gelu"}, func(s *train.Settings) {
		s.Seed, s.Scale, s.Heldout, s.Initial, s.Start = 10, "none", 0, "known", start
		s.Solver = ode.Options{Solver: "rk4", Step: 0.05}
	})
}

// The losses of appendix B of Ko et al. (2023): along a coefficient of
// Lotka–Volterra the loss only grows steeper as the data grow longer; that of
// Lorenz gets minima, and the coupling takes them away.
func TestLengthMakesMinimaAndCouplingTakesThemAway(t *testing.T) {
	minima := func(system, along string, rows int, gain float64) int {
		sys, err := field.Systems.Lookup(system)
		if err != nil {
			t.Fatal(err)
		}
		start := sys.Start
		p := mustProblem(t, []data.Series{simulated(t, system, tenths(t, rows))}, sys.Architecture(), func(s *train.Settings) {
			s.Scale, s.Heldout, s.Initial, s.Start = "none", 0, "known", start
			s.Solver.RTol, s.Solver.ATol = 1e-8, 1e-8
		})
		s, err := train.NewSurface(p, train.Coupling{Gain: gain})
		if err != nil {
			t.Fatal(err)
		}
		z, err := s.Begin()
		if err != nil {
			t.Fatal(err)
		}
		l, err := NewSlice(s, z, along, Span(0.5, 1.5, 50))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for i := 1; i+1 < len(l.Loss); i++ {
			if l.Loss[i] < l.Loss[i-1] && l.Loss[i] < l.Loss[i+1] {
				n++
			}
		}
		t.Logf("%s along %s, %d rows, coupling %g: %d minima", system, along, rows, gain, n)
		return n
	}
	for _, rows := range []int{25, 50, 100} {
		if n := minima("lotka-volterra", "a", rows, 0); n != 1 {
			t.Errorf("Lotka–Volterra, %d rows: %d minima, want 1", rows, n)
		}
	}
	if short, long := minima("lorenz", "beta", 25, 0), minima("lorenz", "beta", 100, 0); short != 1 || long < 5 {
		t.Errorf("Lorenz: %d minima with 25 rows, %d with 100", short, long)
	}
	if weak, strong := minima("lorenz", "beta", 100, 0.3), minima("lorenz", "beta", 100, 1.5); weak > 4 || strong != 1 {
		t.Errorf("Lorenz, coupled: %d minima at 0.3, %d at 1.5", weak, strong)
	}
}

// The largest losses in the panels of figure 2, read off the published figure,
// whose colours end at 4000.
func TestLandscapesReachThePublishedLosses(t *testing.T) {
	for _, c := range []struct {
		rows int
		gain float64
		want float64 // 0: more than 4000
	}{{31, 0, 45}, {51, 0, 150}, {71, 0, 2000}, {91, 0, 0}, {91, 0.2, 1000}, {91, 0.4, 115}, {91, 0.8, 12}} {
		s, h, z := mustAt(t, figure2(t, c.rows), train.Coupling{Gain: c.gain})
		e := num.TopEigenpairs(h, 2, 100, 0)
		at := Span(-0.2, 0.2, 30)
		l, err := NewGrid(s, Plane{z, e[0].Vector, e[1].Vector}, at, at)
		if err != nil {
			t.Fatal(err)
		}
		most := slices.Max(l.Loss)
		t.Logf("%d rows, coupling %g: eigenvalues %.4g, %.4g, largest loss %.4g", c.rows, c.gain, e[0].Value, e[1].Value, most)
		if c.want == 0 && !(most > 4000) || c.want > 0 && math.Abs(most-c.want) > 0.1*c.want {
			t.Errorf("%d rows, coupling %g: the largest loss is %.4g, published is %g", c.rows, c.gain, most, c.want)
		}
	}
}

func BenchmarkPlane(b *testing.B) {
	s, h, z := mustAt(b, figure2(b, 91), train.Coupling{})
	e := num.TopEigenpairs(h, 2, 100, 0)
	at := Span(-0.2, 0.2, 30)
	for b.Loop() {
		if _, err := NewGrid(s, Plane{z, e[0].Vector, e[1].Vector}, at, at); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSpectrum(b *testing.B) {
	s, _, z := mustAt(b, figure2(b, 91), train.Coupling{})
	for b.Loop() {
		h, err := s.At(z)
		if err != nil {
			b.Fatal(err)
		}
		num.NewSpectralDensity(h, num.DensityOptions{Starts: 8, Steps: 100})
	}
}

func BenchmarkWholeHessian(b *testing.B) {
	s, _, z := mustAt(b, figure2(b, 91), train.Coupling{})
	for b.Loop() {
		h, err := s.At(z)
		if err != nil {
			b.Fatal(err)
		}
		num.OperatorEigenvalues(h)
	}
}

func BenchmarkTop(b *testing.B) {
	s, _, z := mustAt(b, figure2(b, 91), train.Coupling{})
	for b.Loop() {
		h, err := s.At(z)
		if err != nil {
			b.Fatal(err)
		}
		num.TopEigenpairs(h, 2, 100, 0)
	}
}
