package train

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
)

// slopes is gradient matching as what it is for the coefficients of a library:
// linear. Row q of x is what the coefficients (entries of θ) have to do with
// slope q of the smoothed data, y the slope that the rest of the field, with
// layers at zero, does not explain; both in scaled units.
type slopes struct {
	entries []int // of θ, simple terms first
	x       *mat.Dense
	y       []float64
	states  int // slope q is one of state q mod states

	stop  func() bool     // ends estimates; nil: nothing does
	gram  []*mat.SymDense // of each state: its rows' xᵀx, and xᵀy
	right []*mat.VecDense
}

// librarySlopes are the slopes of the candidate's problem; nil where it has no
// library, the field is not linear in it (kinetic energies, networks inside of
// functions), or not every state is measured.
func (b *bayes) librarySlopes() *slopes {
	s := &slopes{entries: b.p.libraryEntries(), states: len(b.p.Parts.Frame.States), stop: b.stop}
	if len(s.entries) == 0 || len(b.p.Parts.Start) > 0 {
		return nil
	}
	m := newMatching(b.free)
	rows, n := m.Size()
	res, jac := make([]float64, rows), make([]float64, rows*n)
	z := make([]float64, n)
	copy(z, b.p.Parts.Theta0)
	if m.Residuals(res, jac, z, 0) != "" {
		return nil
	}
	s.x, s.y = mat.NewDense(rows, len(s.entries), nil), make([]float64, rows)
	for q := range rows {
		s.y[q] = -res[q] * m.sigma
		for k, i := range s.entries {
			s.x.Set(q, k, jac[q*n+i]*m.sigma)
		}
	}
	if !num.AllFinite(s.x.RawMatrix().Data) || !s.linear(m, z) {
		return nil
	}
	s.normalEquations()
	return s
}

// linear tells whether slopes at other coefficients are those that x says.
func (s *slopes) linear(m *matching, z []float64) bool {
	rows, _ := m.Size()
	at, c := append([]float64{}, z...), mat.NewVecDense(len(s.entries), nil)
	for k, i := range s.entries {
		v := 0.1 * float64(1+k%3) * float64(1-k%2*2)
		at[i] += v
		c.SetVec(k, v)
	}
	res := make([]float64, rows)
	if m.Residuals(res, nil, at, 0) != "" {
		return false
	}
	want := mat.NewVecDense(rows, nil)
	want.MulVec(s.x, c)
	for q, r := range res {
		if v := want.AtVec(q) - s.y[q]; math.Abs(r*m.sigma-v) > 1e-6*(1+math.Abs(v)) {
			return false
		}
	}
	return true
}

// normalEquations fills gram and right.
func (s *slopes) normalEquations() {
	rows, n := s.x.Dims()
	for c := range s.states {
		a, y := mat.NewDense(rows/s.states, n, nil), mat.NewVecDense(rows/s.states, nil)
		for k := range rows / s.states {
			a.SetRow(k, s.x.RawRowView(k*s.states+c))
			y.SetVec(k, s.y[k*s.states+c])
		}
		var g mat.SymDense
		g.SymOuterK(1, a.T())
		r := mat.NewVecDense(n, nil)
		r.MulVec(a.T(), y)
		s.gram, s.right = append(s.gram, &g), append(s.right, r)
	}
}

// libraryEntries lists the coefficients of libraries of terms, constants and low
// degrees first.
func (p *Problem) libraryEntries() []int {
	var constants, all []int
	for _, l := range p.Parts.Layers {
		if !l.Sparse {
			continue
		}
		for i := range l.Rows * l.Cols {
			all = append(all, l.W+i)
		}
		for i := 0; l.B >= 0 && i < l.Rows; i++ {
			constants = append(constants, l.B+i)
		}
	}
	return append(constants, all...)
}

// collinear is how much of a term, relative to its size, has to be new for it
// to be told from simpler ones.
const collinear = 1e-6

// redundant lists the terms that are combinations of simpler ones wherever the
// data have been, each with the columns of x it may be made of: what no data can tell
// apart must not be told apart by chance. The orthogonalisation goes twice over each
// term, so its digits hold.
func (s *slopes) redundant() map[int][]int {
	rows, n := s.x.Dims()
	out := map[int][]int{}
	var basis [][]float64 // orthonormal
	var kept []int
	col := make([]float64, rows)
	for k := range n {
		if s.stop != nil && s.stop() { // what it is for ends too
			return out
		}
		mat.Col(col, k, s.x)
		size := floats.Norm(col, 2)
		if size == 0 {
			out[s.entries[k]] = nil
			continue
		}
		for range 2 {
			for _, e := range basis {
				floats.AddScaled(col, -floats.Dot(col, e), e)
			}
		}
		if left := floats.Norm(col, 2); left > collinear*size {
			e := append([]float64{}, col...)
			floats.Scale(1/left, e)
			basis, kept = append(basis, e), append(kept, k)
			continue
		}
		out[s.entries[k]] = kept[:len(kept):len(kept)]
	}
	return out
}

