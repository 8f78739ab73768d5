package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

// simulated is a recording of a known system with its usual parameters.
func simulated(t testing.TB, name string, times []float64, noise string, seed uint64) data.Series {
	t.Helper()
	s, err := field.Systems.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return recorded(t, s, times, noise, seed)
}

func recorded(t testing.TB, s *field.System, times []float64, noise string, seed uint64) data.Series {
	t.Helper()
	p, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	m := &model.Model{ArchName: "equations", Arch: s.Architecture(), Parts: p, Time: "t", Theta: [][]float64{p.Theta0},
		Solver: ode.Options{Solver: "dop853", RTol: 1e-11, ATol: 1e-11}}
	f, err := m.ForecastFrom(s.Start, times[0], times, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, err := data.ParseNoise(noise)
	if err != nil {
		t.Fatal(err)
	}
	out, err := data.AddNoise(&f.Series, n, seed)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func discovered(t testing.TB, s *SINDy, recs []data.Series, change ...func(*Settings)) *Result {
	t.Helper()
	return fitted(t, s, mustProblem(t, recs, &field.MLP{Hidden: []int{2}, Activation: "tanh"}, change...))
}

// has checks that a model is the given equations with the given coefficients,
// to a relative error of tol.
func has(t testing.TB, r *Result, text string, values []float64, tol float64) {
	t.Helper()
	if got := r.Model.Arch.(*field.Equations).Text; got != text {
		t.Errorf("found\n%s\nwant\n%s", got, text)
		return
	}
	for i, e := range r.Parameters {
		if math.Abs(e.Value/values[i]-1) > tol {
			t.Errorf("%s = %.8g, want %.8g", e.Name, e.Value, values[i])
		}
	}
}

const lotkaVolterraText = "prey' = k1*prey + k2*prey*predator\npredator' = k3*predator + k4*prey*predator"

var lotkaVolterraValues = []float64{1.3, -0.9, -1.8, 0.8}

const oscillatorText = "x' = k1*v\nv' = k2*x + k3*v"

// Clean data give the equations back, with coefficients as exact as splines
// and quadrature are.
func TestSINDyFindsEquationsOfCleanData(t *testing.T) {
	for _, c := range []struct {
		system, text string
		rows         int
		dt           float64
		values       []float64
		weak, slopes float64 // errors
	}{
		{"lotka-volterra", lotkaVolterraText, 241, 0.05, lotkaVolterraValues, 1e-5, 1e-3},
		{"lorenz", "x' = k1*x + k2*y\ny' = k3*x + k4*y + k5*x*z\nz' = k6*z + k7*x*y", 1001, 0.01, []float64{-10, 10, 28, -1, -1, -8.0 / 3, 1}, 1e-5, 2e-3},
		{"damped-oscillator", oscillatorText, 201, 0.1, []float64{1, -1, -0.2}, 1e-5, 1e-3},
		{"van-der-pol", "x' = k1*v\nv' = k2*x + k3*v + k4*x^2*v", 401, 0.05, []float64{1, -1, 1, -1}, 1e-4, 5e-3},
	} {
		rec := simulated(t, c.system, steps(c.rows, c.dt), "0", 0)
		has(t, discovered(t, &SINDy{Form: "weak"}, []data.Series{rec}), c.text, c.values, c.weak)
		has(t, discovered(t, &SINDy{Form: "slopes"}, []data.Series{rec}), c.text, c.values, c.slopes)
	}
}

// The weak form is built for noise: over twelve draws it finds the terms at
// least ten times where the differential form does at most eight, and its
// coefficients are better where both know the terms.
func TestWeakFormBearsMoreNoise(t *testing.T) {
	unhurried(t)
	right := func(form string) int {
		n := 0
		for seed := range uint64(12) {
			rec := simulated(t, "damped-oscillator", steps(1001, 0.02), "20%", seed)
			if r := discovered(t, &SINDy{Form: form}, []data.Series{rec}); r.Model.Arch.(*field.Equations).Text == oscillatorText {
				n++
			}
		}
		return n
	}
	if weak, slopes := right("weak"), right("slopes"); weak < 10 || slopes > 8 {
		t.Errorf("the weak form is right %d times of 12, the differential one %d times", weak, slopes)
	}
	spread := func(form string) float64 {
		sum, n := 0.0, 0
		for seed := range uint64(12) {
			rec := simulated(t, "lotka-volterra", steps(121, 0.1), "10%", seed)
			r := discovered(t, &SINDy{Form: form}, []data.Series{rec})
			if r.Model.Arch.(*field.Equations).Text != lotkaVolterraText {
				continue
			}
			for i, e := range r.Parameters {
				sum, n = sum+math.Pow(e.Value/lotkaVolterraValues[i]-1, 2), n+1
			}
		}
		return math.Sqrt(sum / float64(n))
	}
	if weak, slopes := spread("weak"), spread("slopes"); !(weak < 0.8*slopes) {
		t.Errorf("relative errors of coefficients: weak form %.3g, differential form %.3g", weak, slopes)
	}
}

// Rows may be irregular, values missing, and recordings several; a gap tears
// no hole into the equations.
func TestSINDyBearsGapsAndIrregularTimes(t *testing.T) {
	var recs []data.Series
	for k, start := range [][]float64{{0.44249296, 4.6280594}, {2, 1}, {1, 3}} {
		s, err := field.Systems.Lookup("lotka-volterra")
		if err != nil {
			t.Fatal(err)
		}
		s.Start = start
		var times []float64
		for i := range 400 {
			at := 0.025 * (float64(i) + 0.4*math.Sin(float64(7*i+k)))
			if i%11 == 3 || i > 150 && i < 230 { // rows that are not there
				continue
			}
			times = append(times, max(0, at))
		}
		rec := recorded(t, s, times, "1%", uint64(k))
		for i := range rec.X {
			if i%17 == 12 {
				rec.X[i] = math.NaN()
			}
		}
		recs = append(recs, rec)
	}
	has(t, discovered(t, &SINDy{Form: "weak"}, recs), lotkaVolterraText, lotkaVolterraValues, 0.01)
	if r := discovered(t, &SINDy{Form: "slopes"}, recs); r.Train.R2 < 0.99 {
		t.Errorf("R² %g by the differential form", r.Train.R2)
	}
}

// Sines, products of them and inputs are terms like others.
func TestSINDyFindsSinesAndInputs(t *testing.T) {
	swing := &field.System{Name: "pendulum", States: []string{"q", "w"}, Equations: "q' = w\nw' = -1.5*sin(q) - 0.1*w", Start: []float64{2.8, 0}}
	r := discovered(t, &SINDy{Form: "weak", Degree: 3, Harmonics: 2}, []data.Series{recorded(t, swing, steps(401, 0.05), "0", 0)})
	has(t, r, "q' = k1*w\nw' = k2*w + k3*sin(q)", []float64{1, -0.1, -1.5}, 1e-4)

	product := &field.System{Name: "product", States: []string{"q", "w"}, Equations: "q' = w*cos(q) + 0.5\nw' = -2*sin(q)*cos(w)", Start: []float64{0.3, 1}}
	r = discovered(t, &SINDy{Form: "weak", Degree: 1, Harmonics: 1, Products: true}, []data.Series{recorded(t, product, steps(401, 0.05), "0", 0)})
	has(t, r, "q' = k1 + k2*w*cos(q)\nw' = k3*sin(q)*cos(w)", []float64{0.5, 1, -2}, 1e-3)

	x, u := make([]float64, 301), make([]float64, 301) // x' = u - 2x with u = sin t
	for i := range x {
		at := 0.05 * float64(i)
		u[i] = math.Sin(at)
		x[i] = (2*math.Sin(at)-math.Cos(at))/5 + 1.2*math.Exp(-2*at)
	}
	driven := single(steps(301, 0.05), x)
	driven.Inputs, driven.U = []string{"force"}, u
	has(t, discovered(t, &SINDy{Form: "weak"}, []data.Series{driven}), "x' = k1*x + k2*force", []float64{-2, 1}, 1e-3)
}

// A swing too small to tell x from sin x: both are named, the fit goes on with
// a ridge, and what it finds moves as the data do.
func TestSINDyNamesTermsThatAreAlike(t *testing.T) {
	swing := &field.System{Name: "pendulum", States: []string{"q", "w"}, Equations: "q' = w\nw' = -1.5*sin(q)", Start: []float64{0.01, 0}}
	rec := recorded(t, swing, steps(401, 0.05), "0", 0)
	for _, threshold := range []float64{0, 0.05} {
		r := discovered(t, &SINDy{Form: "weak", Degree: 1, Harmonics: 1, Threshold: threshold}, []data.Series{rec})
		if len(r.Warnings) == 0 || !strings.Contains(r.Warnings[0], "sin(q) is like q") || !strings.Contains(r.Warnings[0], "cos(q) is like 1") || !strings.Contains(r.Warnings[0], "ridge") {
			t.Errorf("threshold %g: the warnings are %q", threshold, r.Warnings)
		}
		if r.Train.R2 < 0.999 {
			t.Errorf("threshold %g: R² %g with %s", threshold, r.Train.R2, r.Model.Text())
		}
	}
	if r := discovered(t, &SINDy{Form: "weak"}, []data.Series{simulated(t, "damped-oscillator", steps(201, 0.1), "0", 0)}); len(r.Warnings) > 0 {
		t.Errorf("warnings without need: %q", r.Warnings)
	}
}

func TestSINDyRefusesWhatItCannotDo(t *testing.T) {
	oscillator := simulated(t, "damped-oscillator", steps(201, 0.1), "5%", 1)
	renamed := oscillator
	renamed.Names = []string{"x", "speed (m/s)"}
	short := oscillator.Slice(0, 9)
	known := &field.Equations{Text: "x' = v\nv' = a*x", Parameters: map[string]field.Unknown{"a": {Start: 1}}}
	box := &field.MLP{Hidden: []int{2}, Activation: "tanh"}
	for what, c := range map[string]struct {
		arch field.Architecture
		rec  data.Series
		s    SINDy
		says string
	}{
		"hidden states":     {&field.MLP{Hidden: []int{2}, Activation: "tanh", Augment: 1}, oscillator, SINDy{Form: "weak"}, "1 of 3 are hidden"},
		"known equations":   {known, oscillator, SINDy{Form: "weak"}, "leave the model out"},
		"a name":            {box, renamed, SINDy{Form: "weak"}, "speed (m/s)"},
		"few rows":          {box, short, SINDy{Form: "weak", Window: 0.1}, "too short"},
		"a wide window":     {box, oscillator, SINDy{Form: "weak", Window: 100}, "window="},
		"an unknown form":   {box, oscillator, SINDy{Form: "strong"}, "weak or slopes"},
		"a large threshold": {box, oscillator, SINDy{Form: "weak", Threshold: 1}, "below 1"},
		"a negative ridge":  {box, oscillator, SINDy{Form: "weak", Ridge: -1}, "ridge=-1"},
		"too many terms":    {box, oscillator, SINDy{Form: "weak", Degree: 9, Harmonics: 20, Products: true}, "too large"},
	} {
		p := mustProblem(t, []data.Series{c.rec}, c.arch)
		if _, err := c.s.Fit(t.Context(), p, nil, nil); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want a word of %q", what, err, c.says)
		}
	}
	p := mustProblem(t, []data.Series{short}, box)
	if r := fitted(t, &SINDy{Form: "weak"}, p); r.Status != StatusOK || !strings.Contains(strings.Join(r.Warnings, " "), "slopes of smoothing splines") {
		t.Errorf("nine rows: %s, %q", r.Status, r.Warnings)
	}
}

// Few rows get a small library; one that was asked for is used as it is.
func TestChosenLibraryIsNotLargerThanTheData(t *testing.T) {
	for rows, terms := range map[int]int{401: 20, 33: 10, 21: 4} {
		p := mustProblem(t, []data.Series{simulated(t, "lorenz", steps(rows, 0.05), "0", 0)}, &field.MLP{Hidden: []int{2}, Activation: "tanh"})
		d, err := (&SINDy{Form: "weak"}).discover(p, never)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.lib.terms) != terms {
			t.Errorf("%d rows: %d terms for %d windows, want %d", rows, len(d.lib.terms), d.lib.rows, terms)
		}
		if d, err = (&SINDy{Form: "weak", Degree: 3}).discover(p, never); err != nil || len(d.lib.terms) != 20 {
			t.Errorf("%d rows: %v", rows, err)
		}
	}
}

