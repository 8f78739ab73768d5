package train

import (
	"fmt"
	"math"
	"runtime"

	"github.com/entrain-dev/entrain/internal/par"
	"github.com/entrain-dev/entrain/ode"
)

// Curvature is the Hessian H of a Surface at a point z, as products H·v.
//
// With the steps of the integration frozen, the trajectory along a direction v
// is one of the field that Directional makes of the right-hand side, and what
// the loss changes along v is a function of it,
//
//	D(z; v) = ∇L(z)·v = Σ ρ′(e) ẋ / n,  e = x − data,
//
// with the measure ρ of the problem, e² unless another was asked for,
// whose gradient with respect to z is H·v, and with respect to v is ∇L: both
// come from one discrete adjoint, exact to rounding. Directions are lanes.
//
// Source of the order, first forward and then back: Pearlmutter, Neural
// Computation 6 (1994) 147; Griewank, Walther, Evaluating Derivatives (2008),
// chapter 5.
type Curvature struct {
	s     *Surface
	z     []float64
	r     *rollout
	loss  float64
	mesh  *ode.Mesh // nil: the steps are fixed ones
	spare chan *directions
}

// At prepares products at z. The error, for people, is that a trajectory
// cannot be followed there.
func (s *Surface) At(z []float64) (*Curvature, error) {
	c := &Curvature{s: s, z: append([]float64{}, z...), r: s.rollout(1), spare: make(chan *directions, runtime.GOMAXPROCS(0))}
	mesh, err := ode.NewMesh(c.r.field, s.p.Solver)
	if err != nil {
		return nil, err
	}
	c.r.bind(c.z)
	mesh.Solve(&c.r.tr, &c.r.ivp)
	if why := c.r.failure(0); why != "" {
		return nil, fmt.Errorf("the trajectory cannot be followed: %s", why)
	}
	if !mesh.Fixed() {
		c.mesh = mesh
	}
	loss := make([]float64, 1)
	c.r.losses(loss)
	if c.loss = loss[0]; math.IsInf(c.loss, 1) {
		return nil, fmt.Errorf("the loss is not a finite number")
	}
	return c, nil
}

// Loss is the value of the surface at the point.
func (c *Curvature) Loss() float64 { return c.loss }

// Size is the number of unknowns.
func (c *Curvature) Size() int { return c.s.size }

// Gradient sets dst to the gradient of the loss.
func (c *Curvature) Gradient(dst []float64) {
	c.with(1, func(d *directions) {
		d.run([][]float64{make([]float64, len(dst))})
		d.take([][]float64{dst}, true)
	})
}

// Apply sets dst[j] = H·v[j].
func (c *Curvature) Apply(dst, v [][]float64) {
	par.Chunks(len(v), abreast, func(_, lo, hi int) {
		c.with(hi-lo, func(d *directions) {
			d.run(v[lo:hi])
			d.take(dst[lo:hi], false)
		})
	})
}

// abreast is how many directions are lanes of one integration.
const abreast = 8

// with lends out room for n directions.
func (c *Curvature) with(n int, f func(*directions)) {
	var d *directions
	select {
	case d = <-c.spare:
	default:
	}
	if n > 1 {
		n = abreast
	}
	if d == nil || d.r.members != n {
		d = newDirections(c, n)
	}
	f(d)
	select {
	case c.spare <- d:
	default:
	}
}
