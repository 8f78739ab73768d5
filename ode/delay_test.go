package ode_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// lagging is a problem of one text in some lanes that all begin at start.
type lagging struct {
	parts *field.Parts
	ivp   ode.IVP
	lanes int
}

func newLagging(t testing.TB, e *field.Equations, start, times []float64, lanes int) *lagging {
	t.Helper()
	names := make([]string, len(start))
	for i := range names {
		names[i] = string(rune('x' + i))
	}
	parts, err := e.Build(field.Unscaled(names, nil))
	if err != nil {
		t.Fatal(err)
	}
	p := &lagging{parts: parts, lanes: lanes}
	p.ivp = ode.IVP{Field: parts.NewField(lanes, false), Input: model.NewInput(parts, nil, lanes, "linear"), X0: program.NewBatch(len(start), lanes),
		Theta: field.Batch{V: append([]float64{}, parts.Theta0...), Rows: len(parts.Theta0), Lanes: 1}, T0: make([]float64, lanes)}
	for l := range lanes {
		p.ivp.X0.SetLane(l, start)
	}
	for _, at := range times {
		for range lanes {
			p.ivp.Times = append(p.ivp.Times, at)
		}
	}
	return p
}

func (p *lagging) solve(t testing.TB, o ode.Options) *ode.Trajectory {
	t.Helper()
	tr, err := ode.Solve(&p.ivp, o)
	if err != nil {
		t.Fatal(err)
	}
	if !tr.OK() {
		t.Fatal(tr.Status)
	}
	return tr
}

// bySteps is the solution of x' = −x(t − 1), x = 1 before 0, by the method of steps.
func bySteps(t float64) float64 {
	sum, term := 0.0, 0.0
	for k := 0.0; k <= math.Floor(t)+1; k++ {
		term = math.Pow(1-k+t, k) / math.Gamma(k+1)
		if int(k)%2 == 1 {
			term = -term
		}
		sum += term
	}
	return sum
}

func TestDelayHasTheClosedFormOfTheMethodOfSteps(t *testing.T) {
	times := []float64{0, 0.4, 1, 1.5, 2, 3.3, 5, 7.25}
	p := newLagging(t, &field.Equations{Text: "x' = -x(t - 1)"}, []float64{1}, times, 1)
	for _, solver := range []string{"dopri5", "tsit5", "dop853", "bosh3"} {
		tr := p.solve(t, ode.Options{Solver: solver, RTol: 1e-9, ATol: 1e-11})
		for k, at := range times {
			if e := math.Abs(tr.X[k] - bySteps(at)); e > 2e-8 {
				t.Errorf("%s: x(%g) is off by %.2g", solver, at, e)
			}
		}
	}
}

// logistic is a delayed logistic whose history does not end at its start and whose delays are two.
func logistic() *field.Equations {
	zero := 0.0
	return &field.Equations{Text: "x' = r*x*(1 - x(t - tau)/3 - 0.1*x(t - 2*tau)*y)\ny' = x(t - 0.7) - y + 0.2*sin(t)",
		Parameters: map[string]field.Unknown{"r": {Start: 1.2}, "tau": {Start: 0.9, Min: &zero}, "a": {Start: 0.8}},
		History:    map[string]string{"x": "a + 0.3*sin(2*t)"}}
}

