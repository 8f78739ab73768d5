package ode_test

import (
	"flag"
	"fmt"
	"math"
	"testing"
	"time"

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

// digits is the least number of correct digits of the components at the end, those
// below the absolute tolerance apart.
func digits(p *odetest.Stiff, x []float64, atol float64) float64 {
	least := 16.0
	for i, want := range p.End {
		if math.Abs(want) > atol {
			least = min(least, -math.Log10(math.Abs(x[i]/want-1)+1e-16))
		}
	}
	return least
}

func TestStiffSolutionsAreReached(t *testing.T) {
	for _, p := range odetest.StiffProblems() {
		q, err := p.IVP(1, p.Span)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range stiffSolvers() {
			for _, tol := range []float64{1e-4, 1e-6, 1e-8} {
				o := ode.Options{Solver: name, RTol: tol, ATol: tol * p.ATol}
				tr, err := ode.Solve(q, o)
				if err != nil || !tr.OK() {
					t.Errorf("%s, %s at %g: %v, %v", p.Name, name, tol, err, tr.Status)
					continue
				}
				d := digits(&p, tr.X, 0)
				t.Logf("%s, %s at %g: %.1f digits, %d steps, %d rejected, %d evaluations", p.Name, name, tol, d,
					tr.Stats.Accepted[0], tr.Stats.Rejected[0], tr.Stats.Evals[0])
				if d < -math.Log10(tol)-2.5 {
					t.Errorf("%s, %s at %g: only %.1f digits", p.Name, name, tol, d)
				}
			}
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
	for _, p := range odetest.StiffProblems() {
		q, _ := p.IVP(1, p.Span)
		for _, name := range stiffSolvers() {
			for _, tol := range []float64{1e-4, 1e-6, 1e-8, 1e-10} {
				s, err := ode.NewSolver(q.Field, ode.Options{Solver: name, RTol: tol, ATol: tol * p.ATol})
				if err != nil {
					t.Fatal(err)
				}
				tr := ode.NewTrajectory(1, len(p.Start), 1)
				s.Solve(tr, q)
				best := math.Inf(1)
				for range 5 {
					at := time.Now()
					for range 3 {
						s.Solve(tr, q)
					}
					best = min(best, time.Since(at).Seconds()*1e3/3)
				}
				fmt.Printf("| %s | %s | %.0e | %.1f | %.2f | %d | %d | %d |\n", p.Name, name, tol, digits(&p, tr.X, 0), best,
					tr.Stats.Accepted[0], tr.Stats.Rejected[0], tr.Stats.Evals[0])
			}
		}
	}
}
