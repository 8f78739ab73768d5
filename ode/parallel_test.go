package ode_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// Part implements field.Parter.
func (w waves) Part(lo, hi int) field.Input { return waves{w.of[lo:hi]} }

// whole is an input that cannot be had in parts.
type whole struct{ in waves }

func (w whole) At(u field.Batch, t []float64) { w.in.At(u, t) }
func (w whole) Breaks(lane int, t0, t1 float64) []float64 {
	return w.in.Breaks(lane, t0, t1)
}

// chunkedGradient is gradient by a Parallel.
func chunkedGradient(t *testing.T, p *ode.IVP, o ode.Options, c []float64, thetaLanes int) (field.Point, *ode.Trajectory, *ode.Parallel) {
	t.Helper()
	chunked, err := ode.NewParallel(p.Field, o)
	if err != nil {
		t.Fatal(err)
	}
	tr, gtr := trajectories(p)
	copy(gtr.X, c)
	g := cotangent(p, thetaLanes)
	chunked.Solve(tr, p)
	chunked.Pull(&g, gtr)
	return g, tr, chunked
}

// TestParallelGivesTheBitsOfADiscrete in every lane, with more lanes than fit in
// whole chunks.
func TestParallelGivesTheBitsOfADiscrete(t *testing.T) {
	for _, lanes := range []int{8, 40, 72} {
		c := random(rand.New(rand.NewPCG(51, 52)), 4*2*lanes)
		for _, o := range []ode.Options{{RTol: 1e-5, ATol: 1e-6}, {Solver: "rk4", Step: 0.07}, {RTol: 1e-5, ATol: 1e-6, Memory: 1 << 15}} {
			for _, kind := range []string{"", "ensemble", "driven", "whole"} {
				p := crowd(t, upTo(lanes), kind == "ensemble", kind == "driven" || kind == "whole")
				if kind == "whole" {
					p.Input = whole{p.Input.(waves)}
				}
				g, tr, _ := gradient(t, p, o, c, lanes)
				h, tr2, _ := chunkedGradient(t, p, o, c, lanes)
				if fmt.Sprint(tr) != fmt.Sprint(tr2) || fmt.Sprint(g) != fmt.Sprint(h) {
					t.Errorf("%d lanes, %s, %+v: a chunked is not a Discrete", lanes, kind, o)
				}
				solver, err := ode.NewParallelSolver(p.Field, o)
				if err != nil {
					t.Fatal(err)
				}
				tr3, _ := trajectories(p)
				solver.Solve(tr3, p)
				if fmt.Sprint(tr) != fmt.Sprint(tr3) {
					t.Errorf("%d lanes, %s, %+v: a chunked of solvers is not a Solver", lanes, kind, o)
				}
			}
		}
	}
}

// TestParallelHasTheSameBitsForAnyNumberOfCores, the sum over lanes too.
func TestParallelHasTheSameBitsForAnyNumberOfCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	const lanes = 104
	for _, driven := range []bool{false, true} {
		p, o := crowd(t, upTo(lanes), false, driven), ode.Options{RTol: 1e-6, ATol: 1e-6}
		c := random(rand.New(rand.NewPCG(53, 54)), 4*2*lanes)
		want := ""
		for _, procs := range []int{1, 2, 3, 16} {
			runtime.GOMAXPROCS(procs)
			for _, o.Threads = range []int{0, 1, 2, 100} {
				chunked, err := ode.NewParallel(p.Field, o)
				if err != nil {
					t.Fatal(err)
				}
				tr, gtr := trajectories(p)
				copy(gtr.X, c)
				for range 2 {
					g := cotangent(p, 1)
					chunked.Solve(tr, p)
					chunked.Pull(&g, gtr)
					got := fmt.Sprint(tr, g)
					if want == "" {
						want = got
					}
					if got != want {
						t.Fatalf("GOMAXPROCS %d, threads %d: other bits", procs, o.Threads)
					}
				}
			}
		}
	}
}

// TestParallelSharedGradientIsTheSumOverLanes.
func TestParallelSharedGradientIsTheSumOverLanes(t *testing.T) {
	const lanes = 72
	p, o := crowd(t, upTo(lanes), false, true), ode.Options{RTol: 1e-5, ATol: 1e-6}
	c := random(rand.New(rand.NewPCG(55, 56)), 4*2*lanes)
	apart, _, _ := gradient(t, p, o, c, lanes)
	chunked, err := ode.NewParallel(p.Field, o)
	if err != nil {
		t.Fatal(err)
	}
	tr, gtr := trajectories(p)
	copy(gtr.X, c)
	chunked.Solve(tr, p)
	g := cotangent(p, 1)
	g.Theta.V[0] = 3
	chunked.Pull(&g, gtr)
	g.Theta.V[0] -= 3
	for i, got := range g.Theta.V {
		want, size := 0.0, 1e-3
		for _, v := range apart.Theta.Row(i) {
			want, size = want+v, size+math.Abs(v)
		}
		if !(math.Abs(got-want) <= 1e-12*size) {
			t.Errorf("derivative %d is %v, the lanes' sum is %v", i, got, want)
		}
	}
	only := field.Point{X: batch(lanes, 0, 0)}
	chunked.Pull(&only, gtr)
	if distance(only.X.V, g.X.V) > 1e-13 {
		t.Errorf("the gradient by x0 alone is another one, by %g", distance(only.X.V, g.X.V))
	}
}

