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

// TestParametersAreThePublishedOnes: the values that make systems what their sources say.
func TestParametersAreThePublishedOnes(t *testing.T) {
	for name, want := range map[string]map[string]float64{
		"lorenz": {"sigma": 10, "rho": 28, "beta": 8. / 3}, "lotka-volterra": {"a": 1.3, "b": 0.9, "c": 0.8, "d": 1.8},
		"van-der-pol-forced": {"mu": 8.53, "A": 1.2, "omega": 0.628318530717958648}, "rossler": {"a": 0.2, "b": 0.2, "c": 5.7},
		"fitzhugh-nagumo": {"a": 0.7, "b": 0.8, "tau": 12.5, "I": 0.5}, "spiral": {"damping": 0.1, "rotation": 2},
		"thomas": {"b": 0.18}, "chua": {"alpha": 15.6, "beta": 28, "m0": -1.142857142857142857, "m1": -0.714285714285714286},
		"hindmarsh-rose": {"a": 1, "b": 3, "c": 1, "d": 5, "r": 0.006, "s": 4, "xr": -1.6, "I": 3.2},
		"halvorsen":      {"a": 1.4}, "aizawa": {"a": 0.95, "b": 0.7, "c": 0.6, "d": 3.5, "e": 0.25, "f": 0.1},
		"chen": {"a": 35, "b": 3, "c": 28}, "lu": {"a": 36, "b": 3, "c": 20}, "dadras": {"p": 3, "o": 2.7, "r": 1.7, "c": 2, "e": 9},
		"lorenz-84": {"a": 0.25, "b": 4, "F": 8, "G": 1}, "hyper-rossler": {"a": 0.25, "b": 3, "c": 0.5, "d": 0.05},
		"rabinovich-fabrikant": {"g": 0.87, "a": 1.1}, "duffing": {"delta": 0.3, "gamma": 0.5, "omega": 1.2},
		"ueda": {"k": 0.05, "B": 7.5}, "rucklidge": {"k": 2, "l": 6.7}, "shimizu-morioka": {"a": 0.85, "b": 0.5},
		"burke-shaw": {"s": 10, "v": 4.272}, "rikitake": {"mu": 1, "a": 1},
		"hastings-powell": {"a1": 5, "b1": 3, "a2": 0.1, "b2": 2, "d1": 0.4, "d2": 0.01},
		"henon":           {"a": 1.4, "b": 0.3}, "logistic": {"r": 4}, "ikeda": {"u": 0.9}, "henon-3d": {"a": 1.76, "b": 0.1},
		"lorenz-96-40": {"F": 8},
	} {
		s, err := Systems.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range want {
			if math.Abs(s.Parameters[k]-v) > 1e-15*math.Abs(v) {
				t.Errorf("%s: %s = %v, published with %v", name, k, s.Parameters[k], v)
			}
		}
		if len(want) != len(s.Parameters) {
			t.Errorf("%s has %d parameters, published with %d", name, len(s.Parameters), len(want))
		}
	}
}

// TestChaoticSystemsStayWhereTheyAre: from its start a system that is said to be chaotic neither
// runs away within its span nor comes to rest: in the last tenth of it, it moves as far as before.
func TestChaoticSystemsStayWhereTheyAre(t *testing.T) {
	for _, name := range Systems.Names() {
		s, _ := Systems.Lookup(name)
		if !strings.Contains(s.Doc, "chaotic") && !strings.Contains(s.Doc, "expand") || s.Name == "standard" || len(s.Start) > 5 {
			continue
		}
		p, err := s.Build()
		if err != nil {
			t.Fatal(err)
		}
		f := New(p.Field, 1, false)
		n, steps := len(s.Start), int(s.Span/s.Step+0.5)
		x, k, y := clone(Batch{V: s.Start, Rows: n, Lanes: 1}), make([]Batch, 4), clone(Batch{V: s.Start, Rows: n, Lanes: 1})
		for i := range k {
			k[i] = clone(x)
		}
		at := Point{T: []float64{0}, Theta: Batch{V: p.Theta0, Rows: len(p.Theta0), Lanes: 1}}
		lo, hi, late, high := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
		for i := range steps {
			rungeKutta4(f, &at, x.V, k, y, s)
			if i >= steps*9/10 {
				late, high = min(late, x.V[0]), max(high, x.V[0])
			} else if i >= steps/10 {
				lo, hi = min(lo, x.V[0]), max(hi, x.V[0])
			}
		}
		if !(high-late > 0.2*(hi-lo)) || !(hi-lo < 1e3) {
			t.Errorf("%s: %s is between %.3g and %.3g, at last between %.3g and %.3g", name, s.States[0], lo, hi, late, high)
		}
	}
}

// rungeKutta4 goes a step of a system in two, or one of a map.
func rungeKutta4(f Field, at *Point, x []float64, k []Batch, y Batch, s *System) {
	eval := func(to Batch, h float64, of Batch) {
		for i := range x {
			y.V[i] = x[i]
			if h != 0 {
				y.V[i] += h * of.V[i]
			}
		}
		at.X = y
		f.Eval(to, at)
	}
	if s.Map {
		eval(k[0], 0, k[0])
		for i := range x {
			x[i] += k[0].V[i]
		}
		return
	}
	h := s.Step / 2
	for range 2 {
		eval(k[0], 0, k[0])
		eval(k[1], h/2, k[0])
		eval(k[2], h/2, k[1])
		eval(k[3], h, k[2])
		for i := range x {
			x[i] += h / 6 * (k[0].V[i] + 2*k[1].V[i] + 2*k[2].V[i] + k[3].V[i])
		}
	}
}
