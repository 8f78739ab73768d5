package field

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

// TestLibraryIsTheLawItSays writes a driven pendulum and a saturating predator in
// coefficients and compares the field with them in user units, and the words.
func TestLibraryIsTheLawItSays(t *testing.T) {
	f := Frame{States: []string{"a", "w", "s"}, Shift: []float64{40, 0.5, 2}, Scale: []float64{30, 2, 1.5}, Time: 0.5,
		Inputs: []string{"u"}, UShift: []float64{1}, UScale: []float64{0.5}}
	arch := &TermLibrary{Degree: 2, Turns: []string{"a"}, Saturates: map[string]float64{"s": 0.4}, Power: 2}
	p := build(t, arch, f)
	theta := append([]float64{}, p.Theta0...)
	one, two := p.Layers[0], p.Layers[1]
	// Variables: sin a, cos a, w, s, saturation of s, u.
	const width = 6
	if one.Cols != width {
		t.Fatalf("%d variables", one.Cols)
	}
	theta[one.W+2] = f.Time / f.Scale[0] * f.Scale[1]              // a' = w
	theta[one.W+width] = -3 * f.Time / f.Scale[1]                  // w' = −3 sin a + 0.5 u
	theta[one.W+width+5] = 0.5 * f.UScale[0] * f.Time / f.Scale[1] //
	pair := func(i, j int) int {                                   // place among the products
		k := 0
		for a := range width {
			for b := a; b < width; b++ {
				if a == i && b == j {
					return k
				}
				k++
			}
		}
		return -1
	}
	theta[two.W+2*two.Cols+pair(2, 4)] = -1.5 * f.Scale[1] * f.Time / f.Scale[2] // s' = −1.5 w s²/(0.16 + s²)
	want := "d a/dt = w\nd w/dt = − 3·sin(a) + 0.5·u\nd s/dt = − 1.5·w·[s^2/(0.16 + s^2)]"
	if got := arch.Explain(p, theta); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	x, u := []float64{38, 1.7, 0.9}, 1.3
	dx := program.NewBatch(3, 1)
	at := &Point{T: []float64{0}, X: program.NewBatch(3, 1), U: program.NewBatch(1, 1), Theta: Batch{V: theta, Rows: len(theta), Lanes: 1}}
	for i := range x {
		at.X.V[i] = (x[i] - f.Shift[i]) / f.Scale[i]
	}
	at.U.V[0] = (u - f.UShift[0]) / f.UScale[0]
	New(p.Field, 1, false).Eval(dx, at)
	for i, want := range []float64{x[1], -3*math.Sin(x[0]) + 0.5*u, -1.5 * x[1] * x[2] * x[2] / (0.16 + x[2]*x[2])} {
		if got := dx.V[i] * f.Scale[i] / f.Time; math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
			t.Errorf("component %d: %g, want %g", i, got, want)
		}
	}
}