// TestParallelDoesNotAllocate however many cores there are.
func TestParallelDoesNotAllocate(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	for _, kind := range []string{"", "ensemble", "driven"} {
		p := crowd(t, upTo(104), kind == "ensemble", false)
		chunked, err := ode.NewParallel(p.Field, ode.Options{RTol: 1e-6, ATol: 1e-6})
		if err != nil {
			t.Fatal(err)
		}
		tr, gtr := trajectories(p)
		g := cotangent(p, p.Theta.Lanes)
		if a := testing.AllocsPerRun(5, func() {
			chunked.Solve(tr, p)
			chunked.Pull(&g, gtr)
		}); a != 0 {
			t.Errorf("%s: %v allocations", kind, a)
		}
	}
}

// TestParallelFollowsItsProblem to another field, and to an input that cannot be
// cut and back.
func TestParallelFollowsItsProblem(t *testing.T) {
	const lanes = 40
	p := crowd(t, upTo(lanes), false, true)
	q, r := *crowd(t, upTo(lanes), false, true), *p
	r.Input = whole{p.Input.(waves)}
	q.X0.V[3]++
	chunked, err := ode.NewParallelSolver(p.Field, ode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, problem := range []*ode.IVP{p, &q, &r, p, &q} {
		tr, want := ode.NewTrajectory(4, 2, lanes), ode.NewTrajectory(4, 2, lanes)
		chunked.Solve(tr, problem)
		s, _ := ode.NewSolver(problem.Field, ode.Options{})
		s.Solve(want, problem)
		if fmt.Sprint(tr) != fmt.Sprint(want) {
			t.Errorf("problem %d is not followed", i)
		}
	}
}

// TestMembersWithManyParametersGoInEights, and their numbers are those of all lanes together.
func TestMembersWithManyParametersGoInEights(t *testing.T) {
	parts, err := (&field.MLP{Hidden: []int{30, 31}, Activation: "gelu"}).Build(field.Unscaled([]string{"x", "y"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, lanes := range []int{8, 24} {
		for _, o := range []ode.Options{{RTol: 1e-5, ATol: 1e-6}, {Solver: "rk4", Step: 0.07}} {
			p := gradientProblems(rand.New(rand.NewPCG(7, 8)), lanes)["network"]
			p.Field = field.New(parts.Field, lanes, true)
			p.Theta = batch(lanes, make([]float64, p.Field.Shape().Theta)...)
			for i := range p.Theta.V {
				p.Theta.V[i] = 0.2 * math.Sin(float64(i))
			}
			c := random(rand.New(rand.NewPCG(51, 52)), len(p.Times)*2)
			g, tr, _ := gradient(t, p, o, c, lanes)
			h, tr2, chunked := chunkedGradient(t, p, o, c, lanes)
			if fmt.Sprint(tr) != fmt.Sprint(tr2) || distance(g.Theta.V, h.Theta.V) != 0 || distance(g.X.V, h.X.V) != 0 {
				t.Errorf("%d lanes, %+v: the numbers are not those of a Discrete", lanes, o)
			}
			if plan := chunked.Plan(); strings.Contains(plan, "3 chunks") != (lanes == 24) {
				t.Errorf("%d lanes: %s", lanes, plan)
			}
		}
	}
}

// TestParallelSolverHasTheSameBitsForAnyNumberOfCores: lanes that fit in whole chunks and lanes
// that do not, when every core may be given any chunk, again and again.
func TestParallelSolverHasTheSameBitsForAnyNumberOfCores(t *testing.T) {
	repeats := 4
	if testing.Short() {
		repeats = 1
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, lanes := range []int{16, 24, 32, 40, 104} {
		for _, kind := range []string{"ensemble", "driven"} {
			for _, o := range []ode.Options{{RTol: 1e-6, ATol: 1e-6}, {Solver: "rk4", Step: 0.01}} {
				p, want := crowd(t, upTo(lanes), kind == "ensemble", kind == "driven"), ""
				for _, procs := range []int{1, 2, 3, 4, 8} {
					runtime.GOMAXPROCS(procs)
					solver, err := ode.NewParallelSolver(p.Field, o)
					if err != nil {
						t.Fatal(err)
					}
					for k := range repeats {
						tr, _ := trajectories(p)
						solver.Solve(tr, p)
						got := fmt.Sprint(tr)
						if want == "" {
							want = got
						}
						if got != want {
							t.Fatalf("%d lanes, %s, %+v, GOMAXPROCS %d, try %d: other bits", lanes, kind, o, procs, k)
						}
					}
				}
			}
		}
	}
}
