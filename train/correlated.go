package train

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// The values of a recording may be correlated: of a block of parameters they are normal about
// their common ones with a covariance Ω = D·C·D, D the spreads and C their correlations. Their
// deviations d are residuals L⁻¹d, Ω = L·Lᵀ.
//
// With S = Σ d·dᵀ over n recordings and O the sum of the covariances of d that the rows leave, the
// most restricted likelihood has S + O = (n−1)·Ω, which is Ω·Q·Ω = S for Ω·Q·Ω = (n−1)·Ω − O. Of
// that, Q held, the solution is a geometric mean, Q⁻¹ # S (Zhou, Hu, Zhou, Lange, J. Comput. Graph.
// Stat. 28 (2019) 350–361), and a step twice as far on the geodesic is for one parameter the step
// of respread.

// bundle are groups with correlated values, or one group alone.
type bundle struct {
	of          []int     // the groups
	correlation []float64 // below the diagonal of C, row by row
}

const (
	leastEigen   = 1e-4 // of C: correlations end at about 1−leastEigen
	firstAlike   = 0.   // the correlation while starts are searched
	leastCounted = 1e-8 // of a matrix that should be positive
)

// bundlesOf are the blocks of parameters, in the order of their first ones.
func bundlesOf(all []field.RecordingParameter) (out []bundle) {
	named := map[string]int{}
	for k, q := range all {
		i, known := named[q.Block]
		if q.Block == "" || !known {
			named[q.Block] = len(out)
			out = append(out, bundle{of: []int{k}})
			continue
		}
		b := &out[i]
		for range b.of {
			b.correlation = append(b.correlation, firstAlike)
		}
		b.of = append(b.of, k)
	}
	return out
}

// rows is how many residuals a block has.
func (b *bundle) rows(groups []group) int { return len(b.of) * len(groups[b.of[0]].at) }

// matrix is C.
func (b *bundle) matrix() *mat.SymDense {
	c, at := mat.NewSymDense(len(b.of), nil), 0
	for i := range b.of {
		c.SetSym(i, i, 1)
		for j := range i {
			c.SetSym(i, j, b.correlation[at])
			at++
		}
	}
	return c
}

// covariance is Ω.
func (b *bundle) covariance(groups []group) *mat.SymDense {
	c := b.matrix()
	for i, g := range b.of {
		for j := range i + 1 {
			c.SetSym(i, j, c.At(i, j)*groups[g].sd*groups[b.of[j]].sd)
		}
	}
	return c
}

// factor is L.
func (b *bundle) factor(groups []group) *mat.TriDense {
	var chol mat.Cholesky
	if !chol.Factorize(b.covariance(groups)) { // C is kept positive
		panic("train: a covariance of parameters is not positive")
	}
	l := &mat.TriDense{}
	chol.LTo(l)
	return l
}

// residuals are those of the values of z, recording by recording; row, if not nil, is given their
// derivatives with respect to the unknowns.
func (b *bundle) residuals(groups []group, r, z []float64, row func(i, unknown int, slope float64)) {
	if len(b.of) == 1 {
		groups[b.of[0]].residuals(r, z, row)
		return
	}
	k := len(b.of)
	var inverse mat.TriDense
	if err := inverse.InverseTri(b.factor(groups)); err != nil {
		panic("train: a covariance of parameters has no inverse")
	}
	d := b.deviations(groups, z)
	n := len(groups[b.of[0]].at)
	for i := range n {
		for p := range k {
			sum := 0.0
			for q := range p + 1 {
				sum += inverse.At(p, q) * d[q][i]
			}
			r[i*k+p] = sum
		}
	}
	if row == nil {
		return
	}
	for q, of := range b.of {
		g := &groups[of]
		for l, unknown := range g.at {
			_, slope := g.by.at(g.by.of(z[unknown]))
			for i := range n {
				by := -1 / float64(n)
				if i == l {
					by++
				}
				for p := q; p < k; p++ {
					row(i*k+p, unknown, inverse.At(p, q)*by/slope)
				}
			}
		}
	}
}

