package field

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

// TestLureIsTheLawItSays writes a hardening spring whose place is shown with a part of the force,
// and compares the field and what is seen with its equations in user units, and the words.
func TestLureIsTheLawItSays(t *testing.T) {
	f := Frame{States: []string{"y"}, Shift: []float64{1}, Scale: []float64{2}, Time: 0.5,
		Inputs: []string{"u"}, UShift: []float64{0}, UScale: []float64{4}}
	arch := &Lure{Augment: 1, Degree: 3, Direct: true}
	p := build(t, arch, f)
	if len(p.Theta0) != 2*3+2+2+2+1 || len(p.Frame.States) != 3 {
		t.Fatalf("%d numbers, states %v", len(p.Theta0), p.Frame.States)
	}
	// inner1' = hidden1, hidden1' = −3·inner1 − 0.1·y³ + 0.7·u, y = inner1 + 0.25·u
	theta := make([]float64, len(p.Theta0))
	one, cube, direct := p.Layers[0], p.Layers[2], p.Layers[3]
	theta[one.W+1] = 1 * f.Time / 2
	theta[one.W+3] = -3 * 2 * f.Time
	theta[one.W+5] = 0.7 * 4 * f.Time
	theta[cube.W+1] = -0.1 * 8 * f.Time
	theta[direct.W] = 0.25 * 4 / 2.
	inner, hidden, u := 2.2, -0.4, 3.0
	at := &Point{T: []float64{0}, X: program.NewBatch(3, 1), U: program.NewBatch(1, 1), Theta: Batch{V: theta, Rows: len(theta), Lanes: 1}}
	copy(at.X.V, []float64{99, (inner - 1) / 2, hidden})
	at.U.V[0] = u / 4
	y := inner + 0.25*u
	got, want := program.NewBatch(3, 1), []float64{0, hidden / 2 * f.Time, (-3*inner - 0.1*y*y*y + 0.7*u) * f.Time}
	New(p.Field, 1, false).Eval(got, at)
	for i, v := range want {
		if math.Abs(got.V[i]-v) > 1e-12 {
			t.Errorf("derivative %d is %g, want %g", i, got.V[i], v)
		}
	}
	New(p.Observe, 1, false).Eval(got, at)
	if v := 1 + 2*got.V[0]; math.Abs(v-y) > 1e-12 {
		t.Errorf("seen is %g, want %g", v, y)
	}
	if text := arch.Explain(p, theta); text != "d inner1/dt = hidden1\nd hidden1/dt = − 3·inner1 + 0.7·u − 0.1·y^3\ny = inner1 + 0.25·u" {
		t.Errorf("%s", text)
	}
}

// TestLurePowersAreOfWhatIsSaid counts the monomials of columns alone and of all variables.
func TestLurePowersAreOfWhatIsSaid(t *testing.T) {
	f := Unscaled([]string{"a", "b"}, []string{"u"})
	for _, c := range []struct {
		arch *Lure
		size int
	}{
		{&Lure{Augment: 1, Degree: 2}, 3*4 + 3 + 3*3},
		{&Lure{Augment: 1, Degree: 2, All: true}, 3*4 + 3 + 3*10},
		{&Lure{Augment: 1, Degree: 2, Direct: true}, 3*4 + 3 + 3*3 + 2},
	} {
		if p := build(t, c.arch, f); len(p.Theta0) != c.size {
			t.Errorf("%+v has %d numbers, want %d", *c.arch, len(p.Theta0), c.size)
		}
	}
	if _, err := (&Lure{Degree: 1}).Build(f); err == nil || !strings.Contains(err.Error(), "model=linear") {
		t.Errorf("degree 1: %v", err)
	}
}
