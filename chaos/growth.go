package chaos

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// Growth is how much small errors grow over a given time, place by place.
type Growth struct {
	Horizon float64 `json:"horizon"` // user time, or iterations
	// Rates[i·Dim + j] are the finite-time exponents of place i, largest first: the
	// logarithms of the singular values of the way from there, over the time.
	Rates   []float64 `json:"rates"`
	X       []float64 `json:"x"`    // the places, user units, row-major
	Mean    []float64 `json:"mean"` // of every exponent over the places
	Error   []float64 `json:"error"`
	Lower   []float64 `json:"lower"` // quartiles over the places
	Upper   []float64 `json:"upper"`
	Growing float64   `json:"growing"` // share of places where the largest is positive
}

// GrowthOptions say over what time and from where. Zeros are chosen.
type GrowthOptions struct {
	Horizon   float64 // 0 = ten typical times
	Places    int     // 0 = 512
	Apart     float64 // user time between places; 0 = ten typical times
	Transient float64 // 0 = 1000 typical times
}

const growthPlaces = 512

// LocalGrowth returns the finite-time Lyapunov exponents from places along an orbit.
// Errors are measured in units of the model (deviations of its training data, or user
// units of a known system): over short times that matters.
//
//	σ_j of ∂x(t + T)/∂x(t),  rate_j = log σ_j / T
//
// Their means are above the Lyapunov exponents they tend to, by the order of 1/T.
func LocalGrowth(f *model.Flow, o GrowthOptions) (*Growth, error) {
	typical, err := TypicalTime(f)
	if err != nil {
		return nil, err
	}
	if err := o.complete(typical); err != nil {
		return nil, err
	}
	d := f.Dim()
	g := &Growth{Horizon: o.Horizon}
	if f.IsMap() {
		g.Horizon = f.Frame.Step * max(1, math.Round(o.Horizon/f.Frame.Step))
	}
	if g.X, err = Orbit(f, o.Places, o.Apart, o.Transient); err != nil {
		return nil, err
	}
	if err := boxOf(g.X, d).away(f); err != nil {
		return nil, err
	}
	c, err := newCarrier(f, d, newtonLanes)
	if err != nil {
		return nil, err
	}
	pieces := 1
	if !f.IsMap() {
		pieces = max(1, int(math.Ceil(g.Horizon/(growthPiece*typical))))
	} else {
		pieces = int(math.Round(g.Horizon / f.Frame.Step))
	}
	z := make([]float64, d)
	for lo := 0; lo < o.Places; lo += c.lanes {
		for l := range c.lanes {
			i := min(lo+l, o.Places-1)
			f.Scaled(z, g.X[i*d:(i+1)*d])
			c.from[l] = (o.Transient + float64(i)*o.Apart) / f.Frame.Time
			c.set(l, z)
		}
		ways := c.triangles(g.Horizon/f.Frame.Time, pieces)
		for l := 0; l < c.lanes && lo+l < o.Places; l++ {
			if c.failed[l] {
				return nil, ErrOrbit
			}
			for _, v := range num.GradedSingular(ways[l], d) {
				g.Rates = append(g.Rates, math.Log(v)/g.Horizon)
			}
		}
	}
	g.summarise(d)
	return g, nil
}

// complete fills in what was not given, in multiples of a typical time.
func (o *GrowthOptions) complete(typical float64) error {
	for _, v := range []struct {
		value *float64
		typ   float64
	}{{&o.Horizon, 10}, {&o.Apart, 10}, {&o.Transient, 1000}} {
		if *v.value == 0 {
			*v.value = v.typ * typical
		}
		if !(*v.value > 0) || math.IsInf(*v.value, 1) {
			return fmt.Errorf("horizon, distance of places and transient must be finite and positive")
		}
	}
	if o.Places == 0 {
		o.Places = growthPlaces
	}
	return nil
}

// growthPiece typical times go by between two factorisations.
const growthPiece = 5

// triangles carries all lanes over a time in pieces, orthonormalising their frames
// after each, and returns the products of the triangles: the ways but for a turn in the
// end, however much they stretch and shrink.
func (c *carrier) triangles(time float64, pieces int) [][]float64 {
	d := c.n
	out := make([][]float64, c.lanes)
	for l := range out {
		out[l] = make([]float64, d*d)
		for i := range d {
			out[l][i*d+i] = 1
		}
	}
	norms, work := make([]float64, d*c.lanes), make([]float64, 2*d*c.lanes)
	for range pieces {
		c.carry(repeated(time/float64(pieces), c.lanes))
		frame := c.z.V[d*c.lanes:]
		before := slices.Clone(frame)
		num.Orthonormalise(frame, d, d, c.lanes, norms, work)
		for l, way := range out {
			r := make([]float64, d*d)
			for i := range d {
				for j := i; j < d; j++ {
					for m := range d {
						r[i*d+j] += frame[(i*d+m)*c.lanes+l] * before[(j*d+m)*c.lanes+l]
					}
				}
			}
			next := make([]float64, d*d)
			for i := range d {
				for j := i; j < d; j++ {
					for m := i; m <= j; m++ {
						next[i*d+j] += r[i*d+m] * way[m*d+j]
					}
				}
			}
			out[l] = next
		}
	}
	return out
}

func (g *Growth) summarise(d int) {
	for j := range d {
		v := columnOf(g.Rates, d, j)
		mean, _ := num.MeanError(v)
		_, se := num.MeanError(blockValues(v, min(meanBlocks, len(v))))
		lower, _, upper := Quartiles(v)
		g.Mean, g.Error, g.Lower, g.Upper = append(g.Mean, mean), append(g.Error, se), append(g.Lower, lower), append(g.Upper, upper)
		if j == 0 {
			count := len(v) - len(slices.DeleteFunc(slices.Clone(v), func(r float64) bool { return r > 0 }))
			g.Growing = float64(count) / float64(len(v))
		}
	}
}