// TestWavesStandBesideTheirColumn writes a pendulum on a spring with a saturating
// force in coefficients.
func TestWavesStandBesideTheirColumn(t *testing.T) {
	f := Frame{States: []string{"a", "w"}, Shift: []float64{1, 0.5}, Scale: []float64{3, 2}, Time: 0.5}
	arch := &TermLibrary{Degree: 1, Power: 1, Waves: []string{"a"}, Saturates: map[string]float64{"a": 0.7}, Zero: true}
	p := build(t, arch, f)
	theta := append([]float64{}, p.Theta0...)
	one := p.Layers[0]
	// Variables: a, sin a, cos a, saturation of a, w.
	if one.Cols != 5 {
		t.Fatalf("%d variables", one.Cols)
	}
	if entry, v, ok := arch.Rate(p, 0, 1); !ok || entry != one.W+4 {
		t.Errorf("the rate of a is entry %d, %g, %v", entry, v, ok)
	}
	theta[one.W+4] = f.Time / f.Scale[0] * f.Scale[1]
	for k, c := range []float64{-0.5 * f.Scale[0], -3, 0.2, 0.9} { // w' = −0.5 a − 3 sin a + 0.2 cos a + 0.9 a/(0.7 + a)
		theta[one.W+one.Cols+k] = c * f.Time / f.Scale[1]
	}
	want := "d a/dt = w\nd w/dt = − 0.5·a − 3·sin(a) + 0.2·cos(a) + 0.9·[a/(0.7 + a)]"
	if got := arch.Explain(p, theta); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	const a, w = 2.4, -1.1
	dx := program.NewBatch(2, 1)
	at := &Point{T: []float64{0}, X: program.NewBatch(2, 1), Theta: Batch{V: theta, Rows: len(theta), Lanes: 1}}
	at.X.V[0], at.X.V[1] = (a-f.Shift[0])/f.Scale[0], (w-f.Shift[1])/f.Scale[1]
	New(p.Field, 1, false).Eval(dx, at)
	for i, want := range []float64{w, -0.5*a - 3*math.Sin(a) + 0.2*math.Cos(a) + 0.9*a/(0.7+a)} {
		if got := dx.V[i] * f.Scale[i] / f.Time; math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
			t.Errorf("component %d: %g, want %g", i, got, want)
		}
	}
}

func TestLibraryRefusesWhatItCannotBe(t *testing.T) {
	f := Unscaled([]string{"a", "b"}, nil)
	for _, m := range []*TermLibrary{
		{Degree: 2, Power: 1, Turns: []string{"c"}},
		{Degree: 2, Power: 1, Waves: []string{"c"}},
		{Degree: 2, Power: 1, Turns: []string{"a"}, Waves: []string{"a"}},
		{Degree: 2, Power: 1, Turns: []string{"a"}, Saturates: map[string]float64{"a": 1}},
		{Degree: 2, Power: 1, Saturates: map[string]float64{"a": 0}},
		{Degree: 0, Power: 1}, {Degree: 2, Power: 3},
	} {
		if _, err := m.Build(f); err == nil {
			t.Errorf("%+v is built", m)
		}
	}
}

// TestSaturationHasNoPoleBelowZero: s/(K + s) for what is there, odd for what noise
// puts below zero, finite at −K.
func TestSaturationHasNoPoleBelowZero(t *testing.T) {
	const k = 0.4
	f := Frame{States: []string{"s"}, Shift: []float64{2}, Scale: []float64{1.5}, Time: 0.5}
	p := build(t, &TermLibrary{Degree: 1, Power: 1, Saturates: map[string]float64{"s": k}}, f)
	theta := append([]float64{}, p.Theta0...)
	theta[p.Layers[0].W+1] = -f.Time / f.Scale[0] // s' = −s/(K + s)
	for _, s := range []float64{3, 0.7, 0.1, 0, -0.1, -k, -2} {
		got := at(p, 0, []float64{(s - f.Shift[0]) / f.Scale[0]}, nil, theta)[0] * f.Scale[0] / f.Time
		if want := -s / (k + math.Abs(s)); math.Abs(got-want) > 1e-4 {
			t.Errorf("s = %g: %g, want %g", s, got, want)
		}
	}
}

// TestPolynomialAboutZeroIsThatOfTheUsersUnits, however far the data are from zero.
func TestPolynomialAboutZeroIsThatOfTheUsersUnits(t *testing.T) {
	f := Frame{States: []string{"x"}, Shift: []float64{9}, Scale: []float64{1}, Time: 2}
	arch := &TermLibrary{Degree: 2, Power: 1, Zero: true}
	p := build(t, arch, f)
	theta := append([]float64{}, p.Theta0...)
	theta[p.Layers[0].W], theta[p.Layers[1].W] = 0.5*f.Time, -0.1*f.Time
	if got, want := at(p, 0, []float64{-1}, nil, theta)[0]/f.Time, 0.5*8-0.1*64; math.Abs(got-want) > 1e-12 {
		t.Errorf("%g, want %g", got, want)
	}
	if got, want := arch.Explain(p, theta), "d x/dt = 0.5·x − 0.1·x^2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
