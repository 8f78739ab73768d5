// Package regress finds which few of many terms make up a slope: linear least squares
// with a ridge, thresholds on the share of a term, elimination of one term at a time, and
// what a set of terms is worth. It knows nothing of recordings or models; package train
// makes the rows.
package regress

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Regression is that of one state's slopes on a library of terms. Coefficients
// are shares: what a term contributes to the slope, root mean square, in parts
// of the slope's root mean square. So a threshold means the same for every
// column, in any units.
type Regression struct {
	Rows  float64 // how many independent ones there are, for the criterion
	Ridge float64 // in parts of a column's squared norm
	// Terms that are too alike have a ridge of at least RidgeAlike together.
	Alike []Dependence

	terms int
	r     *mat.Dense // (terms+1) × terms: the rows reduced to a triangle
	b     []float64  // terms+1: the slopes
}

// New reduces the rows (a: n × terms, and b) by QR. Rows and slopes are
// divided by their scales.
func New(a, b, scale []float64, unit float64) *Regression {
	n, m := len(b), len(scale)
	ab := mat.NewDense(max(n, m+1), m+1, nil)
	for k := range n {
		for j := range m {
			ab.Set(k, j, a[k*m+j]/scale[j])
		}
		ab.Set(k, m, b[k]/unit)
	}
	var qr mat.QR
	var r mat.Dense
	qr.Factorize(ab)
	qr.RTo(&r)
	s := &Regression{terms: m, Rows: float64(n), r: mat.DenseCopyOf(r.Slice(0, m+1, 0, m)), b: make([]float64, m+1)}
	for k := range s.b {
		s.b[k] = r.At(k, m)
	}
	return s
}

// system is the ridge regression on the active terms, and their places.
func (s *Regression) system(active []bool) (t *Triangle, cols []int) {
	for j, on := range active {
		if on {
			cols = append(cols, j)
		}
	}
	q, ridge := len(cols), s.penalty(active)
	rows := s.terms + 1
	if ridge > 0 {
		rows += q
	}
	sys := mat.NewDense(rows, q+1, nil)
	for k, j := range cols {
		norm := 0.0
		for i := range s.terms + 1 {
			v := s.r.At(i, j)
			sys.Set(i, k, v)
			norm = math.Hypot(norm, v)
		}
		if ridge > 0 {
			sys.Set(s.terms+1+k, k, math.Sqrt(ridge)*norm)
		}
	}
	for i, v := range s.b {
		sys.Set(i, q, v)
	}
	return newTriangle(sys), cols
}

// Solve is the ridge regression on the active terms. It returns the shares,
// zero for the others, and the sum of squared residuals.
func (s *Regression) Solve(active []bool) (share []float64, rss float64, t *Triangle) {
	t, cols := s.system(active)
	share = make([]float64, s.terms)
	for k, v := range t.solution() {
		share[cols[k]] = v
	}
	for i, v := range s.b {
		for _, j := range cols {
			v -= s.r.At(i, j) * share[j]
		}
		rss += v * v
	}
	return share, rss, t
}

// penalty is the ridge of a regression on the active terms.
func (s *Regression) penalty(active []bool) float64 {
	for _, d := range s.Alike {
		together := active[d.Term]
		for _, j := range d.Of {
			together = together && active[j]
		}
		if together {
			return max(s.Ridge, RidgeAlike)
		}
	}
	return s.Ridge
}

// Threshold drops: active terms whose share is below the threshold are dropped
// and the others fitted again, until all are above.
//
// Source: Brunton, Proctor, Kutz, PNAS 113 (2016) 3932–3937.
func (s *Regression) Threshold(active []bool, threshold float64) {
	for dropped := true; dropped; {
		share, _, _ := s.Solve(active)
		dropped = false
		for j, on := range active {
			if on && !(math.Abs(share[j]) >= threshold) {
				active[j], dropped = false, true
			}
		}
	}
}

