package field

import (
	"math"
	"strings"
	"testing"
)

// What Explain says is the law in user units: here an oscillator with a known pole and
// gain behind scales that are not one.
func TestLinearExplainsItselfInUserUnits(t *testing.T) {
	f := Unscaled([]string{"y"}, []string{"u"})
	f.Shift[0], f.Scale[0], f.UShift[0], f.UScale[0], f.Time = 3, 2, 1, 4, 0.5
	m := &Linear{Augment: 1}
	p, err := m.Build(f)
	if err != nil {
		t.Fatal(err)
	}
	// y' = −y + h, h' = −2h + 6u + 1 in user units.
	theta := make([]float64, len(p.Theta0))
	l := p.Layers[0]
	theta[l.W], theta[l.W+1], theta[l.B] = -1*0.5, 1*0.5/2, -3*0.5/2
	theta[l.W+l.Cols+1], theta[l.W+l.Cols+2], theta[l.B+1] = -2*0.5, 6*0.5*4, (6*1+1)*0.5
	a, b, c := m.law(p, theta)
	for i, want := range []float64{-1, 1, 0, -2} {
		if math.Abs(a[i]-want) > 1e-12 {
			t.Errorf("A[%d] = %g, want %g", i, a[i], want)
		}
	}
	if math.Abs(b[1]-6) > 1e-12 || math.Abs(c[0]) > 1e-12 || math.Abs(c[1]-1) > 1e-12 {
		t.Errorf("B %v, c %v", b, c)
	}
	text := m.Explain(p, theta)
	for _, want := range []string{"pole -1: decays to 1/e in 1", "pole -2: decays to 1/e in 0.5", "gain of u to y: 3 in the end"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
}
