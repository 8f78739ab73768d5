package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// lagged is a system with a delay that is to be found from noisy rows.
type lagged struct {
	name  string
	text  string
	truth map[string]float64
	begin map[string]field.Unknown
	start float64
	noise float64
	t     []float64
}

// positive is an unknown above 0.
func positive(start float64) field.Unknown { return field.Unknown{Start: start, Min: new(float64)} }

func stepped(n int, step float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i) * step
	}
	return out
}

// laggedSystems are the delayed logistic (Hutchinson, 1948), with 5 % of noise, and the equation of
// Mackey and Glass (Science 197, 1977, 287–289).
func laggedSystems() []lagged {
	return []lagged{
		{name: "delayed logistic", text: "x' = r*x*(1 - x(t - tau)/K)", truth: map[string]float64{"r": 1.2, "tau": 1.5, "K": 10},
			begin: map[string]field.Unknown{"r": positive(0.6), "tau": positive(1), "K": positive(6)}, start: 0.5, noise: 0.45, t: stepped(61, 0.5)},
		{name: "Mackey and Glass", text: "x' = b*x(t - tau)/(1 + x(t - tau)^10) - g*x", truth: map[string]float64{"b": 0.2, "g": 0.1, "tau": 17},
			begin: map[string]field.Unknown{"b": positive(0.3), "g": positive(0.15), "tau": positive(12)}, start: 1.2, noise: 0.05, t: stepped(101, 2)},
	}
}

// rows are a draw of the noise.
func (q *lagged) rows(t *testing.T, seed uint64) data.Series {
	t.Helper()
	clean := recorded(t, &field.System{Name: q.name, States: []string{"x"}, Equations: q.text, Parameters: q.truth, Start: []float64{q.start}}, q.t, "0", 0)
	rec := data.Series{Names: []string{"x"}, Units: []string{""}, Time: "t", T: q.t}
	r := num.Stream(seed, "delay "+q.name)
	for k := range q.t {
		rec.X = append(rec.X, clean.Row(k)[0]+q.noise*r.NormFloat64())
	}
	return rec
}

func (q *lagged) problem(t *testing.T, seed uint64, change func(*Settings)) *Problem {
	t.Helper()
	p := mustProblem(t, []data.Series{q.rows(t, seed)}, &field.Equations{Text: q.text, Parameters: q.begin}, func(s *Settings) {
		s.Heldout, s.Members = 0, 1
		change(s)
	})
	p.ArchName = "equations"
	return p
}

// off is the largest error of the numbers found, in parts of the truth, and how many of them lie
// within two standard errors.
func (q *lagged) off(t *testing.T, r *Result) (most float64, covered int) {
	t.Helper()
	for _, e := range r.Parameters {
		truth, ok := q.truth[e.Name]
		if !ok {
			t.Fatalf("%s: %s", q.name, e.Name)
		}
		most = max(most, math.Abs(e.Value/truth-1))
		if math.Abs(e.Value-truth) <= 2*e.SD {
			covered++
		}
	}
	return most, covered
}

func TestDelaysAreFound(t *testing.T) {
	for _, q := range laggedSystems() {
		for _, m := range []Method{Auto{}, &LM{}} {
			p := q.problem(t, 1, func(s *Settings) { s.Solver.Solver = "tsit5" })
			r, err := m.Fit(context.Background(), p, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if most, _ := q.off(t, r); len(r.Parameters) != 3 || !(most < 0.05) {
				t.Errorf("%T, %s: off by %.3g: %+v", m, q.name, most, r.Parameters)
			}
		}
	}
}

// The gradient of vanilla goes through delays, in every lane.
func TestGradientsThroughDelays(t *testing.T) {
	q := laggedSystems()[0]
	p := q.problem(t, 1, func(s *Settings) {
		s.Members = 2
		s.Solver.RTol, s.Solver.ATol = 1e-10, 1e-12
	})
	for _, name := range []string{"discrete", "forward"} {
		d := Descent{Adjoint: name}
		loss, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(2, false), 2, false))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.equip(loss.tracking); err != nil {
			t.Fatal(err)
		}
		z := make([]float64, loss.Size())
		for i := range z {
			z[i] = 0.1 * math.Sin(float64(i)) // of both members, θ and starts
		}
		grad := make([]float64, len(z))
		loss.Eval(grad, z, 0)
		for i := range z {
			const h = 1e-5
			was := z[i]
			z[i] = was + h
			up := loss.Eval(nil, z, 0).Value
			z[i] = was - h
			down := loss.Eval(nil, z, 0).Value
			z[i] = was
			if fd := (up - down) / (2 * h); math.Abs(fd-grad[i]) > 1e-6*(1+math.Abs(fd)) {
				t.Errorf("%s: gradient %d is %.8g, differences say %.8g", name, i, grad[i], fd)
			}
		}
	}
	for _, name := range []string{"symplectic", "backsolve"} {
		if _, err := newAdjoint(name, newRollout(p, p.Parts.Field, p.inputs(2, false), 2, false)); err == nil {
			t.Errorf("%s took delays", name)
		}
	}
}

// What takes slopes to be of the moment refuses in a sentence.
func TestMethodsThatKnowNoPastRefuseDelays(t *testing.T) {
	q := laggedSystems()[0]
	for _, name := range Methods.Names() {
		m, err := Methods.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		switch name {
		case "auto", "lm", "vanilla", "progressive":
			continue
		}
		p := q.problem(t, 1, func(s *Settings) { s.Budget = 3 })
		if _, err := m.Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), "delays") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewSurface(q.problem(t, 1, func(*Settings) {}), Coupling{}); err == nil {
		t.Error("surfaces took a model with delays")
	}
}

func TestDelaysLongerThanTheRecordAreRefused(t *testing.T) {
	q := laggedSystems()[0]
	rec := q.rows(t, 1)
	for tau, refused := range map[float64]bool{29: false, 30: true, 1e3: true} {
		s := DefaultSettings()
		_, err := NewProblem([]data.Series{rec}, "equations", &field.Equations{Text: q.text,
			Parameters: map[string]field.Unknown{"r": positive(1), "tau": positive(tau), "K": positive(6)}}, s)
		if refused != (err != nil && strings.Contains(err.Error(), "x(t - tau) looks back by") && strings.Contains(err.Error(), "the longest recording lasts 30")) {
			t.Errorf("tau=%g: %v", tau, err)
		}
	}
}

// A forecast from the middle of a recording has its rows for its past, and so goes on as the
// trajectory does that they lie on.
func TestForecastsFromTheMiddleKnowThePast(t *testing.T) {
	q := laggedSystems()[0]
	q.noise = 0
	p := q.problem(t, 1, func(*Settings) {})
	r, err := (&LM{}).Fit(context.Background(), p, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := q.rows(t, 1)
	for _, n := range []int{3, 12, 31} {
		past := all.Slice(10, 10+n)
		past.ID = "another"
		f, err := r.Model.ForecastAfter(&past, all.T[10+n:], nil)
		if err != nil || f.Failed != "" {
			t.Fatal(err, f.Failed)
		}
		worst := 0.0
		for i, x := range f.X {
			worst = max(worst, math.Abs(x-all.Row(10 + n + i)[0]))
		}
		if limit := 0.3; n > 3 && worst > limit { // of values up to 26; 3 rows of 0.5 do not reach back by 1.5
			t.Errorf("from %d rows: off by %.3g", n, worst)
		}
		if short := strings.Contains(f.Note, "look back by 1.5"); short != (n < 4) {
			t.Errorf("from %d rows: %q", n, f.Note)
		}
	}
}
