package train

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// swirl is a damped oscillator, rows 0.3 apart.
func swirl(id string, n int, start, scale float64) data.Series {
	s := data.Series{ID: id, Names: []string{"x", "y"}, Units: []string{"", ""}, Time: "t"}
	for i := range n {
		t := 0.3 * float64(i)
		r := scale * math.Exp(-0.15*t)
		s.T = append(s.T, start+t)
		s.X = append(s.X, r*math.Cos(t), r*math.Sin(t))
	}
	return s
}

func gated(units int, every float64) *field.GRU {
	return &field.GRU{Recurrent: field.Recurrent{Units: units, Every: every}}
}

// spirals are two recordings, one of which lacks a row and two values.
func spirals() []data.Series {
	a, b := swirl("a", 41, 0, 1), swirl("b", 33, 5, 0.8)
	b.T, b.X = slices.Delete(b.T, 7, 8), slices.Delete(b.X, 14, 16)
	b.X[9], b.X[20] = math.NaN(), math.NaN()
	return []data.Series{a, b}
}

// A forecast at the samples is the map applied again and again, whatever else
// is asked for between; there it lies on straight lines.
func TestForecastsInDiscreteTimeRepeatTheMap(t *testing.T) {
	p := mustProblem(t, spirals(), gated(3, 0), func(s *Settings) { s.Budget = 1 })
	m := fitted(t, defaults(t, "vanilla"), p).Model
	f := &m.Parts.Frame
	if math.Abs(f.Step-0.3) > 1e-12 || m.Solver.Solver != "map" {
		t.Fatalf("a step of %g by %s", f.Step, m.Solver.Solver)
	}
	g := field.New(m.Parts.Field, 1, false)
	n := len(f.States)
	x, dx := program.NewBatch(n, 1), program.NewBatch(n, 1)
	copy(x.V, m.Records[0].Start[0])
	at := &field.Point{T: make([]float64, 1), X: x, Theta: field.Batch{V: m.Theta[0], Rows: len(m.Theta[0]), Lanes: 1}}
	want := [][2]float64{}
	for range 8 {
		want = append(want, [2]float64{f.Shift[0] + f.Scale[0]*x.V[0], f.Shift[1] + f.Scale[1]*x.V[1]})
		g.Eval(dx, at)
		for i := range x.V {
			x.V[i] += f.Step / f.Time * dx.V[i]
		}
	}
	fc, err := m.Forecast(0, []float64{0, 0.3, 0.4, 0.45, 0.6, 1.2, 2.1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, c := range []struct {
		from int
		part float64
	}{{0, 0}, {1, 0}, {1, 1.0 / 3}, {1, 0.5}, {2, 0}, {4, 0}, {7, 0}} {
		for i, got := range fc.Row(k) {
			v := want[c.from][i]
			if c.part > 0 {
				v += c.part * (want[c.from+1][i] - v)
			}
			if math.Abs(got-v) > 1e-12 {
				t.Errorf("time %g, state %d: %.14g, want %.14g", fc.T[k], i, got, v)
			}
		}
	}
}

// Every method trains recurrent networks, from recordings with rows missing,
// and goes on from its checkpoints with the same bits.
func TestMethodsTrainModelsInDiscreteTime(t *testing.T) {
	unhurried(t)
	for _, name := range []string{"vanilla", "homotopy", "lm", "auto"} {
		budget := map[string]int{"vanilla": 800, "homotopy": 800, "lm": 40, "auto": 120}[name]
		p := mustProblem(t, spirals(), gated(4, 0), func(s *Settings) { s.Budget, s.Seed = budget, 1 })
		var saved *Checkpoint
		r, err := defaults(t, name).Fit(t.Context(), p, nil, func(e Event) {
			if e.Checkpoint != nil && (saved == nil || e.K < budget/2) {
				saved = e.Checkpoint
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if r.Status != StatusOK || !(r.Train.R2 > 0.9) {
			t.Errorf("%s: %s with R² %g", name, r.Status, r.Train.R2)
		}
		again, err := defaults(t, name).Fit(t.Context(), p, saved, nil)
		if err != nil || !slices.Equal(again.Model.Theta[0], r.Model.Theta[0]) {
			t.Errorf("%s: going on from iteration %d gives another model, %v", name, saved.K, err)
		}
	}
}

// Forced towards the rows, a trajectory follows them even if the network knows nothing;
// gradients are those of the loss.
func TestTeacherForcingIsDifferentiated(t *testing.T) {
	p := mustProblem(t, spirals(), gated(2, 0))
	for _, forcing := range []string{"full", "scheduled"} {
		o, err := newForcedLoss(p, 1, 100, forcing)
		if err != nil {
			t.Fatal(err)
		}
		z, err := p.begin(1)
		if err != nil {
			t.Fatal(err)
		}
		grad := make([]float64, len(z))
		const k = 40
		o.Eval(grad, z, k)
		for i := 0; i < len(z); i += 5 {
			const h = 1e-5
			v := z[i]
			z[i] = v + h
			up := o.Eval(nil, z, k).Value
			z[i] = v - h
			down := o.Eval(nil, z, k).Value
			z[i] = v
			if d := (up - down) / (2 * h); math.Abs(d-grad[i]) > 1e-6*(1+math.Abs(d)) {
				t.Errorf("%s, unknown %d: gradient %g, differences %g", forcing, i, grad[i], d)
			}
		}
	}
	if _, err := newForcedLoss(mustProblem(t, spirals(), tinyNet(0, false)), 1, 100, "full"); err == nil || !strings.Contains(err.Error(), "homotopy") {
		t.Errorf("forcing a model in continuous time: %v", err)
	}
	if _, err := newForcedLoss(p, 1, 100, "fully"); err == nil {
		t.Error("an unknown forcing is taken")
	}
}

// Rows at odd times are refused with a way out, and the way out works.
func TestIrregularRowsNeedTheTimeOfAStep(t *testing.T) {
	odd := swirl("a", 41, 0, 1)
	for i := range odd.T {
		odd.T[i] += 0.1 * math.Sin(float64(5*i))
	}
	s := DefaultSettings()
	_, err := NewProblem([]data.Series{odd}, "gru", gated(3, 0), s)
	if err == nil || !strings.Contains(err.Error(), "every=") || !strings.Contains(err.Error(), "model=gru") || !strings.Contains(err.Error(), "spline") {
		t.Errorf("irregular rows: %v", err)
	}
	p, err := NewProblem([]data.Series{odd}, "gru", gated(4, 0.3), s)
	if err != nil {
		t.Fatal(err)
	}
	p.Budget = 40
	if r := fitted(t, defaults(t, "lm"), p); !(r.Train.R2 > 0.9) || r.Model.Parts.Frame.Step != 0.3 {
		t.Errorf("R² %g with a step of %g", r.Train.R2, r.Model.Parts.Frame.Step)
	}
	if _, err := NewProblem([]data.Series{odd}, "gru", gated(4, -1), s); err == nil {
		t.Error("a step of -1 is taken")
	}
	shaky := swirl("a", 41, 0, 1) // times that were rounded
	for i := range shaky.T {
		shaky.T[i] = math.Round(shaky.T[i]*23) / 23
	}
	if p, err = NewProblem([]data.Series{shaky}, "gru", gated(4, 0), s); err != nil || math.Abs(p.Parts.Frame.Step-0.3) > 0.01 {
		t.Errorf("rounded times: %v", err)
	}
}

// A model that has seen the rows of another recording goes on better than one
// that has only seen the last.
func TestForecastAfterAnotherRecordingKnowsItsRows(t *testing.T) {
	s := DefaultSettings()
	s.Budget, s.Seed = 60, 1
	p, err := NewProblem(spirals(), "gru", gated(6, 0), s)
	if err != nil {
		t.Fatal(err)
	}
	m := fitted(t, defaults(t, "lm"), p).Model
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	if m, err = model.Read(&file); err != nil {
		t.Fatal(err)
	}
	whole := swirl("c", 25, 2, 0.9)
	rows := whole.Slice(0, 15)
	off := func(f *model.Forecast, err error) float64 {
		if err != nil || f.Len() != 10 {
			t.Fatalf("%v, %+v", err, f)
		}
		sum := 0.0
		for k := range f.T {
			for i, v := range f.Row(k) {
				sum += math.Pow(v-whole.Row(15 + k)[i], 2)
			}
		}
		return math.Sqrt(sum / 20)
	}
	after := off(m.ForecastAfter(&rows, whole.T[15:], nil))
	cold := off(m.ForecastFrom(rows.Row(14), rows.T[14], whole.T[15:], nil))
	if !(after < 0.05) || !(after < cold/2) {
		t.Errorf("errors: %.3g after the rows, %.3g from the last row alone", after, cold)
	}
}

// Many lanes are integrated in parts; the parts have inputs of their own.
func TestManyMembersWithInputsInDiscreteTime(t *testing.T) {
	var recs []data.Series
	for k := range 4 {
		s := swirl(string(rune('a'+k)), 21, 0, 1+float64(k))
		s.Inputs = []string{"u"}
		for i := range s.T {
			s.U = append(s.U, math.Sin(float64(i*k)))
		}
		recs = append(recs, s)
	}
	fit := func(members int) *Result {
		p := mustProblem(t, recs, gated(3, 0), func(s *Settings) { s.Budget, s.Members, s.Keep = 12, members, "last" })
		return fitted(t, &Homotopy{Descent: Descent{LR: 0.01}, Coupling: 4, Levels: 2, Epochs: 6, Ratio: 0.5, Smoothing: -1}, p)
	}
	many := fit(8)
	if many.Members != 8 {
		t.Fatalf("%d members", many.Members)
	}
	found := false
	for _, theta := range many.Model.Theta {
		same := true
		for i, v := range fit(1).Model.Theta[0] {
			same = same && math.Abs(theta[i]-v) < 1e-9
		}
		found = found || same
	}
	if !found {
		t.Error("no member is the one that is fitted alone")
	}
}

// Inputs of a model in discrete time do not break its steps.
func TestInputsDoNotShortenSteps(t *testing.T) {
	s := swirl("a", 31, 0, 1)
	s.Inputs = []string{"u"}
	for i := range s.T {
		s.U = append(s.U, math.Sin(float64(i)))
	}
	p := mustProblem(t, []data.Series{s}, gated(3, 0), func(s *Settings) { s.Budget = 3 })
	m := fitted(t, defaults(t, "vanilla"), p).Model
	f, err := m.Forecast(0, []float64{0.15, 3, 9}, &s)
	if err != nil || f.Failed != "" || f.Evals != 30 {
		t.Errorf("%v, %+v; want an evaluation for each of 30 steps", err, f)
	}
	if m.Solver != (ode.Options{Solver: "map", Step: m.Solver.Step, Save: "interpolate", Memory: m.Solver.Memory}) {
		t.Errorf("solver %+v", m.Solver)
	}
}
