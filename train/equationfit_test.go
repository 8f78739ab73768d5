package train

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// sampled is a recording of functions of time with noise.
func sampled(t []float64, sd float64, of ...func(t float64) float64) data.Series {
	rec := data.Series{Names: []string{"x", "y", "z"}[:len(of)], Units: make([]string, len(of)), Time: "t", T: t}
	r := num.Stream(3, "sampled")
	for _, at := range t {
		for _, f := range of {
			rec.X = append(rec.X, f(at)+sd*r.NormFloat64())
		}
	}
	return rec
}

func estimated(t *testing.T, method string, p *Problem) (*Result, map[string]model.Estimate) {
	t.Helper()
	r := fitted(t, defaults(t, method), p)
	out := map[string]model.Estimate{}
	for _, e := range append(r.Parameters, r.Starts...) {
		out[e.Name] = e
	}
	return r, out
}

func atLeastZero(start float64) field.Unknown {
	zero := 0.0
	return field.Unknown{Start: start, Min: &zero}
}

// trueTo fails unless an estimate is within three standard errors of the truth, and these are small.
func trueTo(t *testing.T, what string, e model.Estimate, truth, relative float64) {
	t.Helper()
	if !(math.Abs(e.Value-truth) <= 3*e.SD) || !(e.SD <= relative*math.Abs(truth)) || e.Note != "" {
		t.Errorf("%s: %+v, want %g", what, e, truth)
	}
}

// Where a number begins does not matter, nor its unit: nothing pulls it back.
func TestStartsDecadesOffAreFound(t *testing.T) {
	for _, begin := range []field.Unknown{{Start: 1}, {Start: 1e-4}, atLeastZero(1e-3), atLeastZero(1e4)} {
		rec := sampled(steps(50, 0.2), 60, func(t float64) float64 { return 4000 * (1 - math.Exp(-0.8*t)) })
		p := mustProblem(t, []data.Series{rec}, &field.Equations{Text: "x' = q - k*x", Parameters: map[string]field.Unknown{"q": begin, "k": begin}})
		r, e := estimated(t, "auto", p)
		trueTo(t, "q", e["q"], 3200, 0.05)
		trueTo(t, "k", e["k"], 0.8, 0.05)
		if r.Convergence == nil || !r.Convergence.Converged || !r.Refit {
			t.Errorf("%+v: %+v", begin, r.Convergence)
		}
	}
	for _, method := range []string{"auto", "lm"} { // the data hardly depend on 1e9 where it is 1
		rec := sampled(steps(40, 1), 0.1, func(t float64) float64 { return 10 / (1 + 0.2*t) })
		arch := &field.Equations{Text: "x' = -A*exp(-26.6)*x^2", Parameters: map[string]field.Unknown{"A": {Start: 1}}}
		_, e := estimated(t, method, mustProblem(t, []data.Series{rec}, arch))
		trueTo(t, method+": A", e["A"], 0.02*math.Exp(26.6), 0.05)
	}
}

// A state that grows by factors from far below the noise starts above zero, wherever that is.
func TestGrowthFromNextToNothingIsFitted(t *testing.T) {
	rec := sampled(steps(25, 1), 0.01, func(t float64) float64 { return 1 / (1 + math.Exp(-0.9*(t-15))) })
	p := mustProblem(t, []data.Series{rec}, &field.Equations{Text: "x' = r*x*(1 - x)", Parameters: map[string]field.Unknown{"r": atLeastZero(0.05)}})
	r, e := estimated(t, "auto", p)
	trueTo(t, "r", e["r"], 0.9, 0.05)
	if s := e["x(0)"]; !(s.Value > 0) || !(s.Value < 1e-5) || len(r.Starts) != 1 {
		t.Errorf("start %+v", s)
	}
}