// orderOf is the slope of the logarithm of the error over that of the step, by least squares.
func orderOf(t *testing.T, p *lagging, o ode.Options, want []float64, steps []float64) float64 {
	t.Helper()
	var sx, sy, sxx, sxy float64
	for _, h := range steps {
		o.Step = h
		e := 0.0
		for k, x := range p.solve(t, o).X {
			e += (x - want[k]) * (x - want[k])
		}
		x, y := math.Log(h), math.Log(e)/2
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	n := float64(len(steps))
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}

func TestStepsWithDelaysKeepTheirOrder(t *testing.T) {
	var times, cos []float64
	for k := 1; k <= 40; k++ {
		times, cos = append(times, 0.25*float64(k)), append(cos, math.Cos(math.Pi/8*float64(k)))
	}
	smooth := newLagging(t, &field.Equations{Text: "x' = -pi/2*x(t - 1)", History: map[string]string{"x": "cos(pi/2*t)"}}, []float64{1}, times, 1)
	hutchinson := newLagging(t, &field.Equations{Text: "x' = 1.4*x*(1 - x(t - 1))"}, []float64{0.5}, times, 1)
	one := hutchinson.solve(t, ode.Options{Solver: "dop853", RTol: 1e-13, ATol: 1e-14}).X
	for _, m := range []struct {
		solver string
		parts  []float64 // steps in a delay
	}{{"rk4", []float64{8, 12, 16, 24}}, {"bosh3", []float64{16, 24, 32, 48}}, {"dopri5", []float64{8, 12, 16, 24}}, {"tsit5", []float64{8, 12, 16, 24}}, {"dop853", []float64{2, 3, 4, 5}}} {
		s, err := ode.Method(m.solver)
		if err != nil {
			t.Fatal(err)
		}
		var steps, odd []float64
		for _, n := range m.parts {
			steps, odd = append(steps, 1/n), append(odd, 1/(n+0.37), 1/(n+0.71), 1/(n+1.23))
		}
		o, order := ode.Options{Solver: m.solver, Save: "interpolate"}, float64(s.Order)
		if got := orderOf(t, smooth, o, cos, steps); math.Abs(got-order) > 0.2 {
			t.Errorf("the order of %s is %.2f with a delay", m.solver, got)
		}
		if got := orderOf(t, smooth, o, cos, odd); math.Abs(got-order) > 0.2 {
			t.Errorf("the order of %s is %.2f with steps that are no part of the delay", m.solver, got)
		}
		if got := orderOf(t, hutchinson, o, one, steps); got < order-0.2 {
			t.Errorf("the order of %s is %.2f with kinks", m.solver, got)
		}
	}
}

func TestLanesWithDelaysDoNotKnowEachOther(t *testing.T) {
	times := []float64{1, 2.5, 6}
	p := newLagging(t, logistic(), []float64{1, 0.5}, times, 16)
	for l := range 16 {
		p.ivp.X0.Set(0, l, 0.5+0.1*float64(l))
	}
	o := ode.Options{Solver: "dopri5", RTol: 1e-7, ATol: 1e-9}
	tr := p.solve(t, o)
	for l := range 16 {
		one := newLagging(t, logistic(), []float64{0.5 + 0.1*float64(l), 0.5}, times, 8)
		alone := one.solve(t, o)
		for k := range times {
			if a, b := tr.X[2*k*16+l], alone.X[2*k*8]; a != b {
				t.Errorf("lane %d: %v in company, %v alone", l, a, b)
			}
		}
	}
}

func TestStepsLongerThanTheDelayAreShortened(t *testing.T) {
	p := newLagging(t, &field.Equations{Text: "x' = -x(t - 0.05)"}, []float64{1}, []float64{2}, 1)
	want := p.solve(t, ode.Options{Solver: "dop853", RTol: 1e-12, ATol: 1e-13}).X[0]
	for _, o := range []ode.Options{{Solver: "rk4", Step: 0.3}, {Solver: "dopri5", RTol: 1e-3, ATol: 1e-3}, {Solver: "dopri5", Step: 0.3, Save: "interpolate"}} {
		tr := p.solve(t, o)
		if tr.Stats.Accepted[0] < 40 {
			t.Errorf("%+v: %d steps of at most 0.05 from 0 to 2", o, tr.Stats.Accepted[0])
		}
		if e := math.Abs(tr.X[0] - want); e > 1e-5 {
			t.Errorf("%+v: off by %.2g", o, e)
		}
	}
}

func TestDelaysThatAreNoneFailWithASentence(t *testing.T) {
	p := newLagging(t, &field.Equations{Text: "x' = -x(t - tau)", Parameters: map[string]field.Unknown{"tau": {Start: 1}}}, []float64{1}, []float64{2}, 1)
	for _, v := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		p.ivp.Theta.V[0] = v
		tr, err := ode.Solve(&p.ivp, ode.Options{Solver: "dopri5"})
		if err != nil {
			t.Fatal(err)
		}
		if tr.Status[0] != ode.StatusDelay {
			t.Errorf("tau=%g: %v", v, tr.Status[0])
		}
	}
	p.ivp.Theta.V[0] = 1e-9 // two thousand million steps, of which none is taken
	if tr, err := ode.Solve(&p.ivp, ode.Options{Solver: "dopri5"}); err != nil || tr.Status[0] != ode.StatusShortDelay || tr.Stats.Accepted[0] > 0 {
		t.Errorf("a delay of 1e-9: %v, %v", tr.Status, err)
	}
	for _, solver := range []string{"radau5", "auto"} {
		if _, err := ode.NewSolver(p.ivp.Field, ode.Options{Solver: solver}); err == nil {
			t.Errorf("%s took a field with delays", solver)
		}
	}
	if _, err := ode.NewDiscrete(p.ivp.Field, ode.Options{Solver: "dopri5"}); err == nil {
		t.Error("the discrete adjoint took a field with delays")
	}
}

