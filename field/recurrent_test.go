package field

import (
	"math"
	"math/rand/v2"
	"testing"
)

// recurrent builds a network of three units for two states and an input.
func recurrent(t *testing.T, a Architecture) (*Parts, []float64) {
	t.Helper()
	f := Frame{States: []string{"x", "y"}, Shift: []float64{3, 0}, Scale: []float64{2, 1}, Inputs: []string{"u"},
		UShift: []float64{0}, UScale: []float64{1}, Time: 0.5, Step: 0.1}
	p := build(t, a, f)
	theta, err := Draw(p, "torch", 3, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p, theta
}

// step is one Euler step of the time between samples.
func step(p *Parts, x, u, theta []float64) []float64 {
	dx := at(p, 0, x, u, theta)
	next := make([]float64, len(x))
	for i := range x {
		next[i] = x[i] + p.Frame.Step/p.Frame.Time*dx[i]
	}
	return next
}

// affineOf applies a layer by its definition.
func affineOf(l Layer, theta, x []float64) []float64 {
	y := make([]float64, l.Rows)
	for i := range y {
		y[i] = theta[l.B+i]
		for j, v := range x {
			y[i] += theta[l.W+i*l.Cols+j] * v
		}
	}
	return y
}

func differ(a, b []float64) bool {
	for i := range a {
		if !(math.Abs(a[i]-b[i]) < 1e-14) {
			return true
		}
	}
	return len(a) != len(b)
}

// A step of the time between samples is the map of the formulas.
func TestRecurrentNetworksStepAsTheirFormulas(t *testing.T) {
	x, u := []float64{0.3, -0.8, 0.1, 0.5, -0.4}, []float64{0.7}
	seen, h := append(append([]float64{}, x[:2]...), u...), x[2:]
	all := append(append([]float64{}, seen...), h...)
	sigma := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }

	p, theta := recurrent(t, &RNN{Recurrent{Units: 3}})
	next := affineOf(p.Layers[0], theta, all)
	for i := range next {
		next[i] = math.Tanh(next[i])
	}
	want := append(affineOf(p.Layers[1], theta, next), next...)
	if got := step(p, x, u, theta); differ(got, want) {
		t.Errorf("tanh units: %v, want %v", got, want)
	}

	p, theta = recurrent(t, &GRU{Recurrent{Units: 3}})
	gates, in, hidden := affineOf(p.Layers[0], theta, all), affineOf(p.Layers[1], theta, seen), affineOf(p.Layers[2], theta, h)
	for i := range next {
		n := math.Tanh(in[i] + sigma(gates[i])*hidden[i])
		z := sigma(gates[3+i])
		next[i] = (1-z)*n + z*h[i]
	}
	want = append(affineOf(p.Layers[3], theta, next), next...)
	if got := step(p, x, u, theta); differ(got, want) {
		t.Errorf("gated units: %v, want %v", got, want)
	}
	if len(p.Start) != 3 || len(p.Frame.States) != 5 || len(p.Theta0) != 6*6+6+3*3+3+3*3+3+2*3+2 {
		t.Errorf("%d hidden states of %d, %d parameters", len(p.Start), len(p.Frame.States), len(p.Theta0))
	}
}

func TestRecurrentNetworksAreDifferentiated(t *testing.T) {
	for _, a := range []Architecture{&RNN{Recurrent{Units: 3}}, &GRU{Recurrent{Units: 3}}} {
		p, _ := recurrent(t, a)
		checkTranspose(t, New(p.Field, 8, false), false, rand.New(rand.NewPCG(1, 2)))
		checkTranspose(t, New(p.Field, 8, true), true, rand.New(rand.NewPCG(3, 4)))
		checkTranspose(t, New(Forced(p.Field, 0.2), 1, false), false, rand.New(rand.NewPCG(5, 6)))
		f := Unscaled([]string{"x"}, nil) // without inputs the signal and its share are all there is
		f.Step = 1
		checkTranspose(t, New(Forced(build(t, a, f).Field, 0.2), 1, false), false, rand.New(rand.NewPCG(7, 8)))
	}
}

// A forced step begins where it is put: at the signal, on the way, or where it is.
func TestForcedStepsBeginAtTheSignal(t *testing.T) {
	p, theta := recurrent(t, &GRU{Recurrent{Units: 3}})
	forced := *p
	forced.Field = Forced(p.Field, p.Frame.Step/p.Frame.Time)
	x, u, s := []float64{0.3, -0.8, 0.1, 0.5, -0.4}, []float64{0.7}, []float64{1, 2, 0, 0, 0}
	for _, alpha := range []float64{0, 0.25, 1} {
		in, from := append(append([]float64{}, u...), s...), append([]float64{}, x...)
		for i := range x {
			a := alpha
			if i >= 2 {
				a = 0
			}
			in, from[i] = append(in, a), x[i]+a*(s[i]-x[i])
		}
		if got, want := step(&forced, x, in, theta), step(p, from, u, theta); differ(got, want) {
			t.Errorf("α = %g: %v, want %v", alpha, got, want)
		}
	}
}

func TestRecurrentNetworksRefuseNonsense(t *testing.T) {
	f := Unscaled([]string{"x"}, nil)
	if _, err := (&RNN{Recurrent{Units: 3}}).Build(f); err == nil {
		t.Error("no time between samples")
	}
	f.Step = 1
	if _, err := (&GRU{}).Build(f); err == nil {
		t.Error("no units")
	}
}
