package ode_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// unable is a field that cannot be made for fewer lanes.
type unable struct{ field.Field }

// waves is an input with a jump that differs from lane to lane.
type waves struct{ of []int }

func (w waves) At(u field.Batch, t []float64) {
	for j, l := range w.of {
		v := math.Sin(t[j] + float64(l))
		if t[j] >= w.jump(l) {
			v++
		}
		u.Set(0, j, v)
	}
}

func (w waves) jump(l int) float64 { return 0.2 + 0.03*float64(l%32) }

func (w waves) Breaks(lane int, t0, t1 float64) []float64 {
	if b := w.jump(w.of[lane]); b > t0 && b < t1 {
		return []float64{b}
	}
	return nil
}

// crowd is a problem whose lanes need very different numbers of steps; lane
// 13 is stiff and lane 20 fails. Lanes of the problem are of[0], of[1], ….
func crowd(t *testing.T, of []int, ensemble, driven bool) *ode.IVP {
	t.Helper()
	lanes := len(of)
	inputs := []string(nil)
	if driven {
		inputs = []string{"u"}
	}
	parts, err := (&field.MLP{Hidden: []int{7}, Activation: "tanh"}).Build(field.Unscaled([]string{"x", "y"}, inputs))
	if err != nil {
		t.Fatal(err)
	}
	p := &ode.IVP{Field: field.New(parts.Field, lanes, ensemble), T0: make([]float64, lanes), X0: batch(lanes, 0, 0)}
	size := p.Field.Shape().Theta
	if driven {
		p.Input = waves{of}
	}
	p.Theta = batch(1, random(rand.New(rand.NewPCG(31, 32)), size)...)
	if ensemble {
		p.Theta = batch(lanes, make([]float64, size)...)
	}
	p.Times = make([]float64, 4*lanes)
	for j, l := range of {
		r := rand.New(rand.NewPCG(33, uint64(l)))
		p.X0.SetLane(j, random(r, 2))
		if ensemble {
			v, scale := random(r, size), 1+float64(l)/16
			if l == 13 {
				scale = 12
			}
			for i := range v {
				v[i] *= scale
			}
			p.Theta.SetLane(j, v)
		}
		end := 0.3 + 0.05*float64(l)
		if l == 13 {
			end = 9
		}
		if l == 20 {
			p.X0.V[j] = math.NaN()
		}
		p.T0[j] = 0.01 * float64(l)
		for k, f := range []float64{0, 0.4, 0.41, 1} {
			p.Times[k*lanes+j] = p.T0[j] + f*end
		}
	}
	return p
}

// inFloat32 is f in float32.
func inFloat32(f field.Field) field.Field {
	return field.NewSingle(f.(field.Programmed).Program(), f.Shape().Lanes, false)
}

func upTo(n int) []int {
	of := make([]int, n)
	for i := range of {
		of[i] = i
	}
	return of
}

