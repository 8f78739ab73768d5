package ode_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// kept is a problem whose field keeps evaluations; driven ones have an input
// that jumps.
func kept(t *testing.T, driven bool) *ode.IVP { return keptLanes(t, driven, 1, false) }

// keptLanes is that of 1 or 8 … 64 lanes, with parameters of their own or without.
func keptLanes(t *testing.T, driven bool, lanes int, ensemble bool) *ode.IVP {
	p := *gradientProblems(rand.New(rand.NewPCG(7, 8)), lanes)["network"]
	var inputs []string
	if driven {
		p = *gradientProblems(rand.New(rand.NewPCG(7, 8)), lanes)["driven"]
		inputs = []string{"u"}
	}
	parts, err := (&field.MLP{Hidden: []int{5, 6}, Activation: "gelu", Time: true}).Build(field.Unscaled([]string{"x", "y"}, inputs))
	if err != nil {
		t.Fatal(err)
	}
	p.Field = field.New(parts.Field, lanes, ensemble)
	p.Theta = batch(1, random(rand.New(rand.NewPCG(5, 5)), p.Field.Shape().Theta)...)
	if ensemble {
		p.Theta = batch(lanes, p.Theta.V...)
		for i := range p.Theta.V {
			p.Theta.V[i] *= 1 + 0.01*float64(i%lanes)
		}
	}
	return &p
}

// TestKeepingInEightLanes: members of an ensemble, whose steps differ, receive
// the same bits as without keeping; a sum over lanes is rounded otherwise.
func TestKeepingInEightLanes(t *testing.T) {
	for _, name := range explicit() {
		for _, o := range variants(name) {
			for _, driven := range []bool{false, true} {
				for _, ensemble := range []bool{false, true} {
					checkLanesKeeping(t, keptLanes(t, driven, 8, ensemble), o, 8)
				}
				checkLanesKeeping(t, keptLanes(t, driven, 8, false), o, 1)
			}
			o.FirstStep = 2 // rejected, in some lanes more often than in others
			checkLanesKeeping(t, together(keptLanes(t, false, 8, true)), o, 8)
			checkLanesKeeping(t, together(keptLanes(t, true, 8, true)), o, 8)
		}
	}
}

// together lets all lanes start and be saved at the times of the first, so that
// they are in the same steps but for those that are rejected.
func together(p *ode.IVP) *ode.IVP {
	for l := range p.T0 {
		p.T0[l] = p.T0[0]
	}
	for i := range p.Times {
		p.Times[i] = p.Times[i/len(p.T0)*len(p.T0)]
	}
	for i := range p.X0.V {
		p.X0.V[i] *= 1 + 2*float64(i%8)
	}
	return p
}

// TestManyLanesKeepWhatCachesHold: with fixed steps, and no more than the
// memory says. A lane receives the same bits as without keeping.
func TestManyLanesKeepWhatCachesHold(t *testing.T) {
	for _, name := range []string{"rk4", "dopri5", "euler"} {
		o := ode.Options{Solver: name, Step: 0.17}
		for _, ensemble := range []bool{false, true} {
			for _, lanes := range []int{16, 24, 64} {
				p := together(keptLanes(t, false, lanes, ensemble))
				thetaLanes := 1
				if ensemble {
					thetaLanes = lanes
				}
				checkLanesKeeping(t, p, o, thetaLanes)
				if with, without := plans(t, p, o, thetaLanes); with == without {
					t.Errorf("%s, %d lanes: nothing is kept", name, lanes)
				}
				small := o
				small.Memory = 1 << 16 * lanes / 8
				if with, without := plans(t, p, small, thetaLanes); with != without {
					t.Errorf("%s, %d lanes, little memory: %s rather than %s", name, lanes, with, without)
				}
				driven := keptLanes(t, true, lanes, ensemble) // lanes that end apart
				checkLanesKeeping(t, driven, o, thetaLanes)
				o.Save = "interpolate"
				checkLanesKeeping(t, driven, o, thetaLanes)
				o.Save = ""
			}
		}
	}
	adaptive := ode.Options{RTol: 1e-5, ATol: 1e-5}
	if with, without := plans(t, together(keptLanes(t, false, 16, false)), adaptive, 1); with != without {
		t.Errorf("adaptive steps of many lanes keep: %s", with)
	}
}

