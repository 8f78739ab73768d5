package program

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestHalvesTogetherAreTheVJP compares for one lane, with what a shared input
// receives left to its terms.
func TestHalvesTogetherAreTheVJP(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	programs := []*Program{mlp(t, []int{3, 7, 5, 2}, GELU)}
	for range 40 {
		programs = append(programs, randomProgram(r))
	}
	for _, p := range programs {
		owed := "w"
		if _, ok := p.Input(owed); !ok {
			owed = "theta"
		}
		checkHalves(t, p, owed, r)
		checkHalves(t, p, "", r)
	}
}

func checkHalves(t *testing.T, p *Program, owed string, r *rand.Rand) {
	t.Helper()
	whole, h := VJP(p, all(p)...), Halve(p, owed, all(p)...)
	v := randomFor(whole, 1, r, nil)
	want := evaluate(t, whole, 1, v)
	there := evaluate(t, h.Forward, 1, v)
	for name, y := range evaluate(t, p, 1, v) {
		agree(t, name, there[name], y)
	}
	v["kept"] = there["kept"]
	back := evaluate(t, h.Backward, 1, v)
	if owed != "" {
		n, _ := p.Input(owed)
		back["g"+owed] = settle(make([]float64, n.Size()), h.Terms, back["owed"])
	}
	for name, g := range want {
		agree(t, name, back[name], g)
	}
}

// settle adds the terms as their comment says.
func settle(g []float64, terms []Term, owed []float64) []float64 {
	for _, u := range terms {
		for i := range u.Rows {
			if u.Cols == 0 {
				g[u.To+i] += owed[u.Y+i]
			}
			for j := range u.Cols {
				g[u.To+i*u.Cols+j] += owed[u.Y+i] * owed[u.X+j]
			}
		}
	}
	return g
}

func agree(t *testing.T, name string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d entries, want %d", name, len(got), len(want))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-12*(1+math.Abs(want[i]))) {
			t.Fatalf("%s: entry %d is %.17g, want %.17g", name, i, got[i], want[i])
		}
	}
}

// TestBackHalfRepeatsNothing: no activation is computed on the way back, and
// no weight is multiplied with anything but a cotangent.
func TestBackHalfRepeatsNothing(t *testing.T) {
	p := mlp(t, []int{3, 7, 5, 2}, GELU)
	h := Halve(p, "theta", Wrt{Name: "x"}, Wrt{Name: "theta"})
	for _, n := range h.Backward.Nodes {
		if n.Op == OpAct || n.Op == OpMatVec || n.Op == OpOuter {
			t.Errorf("%v on the way back:\n%v", n.Op, h.Backward)
		}
	}
	if kept, _ := h.Forward.Output("kept"); kept.Rows != 2*(7+5) {
		t.Errorf("%d numbers are kept, want values and slopes of 12 units", kept.Rows)
	}
	for _, in := range NewExec(h.Forward, 1).code {
		if in.code == cCopy || in.code == cFill || in.code == cAddTo {
			t.Error("what is kept is copied")
		}
	}
}