// A model that is not the truth is refitted to all rows all the same; a hidden start is told with
// its error.
func TestRefitOfParametricEquationsIsKept(t *testing.T) {
	unhurried(t)
	rec := sampled(steps(30, 1), 2, func(t float64) float64 { return 300*math.Exp(-(t-12)*(t-12)/18) + 40*math.Exp(-(t-24)*(t-24)/8) })
	arch := &field.Equations{Text: "x' = b*S*x/1000 - g*x\nS' = -b*S*x/1000", Start: map[string]float64{"S": 800},
		Parameters: map[string]field.Unknown{"b": atLeastZero(1), "g": atLeastZero(0.5)}}
	r, e := estimated(t, "auto", mustProblem(t, []data.Series{rec}, arch, func(s *Settings) { s.Heldout = 0.3 }))
	if !r.Refit || r.Chosen == nil || len(r.Starts) != 2 || math.IsNaN(e["S(0)"].SD) && e["S(0)"].Note == "" {
		t.Errorf("refit %v, %+v", r.Refit, r.Starts)
	}
}

// Numbers of which only the sum matters are told together; a prior that the user writes decides
// between them, and is the only one there is.
func TestPriorsAreThoseOfTheUser(t *testing.T) {
	rec := sampled(steps(40, 0.1), 0.05, func(t float64) float64 { return 5 * math.Exp(-0.8*t) })
	arch := &field.Equations{Text: "x' = -(p + q)*x", Parameters: map[string]field.Unknown{"p": {Start: 1}, "q": {Start: 1}}}
	r, e := estimated(t, "auto", mustProblem(t, []data.Series{rec}, arch))
	if !math.IsNaN(e["p"].SD) || !strings.Contains(e["p"].Note, "cannot tell it from q") || len(r.Determined) != 1 || !strings.HasPrefix(r.Determined[0], "p + q = ") {
		t.Errorf("%+v, %q", e["p"], r.Determined)
	}
	arch.Parameters["p"] = field.Unknown{Start: 1, Prior: &field.Prior{Mean: 0.3, SD: 0.02}}
	_, e = estimated(t, "auto", mustProblem(t, []data.Series{rec}, arch))
	trueTo(t, "p", e["p"], 0.3, 0.1)
	if trueTo(t, "q", e["q"], 0.5, 0.1); math.Abs(e["p"].SD/0.02-1) > 0.02 {
		t.Errorf("the prior's deviation of 0.02 became %g", e["p"].SD)
	}
	for _, method := range []string{"lm", "vanilla", "homotopy"} {
		if _, err := defaults(t, method).Fit(context.Background(), mustProblem(t, []data.Series{rec}, arch), nil, nil); err == nil || !strings.Contains(err.Error(), "prior") {
			t.Errorf("%s passes over a prior: %v", method, err)
		}
	}
}

// Errors are not told where the trajectory does not follow the data.
func TestNoErrorsWhereTheDataAreNotFollowed(t *testing.T) {
	unhurried(t)
	rec := sampled(steps(60, 0.3), 0.02, math.Sin)
	p := mustProblem(t, []data.Series{rec}, &field.Equations{Text: "x' = -k*x", Parameters: map[string]field.Unknown{"k": atLeastZero(1)}})
	for _, method := range []string{"auto", "lm"} {
		if _, e := estimated(t, method, p); !math.IsNaN(e["k"].SD) || !strings.Contains(e["k"].Note, "does not follow") {
			t.Errorf("%s: %+v", method, e["k"])
		}
	}
}

// The first row may lack a value: the start is learnt.
func TestFirstRowsMayLackValues(t *testing.T) {
	rec := sampled(steps(20, 0.25), 0.01, func(t float64) float64 { return math.Exp(-t) }, func(t float64) float64 { return 1 - math.Exp(-t) })
	rec.X[1], rec.X[3] = math.NaN(), math.NaN()
	p := mustProblem(t, []data.Series{rec}, &field.Equations{Text: "x' = -k*x\ny' = k*x", Parameters: map[string]field.Unknown{"k": atLeastZero(3)}})
	_, e := estimated(t, "auto", p)
	trueTo(t, "k", e["k"], 1, 0.05)
}

