package train

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/opt"
)

func fitted(t testing.TB, m Method, p *Problem) *Result {
	t.Helper()
	return fittedWith(t, m, p, nil, nil)
}

func fittedWith(t testing.TB, m Method, p *Problem, from *Checkpoint, on func(Event)) *Result {
	t.Helper()
	r, err := m.Fit(context.Background(), p, from, on)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func defaults(t testing.TB, method string) Method {
	t.Helper()
	m, err := Methods.Lookup(method)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Members share a batch and nothing else: gradients are clipped, best
// iterates kept and steps undone for each alone.
func TestMembersAreSeparateRuns(t *testing.T) {
	const members = 3
	for _, method := range []string{"vanilla", "homotopy"} {
		for _, keep := range []string{"last", "best-train", "best-heldout"} {
			change := func(seed uint64, n int) func(*Settings) {
				return func(s *Settings) {
					fixedSteps(s)
					s.Seed, s.Members, s.Budget, s.Keep = seed, n, 30, keep
				}
			}
			m := defaults(t, method)
			if v, ok := m.(*Vanilla); ok {
				v.Clip = 0.05
			}
			together := fitted(t, m, mustProblem(t, gappy(2, 1, 2), tinyNet(0, false), change(5, members))).Model
			found := 0
			for j := range uint64(members) {
				alone := fitted(t, m, mustProblem(t, gappy(2, 1, 2), tinyNet(0, false), change(5+j, 1))).Model
				for i, theta := range together.Theta {
					if slices.EqualFunc(theta, alone.Theta[0], nearly) {
						found++
						for rec := range together.Records {
							if a, b := together.Records[rec].Start[i], alone.Records[rec].Start[0]; !slices.EqualFunc(a, b, nearly) {
								t.Errorf("%s, keep=%s, member %d: recording %d starts at %v, alone at %v", method, keep, j, rec, a, b)
							}
						}
					}
				}
			}
			if found != members {
				t.Errorf("%s, keep=%s: %d of %d runs alone are found in the ensemble", method, keep, found, members)
			}
		}
	}
}

func nearly(a, b float64) bool { return !differs(a, b, 1e-8) }

// walled is ½|z|² for each member. A member whose first unknown is beyond its
// wall cannot be evaluated.
type walled struct {
	wall []float64
	loss []float64
	nan  bool // the gradient is NaN there, but the loss is a number
	n    int
}

func (w *walled) Size() int         { return w.n * len(w.wall) }
func (w *walled) losses() []float64 { return w.loss }
func (w *walled) evaluations() int  { return 0 }
func (w *walled) Eval(grad, z []float64, k int) (l opt.Loss) {
	m := len(w.wall)
	w.loss = make([]float64, m)
	for i, v := range z {
		w.loss[i%m] += v * v / 2
		grad[i] = v
	}
	for j, wall := range w.wall {
		if z[j] < wall {
			continue
		}
		grad[j] = math.NaN()
		if !w.nan {
			w.loss[j], l.Fail = math.Inf(1), "behind the wall"
		}
	}
	return l
}

// wallRun makes k updates from z = 1 by plain gradient steps of length rate.
func wallRun(w *walled, rate float64, k int) *descent {
	z := make([]float64, w.Size())
	for i := range z {
		z[i] = 1 + float64(i)/100
	}
	l := newDescent(w, opt.Rate(opt.ConstantRate(rate)), len(w.wall), z)
	u := make([]float64, len(z))
	for i := range k {
		w.Eval(u, l.z, i)
		l.update(u, i)
	}
	return l
}

func member(z []float64, j, m int) (out []float64) {
	for i := j; i < len(z); i += m {
		out = append(out, z[i])
	}
	return out
}

func TestOnlyTheMemberThatDivergesIsPutBack(t *testing.T) {
	for _, nan := range []bool{false, true} {
		inf := math.Inf(1)
		// With rate −0.5, z grows by half a step: member 1 meets its wall.
		free := wallRun(&walled{wall: []float64{inf, inf, inf}, n: 2}, -0.5, 4)
		w := wallRun(&walled{wall: []float64{inf, 3, inf}, n: 2, nan: nan}, -0.5, 4)
		for _, j := range []int{0, 2} {
			if a, b := member(w.z, j, 3), member(free.z, j, 3); !slices.Equal(a, b) {
				t.Errorf("member %d is at %v, without a failure of another at %v", j, a, b)
			}
		}
		if w.undone != 1 || w.grow[0] != 1 || w.grow[1] != 0.5 {
			t.Errorf("%d steps undone, step factors %v", w.undone, w.grow)
		}
		good, now := member(w.good, 1, 3), member(w.z, 1, 3)
		tried := member(free.good, 1, 3)
		for i := range now {
			if want := (tried[i] + good[i]) / 2; now[i] != want {
				t.Errorf("unknown %d is at %g, half way between %g and %g is %g", i, now[i], tried[i], good[i], want)
			}
		}
	}
}

// A step factor that was lowered comes back, and a member that can be
// evaluated nowhere is given up while the others go on.
func TestMembersWithoutAWayBackAreGivenUp(t *testing.T) {
	inf := math.Inf(1)
	l := wallRun(&walled{wall: []float64{inf, 0.5, inf}, n: 2}, 0.1, 10)
	if l.grow[1] != 0 || l.grow[0] != 1 || !slices.Equal(member(l.z, 1, 3), []float64{0, 0}) {
		t.Errorf("step factors %v, z %v", l.grow, l.z)
	}
	if l.z[0] >= 0.5 || l.undone != 0 {
		t.Errorf("member 0 stands at %g; %d steps undone", l.z[0], l.undone)
	}
	u := make([]float64, 2)
	w := &walled{wall: []float64{0}, n: 2}
	l = wallRun(w, 0.1, 0)
	w.Eval(u, l.z, 0)
	if _, alive := l.update(u, 0); alive {
		t.Error("a run whose only member is lost goes on")
	}
	l = wallRun(&walled{wall: []float64{1.2, inf}, n: 2}, -0.01, 60)
	if l.grow[1] != 1 || l.grow[0] == 0 || l.good[0] < 1.19 || l.good[0] >= 1.2 || l.undone == 0 {
		t.Errorf("after coming up to its wall often: step factors %v, well at %v, %d undone", l.grow, l.good, l.undone)
	}
}

func TestWildLearningRateIsSurvived(t *testing.T) {
	for _, method := range []string{"vanilla", "homotopy"} {
		for _, members := range []int{1, 3} {
			m := defaults(t, method)
			switch m := m.(type) {
			case *Vanilla:
				m.LR, m.Clip = 10, 0
			case *Homotopy:
				m.LR = 10
			}
			p := mustProblem(t, gappy(2, 0, 2), &field.PolyMLP{MLP: *tinyNet(0, false), Degree: 2}, func(s *Settings) {
				s.Seed, s.Members, s.Budget, s.Solver.RTol, s.Solver.MaxSteps = 1, members, 60, 1e-4, 300
			})
			texts := 0
			r, err := m.Fit(context.Background(), p, nil, func(e Event) {
				if e.Text != "" {
					texts++
				}
				if math.IsNaN(e.Loss) && e.Checkpoint == nil {
					t.Fatalf("iteration %d has no loss", e.K)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if r.Status != StatusOK || r.Iterations != 60 {
				t.Errorf("%s, %d members: status %q after %d iterations: %s", method, members, r.Status, r.Iterations, r.Tried[0].Why)
			}
			if len(r.Warnings) == 0 || !strings.Contains(r.Warnings[0], "undone") || texts == 0 {
				t.Errorf("%s: warnings %q, %d events with a text", method, r.Warnings, texts)
			}
			for _, theta := range r.Model.Theta {
				if slices.ContainsFunc(theta, func(v float64) bool { return !isNumber(v) }) {
					t.Errorf("%s: θ = %v", method, theta)
				}
			}
			if !isNumber(r.Train.MSE) {
				t.Errorf("%s: mean squared error %g", method, r.Train.MSE)
			}
		}
	}
}

func TestUpdatesAllocateNothing(t *testing.T) {
	p := mustProblem(t, gappy(2, 0, 2), tinyNet(0, false))
	w := &walled{wall: []float64{math.Inf(1), 1.3, 0}, n: len(p.Parts.Theta0)} // well, soon behind the wall, always
	l := wallRun(w, 0.1, 0)
	rule, err := (Descent{LR: 0.1, Clip: 1}).transform(p, 3, 10)
	if err != nil {
		t.Fatal(err)
	}
	l = newDescent(w, rule, 3, l.z)
	u := make([]float64, len(l.z))
	w.Eval(u, l.z, 0)
	k := 0
	if n := testing.AllocsPerRun(20, func() { l.update(u, k); k++ }); n != 0 {
		t.Errorf("%g allocations an update", n)
	}
}
