package ode

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// iterate gives corrections to a Newton iteration and returns at which of them
// it ended, or −1.
func iterate(q *newton, judge func(k int, d float64), corrections ...float64) int {
	for k, d := range corrections {
		if judge(k, d); !q.active {
			return k
		}
	}
	return -1
}

// shrinking are corrections each of which is rate times the one before.
func shrinking(d, rate float64, n int) []float64 {
	all := make([]float64, n)
	for k := range all {
		all[k], d = d, d*rate
	}
	return all
}

// The iteration ends when θ/(1−θ) times the last correction is small enough, and
// gives up when it will not be in seven.
func TestNewtonEndsAsHairerAndWannerSay(t *testing.T) {
	mean := math.Sqrt(0.2 * 0.95)
	for _, c := range []struct {
		name        string
		corrections []float64
		enough      float64
		end         int
		shorter     float64
	}{
		{"fast", shrinking(1, 0.1, 7), 1e-3, 3, 1},
		{"enough at once", []float64{1e-4}, 1e-3, 0, 1},
		{"just enough", shrinking(1, 0.5, 7), 0.25, 2, 1},
		{"enough at the fifth, but not by more", []float64{1, 1. / 4, 1. / 16, 1. / 64, 1. / 128, 1. / 256}, 1. / 256, 5, 1}, // θ = ½
		{"the mean of two rates", []float64{1, 0.2, 0.002}, 9.4e-5, 2, 1},
		{"the mean of two rates is not enough", []float64{1, 0.2, 0.002}, 9.3e-5, -1, 1},
		{"nothing to correct", []float64{1, 0}, 1e-3, 1, 1},
		{"no number", []float64{math.Inf(1)}, 1e-3, 0, 0.5},
		{"away", []float64{1, 0.995}, 1e-3, 1, 0.5},
		{"hopeless", []float64{1, 0.9}, 1e-3, 1, 0.8 * math.Pow(20, -1.0/8)},
		{"slow, but in time", []float64{1, 0.5}, 0.05, -1, 1},                                    // 0.5·0.5⁴ is below it
		{"just too slow", []float64{1, 0.5}, 0.5 * 0.0625 / 1.5, 1, 0.8 * math.Pow(1.5, -1.0/8)}, // 1.5 times what is enough would be left
		{"too slow later", []float64{1, 0.2, 0.19}, 1e-3, 2, 0.8 * math.Pow(mean/(1-mean)*0.19*mean*mean*mean/1e-3, -1.0/7)},
	} {
		q := newton{}
		q.begin(true)
		end := iterate(&q, func(k int, d float64) { q.judge(k, d, c.enough) }, c.corrections...)
		if end != c.end || math.Abs(q.shorter-c.shorter) > 1e-12 || q.failed() != (c.shorter != 1) {
			t.Errorf("%s: ended at %d with a step %g as long, want %d and %g", c.name, end, q.shorter, c.end, c.shorter)
		}
	}
	q := newton{}
	q.begin(true)
	if end := iterate(&q, func(k int, d float64) { q.judge(k, d, 1e-3) }, 1, 0.6); end != 1 || math.Abs(q.shorter-0.8*math.Pow(20, -1.0/8)) > 1e-12 {
		t.Errorf("at the rate 0.6 it ended at %d with a step %g as long", end, q.shorter)
	}
	q.begin(true)
	if end := iterate(&q, func(k int, d float64) { q.judge(k, d, 0.05) }, 1, 0.6); end != 1 || math.Abs(q.shorter-0.8*math.Pow(0.9*math.Pow(0.6, 4)/0.05, -1.0/8)) > 1e-12 {
		t.Errorf("just too slow, the step is to be %g as long", q.shorter)
	}
	if want := math.Pow(0.9/q.shorter, 5); q.asError(5) != want {
		t.Errorf("as an error of order 5 that is %g, want %g", q.asError(5), want)
	}
}