// deviations are those of the values of z from the common ones: of each group, of each recording.
func (b *bundle) deviations(groups []group, z []float64) (d [][]float64) {
	for _, of := range b.of {
		g := &groups[of]
		mean, own := g.common(z), make([]float64, len(g.at))
		for i, j := range g.at {
			own[i] = g.by.of(z[j]) - mean
		}
		d = append(d, own)
	}
	return d
}

// open are the covariances of the deviations of recording i that the rows leave.
func (b *bundle) open(groups []group, u *uncertainty, means *mat.SymDense, i int) *mat.SymDense {
	out := mat.NewSymDense(len(b.of), nil)
	for p, of := range b.of {
		for q := range p + 1 {
			one, other := groups[of].at, groups[b.of[q]].at
			v := u.covariance(one[i], other[i], nullValue) + means.At(p, q)
			v -= u.ofMeans(one[i:i+1], other) + u.ofMeans(one, other[i:i+1])
			out.SetSym(p, q, v)
		}
	}
	return out
}

// means are the covariances of the means of the values, all else being unknown too.
func (b *bundle) means(groups []group, u *uncertainty) *mat.SymDense {
	out := mat.NewSymDense(len(b.of), nil)
	for p, of := range b.of {
		for q := range p + 1 {
			out.SetSym(p, q, u.ofMeans(groups[of].at, groups[b.of[q]].at))
		}
	}
	return out
}

// ofMeans is the covariance of the means of two sets of unknowns.
func (u *uncertainty) ofMeans(one, other []int) float64 {
	sum := 0.0
	for _, i := range one {
		for _, j := range other {
			sum += u.covariance(i, j, nullValue)
		}
	}
	return sum / float64(len(one)*len(other))
}

// respreadBlock finds Ω of a block anew. It returns the largest change of a spread, relative, or
// of a correlation.
func (e *estimator) respreadBlock(b *bundle, z []float64, u *uncertainty) (change float64) {
	n, k := len(e.groups[b.of[0]].at), len(b.of)
	scatter, left := mat.NewSymDense(k, nil), mat.NewSymDense(k, nil)
	d, means := b.deviations(e.groups, z), b.means(e.groups, u)
	for i := range n {
		left.AddSym(left, b.open(e.groups, u, means, i))
		for p := range k {
			for q := range p + 1 {
				scatter.SetSym(p, q, scatter.At(p, q)+d[p][i]*d[q][i])
			}
		}
	}
	l := b.factor(e.groups)
	return b.set(e.groups, inUnitsOf(l, stepOf(whitened(l, scatter), whitened(l, left), float64(n-1))))
}

// stepOf is the next Ω, in units of the one of now, of S and O in the same and of n−1.
func stepOf(scatter, open *mat.SymDense, n float64) *mat.SymDense {
	k := scatter.SymmetricDim()
	told := mat.NewSymDense(k, nil)
	for i := range k {
		for j := range i + 1 {
			told.SetSym(i, j, -open.At(i, j))
		}
		told.SetSym(i, i, n-open.At(i, i))
	}
	values, _ := eigen(told)
	if values == nil || values[0] <= fewestTold { // the step of expectation and maximisation
		next := mat.NewSymDense(k, nil)
		next.AddSym(scatter, open)
		next.ScaleSym(1/n, next)
		return spectral(next, func(v float64) float64 { return min(max(v, 1./(spreadStep*spreadStep)), spreadStep*spreadStep) })
	}
	root := spectral(told, math.Sqrt)
	back := spectral(told, func(v float64) float64 { return 1 / math.Sqrt(v) })
	mean := spectral(sandwich(root, scatter), func(v float64) float64 { return math.Sqrt(max(v, 0)) })
	return spectral(sandwich(back, mean), func(v float64) float64 {
		v = min(max(v, 1./spreadStep), spreadStep)
		return v * v
	})
}

