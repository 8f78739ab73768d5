package chaos

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

func known(t testing.TB, name string) *model.Flow {
	t.Helper()
	s, err := field.Systems.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := model.OfSystem(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func spectrum(t testing.TB, f *model.Flow, o SpectrumOptions) *Spectrum {
	t.Helper()
	s, err := LyapunovSpectrum(context.Background(), f, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Exponents computed with another program (RK4, Gram–Schmidt every five steps,
// 20 000 time units and more), with their standard errors.
var referenceSpectra = []struct {
	name   string
	lambda []float64
	se     []float64
	quick  bool
}{
	{"lorenz", []float64{0.90541, 0, -14.57208}, []float64{0.00026, 2e-5, 0.00026}, true},
	{"rossler", []float64{0.07093, 0, -5.39389}, []float64{0.00025, 0, 0.00019}, false},
	{"lorenz-96-5", []float64{0.47077, 0, -0.51736, -1.30839, -3.64501}, []float64{0.00225, 4e-5, 0.00204, 0.00305, 0.00163}, true},
	{"lorenz-96-6", []float64{0.95604, 0, -0.15045, -0.75683, -1.40917, -4.63957}, []float64{0.00294, 2e-5, 0.00206, 0.00259, 0.00234, 0.00276}, false},
	{"thomas", []float64{0.0344, 0, -0.5744}, []float64{0.0003, 2e-5, 0.00031}, false},
	{"chua", []float64{0.43123, 0, -4.22476}, []float64{0.00147, 0.0012, 0.00319}, false},
	{"hindmarsh-rose", []float64{0.0128, 0, -8.61086}, []float64{0.00015, 2e-5, 0.00153}, false},
	{"halvorsen", []float64{0.6795, 0, -4.8795}, []float64{0.00115, 5e-5, 0.00116}, false},
	{"hyper-rossler", []float64{0.11204, 0.02197, 0, -24.75144}, []float64{0.00066, 0.00047, 5e-5, 0.16379}, false},
	{"chen", []float64{2.02881, 0, -12.02882}, []float64{0.00497, 6e-5, 0.00496}, true},
	{"dadras", []float64{0.36882, 0, -10.66881}, []float64{0.00131, 4e-5, 0.00132}, false},
	{"aizawa", []float64{0.09463, 0, -0.33217}, []float64{0.00061, 2e-5, 0.00096}, false},
	{"lorenz-84", []float64{0.16587, 0, -0.38606}, []float64{0.00089, 1e-5, 0.00084}, false},
	{"rucklidge", []float64{0.19169, 0, -3.1917}, []float64{0.00031, 1e-5, 0.00031}, false},
	{"sprott-b", []float64{0.21002, 0, -1.21002}, []float64{0.00031, 1e-5, 0.0003}, false},
	{"burke-shaw", []float64{0.69697, 0, -11.69696}, []float64{0.00024, 8e-5, 0.00027}, false},
	{"rikitake", []float64{0.12693, 0, -2.12693}, []float64{0.00022, 1e-5, 0.00021}, false},
	{"shimizu-morioka", []float64{0.03551, 0, -1.3855}, []float64{4e-5, 1e-5, 4e-5}, false},
	{"hastings-powell", []float64{0.00692, 0, -0.46385}, []float64{3e-5, 0, 0.0001}, false},
	{"duffing", []float64{0.10544, 0, -0.40544}, []float64{0.00103, 0, 0.00103}, false},
	{"henon", []float64{0.41931, -1.62328}, []float64{8e-5, 8e-5}, true},
	{"logistic", []float64{math.Ln2}, []float64{0}, true},
	{"ikeda", []float64{0.50749, -0.71821}, []float64{0.00011, 0.00011}, false},
	{"folded-towel", []float64{0.43056, 0.37758, -3.30138}, []float64{0.00011, 0.00015, 0.00026}, true},
	{"henon-3d", []float64{0.22447, 0.18749, -2.71455}, []float64{5e-5, 8e-5, 8e-5}, true},
}

// deviations are distances from the reference in combined standard errors, of
// which a share of 0.002 of the largest exponent is always allowed.
func deviations(s *Spectrum, lambda, se []float64) []float64 {
	largest := 0.0
	for _, v := range lambda {
		largest = max(largest, math.Abs(v))
	}
	var out []float64
	for j, v := range lambda {
		unit := max(math.Hypot(s.Errors[j], se[j]), 0.002*largest/3)
		out = append(out, math.Abs(s.Exponents[j]-v)/unit)
	}
	return out
}

func TestSpectraAreThoseOfAnotherProgram(t *testing.T) {
	total, within := 0, 0
	for _, c := range referenceSpectra {
		if testing.Short() && !c.quick {
			continue
		}
		s := spectrum(t, known(t, c.name), SpectrumOptions{Error: 0.03})
		for j, d := range deviations(s, c.lambda, c.se) {
			total++
			if d <= 3 {
				within++
			}
			if !(d <= 5) {
				t.Errorf("%s: exponent %d is %.5g ± %.2g, not %.5g (%.1f standard errors)", c.name, j+1, s.Exponents[j], s.Errors[j], c.lambda[j], d)
			}
		}
		for _, k := range s.Checks {
			if !k.Met {
				t.Errorf("%s: %s", c.name, k.Text)
			}
		}
	}
	if float64(within) < 0.97*float64(total)-1 {
		t.Errorf("%d of %d exponents are within three standard errors", within, total)
	}
}

func TestRegularMotionIsKnownFarBetter(t *testing.T) {
	if testing.Short() {
		t.Skip("a long orbit, on one core")
	}
	s := spectrum(t, known(t, "van-der-pol"), SpectrumOptions{Span: 40000})
	if want := -1.05938; math.Abs(s.Exponents[0]) > 1e-6 || math.Abs(s.Exponents[1]-want) > 2e-5 || s.Dimension != 1 {
		t.Errorf("the limit cycle has %v, dimension %g; want 0, %g and 1", s.Exponents, s.Dimension, want)
	}
	// A focus: both exponents are the real part of the eigenvalues, −zeta·omega.
	s = spectrum(t, known(t, "damped-oscillator"), SpectrumOptions{Span: 40000, Transient: 20})
	for _, v := range s.Exponents {
		if math.Abs(v+0.1) > 1e-6 {
			t.Errorf("the fixed point has %v, want −0.1 twice", s.Exponents)
		}
	}
	if s.Dimension != 0 {
		t.Errorf("dimension %g of a fixed point", s.Dimension)
	}
}

// A model in other units has the exponents of the same system, per its own time.
func TestExponentsDoNotDependOnScaling(t *testing.T) {
	sys, err := field.Systems.Lookup("lorenz")
	if err != nil {
		t.Fatal(err)
	}
	frame := field.Frame{States: sys.States, Shift: []float64{1, -2, 20}, Scale: []float64{8, 5, 10}, Time: 0.1, T0: 3}
	p, err := sys.Architecture().Build(frame)
	if err != nil {
		t.Fatal(err)
	}
	f, err := model.NewFlow(p, p.Theta0, sys.Start, model.Precise())
	if err != nil {
		t.Fatal(err)
	}
	s := spectrum(t, f, SpectrumOptions{Span: 1500, Transient: 50})
	for j, d := range deviations(s, []float64{0.90541, 0, -14.57208}, []float64{0, 0, 0}) {
		if d > 5 {
			t.Errorf("exponent %d: %g ± %g", j+1, s.Exponents[j], s.Errors[j])
		}
	}
}

func TestFewerExponentsAreTheLargest(t *testing.T) {
	if testing.Short() {
		t.Skip("a long orbit, on one core")
	}
	o := SpectrumOptions{Span: 8000, Transient: 200, Interval: 0.25}
	all := spectrum(t, known(t, "lorenz-96-5"), o)
	o.Count = 2
	two := spectrum(t, known(t, "lorenz-96-5"), o)
	for j := range 2 {
		if d := math.Abs(two.Exponents[j] - all.Exponents[j]); d > 3*all.Errors[j]+0.02 {
			t.Errorf("exponent %d: %g of two, %g of all", j+1, two.Exponents[j], all.Exponents[j])
		}
	}
	if !math.IsNaN(two.Divergence) {
		t.Error("the divergence cannot be known from two exponents")
	}
}

func TestAnOrbitThatLeavesIsNoSpectrum(t *testing.T) {
	p, err := (&field.Equations{Text: "x' = x^2"}).Build(field.Unscaled([]string{"x"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	f, err := model.NewFlow(p, nil, []float64{1}, model.Precise())
	if err != nil {
		t.Fatal(err)
	}
	s := spectrum(t, f, SpectrumOptions{})
	if s.Status != Diverged || len(s.Exponents) > 0 || s.Reason == "" {
		t.Errorf("%+v", *s)
	}
}

func TestStoppingGivesWhatIsThere(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s, err := LyapunovSpectrum(ctx, known(t, "lorenz"), SpectrumOptions{})
	if err != nil || s.Status != Stopped || !strings.Contains(s.Reason, "stopped") {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestKaplanYorkeDimension(t *testing.T) {
	for _, c := range []struct {
		exponents []float64
		want      float64
	}{
		{[]float64{0.9054, 0, -14.5721}, 2 + 0.9054/14.5721}, {[]float64{-1, -2}, 0}, {[]float64{0, -1}, 1},
		{[]float64{1, -0.25, -0.5, -4}, 3 + 0.25/4}, {[]float64{0.5, 0.1}, 2}, {[]float64{1e-9, -1e-9, -1}, 2},
	} {
		if got := KaplanYorke(c.exponents); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v has dimension %g, not %g", c.exponents, got, c.want)
		}
	}
	if !math.IsNaN(KaplanYorke(nil)) {
		t.Error("no exponents have no dimension")
	}
}

// The same numbers for any number of threads, and every time.
func TestSpectraAreRepeatable(t *testing.T) {
	o := SpectrumOptions{Span: 100, Transient: 10}
	a, b := spectrum(t, known(t, "lorenz"), o), spectrum(t, known(t, "lorenz"), o)
	if !slices.Equal(a.Exponents, b.Exponents) || !slices.Equal(a.Errors, b.Errors) {
		t.Errorf("%v, then %v", a.Exponents, b.Exponents)
	}
}

// 10⁴ orthonormalisations of a map of three dimensions.
func BenchmarkMapQR(b *testing.B) {
	f := known(b, "henon-3d")
	for b.Loop() {
		spectrum(b, f, SpectrumOptions{Span: 10000, Interval: 1, Transient: 1})
	}
}

// The Lorenz spectrum to one percent, from its text.
func BenchmarkLorenzSpectrum(b *testing.B) {
	for b.Loop() {
		f := known(b, "lorenz")
		f.Solver.RTol, f.Solver.ATol = 1e-7, 1e-7
		s := spectrum(b, f, SpectrumOptions{Error: 0.01})
		b.ReportMetric(100*s.Errors[0]/s.Exponents[0], "%error")
		b.ReportMetric(s.Span, "span")
	}
}

// Beside the cycles of a conservative system tangents grow like time, and their
// exponents go to zero like its inverse: the error must say so.
func TestGrowthByPowersOfTimeIsNoChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("a long orbit, on one core")
	}
	for _, span := range []float64{500, 2000, 40000} {
		s := spectrum(t, known(t, "lotka-volterra"), SpectrumOptions{Span: span})
		if math.Abs(s.Exponents[0]) > 3*s.Errors[0] {
			t.Errorf("over %g: a cycle has the exponent %g ± %g", span, s.Exponents[0], s.Errors[0])
		}
	}
}

func TestWhatWouldNotEndIsRefused(t *testing.T) {
	for _, o := range []SpectrumOptions{{Transient: 1e12}, {Interval: 1e-12, Span: 1}, {Span: 1e14}, {Interval: 1e12}} {
		if s, err := LyapunovSpectrum(context.Background(), known(t, "lorenz"), o); err == nil {
			t.Errorf("%+v was begun: %+v", o, s)
		}
	}
}

// All exponents of Lorenz's ring of forty places over a time of 1000.
func BenchmarkLorenz96(b *testing.B) {
	f := known(b, "lorenz-96-40")
	f.Solver = ode.Options{Solver: "rk4", Step: 0.025}
	for b.Loop() {
		spectrum(b, f, SpectrumOptions{Span: 1000, Transient: 20})
	}
}

// Tangents in lanes of their own are the same tangents.
func TestTangentsInLanesAreThoseInRows(t *testing.T) {
	f := known(t, "lorenz-96-10")
	f.Solver = ode.Options{Solver: "rk4", Step: 0.01}
	one, err := newBundle(f, 9)
	if err != nil {
		t.Fatal(err)
	}
	two, err := newBundle(f, 9)
	if err != nil || two.wide == nil {
		t.Fatalf("%v, %v", two.wide, err)
	}
	one.wide = nil
	if one.solver, err = ode.NewSolver(one.field, f.Solver); err != nil {
		t.Fatal(err)
	}
	one.tr = ode.NewTrajectory(1, one.point.X.Rows, one.lanes)
	for range 5 {
		if !one.advance(0.1) || !two.advance(0.1) {
			t.Fatal("an orbit ended")
		}
		one.orthonormalise()
		two.orthonormalise()
	}
	for i, v := range one.point.X.V {
		if w := two.point.X.V[i]; math.Abs(v-w) > 1e-10 {
			t.Fatalf("entry %d: %g in rows, %g in lanes", i, v, w)
		}
	}
	for i, v := range one.norms {
		if w := two.norms[i]; math.Abs(v/w-1) > 1e-10 {
			t.Errorf("length %d: %g in rows, %g in lanes", i, v, w)
		}
	}
}

// The error that is told is how much results of other starts differ.
func TestErrorsAreTheScatterOfStarts(t *testing.T) {
	var first, told []float64
	for k := range 24 {
		f := known(t, "henon")
		f.Start = []float64{0.1 + 1e-3*float64(k), 0.1}
		s := spectrum(t, f, SpectrumOptions{Span: 20000})
		first, told = append(first, s.Exponents[0]), append(told, s.Errors[0])
	}
	_, se := num.MeanError(first)
	if scatter, e := se*math.Sqrt(24), median(told); scatter > 1.5*e || scatter < e/2 {
		t.Errorf("starts scatter by %.2g, the error told is %.2g", scatter, e)
	}
}
