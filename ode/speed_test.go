package ode_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// network is the program of a fit's network, for the lanes of the fit; an
// ensemble has parameters of its own in every lane.
func network(t testing.TB, f fit, ensemble bool, hidden ...int) fit {
	names := []string{"x", "y", "z"}[:f.rows]
	parts, err := (&field.MLP{Hidden: hidden, Activation: "gelu"}).Build(field.Unscaled(names, nil))
	if err != nil {
		t.Fatal(err)
	}
	p := *f.p
	p.Field = field.New(parts.Field, p.X0.Lanes, ensemble)
	if ensemble {
		p.Theta = batch(p.X0.Lanes, p.Theta.V...)
	}
	f.p = &p
	return f
}

// TestPublishedFiguresAreMetByPrograms: a network as a program takes the
// published numbers of evaluations, alone and as a member of an ensemble.
func TestPublishedFiguresAreMetByPrograms(t *testing.T) {
	for _, c := range []struct {
		name       string
		f          func(lanes int) fit
		hidden     []int
		evals      int
		loss, grad float64
	}{
		{"Lotka-Volterra", func(n int) fit { return lotkaVolterra(t, n, weights(t, "lv")) }, []int{32}, 518, 4.7943e-4, 15.3750},
		{"Lorenz", func(n int) fit { return lorenz(t, n, weights(t, "lorenz")) }, []int{50, 50}, 1532, 0, 0},
	} {
		for _, lanes := range []int{1, 8} {
			f := network(t, c.f(lanes), lanes > 1, c.hidden...)
			d, err := ode.NewDiscrete(f.p.Field, published)
			if err != nil {
				t.Fatal(err)
			}
			tr, gtr := trajectories(f.p)
			g := cotangent(f.p, f.p.Theta.Lanes)
			d.Solve(tr, f.p)
			loss := f.loss(gtr, tr)
			d.Pull(&g, gtr)
			grad := norm(g.Theta.Lane(nil, 0))
			if n := tr.Stats.Evals[0]; !(math.Abs(float64(n-c.evals)) <= 6) {
				t.Errorf("%s, %d lanes: %d evaluations, want about %d", c.name, lanes, n, c.evals)
			}
			if c.loss > 0 && (math.Abs(loss/c.loss-1) > 2e-5 || math.Abs(grad/c.grad-1) > 2e-5) {
				t.Errorf("%s, %d lanes: loss %.9g, gradient %.9g; want %g, %g", c.name, lanes, loss, grad, c.loss, c.grad)
			}
			t.Logf("%s, %d lanes: %d evaluations, loss %.6g, gradient %.8g", c.name, lanes, tr.Stats.Evals[0], loss, grad)
		}
	}
}

// work is one member's work, or eight members' in eight lanes.
type work struct {
	f      fit
	at, g  field.Point
	dx, c  field.Batch
	d      *ode.Discrete
	tr, gt *ode.Trajectory
}

func newWork(b *testing.B, f fit) *work {
	p := f.p
	w := &work{f: f, at: field.Point{T: p.T0, X: p.X0, Theta: p.Theta}, g: cotangent(p, p.Theta.Lanes)}
	n := make([]float64, f.rows)
	w.dx, w.c = batch(p.X0.Lanes, n...), batch(p.X0.Lanes, n...)
	for i := range w.c.V {
		w.c.V[i] = math.Sin(float64(i))
	}
	var err error
	if w.d, err = ode.NewDiscrete(p.Field, ode.Options{Solver: "rk4", Step: 0.05}); err != nil {
		b.Fatal(err)
	}
	w.tr, w.gt = trajectories(p)
	w.gradient()
	return w
}

func (w *work) eval() { w.f.p.Field.Eval(w.dx, &w.at) }
func (w *work) vjp()  { w.f.p.Field.VJP(&w.g, &w.at, w.c) }
func (w *work) gradient() {
	w.d.Solve(w.tr, w.f.p)
	copy(w.gt.X, w.tr.X)
	w.d.Pull(&w.g, w.gt)
}

// BenchmarkMembers compares eight members of an ensemble in eight lanes
// ("together") with the same eight one after the other ("apart").
func BenchmarkMembers(b *testing.B) {
	for _, n := range []struct {
		name   string
		fit    func(lanes int) fit
		hidden []int
	}{
		{"2-32-2", func(n int) fit { return lotkaVolterra(b, n, weights(b, "lv")) }, []int{32}},
		{"3-50-50-3", func(n int) fit { return lorenz(b, n, weights(b, "lorenz")) }, []int{50, 50}},
	} {
		together := newWork(b, network(b, n.fit(8), true, n.hidden...))
		var apart [8]*work
		for l := range apart {
			apart[l] = newWork(b, network(b, n.fit(1), false, n.hidden...))
		}
		for _, what := range []struct {
			name string
			call func(*work)
		}{{"eval", (*work).eval}, {"vjp", (*work).vjp}, {"gradient", (*work).gradient}} {
			b.Run(fmt.Sprintf("%s/%s/together", n.name, what.name), func(b *testing.B) {
				for b.Loop() {
					what.call(together)
				}
			})
			b.Run(fmt.Sprintf("%s/%s/apart", n.name, what.name), func(b *testing.B) {
				for b.Loop() {
					for _, w := range apart {
						what.call(w)
					}
				}
			})
		}
	}
}
