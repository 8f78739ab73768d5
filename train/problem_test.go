package train

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// single is a recording of one state at the given times.
func single(t, x []float64) data.Series {
	return data.Series{Names: []string{"x"}, Units: []string{""}, Time: "t", T: t, X: x}
}

func steps(n int, dt float64) []float64 {
	t := make([]float64, n)
	for i := range t {
		t[i] = dt * float64(i)
	}
	return t
}

func TestScaledUnitsHaveUnitSize(t *testing.T) {
	for _, inputs := range []int{0, 1} {
		p := mustProblem(t, gappy(3, inputs, 3), tinyNet(0, false))
		f := &p.Parts.Frame
		first := math.Inf(1)
		for c := range p.Train[0].Names {
			n, sum, square := 0.0, 0.0, 0.0
			for _, s := range p.Train {
				first = math.Min(first, s.T[0])
				_, y := model.ScaledColumn(&s, c, f)
				for _, v := range y {
					if !math.IsNaN(v) {
						n, sum, square = n+1, sum+v, square+v*v
					}
				}
			}
			if math.Abs(sum/n) > 1e-12 || math.Abs(square/n-1) > 1e-12 {
				t.Errorf("column %d has mean %g and mean square %g in scaled units", c, sum/n, square/n)
			}
		}
		if f.T0 != first {
			t.Errorf("T0 = %g, the first training row is at %g", f.T0, first)
		}
		if v := p.speed(p.Splines); v < 0.99 || v > 1.01 {
			t.Errorf("the scaled speed is %g, want 1", v)
		}
	}
}

func TestNothingIsScaledIfNotWanted(t *testing.T) {
	p := mustProblem(t, gappy(2, 1, 2), tinyNet(0, false), func(s *Settings) { s.Scale = "none" })
	f := &p.Parts.Frame
	if f.T0 != 0 || f.Time != 1 || f.Shift[0] != 0 || f.Scale[1] != 1 || f.UShift[0] != 0 || f.UScale[0] != 1 {
		t.Errorf("frame %+v", f)
	}
}

// The unit of a constant must not be its rounding error.
func TestConstantsKeepTheirUnit(t *testing.T) {
	s := gappy(2, 2, 1)[0]
	for i := range s.T {
		s.X[2*i+1] = 0.1
	}
	f := &mustProblem(t, []data.Series{s}, tinyNet(0, false)).Parts.Frame
	if f.Scale[1] != 1 || f.UScale[1] != 1 {
		t.Errorf("a constant column has scale %g, a constant input %g", f.Scale[1], f.UScale[1])
	}
	for i := range s.T {
		s.U[2*i] += 1e9
	}
	g := &mustProblem(t, []data.Series{s}, tinyNet(0, false)).Parts.Frame
	if math.Abs(g.UScale[0]/f.UScale[0]-1) > 1e-6 {
		t.Errorf("an offset of 1e9 changes the scale of an input from %g to %g", f.UScale[0], g.UScale[0])
	}
	s.X = append([]float64{}, s.X...)
	for i := range s.X {
		s.X[i] = 7
	}
	if r := fitted(t, defaults(t, "vanilla"), mustProblem(t, []data.Series{s}, tinyNet(0, false), func(s *Settings) { s.Budget = 20 })); !isNumber(r.Train.MSE) {
		t.Errorf("nothing but constants: mean squared error %g", r.Train.MSE)
	}
}

// Where the first or last values of a column are missing, the curve that
// stands in for them must stay near the data.
func TestSmoothedDataDoNotRunAwayWhereValuesAreMissing(t *testing.T) {
	ts := steps(60, 0.1)
	x := make([]float64, 60)
	for i, v := range ts {
		x[i] = math.Sin(3 * v)
		if i < 12 || i > 40 {
			x[i] = math.NaN()
		}
	}
	p := mustProblem(t, []data.Series{single(ts, x)}, tinyNet(0, false), func(s *Settings) { s.Heldout = 0 })
	f := &p.Parts.Frame
	for _, v := range ts {
		if y := p.Splines[0][0].At((v - f.T0) / f.Time); math.Abs(y) > 12 {
			t.Fatalf("at time %g the curve is %g deviations away", v, y)
		}
	}
}

