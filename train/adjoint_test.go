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

// descended is the loss of each of the first-order methods with the settings d.
func descended(t *testing.T, p *Problem, members int, d Descent) map[string]objective {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	free, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(members, false), members, false))
	must(err)
	must(d.equip(free.tracking))
	drawn, err := newCoupledLoss(p, members, -1, func(int) float64 { return 2 })
	must(err)
	must(d.equip(drawn.tracking))
	growing, err := newGrowingLoss(p, members, func(int) rowsUsed { return rowsUsed{0.6, 2} })
	must(err)
	must(d.equip(growing.tracking))
	h := &Homotopy{Descent: d, Coupling: 2, Penalty: 1, Smoothing: -1}
	learnt, err := h.newSelfCoupledLoss(p, members, func(int) float64 { return 0.5 })
	must(err)
	all := map[string]objective{"free": free, "coupled": drawn, "growing": growing, "learnt": learnt}
	if d.Steer == 0 {
		shot, err := newShootingLoss(p, members, &MultipleShooting{Segments: 3, Beta: 2, Free: true, Multipliers: 1})
		must(err)
		must(d.equip(shot.tracking))
		for i := range shot.y {
			shot.y[i] = math.Sin(float64(i))
		}
		all["shooting"] = shot
	}
	return all
}

// TestAdjointsAgree compares all gradients with that of discrete: symplectic
// and forward are the same to rounding, backsolve to the error of the solver.
func TestAdjointsAgree(t *testing.T) {
	unhurried(t)
	for name, p := range seenVariants(t) {
		for _, members := range []int{1, 3} {
			for adjoint, tol := range map[string]float64{"symplectic": 1e-12, "forward": 1e-11, "backsolve": 1e-5} {
				q := *p
				if adjoint == "backsolve" {
					q.Solver.Step = 0.02
				}
				exact := descended(t, &q, members, Descent{})
				for kind, o := range descended(t, &q, members, Descent{Adjoint: adjoint}) {
					z := shotUnknowns(t, &q, members, o.Size())
					got, want := make([]float64, len(z)), make([]float64, len(z))
					a, b := o.Eval(got, z, 0), exact[kind].Eval(want, z, 0)
					if a.Fail != "" || differs(a.Value, b.Value, 1e-12) {
						t.Fatalf("%s, %s, %s: loss %v, want %v", adjoint, kind, name, a, b)
					}
					for i := range z {
						if differs(got[i], want[i], tol) {
							t.Fatalf("%s, %s, %s, %d members: derivative %d of %d is %.15g, want %.15g",
								adjoint, kind, name, members, i, len(z), got[i], want[i])
						}
					}
				}
			}
		}
	}
}

// shotUnknowns are the beginning, with shifts of segments that are not zero.
func shotUnknowns(t *testing.T, p *Problem, members, size int) []float64 {
	t.Helper()
	z, err := p.begin(members)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(z); i < size; i++ {
		z = append(z, 0.3*math.Sin(float64(i)))
	}
	return z
}

// A way to the gradient is a setting of every first-order method.
func TestFirstOrderMethodsLearnWithEveryAdjoint(t *testing.T) {
	p := variants(t)["linear inputs"]
	q := *p
	q.Budget = 30
	for _, m := range []func(d Descent) Method{
		func(d Descent) Method { return &Vanilla{Descent: d} },
		func(d Descent) Method {
			return &Homotopy{Descent: d, Coupling: 2, Levels: 3, Epochs: 10, Ratio: 0.6, Smoothing: -1}
		},
		func(d Descent) Method { return &MultipleShooting{Descent: d, Segments: 2, Beta: 1} },
		func(d Descent) Method { return &Progressive{Descent: d, First: 0.5, Stages: 2, Grow: 0.5} },
	} {
		want := fitted(t, m(Descent{LR: 0.01}), &q).Train.MSE
		for _, adjoint := range adjoints {
			got := fitted(t, m(Descent{LR: 0.01, Adjoint: adjoint}), &q).Train.MSE
			if differs(got, want, 1e-3) {
				t.Errorf("%T with adjoint=%s: MSE %g, want %g", m(Descent{}), adjoint, got, want)
			}
		}
		_, err := m(Descent{LR: 0.01, Adjoint: "symplektic"}).Fit(context.Background(), &q, nil, nil)
		if err == nil || !strings.Contains(err.Error(), `"symplectic"`) {
			t.Errorf("a way that does not exist: %v", err)
		}
	}
}

