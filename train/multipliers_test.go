package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// multiplied is the loss of segments with multipliers that are not zero.
func multiplied(t *testing.T, p *Problem, members int) (*shootingLoss, []float64) {
	t.Helper()
	o, z := shootingOf(t, p, &MultipleShooting{Segments: 3, Beta: 2, Free: true, Multipliers: 10}, members)
	for i := range o.y {
		o.y[i] = 0.2 * math.Cos(float64(i))
	}
	return o, z
}

func TestGradientWithMultipliersAgreesWithDifferences(t *testing.T) {
	for name, p := range variants(t) {
		for _, members := range []int{1, 3} {
			t.Run(name, func(t *testing.T) {
				o, z := multiplied(t, p, members)
				checkGradient(t, o, z, max(1, members-1))
			})
		}
	}
}

// The residuals of Levenberg–Marquardt with penalty ρ and multipliers η say
// |√ρ·gap + η/√ρ|² = ρ·gap² + 2η·gap + η²/ρ of a joint: ways that share nothing
// but the cuts.
func TestMultipliersAreThoseOfTheAugmentedLagrangian(t *testing.T) {
	for name, p := range variants(t) {
		o, z := shootingFor(t, p, 3)
		m, _ := o.Size()
		res := make([]float64, m)
		if fail := o.Residuals(res, nil, z, 0); fail != "" {
			t.Fatal(fail)
		}
		rows, gaps := float64(o.rows), float64(len(o.gap))
		soft, shifts := shootingOf(t, p, &MultipleShooting{Segments: 3, Beta: o.rho * gaps / rows, Free: true, Multipliers: 10}, 1)
		copy(shifts, z)
		for _, one := range soft.segs {
			if one.follow {
				for s := range one.base {
					shifts[one.at+s] -= one.base[s]
				}
			}
		}
		want := 0.0
		for i, v := range res {
			if want += v * v; i >= o.rows {
				y := o.y[i-o.rows]
				want -= y * y / o.rho
				soft.y[i-o.rows] = 2 * y * gaps / rows
			}
		}
		if got := soft.Eval(nil, shifts, 0).Value; differs(got, want/rows, 1e-9) {
			t.Errorf("%s: %.12g with multipliers, %.12g of residuals", name, got, want/rows)
		}
	}
}

func TestMultipliersGrowWhenTheyAreDue(t *testing.T) {
	const members = 3
	o, z := multiplied(t, variants(t)["three recordings"], members)
	grad := make([]float64, len(z))
	for i, one := range o.segs { // all but the last member's segments nearly join
		o.Eval(nil, z, 0) // the start of a segment moves its end
		for s := 0; one.follow && s < o.r.states; s++ {
			for j := range members - 1 {
				z[(one.at+s)*members+j] += o.open(z, i, s, j) - 0.05*math.Sin(float64(i+s))
			}
		}
	}
	before := slices.Clone(o.y)
	for _, k := range []int{0, 1, 9, 11} {
		if o.Eval(grad, z, k); !slices.Equal(o.y, before) {
			t.Fatalf("they changed at iteration %d", k)
		}
	}
	o.Eval(grad, z, 20)
	joint := 0
	for i, one := range o.segs {
		for s := 0; one.follow && s < o.r.states; s++ {
			for j := range members {
				want := 4 * o.open(z, i, s, j) // 2β
				if j == members-1 {
					want = 0
				}
				if got := o.y[joint*members+j] - before[joint*members+j]; differs(got, want, 1e-12) {
					t.Errorf("member %d: grown by %g, want %g", j, got, want)
				}
			}
			joint++
		}
	}
	if n := testing.AllocsPerRun(3, func() { o.Eval(grad, z, 10) }); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

// With multipliers a weak penalty is enough: the optimum is that of whole
// trajectories, where the penalty alone leaves gaps.
func TestMultipliersMakeSegmentsJoin(t *testing.T) {
	unhurried(t)
	s := lotkaVolterra()
	s.noise = 0.05
	rec, _ := s.draw(1)
	arch := &field.Equations{Text: "x' = a*x - b*x*y\ny' = c*x*y - d*y",
		Parameters: map[string]field.Unknown{"a": {Start: 1}, "b": {Start: 1}, "c": {Start: 1}, "d": {Start: 1}}}
	p := mustProblem(t, []data.Series{rec}, arch, func(o *Settings) { o.Heldout, o.Budget = 0, 2000 })
	gap := map[int]float64{}
	for _, every := range []int{0, 20} {
		m := &MultipleShooting{Descent: Descent{LR: 0.02, Schedule: "cosine"}, Segments: 4, Beta: 0.5, Free: true, Multipliers: every}
		r := fittedWith(t, m, p, nil, func(e Event) {
			if e.Checkpoint == nil {
				gap[every] = e.Gap
			}
		})
		if whole := fitted(t, &LM{}, p); every > 0 && differs(r.Train.MSE, whole.Train.MSE, 1e-3) {
			t.Errorf("MSE %.8g, of whole trajectories %.8g", r.Train.MSE, whole.Train.MSE)
		}
		if len(r.Warnings) > 0 {
			t.Error(r.Warnings)
		}
	}
	if gap[20] > 1e-4 || gap[0] < 10*gap[20] {
		t.Errorf("gaps of %g with multipliers, %g without", gap[20], gap[0])
	}
}

func TestOpenSegmentsAreAWarningAndResume(t *testing.T) {
	p := mustProblem(t, gappy(2, 0, 2), tinyNet(0, false), func(s *Settings) { s.Members, s.Budget = 2, 60 })
	m := defaults(t, "multiple-shooting").(*MultipleShooting)
	m.Multipliers = 7
	if r := goesOn(t, m, p); len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "do not join") {
		t.Errorf("warnings %q", r.Warnings)
	}
}
