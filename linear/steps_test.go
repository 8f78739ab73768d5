package linear

import (
	"math"
	"math/cmplx"
	"testing"
)

// plain is a model in user units with one input and one output.
func plain(n int, a, b, c []float64, d float64) *Model {
	m := &Model{Outputs: []string{"y"}, Inputs: []string{"u"}, Shift: []float64{0}, Scale: []float64{1}, UShift: []float64{0}, UScale: []float64{1},
		N: n, A: a, C: c, D: []float64{d, 0}}
	for _, v := range b {
		m.B = append(m.B, v, 0)
	}
	return m
}

func closeTo(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.9g, not %.9g", what, got, want)
	}
}

// A lag with the gain 3 and the time 2: 2·log 9 from 10 to 90 %, 2·log 50 until 2 % are left.
func TestStepOfALag(t *testing.T) {
	m := plain(1, []float64{-0.5}, []float64{1.5}, []float64{1}, 0)
	s := m.Steps()[0]
	closeTo(t, "gain", s.Gain, 3, 1e-12)
	closeTo(t, "rise", s.Rise, 2*math.Log(9), 1e-3)
	closeTo(t, "settling", s.Settling, 2*math.Log(50), 1e-3)
	closeTo(t, "overshoot", s.Overshoot, 0, 0)
	for _, w := range m.Frequencies(math.Pi/0.1, 40) {
		v := m.Response(w)[0]
		closeTo(t, "gain at a frequency", cmplx.Abs(v), 3/math.Sqrt(1+4*w*w), 1e-12)
		closeTo(t, "phase", cmplx.Phase(v), -math.Atan(2*w), 1e-12)
	}
}

// A resonance of natural frequency ω and damping ζ goes exp(−πζ/√(1−ζ²)) beyond its end, and is
// 1/(2ζ√(1−ζ²)) at its peak.
func TestStepAndPeakOfAResonance(t *testing.T) {
	for _, zeta := range []float64{0.02, 0.1, 0.5} {
		w := 3.0
		m := plain(2, []float64{0, 1, -w * w, -2 * zeta * w}, []float64{0, w * w}, []float64{1, 0}, 0)
		s := m.Steps()[0]
		closeTo(t, "overshoot", s.Overshoot, math.Exp(-math.Pi*zeta/math.Sqrt(1-zeta*zeta)), 1e-3)
		closeTo(t, "gain", s.Gain, 1, 1e-12)
		if bound := -math.Log(0.02*math.Sqrt(1-zeta*zeta)) / zeta / w; s.Settling > bound || s.Settling < bound-math.Pi/w {
			t.Errorf("ζ = %g settles in %g; its envelope does in %g", zeta, s.Settling, bound)
		}
		peak := 0.0
		var phase []float64
		for _, f := range m.Frequencies(100, 200) {
			v := m.Response(f)[0]
			closeTo(t, "response", cmplx.Abs(v-complex(w*w, 0)/complex(w*w-f*f, 2*zeta*w*f)), 0, 1e-9)
			peak, phase = max(peak, cmplx.Abs(v)), append(phase, cmplx.Phase(v))
		}
		if want := 1 / (2 * zeta * math.Sqrt(1-zeta*zeta)); peak > want*(1+1e-12) || peak < want*0.99 {
			t.Errorf("ζ = %g: the peak is %g, not %g", zeta, peak, want)
		}
		Unwrap(phase)
		for k := 1; k < len(phase); k++ {
			if phase[k] > phase[k-1]+1e-9 || phase[k] < -math.Pi-1e-9 {
				t.Fatalf("the phase of a resonance goes from 0 to −180°: %v", phase)
			}
		}
	}
}

// With a direct term of 1 beside a lag of gain 1 the output jumps half of the way at once.
func TestADirectTermActsAtOnce(t *testing.T) {
	m := plain(1, []float64{-1}, []float64{1}, []float64{1}, 1)
	s := m.Steps()[0]
	closeTo(t, "gain", s.Gain, 2, 1e-12)
	closeTo(t, "rise", s.Rise, math.Log(5), 1e-3) // 0.5 + 0.5·(1 − exp(−t)) = 0.9
	closeTo(t, "settling", s.Settling, math.Log(25), 1e-3)
	closeTo(t, "gain far above the pole", cmplx.Abs(m.Response(1e6)[0]), 1, 1e-6)
}

func TestWhatDoesNotRestHasNoSteps(t *testing.T) {
	for _, a := range []float64{0, 0.3} {
		if s := plain(1, []float64{a}, []float64{1}, []float64{1}, 0).Steps(); s != nil {
			t.Errorf("a pole at %g: %v", a, s)
		}
	}
	s := plain(1, []float64{-1}, []float64{0}, []float64{1}, 0).Steps()[0]
	if s.Gain != 0 || !math.IsNaN(s.Rise) || !math.IsNaN(s.Settling) {
		t.Errorf("an input that moves nothing: %+v", s)
	}
}

func TestUnwrapTakesOutTurns(t *testing.T) {
	got := []float64{-3, 3, 2.5, -3.1}
	Unwrap(got)
	for k, want := range []float64{-3, 3 - 2*math.Pi, 2.5 - 2*math.Pi, -3.1} {
		closeTo(t, "phase", got[k], want, 1e-12)
	}
}
