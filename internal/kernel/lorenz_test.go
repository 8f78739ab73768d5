package kernel

import (
	"math"
	"testing"
)

// TestYardstickGoesAlongTheOrbit: the twin and the assembly give the same bits, and twice as many steps of half the size a
// state that differs by about the error of a method of order 5.
func TestYardstickGoesAlongTheOrbit(t *testing.T) { atEveryLevel(t, testYardstickGoesAlongTheOrbit) }

func testYardstickGoesAlongTheOrbit(t *testing.T) {
	for _, lanes := range []int{8, 24, 72} {
		a := newArena(1)
		rho := a.slice(lanes, func() float64 { return 28 * a.Float64() })
		start := a.slice(3*lanes, func() float64 { return 1 + a.Float64() })
		run := func(h float64, steps int) []float64 {
			x, k := a.copy(start), a.random(3*lanes)
			LorenzSteps(x, k, rho, h, steps)
			return x
		}
		x, half := run(0.01, 50), run(0.005, 100)
		want, k := a.copy(start), make([]float64, 3*lanes)
		LorenzSteps(want, k, rho, 0, 0)
		for l := range lanes {
			lorenzLane(want, k, rho, 0.01, 50, l)
		}
		checkSame(t, "the twin", x, want)
		for i := range x {
			if d := math.Abs(x[i] - half[i]); d > 1e-6 || d == 0 && i < lanes {
				t.Errorf("value %d: half the step changes it by %g", i, d)
			}
		}
		a.check(t, "LorenzSteps")
	}
}

func BenchmarkLorenzSteps(b *testing.B) {
	const lanes, steps = 64, 100
	x, k, rho := make([]float64, 3*lanes), make([]float64, 3*lanes), make([]float64, lanes)
	for b.Loop() {
		Fill(x, 1)
		LorenzSteps(x, k, rho, 1e-3, steps)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lanes*steps), "ns/step")
}
