package misfit

import (
	"fmt"
	"math"
)

func init() {
	Measures.Register("student", "the likelihood of Student's noise with so many degrees of freedom (student:4): values far off pull little; noise: finds its width too",
		func() Measure { return student{4} })
}

// student is −2·log of the density of Student's distribution of ν degrees of freedom and the
// scale width, over its curvature at zero: νσ²·log(1 + e²/(νσ²)), Cauchy's with a factor √ν.
//
// Source: Lange, Little, Taylor, J. Am. Stat. Assoc. 84 (1989) 881–896.
type student struct{ freedom float64 }

func (s student) cauchy() cauchy { return cauchy{math.Sqrt(s.freedom)} }

// At implements Measure.
func (s student) At(e, width float64) (value, slope, curvature float64) {
	return s.cauchy().At(e, width)
}

// Residual implements Measure.
func (s student) Residual(e, width float64) (r, slope float64) { return s.cauchy().Residual(e, width) }

// Tune implements Tuned.
func (student) Tune(v float64) (Measure, error) {
	if !(v > 0) || math.IsInf(v, 1) {
		return nil, fmt.Errorf("loss=student:%g: the number of degrees of freedom must be above 0", v)
	}
	return student{v}, nil
}
