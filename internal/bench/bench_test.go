package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/ode"
)

// TestGradientsAgreeWithOtherPrograms: the figures are those of torchdiffeq on
// the same weights and data.
func TestGradientsAgreeWithOtherPrograms(t *testing.T) {
	for _, c := range []struct {
		name              string
		evals, loss, norm float64
		tol               float64
	}{
		{"G1", 518, 4.7943e-4, 15.3750, 2e-5},
		{"G1/rk4", 240, 4.6098e-4, 15.0412, 2e-5},
		{"G1/untrained", 50, 12.02037163, 165.96405, 1e-7},
	} {
		g, err := NewGradient(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		if math.Abs(g.Loss()/c.loss-1) > c.tol || math.Abs(g.Norm()/c.norm-1) > c.tol {
			t.Errorf("%s: loss %.9g, norm %.9g; want %g, %g", c.name, g.Loss(), g.Norm(), c.loss, c.norm)
		}
		if math.Abs(g.Evaluations()-c.evals) > 6 {
			t.Errorf("%s: %g evaluations, want about %g", c.name, g.Evaluations(), c.evals)
		}
	}
}

// TestSegmentsAreOneOrbit: each segment starts where the one before is after
// its first 0.1, and a run over all of them is the mean of runs over one.
func TestSegmentsAreOneOrbit(t *testing.T) {
	g, err := NewGradient("G3/rk4")
	if err != nil {
		t.Fatal(err)
	}
	rows, n := 3, len(g.Starts)
	for l := 1; l < n; l++ {
		if at := (n + l - 1) * rows; !slices.Equal(g.Starts[l], g.Data[at:at+rows]) {
			t.Fatalf("segment %d starts at %v, the one before is at %v", l, g.Starts[l], g.Data[at:at+rows])
		}
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	one := *g
	one.Starts, one.Data = g.Starts[7:8], nil
	for k := range g.Times {
		one.Data = append(one.Data, g.Data[(k*n+7)*rows:(k*n+8)*rows]...)
	}
	one.ivp.Times = nil
	single, err := newGradient(&one, large)
	if err != nil {
		t.Fatal(err)
	}
	if err := single.Run(); err != nil {
		t.Fatal(err)
	}
	for k := range g.Times {
		for i := range rows {
			a, b := g.tr.X[(k*rows+i)*n+7], single.tr.X[k*rows+i]
			if math.Abs(a-b) > 1e-9*(1+math.Abs(b)) {
				t.Fatalf("time %d, state %d: %g together, %g alone", k, i, a, b)
			}
		}
	}
}

// TestGradientIsThatOfTheLoss compares with a difference quotient.
func TestGradientIsThatOfTheLoss(t *testing.T) {
	spiral, err := NewSpiral()
	if err != nil {
		t.Fatal(err)
	}
	spiral.Weights = slices.Clone(spiral.Start)
	step, err := spiral.Step(0)
	if err != nil {
		t.Fatal(err)
	}
	step.load(spiral.Batches[0])
	g := step.g
	// The steps must not depend on the weights.
	g.Options = ode.Options{Solver: "rk4", Step: 0.05}
	if g.adjoint, err = ode.NewDiscrete(g.ivp.Field, g.Options); err != nil {
		t.Fatal(err)
	}
	loss := func() float64 {
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		return g.Loss()
	}
	loss()
	theta := slices.Clone(g.Theta())
	for _, j := range []int{0, 77, 130, 251} {
		const h = 1e-6
		w := g.Weights[j]
		g.Weights[j] = w + h
		up := loss()
		g.Weights[j] = w - h
		down := loss()
		g.Weights[j] = w
		if d := (up - down) / (2 * h); math.Abs(d-theta[j]) > 1e-6*(1+math.Abs(d)) {
			t.Errorf("weight %d: gradient %g, difference quotient %g", j, theta[j], d)
		}
	}
}

// TestTrainingsEndAtSmallErrors: a second run is the first one again. diffrax
// ends at about the same error from the same weights with the same batches.
func TestTrainingsEndAtSmallErrors(t *testing.T) {
	if testing.Short() {
		t.Skip("1500 iterations, twice")
	}
	for name, c := range map[string]struct {
		prepare func() (*Training, error)
		most    float64
	}{"G4": {NewOscillators, 7e-3}, "G5": {NewSpiral, 1e-3}} {
		training, err := c.prepare()
		if err != nil {
			t.Fatal(err)
		}
		if err := training.Run(); err != nil {
			t.Fatal(err)
		}
		first := slices.Clone(training.Losses)
		if err := training.Run(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(training.Losses, first) {
			t.Errorf("%s: a second run goes elsewhere", name)
		}
		if last := training.Last(); last > c.most {
			t.Errorf("%s ends at %g", name, last)
		}
	}
}

// TestFirstIterationsAreAlike: an iteration that is measured again and again
// starts from the same weights each time, and so do its figures.
func TestFirstIterationsAreAlike(t *testing.T) {
	training, err := NewSpiral()
	if err != nil {
		t.Fatal(err)
	}
	training.Weights = slices.Clone(training.Start)
	s, err := training.Step(0)
	if err != nil {
		t.Fatal(err)
	}
	var losses []float64
	for range 3 {
		if err := s.First(); err != nil {
			t.Fatal(err)
		}
		losses = append(losses, s.g.Loss())
	}
	loss, _, err := s.Figures()
	if err != nil || losses[1] != losses[0] || losses[2] != losses[0] || loss != losses[0] || !slices.Equal(training.Weights, training.Start) {
		t.Errorf("losses %v, then %g (%v)", losses, loss, err)
	}
	if n := testing.AllocsPerRun(3, func() { _ = s.First() }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// TestOscillatorsKeepTheirInvariant: with x = y/(1+y), ∂H/∂y = x has
// H = y − log(1+y), which the sum over both states keeps.
func TestOscillatorsKeepTheirInvariant(t *testing.T) {
	o, err := NewOscillators()
	if err != nil {
		t.Fatal(err)
	}
	energy := func(k, l int) float64 {
		y := o.Data[(k*len(o.Starts)+l)*2:]
		return y[0] - math.Log1p(y[0]) + y[1] - math.Log1p(y[1])
	}
	for l := range o.Starts {
		if a, b := energy(0, l), energy(len(o.Times)-1, l); math.Abs(a-b) > 1e-8*(1+a) {
			t.Errorf("trajectory %d: from %g to %g", l, a, b)
		}
	}
}

func TestLearningReachesThePublishedError(t *testing.T) {
	if testing.Short() {
		t.Skip("two fits")
	}
	series, clean := recording()
	for _, c := range learning() {
		job, model, err := prepareLearn(c.Name)
		if err != nil {
			t.Fatal(err)
		}
		if err := job.Run(); err != nil {
			t.Fatal(err)
		}
		mse, err := distanceTo(clean, model(), series[0].T)
		if err != nil || mse > publishedError {
			t.Errorf("%s: mean squared error %.3g, want at most %g (%v)", c.Name, mse, publishedError, err)
		}
	}
}

// TestEveryCaseRuns runs everything that takes less than a second once.
func TestEveryCaseRuns(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range cases() {
		key := fmt.Sprint(c.Name, " with ", c.Lanes)
		if seen[key] {
			t.Errorf("%s with %d lanes twice", c.Name, c.Lanes)
		}
		seen[key] = true
		if c.Heavy || testing.Short() && !strings.HasPrefix(c.Name, "kernel") && !strings.HasPrefix(c.Name, "G7") {
			continue
		}
		job, err := c.Prepare()
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if err := job.Run(); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if f := job.Flops(); math.IsNaN(f) || f < 0 {
			t.Errorf("%s: %g operations", c.Name, f)
		}
		if job.Note != nil && job.Note() == "" {
			t.Errorf("%s: an empty note", c.Name)
		}
	}
}

func TestGradientsAllocateNothing(t *testing.T) {
	for _, name := range []string{"G1", "G1/rk4"} {
		g, err := NewGradient(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(2, func() { _ = g.Run() }); n != 0 {
			t.Errorf("%s: %g allocations", name, n)
		}
	}
}

// TestMembersHaveTheGradientsOfOneAlone: the first member has the weights of the one that is alone.
func TestMembersHaveTheGradientsOfOneAlone(t *testing.T) {
	for _, p := range memberProblems {
		alone, err := p.make("alone", fixed)
		if err != nil {
			t.Fatal(err)
		}
		all, err := p.make("together", fixed)
		if err == nil {
			all, err = all.together(membersTogether, p.net)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(alone.Run(), all.Run()); err != nil {
			t.Fatal(err)
		}
		n := float64(membersTogether) // the mean is over all
		for i, v := range alone.Theta() {
			if w := n * all.Theta()[i*membersTogether]; math.Abs(w-v) > 1e-7*alone.Norm() {
				t.Errorf("%s: by weight %d: %g, alone %g", p.net.name, i, w, v)
			}
		}
	}
}

func TestNamesSelectWhatIsBelowThem(t *testing.T) {
	for name, want := range map[string]string{"G1": "G1 G1/rk4 G1/untrained", "g2": "G2", "kernel/tanh": "kernel/tanh", "G3/rk4": "G3/rk4 G3/rk4/f32 G3/rk4/cores",
		"G6/ensemble": "G6/ensemble/hand G6/ensemble/fixed G6/ensemble/adaptive", "g6/ensemble/fixed/whole": "G6/ensemble/fixed/whole"} {
		cases, err := Select([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range cases {
			got = append(got, c.Name)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s selects %s, want %s", name, s, want)
		}
	}
	if _, err := Select([]string{"G11"}); err == nil || !strings.Contains(err.Error(), "G1") {
		t.Errorf("a wrong name gives %v", err)
	}
	for _, c := range cases() {
		all, _ := Select(nil)
		if in := slices.ContainsFunc(all, func(a Case) bool { return a.Name == c.Name }); in == c.Asked {
			t.Errorf("without names %s is among the cases: %v", c.Name, in)
		}
	}
}

// TestMeterCountsCallsAndAllocations uses work of known size.
func TestMeterCountsCallsAndAllocations(t *testing.T) {
	m := Meter{Repetition: time.Microsecond, Total: time.Millisecond, Least: 3, Peak: 2}
	var kept []*[64]byte
	r, err := m.Measure(Case{Name: "x", Lanes: 1, Prepare: func() (*Job, error) {
		return &Job{Run: func() error { kept = []*[64]byte{new([64]byte)}; return nil }, Flops: constant(10), Note: func() string { return "note" }}, nil
	}})
	if err != nil || kept == nil {
		t.Fatal(err)
	}
	if r.NS <= 0 || r.Median < r.NS || r.Note != "note" || r.Allocs < 1 || r.Allocs > 2 {
		t.Errorf("%+v", r)
	}
	if want := 100 * 10 / r.NS / 2; r.PeakPercent == nil || math.Abs(*r.PeakPercent-want) > 1e-9*want {
		t.Errorf("share of the peak %v, want %g", r.PeakPercent, want)
	}
	r, err = m.Measure(Case{Name: "x", Lanes: 1, Prepare: func() (*Job, error) {
		return &Job{Run: func() error { return nil }, Flops: constant(10), Single: true}, nil
	}})
	if want := 100 * 10 / r.NS / 4; err != nil || math.Abs(*r.PeakPercent-want) > 1e-9*want {
		t.Errorf("in float32: share of the peak %v, want %g (%v)", *r.PeakPercent, want, err)
	}
}

// TestFloat32IsTheSameProblem: the figures are those of float64 but for rounding.
func TestFloat32IsTheSameProblem(t *testing.T) {
	same := func(what string, got, want, tolerance float64) {
		if d := math.Abs(got/want - 1); d == 0 || !(d <= tolerance) {
			t.Errorf("%s: %g in float32, %g in float64", what, got, want)
		}
	}
	for _, network := range []string{small.name, large.name} {
		for _, lanes := range []int{64, 1024} {
			var norms [2][2]float64
			for k := range norms {
				e, err := NewEvaluation(network, lanes, k == 1)
				if err != nil {
					t.Fatal(err)
				}
				norms[k][0], norms[k][1] = e.Norms()
			}
			same(network+" evaluated", norms[1][0], norms[0][0], 1e-6)
			same(network+" pulled back", norms[1][1], norms[0][1], 1e-6)
		}
	}
	var loss, norm [2]float64
	for k, name := range []string{"G3/rk4", "G3/rk4/f32"} {
		g, err := NewGradient(name)
		if err == nil {
			err = g.Run()
		}
		if err != nil {
			t.Fatal(err)
		}
		loss[k], norm[k] = g.Loss(), g.Norm()
	}
	same("loss", loss[1], loss[0], 1e-4)
	same("gradient", norm[1], norm[0], 1e-4)
}

func TestUnknownPeakIsNull(t *testing.T) {
	text, err := json.Marshal(Result{Name: "x", Lanes: 1, NS: 2, PeakPercent: Meter{}.share(10, 2)})
	if want := `{"name":"x","lanes":1,"ns":2,"allocs":0,"flops":0,"peak_percent":null}`; err != nil || string(text) != want {
		t.Errorf("%s, want %s (%v)", text, want, err)
	}
}

func TestTimesAreWrittenWithThreeDigits(t *testing.T) {
	for ns, want := range map[float64]string{0.2873: "0.287 ns", 12.34: "12.3 ns", 1.5e3: "1.5 µs", 2.345e6: "2.35 ms", 3e9: "3 s"} {
		if got := Clock(ns); got != want {
			t.Errorf("%g ns is written %q, want %q", ns, got, want)
		}
	}
}

// TestWaysToAGradientAgree: with so small steps the continuous adjoint and the
// exact gradient of the steps are the same.
func TestWaysToAGradientAgree(t *testing.T) {
	for _, group := range []string{"G9/steps/1000", "G9/width/8", "G9/width/32"} {
		exact, _, err := NewGrowth(group + "/discrete")
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []string{"backsolve", "forward"} {
			g, _, err := NewGrowth(group + "/" + other)
			if err != nil {
				t.Fatal(err)
			}
			for j, v := range exact.Theta() {
				if d := math.Abs(g.Theta()[j] - v); d > 1e-7*exact.Norm() {
					t.Errorf("%s/%s: component %d is %g, want %g", group, other, j, g.Theta()[j], v)
					break
				}
			}
		}
	}
}

func TestGrowthCountsWhatIsHeld(t *testing.T) {
	short, few, err := NewGrowth("G9/steps/1000/discrete")
	if err != nil {
		t.Fatal(err)
	}
	long, many, err := NewGrowth("G9/steps/10000/discrete")
	if err != nil {
		t.Fatal(err)
	}
	// A step of the tape is two states and its size at least.
	if many-few < 9000*3*8 || few < 1000*3*8 {
		t.Errorf("%g bytes for a thousand steps, %g for ten thousand", few, many)
	}
	if got := long.Evaluations() / short.Evaluations(); math.Abs(got-10) > 0.02 {
		t.Errorf("%g times the evaluations", got)
	}
	if _, _, err := NewGrowth("G9/steps/7/discrete"); err == nil {
		t.Error("an unknown problem is prepared")
	}
}

// TestEveryProblemHasCases: the names are a promise to scripts.
func TestEveryProblemHasCases(t *testing.T) {
	known := Groups()
	for _, name := range []string{"G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9"} {
		if !slices.Contains(known, name) {
			t.Errorf("%s has no cases", name)
		}
	}
}
