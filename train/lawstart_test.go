package train

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// driven is a mass on a spring, hardening by cube, pushed by a sum of sines: its place is
// measured, its speed is not. It is integrated by small steps of fourth order.
func driven(n int, cube float64) data.Series {
	s := data.Series{Names: []string{"y"}, Inputs: []string{"u"}}
	push := func(t float64) float64 {
		return 0.9*math.Sin(0.7*t) + 0.7*math.Sin(1.1*t+1) + 0.6*math.Sin(0.31*t+2)
	}
	rate := func(t, x, v float64) (float64, float64) { return v, -x - cube*x*x*x - 0.3*v + push(t) }
	const h, parts = 0.2, 10
	rng := rand.New(rand.NewPCG(1, 1))
	x, v := 0.3, 0.0
	for k := range n {
		t := float64(k) * h
		s.T, s.X, s.U = append(s.T, t), append(s.X, 5+2*x+0.01*rng.NormFloat64()), append(s.U, push(t))
		for j := range parts {
			t, d := t+float64(j)*h/parts, h/parts
			a1, b1 := rate(t, x, v)
			a2, b2 := rate(t+d/2, x+d/2*a1, v+d/2*b1)
			a3, b3 := rate(t+d/2, x+d/2*a2, v+d/2*b2)
			a4, b4 := rate(t+d, x+d*a3, v+d*b3)
			x, v = x+d/6*(a1+2*a2+2*a3+a4), v+d/6*(b1+2*b2+2*b3+b4)
		}
	}
	return s
}

