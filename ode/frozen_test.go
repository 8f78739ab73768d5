package ode

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// pendulum is x' = y, y' = −θ sin x − t y / 10, written out.
type pendulum struct{}

func (pendulum) Shape() field.Shape { return field.Shape{State: 2, Theta: 1, Lanes: 1} }

func (pendulum) Eval(dx Batch, at *field.Point) {
	dx.V[0], dx.V[1] = at.X.V[1], -at.Theta.V[0]*math.Sin(at.X.V[0])-at.T[0]*at.X.V[1]/10
}

func (pendulum) JVP(ddx Batch, at, v *field.Point) {
	ddx.V[0] = v.X.V[1]
	ddx.V[1] = -at.Theta.V[0]*math.Cos(at.X.V[0])*v.X.V[0] - at.T[0]/10*v.X.V[1]
}

func (pendulum) VJP(g, at *field.Point, c Batch) {
	if g.X.V != nil {
		g.X.V[0] -= at.Theta.V[0] * math.Cos(at.X.V[0]) * c.V[1]
		g.X.V[1] += c.V[0] - at.T[0]/10*c.V[1]
	}
	if g.Theta.V != nil {
		g.Theta.V[0] -= math.Sin(at.X.V[0]) * c.V[1]
	}
}

func (pendulum) HVP(g, at *field.Point, v, c Batch) {
	s, k := math.Sincos(at.X.V[0])
	if g.X.V != nil {
		g.X.V[0] += c.V[1] * at.Theta.V[0] * s * v.V[0]
	}
	if g.Theta.V != nil {
		g.Theta.V[0] -= c.V[1] * k * v.V[0]
	}
}

// replay is a Controller that repeats the step sizes of a recorded run.
type replay struct {
	sizes []float64
	i     int
}

func (r *replay) Reset(int) { r.i = 0 }

func (r *replay) Keep([]int) {}

func (r *replay) Next(accept []bool, h, _ []float64, _ int) {
	r.i++
	accept[0], h[0] = true, r.sizes[min(r.i, len(r.sizes)-1)]
}

// TestGradientIsThatOfTheFrozenSteps compares with central differences of the
// integration repeated with the same step sizes.
func TestGradientIsThatOfTheFrozenSteps(t *testing.T) {
	for _, name := range Methods() {
		tab, _ := Method(name)
		for _, save := range []string{"interpolate", "land"} {
			if save == "interpolate" && tab.Inside == 0 {
				continue
			}
			o := Options{Solver: name, RTol: 1e-3, ATol: 1e-3, Save: save}
			if !tab.Adaptive() {
				o = Options{Solver: name, Step: 0.2, Save: save}
			}
			frozen(t, o)
		}
	}
}

func frozen(t *testing.T, o Options) {
	p := &IVP{Field: pendulum{}, X0: newBatch(2, 1), Theta: newBatch(1, 1), T0: []float64{0.3}, Times: []float64{0.3, 0.5, 0.51, 2, 4}}
	z := []float64{1.2, -0.4, 1.7}
	c := []float64{1, 2, -1, 0.5, 3, -2, 1, 1, -0.3, 0.8}
	set := func() { copy(p.X0.V, z[:2]); copy(p.Theta.V, z[2:]) }
	set()
	d, err := NewDiscrete(p.Field, o)
	if err != nil {
		t.Fatal(err)
	}
	tr, gtr := NewTrajectory(5, 2, 1), NewTrajectory(5, 2, 1)
	copy(gtr.X, c)
	d.Solve(tr, p)
	g := field.Point{X: newBatch(2, 1), Theta: newBatch(1, 1)}
	d.Pull(&g, gtr)
	r := &replay{}
	for i := range d.rec.steps {
		r.sizes = append(r.sizes, d.rec.times[i+1]-d.rec.times[i])
	}
	again, _ := NewSolver(p.Field, o)
	again.exact = true
	if o.Step == 0 {
		again.ctrl = r
		again.FirstStep = r.sizes[0]
	}
	loss := func() (s float64) {
		set()
		again.Solve(tr, p)
		for i, v := range tr.X {
			s += c[i] * v
		}
		return s
	}
	for i, got := range append(append([]float64{}, g.X.V...), g.Theta.V...) {
		const e = 1e-5
		z[i] += e
		up := loss()
		z[i] -= 2 * e
		down := loss()
		z[i] += e
		if want := (up - down) / (2 * e); !(math.Abs(got-want) <= 1e-7*(1+math.Abs(want))) {
			t.Errorf("%+v: derivative %d is %.10g, differences say %.10g", o, i, got, want)
		}
	}
}
