package train

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// askedTo is a context whose time is over at the k-th time that somebody asks.
type askedTo struct {
	context.Context
	k     int64
	asked atomic.Int64
}

func (c *askedTo) Err() error {
	if c.asked.Add(1) >= c.k {
		return ErrLimit
	}
	return nil
}

// stopCases are fits of the three kinds that a limit may end.
func stopCases(t *testing.T) map[string]func() (Method, *Problem) {
	wave := data.Series{Names: []string{"x", "v"}, Units: []string{"", ""}, Time: "t"}
	noise := uint64(1)
	for k := range 60 {
		noise = noise*6364136223846793005 + 1442695040888963407
		at := 0.2 * float64(k)
		wave.T, wave.X = append(wave.T, at), append(wave.X, math.Sin(at)+0.02*float64(noise>>40)/(1<<24), math.Cos(at))
	}
	net := &field.PolyMLP{MLP: field.MLP{Hidden: []int{2}, Activation: "gelu"}}
	quick := func(s *Settings) { s.Budget, s.Members, s.Solver.RTol, s.Solver.ATol = 30, 2, 1e-3, 1e-3 }
	chain, err := NewChain("gradient-matching", "lm")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]func() (Method, *Problem){
		"auto": func() (Method, *Problem) {
			p := mustProblem(t, []data.Series{wave}, net, quick)
			p.ArchName = "poly-mlp"
			return &Auto{}, p
		},
		"equations": func() (Method, *Problem) {
			start := func(v float64) field.Unknown { return field.Unknown{Start: v} }
			p := mustProblem(t, []data.Series{wave}, &field.Equations{Text: "x' = a*v\nv' = -b*x - c*v",
				Parameters: map[string]field.Unknown{"a": start(0.5), "b": start(0.5), "c": start(0.5)}}, quick)
			p.ArchName = "equations"
			return &Auto{}, p
		},
		"chain": func() (Method, *Problem) {
			return chain, mustProblem(t, []data.Series{wave}, &field.MLP{Hidden: []int{4}, Activation: "tanh"}, quick)
		},
	}
}

// mostLate is how often a fit may still ask whether its time is over after it was: what it does then
// is a bounded amount of work.
const mostLate = 200

// TestLimitsMayFallAnywhere: whenever the time of a fit is over, counted by the times it asks, it
// ends soon, says that it was stopped, and has a model that can be read again, with scores; one that
// follows its rows less well than free runs of a linear law is said to, or has not begun.
func TestLimitsMayFallAnywhere(t *testing.T) {
	for name, one := range stopCases(t) {
		for k := int64(1); ; k *= 2 {
			m, p := one()
			ctx := &askedTo{Context: context.Background(), k: k}
			r, err := m.Fit(ctx, p, nil, nil)
			late := ctx.asked.Load() - k
			if err == nil {
				err = Complete(p, r)
			}
			if err != nil {
				t.Fatalf("%s, over when asked for time %d: %v", name, k, err)
			}
			if late > mostLate {
				t.Errorf("%s, over when asked for time %d: it asked %d times more", name, k, late)
			}
			checkStopped(t, fmt.Sprintf("%s, over when asked for time %d", name, k), p, r)
			if late < 0 {
				if r.Status != StatusOK {
					t.Errorf("%s was left alone and is %s", name, r.Status)
				}
				break
			}
		}
	}
}

// checkStopped checks what a fit leaves that may have been stopped.
func checkStopped(t *testing.T, when string, p *Problem, r *Result) {
	t.Helper()
	if r.Model == nil || r.Assessment == nil {
		t.Errorf("%s: no model, or no scores of it: %s, %+v", when, r.Status, r.Tried)
		return
	}
	var b bytes.Buffer
	if err := r.Model.Write(&b); err != nil {
		t.Errorf("%s: %v", when, err)
	} else if _, err := model.Read(&b); err != nil {
		t.Errorf("%s: %v", when, err)
	}
	if r.Status == StatusOK || r.Iterations == 0 { // nothing is learnt yet, and that is said
		return
	}
	told := func(code string) bool {
		return slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Code == code })
	}
	linear, ok := p.linearBaseline()
	if !ok {
		t.Fatal("there is no linear law to compare with")
	}
	if r.Status != StatusStopped || !told(VerdictUnconverged) {
		t.Errorf("%s: status %s, %+v", when, r.Status, r.Verdicts)
	}
	mine, its := r.Assessment.fitted(), p.freeRun(&linear)
	if !told(VerdictBehind) && !told(VerdictUnusable) && !(mine <= aboutAsGood*its+negligible) {
		t.Errorf("%s: off by %.3g deviations at the rows it was fitted to, a linear law by %.3g, and nobody is told", when, mine, its)
	}
	if !isNumber(mine) && !told(VerdictUnusable) {
		t.Errorf("%s: no scores at the rows it was fitted to", when)
	}
}

// TestFreeRunsOfBaselinesAreScored as by hand: the mean of whole waves is off by a deviation, a
// linear law by nothing.
func TestFreeRunsOfBaselinesAreScored(t *testing.T) {
	s := data.Series{Names: []string{"x"}, Units: []string{""}, Time: "t"}
	for k := range 200 {
		s.T, s.X = append(s.T, float64(k)), append(s.X, math.Sin(math.Pi/10*float64(k)))
	}
	p := mustProblem(t, []data.Series{s}, tinyNet(0, false), func(s *Settings) { s.Heldout = 0 })
	mean := p.meanBaseline()
	linear, ok := p.linearBaseline()
	if got := p.freeRun(&mean); math.Abs(got-1) > 1e-9 {
		t.Errorf("the mean is off by %g deviations", got)
	}
	if got := p.freeRun(&linear); !ok || got > 1e-3 {
		t.Errorf("a linear law is off by %g deviations", got)
	}
}
