package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// assessKnown assesses a model that is what text says, without training.
func assessKnown(t *testing.T, s data.Series, text string, change ...func(*Settings)) *Result {
	t.Helper()
	p := mustProblem(t, []data.Series{s}, &field.Equations{Text: text}, change...)
	r := &Result{Status: StatusOK, Model: untrained(t, p, 1), Method: "test"}
	if err := Complete(p, r); err != nil {
		t.Fatal(err)
	}
	return r
}

// codesOfScores are the verdicts about scores, one after the other.
func codesOfScores(r *Result) string {
	var out []string
	for _, v := range r.Verdicts {
		switch v.Code {
		case VerdictUnusable, VerdictDiverges, VerdictConstant, VerdictBaseline, VerdictUnpredictable:
			out = append(out, v.Code)
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

func noisy(s data.Series, level float64) data.Series {
	r, m := num.Stream(11, "verdict"), data.NewMoments(s)
	for i := range s.X {
		s.X[i] += level * m.SD[i%len(s.Names)] * r.NormFloat64()
	}
	return s
}

// In chaos a free run over the record fails of the true law, which is no fault:
// the valid time speaks.
func TestHeadlineOfChaosIsTheValidTime(t *testing.T) {
	unhurried(t)
	lorenz := others()[6]
	lorenz.dt, lorenz.rows = 0.05, 500
	s := data.Series{Names: []string{"x", "y", "z"}, Units: make([]string, 3), Time: "t", T: steps(500, 0.05), X: lorenz.orbit(500)}
	r := assessKnown(t, noisy(s, 0.02), "x' = 10*(y - x)\ny' = x*(28 - z) - y\nz' = x*y - 8/3*z")
	a := r.Assessment
	if a.Headline != HeadlineValid || codesOfScores(r) != VerdictUnpredictable || !(a.FromStart.Scores.R2 < 0.5) {
		t.Fatalf("headline %s, from start R² %g, verdicts %v", a.Headline, a.FromStart.Scores.R2, r.Verdicts)
	}
	if slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Code == VerdictMemory }) {
		t.Errorf("what chaos leaves of the rows is held against the model: %v", r.Verdicts)
	}
	if v := a.Valid; !(v.Time > 1.5) || !(v.Lyapunov > 0.6 && v.Lyapunov < 1.3) || v.Origins < 8 {
		t.Errorf("%+v", v)
	}
	if c := a.Compare(); !c.Beats() || !(c.Model < c.Best/2) || !strings.Contains(c.Text(), "beats") {
		t.Errorf("%+v", c)
	}
}

// TestHeadlineIsTheValidTimeWhereFreeRunsMustFail: the model lets errors grow by more than four powers of e over the record,
// or no baseline forecasts its end; and only where forecasts begin well and stay near the data.
func TestHeadlineIsTheValidTimeWhereFreeRunsMustFail(t *testing.T) {
	bins := func(first, last float64) []Horizon {
		return []Horizon{{Scores: data.Scores{NRMSE: first}}, {Scores: data.Scores{NRMSE: last}}}
	}
	for _, c := range []struct {
		lyapunov, span, first, last float64 // of the model; the last of the best baseline
		wild                        bool
		want                        string
	}{
		{1, 10, 0.1, 0.1, false, HeadlineValid}, {1, 3, 0.1, 0.1, false, HeadlineFree}, {0.1, 50, 0.1, 0.1, false, HeadlineValid},
		{5, 0.5, 0.1, 0.1, false, HeadlineFree}, {0, 10, 0.1, 1.2, false, HeadlineValid}, {1, 10, 0.1, 0.1, true, HeadlineFree},
		{1, 10, 0.6, 0.1, false, HeadlineFree},
	} {
		a := &Assessment{Held: &HeldOut{Scores: data.Scores{NRMSE: 0.9}, Horizons: bins(c.first, 1.4)}, FromStart: &FreeRun{},
			Baselines: []Baseline{{Horizons: bins(0.5, c.last)}}}
		a.Valid = &ValidTime{Lyapunov: c.lyapunov}
		if got := a.headline(c.span, c.wild); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	good := &Assessment{Held: &HeldOut{Scores: data.Scores{NRMSE: 0.3}}, FromStart: &FreeRun{Scores: data.Scores{NRMSE: 0.2}}}
	if got := good.headline(100, false); got != HeadlineFree {
		t.Errorf("of free runs that are right the headline is %s", got)
	}
}

// A model that says the mean is not called worse than it, and no figure is mere rounding.
func TestAConstantIsNotWorseThanAConstant(t *testing.T) {
	if got := besideConstant(-1.3e-9); got != "no better than a constant (R² -1e-09)" {
		t.Error(got)
	}
	if got := besideConstant(-0.5); got != "worse than a constant (R² -0.5)" {
		t.Error(got)
	}
}

// Two errors that read alike are not told as one above the other, and a simple law that is
// clearly ahead of every baseline is a law.
func TestWhatIsSaidOfALeadHolds(t *testing.T) {
	b := Baseline{Name: BaselinePersistence, Note: "the last value"}
	if text := (&Compared{Baseline: &b, Model: 0.7245, Best: 0.72449}).Text(); !strings.Contains(text, "0.725 deviations, as good as that of the best baseline") {
		t.Error(text)
	}
	if text := (&Compared{Baseline: &b, Model: 0.8, Best: 1.2}).Text(); !strings.Contains(text, "0.8 deviations, that of the best baseline, persistence (the last value), 1.2") {
		t.Error(text)
	}
	for _, c := range []struct {
		model, best float64
		stays       bool
	}{{0.0466, 0.0643, false}, {0.063, 0.0643, true}, {0.8, 1.2, true}} {
		b.Rolling = data.Scores{NRMSE: c.best}
		r := &Result{Verdicts: []Verdict{{Code: VerdictPlain}}, Assessment: &Assessment{Baselines: []Baseline{b}, Held: &HeldOut{Rolling: data.Scores{NRMSE: c.model}}}}
		if r.withdraw(); r.moves() != c.stays {
			t.Errorf("%g beside %g: %v", c.model, c.best, r.Verdicts)
		}
	}
	// What is ahead up to the valid time alone is not.
	near := func(v float64) []Horizon { return []Horizon{{To: 1, Rows: 9, Scores: data.Scores{NRMSE: v}}} }
	b.Rolling, b.Horizons = data.Scores{NRMSE: 1.2}, near(0.4)
	r := &Result{Verdicts: []Verdict{{Code: VerdictPlain}}, Assessment: &Assessment{Headline: HeadlineValid, Valid: &ValidTime{Time: 1}, Baselines: []Baseline{b},
		Held: &HeldOut{Rolling: data.Scores{NRMSE: 0.8}, Horizons: near(0.2)}}}
	if r.withdraw(); !r.moves() {
		t.Errorf("a law that forecasts next to nothing: %v", r.Verdicts)
	}
}

// A forecast is worse than a constant where the constant, which knows the training rows
// alone, is nearer to the held-out rows; and not where these merely hardly vary.
func TestHeldOutRowsAreComparedWithTheMeanOfTheOthers(t *testing.T) {
	for _, c := range []struct {
		off, mean, r2 float64
		worse         bool
	}{{1.5, 0.9, -1.5, true}, {1.5, 2, -1.5, false}, {0.1, 0.9, -3, false}} {
		a := &Assessment{Headline: HeadlineFree, FromStart: &FreeRun{Scores: data.Scores{R2: 0.9}},
			Held:      &HeldOut{Windows: []Window{{}}, Scores: data.Scores{NRMSE: c.off, R2: c.r2}},
			Baselines: []Baseline{{Name: BaselineMean, Scores: data.Scores{NRMSE: c.mean}, Rolling: data.Scores{NRMSE: 9}}}}
		told := len(a.verdicts(false)) > 0
		if told != c.worse {
			t.Errorf("off by %g, the mean by %g, r2 %g: %v", c.off, c.mean, c.r2, a.verdicts(false))
		}
	}
}

// A model that forecasts badly is told to be worse than a constant and than a
// baseline, whatever its fit.
func TestBadModelsAreToldAsBad(t *testing.T) {
	s := noisy(wave(steps(100, 0.3)), 0.02)
	r := assessKnown(t, s, "x' = 0.5 + 0.1*t")
	if got := codesOfScores(r); !strings.Contains(got, VerdictConstant) || !strings.Contains(got, VerdictBaseline) || r.Assessment.Headline != HeadlineFree {
		t.Errorf("verdicts %q, headline %s", got, r.Assessment.Headline)
	}
	if r := assessKnown(t, s, "x' = 40*x"); codesOfScores(r) != VerdictUnusable {
		t.Errorf("a model that runs away: %v", r.Verdicts)
	}
	if r := assessKnown(t, s, "x' = x^2", func(s *Settings) { s.Scale = "none" }); codesOfScores(r) != VerdictUnusable || !math.IsNaN(r.Assessment.FromStart.Scores.MSE) {
		t.Errorf("a model that blows up: %v, %+v", r.Verdicts, r.Assessment.FromStart)
	}
}

// The true law has nothing against it.
func TestGoodModelsAreNotWarnedOf(t *testing.T) {
	s := data.Series{Names: []string{"x", "y"}, Units: make([]string, 2), Time: "t", T: steps(61, 0.1)}
	lv := lotkaVolterra()
	s.X = lv.orbit(61)
	r := assessKnown(t, noisy(s, 0.05), "x' = 1.3*x - 0.9*x*y\ny' = 0.8*x*y - 1.8*y")
	if codesOfScores(r) != "" || !r.Assessment.Compare().Beats() || r.Assessment.Headline != HeadlineFree {
		t.Errorf("verdicts %v, headline %s", r.Verdicts, r.Assessment.Headline)
	}
}

// What is less by a few parts in a hundred is as good.
func TestALeadOfNothingIsNoLead(t *testing.T) {
	b := &Baseline{Name: "mean", Note: "of the training rows"}
	for _, c := range []struct {
		model float64
		says  string
	}{{0.49975, "as good as"}, {0.4925, "as good as"}, {0.47, "beats"}, {0.5, "as good as"}} {
		if text := (&Compared{Baseline: b, Model: c.model, Best: 0.5}).Text(); !strings.Contains(text, c.says) || strings.Contains(text, " 0 %") {
			t.Errorf("%g beside 0.5: %s", c.model, text)
		}
	}
}
