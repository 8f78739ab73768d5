package field_test

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/program"
)

// TestLatentStatesMoveAndColumnsShowThem: columns stand still, positions move by their velocities,
// what is seen depends on positions alone, and the encoder tells latent states alone.
func TestLatentStatesMoveAndColumnsShowThem(t *testing.T) {
	m := &field.Latent{Latent: 2, Order: 2, Hidden: []int{5}, Activation: "sin", Window: 3, Reader: []int{6}, Decoder: []int{7}}
	p, err := m.Build(field.Unscaled([]string{"a", "b", "c"}, []string{"u"}))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(p.Text, "d²(latent)/dt² = network 5-5-2, sin; a decoder 2-7-3 shows (a, b, c) of 2 latent positions") || !strings.Contains(p.Text, "an encoder 21-6-4 tells from the first 3 rows") {
		t.Errorf("it calls itself %s", p.Text)
	}
	if !p.Told() || len(p.Start) != 4 || len(p.Frame.States) != 7 {
		t.Fatalf("told %v, hidden %d, states %v", p.Told(), len(p.Start), p.Frame.States)
	}
	theta, err := field.Draw(p, "lecun", 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	r := num.Stream(3, "latent")
	point := func(n int) *field.Point {
		at := &field.Point{T: []float64{0}, X: program.NewBatch(n, 1), U: program.NewBatch(1, 1), Theta: field.Batch{V: theta, Rows: len(theta), Lanes: 1}}
		for i := range at.X.V {
			at.X.V[i] = r.NormFloat64()
		}
		at.U.V[0] = 0.3
		return at
	}
	out := program.NewBatch(7, 1)
	at := point(7)
	field.New(p.Field, 1, false).Eval(out, at)
	for i := range 3 {
		if out.V[i] != 0 {
			t.Errorf("column %d moves by %g", i, out.V[i])
		}
	}
	if out.V[3] != at.X.V[5] || out.V[4] != at.X.V[6] || out.V[5] == 0 {
		t.Errorf("of %v the derivative is %v", at.X.V, out.V)
	}
	see := field.New(p.Observe, 1, false)
	see.Eval(out, at)
	before := append([]float64{}, out.V...)
	at.X.V[0], at.X.V[5] = 9, -9 // a column, a velocity
	see.Eval(out, at)
	if out.V[0] != before[0] || out.V[5] != -9 || out.V[3] != at.X.V[3] || before[0] == 0 {
		t.Errorf("what is seen is %v, and was %v", out.V, before)
	}
	at.X.V[3]++
	if see.Eval(out, at); out.V[0] == before[0] {
		t.Error("what is seen does not depend on a position")
	}
	field.New(p.Past.Program, 1, false).Eval(out, point(p.Past.Features(3, 1)))
	if out.V[0] != 0 || out.V[2] != 0 || out.V[3] == 0 || math.IsNaN(out.V[6]) {
		t.Errorf("the encoder tells %v", out.V)
	}
}

// TestLatentRefusesInWords: what has no meaning.
func TestLatentRefusesInWords(t *testing.T) {
	for want, m := range map[string]*field.Latent{
		"order=3":   {Latent: 1, Order: 3, Activation: "tanh", Window: 3},
		"latent=0":  {Order: 1, Activation: "tanh", Window: 3},
		"window=1":  {Latent: 1, Order: 1, Activation: "tanh", Window: 1},
		"at least":  {Latent: 1, Order: 1, Activation: "tanh", Window: 3, Decoder: []int{0}},
		"sinus":     {Latent: 1, Order: 2, Activation: "sinus", Window: 3},
		"latent=99": {Latent: 99999999, Order: 2, Activation: "tanh", Window: 3},
	} {
		if _, err := m.Build(field.Unscaled([]string{"x"}, nil)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; it should say %q", err, want)
		}
	}
}
