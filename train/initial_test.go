package train

import (
	"math"
	"math/cmplx"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
)

// spiral is x' = A·(x − 2) with the poles −0.3 ± 2i, in rows without noise.
func spiral(n int, dt float64) data.Series {
	s := data.Series{Names: []string{"x", "y"}}
	for i := range n {
		t := dt * float64(i)
		e := math.Exp(-0.3 * t)
		s.T, s.X = append(s.T, t), append(s.X, 2+e*math.Cos(2*t), 2+e*math.Sin(2*t))
	}
	return s
}

func begunBy(init string) func(*Settings) {
	return func(s *Settings) {
		s.Init, s.Solver = init, ode.Options{Solver: "midpoint", Step: 0.05, MaxSteps: 20000}
	}
}

// TestLinearStartKnowsTheLaw: of rows of a linear law the start has its poles, in the
// units of the user.
func TestLinearStartKnowsTheLaw(t *testing.T) {
	for _, init := range []string{"linear", "linear:pairs=false,points=0"} {
		p := mustProblem(t, []data.Series{spiral(200, 0.05)}, &field.MLP{Hidden: []int{16, 16}, Activation: "gelu"}, begunBy(init))
		theta, err := p.draw(0)
		if err != nil {
			t.Fatal(err)
		}
		q := newProbe(p)
		copy(q.at.Theta.V, theta)
		f := &p.Parts.Frame
		for j := range 2 { // where it rests
			q.at.X.V[j] = 0
		}
		q.at.T[0] = 0
		v, out, jac := field.Point{X: field.Batch{Rows: 2, Lanes: 1, V: make([]float64, 2)}}, field.Batch{Rows: 2, Lanes: 1, V: make([]float64, 2)}, make([]float64, 4)
		for j := range 2 {
			clear(v.X.V)
			v.X.V[j] = 1
			q.f.JVP(out, &q.at, &v)
			jac[j], jac[2+j] = out.V[0], out.V[1]
		}
		for _, l := range num.Poles(jac, 2) {
			l /= complex(f.Time, 0)
			if off := min(cmplx.Abs(l-(-0.3+2i)), cmplx.Abs(l-(-0.3-2i))); off > 0.15 { // splines smooth the ends, and the mean is not the rest
				t.Errorf("%s: a pole of the start is %.3g", init, l)
			}
		}
	}
}

// TestChosenStartSaysWhatItTook, is the same with any number of threads, and is the best of
// those that were tried.
func TestChosenStartSaysWhatItTook(t *testing.T) {
	var first *Problem
	for _, threads := range []int{1, 3} {
		old := runtime.GOMAXPROCS(threads)
		p := mustProblem(t, []data.Series{spiral(120, 0.1)}, &field.MLP{Hidden: []int{12}, Activation: "gelu"}, begunBy("auto"))
		runtime.GOMAXPROCS(old)
		if first == nil {
			first = p
		}
		if !slices.Equal(p.Pilots(), first.Pilots()) {
			t.Errorf("with %d threads other figures: %v", threads, p.PilotWords())
		}
	}
	if !strings.HasPrefix(first.PilotWords(), "init=auto takes ") {
		t.Errorf("it says: %s", first.PilotWords())
	}
	for _, pilot := range first.Pilots() {
		if pilot.Chosen && (pilot.Init == "torch" || pilot.After > 0.1) {
			t.Errorf("of rows of a linear law: %s", first.PilotWords())
		}
		if pilot.Chosen {
			want, err := first.drawnAs(pilot.Init, 0)
			got, err2 := first.draw(0)
			if err != nil || err2 != nil || !slices.Equal(got, want) {
				t.Errorf("what is drawn is not %s; %v %v", pilot.Init, err, err2)
			}
		}
	}
	r := fitted(t, &Vanilla{Descent: Descent{LR: 0.01, Schedule: "constant"}}, mustProblem(t, []data.Series{spiral(60, 0.1)}, &field.MLP{Hidden: []int{8}, Activation: "tanh"},
		begunBy("auto"), func(s *Settings) { s.Budget = 3 }))
	if r.Status != StatusOK || !isNumber(r.Train.MSE) {
		t.Errorf("a fit with init=auto: %v", r.Tried)
	}
}

// TestAStartThatWasChosenIsOfItsModel: another one, such as a candidate, is drawn as if nothing had been chosen.
func TestAStartThatWasChosenIsOfItsModel(t *testing.T) {
	p := mustProblem(t, []data.Series{spiral(60, 0.1)}, &field.MLP{Hidden: []int{8}, Activation: "gelu"}, begunBy("torch"))
	p.Init, p.pilots, p.piloted = field.ChosenInit, []Pilot{{Init: "orthogonal", Chosen: true}}, p.Parts
	if got := p.chosen(); got != "orthogonal" {
		t.Errorf("the model of which it is begins with %s", got)
	}
	q := p.changed(func(q *Problem) {
		q.Parts = mustProblem(t, p.Train, &field.MLP{Hidden: []int{5}, Activation: "tanh"}, begunBy("torch")).Parts
	})
	got, err := q.draw(0)
	want, err2 := q.drawnAs("torch", 0)
	if err != nil || err2 != nil || !slices.Equal(got, want) {
		t.Errorf("it is drawn as %s; %v %v", q.chosen(), err, err2)
	}
}

// TestEveryStartTrainsEveryModelOrSaysWhy: with models of all kinds, hidden states and
// networks whose time is an argument.
func TestEveryStartTrainsEveryModelOrSaysWhy(t *testing.T) {
	for name, arch := range map[string]field.Architecture{
		"mlp":          &field.MLP{Hidden: []int{9}, Activation: "silu", Augment: 1},
		"time":         &field.MLP{Hidden: []int{9}, Activation: "relu", Time: true},
		"linear layer": &field.MLP{Activation: "tanh"},
		"poly-mlp":     &field.PolyMLP{MLP: field.MLP{Hidden: []int{6}, Activation: "tanh"}, Degree: 1},
		"gru":          &field.GRU{Recurrent: field.Recurrent{Units: 4}},
	} {
		for _, init := range field.Initialisers.Names() {
			p, err := NewProblem([]data.Series{spiral(40, 0.1)}, name, arch, func() Settings {
				s := DefaultSettings()
				s.Budget = 2
				begunBy(init)(&s)
				return s
			}())
			if err != nil {
				t.Fatal(err)
			}
			m := &Vanilla{Descent: Descent{LR: 0.001, Schedule: "constant"}}
			r, err := m.Fit(t.Context(), p, nil, nil)
			_, whole := p.Arch.(*field.MLP)
			switch {
			case err != nil && (whole || !strings.Contains(err.Error(), "model=mlp")):
				t.Errorf("%s, init=%s: %v", name, init, err)
			case err == nil && !isNumber(r.Train.MSE):
				t.Errorf("%s, init=%s: the error is %g", name, init, r.Train.MSE)
			}
		}
	}
}
