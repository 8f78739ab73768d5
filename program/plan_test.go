package program

import (
	"math"
	"testing"
)

// layers is a network 3-5-2 of shared parameters.
func layers(t *testing.T) *Program {
	b := New()
	x, theta := b.Batched("x", 3, 1), b.Shared("theta", 32, 1)
	h := b.Act(GELU, b.Add(b.MatVec(b.Slice(theta, 0, 5, 3), x), b.Slice(theta, 15, 5, 1)))
	b.Output("y", b.Add(b.MatVec(b.Slice(theta, 20, 2, 5), h), b.Slice(theta, 30, 2, 1)))
	p, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNothingIsComputedInVain(t *testing.T) {
	p := VJP(layers(t), Wrt{Name: "x"}, Wrt{Name: "theta"})
	for _, in := range NewExec(p, 8).code {
		if in.code == cSpread {
			t.Error("a bias is spread although the product adds it unspread")
		}
	}
}

// TestTheChainRuleMultipliesAsItStores: of two products and their derivative
// nothing is left to multiply, with shared matrices and with one for each lane.
func TestTheChainRuleMultipliesAsItStores(t *testing.T) {
	for _, p := range []*Program{layers(t), Ensemble(layers(t), "theta")} {
		count := map[opcode]int{}
		for _, in := range NewExec(VJP(p, Wrt{Name: "x"}), 8).code {
			count[in.code]++
		}
		if count[cMul] > 0 || count[cMatVecTTimes]+count[cMatVecTLanesTimes] != 1 {
			t.Errorf("instructions by code: %v", count)
		}
	}
}

// TestMemberHasTheBitsOfASharedRun: with the same parameters in every lane an
// ensemble computes what one network computes for many lanes.
func TestMemberHasTheBitsOfASharedRun(t *testing.T) {
	for _, lanes := range []int{16, 136} {
		checkMember(t, lanes)
	}
}

func checkMember(t *testing.T, lanes int) {
	fill := func(n, spread int) []float64 {
		v := make([]float64, n*spread)
		for i := range v {
			v[i] = math.Sin(1 + 7*float64(i/spread))
		}
		return v
	}
	x, c := fill(3*lanes, 1), fill(2*lanes, 1)
	shared := layers(t)
	member := Ensemble(shared, "theta")
	for _, wrt := range [][]Wrt{nil, {{Name: "x"}}} {
		run := func(p *Program, theta []float64) []float64 {
			in, rows := [][]float64{x, theta}, 2
			if wrt != nil {
				p, in, rows = VJP(p, wrt...), append(in, c), 3
			}
			out := make([]float64, rows*lanes)
			NewExec(p, lanes).Run([][]float64{out}, in)
			return out
		}
		want, got := run(shared, fill(32, 1)), run(member, fill(32, lanes))
		for i := range want {
			if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
				t.Fatalf("%d lanes, wrt %v: entry %d is %v in an ensemble, %v alone", lanes, wrt, i, got[i], want[i])
			}
		}
	}
}

// TestRunFollowsItsArguments: a slice that moved is read where it is now, and
// one that stayed is read again.
func TestRunFollowsItsArguments(t *testing.T) {
	p := layers(t)
	e := NewExec(p, 1)
	theta, out := make([]float64, 32), make([]float64, 2)
	run := func(x, theta []float64) float64 {
		e.Run([][]float64{out}, [][]float64{x, theta})
		return out[0]
	}
	x := make([]float64, 3)
	theta[30] = 1
	if v := run(x, theta); v != 1 {
		t.Fatalf("bias 1 gives %v", v)
	}
	theta[30] = 2
	if v := run(x, theta); v != 2 {
		t.Errorf("bias 2 in the same memory gives %v", v)
	}
	moved := make([]float64, 32)
	moved[30] = 3
	if v := run(x, moved); v != 3 {
		t.Errorf("bias 3 in other memory gives %v", v)
	}
	if v := run(x, theta); v != 2 {
		t.Errorf("bias 2 back in the first memory gives %v", v)
	}
}