// set takes over the next Ω.
func (b *bundle) set(groups []group, next *mat.SymDense) (change float64) {
	k := len(b.of)
	for i, of := range b.of {
		sd := max(math.Sqrt(next.At(i, i)), leastSpread)
		change = max(change, math.Abs(sd/groups[of].sd-1))
		groups[of].sd = sd
	}
	c := mat.NewSymDense(k, nil)
	for i := range k {
		for j := range i + 1 {
			c.SetSym(i, j, next.At(i, j)/math.Sqrt(next.At(i, i)*next.At(j, j)))
		}
	}
	c = spectral(c, func(v float64) float64 { return max(v, leastEigen) })
	at := 0
	for i := range k {
		for j := range i {
			r := c.At(i, j) / math.Sqrt(c.At(i, i)*c.At(j, j))
			change = max(change, math.Abs(r-b.correlation[at]))
			b.correlation[at] = r
			at++
		}
	}
	return change
}

// eigen are the eigenvalues of a, ascending, and the vectors; nil: there are none.
func eigen(a *mat.SymDense) ([]float64, *mat.Dense) {
	var e mat.EigenSym
	if !e.Factorize(a, true) {
		return nil, nil
	}
	var v mat.Dense
	e.VectorsTo(&v)
	return e.Values(nil), &v
}

// spectral is a function of a symmetric matrix.
func spectral(a *mat.SymDense, of func(v float64) float64) *mat.SymDense {
	values, v := eigen(a)
	k := a.SymmetricDim()
	out := mat.NewSymDense(k, nil)
	for i := range k {
		for j := range i + 1 {
			sum := 0.0
			for l := range values {
				sum += v.At(i, l) * v.At(j, l) * of(values[l])
			}
			out.SetSym(i, j, sum)
		}
	}
	return out
}

// sandwich is a·b·aᵀ.
func sandwich(a mat.Matrix, b *mat.SymDense) *mat.SymDense {
	var ab, aba mat.Dense
	ab.Mul(a, b)
	aba.Mul(&ab, a.T())
	k, _ := aba.Dims()
	out := mat.NewSymDense(k, nil)
	for i := range k {
		for j := range i + 1 {
			out.SetSym(i, j, (aba.At(i, j)+aba.At(j, i))/2)
		}
	}
	return out
}

// whitened is L⁻¹·a·L⁻ᵀ.
func whitened(l *mat.TriDense, a *mat.SymDense) *mat.SymDense {
	var inverse mat.TriDense
	if err := inverse.InverseTri(l); err != nil {
		panic("train: a covariance of parameters has no inverse")
	}
	return sandwich(&inverse, a)
}

// inUnitsOf is L·a·Lᵀ.
func inUnitsOf(l *mat.TriDense, a *mat.SymDense) *mat.SymDense { return sandwich(l, a) }

// tell notes the correlations at what the model keeps of the groups.
func (b *bundle) tell(all []model.Common) {
	at := 0
	for i, one := range b.of {
		for _, other := range b.of[:i] {
			r := b.correlation[at]
			all[one].With = append(all[one].With, model.Correlated{State: all[other].State, R: r})
			all[other].With = append(all[other].With, model.Correlated{State: all[one].State, R: r})
			at++
		}
	}
}

// correlations are those of a block, with standard errors where u has some; known are given the
// standard errors of the logarithms of its spreads.
func (e *estimator) correlations(b *bundle, z []float64, u *uncertainty, why string, known []float64) (out []model.Estimate) {
	if len(b.of) < 2 {
		return nil
	}
	var errors *mat.SymDense
	if u != nil && why == "" {
		errors = e.spreadErrors(b, u)
	}
	for i, of := range b.of {
		if errors != nil && e.groups[of].sd > leastSpread*1.01 {
			known[of] = math.Sqrt(errors.At(i, i))
		}
	}
	at := 0
	for i, one := range b.of {
		for _, other := range b.of[:i] {
			r := b.correlation[at]
			a := model.NewEstimate("correlation of "+e.groups[other].compared()+" and "+e.groups[one].compared(), r)
			switch {
			case why != "":
				a.Note = why
			case errors == nil || known[one] == 0 || known[other] == 0:
				a.Note = "the rows do not tell the values apart"
			case 1-math.Abs(r) < 2*leastEigen:
				a.Note = "at its limit: the rows do not tell one of the two from a function of the other"
			default:
				if sd := math.Sqrt(errors.At(len(b.of)+at, len(b.of)+at)); sd > farTold {
					a.Note = notTold
				} else {
					bounded(&a, sd)
				}
			}
			out = append(out, a)
			at++
		}
	}
	return out
}

