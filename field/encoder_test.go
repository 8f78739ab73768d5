package field_test

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// TestEncoderAddsToTheLastRow: with weights of zero it tells the last values, and
// nothing of hidden states; with others its slopes are those of its values.
func TestEncoderAddsToTheLastRow(t *testing.T) {
	e := &field.Encoder{MLP: field.MLP{Hidden: []int{5}, Activation: "tanh", Augment: 2}, Window: 3, Reader: []int{6}}
	p, err := e.Build(field.Unscaled([]string{"x", "y"}, []string{"u"}))
	if err != nil {
		t.Fatal(err)
	}
	// x, y, two hidden states and u; of each of three rows two values, their ages and u.
	if !strings.HasPrefix(p.Text, "d(x, y, hidden1, hidden2)/dt = network 5-5-4") || !strings.Contains(p.Text, "network 15-6-4") {
		t.Errorf("it calls itself %s", p.Text)
	}
	n := p.Past.Features(2, 1)
	f := field.New(p.Past.Program, 1, false)
	at := &field.Point{X: program.NewBatch(n, 1), Theta: program.NewBatch(len(p.Theta0), 1)}
	for i := range at.X.V {
		at.X.V[i] = 0.1 * float64(i+1)
	}
	out := program.NewBatch(4, 1)
	f.Eval(out, at)
	if out.V[0] != at.X.V[10] || out.V[1] != at.X.V[11] || out.V[2] != 0 || out.V[3] != 0 {
		t.Errorf("of %v it tells %v", at.X.V, out.V)
	}
	theta, err := field.Draw(p, "lecun", 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	copy(at.Theta.V, theta)
	c, g := program.Batch{Rows: 4, Lanes: 1, V: []float64{1, -2, 0.5, 3}}, &field.Point{Theta: program.NewBatch(len(theta), 1)}
	f.VJP(g, at, c)
	value := func() (sum float64) {
		f.Eval(out, at)
		for i, v := range out.V {
			sum += c.V[i] * v
		}
		return sum
	}
	for i := range theta {
		const h = 1e-5
		at.Theta.V[i] = theta[i] + h
		up := value()
		at.Theta.V[i] = theta[i] - h
		down := value()
		at.Theta.V[i] = theta[i]
		if want := (up - down) / (2 * h); math.Abs(g.Theta.V[i]-want) > 1e-8*(1+math.Abs(want)) {
			t.Fatalf("slope %d is %g, by differences %g", i, g.Theta.V[i], want)
		}
	}
}

// TestEncoderRefusesInWords: what has no meaning.
func TestEncoderRefusesInWords(t *testing.T) {
	for want, e := range map[string]*field.Encoder{
		"window=0":  {MLP: field.MLP{Hidden: []int{5}, Activation: "tanh", Augment: 2}},
		"augment=0": {MLP: field.MLP{Hidden: []int{5}, Activation: "tanh"}, Window: 3},
		"at least":  {MLP: field.MLP{Hidden: []int{5}, Activation: "tanh", Augment: 2}, Window: 3, Reader: []int{0}},
	} {
		if _, err := e.Build(field.Unscaled([]string{"x"}, nil)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; it should say %q", err, want)
		}
	}
}