// What is taken over from the last iteration is its rate: a fast one may end at
// the first correction.
func TestNewtonRemembersHowFastItWas(t *testing.T) {
	q := newton{}
	q.begin(true)
	iterate(&q, func(k int, d float64) { q.judge(k, d, 1e-3) }, shrinking(1, 0.01, 7)...)
	rate := 0.01 / 0.99
	if q.begin(false); math.Abs(q.excess-math.Pow(rate, 0.8)) > 1e-12 || !q.active || q.failed() {
		t.Errorf("it begins with %+v", q)
	}
	if end := iterate(&q, func(k int, d float64) { q.judge(k, d, 1e-3) }, 0.03); end != 0 {
		t.Errorf("ended at %d", end)
	}
	if q.begin(true); q.excess != 1 {
		t.Errorf("where nothing may be taken over it begins with %g", q.excess)
	}
	// What ends at once needs no new Jacobian, however slow the iteration was before.
	q.rate, q.excess = 0.5, 1
	if iterate(&q, func(k int, d float64) { q.judge(k, d, 1e-3) }, 1e-6); q.rate > slowRate {
		t.Errorf("after one correction the rate is %g", q.rate)
	}
}

// To rounding: least is 2⁻⁵⁴ of the states.
func TestNewtonToRounding(t *testing.T) {
	const rtol = 1e-6
	least := 0x1p-54 / rtol
	for _, c := range []struct {
		name        string
		corrections []float64
		end         int
		shorter     float64
	}{
		{"at rounding", []float64{least}, 0, 1},
		{"above it", []float64{1.01 * least}, -1, 1},
		{"what is left is below a tenth", []float64{least * 30, least * 1.5}, 1, 1},
		{"what is left is not", []float64{least * 20, least * 1.9}, -1, 1},
		{"the first correction tells no rate", []float64{0.01}, -1, 1},
		{"only rounding is left", []float64{1e-4, 1e-4}, 1, 1},
		{"away once", []float64{1e-2, 2e-2, 1e-4}, -1, 1},
		{"away twice", []float64{1e-2, 2e-2, 3e-2}, 2, 0.5},
		{"no number", []float64{1, math.NaN()}, 1, 0.25},
		{"slow", shrinking(1, 0.9, 40), 9, 0.5},
		{"slow, but below what is enough", shrinking(1e-5, 0.9, 10), -1, 1},
		{"for ever", shrinking(1e-5, 0.99, 50), 39, 0.5},
	} {
		q := newton{}
		q.begin(true)
		end := iterate(&q, func(k int, d float64) { q.judgeExactly(k, d, 1e-3, rtol) }, c.corrections...)
		if end != c.end || q.shorter != c.shorter {
			t.Errorf("%s: ended at %d with a step %g as long, want %d and %g", c.name, end, q.shorter, c.end, c.shorter)
		}
	}
	for _, c := range [][2]float64{{0, 0.01}, {1e-2, 0.03}, {1e-4, 0.01}, {1e-14, 10 * 0x1p-52 / 1e-14}} {
		if got := enoughFor(c[0]); !(math.Abs(got-c[1]) <= 1e-12) {
			t.Errorf("for a tolerance of %g %g is enough, want %g", c[0], got, c[1])
		}
	}
}

// TestFailuresAskForTheStepThatIsWanted: by the order that a scheme says its estimate has, what stands for the error of a
// step that could not be solved makes the next one half as long.
func TestFailuresAskForTheStepThatIsWanted(t *testing.T) {
	shape := field.Shape{State: 1, Lanes: 1}
	s := newStep(shape)
	s.H[0], s.Status[0] = 0.1, StatusUnsolved
	failed := newton{}
	failed.begin(true)
	failed.fail(0.5)
	for _, name := range []string{"radau5", "rodas4"} {
		m, err := Method(name)
		if err != nil {
			t.Fatal(err)
		}
		norm, stepper := []float64{0}, m.New(shape, false)
		switch r := stepper.(type) {
		case *radau:
			r.lane[0].newton = failed
		case *linear:
			for i := range r.u {
				r.u[i].V = []float64{0}
			}
		}
		stepper.Error(norm, &s, 1e-6, 1e-6)
		if got := 0.9 * math.Pow(norm[0], -1/float64(m.Estimate)); !(math.Abs(got-0.5) <= 1e-12) {
			t.Errorf("%s: the next step is %g times as long", name, got)
		}
	}
}

