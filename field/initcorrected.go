package field

import (
	"errors"
	"fmt"
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/mat"
)

// correctedStart places poles drawn in the stability region of the solver where they
// are meant to be, whatever is between layers: at the mean of the rows, where the
// field is zero, or in the mean over several rows. Inputs move the states by about a
// deviation of theirs, and units that are not needed are not silent.
type correctedStart struct {
	Complex bool    `json:"complex"` // poles come in pairs
	Margin  float64 `json:"margin"`  // |R| < 1 − margin
	Exclude int     `json:"exclude"` // poles lie outside the region of that order as well; 0 = anywhere
	Order   int     `json:"order"`   // take the region of that order; 0 = the solver's own
	Kind    string  `json:"kind"`    // of motion: damped, oscillating (pairs that turn several times before they decay), integrating (slow)
	Points  int     `json:"points"`  // rows over which the Jacobian has these poles in the mean; 0 = at the mean of the rows
	Pairs   bool    `json:"pairs"`   // units in pairs of opposite sign where the activation is fit for them and they are enough; relu always has them
	Fill    float64 `json:"fill"`    // deviation of what units get beyond what the poles need
	Gain    float64 `json:"gain"`    // of inputs, in deviations of the states; 0 = inputs do nothing at first
	Zero    bool    `json:"zero"`    // the point is 0 in user units rather than the mean of the rows
}

func init() {
	Initialisers.Register("corrected", "poles drawn in the solver's stability region, exact for any activation, inputs scaled by the rows", func() Initialiser {
		return &correctedStart{Complex: true, Margin: 0.01, Kind: "damped", Pairs: true, Fill: 1, Gain: 1}
	})
}

// Draw implements Initialiser.
func (s *correctedStart) Draw(d *Drawing) error {
	n, err := d.whole(1)
	if err != nil {
		return err
	}
	if !(s.Fill >= 0) || s.Points < 0 || math.IsNaN(s.Gain) || math.IsInf(s.Gain+s.Fill, 0) {
		return errors.New("fill and points are 0 or more, gain is a number")
	}
	g, h, err := d.region(s.Margin, s.Order, s.Exclude)
	if err != nil {
		return err
	}
	z, err := s.poles(n, g, d.Source)
	if err != nil {
		return err
	}
	for i := range z {
		z[i] /= complex(h, 0)
	}
	return d.beginLinear(poleMatrix(z, d.Source), linearStart{gain: s.Gain, fill: s.Fill, pairs: s.Pairs, points: s.Points, zero: s.Zero})
}

// poles draws z = hλ of the kind of motion asked for.
func (s *correctedStart) poles(n int, g Region, r Source) ([]complex128, error) {
	var draw func(r Source) complex128
	switch s.Kind {
	case "damped":
		z, _, err := SamplePoles(n, g, s.Complex, r)
		return z, err
	case "oscillating":
		draw = func(r Source) complex128 { // 1 to 10 turns while it decays to 1/e
			v := []float64{uniform(r, math.Log(0.05), math.Log(poleTurn)), uniform(r, 0, math.Log(10))}
			turn := math.Exp(v[0])
			return complex(-turn/(2*math.Pi*math.Exp(v[1])), turn)
		}
	case "integrating":
		draw = func(r Source) complex128 { return complex(-math.Exp(uniform(r, math.Log(1e-4), math.Log(1e-2))), 0) }
	default:
		return nil, fmt.Errorf("kind=%s: it is damped, oscillating or integrating", s.Kind)
	}
	g.Margin, g.Avoid = 0, nil // they are near the border by their nature
	var z []complex128
	for range poleTry {
		if len(z) == n {
			return z, nil
		}
		p := draw(r)
		if n-len(z) == 1 {
			p = complex(real(p), 0)
		}
		if !g.Holds(p) {
			continue
		}
		z = append(z, p)
		if imag(p) != 0 {
			z = append(z, cmplx.Conj(p))
		}
	}
	return nil, fmt.Errorf("kind=%s: no such motion is damped by the solver's steps; take a solver of higher order", s.Kind)
}

func uniform(r Source, lo, hi float64) float64 {
	v := []float64{0}
	r.Uniform(v, lo, hi)
	return v[0]
}

// poleMatrix is a matrix with the given eigenvalues, blocks turned at random.
func poleMatrix(z []complex128, r Source) *mat.Dense {
	n := len(z)
	q := haar(n, r)
	var a mat.Dense
	a.Mul(q, mat.NewDense(n, n, blockDiagonal(z)))
	a.Mul(&a, q.T())
	return &a
}
