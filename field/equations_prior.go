package field

import (
	"errors"
	"fmt"
	"math"
)

// Prior is what is known of a number before the data are looked at, in user
// units: a normal distribution by mean and deviation, or the range from Low to
// High that holds it with a probability of 95 %. A range of positive numbers is
// that of a log-normal distribution, so that 0.1 to 10 has its middle at 1; any
// other is that of a normal one.
type Prior struct {
	Mean float64  `json:"mean,omitempty" yaml:"mean"`
	SD   float64  `json:"sd,omitempty" yaml:"sd"`
	Low  *float64 `json:"low,omitempty" yaml:"low"`
	High *float64 `json:"high,omitempty" yaml:"high"`
}

// range95 is half the width of a range of 95 % in standard deviations.
const range95 = 1.959964

// ranged tells a prior that is given as a range.
func (p *Prior) ranged() bool { return p.Low != nil || p.High != nil }

// Log tells whether the logarithm of the number is normal, not the number.
func (p *Prior) Log() bool { return p.ranged() && *p.Low > 0 }

// Centre and deviation of the number, or of its logarithm.
func (p *Prior) normal() (centre, sd float64) {
	if !p.ranged() {
		return p.Mean, p.SD
	}
	lo, hi := *p.Low, *p.High
	if p.Log() {
		lo, hi = math.Log(lo), math.Log(hi)
	}
	return (lo + hi) / 2, (hi - lo) / (2 * range95)
}

// Centre is its middle in user units.
func (p *Prior) Centre() float64 {
	c, _ := p.normal()
	if p.Log() {
		return math.Exp(c)
	}
	return c
}

// Off is how many standard deviations v lies from the middle, and the
// derivative of that by v.
func (p *Prior) Off(v float64) (off, slope float64) {
	c, sd := p.normal()
	if p.Log() {
		return (math.Log(v) - c) / sd, 1 / (v * sd)
	}
	return (v - c) / sd, 1 / sd
}

// String says it in words.
func (p *Prior) String() string {
	if p.ranged() {
		return fmt.Sprintf("prior %g to %g (95 %%)", *p.Low, *p.High)
	}
	return fmt.Sprintf("prior %g ± %g", p.Mean, p.SD)
}

func (p *Prior) check() error {
	for _, v := range []*float64{&p.Mean, &p.SD, p.Low, p.High} {
		if v != nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) {
			return errors.New("prior: it needs finite numbers")
		}
	}
	switch {
	case p.ranged() && (p.Mean != 0 || p.SD != 0):
		return errors.New("prior: give mean and sd, or low and high, not both")
	case p.ranged() && (p.Low == nil || p.High == nil):
		return errors.New("prior: a range has low and high; for one bound use min or max")
	case p.ranged() && *p.Low >= *p.High:
		return fmt.Errorf("prior: low %g is not below high %g", *p.Low, *p.High)
	case !p.ranged() && !(p.SD > 0):
		return errors.New("prior: it needs sd, which is above 0, or low and high")
	}
	return nil
}