// plans are what is kept of p by its field, and by a field that keeps nothing.
func plans(t *testing.T, p *ode.IVP, o ode.Options, thetaLanes int) (with, without string) {
	c := make([]float64, len(p.Times)*2)
	_, _, d := gradient(t, p, o, c, thetaLanes)
	q := *p
	q.Field = struct{ field.Field }{p.Field}
	_, _, e := gradient(t, &q, o, c, thetaLanes)
	return d.Plan(), e.Plan()
}

func checkLanesKeeping(t *testing.T, p *ode.IVP, o ode.Options, thetaLanes int) {
	t.Helper()
	if p.Field.(field.Keeper).Kept() == 0 {
		t.Fatal("the field keeps nothing")
	}
	c := random(rand.New(rand.NewPCG(9, 10)), len(p.Times)*2)
	got, _, _ := gradient(t, p, o, c, thetaLanes)
	q := *p
	q.Field = struct{ field.Field }{p.Field}
	want, _, _ := gradient(t, &q, o, c, thetaLanes)
	if d := distance(got.Theta.V, want.Theta.V); !(d < 1e-13) || thetaLanes > 1 && d != 0 {
		t.Errorf("%+v: keeping changes the gradient by %g of it", o, d)
	}
	if d := distance(got.X.V, want.X.V); d != 0 {
		t.Errorf("%+v: keeping changes the gradient in x by %g of it", o, d)
	}
}

// TestKeepingChangesOnlyRounding compares with the same field without its
// methods for keeping, and with a memory in which few steps fit. Adaptive steps
// have other sizes when their errors are rounded otherwise.
func TestKeepingChangesOnlyRounding(t *testing.T) {
	for _, name := range []string{"rk4", "dopri5", "dop853"} {
		for _, o := range variants(name) {
			for _, driven := range []bool{false, true} {
				p := kept(t, driven)
				if p.Field.(field.Keeper).Kept() == 0 {
					t.Fatal("the field keeps nothing")
				}
				c := random(rand.New(rand.NewPCG(9, 10)), len(p.Times)*2)
				got, _, _ := gradient(t, p, o, c, 1)
				q := *p
				q.Field = struct{ field.Field }{p.Field}
				want, _, _ := gradient(t, &q, o, c, 1)
				most := 1e-13
				if o.Step == 0 {
					most = 1e-9
				}
				if d := distance(append(got.Theta.V, got.X.V...), append(want.Theta.V, want.X.V...)); !(d < most) {
					t.Errorf("%+v: keeping changes the gradient by %g of it", o, d)
				}
				small := o
				small.Memory = 1024
				again, _, d := gradient(t, p, small, c, 1)
				if fmt.Sprint(again) != fmt.Sprint(got) {
					t.Errorf("%+v: checkpoints change the gradient (%s)", o, d.Plan())
				}
			}
		}
	}
}

// TestFieldsOfOneShapeMayKeepDifferently: what was made for one field serves
// another of the same shape, which keeps another amount or nothing.
func TestFieldsOfOneShapeMayKeepDifferently(t *testing.T) {
	p := kept(t, false)
	o := ode.Options{RTol: 1e-5, ATol: 1e-5}
	c := random(rand.New(rand.NewPCG(9, 10)), len(p.Times)*2)
	want, _, _ := gradient(t, p, o, c, 1)
	for _, f := range []field.Field{struct{ field.Field }{p.Field}, p.Field} {
		d, err := ode.NewDiscrete(f, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range []field.Field{p.Field, struct{ field.Field }{p.Field}} {
			q := *p
			q.Field = g
			tr, gtr := trajectories(&q)
			copy(gtr.X, c)
			got := cotangent(&q, 1)
			d.Solve(tr, &q)
			d.Pull(&got, gtr)
			if e := distance(got.Theta.V, want.Theta.V); !(e < 1e-9) {
				t.Errorf("made for %T, used for %T: the gradient differs by %g of it", f, g, e)
			}
		}
	}
}
