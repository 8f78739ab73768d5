package field

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// TestScriptsAreTheirCalls: a script of evaluations is EvalKept, one of VJPs is VJPKept, also
// where scripts and calls take turns and what they owe is more than is settled at a time.
func TestScriptsAreTheirCalls(t *testing.T) {
	p := build(t, &MLP{Hidden: []int{8, 9}, Activation: "tanh", Time: true}, Unscaled([]string{"a", "b", "c"}, nil)).Field
	f := New(p, 1, false).(Scripter)
	r := rand.New(rand.NewPCG(1, 2))
	n := f.Shape().State
	// The vector that scripts work on: x, dx, t, what is kept, the cotangent, its product.
	at := func(first, size int) kernel.ScriptPlace { return kernel.ScriptPlace{At: first, Len: size} }
	kept, c, gx := 2*n+1, 2*n+1+f.Kept(), 3*n+1+f.Kept()
	there := make([]float64, gx+n)
	forward, back := f.NewScript(1, false), f.NewScript(1, true)
	if !forward.Timed() {
		t.Error("the time is read")
	}
	forward.Eval(at(n, n), at(kept, f.Kept()), at(2*n, 1), at(0, n))
	back.VJP(at(gx, n), at(kept, f.Kept()), at(2*n, 1), at(0, n), at(c, n))
	forward.Bind(0, there)
	back.Bind(0, there)
	for round := range 2 { // with other parameters, too
		theta := randomPoint(f.Shape(), 1, r).Theta
		f.Hold(theta)
		got, want := randomPoint(f.Shape(), 1, r), Point{}
		want.X, want.Theta = clone(got.X), clone(got.Theta)
		copy(there[gx:], got.X.V)
		got.U = Batch{}
		for k := range 3*debts + 5 {
			point := randomPoint(f.Shape(), 1, r)
			point.Theta = theta
			cot := randomPoint(f.Shape(), 1, r).X
			f.VJP(&want, point, cot)
			copy(there, point.X.V)
			there[2*n] = point.T[0]
			copy(there[c:], cot.V)
			forward.Run(nil)
			dx := clone(cot)
			f.EvalHeld(dx, point)
			for i, v := range dx.V {
				if math.Abs(there[n+i]-v) > 1e-14*(1+math.Abs(v)) {
					t.Fatalf("round %d: slope %d is %v, want %v", round, i, there[n+i], v)
				}
			}
			if k%5 == 4 {
				copy(got.X.V, there[gx:])
				f.VJPKept(got, point, there[kept:kept+f.Kept()], cot)
				copy(there[gx:], got.X.V)
			} else {
				back.Run(got)
			}
		}
		f.Settle(got)
		for i, v := range append(want.X.V, want.Theta.V...) {
			if g := append(there[gx:len(there):len(there)], got.Theta.V...)[i]; math.Abs(g-v) > 1e-12*(1+math.Abs(v)) {
				t.Fatalf("round %d: cotangent %d is %v, want %v", round, i, g, v)
			}
		}
	}
	if New(p, 8, false).(Keeper).Kept() > 0 && f.(*programmed).NewScript(1, true) == nil {
		t.Error("there is none")
	}
	u := build(t, &MLP{Hidden: []int{4}, Activation: "tanh"}, Unscaled([]string{"a"}, []string{"u"})).Field
	if New(u, 1, false).(Scripter).NewScript(1, false) != nil {
		t.Error("inputs are looked up at every evaluation")
	}
}
