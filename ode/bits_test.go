package ode_test

import (
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"hash"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

var bits = flag.Bool("bits", false, "print hashes of solutions and gradients, to compare two versions of the explicit path")

// hashed puts numbers, bit by bit, and counts into a hash.
func hashed(h hash.Hash, v ...[]float64) {
	for _, w := range v {
		for _, x := range w {
			_ = binary.Write(h, binary.LittleEndian, math.Float64bits(x))
		}
	}
}

func hashStats(h hash.Hash, tr *ode.Trajectory) {
	hashed(h, tr.X)
	for _, s := range tr.Status {
		fmt.Fprint(h, s == ode.StatusOK)
	}
	fmt.Fprint(h, tr.Stats.Evals, tr.Stats.Accepted, tr.Stats.Rejected)
}

// bitsProblem is a network or a few equations, in so many lanes.
func bitsProblem(t *testing.T, kind string, lanes int) *ode.IVP {
	r := rand.New(rand.NewPCG(31, 32))
	p := *gradientProblems(r, lanes)["network"]
	var parts *field.Parts
	var err error
	switch kind {
	case "hand-written":
		return &p
	case "driven":
		return gradientProblems(r, lanes)["driven"]
	case "equations":
		e := &field.Equations{Text: "x' = a*x - b*x*y\ny' = c*x*y - y + sin(t)", Parameters: map[string]field.Unknown{
			"a": {Start: 1.3}, "b": {Start: 0.9}, "c": {Start: 0.8}}}
		parts, err = e.Build(field.Unscaled([]string{"x", "y"}, nil))
	default:
		parts, err = (&field.MLP{Hidden: []int{5, 6}, Activation: "gelu", Time: kind == "timed"}).Build(field.Unscaled([]string{"x", "y"}, nil))
	}
	if err != nil {
		t.Fatal(err)
	}
	p.Field = field.New(parts.Field, lanes, kind == "ensemble")
	p.Theta = batch(1, random(r, p.Field.Shape().Theta)...)
	if kind == "ensemble" {
		p.Theta = batch(lanes, p.Theta.V...)
		for i := range p.Theta.V {
			p.Theta.V[i] *= 1 + 0.01*float64(i%lanes)
		}
	}
	return &p
}

// TestBitsOfTheExplicitPath prints a line for every field, number of lanes and
// solver; two versions of the engine agree if the lines do. Run it with
// -run TestBits -bits -v, on one machine.
func TestBitsOfTheExplicitPath(t *testing.T) {
	if !*bits {
		t.Skip("prints hashes with -bits")
	}
	fixed := []string{"euler", "midpoint", "rk3", "rk4", "rk4-38", "map", "heun", "bosh3", "dopri5", "dop853", "tsit5"}
	adaptive := []string{"bosh3", "dopri5", "dop853"}
	var all []ode.Options
	for _, name := range fixed {
		for _, save := range []string{"land", "interpolate"} {
			all = append(all, ode.Options{Solver: name, Step: 0.17, Save: save},
				ode.Options{Solver: name, Step: 0.031, Save: save, Memory: 1 << 12})
		}
	}
	for _, name := range adaptive {
		for _, c := range []string{"pi", "integral"} {
			for _, save := range []string{"land", "interpolate"} {
				all = append(all, ode.Options{Solver: name, RTol: 1e-4, ATol: 1e-5, Controller: c, Save: save},
					ode.Options{Solver: name, RTol: 1e-5, ATol: 1e-6, Controller: c, Save: save, Memory: 1 << 12})
			}
		}
	}
	for _, kind := range []string{"equations", "network", "timed", "ensemble", "driven", "hand-written"} {
		for _, lanes := range []int{1, 8, 24} {
			p := bitsProblem(t, kind, lanes)
			for _, q := range []*ode.IVP{p, together8(p)} {
				for i, o := range all {
					h := sha256.New()
					hashProblem(t, h, q, o)
					fmt.Printf("bits %s %d %v %d %s %x\n", kind, lanes, q == p, i, o.Solver, h.Sum(nil)[:12])
				}
			}
		}
	}
}

// together8 lets all lanes start and be saved at the times of the first.
func together8(p *ode.IVP) *ode.IVP {
	q := *p
	q.T0, q.Times = append([]float64{}, p.T0...), append([]float64{}, p.Times...)
	for l := range q.T0 {
		q.T0[l] = q.T0[0]
	}
	for i := range q.Times {
		q.Times[i] = q.Times[i/len(q.T0)*len(q.T0)]
	}
	return &q
}

func hashProblem(t *testing.T, h hash.Hash, p *ode.IVP, o ode.Options) {
	lanes := p.X0.Lanes
	c := random(rand.New(rand.NewPCG(33, 34)), len(p.Times)*2)
	var adjoints []ode.Adjoint
	add := func(a ode.Adjoint, err error) {
		if err != nil {
			t.Fatal(err)
		}
		adjoints = append(adjoints, a)
	}
	for _, thetaLanes := range []int{1, lanes} {
		if p.Theta.Lanes > 1 && thetaLanes == 1 {
			continue
		}
		d, err := ode.NewDiscrete(p.Field, o)
		add(d, err)
		if thetaLanes > 1 || lanes == 1 {
			b, err := ode.NewBacksolve(p.Field, o)
			add(b, err)
			q, err := ode.NewParallel(p.Field, o)
			add(q, err)
		}
		for _, a := range adjoints {
			tr, gtr := trajectories(p)
			copy(gtr.X, c)
			g := cotangent(p, thetaLanes)
			for range 2 {
				a.Solve(tr, p)
				a.Pull(&g, gtr)
			}
			hashStats(h, tr)
			hashed(h, g.X.V, g.Theta.V)
		}
		adjoints = adjoints[:0]
	}
	tr, err := ode.Solve(p, o)
	if err != nil {
		t.Fatal(err)
	}
	hashStats(h, tr)
	if lanes == 1 {
		s, err := ode.NewSensitivity(p.Field, o)
		if err != nil {
			t.Fatal(err)
		}
		S := make([]float64, len(p.Times)*2*(p.Theta.Rows+2))
		s.Solve(tr, S, p)
		hashed(h, S)
	}
	m, err := ode.NewMesh(p.Field, o)
	if err != nil {
		t.Fatal(err)
	}
	m.Solve(tr, p)
	hashStats(h, tr)
}
