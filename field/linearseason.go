package field

import "math"

// sameWave is how far the rate of a wave may be from a multiple of the slowest one, in parts of it.
const sameWave = 0.02

// atRest is a rate beside that of the slowest wave that is none.
const atRest = 1e-3

// Period is that of a law which goes on with a level and a season: waves that stay, all parts of one
// period, in the user's unit of time, and what else there is does not grow e-fold; 0 of any other law.
func (m *Linear) Period(p *Parts, theta []float64) float64 {
	if len(p.Frame.Inputs) > 0 {
		return 0
	}
	a, _, _ := m.law(p, theta)
	slowest, waves, all := math.Inf(1), 0, poles(a, len(p.Frame.States))
	for _, v := range all {
		if w := math.Abs(imag(v)); w > 0 {
			slowest, waves = min(slowest, w), waves+1
		}
	}
	for _, v := range all {
		k := math.Abs(imag(v)) / slowest
		grows, fades := real(v) > atRest*slowest, real(v) < -atRest*slowest
		if math.Abs(k-math.Round(k)) > sameWave || grows || fades && k > 0 {
			return 0
		}
	}
	if waves == 0 || waves == len(all) {
		return 0
	}
	return 2 * math.Pi / slowest
}