// TestResultsDoNotDependOnWhoHasEnded: lanes that ended make room for the
// others, and nobody's numbers change.
func TestResultsDoNotDependOnWhoHasEnded(t *testing.T) {
	const lanes = 48
	c := random(rand.New(rand.NewPCG(35, 36)), 4*2*lanes)
	company := []int{13, 40, 3, 3, 7, 21, 20, 47, 5, 13, 30, 31, 0, 1, 2, 9}
	pickC := make([]float64, 4*2*len(company))
	for i := range pickC {
		pickC[i] = c[i/len(company)*lanes+company[i%len(company)]]
	}
	for _, o := range []ode.Options{
		{RTol: 1e-5, ATol: 1e-6}, {RTol: 1e-5, ATol: 1e-6, Controller: "integral", Save: "land"}, {Solver: "dop853", RTol: 1e-7, ATol: 1e-7},
		{Solver: "bosh3", RTol: 1e-4, ATol: 1e-4, Memory: 1 << 14}, {Solver: "rk4", Step: 0.07}, {Solver: "rk4", Step: 0.05, Memory: 1 << 14, Save: "interpolate"},
	} {
		for _, kind := range []string{"", "ensemble", "driven", "float32"} {
			what := fmt.Sprintf("%+v %s", o, kind)
			p := crowd(t, upTo(lanes), kind == "ensemble", kind == "driven")
			if kind == "float32" {
				p.Field = inFloat32(p.Field)
			}
			g, tr, _ := gradient(t, p, o, c, lanes)
			if tr.Status[20] == ode.StatusOK || tr.Status[13] != ode.StatusOK {
				t.Fatalf("%s: lane 13 %v, lane 20 %v", what, tr.Status[13], tr.Status[20])
			}
			q := *p
			q.Field = unable{p.Field}
			h, tr2, _ := gradient(t, &q, o, c, lanes)
			for _, pair := range [][2][]float64{{tr.X, tr2.X}, {g.X.V, h.X.V}, {g.Theta.V, h.Theta.V}} {
				if fmt.Sprintf("%b", pair[0]) != fmt.Sprintf("%b", pair[1]) {
					t.Fatalf("%s: who has ended makes a difference", what)
				}
			}
			if fmt.Sprint(tr.Stats, tr.Status) != fmt.Sprint(tr2.Stats, tr2.Status) {
				t.Errorf("%s: %v, %v", what, tr.Stats, tr2.Stats)
			}
			n := len(company)
			q = *crowd(t, company, kind == "ensemble", kind == "driven")
			if kind == "float32" {
				q.Field = inFloat32(q.Field)
			}
			few, tr3, _ := gradient(t, &q, o, pickC, n)
			for j, l := range company {
				if lane(tr.X, l, lanes) != lane(tr3.X, j, n) || lane(g.X.V, l, lanes) != lane(few.X.V, j, n) ||
					lane(g.Theta.V, l, lanes) != lane(few.Theta.V, j, n) || tr.Stats.Evals[l] != tr3.Stats.Evals[j] {
					t.Errorf("%s: lane %d depends on its company", what, l)
				}
			}
		}
	}
}

// TestSharedGradientIsTheSumOverLanes although lanes come and go.
func TestSharedGradientIsTheSumOverLanes(t *testing.T) {
	const lanes = 48
	p, o := crowd(t, upTo(lanes), false, true), ode.Options{RTol: 1e-5, ATol: 1e-6}
	c := random(rand.New(rand.NewPCG(37, 38)), 4*2*lanes)
	apart, _, _ := gradient(t, p, o, c, lanes)
	sum, _, _ := gradient(t, p, o, c, 1)
	for i, got := range sum.Theta.V {
		want, size := 0.0, 0.0
		for _, v := range apart.Theta.Row(i) {
			want, size = want+v, size+math.Abs(v)
		}
		if !(math.Abs(got-want) <= 1e-13*size) {
			t.Errorf("derivative %d is %v, the lanes' sum is %v", i, got, want)
		}
	}
}

// TestCompanyDoesNotAllocate once every size was needed.
func TestCompanyDoesNotAllocate(t *testing.T) {
	for _, kind := range []string{"", "ensemble", "driven"} {
		p := crowd(t, upTo(48), kind == "ensemble", false)
		d, err := ode.NewDiscrete(p.Field, ode.Options{RTol: 1e-5, ATol: 1e-6})
		if err != nil {
			t.Fatal(err)
		}
		tr, gtr := trajectories(p)
		g := cotangent(p, p.Theta.Lanes)
		if a := testing.AllocsPerRun(3, func() {
			d.Solve(tr, p)
			d.Pull(&g, gtr)
		}); a != 0 {
			t.Errorf("%s: %v allocations", kind, a)
		}
	}
}

// TestPullCanBeRepeated: it leaves what was kept of an integration alone.
func TestPullCanBeRepeated(t *testing.T) {
	const lanes = 40
	c := random(rand.New(rand.NewPCG(39, 40)), 4*2*lanes)
	for _, o := range []ode.Options{{RTol: 1e-5, ATol: 1e-6}, {Solver: "rk4", Step: 0.05}, {RTol: 1e-5, ATol: 1e-6, Memory: 1 << 14}} {
		for _, together := range []bool{false, true} {
			p := crowd(t, upTo(lanes), false, true)
			if together {
				p.Field = unable{p.Field}
			}
			g, _, d := gradient(t, p, o, c, 1)
			_, gtr := trajectories(p)
			copy(gtr.X, c)
			h := cotangent(p, 1)
			d.Pull(&h, gtr)
			if fmt.Sprint(g) != fmt.Sprint(h) {
				t.Errorf("%+v, together %v: the second gradient is another one", o, together)
			}
		}
	}
}

