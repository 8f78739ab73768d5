package field

import "math"

// At returns the entry of θ at which p has the given value in user units, and
// whether there is one: a value at a bound or beyond it has none.
func (p *Parameter) At(value float64) (theta float64, ok bool) {
	place := func(v float64) float64 { return (v - *p.Min) / (*p.Max - *p.Min) }
	logit := func(s float64) float64 { return math.Log(s) - math.Log1p(-s) }
	switch {
	case p.Min != nil && p.Max != nil:
		theta = logit(place(value)) - logit(place(p.Start))
	case p.Min != nil:
		theta = math.Log((value - *p.Min) / (p.Start - *p.Min))
	case p.Max != nil:
		theta = math.Log((*p.Max - value) / (*p.Max - p.Start))
	default:
		theta = value / magnitude(p.Start)
	}
	return theta, !math.IsNaN(theta) && !math.IsInf(theta, 0)
}