// Eliminate drops the active term that is missed least as long as the
// criterion improves. Of terms that are missed alike the later one goes.
func (s *Regression) Eliminate(active []bool) {
	t, cols := s.system(active)
	ridge, now := s.penalty(active), s.Criterion(t.rest, active)
	for t.q > 0 {
		at, least := 0, math.Inf(1)
		for k, loss := range t.losses() {
			if !(loss > least*(1+1e-9)) {
				at, least = k, loss
			}
		}
		j := cols[at]
		active[j] = false
		then := s.Criterion(t.rest+least, active)
		if !(then <= now) {
			active[j] = true
			return
		}
		t.drop(at)
		cols, now = append(cols[:at], cols[at+1:]...), then
		if r := s.penalty(active); r != ridge {
			t, cols = s.system(active)
			ridge, now = r, s.Criterion(t.rest, active)
		}
	}
}

// What a fit is worth cannot be told below this share of the slope: the splines
// and the quadrature have errors of their own.
const slopeFloor = 1e-3

// Criterion is Schwarz's extended one, the smaller the better: with n rows, k of
// p terms and their residuals, n log(rss/n) + k log n + 2 log(p over k), the
// second term corrected for few rows.
//
// Source: Chen, Chen, Biometrika 95 (2008) 759–771.
func (s *Regression) Criterion(rss float64, active []bool) float64 {
	k := 0.0
	for _, on := range active {
		if on {
			k++
		}
	}
	n, p := s.Rows, float64(s.terms)
	if k >= n-1 {
		return math.Inf(1)
	}
	square := s.Square()
	lp, _ := math.Lgamma(p + 1)
	lk, _ := math.Lgamma(k + 1)
	lr, _ := math.Lgamma(p - k + 1)
	return n*math.Log((rss+slopeFloor*slopeFloor*square)/n) + k*math.Log(n)*n/(n-k-1) + 2*(lp-lk-lr)
}

// Square is the sum of the squared slopes.
func (s *Regression) Square() float64 {
	square := 0.0
	for _, v := range s.b {
		square += v * v
	}
	return square
}

// sameTerm is the part of a term, in parts of its size, that must not be a
// combination of simpler ones on the data for both to be told apart.
const sameTerm = 1e-4

// RidgeAlike is the penalty of a regression on terms that are too alike.
const RidgeAlike = 10 * sameTerm * sameTerm

// Dependence says of a term that it is nearly a combination of simpler ones.
type Dependence struct {
	Term int
	Of   []int // the simpler ones; none: the term is zero
}

// Dependent finds the columns of a (n × m) that are combinations of those before
// them: orthogonalisation in their order, leaving out those found.
func Dependent(a []float64, n, m int) []Dependence {
	ab := mat.NewDense(max(n, m), m, nil)
	for k := range n {
		for j := range m {
			ab.Set(k, j, a[k*m+j])
		}
	}
	var qr mat.QR
	var r mat.Dense
	qr.Factorize(ab)
	qr.RTo(&r)
	var found []Dependence
	var basis [][]float64 // orthonormal
	var mixes [][]float64 // of each of the basis, its combination of columns
	for j := range m {
		v, mix := make([]float64, m), make([]float64, m)
		norm := 0.0
		for i := range m {
			v[i] = r.At(i, j)
			norm = math.Hypot(norm, v[i])
		}
		mix[j] = 1
		for range 2 { // twice is enough
			for q, e := range basis {
				dot := 0.0
				for i := range v {
					dot += e[i] * v[i]
				}
				for i := range v {
					v[i] -= dot * e[i]
					mix[i] -= dot * mixes[q][i]
				}
			}
		}
		left := 0.0
		for _, x := range v {
			left = math.Hypot(left, x)
		}
		if !(left > sameTerm*norm) {
			d := Dependence{Term: j}
			for i := range j {
				if size := math.Abs(mix[i]) * columnNorm(&r, i); size > 10*sameTerm*norm {
					d.Of = append(d.Of, i)
				}
			}
			found = append(found, d)
			continue
		}
		for i := range v {
			v[i], mix[i] = v[i]/left, mix[i]/left
		}
		basis, mixes = append(basis, v), append(mixes, mix)
	}
	return found
}

func columnNorm(r *mat.Dense, j int) float64 {
	norm := 0.0
	for i := range j + 1 {
		norm = math.Hypot(norm, r.At(i, j))
	}
	return norm
}
