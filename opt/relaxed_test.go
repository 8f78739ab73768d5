package opt_test

import (
	"math"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/opt/opttest"
)

// relaxed is a program relaxed from a start, and its last state.
func relaxed(t *testing.T, nlp opt.NLP, x []float64, change func(*opt.Relaxed)) (*opt.RelaxedSolver, *opt.RelaxedState) {
	t.Helper()
	cfg := opt.DefaultRelaxed()
	if change != nil {
		change(cfg)
	}
	s, err := opt.NewRelaxed(solver(t, nlp, nil), *cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s, s.Start(x, 1)
}

// TestRelaxedEndsAtTheMinimum of programs with equalities and inequalities whose
// unknowns have no bounds; multipliers are those of the interior point.
func TestRelaxedEndsAtTheMinimum(t *testing.T) {
	for _, name := range []string{"hs6", "hs7", "hs12", "hs27", "hs28", "hs39", "hs43", "hs46", "hs48", "hs50", "hs77", "hs79", "hs100"} {
		p := problem(t, name)
		s, st := relaxed(t, p.NLP(), p.Start, func(c *opt.Relaxed) {
			c.Gain, c.Violation, c.Limit, c.Steps = 1e-13, 1e-8, 2000, 400
		})
		for !st.Over {
			s.Step(st)
		}
		f, _ := p.NLP().Values(make([]float64, len(p.NLP().Shape().Floor)), st.X)
		if !st.Reached || !closeTo(f, p.Best, 1e-5) {
			t.Errorf("%s: %.8g after %d steps (reached %v, %s), want %.8g", name, f, st.K, st.Reached, st.Reason, p.Best)
			continue
		}
		in := solver(t, p.NLP(), nil)
		end := in.Start(p.Start)
		in.Minimise(end, nil)
		if x, by, _ := in.Solution(end); distance(x, st.X) < 1e-4 { // else it is another minimum
			if d := distance(by.Y, st.Y); !(d < 1e-3*(1+largestOf(by.Y))) {
				t.Errorf("%s: multipliers %.5g, those of the interior point %.5g", name, st.Y, by.Y)
			}
		}
	}
}

func distance(a, b []float64) (most float64) {
	for i := range a {
		most = max(most, math.Abs(a[i]-b[i]))
	}
	return most
}

func largestOf(v []float64) (most float64) {
	for _, x := range v {
		most = max(most, math.Abs(x))
	}
	return most
}

// TestRelaxedSaysThatRowsCannotHold: x² + 1 = 0.
func TestRelaxedSaysThatRowsCannotHold(t *testing.T) {
	s, st := relaxed(t, &impossible{}, []float64{3}, nil)
	for !st.Over {
		s.Step(st)
	}
	if st.Reached || st.Reason == "" {
		t.Errorf("reached %v, %q", st.Reached, st.Reason)
	}
}

type impossible struct{}

func (impossible) Shape() opt.Shape {
	one := []opt.Patch{{Rows: 1, Cols: 1}}
	return opt.Shape{Low: []float64{math.Inf(-1)}, High: []float64{math.Inf(1)}, Floor: []float64{0}, Ceiling: []float64{0}, Jacobian: one, Hessian: one}
}

func (impossible) Values(c, x []float64) (float64, string) {
	c[0] = x[0]*x[0] + 1
	return x[0] * x[0], ""
}

func (impossible) Slopes(grad, jac, x []float64) string {
	grad[0], jac[0] = 2*x[0], 2*x[0]
	return ""
}

func (impossible) Curvature(hess, x []float64, w float64, y []float64) string {
	hess[0] = 2*w + 2*y[0]
	return ""
}

// TestARelaxationGoesOnFromACopy with the same bits, also beside a solver that uses the
// same memory.
func TestARelaxationGoesOnFromACopy(t *testing.T) {
	p := problem(t, "hs77")
	s, st := relaxed(t, p.NLP(), p.Start, nil)
	var copied *opt.RelaxedState
	for !st.Over {
		if st.K == 3 {
			copied = st.Clone()
		}
		s.Step(st)
	}
	in := solver(t, p.NLP(), nil)
	again, err := opt.NewRelaxed(in, *opt.DefaultRelaxed())
	if err != nil {
		t.Fatal(err)
	}
	beside := in.Start(p.Start)
	for !copied.Over {
		again.Step(copied)
		in.Step(beside)
	}
	if !slices.Equal(copied.X, st.X) || !slices.Equal(copied.Y, st.Y) || copied.K != st.K {
		t.Errorf("%v after %d steps, %v after %d without a break", copied.X, copied.K, st.X, st.K)
	}
}

func TestRelaxedRefusesSettingsWithoutMeaning(t *testing.T) {
	s := solver(t, opttest.HockSchittkowski()[5].NLP(), nil)
	for what, change := range map[string]func(*opt.Relaxed){
		"grow":    func(c *opt.Relaxed) { c.Grow = 1 },
		"steps":   func(c *opt.Relaxed) { c.Steps = 0 },
		"weights": func(c *opt.Relaxed) { c.Weight = make([]float64, 7) },
	} {
		cfg := opt.DefaultRelaxed()
		change(cfg)
		if _, err := opt.NewRelaxed(s, *cfg); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}
