package model

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// Common is what a fit found of a parameter that every recording has for itself: the value that
// those of recordings lie about, and how far apart they lie.
type Common struct {
	State int     `json:"state"`         // its place among the states
	Value float64 `json:"value"`         // user units
	SD    float64 `json:"sd"`            // of values of recordings around it
	Error float64 `json:"error"`         // standard error of the common value; 0: not known
	Log   bool    `json:"log,omitempty"` // SD and Error are those of logarithms; Value is the median
}

// Width is the standard deviation of what is known of the value of a further recording.
func (c *Common) Width() float64 { return max(math.Hypot(c.SD, c.Error), leastWidth) }

// leastWidth bounds it from below, as something has to give way.
const leastWidth = 1e-3

// CommonOf is what is known in common of a state; nil if nothing is.
func (m *Model) CommonOf(state int) *Common {
	for i := range m.Population {
		if m.Population[i].State == state {
			return &m.Population[i]
		}
	}
	return nil
}

// off is how far the scaled value z of a state is from the common one, in widths, and the
// derivative of that; false where it has no logarithm.
func (c *Common) off(z float64, f *field.Frame) (off, slope float64, ok bool) {
	scale, w := f.Scale[c.State], c.Width()
	v := f.Shift[c.State] + scale*z
	if !c.Log {
		return (v - c.Value) / w, scale / w, true
	}
	if !(v > 0) {
		return 0, 0, false
	}
	return math.Log(v/c.Value) / w, scale / v / w, true
}

// checkPopulation refuses what a fit cannot have found of n states.
func checkPopulation(all []Common, n int) error {
	for _, c := range all {
		if c.State < 0 || c.State >= n || !num.AllFinite([]float64{c.Value, c.SD, c.Error}) || c.SD < 0 || c.Error < 0 || c.Log && !(c.Value > 0) {
			return invalid("what recordings have in common is not that of a parameter")
		}
	}
	return nil
}
