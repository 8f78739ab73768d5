package field

import (
	"math"
	"math/rand/v2"
	"testing"
)

// logFrame has a column in logarithms, one as it is, and an input.
func logFrame() Frame {
	return Frame{States: []string{"n", "s"}, Shift: []float64{math.Log(40), 2}, Scale: []float64{1.7, 1.5}, Log: []bool{true}, Time: 0.5,
		Inputs: []string{"u"}, UShift: []float64{1}, UScale: []float64{0.5}}
}

// TestLogLibraryIsTheLawItSays writes laws in coefficients and compares the field, in user units, with
// them, and the words.
func TestLogLibraryIsTheLawItSays(t *testing.T) {
	f := logFrame()
	level := math.Exp(f.Shift[0] + f.Scale[0])
	for _, factors := range []bool{false, true} {
		arch := &LogLibrary{Logs: []string{"n"}, Degree: 2, Factors: factors}
		p := build(t, arch, f)
		theta := append([]float64{}, p.Theta0...)
		one, two, logs := p.Layers[0], p.Layers[1], p.Layers[2]
		rate := f.Time / f.Scale[0]
		if factors { // n' = n·(0.8 − 0.02·n + 0.3·u − 0.4·log(n/40))
			theta[one.B], theta[one.W], theta[one.W+2] = 0.8*rate, -0.02*level*rate, 0.3*f.UScale[0]*rate
		} else { // n' = 0.8·n + 0.3·u − 0.02·n² − 0.4·n·log(n/40)
			theta[one.W], theta[one.W+2], theta[two.W] = 0.8*rate, 0.3*f.UScale[0]*rate/level, -0.02*level*rate
		}
		theta[logs.W] = -0.4 * f.Scale[0] * rate
		theta[two.W+two.Cols+1] = -0.01 * level * f.Time // s' = −0.01·n·s
		want := "d n/dt = 0.8·n + 0.3·u − 0.02·n^2 − 0.4·n·log(n/40)\nd s/dt = − 0.01·n·s"
		if factors {
			want = "d n/dt = n·(0.8 − 0.02·n + 0.3·u − 0.4·log(n/40))\nd s/dt = − 0.01·n·s"
		}
		if got := arch.Explain(p, theta); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		const n, s, u = 3.0, 1.2, 1.7
		z := []float64{f.Scaled(0, n), f.Scaled(1, s)}
		dx := at(p, 0, z, []float64{(u - 1) / 0.5}, theta)
		born := 0.3 * u
		if factors {
			born *= n
		}
		for i, want := range []float64{0.8*n + born - 0.02*n*n - 0.4*n*math.Log(n/40), -0.01 * n * s} {
			if got := dx[i] * f.Unit(i, z[i]) / f.Time; math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
				t.Errorf("factors %v, component %d: %g, want %g", factors, i, got, want)
			}
		}
		for _, c := range arch.Coefficients(p, theta) {
			if c.Of == "d n/dt" && c.Entry == logs.W {
				if got := c.Unit * theta[c.Entry]; math.Abs(got+0.4) > 1e-12 || c.Term != "n·log(n/40)" {
					t.Errorf("a coefficient %g of %s", got, c.Term)
				}
			}
		}
		checkTranspose(t, New(p.Field, 8, false), false, rand.New(rand.NewPCG(1, 2)))
	}
}

func TestUnitsOfLogarithmsAreEachOthersInverse(t *testing.T) {
	f := logFrame()
	for i, v := range []float64{0.003, -7} {
		z := f.Scaled(i, v)
		if got := f.User(i, z); math.Abs(got-v) > 1e-12*math.Abs(v) {
			t.Errorf("state %d: %g, want %g", i, got, v)
		}
		const h = 1e-6
		if got, want := f.Unit(i, z), (f.User(i, z+h)-f.User(i, z-h))/(2*h); math.Abs(got-want) > 1e-6*math.Abs(want) {
			t.Errorf("unit %g, by differences %g", got, want)
		}
	}
	if v := f.Scaled(0, 0); !math.IsNaN(v) {
		t.Errorf("zero is %g in logarithms", v)
	}
}

// TestLogarithmsOfLogNormalValues have the moments that mean and deviation say.
func TestLogarithmsOfLogNormalValues(t *testing.T) {
	const mu, sigma = 1.3, 0.6
	m := math.Exp(mu + sigma*sigma/2)
	f := Frame{States: []string{"x"}, Shift: []float64{m}, Scale: []float64{m * math.Sqrt(math.Expm1(sigma*sigma))}, Time: 1}
	g, err := f.InLogs([]string{"x"})
	if err != nil || math.Abs(g.Shift[0]-mu) > 1e-12 || math.Abs(g.Scale[0]-sigma) > 1e-12 || !g.IsLog(0) || f.IsLog(0) {
		t.Errorf("%+v, %v", g, err)
	}
	if again, _ := g.InLogs([]string{"x"}); again.Shift[0] != g.Shift[0] {
		t.Error("a logarithm is taken twice")
	}
	for _, f := range []Frame{{States: []string{"x"}, Shift: []float64{-2}, Scale: []float64{1}}, {States: []string{"y"}, Shift: []float64{2}, Scale: []float64{1}}} {
		if _, err := f.InLogs([]string{"x"}); err == nil {
			t.Errorf("%+v is taken in logarithms", f)
		}
	}
	if _, err := (&LogLibrary{Degree: 9}).Build(f); err == nil {
		t.Error("degree 9 is built")
	}
}
