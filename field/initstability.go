package field

import (
	"fmt"
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// stabilityStart places poles drawn in the stability region of the solver by roots of
// them in every layer, hidden under rotations. It is blind to what is between layers:
// the poles are where they were drawn only if that has slope 1 and value 0 at 0, as
// tanh has.
//
// Source: Westny, Mohammadi, Jung, Frisk, ICML (2024), arXiv:2311.15890, after their
// program. Differs from it in: R is that of the solver's own tableau (order=4 takes
// dopri5 for a method of order 4, as they do), and the random stream.
type stabilityStart struct {
	Complex bool    `json:"complex"` // poles come in pairs
	Margin  float64 `json:"margin"`  // |R| < 1 − margin
	Exclude int     `json:"exclude"` // poles lie outside the region of that order as well; 0 = anywhere
	Order   int     `json:"order"`   // take the region of that order; 0 = the solver's own
	Masked  bool    `json:"masked"`  // gains of inputs are normal with random zeros, as in some of their teachers
	// Slip is a fault of their program until May 2024: "root" takes −(λ^(1/L)) for
	// (−λ)^(1/L), so that with an even number of layers poles have the wrong sign.
	Slip string `json:"slip"`
}

func init() {
	Initialisers.Register("stability", "poles drawn in the solver's stability region, as published, blind to the activation", func() Initialiser {
		return &stabilityStart{Margin: 0.01}
	})
}

const tinyBias = 1e-4

// Draw implements Initialiser.
func (s *stabilityStart) Draw(d *Drawing) error {
	n, err := d.whole(1)
	if err != nil {
		return err
	}
	if s.Slip != "" && s.Slip != "root" {
		return fmt.Errorf("slip=%s: the one that is known is root", s.Slip)
	}
	g, h, err := d.region(s.Margin, s.Order, s.Exclude)
	if err != nil {
		return err
	}
	z, _, err := SamplePoles(n, g, s.Complex, d.Source)
	if err != nil {
		return err
	}
	for i := range z {
		z[i] /= complex(h, 0)
	}
	s.spread(d, n, s.roots(z, len(d.net())))
	for _, l := range d.net() {
		d.Source.Uniform(d.biases(l), -tinyBias, tinyBias)
	}
	d.drawOthers()
	return nil
}

// roots is the block that stands in each of so many layers, n × n: the product of
// all, with a minus sign, has the poles.
func (s *stabilityStart) roots(poles []complex128, layers int) []float64 {
	c := make([]complex128, len(poles))
	blocks(poles, func(j int, p complex128) {
		root := cmplx.Pow(-p, complex(1/float64(layers), 0))
		if s.Slip == "root" && imag(p) != 0 {
			root = -cmplx.Pow(p, complex(1/float64(layers), 0))
		}
		if imag(p) == 0 {
			c[j] = complex(real(root), 0)
			return
		}
		c[j], c[j+1] = root, cmplx.Conj(root)
	})
	return blockDiagonal(c)
}

// spread writes the weights: row vectors go from layer to layer in their program,
// so the block stands transposed here.
func (s *stabilityStart) spread(d *Drawing, n int, block []float64) {
	root := mat.NewDense(n, n, block).T()
	layers := d.net()
	var q *mat.Dense
	for i, l := range layers {
		c := mat.NewDense(l.Rows, l.Cols, nil)
		for j := range n {
			for k := range n {
				c.Set(j, k, root.At(j, k))
			}
		}
		switch {
		case i == 0 && len(layers) == 1: // their program leaves inputs out here
		case i == 0:
			s.gains(d, c, n, block)
		default:
			c.Mul(c, q)
		}
		if i == 0 {
			c.Scale(-1, c)
		}
		if !l.Last {
			q = haar(l.Rows, d.Source)
			c.Mul(q.T(), c)
		}
		copy(d.weights(l), c.RawMatrix().Data)
	}
}

// gains draws those of the inputs, uniform within the mean of the block's diagonal.
func (s *stabilityStart) gains(d *Drawing, c *mat.Dense, n int, block []float64) {
	b := 0.0
	for j := range n {
		b += math.Abs(block[j*n+j]) / float64(n)
	}
	m := len(d.Parts.Frame.Inputs)
	if m == 0 {
		return
	}
	_, cols := c.Dims()
	g := make([]float64, m*n)
	d.Source.Uniform(g, -b, b)
	if s.Masked {
		maskedGains(g, b, d.Source)
	}
	for i := range m {
		for j := range n {
			c.Set(j, cols-m+i, g[i*n+j])
		}
	}
}

// maskedGains are normal numbers of deviation b, of which each is zero with an even
// chance, but not all.
func maskedGains(g []float64, b float64, r Source) {
	keep := make([]float64, len(g))
	r.Normal(g)
	r.Uniform(keep, 0, 1)
	any := false
	for i := range g {
		g[i] *= b
		any = any || keep[i] < 0.5
	}
	for i := range g {
		if keep[i] >= 0.5 && (any || i > 0) {
			g[i] = 0
		}
	}
}

// haar is a random rotation or reflection of n dimensions, uniform over all.
func haar(n int, r Source) *mat.Dense { return frame(n, n, r) }

// frame has k orthonormal rows of n ≥ k numbers, uniform over all such: normal
// vectors, each made orthogonal to those before it, twice. As lengths are positive this
// is the factorisation of a normal matrix with a positive diagonal.
//
// Source: Mezzadri, Notices AMS 54 (2007) 592–604.
func frame(k, n int, r Source) *mat.Dense {
	q := mat.NewDense(k, n, nil)
	r.Normal(q.RawMatrix().Data)
	for i := range k {
		v := q.RawRowView(i)
		for range 2 {
			for j := range i {
				before := q.RawRowView(j)
				floats.AddScaled(v, -floats.Dot(before, v), before)
			}
		}
		floats.Scale(1/floats.Norm(v, 2), v)
	}
	return q
}