func TestStartsAreWhereTheyAreSaidToBe(t *testing.T) {
	recs := gappy(2, 0, 3) // the first value of x is missing everywhere
	user := func(p *Problem, rec, c int) float64 {
		f := &p.Parts.Frame
		return f.Shift[c] + f.Scale[c]*p.startGuess()[rec][c]
	}
	start := func(initial string, x ...float64) *Problem {
		return mustProblem(t, recs, tinyNet(1, false), func(s *Settings) { s.Initial, s.Start = initial, x })
	}
	for rec := range recs {
		if got := user(start("known", 3, 11), rec, 1); differs(got, 11, 1e-14) {
			t.Errorf("known start: %g", got)
		}
		if got := user(start("known", 3, 11, 5), rec, 2); got != 5 {
			t.Errorf("known start of a hidden state: %g", got)
		}
		p := start("data")
		if got, want := user(p, rec, 1), recs[rec].Row(0)[1]; !math.IsNaN(want) && differs(got, want, 1e-14) {
			t.Errorf("start from the data: %g, want %g", got, want)
		}
		for _, initial := range []string{"data", "learn"} {
			p := start(initial)
			if got := p.startGuess()[rec][0]; differs(got, p.Splines[rec][0].At((recs[rec].T[0]-p.Parts.Frame.T0)/p.Parts.Frame.Time), 1e-14) {
				t.Errorf("initial=%s, first value missing: %g", initial, got)
			}
			if got := p.startGuess()[rec][2]; got != 0 {
				t.Errorf("hidden state starts at %g", got)
			}
		}
	}
	moved := 0
	for _, initial := range []string{"data", "known", "learn"} {
		p := start(initial, 3, 11)
		p.Budget = 5
		r := fitted(t, defaults(t, "vanilla"), p)
		for rec := range recs {
			if r.Model.Records[rec].Start[0][1] != p.startGuess()[rec][1] {
				moved++
				if initial != "learn" {
					t.Errorf("initial=%s: the start has moved", initial)
				}
			}
		}
	}
	if moved == 0 {
		t.Error("starts that are learnt do not move")
	}
}

func TestEveryShapeOfDataCanBeFitted(t *testing.T) {
	for name, p := range variants(t) {
		for _, method := range []string{"vanilla", "homotopy"} {
			p.Budget, p.Members = 40, 1
			r := fitted(t, defaults(t, method), p)
			if r.Status != StatusOK || !isNumber(r.Train.MSE) || r.Held == nil || !isNumber(r.Held.MSE) {
				t.Errorf("%s, %s: %s, %+v", name, method, r.Status, r.Train)
			}
			p.Budget = 1
			if first := fitted(t, defaults(t, method), p); r.Train.MSE >= first.Train.MSE {
				t.Errorf("%s, %s: mean squared error %g after 40 iterations, %g after one", name, method, r.Train.MSE, first.Train.MSE)
			}
		}
	}
}

func TestAutoFitsEveryShapeOfData(t *testing.T) {
	for name, p := range variants(t) {
		switch name {
		case "known start": // from which no trajectory leads to these data
			continue
		case "one state", "hidden states", "all at once":
		default:
			if testing.Short() {
				continue
			}
		}
		p.Budget, p.Members = 40, 3
		r := fitted(t, Auto{}, p)
		if r.Status != StatusOK || r.Members != 3 || r.Train.R2 < 0.99 || r.Held == nil || !isNumber(r.Held.MSE) {
			t.Errorf("%s: %s, %d members, R² %g, held out %+v, %q", name, r.Status, r.Members, r.Train.R2, r.Held, r.Warnings)
		}
	}
}

func TestSettingsThatMakeNoSenseAreExplained(t *testing.T) {
	for _, c := range []struct {
		say    string
		change func(*Settings)
	}{
		{`did you mean "auto"`, func(s *Settings) { s.Scale = "atuo" }},
		{`unknown initial "x"`, func(s *Settings) { s.Initial = "x" }},
		{"linear, zero", func(s *Settings) { s.Hold = "" }},
		{`"best-train"`, func(s *Settings) { s.Keep = "best-trian" }},
		{"unknown init", func(s *Settings) { s.Init = "xavier?" }},
		{"budget=-1", func(s *Settings) { s.Budget = -1 }},
		{"members=-1", func(s *Settings) { s.Members = -1 }},
		{"between 1 and 1024", func(s *Settings) { s.Members = 5000 }},
		{"needs start=", func(s *Settings) { s.Initial = "known" }},
		{"3 values, but there are 2", func(s *Settings) { s.Initial, s.Start = "known", []float64{1, 2, 3} }},
		{"finite", func(s *Settings) { s.Initial, s.Start = "known", []float64{1, math.NaN()} }},
		{"heldout is 0", func(s *Settings) { s.Keep, s.Heldout = "best-heldout", 0 }},
		{"heldout=1", func(s *Settings) { s.Heldout = 1 }},
		{"heldout", func(s *Settings) { s.Heldout = math.NaN() }},
		{"solver", func(s *Settings) { s.Solver.Solver = "dorpi5" }},
	} {
		s := DefaultSettings()
		c.change(&s)
		_, err := NewProblem(gappy(2, 0, 1), "mlp", tinyNet(0, false), s)
		if err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%v; it should say %q", err, c.say)
		}
	}
	if _, err := NewProblem(nil, "mlp", tinyNet(0, false), DefaultSettings()); err == nil {
		t.Error("no recording is accepted")
	}
	other, holey := gappy(2, 1, 2), gappy(2, 1, 2)
	other[1] = gappy(2, 0, 2)[1]
	for i := range holey[1].U {
		holey[1].U[i] = math.NaN()
	}
	for say, recs := range map[string][]data.Series{"all need the same": other, "ignore=force": holey} {
		if _, err := NewProblem(recs, "mlp", tinyNet(0, false), DefaultSettings()); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v; it should say %q", err, say)
		}
	}
	empty := single(steps(20, 1), make([]float64, 20))
	for i := range empty.X {
		empty.X[i] = math.NaN()
	}
	for _, scale := range []string{"auto", "none"} {
		s := DefaultSettings()
		s.Scale = scale
		if _, err := NewProblem([]data.Series{empty}, "mlp", tinyNet(0, false), s); err == nil || !strings.Contains(err.Error(), "ignore=x") {
			t.Errorf("scale=%s, a column without values: %v", scale, err)
		}
	}
}

