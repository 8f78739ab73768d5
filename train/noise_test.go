package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/model/noise"
)

// decayNoises are kinds of noise with their numbers, and where the decay begins that has them.
var decayNoises = []struct {
	spec    noise.Spec
	own     []float64
	start   float64
	learned int // own numbers that are learnt
}{
	{"constant:0.3", []float64{0.3}, 10, 0},
	{"proportional", []float64{0.1}, 10, 1},
	{"mixed", []float64{0.4, 0.15}, 10, 2},
	{"lognormal", []float64{0.3}, 10, 1},
	{"student:4", []float64{4, 0.3}, 10, 1},
	{"poisson", nil, 60, 0},
	{"negative-binomial", []float64{0.1}, 60, 1},
}

const decayRate = 0.7

// decayed is start·exp(−0.7·t) with noise.
func decayed(spec noise.Spec, own []float64, start float64, rows int, seed uint64) data.Series {
	c, err := spec.Parse()
	if err != nil {
		panic(err)
	}
	kind, _ := noise.Kinds.Lookup(c.Kind)
	s := data.Series{Names: []string{"x"}, Units: []string{""}, Time: "t", T: steps(rows, 4/float64(rows))}
	r := num.Stream(seed, "decayed")
	for _, t := range s.T {
		s.X = append(s.X, kind.Quantile(r.Float64(), start*math.Exp(-decayRate*t), own))
	}
	return s
}

// decayProblem is to find the rate and the start.
func decayProblem(t *testing.T, s data.Series, change func(set *Settings)) *Problem {
	e := &field.Equations{Text: "x' = -k*x", Parameters: map[string]field.Unknown{"k": {Start: 1, Min: new(float64)}}}
	p := mustProblem(t, []data.Series{s}, e, func(set *Settings) {
		set.Members, set.Heldout = 1, 0
		change(set)
	})
	p.ArchName = "equations"
	return p
}

func withNoise(spec noise.Spec) func(set *Settings) {
	return func(set *Settings) { set.Noise = map[string]noise.Spec{"x": spec} }
}

