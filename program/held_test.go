package program

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// layered is a network whose weights are held, with one bias among them and one that is not; rows
// of the last layer are few.
func layered(t *testing.T) *Program {
	t.Helper()
	b := New()
	own := b.Shared("own", 11, 1) // the first node: a bias
	w := b.Shared("theta", 11*5+11*11+3*11+11, 1)
	x := b.Batched("x", 5, 1)
	h := b.Act(Tanh, b.Add(b.MatVec(b.Slice(w, 0, 11, 5), x), b.Spread(own)))
	h = b.Act(GELU, b.Add(b.MatVec(b.Slice(w, 55, 11, 11), h), b.Spread(b.Slice(w, 55+121+33, 11, 1))))
	y := b.MatVec(b.Slice(w, 55+121, 3, 11), h)
	b.Output("y", y)
	b.Output("back", b.MatVecT(b.Slice(w, 55+121, 3, 11), y))
	p, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func randoms(r *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}

// What is held is that of the last Hold, and gives what it gives where nothing is held.
func TestHeldInputsGiveTheSameNumbers(t *testing.T) {
	p := layered(t)
	r := rand.New(rand.NewPCG(1, 2))
	v := values{"own": randoms(r, 11), "x": randoms(r, 5)}
	e := NewHeldExec(p, "theta")
	got := values{"y": make([]float64, 3), "back": make([]float64, 11)}
	for range 2 {
		v["theta"] = randoms(r, 11*5+11*11+3*11+11)
		want := outputsOf(p, 1, NewExec(p, 1), v, 0)
		e.Hold(v["theta"])
		for k, i := range p.Inputs {
			if name := p.Nodes[i].Name; name != "theta" {
				e.BindInput(k, v[name])
			}
		}
		for k, o := range p.Outputs {
			e.BindOutput(k, got[o.Name])
		}
		e.RunBound()
		for name, w := range want {
			for i, x := range w {
				if d := got[name][i] - x; d > 1e-13 || d < -1e-13 || x == 0 {
					t.Errorf("%s[%d] = %g, without holding %g", name, i, got[name][i], x)
				}
			}
		}
	}
	NewHeldExec(p, "no such input").Hold(v["theta"]) // is of no effect
	compareSingle(t, "a bias that is the first node", p, 8, values{"own": v["own"], "theta": v["theta"], "x": randoms(r, 40)}, 1e-4)
}

// The first mistake is told, whatever comes behind it.
func TestBuildersTellMistakes(t *testing.T) {
	for want, build := range map[string]func(*Builder){
		"output y is named twice": func(b *Builder) {
			x := b.Batched("x", 2, 1)
			b.Output("y", x)
			b.Output("y", x)
		},
		"slice [-1:1]":    func(b *Builder) { b.Output("y", b.Slice(b.Batched("x", 2, 1), -1, 2, 1)) },
		"slice [0:0]":     func(b *Builder) { b.Output("y", b.Slice(b.Batched("x", 2, 1), 0, 2, 0)) },
		"slice [1:3]":     func(b *Builder) { b.Output("y", b.Slice(b.Batched("x", 2, 1), 1, 2, 1)) },
		"slice [0:-1]":    func(b *Builder) { b.Output("y", b.Slice(b.Batched("x", 2, 1), 0, -1, 1)) },
		"must be vectors": func(b *Builder) { b.Output("y", b.Outer(b.Shared("w", 2, 2), b.Batched("x", 2, 1))) },
	} {
		b := New()
		build(b)
		if _, err := b.Done(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// An outer product with zeros has as many lanes as its other factor; nothing is a slice, too.
func TestZerosKeepTheirLanes(t *testing.T) {
	b := New()
	x, zero := b.Batched("x", 3, 1), b.Const(0, 2, 1)
	for _, v := range []Value{b.Outer(zero, x), b.Outer(x, zero)} {
		if !b.IsBatched(v) {
			t.Error("the product of zeros with a batched vector is shared by all lanes")
		}
	}
	if b.IsBatched(b.Outer(zero, b.Shared("s", 2, 1))) {
		t.Error("the product of zeros with a shared vector has lanes")
	}
	if v := b.Slice(x, 0, 0, 1); b.Rows(v) != 0 {
		t.Errorf("a slice of no rows has %d", b.Rows(v))
	}
	b.Output("y", x)
	if _, err := b.Done(); err != nil {
		t.Error(err)
	}
}

// Long names are cut in messages, names of 24 characters are not.
func TestNamesInMessagesAreCutAtTwentyFour(t *testing.T) {
	for n, want := range map[int]string{24: strings.Repeat("é", 24), 25: strings.Repeat("é", 24) + "…", 40: strings.Repeat("é", 24) + "…"} {
		if got := shorten(strings.Repeat("é", n)); got != want {
			t.Errorf("%d characters are shown as %s", n, got)
		}
	}
}