func TestSettingsOfMethodsThatMakeNoSenseAreExplained(t *testing.T) {
	p := mustProblem(t, gappy(2, 0, 1), tinyNet(0, false))
	for say, m := range map[string]Method{
		"lr=0":            &Vanilla{},
		"lr=NaN":          &Vanilla{Descent: Descent{LR: math.NaN()}},
		"weight_decay=":   &Vanilla{Descent: Descent{LR: 1, WeightDecay: -1}},
		"clip=-1":         &Vanilla{Descent: Descent{LR: 1, Clip: -1}},
		"schedule=":       &Vanilla{Descent: Descent{LR: 1, Schedule: "linear"}},
		"warm=-1":         &Vanilla{Descent: Descent{LR: 1, Warm: -1}},
		"still be rising": &Vanilla{Descent: Descent{LR: 1, Warm: 2001}},
		"average=1":       &Vanilla{Descent: Descent{LR: 1, Average: 1}},
		"patience=-1":     &Vanilla{Descent: Descent{LR: 1, Patience: -1}},
		"keep=best":       &Vanilla{Descent: Descent{LR: 1, Patience: 3}},
		"last level":      &Homotopy{Descent: Descent{LR: 1, Patience: 3}, Levels: 2, Epochs: 1, Ratio: 1, Smoothing: -1},
		"own steps":       &Vanilla{Descent: Descent{Optimiser: "lbfgs", LR: 1, Average: 0.9}},
		"levels=1":        &Homotopy{Levels: 1, Epochs: 1, Ratio: 1},
		"epochs=0":        &Homotopy{Levels: 2, Ratio: 1},
		"ratio=0":         &Homotopy{Levels: 2, Epochs: 1},
		"coupling=-1":     &Homotopy{Levels: 2, Epochs: 1, Ratio: 1, Coupling: -1},
	} {
		if _, err := m.Fit(t.Context(), p, nil, nil); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v; it should say %q", err, say)
		}
	}
}

// Zero is a special value of a weight, but not of a parameter of nature or of
// a place to start from.
func TestOnlyWeightsDecay(t *testing.T) {
	arch := &field.Equations{Text: "x' = k*(c - x) + net(x)", Parameters: map[string]field.Unknown{"k": {Start: 1}, "c": {Start: 10}}}
	x := make([]float64, 20)
	for i := range x {
		x[i] = 10 + math.Exp(-0.3*float64(i))
	}
	p := mustProblem(t, []data.Series{single(steps(20, 0.3), x)}, arch)
	step, err := Descent{LR: 0.1, WeightDecay: 0.5}.transform(p, 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	z, err := p.begin(1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range z {
		z[i] = 1
	}
	u := make([]float64, len(z)) // no gradient: what moves decays
	step.Apply(u, make([]float64, step.StateSize(len(z))), z, 0)
	decays := 0
	for i, v := range u {
		named := i >= len(p.Parts.Theta0)
		for _, q := range p.Parts.Named {
			named = named || q.Theta == i
		}
		if named != (v == 0) {
			t.Errorf("unknown %d (named or a start: %v) moves by %g", i, named, v)
		}
		if v != 0 {
			decays++
		}
	}
	if decays == 0 || decays == len(z) {
		t.Errorf("%d of %d unknowns decay", decays, len(z))
	}
}
