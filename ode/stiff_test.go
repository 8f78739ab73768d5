package ode_test

import (
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/stiff"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/ode/odetest"
)

// stiffSolvers are the methods for stiff problems.
func stiffSolvers() []string {
	var out []string
	for _, name := range ode.Methods() {
		if m, _ := ode.Method(name); m.Implicit && m.Adaptive() {
			out = append(out, name)
		}
	}
	return out
}

// TestStepsThatCannotBeSolvedAreRepeated: where the matrix of a Rosenbrock step is singular, 1/(γh) being an eigenvalue, the
// step counts as failed and a shorter one is taken.
func TestStepsThatCannotBeSolvedAreRepeated(t *testing.T) {
	parts, err := (&field.Equations{Text: "x' = 16*x"}).Build(field.Unscaled([]string{"x"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	p := &ode.IVP{Field: field.New(parts.Field, 1, false), X0: batch(1, 1), Theta: batch(1, parts.Theta0...), T0: []float64{0}, Times: []float64{0.5}}
	tr, err := ode.Solve(p, ode.Options{Solver: "rodas4", RTol: 1e-6, ATol: 1e-6, FirstStep: 0.25}) // γ = ¼
	if want := math.Exp(8); err != nil || !tr.OK() || !(math.Abs(tr.X[0]-want) <= 1e-3*want) || tr.Stats.Rejected[0] == 0 {
		t.Errorf("it comes to %v, want %g; %d steps were repeated; %v %v", tr.X, want, tr.Stats.Rejected[0], tr.Status, err)
	}
}

// stiffSolversOf are those that a problem can be given to.
func stiffSolversOf(p *stiff.Problem) []string {
	if p.Algebraic == nil {
		return stiffSolvers()
	}
	return slices.DeleteFunc(stiffSolvers(), func(name string) bool {
		m, _ := ode.Method(name)
		return !m.Algebraic
	})
}

func TestStiffSolutionsAreReached(t *testing.T) {
	for _, p := range stiff.Problems() {
		q, err := p.IVP(1, p.Span)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range stiffSolversOf(&p) {
			for _, tol := range []float64{1e-4, 1e-6, 1e-8} {
				o := ode.Options{Solver: name, RTol: tol, ATol: tol * p.ATol}
				tr, err := ode.Solve(q, o)
				if err != nil || !tr.OK() {
					t.Errorf("%s, %s at %g: %v, %v", p.Name, name, tol, err, tr.Status)
					continue
				}
				d := p.Correct(tr.X, o.ATol)
				t.Logf("%s, %s at %g: %.1f digits, %d steps, %d rejected, %d evaluations", p.Name, name, tol, d,
					tr.Stats.Accepted[0], tr.Stats.Rejected[0], tr.Stats.Evals[0])
				if d < -math.Log10(tol)-2.5 {
					t.Errorf("%s, %s at %g: only %.1f digits", p.Name, name, tol, d)
				}
			}
		}
	}
}

// TestStiffReferences: published ends are met to as many digits as rounding leaves.
func TestStiffReferences(t *testing.T) {
	for _, p := range stiff.Problems() {
		q, err := p.IVP(1, p.Span)
		if err != nil {
			t.Fatal(err)
		}
		tr, err := ode.Solve(q, ode.Options{Solver: "radau5", RTol: 1e-12, ATol: 1e-12 * p.ATol})
		if err != nil || !tr.OK() || p.Correct(tr.X, 0) < 8.8 {
			t.Errorf("%s: %v, %v, %.1f digits", p.Name, err, tr.Status, p.Correct(tr.X, 0))
		}
	}
}

var precision = flag.Bool("precision", false, "print work–precision figures of the stiff problems")

// TestWorkPrecision prints correct digits against time. Run it with -run
// TestWorkPrecision -precision -v.
func TestWorkPrecision(t *testing.T) {
	if !*precision {
		t.Skip("prints figures with -precision")
	}
	for _, p := range stiff.Problems() {
		q, _ := p.IVP(1, p.Span)
		for _, name := range stiffSolversOf(&p) {
			for _, tol := range []float64{1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10} {
				s, err := ode.NewSolver(q.Field, ode.Options{Solver: name, RTol: tol, ATol: tol * p.ATol})
				if err != nil {
					t.Fatal(err)
				}
				tr := ode.NewTrajectory(1, len(p.Start), 1)
				s.Solve(tr, q)
				best := math.Inf(1)
				for begun := time.Now(); time.Since(begun).Seconds() < 0.2; { // the machine may have others
					at := time.Now()
					s.Solve(tr, q)
					best = min(best, time.Since(at).Seconds()*1e3)
				}
				fmt.Printf("| %s | %s | %.0e | %.1f | %.2f | %d | %d | %d | %d |\n", p.Name, name, tol, p.Correct(tr.X, tol*p.ATol), best,
					tr.Stats.Accepted[0], tr.Stats.Rejected[0], tr.Stats.Evals[0], tr.Stats.Factors[0])
			}
		}
	}
}

// TestAutoSwitchesWhereItIsStiffAndSaysSo: lanes decide for themselves, and their bits
// are those of a batch in which all do the same.
func TestAutoSwitchesWhereItIsStiffAndSaysSo(t *testing.T) {
	p := stiff.Named("van-der-pol-1e3")
	q, err := p.IVP(8, 1, 100, 2000)
	if err != nil {
		t.Fatal(err)
	}
	q.Theta = batch(8, 1)
	for l := range 8 {
		if l%2 == 1 {
			q.Theta.V[l] = 1e-3 // times 1000: not stiff
		}
	}
	parts, err := (&field.Equations{Text: p.Text, Parameters: map[string]field.Unknown{"mu": {Start: 1e3}}}).Build(field.Unscaled(p.States, nil))
	if err != nil {
		t.Fatal(err)
	}
	q.Field = field.New(parts.Field, 8, true)
	o := ode.Options{Solver: "auto", RTol: 1e-6, ATol: 1e-9}
	tr, err := ode.Solve(q, o)
	if err != nil || !tr.OK() {
		t.Fatal(err, tr.Status)
	}
	for l := range 8 {
		note := tr.Stats.Note(l)
		if stiff := l%2 == 0; stiff != (tr.Stats.Stiff[l] > 0) || stiff != strings.Contains(note, "radau5") || stiff == (note == "") {
			t.Errorf("lane %d: %d stiff steps of %d, note %q", l, tr.Stats.Stiff[l], tr.Stats.Accepted[l], note)
		}
	}
	for i := range q.Theta.V {
		q.Theta.V[i] = 1
	}
	all, err := ode.Solve(q, o)
	if err != nil || lane(all.X, 0, 8) != lane(tr.X, 0, 8) || lane(all.X, 2, 8) != lane(tr.X, 2, 8) {
		t.Errorf("a lane depends on its company; %v", err)
	}
}

// TestAutoStaysExplicitWhereItIsNotStiff, at loose tolerances too.
func TestAutoStaysExplicitWhereItIsNotStiff(t *testing.T) {
	q := &ode.IVP{Field: odetest.Lorenz(1), X0: batch(1, 1.2, 2.1, 1.7), Theta: batch(1, 10, 28, 8./3), T0: []float64{0}, Times: []float64{200}}
	for _, tol := range []float64{1e-3, 1e-5, 1e-8} {
		tr, err := ode.Solve(q, ode.Options{Solver: "auto", RTol: tol, ATol: tol})
		if err != nil || !tr.OK() || tr.Stats.Stiff[0] > 0 {
			t.Errorf("tolerance %g: %v, %v, %s", tol, err, tr.Status, tr.Stats.Note(0))
		}
	}
}

// TestExplicitSolversSayThatItIsStiff when they give up, and only then.
func TestExplicitSolversSayThatItIsStiff(t *testing.T) {
	for _, p := range stiff.Problems() {
		if p.Algebraic != nil {
			continue
		}
		q, err := p.IVP(8, p.Span)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"dopri5", "bosh3", "tsit5", "dop853"} {
			tr, err := ode.Solve(q, ode.Options{Solver: name, RTol: 1e-4, ATol: 1e-8, MaxSteps: 2000})
			if err != nil {
				t.Fatal(err)
			}
			if tr.Status[3] != ode.StatusStiff || !strings.Contains(tr.Status[3].String(), "solver=radau5") {
				t.Errorf("%s, %s: %v", p.Name, name, tr.Status[3])
			}
		}
	}
	q := &ode.IVP{Field: odetest.Lorenz(8), X0: batch(8, 1.2, 2.1, 1.7), Theta: batch(1, 10, 28, 8./3), T0: make([]float64, 8), Times: batch(8, 50).V}
	for _, name := range []string{"dopri5", "bosh3", "tsit5", "dop853"} {
		tr, err := ode.Solve(q, ode.Options{Solver: name, RTol: 1e-6, ATol: 1e-8, MaxSteps: 300})
		if err != nil || tr.Status[5] != ode.StatusMaxSteps {
			t.Errorf("Lorenz, %s: %v, %v", name, err, tr.Status[5])
		}
	}
}