func hiddenProblem(t *testing.T, arch string, s data.Series) *Problem {
	t.Helper()
	a, err := field.Architectures.Lookup(arch)
	if err != nil {
		t.Fatal(err)
	}
	set := DefaultSettings()
	set.Solver.RTol, set.Solver.ATol = 1e-9, 1e-9
	p, err := NewProblem([]data.Series{s}, arch, a, set)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The field that begins at a law runs as the law does, in spite of all the units between.
func TestAFieldBeginsAtItsLaw(t *testing.T) {
	p := hiddenProblem(t, "poly-mlp", driven(150, 0))
	plain, err := p.lawStart(1)
	if err != nil {
		t.Fatal(err)
	}
	o := p.lawOptions(2, 2)
	o.Direct = "yes"
	direct, err := p.lawWith(o)
	if err != nil {
		t.Fatal(err)
	}
	direct.law.D[0] = 0.05 // not nothing
	for _, c := range []struct {
		name string
		arch field.Architecture
		law  *lawStart
	}{
		{"linear", &field.Linear{Augment: 1}, plain},
		{"poly-mlp", &field.PolyMLP{MLP: field.MLP{Hidden: []int{3}, Activation: "tanh", Augment: 1}, Degree: 2}, plain},
		{"lure", &field.Lure{Augment: 1, Degree: 3}, plain},
		{"lure", &field.Lure{Augment: 1, Degree: 2, Direct: true, All: true}, direct},
	} {
		law := c.law
		k, err := p.begun(c.name, c.name, c.arch, law)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.prepare(phaseMatch, 100); err != nil {
			t.Fatal(err)
		}
		for i, l := range k.p.Parts.Layers { // nothing bends it yet
			if l.Plain {
				continue
			}
			for e := l.W; i > 0 && e < l.W+l.Rows*l.Cols; e++ {
				k.b.z[e] = 0
			}
			for e := l.B; i > 0 && l.B >= 0 && e < l.B+l.Rows; e++ {
				k.b.z[e] = 0
			}
		}
		f, err := k.model(k.b.z).Forecast(0, p.Train[0].T, &p.Train[0])
		if err != nil {
			t.Fatal(err)
		}
		want := law.law.Simulate(law.paths[0][:2], p.Train[0].T, p.Train[0].U)
		for i, v := range want {
			if math.Abs(f.X[i]-v) > 1e-5 {
				t.Fatalf("%s: row %d is %.9g, the law has %.9g", c.name, i, f.X[i], v)
			}
		}
	}
}

func TestHiddenStatesAreFound(t *testing.T) {
	unhurried(t)
	s := driven(400, 0.4)
	p := hiddenProblem(t, "poly-mlp", s)
	if n := p.hiddenStates(); n != 1 {
		t.Fatalf("%d hidden states, want 1", n)
	}
	list, only, err := p.lawRecipes()
	if err != nil || only {
		t.Fatalf("only %v, %v", only, err)
	}
	linear, bent := math.Inf(1), math.Inf(1)
	for _, c := range list {
		if err := c.prepare(phaseMatch, 300); err != nil {
			t.Fatal(err)
		}
		c.bend()
		if v := c.bendError(); c.p.ArchName == "linear" {
			linear = v
		} else {
			bent = min(bent, v)
		}
	}
	if !(bent < linear/5) {
		t.Errorf("error of the linear law %.4g, bent %.4g", linear, bent)
	}
	// With all states measured there is nothing to be found.
	p = hiddenProblem(t, "poly-mlp", firstOrder())
	if n := p.hiddenStates(); n != 0 {
		t.Errorf("%d hidden states where there are none", n)
	}
}

// firstOrder is a column that alone is the state.
func firstOrder() data.Series {
	s := data.Series{Names: []string{"y"}, Inputs: []string{"u"}}
	y := 1.0
	for k := range 300 {
		t := 0.1 * float64(k)
		u := math.Sin(0.7*t) + math.Sin(2.3*t)
		s.T, s.X, s.U = append(s.T, t), append(s.X, y), append(s.U, u)
		for j := range 100 {
			t := t + 0.001*float64(j)
			y += 0.001 * (-y + math.Sin(0.7*t) + math.Sin(2.3*t))
		}
	}
	return s
}

func TestModelLinearIsTheLawOfTheRows(t *testing.T) {
	unhurried(t)
	p := hiddenProblem(t, "linear", driven(200, 0))
	p.Members, p.Solver.RTol, p.Solver.ATol = 1, 1e-6, 1e-6
	r, err := Auto{}.Fit(context.Background(), p, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != StatusOK || r.Held.NRMSE > 0.02 {
		t.Errorf("status %v, error on the rows held out %g", r.Status, r.Held.NRMSE)
	}
	if n := len(r.Model.Parts.Start); n < 1 {
		t.Errorf("%d hidden states, want at least 1", n)
	}
}

// A lone column on which a wave acts that nobody recorded is a linear law with hidden
// states, and rows without inputs ask for it as well.
func TestAWaveNobodyRecordedIsFound(t *testing.T) {
	s := data.Series{Names: []string{"y"}}
	rng := rand.New(rand.NewPCG(2, 1))
	for k := range 160 { // y' = −0.8·y + sin 1.3·t
		t, d := 0.25*float64(k), 0.8*0.8+1.3*1.3
		y := 2*math.Exp(-0.8*t) + (0.8*math.Sin(1.3*t)-1.3*math.Cos(1.3*t))/d
		s.T, s.X = append(s.T, t), append(s.X, y+0.01*rng.NormFloat64())
	}
	p := hiddenProblem(t, "poly-mlp", s)
	list, only, err := p.lawRecipes()
	if list = slices.DeleteFunc(list, func(c *candidate) bool { return c.plain }); err != nil || only || len(list) != 1 {
		t.Fatalf("%d candidates, only %v, %v", len(list), only, err)
	}
	c := list[0]
	if err := c.prepare(phaseMatch, 100); err != nil {
		t.Fatal(err)
	}
	c.bend()
	free, err := c.model(c.b.z).Forecast(0, s.T, nil)
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for k, v := range free.X {
		worst = max(worst, math.Abs(v-s.X[k]))
	}
	if worst > 0.08 {
		t.Errorf("from the first row on the law errs by %.3g", worst)
	}
}
