package train

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/opt"
)

// uncertainty is what the curvature at the minimum says of the unknowns: the
// Jacobian in coordinates, its columns scaled to one, and its singular values.
// Nothing in it depends on units.
type uncertainty struct {
	e      *estimator
	z      []float64
	coords []coordinate
	active []int     // unknowns the data say something of
	place  []int     // of each unknown in active; −1: none
	slope  []float64 // dz/dq of each unknown
	own    []float64 // ‖∂r/∂q‖ of each unknown: standard errors a unit of it moves the trajectory by
	s      []float64
	v      mat.Dense
	noise  *mat.Dense // Uᵀ·(squares of the noise of each row)·U; nil: the identity
	left   float64    // standard errors to the minimum
	beside []string   // what is determined of unknowns at bounds and others
	swept  []bool     // unknowns that a profile of another moved farther than their error
	cost   float64
}

// silent is what an unknown does to the trajectory, in standard errors a unit
// of its coordinate, below which the data are called silent about it.
const silent = 0.1

// uncertainty linearises at z; nil where nothing can be evaluated.
func (e *estimator) uncertainty(z []float64) *uncertainty {
	u := &uncertainty{e: e, z: z, coords: e.errorCoordinates(z), own: make([]float64, e.n), swept: make([]bool, e.n)}
	w := e.vary(e.final(), z, u.coords, e.all())
	q := make([]float64, e.n)
	for j := range q {
		q[j] = u.coords[j].of(z[j])
	}
	m, n := w.Size()
	r, jac := make([]float64, m), make([]float64, m*n)
	if n == 0 || w.Residuals(r, jac, q, 0) != "" {
		return nil
	}
	u.slope = w.slope
	all := mat.NewDense(m, n, jac)
	for j := range n {
		u.own[j] = mat.Norm(all.ColView(j), 2)
		u.place = append(u.place, -1)
		if math.IsNaN(u.own[j]) { // some trajectory has no slopes
			return nil
		}
		if u.own[j]*e.reach(z, j) >= silent && !math.IsInf(u.own[j], 0) {
			u.place[j] = len(u.active)
			u.active = append(u.active, j)
		}
	}
	for _, v := range r {
		u.cost += v * v / 2
	}
	if e.likely != nil {
		u.cost = opt.Cost(w.minimised(), r)
	}
	if len(u.active) == 0 {
		return u
	}
	a := mat.NewDense(max(m, len(u.active)), len(u.active), nil)
	for k, j := range u.active {
		for i := range m {
			a.Set(i, k, jac[i*n+j]/u.own[j])
		}
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDThin) {
		return nil
	}
	u.s = svd.Values(nil)
	svd.VTo(&u.v)
	u.toMinimum(&svd, r)
	return u
}

// errorCoordinates are those in which errors are told: as coordinates to vary
// the unknowns by, but numbers without bounds as they are, as zero is a value of
// theirs like any other.
func (e *estimator) errorCoordinates(z []float64) []coordinate {
	out := e.coordinates(z, true)
	for j := range out {
		if out[j].kind == signedLog {
			out[j] = coordinate{}
		}
	}
	return out
}

// unbounded tells a parameter without bounds.
func (e *estimator) unbounded(j int) bool {
	for _, q := range e.p.Parts.Named {
		if q.Theta == j {
			return q.Min == nil && q.Max == nil
		}
	}
	return false
}

// reach is how far a coordinate may sensibly go: a logarithm or a start by a
// unit, a number without bounds by four decades.
func (e *estimator) reach(z []float64, j int) float64 {
	if e.unbounded(j) {
		return 1e4 * max(1, math.Abs(z[j]))
	}
	return 1
}

func (u *uncertainty) toMinimum(svd *mat.SVD, r []float64) {
	var left mat.Dense
	svd.UTo(&left)
	if e := u.e; e.each != nil {
		var weighed mat.Dense
		weighed.CloneFrom(&left)
		e.free.eachRow(func(at, c int) {
			for k := range u.s {
				weighed.Set(at, k, weighed.At(at, k)*e.each[c]*e.each[c])
			}
		})
		u.noise = &mat.Dense{}
		u.noise.Mul(left.T(), &weighed)
	}
	sum := 0.0
	for k, s := range u.s {
		if s > nullValue {
			c := 0.0
			for i, v := range r {
				c += left.At(i, k) * v
			}
			sum += c * c
		}
	}
	noise := 1.0
	if u.e.likely == nil { // else the scale is that of the likelihood
		noise = math.Sqrt(max(1, 2*u.cost/float64(max(1, len(r)-len(u.s)))))
	}
	u.left = math.Sqrt(sum) / noise
}

// covariance of the coordinates of two unknowns, by the singular values above
// least.
func (u *uncertainty) covariance(i, j int, least float64) float64 {
	a, b, sum := u.place[i], u.place[j], 0.0
	if a < 0 || b < 0 {
		return 0
	}
	for k, s := range u.s {
		if s < least {
			continue
		}
		s = max(s, lostDigits)
		if u.noise == nil {
			sum += u.v.At(a, k) * u.v.At(b, k) / (s * s)
			continue
		}
		for l, t := range u.s {
			if t >= least {
				sum += u.v.At(a, k) * u.v.At(b, l) * u.noise.At(k, l) / (s * max(t, lostDigits))
			}
		}
	}
	return sum / (u.own[i] * u.own[j])
}

// lostDigits is the least singular value that is not noise of the arithmetic.
const lostDigits = 1e-14

// plain is u as if all columns had the same noise, which is what the cost says.
func (u *uncertainty) plain() *uncertainty {
	if u.noise == nil {
		return u
	}
	q := *u
	q.noise = nil
	return &q
}

// sd is the standard error of the coordinate of an unknown, given the others or not.
func (u *uncertainty) sd(i int) float64 { return math.Sqrt(u.covariance(i, i, 0)) }

// inflated is by how much the error of an unknown is larger than with all
// others given.
func (u *uncertainty) inflated(i int) float64 { return u.sd(i) * u.own[i] }

// correlation of two unknowns.
func (u *uncertainty) correlation(i, j int) float64 {
	return u.covariance(i, j, 0) / (u.sd(i) * u.sd(j))
}
