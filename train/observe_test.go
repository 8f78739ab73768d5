package train

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

// shone is a substance that decays at the rate 0.4 and of which a meter shows
// 1.5·a·(1 + a), with noise.
func shone(rows int, noise float64) (data.Series, *field.Equations) {
	s := data.Series{Names: []string{"signal"}, Units: []string{""}, Time: "t", T: steps(rows, 0.15)}
	r := num.Stream(3, "shone")
	for _, at := range s.T {
		a := 2 * math.Exp(-0.4*at)
		s.X = append(s.X, 1.5*a*(1+a)+noise*r.NormFloat64())
	}
	return s, &field.Equations{Text: "a' = -k*a", Observe: map[string]string{"signal": "gain*a*(1 + a)"}, Start: map[string]float64{"a": 1},
		Parameters: map[string]field.Unknown{"k": {Start: 1, Min: new(float64)}, "gain": {Start: 1, Min: new(float64)}}}
}

// Every way to a fit through what is seen finds the numbers that made it, within their errors.
func TestNumbersAreFoundThroughWhatIsSeen(t *testing.T) {
	s, e := shone(60, 0.02)
	for _, m := range []Method{Auto{}, &LM{}} {
		p := mustProblem(t, []data.Series{s}, e, func(set *Settings) { set.Members = 1 })
		p.ArchName = "equations"
		r, err := m.Fit(context.Background(), p, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range append(r.Parameters, r.Starts...) {
			want := map[string]float64{"k": 0.4, "gain": 1.5, "a(0)": 2}[q.Name]
			if want == 0 || !(math.Abs(q.Value-want) < 4*q.SD) || !(q.SD < want/3) {
				t.Errorf("%T: %s = %g ± %g, want %g", m, q.Name, q.Value, q.SD, want)
			}
		}
		if len(r.Parameters) != 2 || len(r.Starts) != 1 {
			t.Errorf("%T: %d parameters and %d starts", m, len(r.Parameters), len(r.Starts))
		}
	}
}

// A forecast shows what is seen, from the present state that the rows tell, and the model
// file keeps it.
func TestForecastsShowWhatIsSeen(t *testing.T) {
	s, e := shone(40, 0)
	e.Parameters = map[string]field.Unknown{"k": {Start: 0.4}, "gain": {Start: 1.5}}
	p := mustProblem(t, []data.Series{s}, e)
	m := untrained(t, p, 1)
	m.ArchName = "equations"
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	m, err := model.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	m.Noise = []float64{1e-3}
	history := s.Slice(5, 30)
	history.ID = "other"
	f, err := m.ForecastAfter(&history, []float64{s.T[35], s.T[39]}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range []int{35, 39} {
		if differs(f.X[i], s.X[k], 1e-3) {
			t.Errorf("at %g it shows %g, want %g", s.T[k], f.X[i], s.X[k])
		}
	}
	state, cov, err := m.Present(&history, s.T[29])
	if a := 2 * math.Exp(-0.4*s.T[29]); err != nil || differs(state[1], a, 1e-3) || !(cov[3] > 0 && cov[3] < 1e-4) {
		t.Errorf("the present is %v with covariance %v, want %g (%v)", state, cov, a, err)
	}
}

// The present of rows that begin anywhere is found, though the states there are not measured and
// far from where the recording began.
func TestPresentsAreFoundThroughWhatIsSeen(t *testing.T) {
	e := &field.Equations{Text: "x' = 1.3*x - x*y\ny' = x*y - 1.1*y", Observe: map[string]string{"light": "x + k*x*y"},
		Parameters: map[string]field.Unknown{"k": {Start: 0.5}}, Start: map[string]float64{"x": 1, "y": 1}}
	truth, err := ode.Solve(lightOf(t, e), ode.Options{Solver: "dop853", RTol: 1e-10, ATol: 1e-10})
	if err != nil {
		t.Fatal(err)
	}
	s := data.Series{Names: []string{"light"}, Units: []string{""}, Time: "t", T: steps(90, 0.1)}
	for k := range s.T {
		x, y := truth.X[3*k+1], truth.X[3*k+2]
		s.X = append(s.X, x+0.5*x*y)
	}
	m := untrained(t, mustProblem(t, []data.Series{s}, e, func(set *Settings) { set.Initial = "known" }), 1)
	m.Noise = []float64{0.02}
	for _, to := range []int{12, 17, 20, 25, 33, 47, 62, 70} {
		history := s.Slice(max(0, to-20), to)
		history.ID = "other"
		f, err := m.ForecastAfter(&history, []float64{s.T[to+4]}, nil)
		if err != nil || f.Len() != 1 || differs(f.X[0], s.X[to+4], 5e-3) {
			t.Errorf("rows up to %d: %v (%v), want %g", to, f, err, s.X[to+4])
		}
	}
}

func lightOf(t *testing.T, e *field.Equations) *ode.IVP {
	t.Helper()
	p, err := e.Build(field.Unscaled([]string{"light"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	return &ode.IVP{Field: field.New(p.Field, 1, false), X0: field.Batch{V: []float64{0, 1, 1}, Rows: 3, Lanes: 1},
		Theta: field.Batch{V: p.Theta0, Rows: len(p.Theta0), Lanes: 1}, T0: []float64{0}, Times: steps(90, 0.1)}
}

// Where no column is a state, a known start is that of the equations, or a list of their states.
func TestKnownStartsOfWhatIsOnlySeen(t *testing.T) {
	s, e := shone(20, 0)
	for _, start := range [][]float64{nil, {1}, {9, 1}} {
		p := mustProblem(t, []data.Series{s}, e, func(set *Settings) { set.Initial, set.Start = "known", start })
		if got := p.startGuess()[0]; differs(got[1]*p.Parts.Frame.Scale[1]+p.Parts.Frame.Shift[1], 1, 1e-12) {
			t.Errorf("%v: starts at %v", start, got)
		}
	}
	if _, err := NewProblem([]data.Series{s}, "equations", e, Settings{Initial: "known", Start: []float64{1, 2, 3}}); err == nil {
		t.Error("three numbers are taken for one state")
	}
}

func TestMethodsThatTakeColumnsForStatesRefuseWhatIsOnlySeen(t *testing.T) {
	s, e := shone(30, 0)
	honest := map[string]bool{"auto": true, "lm": true, "vanilla": true, "progressive": true}
	for _, name := range Methods.Names() {
		m, err := Methods.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		p := mustProblem(t, []data.Series{s}, e, func(set *Settings) { set.Budget = 2 })
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err = m.Fit(ctx, p, nil, nil)
		if refused := err != nil && strings.Contains(err.Error(), "observe: signal"); refused == honest[name] {
			t.Errorf("%s: %v", name, err)
		}
	}
	e.Text, e.Parameters = "a' = -k*a + 0*nn(a)", map[string]field.Unknown{"k": {Start: 1}, "gain": {Start: 1}}
	if _, err := (Auto{}).Fit(context.Background(), mustProblem(t, []data.Series{s}, e), nil, nil); err == nil || !strings.Contains(err.Error(), "observe: signal") {
		t.Errorf("auto with a network: %v", err)
	}
}
