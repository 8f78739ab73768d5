package opttest

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/opt"
)

// Run tests the contract of an optimiser. make returns fresh settings, as the
// registry does.
//
//   - it minimises a quadratic and Rosenbrock's function;
//   - going on at any k from a copy of z and of the state, through JSON, gives
//     the same bits;
//   - a step allocates nothing;
//   - a gradient that is not a number moves nothing and leaves no trace in the
//     state, and is reported;
//   - a region where the objective fails does not stop a method that searches.
func Run(t *testing.T, make func() opt.Settings) {
	t.Run("minimises", func(t *testing.T) { minimises(t, make) })
	t.Run("resumes", func(t *testing.T) { resumes(t, make) })
	t.Run("allocates nothing", func(t *testing.T) { allocates(t, make) })
	t.Run("refuses NaN", func(t *testing.T) { refuses(t, make) })
	t.Run("survives failures", func(t *testing.T) { survives(t, make) })
}

// run is an optimiser at work on a problem.
type run interface {
	step(z []float64, k int) opt.Outcome
	state() any // pointer to what JSON saves and restores
}

func start(t *testing.T, s opt.Settings, res opt.Residual) run {
	t.Helper()
	_, n := res.Size()
	switch s := s.(type) {
	case opt.Recipe:
		rule, err := s.Build(opt.Layout{})
		if err != nil {
			t.Fatal(err)
		}
		return &ruleRun{obj: opt.SumOfSquares(res, opt.Prior{}), rule: rule,
			memory: make([]float64, rule.StateSize(n)), u: make([]float64, n)}
	case *opt.LBFGS:
		solver := opt.NewLBFGS(n, *s)
		return &lbfgsRun{opt.SumOfSquares(res, opt.Prior{}), solver, solver.NewState()}
	case *opt.LM:
		return &lmRun{opt.NewLM(res, *s), new(opt.LMState)}
	}
	t.Fatalf("no contract for %T", s)
	return nil
}

type ruleRun struct {
	obj       opt.Objective
	rule      opt.Transform
	memory, u []float64
}

func (r *ruleRun) state() any { return &r.memory }

func (r *ruleRun) step(z []float64, k int) opt.Outcome {
	loss := r.obj.Eval(r.u, z, k)
	if loss.Fail != "" {
		return opt.Outcome{Status: opt.Failed, Reason: loss.Fail}
	}
	r.rule.Apply(r.u, r.memory, z, k)
	for i, v := range r.u {
		z[i] += v
	}
	return opt.Outcome{Cost: loss.Value, Accepted: true}
}

type lbfgsRun struct {
	obj    opt.Objective
	solver *opt.LBFGSSolver
	memory *opt.LBFGSState
}

func (r *lbfgsRun) state() any                          { return r.memory }
func (r *lbfgsRun) step(z []float64, k int) opt.Outcome { return r.solver.Step(r.obj, z, r.memory, k) }

type lmRun struct {
	solver *opt.LMSolver
	memory *opt.LMState
}

func (r *lmRun) state() any                          { return r.memory }
func (r *lmRun) step(z []float64, k int) opt.Outcome { return r.solver.Step(z, r.memory, k) }

func minimises(t *testing.T, make func() opt.Settings) {
	for _, p := range []*Problem{quadratic(), Rosenbrock(2)} {
		s := make()
		// Rules at their default rates are slow, and weight decay ends beside
		// the minimum.
		steps, want := 200, 1e-12
		if _, rule := s.(opt.Recipe); rule {
			steps, want = 40000, 1e-4
		}
		r := start(t, s, p)
		z := slices.Clone(p.Start)
		for k := 0; k < steps && r.step(z, k).Status == opt.Going; k++ {
		}
		obj := opt.SumOfSquares(p, opt.Prior{})
		first, last := obj.Eval(nil, p.Start, 0).Value, obj.Eval(nil, z, 0).Value
		if !(last <= want*first) {
			t.Errorf("%s: cost %g from %g", p.Name, last, first)
		}
	}
}

func resumes(t *testing.T, make func() opt.Settings) {
	for _, p := range []*Problem{Rosenbrock(4), Few()} {
		t.Run(p.Name, func(t *testing.T) { resumesOn(t, make, p) })
	}
}

