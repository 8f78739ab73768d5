package train

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// shootingFor is the residual of segments with penalties and multipliers that are
// not zero, and unknowns at which they do not join.
func shootingFor(t *testing.T, p *Problem, segments int) (*shootingResidual, []float64) {
	t.Helper()
	o, err := p.shootingResidual(func(int) int { return segments })
	if err != nil {
		t.Fatal(err)
	}
	o.rho = 3
	for i := range o.y {
		o.y[i] = 0.2 * math.Cos(float64(i))
	}
	z, err := p.begin(1)
	if err != nil {
		t.Fatal(err)
	}
	z = append(z, make([]float64, o.outer.size()-len(z))...)
	o.begin(z)
	for i := range z {
		z[i] += 0.05 * math.Sin(float64(i))
	}
	return o, z
}

func TestShootingJacobianAgreesWithDifferences(t *testing.T) {
	for name, p := range variants(t) {
		o, z := shootingFor(t, p, 3)
		m, n := o.Size()
		res, jac, hi, lo := make([]float64, m), make([]float64, m*n), make([]float64, m), make([]float64, m)
		if fail := o.Residuals(res, jac, z, 0); fail != "" {
			t.Fatal(fail)
		}
		for i := range n {
			const h = 1e-5
			v := z[i]
			z[i] = v + h
			o.Residuals(hi, nil, z, 0)
			z[i] = v - h
			o.Residuals(lo, nil, z, 0)
			z[i] = v
			for r := range m {
				if want := (hi[r] - lo[r]) / (2 * h); differs(jac[r*n+i], want, 1e-7) {
					t.Fatalf("%s: derivative of residual %d of %d by unknown %d is %.10g, differences say %.10g", name, r, o.rows, i, jac[r*n+i], want)
				}
			}
		}
	}
}

// Without multipliers the residuals are those of the penalty method: the two
// ways to compute it share nothing but the cuts.
func TestShootingResidualsAreThePenaltyOfMultipleShooting(t *testing.T) {
	for name, p := range variants(t) {
		o, z := shootingFor(t, p, 3)
		clear(o.y)
		m, _ := o.Size()
		res := make([]float64, m)
		if fail := o.Residuals(res, nil, z, 0); fail != "" {
			t.Fatal(fail)
		}
		sum := 0.0
		for _, v := range res {
			sum += v * v
		}
		rows := float64(o.rows)
		soft, err := newShootingLoss(p, 1, &MultipleShooting{Segments: 3, Beta: o.rho * float64(len(o.gap)) / rows, Free: true})
		if err != nil {
			t.Fatal(err)
		}
		shifts := append([]float64{}, z...)
		for _, one := range soft.segs {
			if one.follow {
				for s := range one.base {
					shifts[one.at+s] -= one.base[s]
				}
			}
		}
		if got, want := sum/rows, soft.Eval(nil, shifts, 0).Value; differs(got, want, 1e-9) {
			t.Errorf("%s: %.12g of residuals, %.12g of the penalty", name, got, want)
		}
	}
}

// Segments that join are the whole trajectory: for known equations the
// constrained optimum is that of lm, and no gap is above the tolerance.
func TestConstrainedOptimumIsThatOfWholeTrajectories(t *testing.T) {
	unhurried(t)
	s := lotkaVolterra()
	s.noise = 0.05
	rec, _ := s.draw(1)
	arch := &field.Equations{Text: "x' = a*x - b*x*y\ny' = c*x*y - d*y",
		Parameters: map[string]field.Unknown{"a": {Start: 1}, "b": {Start: 1}, "c": {Start: 1}, "d": {Start: 1}}}
	for _, initial := range []string{"learn", "known"} {
		p := mustProblem(t, []data.Series{rec, rec}, arch, func(o *Settings) {
			o.Heldout, o.Initial, o.Start = 0, initial, s.x0
			o.Solver.RTol, o.Solver.ATol = 1e-9, 1e-9
		})
		c := &ConstrainedShooting{Tolerance: 1e-6, Penalty: 1, Growth: 4, Steps: 10}
		gap := 1.0
		r, err := c.Fit(context.Background(), p, nil, func(e Event) {
			if e.Checkpoint == nil {
				gap = e.Gap
			}
		})
		if err != nil || r.Status != StatusOK || len(r.Warnings) > 0 || !strings.Contains(r.Tried[0].Why, "join") {
			t.Fatalf("%s: %v, %+v", initial, err, r)
		}
		whole := fitted(t, &LM{}, p)
		if differs(r.Train.MSE, whole.Train.MSE, 1e-6) || gap > 1e-6 || gap == 0 {
			t.Errorf("initial=%s: MSE %.10g with gaps of %g, of whole trajectories %.10g", initial, r.Train.MSE, gap, whole.Train.MSE)
		}
	}
}

// Gaps that are left are told.
func TestOpenGapsAreAWarning(t *testing.T) {
	p := variants(t)["three recordings"]
	q := *p
	q.Budget = 3
	r := fitted(t, defaults(t, "constrained-shooting"), &q)
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "gaps") {
		t.Errorf("warnings %q", r.Warnings)
	}
}

func TestConstrainedSettingsAreChecked(t *testing.T) {
	p := variants(t)["one recording"]
	for want, change := range map[string]func(*ConstrainedShooting){
		"tolerance=0":            func(c *ConstrainedShooting) { c.Tolerance = 0 },
		"penalty=NaN":            func(c *ConstrainedShooting) { c.Penalty = math.NaN() },
		"growth=1":               func(c *ConstrainedShooting) { c.Growth = 1 },
		"steps=0":                func(c *ConstrainedShooting) { c.Steps = 0 },
		"decay=-1":               func(c *ConstrainedShooting) { c.Decay = -1 },
		"at most 4 segments fit": func(c *ConstrainedShooting) { c.Segments = 6 },
	} {
		m := defaults(t, "constrained-shooting").(*ConstrainedShooting)
		change(m)
		if _, err := m.Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestEvenSegmentsCoverAllRowsAndJoin(t *testing.T) {
	for rows := 2; rows < 70; rows++ {
		for count := 1; count <= rows/2; count++ {
			segs := evenly(3, rows, count)
			if len(segs) != count || segs[0].from != 0 || segs[count-1].to != rows {
				t.Fatal(fmt.Sprint(rows, count, segs))
			}
			for i, s := range segs {
				n := s.rows() // the first row of the next belongs to that
				if i+1 < count {
					n--
				}
				if n != rows/count && n != rows/count+1 || s.rec != 3 {
					t.Fatal(fmt.Sprint(rows, count, segs))
				}
				if i > 0 && (s.from != segs[i-1].to-1 || n > segs[i-1].rows()-1) {
					t.Fatal(fmt.Sprint(rows, count, segs))
				}
			}
		}
	}
}
