package filter

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/model/noise"
	"github.com/entrain-dev/entrain/ode"
)

// noisy is a model of x' = −x/2 with x between 5 and 15 at first, whose rows have a kind of noise.
func noisy(t testing.TB, spec noise.Spec, own []float64, limit *float64) (*model.Model, noise.Kind) {
	t.Helper()
	frame := field.Frame{States: []string{"x"}, Shift: []float64{10}, Scale: []float64{2}, Time: 1}
	e := &field.Equations{Text: "x' = -x/2"}
	p, err := e.Build(frame)
	if err != nil {
		t.Fatal(err)
	}
	c, err := spec.Parse()
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Numbers {
		c.Numbers[i].Value = own[i]
	}
	c.Limit = limit
	kind, _ := noise.Kinds.Lookup(c.Kind)
	m := &model.Model{ArchName: "equations", Arch: e, Parts: p, Theta: [][]float64{{}}, Noise: []float64{noise.Deviation(kind, 4, own)},
		NoiseModels: []*noise.Column{c}, Solver: ode.Options{Solver: "dopri5", RTol: 1e-8, ATol: 1e-8, MaxSteps: 100000}}
	return m, kind
}

// kindsOfNoise are kinds with their numbers.
var kindsOfNoise = []struct {
	spec noise.Spec
	own  []float64
}{
	{"constant", []float64{0.5}}, {"proportional", []float64{0.2}}, {"mixed", []float64{0.2, 0.15}}, {"lognormal", []float64{0.3}},
	{"student:4", []float64{4, 0.4}}, {"poisson", nil}, {"negative-binomial", []float64{0.1}},
}

// Over draws of the first state and of rows the true state lies within 1.645 deviations of what a
// filter says about as often as it should, whatever the noise. Information is taken where the state
// is thought to be, so that low states are thought to be known a little too well.
func TestStatesThroughEveryNoiseAreWithinTheirErrors(t *testing.T) {
	const draws, rows, deviations = 240, 12, 1.645
	for _, c := range kindsOfNoise {
		m, kind := noisy(t, c.spec, c.own, nil)
		within := 0
		r := rand.New(rand.NewPCG(1, 2))
		for range draws {
			z := 1.5 * r.NormFloat64()
			for z < -3 { // 4 and more
				z = 1.5 * r.NormFloat64()
			}
			now, times, values := 0.0, []float64{}, []float64{}
			for k := range rows {
				now = 0.25 * float64(k)
				times, values = append(times, now), append(values, kind.Quantile(r.Float64(), (10+2*z)*math.Exp(-now/2), c.own))
			}
			truth := (10 + 2*z) * math.Exp(-now/2)
			f, err := NewFollower(m, Following{Kind: "extended"})
			if err != nil {
				t.Fatal(err)
			}
			for k, at := range times {
				if _, err := f.Row(at, values[k:k+1], nil); err != nil {
					t.Fatal(c.spec, err)
				}
			}
			if x, sd := f.Estimate(); math.Abs(x[0]-truth) < deviations*sd[0] {
				within++
			}
		}
		part := float64(within) / draws
		t.Logf("%s: %.1f %%", c.spec, 100*part)
		if part < 0.78 || part > 0.95 {
			t.Errorf("%s: the state is within 1.645 deviations in %.1f %%, want 90", c.spec, 100*part)
		}
	}
}

// A value that the noise cannot have led to is left out and told; a censored one is not.
func TestValuesOtherThanTheNoiseHasAreLeftOut(t *testing.T) {
	limit := 1.0
	for _, c := range []struct {
		limit *float64
		left  int
	}{{nil, 1}, {&limit, 0}} {
		m, _ := noisy(t, "lognormal", []float64{0.3}, c.limit)
		f, err := NewFollower(m, Following{Kind: "extended"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Row(0, []float64{9}, nil); err != nil || len(f.Left) > 0 {
			t.Fatal(err, f.Left)
		}
		before := f.State.P[0]
		if _, err := f.Row(5, []float64{0}, nil); err != nil || len(f.Left) != c.left {
			t.Errorf("left out: %v, %v", f.Left, err)
		}
		if c.left > 0 && !strings.Contains(f.Left[0].String(), "above 0") {
			t.Error(f.Left[0])
		}
		if !(f.State.P[0] < before) || math.IsNaN(f.State.X[0]) || math.IsNaN(f.State.LogLikelihood) {
			t.Errorf("state %+v", f.State)
		}
	}
}

// Normal noise that is written as a likelihood is filtered to the bits' end as the variance says.
func TestALikelihoodThatIsNormalIsKalmans(t *testing.T) {
	law, s, sys, plain, at := spring(t)
	_ = law
	like := Noise{Q: plain.Q, R: []float64{1e9}, Like: []func(y, mu float64) (cost, slope, info float64){func(y, mu float64) (cost, slope, info float64) {
		v := plain.R[0]
		return (math.Log(2*math.Pi*v) + (y-mu)*(y-mu)/v) / 2, (mu - y) / v, 1 / v
	}}}
	a, err := New(sys, plain, at)
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(sys, like, at)
	if err != nil {
		t.Fatal(err)
	}
	for k, y := range rowsOf(&s) {
		if a.Row(s.T[k], y) != nil || b.Row(s.T[k], y) != nil {
			t.Fatal("a row cannot be followed")
		}
	}
	near(t, "likelihood", b.LogLikelihood, a.LogLikelihood, 1e-9)
	near(t, "surprise", b.Surprise, a.Surprise, 1e-9)
	for i := range a.P {
		near(t, "covariance", b.P[i], a.P[i], 1e-12)
	}
	for i := range a.X {
		near(t, "state", b.X[i], a.X[i], 1e-10)
	}
}
