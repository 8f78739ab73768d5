package train

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

func jacobians(t *testing.T, p *Problem, members int, change func(*JacobianMatching)) (*jacobianLoss, []float64) {
	t.Helper()
	j := defaults(t, "jacobian-matching").(*JacobianMatching)
	j.Batch, j.Places, j.Ahead, j.Apart, j.Weight = 4, 5, 3, 0, 1
	change(j)
	if err := j.check(p); err != nil {
		t.Fatal(err)
	}
	o, err := newJacobianLoss(p, members, j, p.measurements(j.Raw))
	if err != nil {
		t.Fatal(err)
	}
	return o, shotUnknowns(t, p, members, o.Size())
}

func TestJacobianMatchingGradientsAgreeWithDifferences(t *testing.T) {
	problems := map[string]*Problem{
		"one recording": mustProblem(t, spaced(2, 0, 2), tinyNet(0, false), fixedSteps),
		"inputs":        mustProblem(t, spaced(3, 2, 3), tinyNet(0, true), fixedSteps),
	}
	for name, p := range problems {
		for _, along := range []string{"all", "tangent", "random"} {
			for _, members := range []int{1, 3} {
				t.Run(name+" "+along, func(t *testing.T) {
					o, z := jacobians(t, p, members, func(j *JacobianMatching) { j.Along, j.Count = along, 2 })
					if len(o.targets) == 0 {
						t.Fatal("no Jacobian is known")
					}
					checkGradient(t, o, z, 2*members-1)
				})
			}
		}
	}
}

// lorenzRows are rows of Lorenz' system, without noise.
func lorenzRows(t testing.TB, n int, step float64) data.Series {
	t.Helper()
	s, err := field.Systems.Lookup("lorenz")
	if err != nil {
		t.Fatal(err)
	}
	f, err := model.OfSystem(s)
	if err != nil {
		t.Fatal(err)
	}
	ivp := ode.IVP{X0: field.Batch{V: append([]float64{}, s.Start...), Rows: 3, Lanes: 1}, T0: []float64{-10}}
	ivp.Field, ivp.Theta = f.Field(1)
	out := data.Series{Names: []string{"x", "y", "z"}, Units: make([]string, 3), Time: "t"}
	for k := range n {
		ivp.Times, out.T = append(ivp.Times, step*float64(k)), append(out.T, step*float64(k))
	}
	tr, err := ode.Solve(&ivp, f.Solver)
	if err != nil {
		t.Fatal(err)
	}
	out.X = tr.X
	return out
}

// Along the sheet of the data local maps have the true Jacobian.
func TestLocalMapsHaveTheTrueJacobianAlongTheSheet(t *testing.T) {
	p := mustProblem(t, []data.Series{lorenzRows(t, 4000, 0.01)}, tinyNet(0, false), func(s *Settings) { s.Heldout = 0 })
	o, _ := jacobians(t, p, 1, func(j *JacobianMatching) { j.Against = "lorenz" })
	maps := newLocalMaps(p, o.b.rows, 0, 0, 0, true)
	var off []float64
	for i := 0; i < len(maps.near.at); i += 37 {
		m := maps.of(maps.near.at[i])
		if m.jac == nil {
			t.Fatalf("row %d has no local map", i)
		}
		want := o.jacobian(&localMap{at: m.at}, maps.near.state(m.at))
		wrong, all := 0.0, 0.0
		for e := range m.known() {
			for c := range 3 {
				d, w := 0.0, 0.0
				for k := range 3 {
					d += (m.jac[c*3+k] - want[c*3+k]) * m.along[e*3+k]
					w += want[c*3+k] * m.along[e*3+k]
				}
				wrong, all = wrong+d*d, all+w*w
			}
		}
		off = append(off, math.Sqrt(wrong/all))
	}
	slices.Sort(off)
	if mid := off[len(off)/2]; mid > 0.03 {
		t.Errorf("local maps are off by %.3g along the sheet, in the median", mid)
	}
}

// The true field has the true Jacobian.
func TestJacobianTermVanishesAtTheTruth(t *testing.T) {
	p := mustProblem(t, []data.Series{lorenzRows(t, 400, 0.01)}, &field.TermLibrary{Degree: 2, Power: 1}, func(s *Settings) { s.Scale, s.Heldout = "none", 0 })
	z := append(lorenzLaw(p), p.startGuess()[0]...)
	for _, along := range []string{"all", "tangent", "random"} {
		o, _ := jacobians(t, p, 1, func(j *JacobianMatching) { j.Against, j.Along, j.Raw, j.Jitter = "lorenz", along, true, 0.1 })
		if v := o.Eval(nil, z, 0).Value; v > 1e-6 {
			t.Errorf("%s: %g at the truth", along, v)
		}
	}
}

func TestJacobianMatchingRefusesWhatItCannotDo(t *testing.T) {
	p := mustProblem(t, spaced(2, 0, 2), tinyNet(0, false), fixedSteps)
	for text, change := range map[string]func(*JacobianMatching){
		"lorenz":   func(j *JacobianMatching) { j.Against = "lorenz" },
		"lorentz":  func(j *JacobianMatching) { j.Against = "lorentz" },
		"along":    func(j *JacobianMatching) { j.Along = "most" },
		"jitter":   func(j *JacobianMatching) { j.Jitter = 0.1 },
		"places=0": func(j *JacobianMatching) { j.Places = 0 },
		"weight":   func(j *JacobianMatching) { j.Weight = math.NaN() },
	} {
		j := defaults(t, "jacobian-matching").(*JacobianMatching)
		change(j)
		if _, err := j.Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
