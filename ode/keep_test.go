package ode_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// kept is a problem of one lane whose field keeps evaluations; driven ones
// have an input that jumps.
func kept(t *testing.T, driven bool) *ode.IVP {
	p := *gradientProblems(rand.New(rand.NewPCG(7, 8)), 1)["network"]
	var inputs []string
	if driven {
		p = *gradientProblems(rand.New(rand.NewPCG(7, 8)), 1)["driven"]
		inputs = []string{"u"}
	}
	parts, err := (&field.MLP{Hidden: []int{5, 6}, Activation: "gelu", Time: true}).Build(field.Unscaled([]string{"x", "y"}, inputs))
	if err != nil {
		t.Fatal(err)
	}
	p.Field = field.New(parts.Field, 1, false)
	p.Theta = batch(1, random(rand.New(rand.NewPCG(5, 5)), p.Field.Shape().Theta)...)
	return &p
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
