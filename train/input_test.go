package train

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
)

func TestDrawnInputsBreakWhereTheKnownOnesDo(t *testing.T) {
	f := field.Unscaled([]string{"x"}, []string{"a"})
	s := &data.Series{Inputs: f.Inputs, T: []float64{0, 1, 3}, U: []float64{1, 3, -5}}
	in := model.NewMeasured([]*data.Series{s}, &f, 1, "linear").(field.Breaker)
	drawn := &coupled{strength: &strength{}, base: in.(field.Input), inputs: 1, states: 1}
	if got, want := drawn.Breaks(0, -1, 9), in.Breaks(0, -1, 9); len(want) != 3 || !slices.Equal(got, want) {
		t.Errorf("breaks at %v, the inputs at %v", got, want)
	}
	if got := (&coupled{strength: &strength{}}).Breaks(0, 0, 9); got != nil {
		t.Errorf("without inputs: %v", got)
	}
}

// With a gain that nothing can resist, the coupled trajectory is the curve it
// is drawn to; without any it is free. The gain is a function of k.
func TestGainFollowsTheIteration(t *testing.T) {
	p := variants(t)["three recordings"]
	z, err := p.begin(1)
	if err != nil {
		t.Fatal(err)
	}
	gains := []float64{0, 1, 20}
	o, err := newCoupledLoss(p, 1, -1, func(k int) float64 { return gains[k] })
	if err != nil {
		t.Fatal(err)
	}
	free, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(1, false), 1, false))
	if err != nil {
		t.Fatal(err)
	}
	last := math.Inf(1)
	for k, g := range gains {
		loss := o.Eval(nil, z, k).Value
		if g == 0 && differs(loss, free.Eval(nil, z, k).Value, 1e-12) {
			t.Errorf("without a gain the loss is %g, of the free trajectory %g", loss, free.loss[0])
		}
		if !(loss < last) {
			t.Errorf("a gain of %g gives the loss %g, a smaller one %g", g, loss, last)
		}
		last = loss
	}
	if last > 0.01 {
		t.Errorf("the strongest gain leaves a loss of %g", last)
	}
}

// The levels of λ reach 0, and the events say which level it is.
func TestLevelsEndWithTheFreeField(t *testing.T) {
	h := defaults(t, "homotopy").(*Homotopy)
	p := mustProblem(t, gappy(2, 0, 1), tinyNet(0, false), func(s *Settings) { s.Budget = 14 })
	var lambda []float64
	if _, err := h.Fit(t.Context(), p, nil, func(e Event) {
		if e.Checkpoint == nil {
			lambda = append(lambda, e.Lambda)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(lambda, func(a, b float64) int { return cmp.Compare(b, a) }) || lambda[0] != 1 || lambda[13] != 0 {
		t.Errorf("λ = %v", lambda)
	}
	if n := len(slices.Compact(slices.Clone(lambda))); n != h.Levels {
		t.Errorf("%d levels, want %d", n, h.Levels)
	}
}

// A segment within a recording starts on the smoothed data.
func TestSegmentsStartOnTheSmoothedData(t *testing.T) {
	p := variants(t)["hidden states"]
	r, err := newTrajectoryResidual(p, halves(p), []float64{1, 1}, false)
	if err != nil {
		t.Fatal(err)
	}
	z, n := r.starts(), len(p.Parts.Frame.States)
	for i, s := range r.segs {
		for c := range 2 {
			if want := p.Splines[s.rec][c].At(s.ivp.T0[0]); differs(z[i*n+c], want, 1e-14) {
				t.Errorf("segment %d, state %d starts at %g, the smoothed data are at %g", i, c, z[i*n+c], want)
			}
		}
	}
}

// A part of the inputs is what the whole has in those lanes, whatever the gain.
func TestPartsFollowTheWhole(t *testing.T) {
	line := func(slope float64) []*num.Spline {
		return []*num.Spline{{T: []float64{0, 1}, G: []float64{0, slope}, Gamma: []float64{0, 0}}}
	}
	base := &model.Measured{T: [][]float64{{0, 1}, {0, 2}, {0.5, 3}, {0, 1}}, V: [][]float64{{1, 2}, {3, 4}, {5, 6}, {7, 8}}, Hold: []bool{false}}
	in := &coupled{strength: &strength{}, base: base, inputs: 1, states: 2, splines: [][]*num.Spline{line(1), line(2), line(3), line(4)}}
	times := []float64{0.1, 0.6, 0.9, 0.4}
	whole, part := program.NewBatch(5, 4), program.NewBatch(5, 2)
	p := in.Part(1, 3)
	for _, in.strength.gain = range []float64{0, 3} {
		in.At(whole, times)
		p.At(part, times[1:3])
		for i := range 5 {
			if !slices.Equal(part.Row(i), whole.Row(i)[1:3]) {
				t.Errorf("gain %g, row %d: %v, the whole has %v", in.strength.gain, i, part.Row(i), whole.Row(i))
			}
		}
	}
	for l := range 2 {
		if got, want := p.(field.Breaker).Breaks(l, 0, 9), in.Breaks(l+1, 0, 9); !slices.Equal(got, want) {
			t.Errorf("lane %d breaks at %v, in the whole at %v", l, got, want)
		}
	}
}

// What lies between the rows of an input is found from its values, unless somebody says it.
func TestHoldIsFoundFromValues(t *testing.T) {
	s := data.Series{Names: []string{"x"}, Units: []string{""}, Time: "t", Inputs: []string{"set", "wind", "kick"}}
	for k, e := range white(90, 4) {
		s.T, s.X = append(s.T, float64(k)), append(s.X, e)
		s.U = append(s.U, []float64{40, 55, 45}[k/30], math.Sin(0.1*float64(k)), float64(max(0, k%30-28)))
	}
	all := []data.Series{s}
	o := DefaultSettings()
	note := o.FindHold(all, tinyNet(0, false))
	if o.Hold != "set:zero,kick:zero" || !strings.Contains(note, "hold="+o.Hold) || !strings.Contains(note, "kick changes in pulses") {
		t.Errorf("hold=%s: %s", o.Hold, note)
	}
	p := mustProblem(t, all, tinyNet(0, false))
	if p.Joined("set") || !p.Joined("wind") || p.Joined("kick") || untrained(t, p, 1).Hold != o.Hold {
		t.Errorf("the problem has hold=%s", p.Hold)
	}
	for _, said := range []string{"linear", "zero", "wind:zero"} {
		if o.Hold = said; o.FindHold(all, tinyNet(0, false)) != "" || o.Hold != said {
			t.Errorf("hold=%s became %s", said, o.Hold)
		}
	}
	all[0].Inputs = []string{"set: low", "wind", "kick"} // a name that the setting cannot take
	if o.Hold = holdAuto; o.FindHold(all, tinyNet(0, false)) == "" || o.Hold != "kick:zero" {
		t.Errorf("hold=%s", o.Hold)
	}
	if _, err := o.Holding([]string{"kick"}); err != nil {
		t.Error(err)
	}
}