// Where a disturbance dies a million times as fast as the record is long, an implicit solver is
// taken, and that is said.
func TestStiffEquationsChangeTheSolver(t *testing.T) {
	rec := sampled(steps(21, 1), 0.01, func(t float64) float64 { return math.Exp(-0.2 * t) }, func(t float64) float64 { return math.Exp(-0.2 * t) })
	p := mustProblem(t, []data.Series{rec}, &field.Equations{Text: "x' = -50000*(x - y)\ny' = -r*y", Parameters: map[string]field.Unknown{"r": atLeastZero(0.05)}})
	r, e := estimated(t, "auto", p)
	trueTo(t, "r", e["r"], 0.2, 0.05)
	if r.Model.Solver.Solver != stiffSolver || !strings.Contains(strings.Join(r.Warnings, " "), "stiff") {
		t.Errorf("solver %s, warnings %q", r.Model.Solver.Solver, r.Warnings)
	}
}

// Going on from any checkpoint gives the same model.
func TestEquationFitsResume(t *testing.T) {
	p, _ := poor(t, "lotka-volterra")
	var saved []*Checkpoint
	whole, err := (Auto{}).Fit(context.Background(), p, nil, func(e Event) {
		if e.Checkpoint != nil {
			text, err := json.Marshal(e.Checkpoint)
			c := new(Checkpoint)
			if err == nil {
				err = json.Unmarshal(text, c)
			}
			if err != nil {
				t.Fatal(err)
			}
			saved = append(saved, c)
		}
	})
	if err != nil || len(saved) < 3 {
		t.Fatal(err, len(saved))
	}
	for i, c := range saved {
		r, err := (Auto{}).Fit(context.Background(), p, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(r.Model.Theta, whole.Model.Theta) || !reflect.DeepEqual(began(r), began(whole)) || r.Tried[0].Why != whole.Tried[0].Why || !reflect.DeepEqual(r.Noise, whole.Noise) {
			t.Errorf("checkpoint %d of %d gives %q instead of %q", i+1, len(saved), r.Tried[0].Why, whole.Tried[0].Why)
		}
	}
}

// The profile of a number on which trajectories depend linearly is a parabola of the standard error.
func TestProfileOfALinearModelIsAParabola(t *testing.T) {
	rec := sampled(steps(30, 0.2), 0.1, func(t float64) float64 { return 2 + 0.7*t })
	p := mustProblem(t, []data.Series{rec}, &field.Equations{Text: "x' = k", Parameters: map[string]field.Unknown{"k": {Start: 1}}}, func(s *Settings) { s.Heldout = 0 })
	r, e := estimated(t, "auto", p)
	set, err := p.Profiles(r.Model, "k", nil)
	if err != nil || len(set.List) != 1 {
		t.Fatal(err)
	}
	q := set.List[0]
	for i, v := range q.At {
		if want := math.Pow((v-e["k"].Value)/e["k"].SD, 2); math.Abs(q.Worse[i]-want) > 0.02*(1+want) {
			t.Errorf("at %g: %g, want %g", v, q.Worse[i], want)
		}
	}
	if q.Low != "crossed" || q.High != "crossed" || len(q.At) < 5 {
		t.Errorf("%+v", q)
	}
	for _, limit := range []float64{q.Lo, q.Hi} { // of 95 %: two deviations to either side
		if d := math.Abs(limit-e["k"].Value) / e["k"].SD; math.Abs(d-2) > 0.02 {
			t.Errorf("a limit lies %g deviations away", d)
		}
	}
	if _, err := p.Profiles(r.Model, "kk", nil); err == nil || !strings.Contains(err.Error(), "k") {
		t.Errorf("an unknown name: %v", err)
	}
}

// A profile that is as much worse as two deviations are worth on both sides has an interval,
// whatever the curvature says of it; one that stays low on a side has none there. Inside an
// interval all that was fitted is better than its limits.
func TestProfilesThatCrossHaveAnInterval(t *testing.T) {
	zero, least, most := 0.0, 0.2, 3.0
	rec := sampled(steps(30, 0.2), 0.03, func(t float64) float64 { return 0.5 + 3*math.Exp(-0.8*t) })
	p := mustProblem(t, []data.Series{rec}, &field.Equations{Text: "x' = -k*m*x + c + s*u\nu' = -9*u", Start: map[string]float64{"u": 0.1},
		Parameters: map[string]field.Unknown{"k": {Start: 1, Min: &zero}, "m": {Start: 1, Min: &least, Max: &most}, "c": {Start: 0.1}, "s": {Start: 1}}},
		func(s *Settings) { s.Heldout = 0 })
	r, _ := estimated(t, "auto", p)
	set, err := p.Profiles(r.Model, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range set.List {
		for _, side := range []struct {
			end   string
			limit float64
		}{{q.Low, q.Lo}, {q.High, q.Hi}} {
			if (side.end == "crossed") && math.IsNaN(side.limit) || (side.end == "open") && !math.IsNaN(side.limit) && slices.Max(q.Worse) < profileWorse {
				t.Errorf("%s: %s at %g", q.Name, side.end, side.limit)
			}
		}
		if both := !math.IsNaN(q.Lo) && !math.IsNaN(q.Hi); both && strings.HasPrefix(q.Note, undetermined) {
			t.Errorf("%s lies between %g and %g and is %q", q.Name, q.Lo, q.Hi, q.Note)
		}
		for i, v := range q.At {
			if inside := v > q.Lo && v < q.Hi; inside && q.Worse[i] > 1.2*profileWorse {
				t.Errorf("%s: %g is inside %g to %g and is worse by %g", q.Name, v, q.Lo, q.Hi, q.Worse[i])
			}
		}
		t.Logf("%s %g (%g to %g) %s %s %s", q.Name, q.Value, q.Lo, q.Hi, q.Low, q.High, q.Note)
	}
}

// TestEquationsHaveTheMembersThatAreAskedFor.
func TestEquationsHaveTheMembersThatAreAskedFor(t *testing.T) {
	rec := sampled(steps(15, 0.2), 0.02, func(t float64) float64 { return 3 * math.Exp(-0.8*t) })
	p := mustProblem(t, []data.Series{rec}, &field.Equations{Text: "x' = -k*x", Parameters: map[string]field.Unknown{"k": {Start: 1}}},
		func(s *Settings) { s.Members, s.Heldout = 2, 0 })
	if r, _ := estimated(t, "auto", p); len(r.Model.Theta) != 2 {
		t.Errorf("%d members", len(r.Model.Theta))
	}
}

// A search that is stopped in any of its attempts, the last one too, makes it again: it ends where
// one that nobody stopped does.
func TestASearchStoppedInAnAttemptGoesOn(t *testing.T) {
	// A cosine of which only the sine is asked for: no attempt explains it.
	rec := sampled(steps(20, 0.5), 0.01, func(t float64) float64 { return math.Cos(3*t) + 0.2*t })
	p := mustProblem(t, []data.Series{rec}, &field.Equations{Text: "x' = -k*x + m*h\nh' = -h", Start: map[string]float64{"h": 1},
		Parameters: map[string]field.Unknown{"k": {Start: 1}, "m": {Start: 1}}}, func(s *Settings) { s.Members = 1 })
	events := 0
	whole, err := (Auto{}).Fit(context.Background(), p, nil, func(Event) { events++ })
	if err != nil {
		t.Fatal(err)
	}
	for after := 1; after < events; after += max(1, events/8) {
		ctx, cancel := context.WithCancelCause(context.Background())
		var last *Checkpoint
		n := 0
		if _, err := (Auto{}).Fit(ctx, p, nil, func(e Event) {
			if n++; n == after {
				cancel(errors.New("someone pressed a key"))
			}
			if e.Checkpoint != nil {
				last = e.Checkpoint
			}
		}); err != nil {
			t.Fatal(err)
		}
		cancel(nil)
		r, err := (Auto{}).Fit(context.Background(), p, last, nil)
		if err != nil {
			t.Fatalf("stopped after %d of %d events: %v", after, events, err)
		}
		if len(r.Model.Theta) == 0 || !(math.Abs(r.Train.MSE-whole.Train.MSE) <= 1e-3*whole.Train.MSE) {
			t.Errorf("stopped after %d of %d events: mean square %v, want %v", after, events, r.Train.MSE, whole.Train.MSE)
		}
	}
}
