package misfit

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// Every measure: slopes and curvatures are those of differences, residuals are
// its roots, it is zero at zero and squared near zero; all but asymmetric ones
// cost the same on both sides.
func TestMeasuresKeepTheirContract(t *testing.T) {
	const h, width = 1e-5, 0.1
	for _, name := range ofRows() {
		m, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		if v, s, _ := m.At(0, width); v != 0 || s != 0 {
			t.Errorf("%s: %g and slope %g at zero", name, v, s)
		}
		weight := 1.0
		if name == "gaussian" {
			weight = 1 / (width * width)
		}
		if v, _, _ := m.At(1e-4, width); math.Abs(v/(weight*1e-8)-1) > 1e-3 {
			t.Errorf("%s: %g near zero, want the square", name, v)
		}
		for _, e := range []float64{-3, -0.2, -0.05, 0.001, 0.04, 0.13, 0.5, 20} {
			v, s, c := m.At(e, width)
			up, su, _ := m.At(e+h, width)
			down, sd, _ := m.At(e-h, width)
			mirrored, _, _ := m.At(-e, width)
			if d := (up - down) / (2 * h); math.Abs(d-s) > 1e-6*(1+math.Abs(s)) {
				t.Errorf("%s at %g: slope %g, by differences %g", name, e, s, d)
			}
			if d := (su - sd) / (2 * h); math.Abs(d-c) > 1e-5*(1+math.Abs(c)) {
				t.Errorf("%s at %g: curvature %g, by differences %g", name, e, c, d)
			}
			if mirrored != v {
				t.Errorf("%s: %g at %g, %g at its mirror", name, v, e, mirrored)
			}
			r, dr := m.Residual(e, width)
			ru, _ := m.Residual(e+h, width)
			rd, _ := m.Residual(e-h, width)
			if math.Abs(r*r-v) > 1e-12*(1+v) || r*e < 0 {
				t.Errorf("%s at %g: residual %g of %g", name, e, r, v)
			}
			if d := (ru - rd) / (2 * h); math.Abs(d-dr) > 1e-6 {
				t.Errorf("%s at %g: slope of the residual %g, by differences %g", name, e, dr, d)
			}
		}
	}
}

func TestHuberIsLinearBeyondItsWidth(t *testing.T) {
	m, err := Parse("huber:2")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ e, value, slope, curvature float64 }{{0.5, 0.25, 1, 2}, {1, 1, 2, 2}, {3, 5, 2, 0}, {-11, 21, -2, 0}} {
		if v, s, k := m.At(c.e, 0.5); v != c.value || s != c.slope || k != c.curvature {
			t.Errorf("at %g: %g, %g, %g; want %g, %g, %g", c.e, v, s, k, c.value, c.slope, c.curvature)
		}
	}
}

func TestNamesOfMeasuresThatAreNone(t *testing.T) {
	for text, say := range map[string]string{"squarred": "squared", "huber:x": "no number", "huber:-1": "above 0", "squared:2": "takes no number"} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("loss=%s: %v, it should say %q", text, err, say)
		}
	}
	if m, err := Parse(""); err != nil || m != (Measure)(squared{}) {
		t.Errorf("no loss: %v, %v", m, err)
	}
}

// ofRows are the measures of rows: all but that of classes.
func ofRows() []string {
	return slices.DeleteFunc(Measures.Names(), func(name string) bool { return name == CrossEntropy })
}

// A class that has the probability p costs −log p.
func TestCrossEntropyIsThatOfTheProbability(t *testing.T) {
	m, err := Parse(CrossEntropy)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []float64{1e-30, 0.1, 0.7, 1} {
		v, s, _ := m.At(math.Log(p), 0)
		r, _ := m.Residual(math.Log(p), 0)
		if math.Abs(v+math.Log(p)) > 1e-14 || p < 1 && s != -1 || math.Abs(r*r-v) > 1e-12 {
			t.Errorf("p = %g: %g, slope %g, residual %g", p, v, s, r)
		}
	}
}
