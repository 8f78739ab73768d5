package train

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// directions integrates the field of a surface along several directions, each
// a member of a rollout whose states are (x, ẋ) and whose parameters are
// (θ, θ̇), and goes back.
type directions struct {
	c   *Curvature
	r   *rollout // where its lanes, rows and inputs are
	adj *ode.Discrete
	ivp ode.IVP
	tr  ode.Trajectory
	gtr ode.Trajectory
	g   field.Point
}

func newDirections(c *Curvature, n int) *directions {
	r := c.s.rollout(n)
	d := &directions{c: c, r: r, ivp: r.ivp}
	lanes := r.lanes
	is := c.s.p.Parts.Algebraic
	d.ivp.Field = field.NewAlgebraic(field.Directional(c.s.program), lanes, true, slices.Concat(is, is))
	o := c.s.p.Solver
	if c.mesh != nil {
		of := make([]int, lanes)
		for l := range of {
			of[l] = r.record(l)
		}
		o, d.ivp.Input = c.mesh.Options(), c.mesh.Frozen(r.ivp.Input, of)
	}
	var err error
	if d.adj, err = ode.NewDiscrete(d.ivp.Field, o); err != nil {
		panic("train: solver options that were checked are wrong: " + err.Error())
	}
	d.ivp.X0 = program.NewBatch(2*r.states, lanes)
	d.ivp.Theta = program.NewBatch(2*r.theta.Rows, lanes)
	d.g = field.Point{X: program.NewBatch(2*r.states, lanes), Theta: program.NewBatch(2*r.theta.Rows, lanes)}
	d.tr, d.gtr = *ode.NewTrajectory(r.rows, 2*r.states, lanes), *ode.NewTrajectory(r.rows, 2*r.states, lanes)
	return d
}

// run goes along the directions v, of which there may be fewer than there is
// room for, and back.
func (d *directions) run(v [][]float64) {
	r, z := d.r, d.c.z
	p := r.u.theta
	for l := range r.lanes {
		dir := v[min(r.member(l), len(v)-1)]
		for i := range p {
			d.ivp.Theta.Set(i, l, z[i])
			d.ivp.Theta.Set(p+i, l, dir[i])
		}
		rec := r.record(l)
		for i := range r.states {
			x, dx := r.fixed[rec][i], 0.0
			if at := r.u.start(rec) + i; r.u.starts > 0 {
				x, dx = z[at], dir[at]
			}
			d.ivp.X0.Set(i, l, x)
			d.ivp.X0.Set(r.states+i, l, dx)
		}
	}
	d.adj.Solve(&d.tr, &d.ivp)
	d.cotangents()
	clear(d.g.X.V)
	clear(d.g.Theta.V)
	d.adj.Pull(&d.g, &d.gtr)
}

// cotangents are those of D with respect to x and ẋ at the rows.
func (d *directions) cotangents() {
	r := d.r
	clear(d.gtr.X)
	for k := range r.rows {
		for c := range r.columns {
			x, dx := d.tr.State(k, 2*r.states).Row(c), d.tr.State(k, 2*r.states).Row(r.states+c)
			gx, gdx := d.gtr.State(k, 2*r.states).Row(c), d.gtr.State(k, 2*r.states).Row(r.states+c)
			for l := range r.used() {
				if want := r.target[r.value(k, c, r.record(l))]; !math.IsNaN(want) {
					_, slope, curvature := r.misfit.at(c, x[l]-want)
					gx[l], gdx[l] = curvature*dx[l]/r.count, slope/r.count
				}
			}
		}
	}
}

// take sets dst[j] to the gradient of D along direction j with respect to z,
// or, if along, with respect to the direction.
func (d *directions) take(dst [][]float64, along bool) {
	r := d.r
	p, theta, start := r.u.theta, 0, 0
	if along {
		theta, start = p, r.states
	}
	for j := range dst {
		clear(dst[j])
	}
	for l := range r.lanes {
		j := r.member(l)
		if !r.real(l) || j >= len(dst) {
			continue
		}
		for i := range p {
			dst[j][i] += d.g.Theta.At(theta+i, l)
		}
		for i := 0; r.u.starts > 0 && i < r.states; i++ {
			dst[j][r.u.start(r.record(l))+i] += d.g.X.At(start+i, l)
		}
	}
}