// TestLanesInStepAreLanesAlone: lanes that all take the same fixed steps go
// together, and what they get is what they get among lanes that do not.
func TestLanesInStepAreLanesAlone(t *testing.T) {
	for _, name := range []string{"lorenz", "van-der-pol-forced"} {
		for _, solver := range []string{"rk4", "tsit5", "euler"} {
			for _, sick := range []bool{false, true} {
				for _, most := range []int{0, 150, 700} {
					p := system(t, name, 16, true)
					end := 0.9
					for k, f := range []float64{0, 0.3, 0.3, 1} {
						for l := range 16 {
							p.Times[k*16+l] = f * end
						}
					}
					if sick {
						p.X0.V[5] = 1e200
					}
					q := *p
					q.Times, q.T0 = append([]float64{}, p.Times...), append([]float64{}, p.T0...)
					for k := range 4 {
						q.Times[k*16+15] += 0.01
					}
					o := ode.Options{Solver: solver, Step: 0.0013, MaxSteps: most}
					a, err := ode.Solve(p, o)
					if err != nil {
						t.Fatal(err)
					}
					b, _ := ode.Solve(&q, o)
					for l := range 15 {
						if lane(a.X, l, 16) != lane(b.X, l, 16) || a.Status[l] != b.Status[l] || a.Stats.Evals[l] != b.Stats.Evals[l] ||
							a.Stats.Accepted[l] != b.Stats.Accepted[l] {
							t.Errorf("%s, %+v, sick %v: lane %d depends on who is in step: %v, %v", name, o, sick, l, a.Status[l], b.Status[l])
						}
					}
					if (a.Status[5] == ode.StatusOK) != (!sick && most != 150) || (a.Status[0] == ode.StatusOK) != (most != 150) {
						t.Errorf("%s, %+v, sick %v: %v, %v", name, o, sick, a.Status[5], a.Status[0])
					}
				}
			}
		}
	}
}

// TestGradientsOfLanesInStepAreThoseOfLanesAlone: the same with gradients, of fields that keep evaluations and of
// equations, with memory for all steps and for few.
func TestGradientsOfLanesInStepAreThoseOfLanesAlone(t *testing.T) {
	for _, solver := range []string{"rk4", "tsit5", "euler"} {
		for _, sick := range []bool{false, true} {
			for _, bytes := range []int{0, 1 << 12} {
				for kind, p := range map[string]*ode.IVP{"network": together(keptLanes(t, false, 8, true)), "equations": system(t, "lorenz", 8, true)} {
					for i := range p.Times {
						p.Times[i] = p.T0[0] + 0.1*float64(i/8)
					}
					if sick {
						p.X0.V[5] = math.Inf(1)
					}
					q := *p
					q.Times = append([]float64{}, p.Times...)
					q.Times[len(q.Times)-1] += 0.01
					c := random(rand.New(rand.NewPCG(41, 42)), len(p.Times)*p.X0.Rows)
					o := ode.Options{Solver: solver, Step: 0.017, Memory: bytes}
					g, a, _ := gradient(t, p, o, c, 8)
					h, b, _ := gradient(t, &q, o, c, 8)
					for _, v := range [][2][]float64{{a.X, b.X}, {g.X.V, h.X.V}, {g.Theta.V, h.Theta.V}} {
						for i, x := range v[0] {
							if l := i % 8; l < 7 && (l != 5 || !sick) && x != v[1][i] { // zeros may differ in sign
								t.Errorf("%s, %+v, sick %v: the gradient of lane %d depends on who is in step", kind, o, sick, l)
							}
						}
					}
					if (a.Status[5] == ode.StatusOK) == sick || a.Status[5] != b.Status[5] {
						t.Errorf("%s, %+v, sick %v: %v, %v", kind, o, sick, a.Status[5], b.Status[5])
					}
				}
			}
		}
	}
}