// Standard errors say how far off coefficients are, and members are drawn
// within them.
func TestSINDyKnowsItsErrors(t *testing.T) {
	unhurried(t)
	square, n := 0.0, 0
	for seed := range uint64(20) {
		rec := simulated(t, "lotka-volterra", steps(121, 0.1), "5%", seed)
		r := discovered(t, &SINDy{Form: "weak"}, []data.Series{rec})
		if r.Model.Arch.(*field.Equations).Text == lotkaVolterraText {
			for i, e := range r.Parameters {
				square, n = square+math.Pow((e.Value-lotkaVolterraValues[i])/e.SD, 2), n+1
			}
		}
	}
	if rms := math.Sqrt(square / float64(n)); n < 60 || rms < 0.5 || rms > 2 {
		t.Errorf("%d coefficients, errors are %.2g standard errors", n, rms)
	}
	const members = 200
	r := discovered(t, &SINDy{Form: "weak"}, []data.Series{simulated(t, "lotka-volterra", steps(121, 0.1), "5%", 1)}, func(s *Settings) { s.Members = members })
	if r.Members < members/2 {
		t.Fatalf("%d members", r.Members)
	}
	for i, e := range r.Parameters {
		mean, square, unit := 0.0, 0.0, e.Value/r.Model.Theta[0][i]
		for _, theta := range r.Model.Theta {
			mean, square = mean+theta[i]*unit/float64(r.Members), square+math.Pow(theta[i]*unit, 2)/float64(r.Members)
		}
		if sd := math.Sqrt(square - mean*mean); math.Abs(sd/e.SD-1) > 0.3 {
			t.Errorf("members vary by %.3g, %s has the standard error %.3g", sd, e.Name, e.SD)
		}
	}
}

