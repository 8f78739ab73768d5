package train

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// shots are the ways of multiple shooting whose losses differ.
func shots() map[string]*MultipleShooting {
	return map[string]*MultipleShooting{"default": {Beta: 1, Free: true},
		"free": {Segments: 3, Beta: 2, Free: true}, "anchored": {Segments: 3, Beta: 2}, "slip": {Segments: 2, Beta: 0.5, Slip: true},
	}
}

// shootingOf is the loss and unknowns with shifts that are not zero.
func shootingOf(t *testing.T, p *Problem, s *MultipleShooting, members int) (*shootingLoss, []float64) {
	t.Helper()
	o, err := newShootingLoss(p, members, s)
	if err != nil {
		t.Fatal(err)
	}
	z, err := p.begin(members)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(z); i < o.Size(); i++ {
		z = append(z, 0.3*math.Sin(float64(i)))
	}
	return o, z
}

func TestShootingGradientAgreesWithDifferences(t *testing.T) {
	unhurried(t)
	for name, p := range variants(t) {
		for way, s := range shots() {
			for _, members := range []int{1, 3} {
				t.Run(fmt.Sprintf("%s, %s, %d members", name, way, members), func(t *testing.T) {
					o, z := shootingOf(t, p, s, members)
					checkGradient(t, o, z, max(1, members-1))
				})
			}
		}
	}
}

// Segments that begin where the one before ends are the whole trajectory: the
// loss is that of whole recordings, whatever the weight of the gaps.
func TestSegmentsWithoutGapsAreTheWholeTrajectory(t *testing.T) {
	for name, p := range variants(t) {
		const members = 3
		q := *p // exact enough that steps may lie anywhere
		q.Solver.Step = 0.005
		o, z := shootingOf(t, &q, &MultipleShooting{Segments: 3, Beta: 100, Free: true}, members)
		whole, err := newTrajectoryLoss(newRollout(&q, q.Parts.Field, q.inputs(members, false), members, false))
		if err != nil {
			t.Fatal(err)
		}
		whole.Eval(nil, z[:whole.Size()], 0)
		n, row, rec := whole.r.states, 0, -1
		for _, one := range o.segs {
			if !one.follow {
				rec, row = rec+1, 0
				continue
			}
			row += one.last
			for s := range n {
				for j := range members {
					z[(one.at+s)*members+j] = whole.r.tr.X[(row*n+s)*whole.r.lanes+rec*members+j] - one.base[s]
				}
			}
		}
		o.Eval(nil, z, 0)
		for j := range members {
			if got, want := o.loss[j], whole.loss[j]; differs(got, want, 1e-7) {
				t.Errorf("%s, member %d: loss %.12g, of whole recordings %.12g", name, j, got, want)
			}
		}
	}
}

// With a gap of a known size the penalty is its mean square.
func TestPenaltyIsMeanSquareOfGaps(t *testing.T) {
	p := variants(t)["three recordings"]
	none, z := shootingOf(t, p, &MultipleShooting{Segments: 3, Beta: 0, Free: true}, 1)
	some, _ := shootingOf(t, p, &MultipleShooting{Segments: 3, Beta: 7, Free: true}, 1)
	penalty := some.Eval(nil, z, 0).Value - none.Eval(nil, z, 0).Value
	sum, count := 0.0, 0.0
	for i, one := range some.segs {
		if !one.follow {
			continue
		}
		for s := range some.r.states {
			end := some.r.tr.X[(one.last*some.r.states+s)*some.r.lanes+i-1]
			gap := end - some.full[some.r.theta.Rows+i*some.r.states+s]
			sum, count = sum+gap*gap, count+1
		}
	}
	if want := 7 * sum / count; count != 12 || differs(penalty, want, 1e-12) {
		t.Errorf("penalty %g, want %g of %g gaps", penalty, want, count)
	}
}

func TestSlipLooksOneRowTooFar(t *testing.T) {
	p := variants(t)["one recording"]
	o, _ := shootingOf(t, p, &MultipleShooting{Segments: 2, Beta: 1, Slip: true}, 1)
	row := o.segs[1].last
	right, wrong := p.stateAt(0, row, false), p.stateAt(0, row+1, false)
	for s := range right {
		if one := o.segs[1]; one.base[s] != right[s] || one.target[s] != wrong[s] || right[s] == wrong[s] {
			t.Errorf("state %d: begins at %g, is met at %g; rows are %g and %g", s, one.base[s], one.target[s], right[s], wrong[s])
		}
	}
}

func TestShootingLossAllocatesNothing(t *testing.T) {
	o, z := shootingOf(t, variants(t)["linear inputs"], shots()["free"], 3)
	grad := make([]float64, len(z))
	o.Eval(grad, z, 0)
	if n := testing.AllocsPerRun(3, func() { o.Eval(grad, z, 0) }); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestShootingSettingsAreChecked(t *testing.T) {
	p := variants(t)["one recording"]
	for want, s := range map[string]*MultipleShooting{
		"segments=1":                {Segments: 1},
		"at most 4 segments fit":    {Segments: 9},
		"beta=-1":                   {Segments: 2, Beta: -1},
		"beta=NaN":                  {Segments: 2, Beta: math.NaN()},
		"the learning rate must be": {Segments: 2},
		"multipliers=-1":            {Segments: 2, Multipliers: -1},
		"multipliers=5":             {Segments: 2, Multipliers: 5},
		"slip off":                  {Segments: 2, Multipliers: 5, Beta: 1, Slip: true},
	} {
		if _, err := s.Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// With the default settings the segments join: the model, which starts once,
// is near the noise.
func TestShootingFitsPredatorsAndPreyWithItsDefaults(t *testing.T) {
	p := mustProblem(t, recording(t, "lotka-volterra.csv"), &field.MLP{Hidden: []int{16}, Activation: "gelu"}, func(s *Settings) { s.Seed, s.Budget = 1, 800 })
	r := fitted(t, defaults(t, "multiple-shooting"), p)
	if r.Status != StatusOK || r.Train.R2 < 0.98 {
		t.Errorf("%s with R² %g", r.Status, r.Train.R2)
	}
}