// slopesOf compares sensitivities with differences of trajectories.
func slopesOf(t *testing.T, name string, p *lagging, tol float64) {
	t.Helper()
	o := ode.Options{Solver: "dop853", RTol: 1e-11, ATol: 1e-12}
	v, err := ode.NewSensitivity(p.ivp.Field, o)
	if err != nil {
		t.Fatal(err)
	}
	n, size, times := p.ivp.X0.Rows, len(p.ivp.Theta.V), len(p.ivp.Times)
	S := make([]float64, times*n*(size+n))
	tr := ode.NewTrajectory(times, n, 1)
	if s := v.Solve(tr, S, &p.ivp); s != ode.StatusOK {
		t.Fatal(s)
	}
	for j := range size + n {
		at := &p.ivp.X0.V
		i := j - size
		if j < size {
			at, i = &p.ivp.Theta.V, j
		}
		was := (*at)[i]
		const h = 1e-4
		var x [4][]float64
		for k, d := range []float64{-2, -1, 1, 2} {
			(*at)[i] = was + d*h
			x[k] = p.solve(t, o).X
		}
		(*at)[i] = was
		for k := range x[0] {
			fd := (x[0][k] - 8*x[1][k] + 8*x[2][k] - x[3][k]) / (12 * h)
			if got := S[k*(size+n)+j]; math.Abs(got-fd) > tol*(1+math.Abs(fd)) {
				t.Errorf("%s: ∂x[%d]/∂%d at %g is %.9g, differences say %.9g", name, k%n, j, p.ivp.Times[k/n], got, fd)
			}
		}
	}
}

func TestSensitivitiesWithDelaysAreThoseOfDifferences(t *testing.T) {
	zero := 0.0
	times := []float64{0.3, 1.1, 2.05, 3.3, 6}
	slopesOf(t, "two delays, a history that jumps", newLagging(t, logistic(), []float64{1, 0.5}, times, 1), 2e-7)
	slopesOf(t, "the start before", newLagging(t, &field.Equations{Text: "x' = r*x*(1 - x(t - tau)/3)",
		Parameters: map[string]field.Unknown{"r": {Start: 1.2}, "tau": {Start: 0.9, Min: &zero}}}, []float64{0.4}, times, 1), 2e-7)
	slopesOf(t, "delays of sums and products", newLagging(t, &field.Equations{Text: "x' = -a*x(t - a - b/2) + y\ny' = -x(t - 2*b)*y(t - a - b/2)",
		Parameters: map[string]field.Unknown{"a": {Start: 0.3, Min: &zero}, "b": {Start: 0.8, Min: &zero}}, History: map[string]string{"y": "b*t"}}, []float64{1, 0.6}, times, 1), 2e-7)
	slopesOf(t, "doses", newLagging(t, &field.Equations{Text: "x' = -k*x(t - tau)",
		Parameters: map[string]field.Unknown{"k": {Start: 0.7}, "tau": {Start: 0.9, Min: &zero}, "d": {Start: 1.5}},
		Events:     []field.Event{{At: []float64{0, 1.3}, Add: map[string]string{"x": "d"}}}}, []float64{1}, times, 1), 2e-7)
	slopesOf(t, "crossings", newLagging(t, &field.Equations{Text: "x' = k - 0.2*x(t - tau)",
		Parameters: map[string]field.Unknown{"k": {Start: 0.7}, "tau": {Start: 0.9, Min: &zero}, "top": {Start: 1.1}},
		Events:     []field.Event{{When: "x > top", Set: map[string]string{"x": "0.3*x - 0.5"}}}}, []float64{0.4}, times, 1), 2e-7)
}

func TestSolversAgreeOnSeveralDelays(t *testing.T) {
	p := newLagging(t, logistic(), []float64{1, 0.5}, []float64{1, 3, 10}, 1)
	want := p.solve(t, ode.Options{Solver: "dop853", RTol: 1e-12, ATol: 1e-13}).X
	for _, solver := range []string{"dopri5", "tsit5"} {
		for k, x := range p.solve(t, ode.Options{Solver: solver, RTol: 1e-10, ATol: 1e-11}).X {
			if e := math.Abs(x - want[k]); e > 1e-8 {
				t.Errorf("%s: value %d is off by %.2g", solver, k, e)
			}
		}
	}
}