// Numbers are found within their errors whatever the noise, and no likelihood is better than that
// at the end.
func TestNumbersAreFoundThroughEveryNoise(t *testing.T) {
	for _, c := range decayNoises {
		for seed := range uint64(2) {
			p := decayProblem(t, decayed(c.spec, c.own, c.start, 60, seed), withNoise(c.spec))
			r, err := Auto{}.Fit(context.Background(), p, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Convergence == nil || !r.Convergence.Converged {
				t.Errorf("%s: %+v", c.spec, r.Convergence)
			}
			t.Logf("%s: k %.4g ± %.2g, x0 %.4g ± %.2g, noise %v", c.spec, r.Parameters[0].Value, r.Parameters[0].SD, r.Starts[0].Value, r.Starts[0].SD, r.Model.NoiseModels[0])
			within := func(e model.Estimate, want float64) {
				if open := math.IsNaN(e.SD) && e.Lo <= want && want <= e.Hi; !open && !(math.Abs(e.Value-want) < 3.5*e.SD && e.SD < want) {
					t.Errorf("%s: %s is %g ± %g, want %g", c.spec, e.Name, e.Value, e.SD, want)
				}
			}
			within(r.Parameters[0], decayRate)
			within(r.Starts[0], c.start)
			if len(r.NoiseNumbers) != c.learned {
				t.Errorf("%s learns %d numbers, want %d", c.spec, len(r.NoiseNumbers), c.learned)
			}
			for i, e := range r.NoiseNumbers {
				within(e, c.own[len(c.own)-c.learned+i])
			}
		}
	}
}

// Derivatives of the likelihood along trajectories are those of differences, own numbers and starts
// included, restricted or not, with several columns and values missing.
func TestLikelihoodsAlongTrajectoriesHaveTheirSlopes(t *testing.T) {
	s := decayed("proportional", []float64{0.1}, 10, 12, 1)
	other := decayed("poisson", nil, 60, 12, 2)
	x := s.X
	s.Names, s.Units, s.X = []string{"x", "n"}, []string{"", ""}, nil
	for i := range x {
		s.X = append(s.X, x[i], other.X[i])
	}
	s.X[4] = math.NaN()
	e := &field.Equations{Text: "x' = -k*x\nn' = -k*n", Parameters: map[string]field.Unknown{"k": {Start: 1, Min: new(float64)}}}
	p := mustProblem(t, []data.Series{s}, e, func(set *Settings) {
		set.Heldout, set.Noise = 0, map[string]noise.Spec{"x": "mixed", "n": "negative-binomial"}
		set.Censored = map[string]Quantified{"x": {1}}
	})
	checkLikelihood(t, p, []float64{math.Log(0.8), 1.5, 1.7, math.Log(0.3), math.Log(0.15), math.Log(0.2)})
	shown := &field.Equations{Text: "a' = -k*a", Observe: map[string]string{"x": "2*a"}, Start: map[string]float64{"a": 5},
		Parameters: map[string]field.Unknown{"k": {Start: 1, Min: new(float64)}}}
	p = mustProblem(t, []data.Series{decayed("proportional", []float64{0.1}, 10, 12, 1)}, shown, func(set *Settings) {
		set.Heldout, set.Noise = 0, map[string]noise.Spec{"x": "mixed"}
	})
	checkLikelihood(t, p, []float64{math.Log(0.8), 0.3, 0.9, math.Log(0.3), math.Log(0.15)}) // the start of x follows
}

// checkLikelihood compares the slopes of a likelihood, restricted or not, with differences.
func checkLikelihood(t *testing.T, p *Problem, z []float64) {
	t.Helper()
	r, err := p.wholeResidual(false)
	if err != nil {
		t.Fatal(err)
	}
	l := newLikelihood(p, r)
	m, n := l.Size()
	if n != len(z) {
		t.Fatalf("%d unknowns", n)
	}
	for _, restricted := range []bool{false, true} {
		if restricted {
			l.restrict(z)
		}
		res, jac := make([]float64, m), make([]float64, m*n)
		if fail := l.Residuals(res, jac, z, 0); fail != "" {
			t.Fatal(fail)
		}
		for j := range n {
			slope := 0.0
			for i := range m {
				slope += jac[i*n+j] * res[i]
			}
			cost := func(h float64) float64 {
				moved := append([]float64{}, z...)
				moved[j] += h
				if fail := l.Residuals(make([]float64, m), nil, moved, 0); fail != "" {
					t.Fatal(fail)
				}
				return l.Cost()
			}
			const h = 1e-3
			want := (8*(cost(h)-cost(-h)) - (cost(2*h) - cost(-2*h))) / (12 * h)
			if !(math.Abs(slope-want) <= 1e-5*(1+math.Abs(want))) {
				t.Errorf("restricted %v, unknown %d: slope %g, by differences %g", restricted, j, slope, want)
			}
		}
	}
}

// With the logarithm of the prediction a straight line, Poisson noise is a generalised linear
// model: the fit is where its two score equations, solved by Newton's method, are zero.
func TestPoissonIsTheGeneralisedLinearModel(t *testing.T) {
	s := decayed("poisson", nil, 60, 40, 5)
	a, b := 3.0, 0.0 // log μ = a + b·t
	var saa, sab, sbb float64
	for range 50 {
		ga, gb := 0.0, 0.0
		saa, sab, sbb = 0, 0, 0
		for i, at := range s.T {
			mu := math.Exp(a + b*at)
			ga, gb = ga+s.X[i]-mu, gb+(s.X[i]-mu)*at
			saa, sab, sbb = saa+mu, sab+mu*at, sbb+mu*at*at
		}
		d := saa*sbb - sab*sab
		a, b = a+(sbb*ga-sab*gb)/d, b+(saa*gb-sab*ga)/d
	}
	for _, m := range []Method{Auto{}, &LM{}} {
		r, err := m.Fit(context.Background(), decayProblem(t, s, withNoise("poisson")), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		sd := math.Sqrt(saa / (saa*sbb - sab*sab))
		if k := r.Parameters[0]; math.Abs(k.Value+b) > 2e-3*sd || math.Abs(k.SD/sd-1) > 1e-3 {
			t.Errorf("%T: k = %.8g ± %.6g, by the linear model %.8g ± %.6g", m, k.Value, k.SD, -b, sd)
		}
		if x := r.Starts[0]; math.Abs(math.Log(x.Value)-a) > 1e-4 {
			t.Errorf("%T: the start is %g, by the linear model %g", m, x.Value, math.Exp(a))
		}
	}
}

// Constant noise that is learnt is least squares, so its numbers are those of a fit without a word
// of noise.
func TestRestrictedLikelihoodOfConstantNoiseIsLeastSquares(t *testing.T) {
	s := decayed("constant:0.3", []float64{0.3}, 10, 30, 1)
	plain, err := Auto{}.Fit(context.Background(), decayProblem(t, s, func(*Settings) {}), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Auto{}.Fit(context.Background(), decayProblem(t, s, func(set *Settings) {
		set.Censored = map[string]Quantified{"x": {-1e6}} // of no consequence, but it is no least squares
	}), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, b := plain.Parameters[0], r.Parameters[0]
	if math.Abs(a.Value-b.Value) > 1e-3*a.SD || math.Abs(a.SD/b.SD-1) > 0.01 || math.Abs(r.NoiseNumbers[0].Value/plain.Noise[0]-1) > 0.01 {
		t.Errorf("k = %g ± %g, noise %g; by least squares %g ± %g, %g", b.Value, b.SD, r.NoiseNumbers[0].Value, a.Value, a.SD, plain.Noise[0])
	}
}

// Methods that say that they know noise do; all others refuse it in a sentence.
func TestMethodsKnowNoiseOrRefuseIt(t *testing.T) {
	s := decayed("proportional", []float64{0.1}, 10, 20, 1)
	for _, name := range Methods.Names() {
		m, _ := Methods.Lookup(name)
		if name == "auto" { // which knows it for equations without networks
			continue
		}
		p := decayProblem(t, s, func(set *Settings) {
			withNoise("proportional")(set)
			set.Budget = 2
		})
		r, err := m.Fit(context.Background(), p, nil, nil)
		switch knows := TraitsOf(m).Noise; {
		case knows && (err != nil || len(r.Model.NoiseModels) != 1 || !(r.Model.NoiseModels[0].Numbers[0].Value > 0)):
			t.Errorf("%s: %v", name, err)
		case !knows && (err == nil || !strings.Contains(err.Error(), "noise: {x: proportional}: method="+name)):
			t.Errorf("%s does not refuse noise: %v", name, err)
		}
	}
	mlp, _ := field.Architectures.Lookup("mlp")
	p := mustProblem(t, []data.Series{s}, mlp, withNoise("proportional"))
	if _, err := (Auto{}).Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), "auto with networks") {
		t.Errorf("auto with networks: %v", err)
	}
}

// The gradient of the likelihood with the most likely numbers of the noise is that of differences,
// and descent leads to where scoring does.
func TestGradientsOfTheConcentratedLikelihood(t *testing.T) {
	for _, c := range decayNoises {
		s := decayed(c.spec, c.own, c.start, 30, 3)
		p := decayProblem(t, s, withNoise(c.spec))
		o, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(2, false), 2, false))
		if err != nil {
			t.Fatal(err)
		}
		z, grad := []float64{-0.3, -0.2, 1.6, 1.9}, make([]float64, 4) // θ and starts of two members
		o.Eval(grad, z, 0)
		for j := range z {
			value := func(h float64) float64 {
				moved := append([]float64{}, z...)
				moved[j] += h
				return o.Eval(nil, moved, 0).Value
			}
			const h = 1e-3
			want := (8*(value(h)-value(-h)) - (value(2*h) - value(-2*h))) / (12 * h)
			if math.Abs(grad[j]-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("%s: gradient %d is %g, by differences %g", c.spec, j, grad[j], want)
			}
		}
	}
	s := decayed("proportional", []float64{0.1}, 10, 30, 3)
	want, err := Auto{}.Fit(context.Background(), decayProblem(t, s, withNoise("proportional")), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"vanilla", "progressive", "lm"} {
		m, _ := Methods.Lookup(name)
		p := decayProblem(t, s, func(set *Settings) {
			withNoise("proportional")(set)
			set.Budget = 600
		})
		r, err := m.Fit(context.Background(), p, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, b := r.Parameters[0], want.Parameters[0]
		if math.Abs(a.Value-b.Value) > 0.3*b.SD || math.Abs(r.NoiseNumbers[0].Value/want.NoiseNumbers[0].Value-1) > 0.05 {
			t.Errorf("%s: k = %g ± %g with %v, by auto %g ± %g with %v", name, a.Value, a.SD, r.Model.NoiseModels[0], b.Value, b.SD, want.Model.NoiseModels[0])
		}
	}
}

func TestNoiseThatIsNone(t *testing.T) {
	s := decayed("proportional", []float64{0.1}, 10, 20, 1)
	s.X[3] = -0.5
	for _, c := range []struct {
		change func(set *Settings)
		say    string
	}{
		{withNoise("poisson"), "poisson noise cannot have led to the value"},
		{withNoise("lognormal"), "cannot have led to the value -0.5 at time"},
		{withNoise("proportionl"), "did you mean"},
		{func(set *Settings) { set.Noise = map[string]noise.Spec{"y": "poisson"} }, `there is no measured column "y"`},
		{func(set *Settings) { withNoise("proportional")(set); set.Loss = "huber" }, "leave one of the two out"},
		{func(set *Settings) { withNoise("proportional")(set); set.Weights = "equal" }, "leave one of the two out"},
		{func(set *Settings) {
			withNoise("poisson")(set)
			set.Censored = map[string]Quantified{"x": {0.1}}
		}, "are not censored"},
		{func(set *Settings) { set.Censored = map[string]Quantified{"x": {1e9}} }, "none of its 20 values is above that"},
		{withNoise("constant:1e300"), "beside which values say nothing; it is at most 1"},
		{withNoise("student:4,1e9"), "scale is 1e+09"},
		{withNoise("proportional:1e300"), "part is 1e+300"},
		{withNoise("constant:1e-300"), "it is at least"},
	} {
		set := DefaultSettings()
		c.change(&set)
		_, err := NewProblem([]data.Series{s}, "equations", &field.Equations{Text: "x' = -k*x", Parameters: map[string]field.Unknown{"k": {Start: 1}}}, set)
		if err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%v, it should say %q", err, c.say)
		}
	}
}

// Beside noise that says nothing of the rows, a number that has stayed where it began is not said to
// be pulled to a bound.
func TestWhatStaysAwayFromBoundsIsNotPulledThere(t *testing.T) {
	for _, most := range []*float64{nil, new(1e3)} {
		s := decayed("constant", []float64{0.1}, 10, 30, 1)
		e := &field.Equations{Text: "x' = -k*x", Parameters: map[string]field.Unknown{"k": {Start: 1, Min: new(float64), Max: most}}}
		p := mustProblem(t, []data.Series{s}, e, withNoise("constant:1e6"))
		r, err := Auto{}.Fit(context.Background(), p, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if k := r.Parameters[0]; k.Value > 0.01 && (strings.Contains(k.Note, "bound") || !strings.HasPrefix(k.Note, "not determined")) {
			t.Errorf("k = %g: %s", k.Value, k.Note)
		}
	}
}