// combination are the entries of the terms among kept that make up that of entry i of θ.
// It takes as long as a fit of them.
func (s *slopes) combination(i int, kept []int) []int {
	k := slices.Index(s.entries, i)
	rows, _ := s.x.Dims()
	if k < 0 || len(kept) == 0 {
		return nil
	}
	a := mat.NewDense(rows, len(kept), nil)
	for j, c := range kept {
		col := mat.Col(nil, c, s.x)
		if v := floats.Norm(col, 2); v > 0 {
			floats.Scale(1/v, col)
		}
		a.SetCol(j, col)
	}
	var w mat.VecDense
	col := mat.Col(nil, k, s.x)
	floats.Scale(1/floats.Norm(col, 2), col)
	if w.SolveVec(a, mat.NewVecDense(rows, col)) != nil {
		return nil
	}
	var parts []int
	for j, c := range kept {
		if math.Abs(w.AtVec(j)) > 0.01 {
			parts = append(parts, s.entries[c])
		}
	}
	return parts
}

// sparseRounds is how often precisions are re-estimated on slopes.
const sparseRounds = 60

// sparse estimates the coefficients with a precision each, and the errors of each
// state's slopes, by maximising the evidence of the slopes; terms off are left
// out. Errors of neighbouring slopes are alike, so each row counts only as much
// as their memory allows.
//
// Source: Tipping, J. Machine Learning Research 1 (2001) 211–244.
func (s *slopes) sparse(off map[int][]int) (mean, prec []float64, ok bool) {
	n := len(s.entries)
	mean, prec = make([]float64, n), make([]float64, n)
	var use []int
	for k, i := range s.entries {
		prec[k] = 1
		if _, gone := off[i]; gone {
			prec[k] = precisionOff
		} else {
			use = append(use, k)
		}
	}
	noise := make([]float64, s.states)
	for c := range noise {
		noise[c] = 0.1
	}
	for range sparseRounds {
		if s.stop != nil && s.stop() {
			return mean, prec, false
		}
		var variance []float64
		if variance, ok = s.posterior(use, mean, prec, noise); !ok {
			return mean, prec, false
		}
		determined, change := make([]float64, s.states), 0.0
		left := use[:0:0]
		for j, k := range use {
			gamma := max(1e-6, 1-prec[k]*variance[j])
			determined[s.owner(k)] += gamma
			old := prec[k]
			if prec[k] = max(precisionLeast, gamma/(mean[k]*mean[k]+1e-12)); prec[k] > precisionSlopes {
				prec[k], mean[k] = precisionOff, 0
			} else {
				left = append(left, k)
			}
			change = max(change, math.Abs(math.Log(prec[k]/old)))
		}
		use = left
		s.renoise(noise, mean, determined)
		if change < 0.02 {
			break
		}
	}
	return mean, prec, true
}

// precisionSlopes is where a term is given up on slopes: its coefficient is
// then below a thousandth of what slopes are.
const precisionSlopes = 1e6

// owner is the state whose slopes term k has most to do with.
func (s *slopes) owner(k int) int {
	best := 0
	for c, g := range s.gram {
		if g.At(k, k) > s.gram[best].At(k, k) {
			best = c
		}
	}
	return best
}

// posterior sets the mean of the terms in use and returns their variances.
func (s *slopes) posterior(use []int, mean, prec, noise []float64) (variance []float64, ok bool) {
	n := len(use)
	if n == 0 {
		return nil, true
	}
	h, rhs := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	for c, g := range s.gram {
		w := 1 / (noise[c] * noise[c])
		for j, k := range use {
			rhs.SetVec(j, rhs.AtVec(j)+w*s.right[c].AtVec(k))
			for i, l := range use[:j+1] {
				h.SetSym(i, j, h.At(i, j)+w*g.At(l, k))
			}
		}
	}
	for j, k := range use {
		h.SetSym(j, j, h.At(j, j)*(1+1e-13)+prec[k])
	}
	var c mat.Cholesky
	if !c.Factorize(h) {
		return nil, false
	}
	var w mat.VecDense
	var inv mat.SymDense
	// What these say is how well conditioned h is; the answers are there all the same.
	_, _ = c.SolveVecTo(&w, rhs), c.InverseTo(&inv)
	for j, k := range use {
		mean[k] = w.AtVec(j)
		variance = append(variance, inv.At(j, j))
	}
	return variance, true
}

// renoise estimates the error of each state's slopes, larger where errors are
// remembered from row to row.
func (s *slopes) renoise(noise, mean, determined []float64) {
	rows, n := s.x.Dims()
	res := mat.NewVecDense(rows, nil)
	res.MulVec(s.x, mat.NewVecDense(n, mean))
	for c := range noise {
		var e []float64
		for q := c; q < rows; q += s.states {
			e = append(e, res.AtVec(q)-s.y[q])
		}
		left := max(0.1*float64(len(e)), float64(len(e))-determined[c])
		rho := min(0.9, max(0, lagOne(e)))
		noise[c] = max(1e-4, math.Sqrt(floats.Dot(e, e)/left*(1+rho)/(1-rho)))
	}
}

// lagOne is the correlation of neighbours.
func lagOne(e []float64) float64 {
	sum, square := 0.0, 0.0
	for i, v := range e {
		square += v * v
		if i > 0 {
			sum += v * e[i-1]
		}
	}
	if square == 0 {
		return 0
	}
	return sum / square
}

// withoutRedundant switches the terms off that the data cannot tell from simpler
// ones.
func (b *bayes) withoutRedundant(off map[int][]int) {
	for i := range off {
		b.prec[i], b.z[i] = precisionOff, 0
	}
}

// sortedKeys are the keys in ascending order.
func sortedKeys(m map[int][]int) []int {
	var keys []int
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
