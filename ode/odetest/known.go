package odetest

import "github.com/entrain-dev/entrain/field"

// Lane is a field given by its values and derivatives in one lane; a test
// writes one as three functions. dx, x, u and θ are those of the lane.
type Lane struct {
	Size field.Shape
	// F writes dx = f(t, x, u; θ).
	F func(dx []float64, t float64, x, u, theta []float64)
	// J writes ∂f/∂x (n × n, row-major), ∂f/∂u (n × m) and ∂f/∂θ (n × p).
	J func(jx, ju, jt []float64, t float64, x, u, theta []float64)

	dx, x, u, theta []float64
	jx, ju, jt      []float64
}

// NewLane allocates the field.
func NewLane(size field.Shape, f func(dx []float64, t float64, x, u, theta []float64),
	j func(jx, ju, jt []float64, t float64, x, u, theta []float64)) *Lane {
	n := size.State
	v := func(n int) []float64 { return make([]float64, n) }
	return &Lane{Size: size, F: f, J: j, dx: v(n), x: v(n), u: v(size.Input), theta: v(size.Theta),
		jx: v(n * n), ju: v(n * size.Input), jt: v(n * size.Theta)}
}

// Shape is Size.
func (f *Lane) Shape() field.Shape { return f.Size }

func (f *Lane) at(p *field.Point, l int) {
	load(f.x, p.X, l)
	if len(f.u) > 0 {
		load(f.u, p.U, l)
	}
	if len(f.theta) > 0 {
		load(f.theta, p.Theta, l)
	}
}

// Eval writes the field.
func (f *Lane) Eval(dx field.Batch, at *field.Point) {
	for l := range f.Size.Lanes {
		f.at(at, l)
		f.F(f.dx, at.T[l], f.x, f.u, f.theta)
		for i, v := range f.dx {
			dx.V[i*f.Size.Lanes+l] = v
		}
	}
}

func (f *Lane) jacobian(at *field.Point, l int) {
	f.at(at, l)
	clear(f.jx)
	clear(f.ju)
	clear(f.jt)
	f.J(f.jx, f.ju, f.jt, at.T[l], f.x, f.u, f.theta)
}

// JVP multiplies by the Jacobian.
func (f *Lane) JVP(ddx field.Batch, at, v *field.Point) {
	for l := range f.Size.Lanes {
		f.jacobian(at, l)
		for i := range f.dx {
			s := 0.0
			for _, part := range []struct {
				j []float64
				v field.Batch
			}{{f.jx, v.X}, {f.ju, v.U}, {f.jt, v.Theta}} {
				if part.v.V == nil {
					continue
				}
				for k := range part.v.Rows {
					s += part.j[i*part.v.Rows+k] * part.v.V[k*part.v.Lanes+l%part.v.Lanes]
				}
			}
			ddx.V[i*f.Size.Lanes+l] = s
		}
	}
}

// VJP multiplies by its transpose.
func (f *Lane) VJP(g, at *field.Point, c field.Batch) {
	for l := range f.Size.Lanes {
		f.jacobian(at, l)
		for i := range f.dx {
			ci := c.V[i*f.Size.Lanes+l]
			addRow(g.X, f.jx, i, l, ci)
			addRow(g.U, f.ju, i, l, ci)
			addRow(g.Theta, f.jt, i, l, ci)
		}
	}
}

func addRow(g field.Batch, j []float64, i, l int, c float64) {
	if g.V == nil {
		return
	}
	for k := range g.Rows {
		g.V[k*g.Lanes+l%g.Lanes] += j[i*g.Rows+k] * c
	}
}

// LotkaVolterra is x' = a x − b x y, y' = c x y − d y with θ = (a, b, c, d).
func LotkaVolterra(lanes int) *Lane {
	return NewLane(field.Shape{State: 2, Theta: 4, Lanes: lanes},
		func(dx []float64, _ float64, x, _, p []float64) {
			dx[0] = p[0]*x[0] - p[1]*x[0]*x[1]
			dx[1] = p[2]*x[0]*x[1] - p[3]*x[1]
		},
		func(jx, _, jt []float64, _ float64, x, _, p []float64) {
			jx[0], jx[1] = p[0]-p[1]*x[1], -p[1]*x[0]
			jx[2], jx[3] = p[2]*x[1], p[2]*x[0]-p[3]
			jt[0], jt[1] = x[0], -x[0]*x[1]
			jt[6], jt[7] = x[0]*x[1], -x[1]
		})
}

// Lorenz is the system of 1963 with θ = (σ, ρ, β).
func Lorenz(lanes int) *Lane {
	return NewLane(field.Shape{State: 3, Theta: 3, Lanes: lanes},
		func(dx []float64, _ float64, x, _, p []float64) {
			dx[0] = p[0] * (x[1] - x[0])
			dx[1] = x[0]*(p[1]-x[2]) - x[1]
			dx[2] = x[0]*x[1] - p[2]*x[2]
		},
		func(jx, _, jt []float64, _ float64, x, _, p []float64) {
			copy(jx, []float64{-p[0], p[0], 0, p[1] - x[2], -1, -x[0], x[1], x[0], -p[2]})
			jt[0], jt[4], jt[8] = x[1]-x[0], x[0], -x[2]
		})
}
