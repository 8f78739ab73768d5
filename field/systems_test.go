package field

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// byHand holds right-hand sides written out in Go; p are the parameters.
var byHand = map[string]func(t float64, x []float64, p map[string]float64) []float64{
	"lotka-volterra": func(_ float64, x []float64, p map[string]float64) []float64 {
		return []float64{p["a"]*x[0] - p["b"]*x[0]*x[1], p["c"]*x[0]*x[1] - p["d"]*x[1]}
	},
	"lorenz": func(_ float64, x []float64, p map[string]float64) []float64 {
		return []float64{p["sigma"] * (x[1] - x[0]), x[0]*(p["rho"]-x[2]) - x[1], x[0]*x[1] - p["beta"]*x[2]}
	},
	"van-der-pol": func(_ float64, x []float64, p map[string]float64) []float64 {
		return []float64{x[1], p["mu"]*(1-x[0]*x[0])*x[1] - x[0]}
	},
	"van-der-pol-forced": func(t float64, x []float64, p map[string]float64) []float64 {
		return []float64{x[1], p["mu"]*(1-x[0]*x[0])*x[1] - x[0] + p["A"]*math.Cos(p["omega"]*t)}
	},
	"double-pendulum": pendulum,
	"damped-oscillator": func(_ float64, x []float64, p map[string]float64) []float64 {
		return []float64{x[1], -p["omega"]*p["omega"]*x[0] - 2*p["zeta"]*p["omega"]*x[1]}
	},
	"spiral": func(_ float64, x []float64, p map[string]float64) []float64 {
		a := [2][2]float64{{-p["damping"], p["rotation"]}, {-p["rotation"], -p["damping"]}}
		dx := make([]float64, 2)
		for i := range 2 {
			for j := range 2 {
				dx[j] += x[i] * x[i] * x[i] * a[i][j] // the row u³ times A
			}
		}
		return dx
	},
	"rossler": func(_ float64, x []float64, p map[string]float64) []float64 {
		return []float64{-x[1] - x[2], x[0] + p["a"]*x[1], p["b"] + x[2]*(x[0]-p["c"])}
	},
	"fitzhugh-nagumo": func(_ float64, x []float64, p map[string]float64) []float64 {
		return []float64{x[0] - x[0]*x[0]*x[0]/3 - x[1] + p["I"], (x[0] + p["a"] - p["b"]*x[1]) / p["tau"]}
	},
}

// pendulum solves the mass matrix of Lagrange's equations for the
// accelerations by Cramer's rule.
func pendulum(_ float64, x []float64, p map[string]float64) []float64 {
	m1, m2, l1, l2, g := p["m1"], p["m2"], p["l1"], p["l2"], p["g"]
	s, c := math.Sincos(x[0] - x[1])
	a11, a12, a21, a22 := (m1+m2)*l1*l1, m2*l1*l2*c, m2*l1*l2*c, m2*l2*l2
	r1 := -m2*l1*l2*x[3]*x[3]*s - (m1+m2)*g*l1*math.Sin(x[0])
	r2 := m2*l1*l2*x[2]*x[2]*s - m2*g*l2*math.Sin(x[1])
	det := a11*a22 - a12*a21
	return []float64{x[2], x[3], (r1*a22 - a12*r2) / det, (a11*r2 - r1*a21) / det}
}

func TestSystemsAreWhatIsWrittenByHand(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, name := range Systems.Names() {
		s, err := Systems.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		for k := range s.Parameters {
			s.Parameters[k] *= 1 + 0.3*r.Float64() // so that no two are equal
		}
		p, err := s.Build()
		if err != nil {
			t.Fatal(err)
		}
		f := New(p.Field, 1, false)
		for range 20 {
			x := make([]float64, len(s.States))
			for i := range x {
				x[i] = s.Start[i] + r.NormFloat64()
			}
			at := r.Float64() * 10
			if byHand[name] == nil {
				t.Fatalf("%s is not written by hand", name)
			}
			want := byHand[name](at, x, s.Parameters)
			if s.Map {
				for i := range want {
					want[i] -= x[i] // Euler's step of 1 is the map
				}
			}
			got := Batch{V: make([]float64, len(x)), Rows: len(x), Lanes: 1}
			f.Eval(got, &Point{T: []float64{at}, X: Batch{V: x, Rows: len(x), Lanes: 1},
				Theta: Batch{V: p.Theta0, Rows: len(p.Theta0), Lanes: 1}})
			for i := range want {
				if math.Abs(got.V[i]-want[i]) > 1e-12*(1+math.Abs(want[i])) {
					t.Errorf("%s: d%s is %v, want %v", name, s.States[i], got.V[i], want[i])
				}
			}
		}
	}
}

func TestSystemsAreDocumentedAndIndependent(t *testing.T) {
	for _, name := range Systems.Names() {
		s, _ := Systems.Lookup(name)
		if s.Name != name || s.Doc == "" || s.Source == "" || s.Span < 20*s.Step || s.Step <= 0 {
			t.Errorf("%s is incomplete: %+v", name, s)
		}
		s.Start[0]++
		for k := range s.Parameters {
			s.Parameters[k]++
		}
		again, _ := Systems.Lookup(name)
		if again.Start[0] == s.Start[0] || slices.ContainsFunc(s.States, func(n string) bool { return n == "" }) {
			t.Errorf("%s is shared by its users", name)
		}
		for k := range s.Parameters {
			if again.Parameters[k] == s.Parameters[k] {
				t.Errorf("%s: parameter %s is shared by its users", name, k)
			}
		}
	}
	_, err := Systems.Lookup("lorentz")
	if err == nil || !strings.Contains(err.Error(), "lorenz") {
		t.Errorf("got %v", err)
	}
}

func TestSystemWithAWrongStartSaysSo(t *testing.T) {
	s, _ := Systems.Lookup("lorenz")
	s.Start = s.Start[:2]
	if _, err := s.Build(); err == nil || !strings.Contains(err.Error(), "2 values") {
		t.Errorf("got %v", err)
	}
}