// TestEstimateOfAStiffStepIsSmall: at the limit of an eigenvalue −∞ a step of Radau ends where the solution does, and its
// estimate, made twice in a first step, says so.
func TestEstimateOfAStiffStepIsSmall(t *testing.T) {
	parts, err := (&field.Equations{Text: "x' = -1e9*x"}).Build(field.Unscaled([]string{"x"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	p := &IVP{Field: field.New(parts.Field, 1, false), X0: newBatch(1, 1), Theta: newBatch(len(parts.Theta0), 1), T0: []float64{0}, Times: []float64{1}}
	copy(p.Theta.V, parts.Theta0)
	p.X0.V[0] = 1
	tr, err := Solve(p, Options{Solver: "radau5", RTol: 1e-6, ATol: 1e-6, FirstStep: 1})
	if err != nil || !tr.OK() || tr.Stats.Accepted[0] != 1 || tr.Stats.Rejected[0] != 0 || !(math.Abs(tr.X[0]) <= 1e-6) {
		t.Errorf("after %d steps and %d repeated ones at %v; %v %v", tr.Stats.Accepted[0], tr.Stats.Rejected[0], tr.X, tr.Status, err)
	}
}

// The tolerances of Radau are those of its authors' program, as the error is of a lower order:
// rtol' = rtol^(2/3)/10, and atol' in the same proportion.
func TestTolerancesOfRadauAreThoseOfTheSource(t *testing.T) {
	for _, c := range [][4]float64{{1e-3, 1e-6, 1e-3, 1e-6}, {1e-6, 1e-6, 1e-5, 1e-5}, {1e-6, 0, 1e-5, 0}, {0, 1e-6, 0, 1e-5}} {
		rtol, atol := radauTolerances(c[0], c[1])
		if math.Abs(rtol-c[2]) > 1e-12*c[2] || math.Abs(atol-c[3]) > 1e-12*c[3] {
			t.Errorf("of %g and %g it makes %g and %g, want %g and %g", c[0], c[1], rtol, atol, c[2], c[3])
		}
	}
}

// The first step is that of Hairer, Nørsett and Wanner, computed by hand.
func TestFirstStepIsThatOfTheSource(t *testing.T) {
	const rtol, atol = 1e-3, 1e-6
	for _, c := range []struct {
		equation string
		x, want  float64
	}{
		{"x' = -2*x", 1, math.Pow(0.01*(rtol+atol)/4, 0.2)},
		{"x' = 3", 1, math.Pow(0.01*(rtol+atol)/3, 0.2)},
		{"x' = -0.001*x", 1, math.Pow(0.01*(rtol+atol)/0.001, 0.2)},
		{"x' = 0*x", 1, 1e-6},
		{"x' = 1", 0, 1e-4},
		{"x' = 1e7*x", 1e-3, min(0.01/1e7*100, math.Pow(0.01*(rtol*1e-3+atol)/(1e4*1e7), 0.2))},
	} {
		parts, err := (&field.Equations{Text: c.equation}).Build(field.Unscaled([]string{"x"}, nil))
		if err != nil {
			t.Fatal(err)
		}
		p := &IVP{Field: field.New(parts.Field, 1, false), X0: newBatch(1, 1), Theta: newBatch(len(parts.Theta0), 1), T0: []float64{0}, Times: []float64{1}}
		copy(p.Theta.V, parts.Theta0)
		p.X0.V[0] = c.x
		m, err := NewMesh(p.Field, Options{Solver: "dopri5", RTol: rtol, ATol: atol, MaxSteps: 1})
		if err != nil {
			t.Fatal(err)
		}
		m.Solve(NewTrajectory(1, 1, 1), p)
		if len(m.ends[0]) == 0 || math.Abs(m.ends[0][0]-c.want) > 1e-9*c.want {
			t.Errorf("%s from %g: steps end at %v, want %g", c.equation, c.x, m.ends[0], c.want)
		}
	}
}
