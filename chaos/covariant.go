package chaos

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// Covariant are the covariant Lyapunov vectors along an orbit: the directions in which
// errors grow at the rate of each exponent, forward and backward in time.
type Covariant struct {
	Places int       `json:"places"`
	X      []float64 `json:"x"` // places, user units, row-major
	// V[(i·Dim + j)·Dim …] is the j-th vector at place i, of unit length in scaled
	// units.
	V      []float64 `json:"-"`
	Growth []float64 `json:"growth"` // mean rate of every vector: the exponents
	// Angles[i] is the least angle at place i between the span of the vectors that
	// grow or stay and that of those that shrink, in degrees; a system is hyperbolic
	// if it stays away from zero. Empty unless there are both.
	Angles []float64 `json:"angles"`
	Split  int       `json:"split"` // vectors of the first kind
}

// CovariantOptions say along what orbit. Zeros are chosen.
type CovariantOptions struct {
	Places   int     // 0 = 2000
	Interval float64 // user time between them; 0 = two typical times, of a map one iteration
}

const (
	covariantPlaces = 2000
	covariantEnds   = 300 // places at each end that only turn the frames
)

// CovariantVectors computes the covariant Lyapunov vectors of a flow or map.
//
// Method: frames are carried forward and orthonormalised (QR), then vectors that lie in
// the first j of them are carried back by the inverses of the triangular factors.
// Source: Ginelli, Poggi, Turchi, Chaté, Livi, Politi, Phys. Rev. Lett. 99 (2007) 130601.
func CovariantVectors(f *model.Flow, o CovariantOptions) (*Covariant, error) {
	d := f.Dim()
	if o.Places == 0 {
		o.Places = covariantPlaces
	}
	typical, err := TypicalTime(f)
	if err != nil {
		return nil, err
	}
	if o.Interval == 0 {
		if o.Interval = 2 * typical; f.IsMap() {
			o.Interval = f.Frame.Step
		}
	}
	if o.Places < 1 || !(o.Interval > 0) {
		return nil, fmt.Errorf("there must be places, and time between them")
	}
	w := &ginelli{f: f, d: d, interval: o.Interval / f.Frame.Time}
	if err := w.forward(o.Places+2*covariantEnds, 1000*typical); err != nil {
		return nil, err
	}
	return w.backward(o.Places), nil
}

// ginelli keeps the frames and triangles of the way forward.
type ginelli struct {
	f        *model.Flow
	d        int
	interval float64
	states   [][]float64 // scaled, one more than triangles
	frames   [][]float64 // d × d, vector j in its row j
	r        [][]float64 // upper triangles, row-major: frame k+1 = way·frame k with r taken out
}

func (w *ginelli) forward(steps int, transient float64) error {
	d := w.d
	x, err := Orbit(w.f, 1, w.f.Frame.Time, transient)
	if err != nil {
		return err
	}
	c, err := newCarrier(w.f, d, 1)
	if err != nil {
		return err
	}
	z := make([]float64, d)
	w.f.Scaled(z, x)
	q := make([]float64, d*d)
	for j := range d {
		q[j*d+j] = 1
	}
	norms, work, b := make([]float64, d), make([]float64, 2*d), &box{}
	for k := range steps {
		w.states, w.frames = append(w.states, z), append(w.frames, append([]float64{}, q...))
		for l := range c.lanes {
			c.set(l, z)
		}
		c.carry(repeated(w.interval, c.lanes))
		if c.failed[0] {
			return fmt.Errorf("%w further than %d places", ErrOrbit, k)
		}
		way := c.matrix(0)
		moved := make([]float64, d*d)
		for j := range d {
			for i := range d {
				for m := range d {
					moved[j*d+i] += way[i*d+m] * q[j*d+m]
				}
			}
		}
		copy(q, moved)
		for j := range norms {
			norms[j] = 1
		}
		num.Orthonormalise(q, d, d, 1, norms, work)
		r := make([]float64, d*d)
		for i := range d {
			for j := i; j < d; j++ {
				for m := range d {
					r[i*d+j] += q[i*d+m] * moved[j*d+m]
				}
			}
			if r[i*d+i] == 0 {
				return fmt.Errorf("%w back: errors in some direction vanish altogether on the way", ErrOrbit)
			}
		}
		w.r, z = append(w.r, r), c.state(0)
		w.f.User(x, z)
		b.add(x)
	}
	return b.away(w.f)
}

// backward carries coefficients of vectors back, and gathers what is asked for.
func (w *ginelli) backward(places int) *Covariant {
	d, steps := w.d, len(w.r)
	out := &Covariant{Places: places, X: make([]float64, places*d), V: make([]float64, places*d*d), Growth: make([]float64, d)}
	c := make([]float64, d*d) // column j: coefficients of vector j in the frame
	r := num.Stream(0, "covariant")
	for j := range d {
		for i := 0; i <= j; i++ {
			c[i*d+j] = 0.5 + r.Float64()
		}
	}
	for k := steps - 1; k >= covariantEnds; k-- {
		growth := w.back(c, w.r[k])
		at := k - covariantEnds
		if at >= places {
			continue
		}
		w.f.User(out.X[at*d:(at+1)*d], w.states[k])
		for j := range d {
			out.Growth[j] += growth[j] / (w.interval * w.f.Frame.Time * float64(places))
			for i := range d {
				for m := range d {
					out.V[(at*d+j)*d+m] += c[i*d+j] * w.frames[k][i*d+m]
				}
			}
		}
	}
	// Mean rates are off by some e-foldings over the time there is.
	zero := max(1e-3*largestOf(out.Growth), 3/(w.interval*w.f.Frame.Time*float64(places)))
	for _, g := range out.Growth {
		if g > -zero {
			out.Split++
		}
	}
	if out.Split > 0 && out.Split < d {
		for at := range places {
			out.Angles = append(out.Angles, leastAngle(out.V[at*d*d:(at+1)*d*d], d, out.Split))
		}
	}
	return out
}

// back solves r·c' = c by columns, makes them of unit length and returns the
// logarithms of how much they grow on the way forward.
func (w *ginelli) back(c, r []float64) []float64 {
	d := w.d
	growth := make([]float64, d)
	for j := range d {
		for i := j; i >= 0; i-- {
			v := c[i*d+j]
			for m := i + 1; m <= j; m++ {
				v -= r[i*d+m] * c[m*d+j]
			}
			c[i*d+j] = v / r[i*d+i]
		}
		square := 0.0
		for i := 0; i <= j; i++ {
			square += c[i*d+j] * c[i*d+j]
		}
		size := math.Sqrt(square)
		growth[j] = -math.Log(size)
		for i := 0; i <= j; i++ {
			c[i*d+j] /= size
		}
	}
	return growth
}

// leastAngle is that between the span of the first vectors and that of the others, in
// degrees: the cosines are the singular values of products of orthonormal frames.
func leastAngle(v []float64, d, split int) float64 {
	a, b := append([]float64{}, v[:split*d]...), append([]float64{}, v[split*d:]...)
	work := make([]float64, 2*d)
	num.Orthonormalise(a, d, split, 1, repeated(1, split), work)
	num.Orthonormalise(b, d, d-split, 1, repeated(1, d-split), work)
	products := make([]float64, split*(d-split))
	for i := range split {
		for j := range d - split {
			for m := range d {
				products[i*(d-split)+j] += a[i*d+m] * b[j*d+m]
			}
		}
	}
	return math.Acos(min(1, largestSingular(products, split, d-split))) * 180 / math.Pi
}
