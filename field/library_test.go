package field

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestNetworkBesidePolynomialIsTheirSum gives a shared network the terms of a
// predator and its prey, and checks the field and its words in user units.
func TestNetworkBesidePolynomialIsTheirSum(t *testing.T) {
	f := Frame{States: []string{"prey", "pred"}, Shift: []float64{20, 10}, Scale: []float64{8, 5}, Time: 0.5}
	e := &Equations{Text: "prey' = 1.3*prey + nn(prey, 2*pred)[0]\npred' = -1.8*pred + nn(prey, 2*pred)[1]",
		Networks: map[string]Network{"nn": {Hidden: []int{4}, Degree: 2}}}
	p := build(t, e, f)
	theta, err := Draw(p, "torch", 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	last := p.Layers[len(p.Layers)-1]
	clear(theta[last.W : last.B+last.Rows])
	two := p.Layers[1]
	if !two.Sparse || two.Cols != 3 {
		t.Fatalf("the second layer is %+v, not the terms of degree 2", two)
	}
	unit := func(i int) float64 { return f.Scale[i] / f.Time } // of output i
	theta[two.W+1] = -0.045 / unit(0) * f.Scale[0] * 2 * f.Scale[1]
	theta[two.W+3+1] = 0.04 / unit(1) * f.Scale[0] * 2 * f.Scale[1]
	x := []float64{33, 7}
	dx := at(p, 0, []float64{(x[0] - 20) / 8, (x[1] - 10) / 5}, nil, theta)
	for i, want := range []float64{1.3*x[0] - 0.09*x[0]*x[1], -1.8*x[1] + 0.08*x[0]*x[1]} {
		if got := dx[i] * unit(i); math.Abs(got-want) > 1e-12*math.Abs(want) {
			t.Errorf("component %d: %g, want %g", i, got, want)
		}
	}
	got := e.Explain(p, theta)
	for _, want := range []string{"polynomial of degree 2 + network 2-4-2",
		"nn(prey, 2*pred)[0] = − 0.045·prey·(2*pred)\n", "nn(prey, 2*pred)[1] = 0.04·prey·(2*pred)"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	checkTranspose(t, New(p.Field, 8, false), false, rand.New(rand.NewPCG(1, 2)))
}

// TestLibrariesLeaveGivenDegreesAlone covers networks of different widths and
// one that is to stay as it is.
func TestLibrariesLeaveGivenDegreesAlone(t *testing.T) {
	f := Unscaled([]string{"x", "y"}, nil)
	e := &Equations{Text: "x' = nn(x, y) + net1(x)\ny' = net2(y)",
		Networks: map[string]Network{"net1": {Degree: -1}, "net2": {Degree: 5}}}
	list := e.Libraries(f)
	if len(list) != 3 {
		t.Fatalf("%d libraries, want degrees 3, 2 and 1", len(list))
	}
	for i, lib := range list {
		if d := lib.Networks["nn"].Degree; d != 3-i || lib.Degree != d {
			t.Errorf("library %d has degree %d", i, d)
		}
		if lib.Networks["net1"].Degree != -1 || lib.Networks["net2"].Degree != 5 {
			t.Errorf("given degrees were changed: %+v", lib.Networks)
		}
		build(t, lib.Equations, f)
	}
	if _, changed := e.Networks["nn"]; changed {
		t.Error("the settings were changed")
	}
	whole := &Equations{Text: "x' = k*x\ny' = x", Parameters: map[string]Unknown{"k": {}}}
	if got := whole.Libraries(f); len(got) != 0 {
		t.Errorf("%d libraries where there is no network", len(got))
	}
}