// A chain of n stages of rate n/τ lets what enters it out after τ, spread by τ/√n: its limit is
// the delay.
func TestDelayIsTheLimitOfChainsOfStages(t *testing.T) {
	times := []float64{2, 4, 6}
	want := newLagging(t, &field.Equations{Text: "x' = -x(t - 0.8)"}, []float64{1}, times, 1).solve(t, ode.Options{Solver: "dop853", RTol: 1e-10, ATol: 1e-11}).X
	off := func(n int) (e float64) {
		text, start := fmt.Sprintf("x' = -a%d\na1' = k*(x - a1)", n), map[string]float64{"a1": 1}
		for i := 2; i <= n; i++ {
			text += fmt.Sprintf("\na%d' = k*(a%d - a%d)", i, i-1, i)
			start[fmt.Sprintf("a%d", i)] = 1
		}
		parts, err := (&field.Equations{Text: text, Parameters: map[string]field.Unknown{"k": {Start: float64(n) / 0.8}}, Start: start}).Build(field.Unscaled([]string{"x"}, nil))
		if err != nil {
			t.Fatal(err)
		}
		x0 := program.NewBatch(n+1, 1)
		for i := range x0.V {
			x0.V[i] = 1
		}
		tr, err := ode.Solve(&ode.IVP{Field: parts.NewField(1, false), X0: x0, Theta: field.Batch{V: parts.Theta0, Rows: 1, Lanes: 1}, T0: []float64{0}, Times: times},
			ode.Options{Solver: "dopri5", RTol: 1e-9, ATol: 1e-10})
		if err != nil {
			t.Fatal(err)
		}
		for k := range times {
			e = math.Max(e, math.Abs(tr.X[k*(n+1)]-want[k]))
		}
		return e
	}
	if coarse, fine := off(30), off(60); !(fine < 0.02) || math.Abs(coarse/fine-2) > 0.2 {
		t.Errorf("chains of 30 and 60 stages are off by %.3g and %.3g", coarse, fine)
	}
}

func TestStepsWithDelaysDoNotAllocate(t *testing.T) {
	p := newLagging(t, logistic(), []float64{1, 0.5}, []float64{0.5, 4}, 1)
	allocated := func(step float64) float64 {
		s, err := ode.NewSolver(p.ivp.Field, ode.Options{Solver: "dopri5", Step: step})
		if err != nil {
			t.Fatal(err)
		}
		tr := ode.NewTrajectory(2, 2, 1)
		return testing.AllocsPerRun(5, func() { s.Solve(tr, &p.ivp) })
	}
	if few, many := allocated(0.1), allocated(0.001); few != many {
		t.Errorf("%g allocations with few steps, %g with many", few, many)
	}
}

// With x = 1 before 0, x' = −x(t − τ) is Σ (−1)^k (t − (k−1)τ)^k/k! over k up to t/τ + 1.
func TestDerivativeByTheDelayHasTheClosedForm(t *testing.T) {
	zero := 0.0
	times := []float64{0.5, 1, 2.7, 4.1, 6}
	p := newLagging(t, &field.Equations{Text: "x' = -x(t - tau)", Parameters: map[string]field.Unknown{"tau": {Start: 0.8, Min: &zero}}, History: map[string]string{"x": "1"}}, []float64{1}, times, 1)
	for _, solver := range []string{"dopri5", "tsit5", "dop853"} {
		v, err := ode.NewSensitivity(p.ivp.Field, ode.Options{Solver: solver, RTol: 1e-10, ATol: 1e-12})
		if err != nil {
			t.Fatal(err)
		}
		S := make([]float64, 2*len(times))
		if s := v.Solve(ode.NewTrajectory(len(times), 1, 1), S, &p.ivp); s != ode.StatusOK {
			t.Fatal(s)
		}
		for i, at := range times {
			want := 0.0
			for k := 1.0; (k-1)*0.8 <= at; k++ {
				want += math.Pow(-1, k) * (1 - k) * math.Pow(at-(k-1)*0.8, k-1) / math.Gamma(k)
			}
			if got := S[2*i] / 0.8; math.Abs(got-want) > 2e-8 { // the parameter is 0.8 exp θ
				t.Errorf("%s: ∂x(%g)/∂τ is %.10g, not %.10g", solver, at, got, want)
			}
		}
	}
}
