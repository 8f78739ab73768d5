package opt

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
)

// Few minimises ½‖r(z)‖², or the cost of a Likely, over few unknowns between bounds, by Levenberg and
// Marquardt's method with steps from a singular value decomposition of the
// Jacobian, its columns scaled to one:
//
//	h = −D⁻¹ V diag(s/(s²+μ)) Uᵀ r,   J D⁻¹ = U diag(s) Vᵀ,   D_j = ‖J_j‖.
//
// A change of units of an unknown changes nothing, no direction is ever
// singular, another damping costs next to nothing, and what is left to go is
// known in standard errors. No unknown goes farther than Longest at once, one
// behind a bound ends at it, and where r cannot be evaluated the step becomes
// shorter. A step follows the valley it lies in by half the geodesic
// acceleration a = −D⁻¹ V diag(s/(s²+μ)) Uᵀ r″, r″ the second derivative along h,
// where that is the smaller part of it.
//
// Source: Nash, Compact Numerical Methods (1990), chapter 17; Transtrum, Sethna,
// arXiv:1201.5885 (2012), section 4, for the acceleration; damping as in
// LMSolver.Step.
type Few struct {
	Lo, Hi     []float64 // bounds; nil: none
	Longest    []float64 // largest change of each unknown in a step; nil or 0: any
	Iterations int       // steps, taken or not
	Near       float64   // standard errors left to go at which it is over
	Least      float64   // root mean square of the residuals below which they count as noise of this size
	Slow       float64   // it is over when eight steps together lower the cost by no more than this part of it; 0: never
}

// FewOutcome says how Few ended.
type FewOutcome struct {
	Outcome
	Left  float64 // standard errors between z and the minimum of the linearised problem
	Firm  float64 // those of them along directions that the residuals say something of
	Steps int     // tried
}

// Constants of Few: the first damping and how it grows where the cost rises or
// nothing can be evaluated; singular values below rankTol of the largest say
// nothing, those below firmTol next to nothing.
const (
	fewDamping = 1e-2
	fewFailed  = 16
	fewLargest = 1e14
	rankTol    = 1e-11
	firmTol    = 1e-3
	fewFlat    = 1e-13
	fewWindow  = 8
	fewAside   = 0.1  // part of a step at which the second derivative along it is measured
	fewCurved  = 0.75 // largest acceleration in parts of the step
)

// few is a run of Few.
type few struct {
	Few
	res        Residual
	m, n       int
	z          []float64
	r, jac     []float64
	grad       []float64
	d          []float64 // column norms, 0 of unknowns that stay
	s, ur      []float64 // singular values and Uᵀr
	u, v       mat.Dense
	step       []float64
	trial, rt  []float64
	mu, growth float64
	cut        bool // the step was longer than allowed or met a bound
	past       []float64
	out        FewOutcome
}

// Minimise changes z until the minimum is Near, nothing helps or the
// Iterations are over. on, which may be nil, is called after every step with
// its number and the cost at z; it ends the run by returning false.
func (c Few) Minimise(res Residual, z []float64, on func(k int, cost float64) bool) FewOutcome {
	f := newFew(c, res, z)
	if !f.linearise() {
		return f.out
	}
	for f.out.Status == Going && f.out.Steps < c.Iterations {
		f.out.Steps++
		if f.try() && !f.linearise() {
			break
		}
		if on != nil && !on(f.out.Steps, f.out.Cost) {
			break
		}
		f.past = append(f.past, f.out.Cost)
		if n := len(f.past); n > fewWindow && f.past[n-1-fewWindow]-f.out.Cost <= f.Slow*sizeOf(f.res, f.out.Cost) && f.Slow > 0 && f.out.Status == Going {
			f.out.Status, f.out.Reason = Stalled, "steps hardly lower the cost any more"
		}
	}
	return f.out
}

func newFew(c Few, res Residual, z []float64) *few {
	m, n := res.Size()
	f := &few{Few: c, res: res, m: m, n: n, z: z, mu: fewDamping, growth: 2}
	f.r, f.rt, f.jac = make([]float64, m), make([]float64, m), make([]float64, m*n)
	f.grad, f.d, f.step, f.trial = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	return f
}

// linearise evaluates everything at z and tells whether it can go on.
func (f *few) linearise() bool {
	f.out.Evals++
	if fail := f.res.Residuals(f.r, f.jac, f.z, 0); fail != "" {
		return f.failed(fail)
	}
	f.out.Cost = Cost(f.res, f.r)
	kernel.MatVecT(f.grad, f.jac, f.r, f.m, f.n, 1)
	if !num.Finite(f.out.Cost) || !num.Finite(kernel.Dot(f.jac, f.jac)) {
		return f.failed(notFinite)
	}
	if !f.decompose() {
		return f.failed("the Jacobian has no singular values")
	}
	rank, left, firm := 0, 0.0, 0.0
	for i, s := range f.s {
		if s > rankTol*f.s[0] {
			left += f.ur[i] * f.ur[i]
			rank++
		}
		if s > firmTol*f.s[0] {
			firm += f.ur[i] * f.ur[i]
		}
	}
	noise := f.Least
	if _, ok := f.res.(Likely); !ok { // else the scale is that of the likelihood
		noise = max(math.Sqrt(2*f.out.Cost/float64(max(1, f.m-rank))), noise)
	}
	if f.out.Left, f.out.Firm = 0, 0; left > 0 {
		f.out.Left, f.out.Firm = math.Sqrt(left)/noise, math.Sqrt(firm)/noise
	}
	if f.out.Left <= f.Near {
		f.out.Status, f.out.Reason = Converged, "the minimum is reached"
		return false
	}
	return true
}

