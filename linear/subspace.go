package linear

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/mat"
)

// sampled is a recording on a regular grid.
type sampled struct{ z, v []float64 }

// start is what a subspace of lagged rows says: the most telling states first.
type start struct {
	h     float64 // distance of the grid
	order int     // most states
	x, z  *mat.Dense
	v     *mat.Dense // inputs and 1 beside x
	next  *mat.Dense // x of the next point
}

const (
	mostPast   = 24  // lags
	pastValues = 160 // lags × columns
	startRidge = 1e-8
)

// subspace finds states from which the rows to come can be told: the rows are
// regressed on lagged ones, and the states are the combinations of lags that matter
// most for all rows ahead. nil if there are too few rows.
//
// Source: Chiuso, Automatica 43 (2007) 1034–1048 (predictor-based subspaces).
func subspace(recs []sampled, p, m, order int, h float64) *start {
	rows := 0
	for _, r := range recs {
		rows += len(r.z) / p
	}
	lags := min(mostPast, pastValues/(p+m), rows/(4*(p+m)))
	lags = max(lags, min(order/p+1, rows/(3*(p+m))))
	if lags < 2 {
		return nil
	}
	g := newLags(recs, p, m, lags)
	if g.count < 2*(lags*(p+m)+m+1) {
		return nil
	}
	coef := g.regress()
	if coef == nil {
		return nil
	}
	order = min(order, lags*p, lags)
	u := g.telling(coef, order)
	if u == nil {
		return nil
	}
	return g.states(u, order, h)
}

// lags are the products of lagged rows with each other and with the present ones:
// regressors are z and v of lag 1, of lag 2, …, then the present v and 1.
type lags struct {
	recs  []sampled
	p, m  int
	n     int // lags
	width int // regressors
	past  int // of them of the past
	gram  *mat.SymDense
	cross *mat.Dense
	count int
}

func newLags(recs []sampled, p, m, n int) *lags {
	past := n * (p + m)
	g := &lags{recs: recs, p: p, m: m, n: n, past: past, width: past + m + 1}
	g.gram, g.cross = mat.NewSymDense(g.width, nil), mat.NewDense(g.width, p, nil)
	raw, cross := g.gram.RawSymmetric(), g.cross.RawMatrix()
	row := make([]float64, g.width)
	for _, r := range recs {
		for k := n; k < len(r.z)/p; k++ {
			g.regressors(row, r, k)
			for i, a := range row {
				to := raw.Data[i*raw.Stride : i*raw.Stride+g.width]
				for j := i; j < g.width; j++ {
					to[j] += a * row[j]
				}
				for c := range p {
					cross.Data[i*cross.Stride+c] += a * r.z[k*p+c]
				}
			}
			g.count++
		}
	}
	return g
}

func (g *lags) regressors(row []float64, r sampled, k int) {
	at := 0
	for l := 1; l <= g.n; l++ {
		at += copy(row[at:], r.z[(k-l)*g.p:(k-l+1)*g.p])
		at += copy(row[at:], r.v[(k-l)*(g.m+1):(k-l)*(g.m+1)+g.m])
	}
	copy(row[at:], r.v[k*(g.m+1):(k+1)*(g.m+1)])
}

func (g *lags) regress() *mat.Dense {
	a := mat.NewSymDense(g.width, nil)
	a.CopySym(g.gram)
	for i := range g.width {
		a.SetSym(i, i, a.At(i, i)*(1+startRidge)+startRidge*float64(g.count))
	}
	var chol mat.Cholesky
	coef := mat.NewDense(g.width, g.p, nil)
	if !chol.Factorize(a) || chol.SolveTo(coef, g.cross) != nil {
		return nil
	}
	return coef
}

// telling are the combinations of lags, order × past, that tell most of all rows
// ahead, each of unit variance.
func (g *lags) telling(coef *mat.Dense, order int) *mat.Dense {
	width, ahead := g.p+g.m, g.n*g.p
	all := mat.NewDense(ahead, g.past, nil) // what the past adds to row k+i
	for i := range g.n {
		for l := 0; l+i < g.n; l++ {
			for c := range g.p {
				for j := range width {
					all.Set(i*g.p+c, l*width+j, coef.At((l+i)*width+j, c))
				}
			}
		}
	}
	past := g.gram.SliceSym(0, g.past)
	var left mat.Dense
	left.Mul(all, past)
	var cov mat.Dense
	cov.Mul(&left, all.T())
	sym := mat.NewSymDense(ahead, nil)
	for i := range ahead {
		for j := i; j < ahead; j++ {
			sym.SetSym(i, j, (cov.At(i, j)+cov.At(j, i))/2/float64(g.count))
		}
	}
	var e mat.EigenSym
	if !e.Factorize(sym, true) {
		return nil
	}
	values := e.Values(nil)
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	u := mat.NewDense(order, g.past, nil)
	for i := range order {
		k := ahead - 1 - i
		for j := range g.past {
			sum := 0.0
			for r := range ahead {
				sum += vectors.At(r, k) * all.At(r, j)
			}
			u.Set(i, j, sum/math.Sqrt(max(values[k], 1e-300)))
		}
	}
	return u
}