// A trajectory that cannot be integrated backwards has no gradient: the member
// is put back, and the reason is told.
func TestLostWayBackIsAFailure(t *testing.T) {
	arch := &field.Equations{Text: "x' = -k*x", Parameters: map[string]field.Unknown{"k": {Start: 40}}}
	p := mustProblem(t, []data.Series{single(steps(4, 1), []float64{1, 0.5, 0.2, 0.1})}, arch, func(s *Settings) {
		s.Scale, s.Heldout = "none", 0
		s.Solver.MaxSteps = 100 // enough forwards, where errors die out
	})
	z, err := p.begin(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, adjoint := range adjoints {
		o := descended(t, p, 1, Descent{Adjoint: adjoint})["free"]
		loss := o.Eval(make([]float64, len(z)), z, 0)
		if failed := loss.Fail != ""; failed != (adjoint == "backsolve") {
			t.Errorf("adjoint=%s: %+v", adjoint, loss)
		} else if failed && !strings.Contains(loss.Fail, "way back") {
			t.Error(loss.Fail)
		}
	}
}

// TestSteerMovesRowsALittle checks the times that trajectories are compared
// at: the first stays, the others move within their room and keep their
// order, alike for all members, and in each iteration anew.
func TestSteerMovesRowsALittle(t *testing.T) {
	for name, p := range variants(t) {
		r := newRollout(p, p.Parts.Field, p.inputs(3, false), 3, false)
		s, err := newSteer(0.5, r)
		if err != nil {
			t.Fatal(err)
		}
		rows := append([]float64{}, r.ivp.Times...)
		var seen [2][]float64
		for k := range seen {
			s.move(r, rows, k)
			seen[k] = append([]float64{}, r.ivp.Times...)
		}
		s.move(r, rows, 0)
		moved := 0.0
		for i, at := range r.ivp.Times {
			row, l := i/r.lanes, i%r.lanes
			switch {
			case math.IsNaN(at) != math.IsNaN(rows[i]) || !math.IsNaN(at) && at != seen[0][i]:
				t.Fatalf("%s: row %d of lane %d moves to %g, then to %g", name, row, l, seen[0][i], at)
			case math.IsNaN(at):
			case row == 0 && at != rows[i]:
				t.Fatalf("%s: the first row moves", name)
			case row > 0 && !(at > r.ivp.Times[i-r.lanes]):
				t.Fatalf("%s: rows %d and %d change places", name, row-1, row)
			case row > 0 && (at == rows[i] || at == seen[1][i] || at != r.ivp.Times[i/r.lanes*r.lanes+l-l%3] && r.real(l)):
				t.Fatalf("%s: row %d of lane %d is at %g, of another member or iteration at %g", name, row, l, at, seen[1][i])
			}
			if !math.IsNaN(at) {
				moved += (at - rows[i]) / (rows[r.lanes+l] - rows[l]) / float64(len(rows))
			}
		}
		if math.Abs(moved) > 0.2 {
			t.Errorf("%s: rows move by %g of their spacing on average", name, moved)
		}
	}
}

func TestSteeredGradientAgreesWithDifferences(t *testing.T) {
	unhurried(t)
	for name, p := range variants(t) {
		for kind, o := range descended(t, p, 3, Descent{Steer: 0.3}) {
			t.Run(fmt.Sprint(name, ", ", kind), func(t *testing.T) { checkGradient(t, o, shotUnknowns(t, p, 3, o.Size()), 2) })
		}
	}
	for _, steer := range []float64{-0.1, 0.6, math.NaN()} {
		if err := (Descent{Steer: steer}).equip(descended(t, variants(t)["one state"], 1, Descent{})["free"].(*trajectoryLoss).tracking); err == nil {
			t.Errorf("steer=%g is taken", steer)
		}
	}
}
