package field

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

// What a coefficient is multiplied with, read as an expression in user units, is
// the slope of the law by it.
func TestCoefficientsAreSlopesOfTheLaw(t *testing.T) {
	f := Unscaled([]string{"x", "y"}, []string{"u"})
	f.Shift, f.Scale, f.UShift, f.UScale, f.Time = []float64{3, -2}, []float64{2, 0.5}, []float64{1}, []float64{4}, 0.25
	r := rand.New(rand.NewPCG(1, 2))
	for name, m := range map[string]Termed{
		"polynomial of degree 2":       &PolyMLP{MLP: MLP{Hidden: []int{2}, Activation: "tanh"}, Degree: 2},
		"polynomial of degree 3":       &PolyMLP{MLP: MLP{Hidden: []int{2}, Activation: "tanh"}, Degree: 3},
		"library":                      &TermLibrary{Degree: 3, Power: 1},
		"library around zero":          &TermLibrary{Degree: 2, Power: 1, Zero: true},
		"library of an angle":          &TermLibrary{Degree: 2, Power: 1, Turns: []string{"x"}},
		"library of waves":             &TermLibrary{Degree: 2, Power: 1, Waves: []string{"y"}},
		"library that saturates":       &TermLibrary{Degree: 1, Power: 1, Saturates: map[string]float64{"x": 2}},
		"library that saturates late":  &TermLibrary{Degree: 2, Power: 4, Saturates: map[string]float64{"u": 1.5}},
		"library that saturates twice": &TermLibrary{Degree: 1, Power: 2, Saturates: map[string]float64{"u": 1.5, "x": 4}},
	} {
		p := build(t, m.(Architecture), f)
		theta := make([]float64, len(p.Theta0))
		copy(theta, p.Theta0)
		user := map[string]float64{"x": 3.7, "y": 1.3, "u": 2.2}
		at := map[string][]float64{"x": {(user["x"] - 3) / 2, (user["y"] + 2) / 0.5}, "u": {(user["u"] - 1) / 4}}
		slope := func(i, entry int) float64 {
			moved := append([]float64{}, theta...)
			moved[entry]++
			at["theta"] = theta
			before := run(p.Field, at, 2)
			at["theta"] = moved
			return (run(p.Field, at, 2)[i] - before[i]) * f.Scale[i] / f.Time
		}
		for i, v := range theta {
			if v == 0 {
				theta[i] = r.NormFloat64()
			}
		}
		seen := map[int]bool{}
		for _, c := range m.Coefficients(p, theta) {
			i := map[string]int{"d x/dt": 0, "d y/dt": 1}[c.Of]
			text := strings.NewReplacer("·", "*", "−", "-", "[", "(", "]", ")").Replace(c.Term)
			if text == "" {
				text = "1"
			}
			e, err := program.ParseExpr(text)
			if err != nil {
				t.Fatalf("%s: %q: %v", name, c.Term, err)
			}
			v, err := e.Eval(user, nil)
			if err != nil {
				t.Fatalf("%s: %q: %v", name, c.Term, err)
			}
			if got, want := slope(i, c.Entry), c.Unit*v; math.Abs(got-want) > 2e-3*math.Abs(want)+1e-9 {
				t.Errorf("%s: %s has the slope %g by the coefficient of %q, want %g", name, c.Of, got, c.Term, want)
			}
			if seen[c.Entry] {
				t.Errorf("%s: two coefficients are θ[%d]", name, c.Entry)
			}
			seen[c.Entry] = true
		}
		if len(seen) < 6 {
			t.Errorf("%s: %d coefficients", name, len(seen))
		}
	}
}

// Poles are told in words with their times.
func TestPolesInWords(t *testing.T) {
	for _, c := range []struct {
		pole complex128
		want string
	}{
		{-0.5, "pole -0.5: decays to 1/e in 2"},
		{0.25, "pole 0.25: grows e-fold in 4"},
		{0, "pole 0: stays"},
		{complex(-0.1, 2), "poles -0.1 ± 2i: turns once in 3.142, decays to 1/e in 10"},
		{complex(4, math.Pi), "poles 4 ± 3.142i: turns once in 2, grows e-fold in 0.25"},
	} {
		if got := poleWords(c.pole, ""); got != c.want {
			t.Errorf("%v: %q, want %q", c.pole, got, c.want)
		}
	}
}

// Times have the unit of the rows, rates one over it.
func TestPolesHaveTheirUnit(t *testing.T) {
	if got, want := poleWords(complex(-0.1, 2), "h"), "poles -0.1 ± 2i 1/h: turns once in 3.142 h, decays to 1/e in 10 h"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	f := Unscaled([]string{"x"}, nil)
	f.TUnit = "d"
	p := build(t, &Linear{}, f)
	theta := make([]float64, len(p.Theta0))
	theta[p.Layers[0].W] = -0.25
	if got := (&Linear{}).Explain(p, theta); !strings.Contains(got, "pole -0.25 1/d: decays to 1/e in 4 d") {
		t.Error(got)
	}
}

// What is rounding beside the largest entry is no pole and has no time.
func TestPolesBelowRoundingAreZero(t *testing.T) {
	got := poles([]float64{0, 1, 0, 0, 0, 0, 0, 0, -3}, 3)
	for i, v := range poles([]float64{3e-16, 1, 0, -8e-26, 3e-16, 0, 0, 0, -3}, 3) {
		if v != got[i] || i < 2 && v != 0 {
			t.Errorf("pole %d is %v, want %v", i, v, got[i])
		}
	}
	if p := poles([]float64{-1e-16, -1.5, 1.5, -1e-16}, 2); real(p[0]) != 0 || imag(p[0]) == 0 {
		t.Errorf("%v", p)
	}
	if p := poles([]float64{1e-6, 0, 0, -3}, 2); p[0] != 1e-6 {
		t.Errorf("a slow pole is %v", p[0])
	}
}