func resumesOn(t *testing.T, make func() opt.Settings, p *Problem) {
	const steps = 30
	whole := start(t, make(), p)
	z := slices.Clone(p.Start)
	var zs [][]float64
	var states [][]byte
	for k := range steps {
		state, err := json.Marshal(whole.state())
		if err != nil {
			t.Fatal(err)
		}
		zs, states = append(zs, slices.Clone(z)), append(states, state)
		whole.step(z, k)
	}
	for from := range steps {
		rest := start(t, make(), p)
		if err := json.Unmarshal(states[from], rest.state()); err != nil {
			t.Fatal(err)
		}
		y := slices.Clone(zs[from])
		for k := from; k < steps; k++ {
			rest.step(y, k)
		}
		if !slices.Equal(y, z) {
			t.Fatalf("resumed at %d: %v, want %v", from, y, z)
		}
	}
}

func allocates(t *testing.T, make func() opt.Settings) {
	p := Rosenbrock(20)
	r := start(t, make(), p)
	z := slices.Clone(p.Start)
	k := 0
	if n := testing.AllocsPerRun(15, func() { r.step(z, k); k++ }); n != 0 {
		t.Errorf("%g allocations a step", n)
	}
}

// refuses gives NaN in one row of the Jacobian at k = 5 only.
func refuses(t *testing.T, make func() opt.Settings) {
	p := &spoilt{Problem: Rosenbrock(4), nanAt: 5}
	r := start(t, make(), p)
	z := slices.Clone(p.Start)
	for k := range 5 {
		r.step(z, k)
	}
	if m, ok := r.(*lmRun); ok {
		m.memory.Known = false // the residuals change at this k
	}
	if m, ok := r.(*lbfgsRun); ok {
		m.memory.Known = false
	}
	before := slices.Clone(z)
	out := r.step(z, 5)
	if !slices.Equal(z, before) {
		t.Errorf("z moved from %v to %v", before, z)
	}
	reported := out.Status == opt.Failed && out.Reason != ""
	if m, ok := r.(*ruleRun); ok {
		reported = opt.Skipped(m.memory, 1) == 1
	}
	if !reported {
		t.Errorf("not reported: %+v", out)
	}
	for k := 6; k < 12; k++ {
		r.step(z, k)
	}
	for i, v := range z {
		if math.IsNaN(v) || v == before[i] {
			t.Fatalf("did not go on afterwards: %v", z)
		}
	}
}

// survives has walls beyond which nothing can be computed, across the way of
// long first steps.
func survives(t *testing.T, make func() opt.Settings) {
	s := make()
	if _, rule := s.(opt.Recipe); rule {
		return // a rule has no objective
	}
	if lm, ok := s.(*opt.LM); ok {
		lm.Damping = 1e-6 // bold first steps
	}
	p := &spoilt{Problem: Rosenbrock(2), nanAt: -1, walled: true}
	r := start(t, s, p)
	z := slices.Clone(p.Start)
	out := opt.Outcome{}
	for k := 0; k < 400 && out.Status == opt.Going; k++ {
		out = r.step(z, k)
	}
	if p.fails == 0 || out.Status == opt.Failed || out.Cost > 1e-12 {
		t.Errorf("%d failures, ended with %+v at %v", p.fails, out, z)
	}
	z[0] = 5 // behind the wall
	before := slices.Clone(z)
	r = start(t, make(), p)
	if out := r.step(z, 0); out.Status != opt.Failed || out.Reason == "" || !slices.Equal(z, before) {
		t.Errorf("started behind the wall: %+v at %v", out, z)
	}
}

// spoilt is a problem that can be ill.
type spoilt struct {
	*Problem
	nanAt  int  // k at which the Jacobian holds a NaN
	walled bool // the residuals fail for |z[0]| > 1.21 and z[1] < -0.3
	fails  int
}

func (p *spoilt) Residuals(r, jac, z []float64, k int) string {
	if p.walled && (math.Abs(z[0]) > 1.21 || z[1] < -0.3) {
		p.fails++
		return "behind the wall"
	}
	fail := p.Problem.Residuals(r, jac, z, k)
	if k == p.nanAt && jac != nil {
		jac[1] = math.NaN()
	}
	return fail
}
