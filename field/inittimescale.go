package field

import (
	"errors"
	"fmt"
	"math"
)

// timescaleStart lets a network begin with the time constants of the task rather than
// with those of the solver: each state decays to the mean of its rows at the rate at
// which it changes there, a hidden one at one drawn log-uniformly between a few steps and the
// length of the record. Rates are cut where a step of the solver is off from what time
// does, |R(z) − exp z|.
type timescaleStart struct {
	From      string  `json:"from"`      // rows, or uniform: all drawn
	Fast      float64 `json:"fast"`      // the fastest time constant, in steps
	Tolerance float64 `json:"tolerance"` // the largest |R(z) − exp z|
	Points    int     `json:"points"`    // rows over which the Jacobian has these poles in the mean; 0 = at the mean of the rows
	Pairs     bool    `json:"pairs"`     // units in pairs of opposite sign where the activation is fit for them and they are enough; relu always has them
	Fill      float64 `json:"fill"`      // deviation of what units get beyond what the poles need
	Gain      float64 `json:"gain"`      // of inputs, in deviations of the states
}

func init() {
	Initialisers.Register("timescale", "time constants of the rows, or log-uniform up to the length of the record, exact for any activation", func() Initialiser {
		return &timescaleStart{From: "rows", Fast: 3, Tolerance: 0.05, Pairs: true, Fill: 1, Gain: 1}
	})
}

// Draw implements Initialiser.
func (s *timescaleStart) Draw(d *Drawing) error {
	n, err := d.whole(1)
	if err != nil {
		return err
	}
	_, h, err := d.region(0, 0, 0)
	switch {
	case err != nil:
		return err
	case s.From != "rows" && s.From != "uniform":
		return fmt.Errorf("from=%s: it is rows or uniform", s.From)
	case !(s.Fast > 0) || !(s.Tolerance > 0) || !(s.Fill >= 0) || s.Points < 0:
		return errors.New("fast and tolerance are above 0, fill and points 0 or more")
	}
	fastest := max(s.Fast*h, h/d.Facts.Stability.Faithful(s.Tolerance))
	slowest := max(d.Facts.Span, fastest)
	z := make([]complex128, n)
	for i := range z {
		tau := math.Exp(uniform(d.Source, math.Log(fastest), math.Log(slowest)))
		if s.From == "rows" && len(d.Facts.X) > 0 && i < len(d.Facts.X[0]) {
			tau = min(max(d.Facts.changes(i), fastest), slowest)
		}
		z[i] = complex(-1/tau, 0)
	}
	a := poleMatrix(z, d.Source)
	if s.From == "rows" { // measured states keep their own
		for i := range n {
			for j := range n {
				a.Set(i, j, 0)
			}
			a.Set(i, i, real(z[i]))
		}
		d.feedHidden(a)
	}
	return d.beginLinear(a, linearStart{gain: s.Gain, fill: s.Fill, pairs: s.Pairs, points: s.Points})
}

// changes is the time in which measured state i changes by its deviation, the inverse
// root of the curvature of its autocorrelation: deviation over that of its slope.
func (f *Facts) changes(i int) float64 {
	mean, square, speed := 0.0, 0.0, 0.0
	for _, x := range f.X {
		mean += x[i] / float64(len(f.X))
	}
	for k, x := range f.X {
		square += (x[i] - mean) * (x[i] - mean)
		speed += f.DX[k][i] * f.DX[k][i]
	}
	if !(speed > 0) {
		return math.Inf(1)
	}
	return math.Sqrt(square / speed)
}
