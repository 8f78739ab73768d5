package field

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

// TestPolynomialExplainsItself sets the coefficients of Lotka–Volterra, and
// checks that the field is Lotka–Volterra in user units and says so.
func TestPolynomialExplainsItself(t *testing.T) {
	f := Frame{States: []string{"prey", "pred"}, Shift: []float64{20, 10}, Scale: []float64{8, 5}, Time: 0.5}
	arch := &PolyMLP{MLP: MLP{Hidden: []int{4}, Activation: "tanh"}, Degree: 2}
	p := build(t, arch, f)
	theta, err := Draw(p, "torch", 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	last := p.Layers[len(p.Layers)-1]
	clear(theta[last.W : last.B+last.Rows]) // no network
	one, two := p.Layers[0], p.Layers[1]
	theta[one.W] = 1.3 * f.Time                   // prey' = 1.3 prey − 0.09 prey·pred
	theta[two.W+1] = -0.09 * f.Time * f.Scale[1]  // monomials: prey², prey·pred, pred²
	theta[one.W+3] = -1.8 * f.Time                // pred' = −1.8 pred + 0.08 prey·pred
	theta[two.W+3+1] = 0.08 * f.Time * f.Scale[0] //
	want := "d prey/dt = 1.3·prey − 0.09·prey·pred\nd pred/dt = − 1.8·pred + 0.08·prey·pred"
	if got := arch.Explain(p, theta); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	x := []float64{33, 7}
	dx, at := program.NewBatch(2, 1), &Point{T: []float64{0}, X: program.NewBatch(2, 1), Theta: Batch{V: theta, Rows: len(theta), Lanes: 1}}
	for i := range x {
		at.X.V[i] = (x[i] - f.Shift[i]) / f.Scale[i]
	}
	New(p.Field, 1, false).Eval(dx, at)
	for i, want := range []float64{1.3*x[0] - 0.09*x[0]*x[1], -1.8*x[1] + 0.08*x[0]*x[1]} {
		if got := dx.V[i] * f.Scale[i] / f.Time; math.Abs(got-want) > 1e-12*math.Abs(want) {
			t.Errorf("component %d: %g, want %g", i, got, want)
		}
	}
}

func TestMonomialsAreAllAndInOrder(t *testing.T) {
	for n := 1; n <= 4; n++ {
		for d := 1; d <= 4; d++ {
			if got := len(exponents(n, d)); got != choose(n, d) {
				t.Errorf("%d variables, degree %d: %d monomials, choose says %d", n, d, got, choose(n, d))
			}
		}
	}
	b := program.New()
	x := b.Batched("x", 3, 1)
	var lower []program.Value
	for d := 1; d <= 3; d++ {
		lower = monomials(b, x, lower, 3, d)
	}
	b.Output("y", b.Concat(lower...))
	p, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	v := []float64{2, 3, 5}
	y := make([]float64, 10)
	program.NewExec(p, 1).Run([][]float64{y}, [][]float64{v})
	for k, vars := range exponents(3, 3) {
		want := 1.0
		for _, i := range vars {
			want *= v[i]
		}
		if y[k] != want {
			t.Errorf("monomial %v is %g, want %g", vars, y[k], want)
		}
	}
}

func TestPolynomialFarFromItsOriginIsCentred(t *testing.T) {
	f := Frame{States: []string{"T"}, Shift: []float64{300}, Scale: []float64{5}, Time: 1}
	arch := &PolyMLP{MLP: MLP{Hidden: []int{2}, Activation: "tanh"}, Degree: 1}
	p := build(t, arch, f)
	theta := make([]float64, len(p.Theta0))
	theta[p.Layers[0].W] = -1
	if got := arch.Explain(p, theta); !strings.Contains(got, "(T − 300)") {
		t.Errorf("got %s", got)
	}
}

func TestDegreesOutOfReachAreRefused(t *testing.T) {
	for _, degree := range []int{-1, maxDegree + 1} {
		m := &PolyMLP{MLP: MLP{Hidden: []int{3}, Activation: "tanh"}, Degree: degree}
		if _, err := m.Build(Unscaled([]string{"x"}, nil)); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("degree=%d:", degree)) {
			t.Errorf("a degree of %d: %v", degree, err)
		}
	}
}
