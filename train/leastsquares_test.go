package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// predators is the Lotka–Volterra model with unknown coefficients, all of them
// wrong at the start.
func predators() *field.Equations {
	at := func(v float64) field.Unknown { return field.Unknown{Start: v} }
	return &field.Equations{Text: "x' = a*x - b*x*y\ny' = c*x*y - d*y",
		Parameters: map[string]field.Unknown{"a": at(1), "b": at(1), "c": at(1), "d": at(1)}}
}

// exactly is a recording of s without noise.
func exactly(s system) []data.Series {
	s.noise = 0
	rec, _ := s.draw(1)
	return []data.Series{rec}
}

func TestLMRecoversCoefficientsOfExactData(t *testing.T) {
	p := mustProblem(t, exactly(lotkaVolterra()), predators(), func(s *Settings) { s.Solver.RTol, s.Solver.ATol = 1e-9, 1e-9 })
	r := fitted(t, &LM{}, p)
	if r.Held.NRMSE > 1e-5 || r.Iterations > 60 {
		t.Errorf("normalised error %g on unseen rows after %d iterations", r.Held.NRMSE, r.Iterations)
	}
}

// What LM minimises is the loss of gradient descent plus the penalty: at its
// end the gradient of that sum, computed by the adjoint, is zero.
func TestLMEndsWhereTheAdjointGradientIsZero(t *testing.T) {
	const decay = 1e-2
	p := mustProblem(t, exactly(others()[3]), &field.MLP{Hidden: []int{4}, Activation: "tanh"}, func(s *Settings) {
		s.Solver.RTol, s.Solver.ATol, s.Budget = 1e-9, 1e-9, 400
	})
	r := fitted(t, &LM{Decay: decay}, p)
	loss, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, nil, 1, false))
	if err != nil {
		t.Fatal(err)
	}
	z := append(append([]float64{}, r.Model.Theta[0]...), r.Model.Records[0].Start[0]...)
	at, start := make([]float64, len(z)), make([]float64, len(z))
	loss.Eval(at, z, 0)
	begin, err := p.begin(1)
	if err != nil {
		t.Fatal(err)
	}
	loss.Eval(start, begin, 0)
	for i := range p.Parts.Theta0 {
		at[i] += 2 * decay * z[i]
		start[i] += 2 * decay * begin[i]
	}
	if now, before := largest(at), largest(start); now > 1e-4*before {
		t.Errorf("largest gradient %g at the end, %g at the start", now, before)
	}
}

func largest(v []float64) float64 {
	out := 0.0
	for _, x := range v {
		out = max(out, math.Abs(x))
	}
	return out
}

// Gradient matching of a field that is linear in its unknowns is ordinary
// least squares: the slope of x' = a x is Σ s s' / Σ s².
func TestGradientMatchingOfALinearFieldIsLeastSquares(t *testing.T) {
	rec := data.Series{Names: []string{"x"}, Units: []string{""}, Time: "t"}
	for i := range 30 {
		tm := 0.1 * float64(i)
		rec.T = append(rec.T, tm)
		rec.X = append(rec.X, 2*math.Exp(-0.7*tm)+0.02*math.Sin(40*tm))
	}
	arch := &field.Equations{Text: "x' = a*x", Parameters: map[string]field.Unknown{"a": {Start: 0.5}}}
	p := mustProblem(t, []data.Series{rec}, arch, func(s *Settings) { s.Scale = "none" })
	r := fitted(t, &GradientMatching{}, p)
	top, below, sp := 0.0, 0.0, p.Splines[0][0]
	for _, tm := range p.Train[0].T {
		top, below = top+sp.At(tm)*sp.Derivative(tm), below+sp.At(tm)*sp.At(tm)
	}
	dx := field.Batch{V: make([]float64, 1), Rows: 1, Lanes: 1}
	f := field.New(p.Parts.Field, 1, false)
	f.Eval(dx, &field.Point{T: []float64{0}, X: field.Batch{V: []float64{1}, Rows: 1, Lanes: 1},
		Theta: field.Batch{V: r.Model.Theta[0], Rows: 1, Lanes: 1}})
	if want := top / below; math.Abs(dx.V[0]-want) > 1e-7 {
		t.Errorf("a = %v, want %v", dx.V[0], want)
	}
}

func TestGradientMatchingRefusesHiddenStates(t *testing.T) {
	arch := &field.Equations{Text: "x' = a*x - h\ny' = -y\nh' = -h", Parameters: map[string]field.Unknown{"a": {Start: 1}}}
	p := mustProblem(t, exactly(lotkaVolterra()), arch)
	_, err := (&GradientMatching{}).Fit(context.Background(), p, nil, nil)
	if err == nil || !strings.Contains(err.Error(), "1 of 3 are hidden") {
		t.Errorf("error %v", err)
	}
}

func TestDecayMustNotBeNegative(t *testing.T) {
	p := mustProblem(t, exactly(lotkaVolterra()), predators())
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1)} {
		for _, m := range []Method{&LM{Decay: bad}, &GradientMatching{Decay: bad}} {
			if _, err := m.Fit(context.Background(), p, nil, nil); err == nil || !strings.HasPrefix(err.Error(), "decay=") {
				t.Errorf("%T: error %v", m, err)
			}
		}
	}
}

// A field that explodes from its first weights is moved nearer to rest
// instead of being given up.
func TestLMSurvivesAnExplodingBegin(t *testing.T) {
	arch := &field.Equations{Text: "x' = f(x, y)\ny' = -y", Networks: map[string]field.Network{"f": {Hidden: []int{0}}}}
	rec := exactly(others()[3])
	p := mustProblem(t, rec, arch, func(s *Settings) { s.Solver.MaxSteps = 60; s.Budget = 30 })
	l, err := p.newLeastSquares("lm", 30, 0, wholeFor(p))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range l.fits[0].shrink {
		if s {
			l.fits[0].z[i] = 60
		}
	}
	r, err := l.fit(context.Background(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != StatusOK || !isNumber(r.Train.MSE) {
		t.Errorf("status %s, error %g, %v", r.Status, r.Train.MSE, r.Tried[0].Why)
	}
}