// notTold is said of spreads and correlations whose errors are as large as what they could be.
const notTold = "not determined: there are too few recordings, or their rows tell too little"

// bounded gives a correlation its error, of Fisher's z = artanh r, and the interval of that.
func bounded(a *model.Estimate, sd float64) {
	r, z := a.Value, math.Atanh(a.Value)
	a.SD = sd * (1 - r*r)
	lo, hi := math.Tanh(z-2*sd), math.Tanh(z+2*sd)
	if ratio := (hi - r) / (r - lo); ratio > asymmetric || ratio < 1/asymmetric {
		a.Lo, a.Hi = lo, hi
	}
}

// compared is what is compared of its values, in words.
func (g *group) compared() string {
	if g.by.kind == logStart {
		return "log " + g.name
	}
	return g.name
}

// spreadErrors are the covariances of the logarithms of the spreads of a block and, behind them, of
// Fisher's z of its correlations, by the expected information of the values as the rows tell them:
// ½·Σ tr(V⁻¹ ∂Ω V⁻¹ ∂Ω) over recordings, V⁻¹ = Ω⁻¹(Ω−P)Ω⁻¹ with P what the rows leave open of the
// deviations, and one recording less, which the common values take. It is nil where they tell nothing.
func (e *estimator) spreadErrors(b *bundle, u *uncertainty) *mat.SymDense {
	k, n := len(b.of), len(e.groups[b.of[0]].at)
	size := k + len(b.correlation)
	omega, means := b.covariance(e.groups), b.means(e.groups, u)
	slopes := b.slopes(omega)
	var inverse mat.Dense
	if inverse.Inverse(omega) != nil {
		return nil
	}
	info := mat.NewSymDense(size, nil)
	for i := range n {
		var told, v mat.Dense
		told.Sub(omega, b.open(e.groups, u, means, i))
		v.Product(&inverse, &told, &inverse)
		by := make([]mat.Dense, size)
		for p := range by {
			by[p].Mul(&v, slopes[p])
			for q := range p + 1 {
				var both mat.Dense
				both.Mul(&by[p], &by[q])
				info.SetSym(p, q, info.At(p, q)+mat.Trace(&both)/2*float64(n-1)/float64(n))
			}
		}
	}
	if values, _ := eigen(info); values == nil || values[0] < leastCounted {
		return nil
	}
	var chol mat.Cholesky
	out := &mat.SymDense{}
	if !chol.Factorize(info) || chol.InverseTo(out) != nil {
		return nil
	}
	return out
}

// slopes are the derivatives of Ω by the logarithms of the spreads and Fisher's z of the
// correlations.
func (b *bundle) slopes(omega *mat.SymDense) (all []*mat.SymDense) {
	k := len(b.of)
	for i := range k {
		d := mat.NewSymDense(k, nil)
		for j := range k {
			d.SetSym(i, j, omega.At(i, j))
		}
		d.SetSym(i, i, 2*omega.At(i, i))
		all = append(all, d)
	}
	at := 0
	for i := range k {
		for j := range i {
			r, d := b.correlation[at], mat.NewSymDense(k, nil)
			d.SetSym(i, j, math.Sqrt(omega.At(i, i)*omega.At(j, j))*(1-r*r))
			all = append(all, d)
			at++
		}
	}
	return all
}
