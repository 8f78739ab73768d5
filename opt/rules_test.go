package opt_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/opt"
)

// stream returns n normal numbers that are the same at every run.
func stream(seed uint64, n int) []float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	v := make([]float64, n)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	return v
}

// apply runs a rule for some iterations on given gradients and returns z.
func apply(rule opt.Transform, z []float64, gradients [][]float64) []float64 {
	z = slices.Clone(z)
	state := make([]float64, rule.StateSize(len(z)))
	u := make([]float64, len(z))
	for k, g := range gradients {
		copy(u, g)
		rule.Apply(u, state, z, k)
		for i := range z {
			z[i] += u[i]
		}
	}
	return z
}

func gradients(steps, n int) [][]float64 {
	g := make([][]float64, steps)
	for k := range g {
		g[k] = stream(uint64(k+2), n)
	}
	return g
}

// The reference follows the formulas of the documentation of
// torch.optim.AdamW, one parameter at a time.
func TestAdamWIsPyTorchs(t *testing.T) {
	const lr, b1, b2, eps, wd = 1e-3, 0.9, 0.999, 1e-8, 0.01
	z, gs := stream(1, 5), gradients(200, 5)
	rule, err := opt.DefaultAdamW().Build(opt.Layout{})
	if err != nil {
		t.Fatal(err)
	}
	got := apply(rule, z, gs)
	for i, theta := range z {
		m, v := 0.0, 0.0
		for s := 1; s <= len(gs); s++ {
			g := gs[s-1][i]
			theta -= lr * wd * theta
			m = b1*m + (1-b1)*g
			v = b2*v + (1-b2)*g*g
			mHat := m / (1 - math.Pow(b1, float64(s)))
			vHat := v / (1 - math.Pow(b2, float64(s)))
			theta -= lr * mHat / (math.Sqrt(vHat) + eps)
		}
		if !near(got[i], theta, 1e-14) {
			t.Errorf("z[%d] = %v, want %v", i, got[i], theta)
		}
	}
}

// The reference follows the pseudocode of torch.optim.SGD.
func TestSGDIsPyTorchs(t *testing.T) {
	z, gs := stream(1, 4), gradients(50, 4)
	for _, nesterov := range []bool{false, true} {
		s := opt.DefaultSGD()
		s.Nesterov = nesterov
		rule, err := s.Build(opt.Layout{})
		if err != nil {
			t.Fatal(err)
		}
		got := apply(rule, z, gs)
		for i, theta := range z {
			b := 0.0
			for k := range gs {
				g := gs[k][i]
				if b = 0.9*b + g; k == 0 {
					b = g
				}
				if nesterov {
					g += 0.9 * b
				} else {
					g = b
				}
				theta -= 1e-3 * g
			}
			if !near(got[i], theta, 1e-14) {
				t.Errorf("nesterov %v: z[%d] = %v, want %v", nesterov, i, got[i], theta)
			}
		}
	}
}

func TestDecayMultipliesZByOneMinusRateTimesWeight(t *testing.T) {
	z := stream(3, 6)
	rule := opt.Chain(opt.Adam(0.9, 0.999, 1e-8), opt.Decay(0.1), opt.Rate(opt.ConstantRate(0.5)))
	got := apply(rule, z, [][]float64{make([]float64, 6)})
	for i, v := range z {
		if !near(got[i], v*(1-0.05), 1e-15) {
			t.Errorf("z[%d] = %v from %v", i, got[i], v)
		}
	}
	half := opt.Chain(opt.Segment(0, 3, opt.Decay(0.1)), opt.Rate(opt.ConstantRate(0.5)))
	got = apply(half, z, [][]float64{make([]float64, 6)})
	if got[0] == z[0] || !slices.Equal(got[3:], z[3:]) {
		t.Errorf("a segment reached beyond its ends: %v from %v", got, z)
	}
}

func TestClipKeepsDirectionAndShortUpdates(t *testing.T) {
	u := []float64{3, 4}
	state := make([]float64, 1)
	opt.Clip(10).Apply(u, state, nil, 0)
	if u[0] != 3 || state[0] != 5 {
		t.Errorf("a short update became %v, norm %v", u, state)
	}
	opt.Clip(1).Apply(u, state, nil, 0)
	if !near(u[0], 0.6, 1e-15) || !near(u[1], 0.8, 1e-15) {
		t.Errorf("a long update became %v", u)
	}
}