// states are the sequences of states, outputs and inputs, a row a grid point, and
// the states of the point behind.
func (g *lags) states(u *mat.Dense, order int, h float64) *start {
	n := 0
	for _, r := range g.recs {
		n += max(0, len(r.z)/g.p-g.n-1)
	}
	if n < 2*order+g.m+2 {
		return nil
	}
	s := &start{h: h, order: order, x: mat.NewDense(n, order, nil), next: mat.NewDense(n, order, nil),
		z: mat.NewDense(n, g.p, nil), v: mat.NewDense(n, g.m+1, nil)}
	row, at := make([]float64, g.width), 0
	state := func(dst []float64) {
		for i := range dst {
			sum := 0.0
			for j, w := range u.RawRowView(i) {
				sum += w * row[j]
			}
			dst[i] = sum
		}
	}
	for _, r := range g.recs {
		last := len(r.z)/g.p - 1
		for k := g.n; k < last; k++ {
			g.regressors(row, r, k)
			state(s.x.RawRowView(at))
			g.regressors(row, r, k+1)
			state(s.next.RawRowView(at))
			copy(s.z.RawRowView(at), r.z[k*g.p:(k+1)*g.p])
			copy(s.v.RawRowView(at), r.v[k*(g.m+1):(k+1)*(g.m+1)])
			at++
		}
	}
	return s
}

// law is the sampled law of the n most telling states: x₊ = F·x + … + K·e and
// z = C·x + … + e. ok is false if there is none.
func (s *start) law(n int) (f, c, k *mat.Dense, ok bool) {
	rows, _ := s.x.Dims()
	_, p := s.z.Dims()
	_, q := s.v.Dims()
	in := mat.NewDense(rows, n+q, nil)
	for i := range rows {
		copy(in.RawRowView(i), s.x.RawRowView(i)[:n])
		copy(in.RawRowView(i)[n:], s.v.RawRowView(i))
	}
	out, ok := regress(in, s.z)
	if !ok {
		return nil, nil, nil, false
	}
	var e mat.Dense
	e.Mul(in, out)
	e.Sub(s.z, &e)
	wide := mat.NewDense(rows, n+q+p, nil)
	for i := range rows {
		copy(wide.RawRowView(i), in.RawRowView(i))
		copy(wide.RawRowView(i)[n+q:], e.RawRowView(i))
	}
	next := s.next.Slice(0, rows, 0, n)
	law, ok := regress(wide, next)
	if !ok {
		return nil, nil, nil, false
	}
	return mat.DenseCopyOf(law.Slice(0, n, 0, n).T()), mat.DenseCopyOf(out.Slice(0, n, 0, p).T()),
		mat.DenseCopyOf(law.Slice(n+q, n+q+p, 0, n).T()), true
}

// regress is the least-squares solution of in·b = out.
func regress(in, out mat.Matrix) (*mat.Dense, bool) {
	_, w := in.Dims()
	_, p := out.Dims()
	var gram, cross mat.Dense
	gram.Mul(in.T(), in)
	cross.Mul(in.T(), out)
	sym := mat.NewSymDense(w, nil)
	for i := range w {
		for j := i; j < w; j++ {
			sym.SetSym(i, j, gram.At(i, j))
		}
		sym.SetSym(i, i, gram.At(i, i)*(1+startRidge)+1e-12)
	}
	var chol mat.Cholesky
	b := mat.NewDense(w, p, nil)
	if !chol.Factorize(sym) || chol.SolveTo(b, &cross) != nil {
		return nil, false
	}
	return b, true
}

// grid puts recordings on a regular grid: straight lines join the known values,
// inputs are held or joined as the model has it.
func (m *Model) grid(r *records, times [][]float64, h float64) []sampled {
	_, p, q := m.sizes()
	var out []sampled
	for i := range r.all {
		rec, t := &r.all[i], times[i]
		n := 1 + int((t[rec.rows-1]-t[0])/h+1e-6)
		s := sampled{z: make([]float64, n*p), v: make([]float64, n*q)}
		for c := range p {
			fill(s.z, rec.z, t, p, c, t[0], h, false)
		}
		for c := range q {
			fill(s.v, rec.v, t, q, c, t[0], h, c < q-1 && m.Hold[c])
		}
		out = append(out, s)
	}
	return out
}

// fill puts column c of values, width columns wide, on the grid.
func fill(dst, values, t []float64, width, c int, t0, h float64, hold bool) {
	var at, v []float64
	for k := range t {
		if y := values[k*width+c]; !math.IsNaN(y) {
			at, v = append(at, t[k]), append(v, y)
		}
	}
	if len(at) == 0 {
		return
	}
	for k := range len(dst) / width {
		x := t0 + float64(k)*h
		i := sort.SearchFloat64s(at, x-1e-6*h)
		y := v[len(v)-1]
		switch {
		case i == 0:
			y = v[0]
		case i < len(at) && at[i] <= x+1e-6*h:
			y = v[i]
		case i < len(at) && hold:
			y = v[i-1]
		case i < len(at):
			y = v[i-1] + (x-at[i-1])/(at[i]-at[i-1])*(v[i]-v[i-1])
		}
		dst[k*width+c] = y
	}
}
