package linear

import (
	"math"
	"math/cmplx"
	"slices"
)

// Step is what an output does behind a unit step of an input, from rest.
type Step struct {
	Gain      float64 // where it ends, user units
	Rise      float64 // time from 10 to 90 % of the way, when each is first passed
	Settling  float64 // time after which it stays within 2 % of the way
	Overshoot float64 // how far it goes beyond the end, as a share of the way
}

// What is called risen and settled, and how finely steps are followed: points a time of a pole, so
// many times of it, and points at most.
const (
	riseFrom, riseTo = 0.1, 0.9
	settled          = 0.02
	stepPoints       = 50
	stepSpan         = 12
	stepMost         = 5000
)

// Steps are those of all outputs for each input, outputs × inputs like Gains; nil where the model is
// not stable, so that nothing ends. Times of an output that the input does not move are NaN.
func (m *Model) Steps() []Step {
	poles := m.Poles()
	if slices.ContainsFunc(poles, func(p complex128) bool { return !(real(p) < 0) }) {
		return nil
	}
	_, p, q := m.sizes()
	gains, times := m.Gains(), stepTimes(poles)
	out := make([]Step, p*(q-1))
	course := make([]float64, len(times))
	for c := range q - 1 {
		all := m.StepResponse(c, times)
		for i := range p {
			for k := range times {
				course[k] = all[k*p+i]
			}
			out[i*(q-1)+c] = stepOf(times, course, gains[i*(q-1)+c])
		}
	}
	return out
}

// stepTimes are fine enough for every pole while it lasts.
func stepTimes(poles []complex128) []float64 {
	times := []float64{0}
	for _, p := range poles {
		span := -stepSpan / real(p)
		h := 1 / cmplx.Abs(p) / stepPoints
		h = max(h, span/stepMost)
		for k := 1; float64(k)*h <= span; k++ {
			times = append(times, float64(k)*h)
		}
	}
	slices.Sort(times)
	return slices.Compact(times)
}

// stepOf reads a step from a course that begins at a step and ends at the gain.
func stepOf(t, y []float64, gain float64) Step {
	s := Step{Gain: gain, Rise: math.NaN(), Settling: math.NaN(), Overshoot: math.NaN()}
	largest := 0.0
	for _, v := range y {
		largest = max(largest, math.Abs(v))
	}
	if gain == 0 || math.Abs(gain) < 1e-9*largest {
		return s
	}
	way, most, outside := make([]float64, len(y)), 0.0, 0
	for k, v := range y {
		way[k] = v / gain
		most = max(most, way[k]-1)
		if math.Abs(way[k]-1) > settled {
			outside = k + 1
		}
	}
	s.Rise, s.Overshoot = reached(t, way, riseTo)-reached(t, way, riseFrom), most
	if most < 1e-6 { // rounding
		s.Overshoot = 0
	}
	switch {
	case outside == 0:
		s.Settling = 0
	case outside < len(t):
		s.Settling = passed(t, way, outside, 1+math.Copysign(settled, way[outside-1]-1))
	}
	return s
}

// reached is when a course is first at a level; NaN: never.
func reached(t, way []float64, level float64) float64 {
	k := slices.IndexFunc(way, func(v float64) bool { return v >= level })
	switch {
	case k < 0:
		return math.NaN()
	case k == 0: // it acts at once
		return t[0]
	}
	return passed(t, way, k, level)
}

// passed is when a course is at a level between times k−1 and k.
func passed(t, way []float64, k int, level float64) float64 {
	return t[k-1] + (t[k]-t[k-1])*(level-way[k-1])/(way[k]-way[k-1])
}

// Frequencies, radians a unit of time, are so many in equal ratios around the poles, from a thirtieth
// of the slowest to thirty times the fastest or to most, the frequency that rows can tell (0: not
// known), and some about each resonance. Without a pole that moves they are two decades below most.
func (m *Model) Frequencies(most float64, count int) []float64 {
	lo, hi := math.Inf(1), 0.0
	poles := m.Poles()
	for _, p := range poles {
		if size := cmplx.Abs(p); size > 0 {
			lo, hi = min(lo, size/30), max(hi, size*30)
		}
	}
	if hi == 0 {
		lo, hi = 0.01, 1
		if most > 0 {
			lo, hi = most/100, most
		}
	}
	if most > 0 {
		hi = most
		lo = min(lo, hi/100)
	}
	var out []float64
	for k := range count {
		out = append(out, lo*math.Pow(hi/lo, float64(k)/float64(count-1)))
	}
	for _, p := range poles {
		for _, k := range []float64{-4, -2, -1, -0.5, 0, 0.5, 1, 2, 4} {
			if w := imag(p) + k*real(p); imag(p) > 0 && w > lo && w < hi {
				out = append(out, w)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Unwrap takes whole turns out of phases in radians that follow each other, in place.
func Unwrap(phase []float64) {
	for k := 1; k < len(phase); k++ {
		phase[k] -= 2 * math.Pi * math.Round((phase[k]-phase[k-1])/(2*math.Pi))
	}
}
