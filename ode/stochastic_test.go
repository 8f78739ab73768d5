package ode_test

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/ode/odetest"
)

// noise is what the toy meets; tests may choose another path.
var noise = &odetest.Wiener{Seed: 5, Cell: 0.05}

const toy = "toy-euler-maruyama"

// The toy is tested wherever all methods are; fields without inputs meet no noise.
func init() { ode.Register(odetest.EulerMaruyama(toy, noise)) }

// along lets the toy meet another path until the test ends.
func along(t *testing.T, seed uint64) {
	was := *noise
	*noise = odetest.Wiener{Seed: seed, Cell: 0x1p-10}
	t.Cleanup(func() { *noise = was })
}

// growing is dx = a x dt + b x dW as a field: x' = a x + b x u.
func growing() field.Field {
	return odetest.NewLane(field.Shape{State: 1, Input: 1, Theta: 2, Lanes: 1},
		func(dx []float64, _ float64, x, u, p []float64) { dx[0] = p[0]*x[0] + p[1]*x[0]*u[0] },
		func(jx, ju, jt []float64, _ float64, x, u, p []float64) {
			jx[0], ju[0] = p[0]+p[1]*u[0], p[1]*x[0]
			jt[0], jt[1] = x[0], x[0]*u[0]
		})
}

// quiet is an input that is 0.
type quiet struct{}

func (quiet) At(u field.Batch, _ []float64) { clear(u.V) }

func stochastic(theta ...float64) *ode.IVP {
	return &ode.IVP{Field: growing(), Input: quiet{}, X0: batch(1, 1.5), Theta: batch(1, theta...), T0: []float64{0}, Times: []float64{0.5, 1}}
}

// Along single paths the error against the exact solution falls with the square root of the step.
func TestStochasticStepsHaveStrongOrderOneHalf(t *testing.T) {
	const a, b = 0.6, 0.8
	var log []float64
	for _, h := range []float64{0x1p-3, 0x1p-8} {
		sum := 0.0
		for seed := range uint64(24) {
			along(t, 100+seed)
			tr, err := ode.Solve(stochastic(a, b), ode.Options{Solver: toy, Step: h})
			if err != nil {
				t.Fatal(err)
			}
			dw := batch(1, 0)
			noise.Over(dw, []float64{0}, []float64{1})
			sum += math.Abs(tr.X[1] - 1.5*math.Exp(a-b*b/2+b*dw.V[0]))
		}
		log = append(log, math.Log2(sum))
	}
	if order := (log[0] - log[1]) / 5; !(math.Abs(order-0.5) <= 0.15) {
		t.Errorf("the strong order is %.2f, want 0.5", order)
	}
}

// Gradients along a path are those of differences along the same path, and the path is the sum of its parts.
func TestStochasticGradientsFollowTheirPath(t *testing.T) {
	along(t, 103)
	o := ode.Options{Solver: toy, Step: 0x1p-5}
	c := []float64{0.7, -1.3}
	value := func(x0, a, b float64) float64 {
		p := stochastic(a, b)
		p.X0.V[0] = x0
		tr, err := ode.Solve(p, o)
		if err != nil {
			t.Fatal(err)
		}
		return dot(c, tr.X)
	}
	g, _, _ := gradient(t, stochastic(0.6, 0.8), o, c, 1)
	const eps = 1e-5
	for name, pair := range map[string][2]float64{
		"x0": {g.X.V[0], (value(1.5+eps, 0.6, 0.8) - value(1.5-eps, 0.6, 0.8)) / (2 * eps)},
		"a":  {g.Theta.V[0], (value(1.5, 0.6+eps, 0.8) - value(1.5, 0.6-eps, 0.8)) / (2 * eps)},
		"b":  {g.Theta.V[1], (value(1.5, 0.6, 0.8+eps) - value(1.5, 0.6, 0.8-eps)) / (2 * eps)},
	} {
		if !(math.Abs(pair[0]-pair[1]) <= 1e-7*(1+math.Abs(pair[1]))) {
			t.Errorf("∂/∂%s is %.10g, differences say %.10g", name, pair[0], pair[1])
		}
	}
	whole, first, second := batch(1, 0, 0), batch(1, 0, 0), batch(1, 0, 0)
	noise.Over(whole, []float64{0.1234}, []float64{2.5})
	noise.Over(first, []float64{0.1234}, []float64{0.77777})
	noise.Over(second, []float64{0.77777}, []float64{2.5})
	for i, v := range whole.V {
		if math.Abs(v-first.V[i]-second.V[i]) > 1e-12 || v == 0 {
			t.Errorf("row %d gains %g, in parts %g and %g", i, v, first.V[i], second.V[i])
		}
	}
	if whole.V[0] == whole.V[1] {
		t.Error("rows have the same noise")
	}
}
