package ode_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// programmed replaces the hand-written network by the program a user gets.
func programmed(b *testing.B, f fit, hidden ...int) fit {
	names := []string{"x", "y", "z"}[:f.rows]
	parts, err := (&field.MLP{Hidden: hidden, Activation: "gelu"}).Build(field.Unscaled(names, nil))
	if err != nil {
		b.Fatal(err)
	}
	p := *f.p
	p.Field = field.New(parts.Field, p.X0.Lanes, false)
	f.p = &p
	return f
}

var benched = []struct {
	name string
	fit  func(b *testing.B, lanes int) fit
}{
	{"2-32-2", func(b *testing.B, lanes int) fit {
		return programmed(b, lotkaVolterra(b, lanes, weights(b, "lv")), 32)
	}},
	{"3-50-50-3", func(b *testing.B, lanes int) fit {
		return programmed(b, lorenz(b, lanes, weights(b, "lorenz")), 50, 50)
	}},
}

var published = ode.Options{Solver: "dopri5", RTol: 1e-7, ATol: 1e-9, Controller: "integral"}

// BenchmarkGradient is one gradient of the whole rollout; evaluations are
// those of one lane.
func BenchmarkGradient(b *testing.B) {
	for _, n := range benched {
		for _, lanes := range []int{1, 8, 64, 256} {
			b.Run(fmt.Sprintf("%s/lanes=%d", n.name, lanes), func(b *testing.B) {
				f := n.fit(b, lanes)
				d, err := ode.NewDiscrete(f.p.Field, published)
				if err != nil {
					b.Fatal(err)
				}
				tr, gtr := trajectories(f.p)
				g := cotangent(f.p, 1)
				d.Solve(tr, f.p)
				d.Pull(&g, gtr) // the first calls allocate
				b.ReportAllocs()
				for b.Loop() {
					d.Solve(tr, f.p)
					f.loss(gtr, tr)
					d.Pull(&g, gtr)
				}
				b.ReportMetric(float64(tr.Stats.Evals[0]), "evals")
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(tr.Stats.Evals[0]*lanes), "ns/eval+pull")
			})
		}
	}
}

// BenchmarkStep is one step of 0.01 with six evaluations, and BenchmarkEval
// and BenchmarkVJP what the field itself costs.
func BenchmarkStep(b *testing.B) {
	for _, n := range benched {
		for _, lanes := range []int{1, 8, 64, 256} {
			b.Run(fmt.Sprintf("%s/lanes=%d", n.name, lanes), func(b *testing.B) {
				f := n.fit(b, lanes)
				const steps = 100
				s, err := ode.NewSolver(f.p.Field, ode.Options{Solver: "dopri5", Step: 0.01})
				if err != nil {
					b.Fatal(err)
				}
				p := *f.p
				p.Times = make([]float64, lanes)
				for l := range p.Times {
					p.Times[l] = steps * 0.01
				}
				tr := ode.NewTrajectory(1, f.rows, lanes)
				b.ReportAllocs()
				for b.Loop() {
					s.Solve(tr, &p)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*steps*lanes), "ns/step")
			})
		}
	}
}

func benchField(b *testing.B, what string, call func(f field.Field, at, g *field.Point, dx, c field.Batch)) {
	for _, n := range benched {
		for _, lanes := range []int{1, 8, 64, 256} {
			b.Run(fmt.Sprintf("%s/lanes=%d", n.name, lanes), func(b *testing.B) {
				f := n.fit(b, lanes)
				at := field.Point{T: f.p.T0, X: f.p.X0, Theta: f.p.Theta}
				g := cotangent(f.p, 1)
				dx, c := batch(lanes, make([]float64, f.rows)...), batch(lanes, make([]float64, f.rows)...)
				for i := range c.V {
					c.V[i] = math.Sin(float64(i))
				}
				for b.Loop() {
					call(f.p.Field, &at, &g, dx, c)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lanes), what)
			})
		}
	}
}

func BenchmarkEval(b *testing.B) {
	benchField(b, "ns/eval", func(f field.Field, at, _ *field.Point, dx, _ field.Batch) { f.Eval(dx, at) })
}

func BenchmarkVJP(b *testing.B) {
	benchField(b, "ns/vjp", func(f field.Field, at, g *field.Point, _, c field.Batch) { f.VJP(g, at, c) })
}

// BenchmarkSensitivity is the Jacobian of all saved states.
func BenchmarkSensitivity(b *testing.B) {
	for _, n := range benched {
		b.Run(n.name, func(b *testing.B) {
			f := n.fit(b, 1)
			s, err := ode.NewSensitivity(f.p.Field, ode.Options{RTol: 1e-5, ATol: 1e-6})
			if err != nil {
				b.Fatal(err)
			}
			tr, _ := trajectories(f.p)
			S := make([]float64, len(f.p.Times)*f.rows*(f.p.Theta.Rows+f.rows))
			s.Solve(tr, S, f.p)
			b.ReportAllocs()
			for b.Loop() {
				s.Solve(tr, S, f.p)
			}
			b.ReportMetric(float64(tr.Stats.Evals[0]), "evals")
		})
	}
}