// Members of an ensemble are trained as if each were alone, also when one of
// them has a gradient that is not a number.
func TestLanesAreIndependent(t *testing.T) {
	const rows, lanes, steps = 5, 8, 40
	a := opt.DefaultAdamW()
	a.Clip = 1
	a.Rate = 0.01
	together, err := a.Build(opt.Layout{Lanes: lanes, Decay: 3})
	if err != nil {
		t.Fatal(err)
	}
	alone, _ := a.Build(opt.Layout{Decay: 3})
	z, gs := stream(1, rows*lanes), gradients(steps, rows*lanes)
	gs[7][2*lanes+4] = math.NaN()
	gs[9][1*lanes+4] = math.Inf(1)
	got := apply(together, z, gs)
	lane := func(v []float64, l int) []float64 {
		out := make([]float64, rows)
		for i := range out {
			out[i] = v[i*lanes+l]
		}
		return out
	}
	for l := range lanes {
		own := make([][]float64, steps)
		for k := range own {
			own[k] = lane(gs[k], l)
		}
		want := apply(alone, lane(z, l), own)
		for i, v := range lane(got, l) {
			if !near(v, want[i], 1e-13) {
				t.Errorf("lane %d row %d: %v, alone %v", l, i, v, want[i])
			}
		}
	}
}

func TestGuardCountsAndLeavesMomentsAlone(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(-1), 1e200} {
		rule := opt.Guard(opt.Chain(opt.Clip(1), opt.Adam(0.9, 0.999, 1e-8), opt.Decay(0.1), opt.Rate(opt.ConstantRate(1))), 1)
		z := []float64{1, 2}
		state := make([]float64, rule.StateSize(2))
		rule.Apply([]float64{1, 1}, state, z, 0)
		moments := slices.Clone(state[3:])
		u := []float64{1, bad}
		rule.Apply(u, state, z, 1)
		if u[0] != 0 || u[1] != 0 || opt.Skipped(state, 1) != 1 || state[1] != 1 {
			t.Errorf("%v: step %v, state %v", bad, u, state)
		}
		if !slices.Equal(moments, state[3:]) {
			t.Errorf("%v: moments %v became %v", bad, moments, state[3:])
		}
	}
}

func TestSchedulesAtKnownIterations(t *testing.T) {
	cosine := opt.CosineRate(2, 1, 10)
	warm := opt.Warmup(4, cosine)
	step := opt.StepRate(1, 0.5, 3)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"constant", opt.ConstantRate(3)(99), 3},
		{"cosine start", cosine(0), 2}, {"cosine middle", cosine(5), 1.5},
		{"cosine end", cosine(10), 1}, {"cosine beyond", cosine(99), 1},
		{"warmup first", warm(0), 0.5}, {"warmup last", warm(3), 2}, {"after warmup", warm(9), 1.5},
		{"step 0", step(0), 1}, {"step 2", step(2), 1}, {"step 3", step(3), 0.5}, {"step 6", step(6), 0.25},
	} {
		if !near(c.got, c.want, 1e-15) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestSettingsRoundTripAndComplainInWords(t *testing.T) {
	a := opt.DefaultAdamW()
	if err := json.Unmarshal([]byte(`{"rate": 0.02, "schedule": "cosine", "iterations": 50, "decay": 0}`), a); err != nil {
		t.Fatal(err)
	}
	if a.Rate != 0.02 || a.Beta2 != 0.999 || a.At()(50) != 0 {
		t.Errorf("settings %+v", a)
	}
	a.Schedule = "cosin"
	if _, err := a.Build(opt.Layout{}); err == nil || !strings.Contains(err.Error(), `did you mean "cosine"`) {
		t.Errorf("error %v", err)
	}
	a.Schedule, a.Beta1 = "constant", 1
	if err := a.Check(); err == nil || !strings.Contains(err.Error(), "beta1 is 1") {
		t.Errorf("error %v", err)
	}
	lm := opt.DefaultLM()
	lm.Scale = "diagnol"
	if err := lm.Check(); err == nil || !strings.Contains(err.Error(), `did you mean "diagonal"`) {
		t.Errorf("error %v", err)
	}
}

func ExampleChain() {
	rule := opt.Chain(opt.Clip(1), opt.Momentum(0.5, false), opt.Rate(opt.ConstantRate(0.5)))
	z := []float64{4}
	u, state := make([]float64, 1), make([]float64, rule.StateSize(1))
	for k := range 40 {
		u[0] = z[0] - 1 // gradient of ½(z−1)²
		rule.Apply(u, state, z, k)
		z[0] += u[0]
	}
	fmt.Printf("%.4f\n", z[0])
	// Output: 1.0000
}
