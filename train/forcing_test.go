package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// runnable are the variants that runs from rows can be made of.
func runnable(t testing.TB) map[string]*Problem {
	all := variants(t)
	for name, p := range all {
		if p.refuseRuns("test") != nil {
			delete(all, name)
		}
	}
	return all
}

func forced(t *testing.T, p *Problem, members int, change func(*Forcing)) (*forcingLoss, []float64) {
	t.Helper()
	f := defaults(t, "forcing").(*Forcing)
	f.Batch, f.Length = 5, 6
	change(f)
	if err := f.check(p); err != nil {
		t.Fatal(err)
	}
	o, err := newForcingLoss(p, members, 100, f, p.measurements(f.Raw))
	if err != nil {
		t.Fatal(err)
	}
	return o, shotUnknowns(t, p, members, o.Size())
}

func TestForcingGradientAgreesWithDifferences(t *testing.T) {
	for name, p := range runnable(t) {
		for _, kind := range []string{"sparse", "generalised"} {
			for _, members := range []int{1, 3} {
				t.Run(name+" "+kind, func(t *testing.T) {
					o, z := forced(t, p, members, func(f *Forcing) { f.Forcing, f.Horizon, f.Raw = kind, 3, members > 1 })
					for j := range o.alpha {
						o.alpha[j] = 0.3 + 0.2*float64(j)
					}
					o.before = nil // a look at growth would change α
					checkGradient(t, o, z, max(1, members-1))
				})
			}
		}
	}
}

// TestForcingTellsItsKind, and α where there is one.
func TestForcingTellsItsKind(t *testing.T) {
	p := mustProblem(t, gappy(2, 0, 2), tinyNet(0, false), fixedSteps)
	for _, kind := range []string{"sparse", "generalised"} {
		o, _ := forced(t, p, 1, func(f *Forcing) { f.Forcing, f.Horizon = kind, 3 })
		o.alpha[0] = 0.3
		if stage, alpha := o.stage(0); stage != kind || (alpha == 0.3) != (kind == "generalised") {
			t.Errorf("%s is told as %s with α = %g", kind, stage, alpha)
		}
	}
}

// With α = 1 every stretch begins at the row before it: sparse forcing over one row.
func TestFullForcingIsSparseForcingOverOneRow(t *testing.T) {
	p := mustProblem(t, gappy(2, 0, 2), tinyNet(0, false), fixedSteps)
	o, z := forced(t, p, 1, func(f *Forcing) { f.Forcing, f.Alpha = "generalised", 1 })
	o.alpha[0] = 1
	got := o.Eval(nil, z, 1)
	sum, n := 0.0, 0.0
	for i, at := range o.b.of {
		m := o.b.rows[at.rec]
		for k := range o.b.train[i] {
			if at.row+k+1 >= len(m.t) {
				break
			}
			x := append([]float64{}, m.state[(at.row+k)*2:(at.row+k+1)*2]...)
			if i < o.b.heads && k == 0 {
				copy(x, z[len(p.Parts.Theta0)+2*at.rec:])
			}
			y := taken(t, p, z, x, m.t[at.row+k:at.row+k+2])
			for c := range 2 {
				if want := m.row[(at.row+k+1)*2+c]; !math.IsNaN(want) {
					sum, n = sum+(y[c]-want)*(y[c]-want), n+1
				}
			}
		}
	}
	if differs(got.Value, sum/n, 1e-9) {
		t.Errorf("loss %.12g, of predictions from row to row %.12g", got.Value, sum/n)
	}
}

// taken is where the field with the parameters that z begins with takes x.
func taken(t *testing.T, p *Problem, z, x, times []float64) []float64 {
	t.Helper()
	n, size := len(x), len(p.Parts.Theta0)
	ivp := ode.IVP{Field: field.New(p.Parts.Field, 1, false), X0: field.Batch{V: x, Rows: n, Lanes: 1},
		Theta: field.Batch{V: z[:size], Rows: size, Lanes: 1}, T0: times[:1], Times: times[1:]}
	tr, err := ode.Solve(&ivp, p.Solver)
	if err != nil {
		t.Fatal(err)
	}
	return tr.X
}

// The gain that is chosen for a linear field x' = a·x, whose errors grow by e^(a·dt)
// from row to row, is that at which they do not grow any more.
func TestAlphaIsAdaptedToTheGrowthOfErrors(t *testing.T) {
	s := data.Series{Names: []string{"x"}, Units: []string{""}, Time: "t"}
	for k := range 60 {
		s.T, s.X = append(s.T, 0.1*float64(k)), append(s.X, math.Exp(0.5*0.1*float64(k)))
	}
	p := mustProblem(t, []data.Series{s}, &field.TermLibrary{Degree: 1, Power: 1}, func(s *Settings) { s.Scale, s.Heldout = "none", 0 })
	z, err := p.begin(1)
	if err != nil {
		t.Fatal(err)
	}
	const rate = 0.5
	for i, l := range p.Parts.Layers {
		z[l.W] = rate
		if i > 0 {
			t.Fatal("the field is not one layer")
		}
	}
	for gain, want := range map[string]float64{"norms": 1 - math.Exp(-rate*0.1), "exponents": 1 - math.Exp(-rate*0.1*1.5)} {
		o, _ := forced(t, p, 1, func(f *Forcing) { f.Forcing, f.Gain, f.Decay = "generalised", gain, 0 })
		o.adapt(z, 0)
		if differs(o.alpha[0], want, 1e-9) {
			t.Errorf("gain=%s: α = %.10g, want %.10g", gain, o.alpha[0], want)
		}
		if h := math.Ln2 / (rate * 0.1); o.horizon(100) != min(6, int(math.Ceil(h))) {
			t.Errorf("horizon %d rows; errors double in %g", o.horizon(100), h)
		}
	}
}

func TestForcingRefusesWhatItCannotDo(t *testing.T) {
	p := runnable(t)["one recording"]
	for text, change := range map[string]func(*Forcing){
		"forcing":   func(f *Forcing) { f.Forcing = "none" },
		"alpha=2":   func(f *Forcing) { f.Alpha = 2 },
		"batch=0":   func(f *Forcing) { f.Batch = 0 },
		"backsolve": func(f *Forcing) { f.Adjoint = "backsolve" },
		"steer":     func(f *Forcing) { f.Steer = 0.2 },
	} {
		f := defaults(t, "forcing").(*Forcing)
		change(f)
		if _, err := f.Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", text, err)
		}
	}
	hidden := variants(t)["hidden states"]
	if _, err := defaults(t, "forcing").Fit(context.Background(), hidden, nil, nil); err == nil || !strings.Contains(err.Error(), "hidden") {
		t.Error(err)
	}
}