// A method after sindy goes on with the equations it found.
func TestMethodsGoOnFromDiscoveredEquations(t *testing.T) {
	p := mustProblem(t, recording(t, "lotka-volterra.csv"), &field.MLP{Hidden: []int{2}, Activation: "tanh"})
	alone := fitted(t, defaults(t, "sindy"), p)
	both, err := NewChain("sindy", "lm")
	if err != nil {
		t.Fatal(err)
	}
	r := fitted(t, both, p)
	if e, ok := r.Model.Arch.(*field.Equations); !ok || !slices.Equal(strings.Split(e.Text, "\n"), strings.Split(alone.Model.Arch.(*field.Equations).Text, "\n")) {
		t.Errorf("the model is\n%s", r.Model.Text())
	}
	if r.Held.MSE > 0.05 || !(r.Held.MSE < alone.Held.MSE) {
		t.Errorf("held out %.3g, sindy alone %.3g", r.Held.MSE, alone.Held.MSE)
	}
}

func never() bool { return false }

// TestWindowsThatNobodyCanCountAreRefused, or slopes are used if nobody asked for such windows.
func TestWindowsThatNobodyCanCountAreRefused(t *testing.T) {
	s := data.Series{Time: "t", Names: []string{"x"}, Units: []string{""}}
	for i := range 30 {
		s.T, s.X = append(s.T, math.Pow(10, float64(i))), append(s.X, math.Sin(float64(i)))
	}
	p := mustProblem(t, []data.Series{s}, tinyNet(0, false))
	if _, err := (&SINDy{Form: "weak", Window: 1e-9}).Fit(context.Background(), p, nil, nil); !errors.Is(err, errTooMany) {
		t.Errorf("windows of 1e-9: %v", err)
	}
	d, err := (&SINDy{Form: "weak"}).discover(p, never)
	if err != nil || len(d.warnings) == 0 {
		t.Errorf("%v, no warning", err)
	}
}

// TestSINDyStoppedBeforeItHasRowsHasNoModel and says so.
func TestSINDyStoppedBeforeItHasRowsHasNoModel(t *testing.T) {
	s := data.Series{Time: "t", Names: []string{"x"}, Units: []string{""}}
	for i := range 3000 {
		s.T, s.X = append(s.T, float64(i)), append(s.X, math.Sin(float64(i)))
	}
	p := mustProblem(t, []data.Series{s}, tinyNet(0, false))
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(ErrLimit)
	r, err := (&SINDy{Form: "weak"}).Fit(ctx, p, nil, nil)
	if err != nil || r.Status != StatusStopped || r.Model != nil || r.Tried[0].Why != ErrLimit.Error() {
		t.Errorf("%+v %v", r, err)
	}
}
