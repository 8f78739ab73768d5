package field

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestKeptEvaluationsGiveTheVJP compares more evaluations than are settled at
// a time with VJPs from the point alone.
func TestKeptEvaluationsGiveTheVJP(t *testing.T) {
	frame := Frame{States: []string{"a", "b"}, Shift: []float64{1, 2}, Scale: []float64{1, 2},
		Inputs: []string{"u"}, UShift: []float64{0}, UScale: []float64{1}, Time: 5}
	r := rand.New(rand.NewPCG(1, 2))
	for _, arch := range []Architecture{
		&MLP{Hidden: []int{8, 9}, Activation: "tanh", Time: true, Augment: 1},
		&SecondOrder{MLP{Hidden: []int{8}, Activation: "gelu"}},
		&Lagrangian{Hidden: []int{4}, Activation: "gelu", Harmonics: 1},
	} {
		p := build(t, arch, frame).Field
		for _, theta := range []bool{true, false} {
			checkKept(t, New(p, 1, false).(Keeper), theta, 1, r)
			checkKept(t, New(p, 8, false).(Keeper), theta, 1, r)
			checkKept(t, New(p, 8, true).(Keeper), theta, 8, r)
			checkKept(t, New(p, 16, false).(Keeper), theta, 1, r)
			checkKept(t, New(p, 16, true).(Keeper), theta, 16, r)
		}
	}
}

// TestFieldsOfOneParameterKeep: θ may have a single entry.
func TestFieldsOfOneParameterKeep(t *testing.T) {
	e := &Equations{Text: "a' = p*a*b\nb' = sin(a) - b", Parameters: map[string]Unknown{"p": {Start: 2}}}
	checkKept(t, New(build(t, e, Unscaled([]string{"a", "b"}, nil)).Field, 1, false).(Keeper), true, 1, rand.New(rand.NewPCG(3, 4)))
}

func checkKept(t *testing.T, f Keeper, theta bool, lanes int, r *rand.Rand) {
	const n = 2*debts + 5
	s := f.Shape()
	got, want := randomPoint(s, lanes, r), Point{}
	got.U = Batch{}
	want.X, want.Theta = clone(got.X), clone(got.Theta)
	if !theta {
		got.Theta, want.Theta = Batch{}, Batch{}
	}
	points, c := make([]*Point, n), make([]Batch, n)
	kept := make([]float64, n*f.Kept())
	shared := randomPoint(s, lanes, r).Theta
	f.Hold(shared)
	for k := range n {
		points[k], c[k] = randomPoint(s, 1, r), randomPoint(s, 1, r).X
		points[k].Theta = shared
		dx, again := clone(c[k]), clone(c[k])
		f.Eval(dx, points[k])
		f.EvalKept(again, kept[k*f.Kept():(k+1)*f.Kept()], points[k])
		held := clone(c[k])
		f.EvalHeld(held, points[k])
		for i, v := range held.V {
			if again.V[i] != v {
				t.Fatalf("EvalKept gives %v, EvalHeld %v", again.V[i], v)
			}
		}
		for i, v := range dx.V {
			if math.Abs(again.V[i]-v) > 1e-14*(1+math.Abs(v)) {
				t.Fatalf("EvalKept gives %v, Eval %v", again.V[i], v)
			}
		}
	}
	for k := n - 1; k >= 0; k-- {
		f.VJP(&want, points[k], c[k])
		f.VJPKept(got, points[k], kept[k*f.Kept():(k+1)*f.Kept()], c[k])
	}
	if theta {
		f.Settle(got)
	}
	for i, v := range append(want.X.V, want.Theta.V...) {
		if g := append(got.X.V, got.Theta.V...)[i]; math.Abs(g-v) > 1e-13*(1+math.Abs(v)) {
			t.Errorf("cotangent %d is %v, want %v", i, g, v)
		}
	}
}

func clone(b Batch) Batch {
	b.V = append([]float64{}, b.V...)
	return b
}

func TestKeepingNeverAllocates(t *testing.T) {
	p := build(t, &MLP{Hidden: []int{8, 9}, Activation: "gelu"}, Unscaled([]string{"a", "b", "c"}, nil)).Field
	checkKeepingAllocates(t, New(p, 1, false).(Keeper), 1)
	checkKeepingAllocates(t, New(p, 8, false).(Keeper), 1)
	checkKeepingAllocates(t, New(p, 8, true).(Keeper), 8)
}

func checkKeepingAllocates(t *testing.T, f Keeper, lanes int) {
	kept := make([]float64, f.Kept())
	r := rand.New(rand.NewPCG(1, 2))
	at, g, c := randomPoint(f.Shape(), lanes, r), randomPoint(f.Shape(), lanes, r), randomPoint(f.Shape(), 1, r).X
	f.Hold(at.Theta)
	if n := testing.AllocsPerRun(10*debts, func() {
		f.EvalKept(c, kept, at)
		f.VJPKept(g, at, kept, c)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestHeldParametersAreThoseOfTheLastHold: they may lie in the same memory, and
// what goes back uses them as well.
func TestHeldParametersAreThoseOfTheLastHold(t *testing.T) {
	p := build(t, &MLP{Hidden: []int{8, 9}, Activation: "gelu"}, Unscaled([]string{"a", "b", "c"}, nil)).Field
	f := New(p, 1, false).(Keeper)
	r := rand.New(rand.NewPCG(1, 2))
	at, c := randomPoint(f.Shape(), 1, r), randomPoint(f.Shape(), 1, r).X
	kept := make([]float64, f.Kept())
	for range 3 {
		for i := range at.Theta.V {
			at.Theta.V[i] += 0.3 * r.NormFloat64()
		}
		want, got := clone(c), clone(c)
		wantX, gotX := Point{X: clone(c)}, Point{X: clone(c)}
		f.Eval(want, at)
		f.VJP(&wantX, at, c)
		f.Hold(at.Theta)
		f.EvalKept(got, kept, at)
		f.VJPKept(&gotX, at, kept, c)
		for i, v := range append(want.V, wantX.X.V...) {
			if g := append(got.V, gotX.X.V...)[i]; math.Abs(g-v) > 1e-13*(1+math.Abs(v)) {
				t.Fatalf("value %d is %v, want %v", i, g, v)
			}
		}
	}
}
