package model

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// drivenFlow is the flow of equations in x and y, scaled as the frame says.
func drivenFlow(t *testing.T, text string, frame field.Frame, start ...float64) *Flow {
	t.Helper()
	p, err := (&field.Equations{Text: text}).Build(frame)
	if err != nil {
		t.Fatal(err)
	}
	f, err := NewFlow(p, p.Theta0, start, Precise())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What noise makes of a linear flow has a known distribution: an Ornstein–Uhlenbeck process has the
// variance σ²/2a and the memory e^(−aΔ), a Wiener process σ²t, whatever the scales inside are.
func TestDisturbedLinearFlowsHaveTheirMoments(t *testing.T) {
	frame := field.Unscaled([]string{"x", "y"}, nil)
	frame.Shift, frame.Scale, frame.Time = []float64{3, -1}, []float64{2, 0.1}, 0.5
	f := drivenFlow(t, "x' = -0.8*x\ny' = 0", frame, 0, 0)
	const rows, step = 4000, 0.7
	times := make([]float64, rows)
	for i := range times {
		times[i] = step * float64(i)
	}
	x, failed, err := f.Disturbed(context.Background(), times, []float64{0.5, 0.3}, 7)
	if err != nil || failed != "" || len(x) != 2*rows {
		t.Fatal(failed, err)
	}
	variance, memory, moves := 0.0, 0.0, 0.0
	for i := 10; i < rows; i++ {
		now, before := x[2*i:], x[2*i-2:]
		variance += now[0] * now[0] / (rows - 10)
		memory += now[0] * before[0] / (rows - 10)
		moves += (now[1] - before[1]) * (now[1] - before[1]) / (rows - 10)
	}
	// Standard errors of these: 3 %, 3 % and 2 %.
	for name, c := range map[string][2]float64{
		"variance": {variance, 0.5 * 0.5 / 1.6}, "memory": {memory / variance, math.Exp(-0.8 * step)}, "steps of the Wiener process": {moves, 0.3 * 0.3 * step},
	} {
		if math.Abs(c[0]/c[1]-1) > 0.1 {
			t.Errorf("%s: %g, want %g", name, c[0], c[1])
		}
	}
}

// The mean square of a strongly nonlinear flow, at a time when it is known by its density.
func TestDisturbedFlowsReachTheirDensity(t *testing.T) {
	f := drivenFlow(t, "x' = x - x^3\ny' = 0", field.Unscaled([]string{"x", "y"}, nil), 1, 0)
	times := make([]float64, 6000)
	for i := range times {
		times[i] = 2 * float64(i)
	}
	x, failed, err := f.Disturbed(context.Background(), times, []float64{1, 0}, 3)
	if err != nil || failed != "" {
		t.Fatal(failed, err)
	}
	got, of, total := 0.0, 0.0, 0.0
	for i := range times {
		got += x[2*i] * x[2*i] / float64(len(times))
		if x[2*i+1] != 0 {
			t.Fatal("a state without noise moves")
		}
	}
	for v := -5.0; v < 5; v += 0.001 { // density exp(2·(x²/2 − x⁴/4)/σ²)
		p := math.Exp(v*v - v*v*v*v/2)
		of, total = of+v*v*p, total+p
	}
	if want := of / total; math.Abs(got/want-1) > 0.06 {
		t.Errorf("mean square %g, want %g", got, want)
	}
}

func TestDisturbedMapsTakeAKickAStep(t *testing.T) {
	s, err := field.Systems.Lookup("logistic")
	if err != nil {
		t.Fatal(err)
	}
	s.Equations, s.Start = "x' = 0.9*x + 0*r", []float64{0}
	m, err := Known(s)
	if err != nil {
		t.Fatal(err)
	}
	f, err := NewFlow(m.Parts, m.Theta[0], s.Start, m.Solver)
	if err != nil {
		t.Fatal(err)
	}
	times := make([]float64, 20000)
	for i := range times {
		times[i] = float64(i)
	}
	x, _, err := f.Disturbed(context.Background(), times, []float64{2}, 1)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, v := range x[100:] {
		sum += v * v / float64(len(x)-100)
	}
	if want := 4 / (1 - 0.81); math.Abs(sum/want-1) > 0.12 {
		t.Errorf("variance %g, want %g", sum, want)
	}
}

func TestDisturbedWithoutNoiseIsTheFlow(t *testing.T) {
	f := drivenFlow(t, "x' = y\ny' = -x", field.Unscaled([]string{"x", "y"}, nil), 1, 0)
	times := []float64{0, 0.5, 3, 3.1}
	x, failed, err := f.Disturbed(context.Background(), times, []float64{0, 0}, 0)
	if err != nil || failed != "" {
		t.Fatal(failed, err)
	}
	for i, at := range times {
		if math.Abs(x[2*i]-math.Cos(at)) > 1e-7 || math.Abs(x[2*i+1]+math.Sin(at)) > 1e-7 {
			t.Errorf("at %g: %v", at, x[2*i:2*i+2])
		}
	}
	a, _, _ := f.Disturbed(context.Background(), times, []float64{0.1, 0.1}, 5)
	b, _, _ := f.Disturbed(context.Background(), times, []float64{0.1, 0.1}, 5)
	c, _, _ := f.Disturbed(context.Background(), times, []float64{0.1, 0.1}, 6)
	if !slices.Equal(a, b) || slices.Equal(a, c) {
		t.Error("a seed is not a draw")
	}
}

func TestDisturbedFlowsEndInWords(t *testing.T) {
	f := drivenFlow(t, "x' = x^2\ny' = 0", field.Unscaled([]string{"x", "y"}, nil), 1, 0)
	x, failed, err := f.Disturbed(context.Background(), []float64{0, 0.5, 2}, []float64{0, 0}, 0)
	if err != nil || failed == "" || len(x) != 4 {
		t.Errorf("%v, %q, %v", x, failed, err)
	}
	if _, _, err := f.Disturbed(context.Background(), []float64{0, 1}, []float64{-1, 0}, 0); err == nil {
		t.Error("a negative deviation is taken")
	}
	if _, _, err := f.Disturbed(context.Background(), []float64{0, 1}, []float64{1}, 0); err == nil {
		t.Error("one deviation is taken for two states")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := f.Disturbed(ctx, []float64{0, 0.5}, []float64{1, 1}, 0); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
