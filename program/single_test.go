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
	sizes := []int{1, 8, 16, 40, 128, 296}
	if testing.Short() {
		sizes = []int{1, 40}
	}
	for _, k := range []Kind{Tanh, GELU, Sigmoid, SiLU, Softplus, Sin} {
		p := mlp(t, []int{3, 20, 17, 3}, k)
		vjp := VJP(p, all(p)...)
		for _, lanes := range sizes {
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
		lanes := 8 * (1 + r.IntN(20))
		for _, q := range []*Program{p, VJP(p, all(p)...), VJP(VJP(p, all(p)...), all(p)...)} {
			v := randomFor(q, lanes, r, nil)
			for _, x := range v {
				for i := range x {
					x[i] *= 0.3 // keeps repeated squares and products of order one
				}
			}
			compareSingle(t, "random", q, lanes, v, 1e-3)
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

// Lanes that pad a strip are not in a sum, not even where they would be infinite.
func TestSingleSumsOnlyTheLanesThereAre(t *testing.T) {
	b := New()
	x := b.Batched("x", 1, 1)
	one := b.Act(Exp, b.Scale(0, x))
	b.Output("count", b.Gather(one))
	b.Output("products", b.Gather(b.Outer(one, b.Act(Reciprocal, x))))
	p, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	for _, lanes := range []int{1, 7, 8, 9, 24, 136, 300} {
		v := values{"x": make([]float64, lanes)}
		for l := range v["x"] {
			v["x"][l] = 0.5
		}
		got := outputsOf(p, lanes, NewExecSingle(p, lanes), v, 0)
		if got["count"][0] != float64(lanes) || got["products"][0] != float64(2*lanes) {
			t.Errorf("%d lanes: %v", lanes, got)
		}
	}
}

// A layer adds at most (c+2) ε/2 of the sum of its terms' sizes and 5 ε of its
// function, and hands on what it was given times its largest gain.
func TestSingleNetworkIsWithinItsRoundings(t *testing.T) {
	const eps, lanes = 0x1p-23, 72
	sizes := []int{3, 40, 30, 3}
	p := mlp(t, sizes, Tanh)
	r := rand.New(rand.NewPCG(7, 6))
	v := randomFor(p, lanes, r, nil)
	got := outputsOf(p, lanes, NewExecSingle(p, lanes), v, 0)["dx"]
	want := outputsOf(p, lanes, NewExec(p, lanes), v, 0)["dx"]
	bound, most := 0.0, 0.0
	for _, x := range v["x"] {
		most = max(most, math.Abs(x))
	}
	theta := v["theta"]
	for k := range len(sizes) - 1 {
		in, out := sizes[k], sizes[k+1]
		gain, weights, bias := 0.0, theta[:in*out], theta[in*out:in*out+out]
		for i := range out {
			g := 0.0
			for _, w := range weights[i*in : (i+1)*in] {
				g += math.Abs(w)
			}
			gain = max(gain, g+math.Abs(bias[i])/most)
		}
		bound = gain*bound + float64(in+3)*eps/2*gain*most + 5*eps
		most, theta = 1, theta[in*out+out:]
	}
	largest := 0.0
	for i, w := range want {
		if e := math.Abs(got[i] - w); !(e <= bound) {
			t.Fatalf("number %d: %g, in float64 %g: more than %g apart", i, got[i], w, bound)
		} else {
			largest = max(largest, e)
		}
	}
	if largest == 0 {
		t.Error("float32 rounds nothing")
	}
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
