package program

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// runner is an executor, of either precision.
type runner interface{ Run(out, in [][]float64) }

// outputsOf runs e on v; the outputs start from what start says.
func outputsOf(p *Program, lanes int, e runner, v values, start float64) values {
	var in, out [][]float64
	for _, i := range p.Inputs {
		in = append(in, v[p.Nodes[i].Name])
	}
	res := values{}
	for _, o := range p.Outputs {
		n := p.Nodes[o.Node].Size()
		if p.Nodes[o.Node].Batched {
			n *= lanes
		}
		y := make([]float64, n)
		for i := range y {
			y[i] = start
		}
		out, res[o.Name] = append(out, y), y
	}
	e.Run(out, in)
	e.Run(out, in)
	return res
}

// compareSingle compares both precisions, relative to the largest number of an output.
func compareSingle(t *testing.T, what string, p *Program, lanes int, v values, tolerance float64) {
	t.Helper()
	for _, add := range [][]string{nil, names(p)} {
		got := outputsOf(p, lanes, NewExecSingle(p, lanes, add...), v, 0.25)
		want := outputsOf(p, lanes, NewExec(p, lanes, add...), v, 0.25)
		for name, w := range want {
			scale := 1.0
			for _, x := range w {
				scale = max(scale, math.Abs(x))
			}
			for i, x := range w {
				if !(math.Abs(got[name][i]-x) <= tolerance*scale) {
					t.Fatalf("%s: %s[%d] = %g, in float64 %g\n%v", what, name, i, got[name][i], x, p)
				}
			}
		}
	}
}

func names(p *Program) []string {
	var s []string
	for _, o := range p.Outputs {
		s = append(s, o.Name)
	}
	return s
}

func TestSingleAgreesWithDoubleOnNetworks(t *testing.T) {
	before := kernel.Level()
	defer func() {
		if err := kernel.Force(before); err != nil {
			t.Fatal(err)
		}
	}()
	for _, level := range kernel.Levels() {
		if err := kernel.Force(level); err != nil {
			t.Fatal(err)
		}
		compareNetworks(t, level)
	}
}

func compareNetworks(t *testing.T, level string) {
	r := rand.New(rand.NewPCG(7, 1))
	for _, k := range []Kind{Tanh, GELU, Sigmoid, SiLU, Softplus, Sin} {
		p := mlp(t, []int{3, 20, 17, 3}, k)
		vjp := VJP(p, all(p)...)
		for _, lanes := range []int{16, 112, 128, 304} {
			for what, q := range map[string]*Program{"eval": p, "vjp": vjp, "jvp": JVP(p, all(p)...),
				"ensemble": VJP(Ensemble(p, "theta"), all(p)...), "each lane": VJP(p, Wrt{Name: "theta", Batched: true})} {
				compareSingle(t, fmt.Sprint(level, " ", what, " ", k, " ", lanes), q, lanes, randomFor(q, lanes, r, nil), 2e-5)
			}
		}
	}
}

func TestSingleAgreesWithDoubleOnRandomPrograms(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 2))
	for range 60 {
		p := randomProgram(r)
		for _, q := range []*Program{p, VJP(p, all(p)...), VJP(VJP(p, all(p)...), all(p)...)} {
			v := randomFor(q, 144, r, nil)
			for _, x := range v {
				for i := range x {
					x[i] *= 0.3 // keeps repeated squares and products of order one
				}
			}
			compareSingle(t, "random", q, 144, v, 1e-3)
		}
	}
}

// A sum over lanes that some lane needs takes all lanes in one strip.
func TestSingleSumsBeforeItSpreads(t *testing.T) {
	b := New()
	x := b.Batched("x", 3, 1)
	b.Output("y", b.Mul(x, b.Spread(b.Scale(0.01, b.Gather(x)))))
	p, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 3))
	compareSingle(t, "sum", p, 400, randomFor(p, 400, r, nil), 1e-5)
}

func TestSingleLanesAreIndependentOfTheirPlace(t *testing.T) {
	p := mlp(t, []int{3, 20, 3}, Tanh)
	r := rand.New(rand.NewPCG(7, 4))
	const lanes = 272
	v := randomFor(p, lanes, r, nil)
	for i := range 3 {
		v["x"][i*lanes+261] = v["x"][i*lanes+5]
	}
	v["x"][7] = math.NaN()
	dx := outputsOf(p, lanes, NewExecSingle(p, lanes), v, 0)["dx"]
	for i := range 3 {
		if a, b := dx[i*lanes+5], dx[i*lanes+261]; a != b {
			t.Fatalf("row %d: %g in lane 5, %g in lane 261", i, a, b)
		}
		if !math.IsNaN(dx[i*lanes+7]) {
			t.Fatalf("row %d: the NaN is lost", i)
		}
	}
}

func TestSingleNeverAllocates(t *testing.T) {
	q := mlp(t, []int{3, 20, 3}, GELU)
	p := VJP(q, all(q)...)
	v := randomFor(p, 144, rand.New(rand.NewPCG(7, 5)), nil)
	e := NewExecSingle(p, 144)
	var in, out [][]float64
	for _, i := range p.Inputs {
		in = append(in, v[p.Nodes[i].Name])
	}
	for _, o := range p.Outputs {
		n := p.Nodes[o.Node].Size()
		if p.Nodes[o.Node].Batched {
			n *= 144
		}
		out = append(out, make([]float64, n))
	}
	if n := testing.AllocsPerRun(5, func() { e.Run(out, in) }); n != 0 {
		t.Fatalf("%g allocations", n)
	}
}
