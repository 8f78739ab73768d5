package ode_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/ode"
)

// TestStepsInOneGoHaveTheBitsOfStages compares with the same field without its
// scripts, whose stages are evaluated one by one: trajectories and gradients, with
// and without a cotangent of the parameters, with rejected steps and when steps are
// repeated.
func TestStepsInOneGoHaveTheBitsOfStages(t *testing.T) {
	defer kernel.Force(kernel.Level())
	for _, level := range kernel.Levels() {
		if err := kernel.Force(level); err != nil {
			t.Fatal(err)
		}
		for _, name := range explicit() {
			for _, o := range variants(name) {
				checkScripts(t, kept(t, false), o)
				checkScripts(t, kept(t, true), o)
				if o.Step == 0 {
					o.FirstStep = 2
				}
				o.Memory = 1024
				checkScripts(t, kept(t, false), o)
			}
		}
	}
}

func checkScripts(t *testing.T, p *ode.IVP, o ode.Options) {
	t.Helper()
	q := *p
	q.Field = struct{ field.Keeper }{p.Field.(field.Keeper)}
	c := random(rand.New(rand.NewPCG(9, 10)), len(p.Times)*2)
	for _, theta := range []bool{true, false} {
		a, b := gradientOf(t, p, o, c, theta), gradientOf(t, &q, o, c, theta)
		if a != b {
			t.Fatalf("%s, %+v, of the parameters %v: %s rather than %s", kernel.Level(), o, theta, a, b)
		}
	}
}

// gradientOf prints gradient and trajectory of two runs of one solver.
func gradientOf(t *testing.T, p *ode.IVP, o ode.Options, c []float64, theta bool) string {
	t.Helper()
	d, err := ode.NewDiscrete(p.Field, o)
	if err != nil {
		t.Fatal(err)
	}
	tr, gtr := trajectories(p)
	copy(gtr.X, c)
	g := cotangent(p, 1)
	if !theta {
		g.Theta = field.Batch{}
	}
	again := *p
	again.Theta = batch(1, append([]float64{}, p.Theta.V...)...)
	for i := range again.Theta.V {
		again.Theta.V[i] *= 1.01 // parameters that were not packed before
	}
	for _, q := range []*ode.IVP{p, &again} {
		d.Solve(tr, q)
		d.Pull(&g, gtr)
	}
	return fmt.Sprint(g, tr.X, tr.Stats)
}
