package chaos

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// carrier takes states with tangents forward, a lane each, every lane over a time
// of its own. All is in scaled units.
type carrier struct {
	f               *model.Flow
	n, count, lanes int
	z               program.Batch // states over tangents, n·(count+1) rows
	from            []float64     // times
	failed          []bool

	field  field.Field
	theta  program.Batch
	solver *ode.Solver
	tr     *ode.Trajectory
	times  []float64
	rate   program.Batch
	point  field.Point
}

func newCarrier(f *model.Flow, count, lanes int) (*carrier, error) {
	lanes = program.PadLanes(max(lanes, 2))
	n := f.Dim()
	c := &carrier{f: f, n: n, count: count, lanes: lanes, from: make([]float64, lanes), failed: make([]bool, lanes), times: make([]float64, lanes)}
	rows := n * (count + 1)
	c.field, c.theta = f.TangentField(count, lanes)
	c.z, c.rate = program.NewBatch(rows, lanes), program.NewBatch(rows, lanes)
	c.point = field.Point{T: c.from, X: c.z, Theta: c.theta}
	if f.IsMap() {
		return c, nil
	}
	o := f.Solver
	if o.Step == 0 {
		o.Save = "land"
	}
	c.tr = ode.NewTrajectory(1, rows, lanes)
	var err error
	c.solver, err = ode.NewSolver(c.field, o)
	return c, err
}

// set puts a state into a lane, its tangents the first unit vectors.
func (c *carrier) set(lane int, z []float64) {
	c.failed[lane] = false
	for i, v := range z {
		c.z.Set(i, lane, v)
	}
	for j := range c.count {
		for i := range c.n {
			v := 0.0
			if i == j {
				v = 1
			}
			c.z.Set(c.n*(j+1)+i, lane, v)
		}
	}
}

// state is that of a lane.
func (c *carrier) state(lane int) []float64 {
	z := make([]float64, c.n)
	for i := range z {
		z[i] = c.z.At(i, lane)
	}
	return z
}

// matrix is ∂z/∂z₀ of a lane, row-major, if it carries all tangents.
func (c *carrier) matrix(lane int) []float64 {
	m := make([]float64, c.n*c.n)
	for i := range c.n {
		for j := range c.n {
			m[i*c.n+j] = c.z.At(c.n*(j+1)+i, lane)
		}
	}
	return m
}

// carry moves every lane by its time; of a map, by as many iterations in all lanes
// as the first has.
func (c *carrier) carry(time []float64) {
	if c.f.IsMap() {
		h := c.f.Frame.Step / c.f.Frame.Time
		for range int(math.Round(time[0] / h)) {
			c.field.Eval(c.rate, &c.point)
			kernel.AXPY(c.z.V, h, c.rate.V)
			for l := range c.from {
				c.from[l] += h
			}
		}
	} else {
		for l := range c.lanes {
			c.times[l] = c.from[l] + time[min(l, len(time)-1)]
		}
		c.solver.Solve(c.tr, &ode.IVP{Field: c.field, X0: c.z, Theta: c.theta, T0: c.from, Times: c.times})
		copy(c.z.V, c.tr.X)
		copy(c.from, c.times)
		for l, s := range c.tr.Status {
			c.failed[l] = c.failed[l] || s != ode.StatusOK
		}
	}
	for i, v := range c.z.V {
		if v-v != 0 {
			c.failed[i%c.lanes] = true
		}
	}
}

// eigenvalues of a matrix, n × n, row-major, largest real part first, or, by size,
// largest first. Their order is total: by imaginary part where that is equal.
func eigenvalues(m []float64, n int, bySize bool) []complex128 {
	v := num.Eigenvalues(m, n)
	key := func(z complex128) float64 {
		if bySize {
			return math.Hypot(real(z), imag(z))
		}
		return real(z)
	}
	for i := range v {
		for j := i; j > 0 && (key(v[j]) > key(v[j-1])+1e-12*math.Abs(key(v[j])) || math.Abs(key(v[j])-key(v[j-1])) <= 1e-12*math.Abs(key(v[j])) && imag(v[j]) > imag(v[j-1])); j-- {
			v[j], v[j-1] = v[j-1], v[j]
		}
	}
	return v
}

// Complex is a complex number as JSON has it.
type Complex struct {
	Re float64 `json:"re"`
	Im float64 `json:"im"`
}

func complexes(v []complex128) []Complex {
	out := make([]Complex, len(v))
	for i, z := range v {
		out[i] = Complex{real(z), imag(z)}
	}
	return out
}

// Size is the absolute value.
func (c Complex) Size() float64 { return math.Hypot(c.Re, c.Im) }

// largestSingular is the largest singular value of a matrix, rows × cols, row-major.
func largestSingular(m []float64, rows, cols int) float64 {
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(rows, cols, m), mat.SVDNone) {
		return math.NaN()
	}
	return svd.Values(nil)[0]
}
