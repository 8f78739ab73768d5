package ode_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/ode/odetest"
)

// batch is a Batch of the given values in every lane.
func batch(lanes int, v ...float64) field.Batch {
	b := field.Batch{V: make([]float64, len(v)*lanes), Rows: len(v), Lanes: lanes}
	for i, x := range v {
		for l := range lanes {
			b.V[i*lanes+l] = x
		}
	}
	return b
}

func grid(n int, dt float64) []float64 {
	t := make([]float64, n)
	for i := range t {
		t[i] = float64(i) * dt
	}
	return t
}

func weights(t testing.TB, name string) []float64 {
	b, err := os.ReadFile("testdata/weights_" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var w []float64
	if err := json.Unmarshal(b, &w); err != nil {
		t.Fatal(err)
	}
	return w
}

// untrained is the formula with which the comparison figures were made.
func untrained(sizes ...int) []float64 {
	var w []float64
	for l := 1; l < len(sizes); l++ {
		for range sizes[l] * (sizes[l-1] + 1) {
			k := float64(len(w))
			w = append(w, math.Sin(12.9898*(k+1)+78.233)/math.Sqrt(float64(sizes[l-1])))
		}
	}
	return w
}

// fit is one data set and one network.
type fit struct {
	p    *ode.IVP
	data []float64
	rows int
}

func lotkaVolterra(t testing.TB, lanes int, w []float64) fit {
	x0, times := []float64{0.44249296, 4.6280594}, grid(61, 0.1)
	truth := &ode.IVP{Field: odetest.LotkaVolterra(1), X0: batch(1, x0...), Theta: batch(1, 1.3, 0.9, 0.8, 1.8), T0: []float64{0}, Times: times}
	return makeFit(t, truth, odetest.NewMLP(lanes, 2, 32, 2), w)
}

func lorenz(t testing.TB, lanes int, w []float64) fit {
	truth := &ode.IVP{Field: odetest.Lorenz(1), X0: batch(1, 1.2, 2.1, 1.7), Theta: batch(1, 10, 28, 8./3), T0: []float64{0}, Times: grid(31, 0.1)}
	return makeFit(t, truth, odetest.NewMLP(lanes, 3, 50, 50, 3), w)
}

func makeFit(t testing.TB, truth *ode.IVP, net field.Field, w []float64) fit {
	tr, err := ode.Solve(truth, ode.Options{Solver: "dop853", RTol: 1e-12, ATol: 1e-12})
	if err != nil || !tr.OK() {
		t.Fatal(err, tr.Status)
	}
	lanes, times := net.Shape().Lanes, truth.Times
	p := &ode.IVP{Field: net, X0: batch(lanes, truth.X0.V...), Theta: batch(1, w...), T0: make([]float64, lanes)}
	for _, x := range times {
		for range lanes {
			p.Times = append(p.Times, x)
		}
	}
	return fit{p: p, data: tr.X, rows: truth.X0.Rows}
}

// loss is the mean squared error of lane 0 and its cotangent.
func (f fit) loss(g, tr *ode.Trajectory) float64 {
	lanes, n := f.p.X0.Lanes, float64(len(f.data))
	s := 0.0
	for i, v := range f.data {
		d := tr.X[i*lanes] - v
		s += d * d / n
		g.X[i*lanes] = 2 * d / n
	}
	return s
}

func norm(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x * x
	}
	return math.Sqrt(s)
}

func TestPublishedFiguresAreMet(t *testing.T) {
	adaptive := ode.Options{Solver: "dopri5", RTol: 1e-7, ATol: 1e-9, Controller: "integral"}
	for _, c := range []struct {
		name       string
		f          fit
		o          ode.Options
		evals      int
		loss, grad float64
		tol        float64
	}{
		{"fitted, dopri5", lotkaVolterra(t, 1, weights(t, "lv")), adaptive, 518, 4.7943e-4, 15.3750, 2e-5},
		{"fitted, 3/8 rule", lotkaVolterra(t, 1, weights(t, "lv")), ode.Options{Solver: "rk4-38", Step: 0.1}, 240, 4.6098e-4, 15.0412, 2e-5},
		{"untrained", lotkaVolterra(t, 1, untrained(2, 32, 2)), adaptive, 50, 12.02037163, 165.96405, 1e-7},
		{"Lorenz", lorenz(t, 1, weights(t, "lorenz")), adaptive, 1532, math.NaN(), math.NaN(), 0},
	} {
		d, err := ode.NewDiscrete(c.f.p.Field, c.o)
		if err != nil {
			t.Fatal(err)
		}
		n := len(c.f.p.Times)
		tr, g := ode.NewTrajectory(n, c.f.rows, 1), ode.NewTrajectory(n, c.f.rows, 1)
		d.Solve(tr, c.f.p)
		loss := c.f.loss(g, tr)
		grad := field.Point{Theta: batch(1, make([]float64, c.f.p.Theta.Rows)...)}
		d.Pull(&grad, g)
		t.Logf("%s: %d evaluations, loss %.8g, gradient %.8g; %s", c.name, tr.Stats.Evals[0], loss, norm(grad.Theta.V), d.Plan())
		if tr.Stats.Evals[0] != c.evals {
			t.Errorf("%s: %d evaluations, want %d", c.name, tr.Stats.Evals[0], c.evals)
		}
		if math.Abs(loss/c.loss-1) > c.tol || math.Abs(norm(grad.Theta.V)/c.grad-1) > c.tol {
			t.Errorf("%s: loss %.9g, gradient %.9g; want %.9g, %.9g", c.name, loss, norm(grad.Theta.V), c.loss, c.grad)
		}
	}
}
