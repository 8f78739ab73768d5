package train

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/opt"
)

// beginSparse starts a library with one precision a coefficient from the slopes
// of smoothed data, and whatever stands beside it switched off. Terms that the
// slopes do not ask for keep a chance.
func (b *bayes) beginSparse(s *slopes, off map[int][]int) {
	const faint = 1e4
	mean, prec, ok := s.sparse(off)
	for i, g := range b.group {
		if g >= b.single {
			b.prec[i], b.z[i] = precisionOff, 0
		}
	}
	for k, i := range s.entries {
		if _, gone := off[i]; ok && !gone {
			b.z[i], b.prec[i] = mean[k], min(prec[k], faint)
		}
	}
}

// farApart is a distance of trajectories from the rows, in deviations, that a
// good start does not lead to.
const farApart = 0.3

// apart is the root mean square distance of free trajectories from the rows, in
// scaled units.
func (b *bayes) apart() float64 {
	if b.free.Residuals(b.resid, nil, b.z, 0) != "" {
		return math.Inf(1)
	}
	sum := 0.0
	b.eachResidual(func(at, c int) { sum += math.Pow(b.resid[at]*b.sigma[c], 2) })
	return math.Sqrt(sum / float64(max(1, len(b.resid))))
}

// mostBatches is how often pruneBatches tries to drop terms.
const mostBatches = 12

// pruneBatches drops the terms that are worth least, many at once, with all
// others moved to where they are best without them: by Laplace's approximation
// the log evidence gains
//
//	−½ log(α_i Σ_ii) − z_i²/(2 Σ_ii)
//
// when coefficient i with precision α_i is set to zero, and the others have the
// conditional mean z_k − Σ_ki z_i/Σ_ii. A batch that the evidence of the
// trajectories does not bear out is halved.
//
// Source: the Savage–Dickey ratio, Dickey, Ann. Math. Statist. 42 (1971)
// 204–223; conditional means of a Gaussian.
func (b *bayes) pruneBatches() {
	b.regularise(6)
	most := math.MaxInt
	for range mostBatches {
		if b.stop() || b.iters >= b.budget || most == 0 || !b.weigh() {
			break
		}
		drop, z := b.droppable(most)
		if len(drop) == 0 {
			break
		}
		old := b.snapshot()
		copy(b.z, z)
		for _, i := range drop {
			b.prec[i], b.z[i] = precisionOff, 0
		}
		out := b.minimise(b.free, 15, "pruning", 0)
		if out.Status == opt.Failed || !b.weigh() || b.logEvidence < old.logEvidence-b.keep()*float64(len(drop)) {
			b.restore(old)
			most = len(drop) / 2
			continue
		}
		b.regularise(2)
	}
	b.regularise(3)
	b.weigh()
}

// droppable lists terms that are not worth keeping, the least worth first, at
// most so many, and all unknowns as they should be without them.
func (b *bayes) droppable(most int) (drop []int, z []float64) {
	use, cov := b.covariance()
	if cov == nil {
		return nil, nil
	}
	z = append([]float64{}, b.z...)
	gone := make([]bool, len(use))
	for len(drop) < most {
		at, best := -1, -b.keep()
		for j, i := range use {
			if i >= len(b.group) || b.group[i] < 0 || b.group[i] >= b.single || gone[j] {
				continue
			}
			v := cov.At(j, j)
			if gain := -math.Log(b.prec[i]*v)/2 - z[i]*z[i]/(2*v); gain > best {
				at, best = j, gain
			}
		}
		if at < 0 {
			break
		}
		gone[at] = true
		drop = append(drop, use[at])
		condition(z, use, cov, at)
	}
	return drop, z
}

// condition sets unknown use[at] to zero, moves the others with it and takes
// from the covariance what they had in common with it.
func condition(z []float64, use []int, cov *mat.SymDense, at int) {
	v, zi := cov.At(at, at), z[use[at]]
	col := make([]float64, len(use))
	for k := range use {
		col[k] = cov.At(k, at)
	}
	for k, i := range use {
		z[i] -= col[k] * zi / v
	}
	z[use[at]] = 0
	cov.SymRankOne(cov, -1/v, mat.NewVecDense(len(col), col))
	cov.SetSym(at, at, v) // not used again, but not to be divided by
}

// covariance is that of the unknowns which are not switched off, by Laplace's
// approximation at z; nil where there is none.
func (b *bayes) covariance() (use []int, cov *mat.SymDense) {
	m, n := b.free.Size()
	res, jac := make([]float64, m), make([]float64, m*n)
	if b.free.Residuals(res, jac, b.z, 0) != "" {
		return nil, nil
	}
	for i := range b.z {
		if b.prec[i] < precisionOff {
			use = append(use, i)
		}
	}
	if len(use) == 0 || m == 0 {
		return nil, nil
	}
	a := mat.NewDense(m, len(use), nil)
	for q := range m {
		for j, i := range use {
			a.Set(q, j, jac[q*n+i])
		}
	}
	var h mat.SymDense
	h.SymOuterK(1, a.T())
	for j, i := range use {
		h.SetSym(j, j, h.At(j, j)*(1+1e-12)+b.prec[i])
	}
	var c mat.Cholesky
	if !c.Factorize(&h) {
		return nil, nil
	}
	cov = new(mat.SymDense)
	if c.InverseTo(cov) != nil && cov.IsEmpty() {
		return nil, nil
	}
	return use, cov
}