func (f *few) failed(why string) bool {
	f.out.Status, f.out.Reason, f.out.Cost = Failed, why, math.Inf(1)
	return false
}

// decompose finds the singular values of the scaled Jacobian. Unknowns at a
// bound beyond which the cost would fall stay there.
func (f *few) decompose() bool {
	clear(f.d)
	for i := range f.m {
		row := f.jac[i*f.n : (i+1)*f.n]
		kernel.MulAddTo(f.d, row, row)
	}
	for j, v := range f.d {
		f.d[j] = math.Sqrt(v)
		if f.Lo != nil && f.z[j] <= f.Lo[j] && f.grad[j] >= 0 || f.Hi != nil && f.z[j] >= f.Hi[j] && f.grad[j] <= 0 {
			f.d[j] = 0
		}
	}
	a := mat.NewDense(f.m, f.n, nil)
	for i := range f.m {
		for j, d := range f.d {
			if d > 0 {
				a.Set(i, j, f.jac[i*f.n+j]/d)
			}
		}
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDThin) {
		return false
	}
	f.u.Reset()
	svd.UTo(&f.u)
	f.v.Reset()
	svd.VTo(&f.v)
	f.s = svd.Values(nil)
	f.ur = make([]float64, len(f.s))
	mat.NewVecDense(len(f.ur), f.ur).MulVec(f.u.T(), mat.NewVecDense(f.m, f.r))
	return true
}

// solve sets step for the damping: not longer than allowed, not behind bounds.
// It returns by how much the linearised cost falls.
func (f *few) solve() (predicted float64) {
	f.back(f.step, f.ur, -1)
	f.cut = false
	for j, h := range f.step {
		if f.Longest != nil && f.Longest[j] > 0 {
			h = max(-f.Longest[j], min(h, f.Longest[j]))
		}
		at := f.z[j] + h
		if f.Lo != nil {
			at = max(at, f.Lo[j])
		}
		if f.Hi != nil {
			at = min(at, f.Hi[j])
		}
		f.cut = f.cut || at != f.z[j]+f.step[j]
		f.trial[j], f.step[j] = at, at-f.z[j]
	}
	for i := range f.m {
		v := kernel.Dot(f.jac[i*f.n:(i+1)*f.n], f.step)
		predicted -= v * (f.r[i] + v/2)
	}
	return predicted
}

// back sets h to c·D⁻¹ V diag(s/(s²+μ)) y.
func (f *few) back(h, y []float64, c float64) {
	clear(h)
	for i, s := range f.s {
		if s <= rankTol*f.s[0] {
			continue
		}
		a := c * y[i] * s / (s*s + f.mu)
		for j, d := range f.d {
			if d > 0 {
				h[j] += a * f.v.At(j, i) / d
			}
		}
	}
}

// accelerate adds half the geodesic acceleration to the step, if there are
// several unknowns, the step is not cut, and it is the smaller part. Factors of a
// likelihood have no second derivative worth the name.
func (f *few) accelerate() {
	if _, ok := f.res.(Likely); ok || f.n < 2 || f.cut {
		return
	}
	at := make([]float64, f.n)
	for j, h := range f.step {
		at[j] = f.z[j] + fewAside*h
	}
	f.out.Evals++
	if f.res.Residuals(f.rt, nil, at, 0) != "" {
		return
	}
	second := mat.NewVecDense(f.m, nil)
	for i, r := range f.rt {
		v := (r-f.r[i])/fewAside - kernel.Dot(f.jac[i*f.n:(i+1)*f.n], f.step)
		second.SetVec(i, 2*v/fewAside)
	}
	y, a := mat.NewVecDense(len(f.s), nil), make([]float64, f.n)
	y.MulVec(f.u.T(), second)
	f.back(a, y.RawVector().Data, -1)
	long, straight := 0.0, 0.0
	for j, d := range f.d {
		long, straight = long+a[j]*a[j]*d*d, straight+f.step[j]*f.step[j]*d*d
	}
	if !(long <= fewCurved*fewCurved*straight) {
		return
	}
	for j := range at {
		at[j] = f.trial[j] + a[j]/2
		if f.Lo != nil && at[j] < f.Lo[j] || f.Hi != nil && at[j] > f.Hi[j] {
			return
		}
	}
	copy(f.trial, at)
}

// try makes a step and tells whether it was taken.
func (f *few) try() bool {
	predicted := f.solve()
	if !(predicted > fewFlat*sizeOf(f.res, f.out.Cost)) {
		if !f.cut && f.mu < 1 {
			f.out.Status, f.out.Reason = Converged, "no step promises to lower the cost"
			return false
		}
		return f.reject(f.growth, "no step lowers the cost")
	}
	f.accelerate()
	f.out.Evals++
	fail := f.res.Residuals(f.rt, nil, f.trial, 0)
	cost := math.NaN()
	if fail == "" {
		cost = Cost(f.res, f.rt)
	}
	if fail != "" || !num.Finite(cost) {
		return f.reject(fewFailed, "it cannot be evaluated behind any step that would lower the cost")
	}
	gain := f.out.Cost - cost
	if !(gain > 0) {
		return f.reject(f.growth, "no step lowers the cost")
	}
	copy(f.z, f.trial)
	q := 2*gain/predicted - 1
	f.mu, f.growth = max(1e-12, f.mu*max(1.0/5, 1-q*q*q)), 2
	f.out.Accepted = true
	return true
}

func (f *few) reject(by float64, why string) bool {
	if f.mu *= by; f.mu > fewLargest {
		f.out.Status, f.out.Reason = Stalled, why
	}
	f.growth *= 2
	return false
}
