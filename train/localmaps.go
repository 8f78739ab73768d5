package train

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
)

// localMap is what rows tell of a field around one of them: the Jacobian, and the
// directions in which neighbours lie, by how far they do.
type localMap struct {
	at     place
	jac    []float64 // d × d, row-major, scaled units; nil: not known
	step   []float64 // d × d: what becomes of displacements from the row at which the map begins
	along  []float64 // d unit vectors, the widest first
	spread []float64 // of neighbours along each, root mean square
}

// localMaps estimates Jacobians from maps fitted to neighbours.
type localMaps struct {
	near  *neighbours
	count int // neighbours
	ahead int // rows of a map
}

// coarseFactor is how many times longer rows are alike than a local map goes.
const coarseFactor = 10

// newLocalMaps prepares maps from so many neighbours; 0: twice as many as a quadratic
// map has terms.
func newLocalMaps(p *Problem, all []measured, count, theiler int, apart float64, raw bool) *localMaps {
	d := len(p.Train[0].Names)
	if count == 0 {
		count = 2 * quadraticTerms(d)
	}
	if theiler == 0 {
		theiler = likeRows(all, d)
	}
	ahead := 2 * max(1, theiler/(2*coarseFactor)) // even: a map is that of the row half way
	least := apart * math.Sqrt(2*float64(d)) * p.stateNoise(raw)
	return &localMaps{near: newNeighbours(all, d, ahead, theiler, least, false), count: count, ahead: ahead}
}

func quadraticTerms(d int) int { return 1 + d + d*(d+1)/2 }

// of is the local map from a place on. Where neighbours are enough it is of second order,
//
//	(x_j − x_i)(t + h) = c + A·v + quadratic terms of v,  v = (x_j − x_i)(t),
//
// by weighted least squares (tricube), and the Jacobian is 2(A − 1)(A + 1)⁻¹/h, at the
// row half way.
func (l *localMaps) of(at place) localMap {
	d, found := l.near.d, l.near.of(at, l.count)
	m := localMap{at: place{at.rec, at.row + l.ahead/2}}
	terms := quadraticTerms(d)
	if len(found) < terms+d {
		terms = 1 + d
	}
	if len(found) < terms+1 {
		return m
	}
	m.principal(l.near, found, l.ahead/2)
	h, a := l.fit(at, found, terms)
	if a == nil {
		return m
	}
	plus, minus := mat.NewDense(d, d, nil), mat.NewDense(d, d, nil)
	for i := range d {
		for j := range d {
			one := 0.0
			if i == j {
				one = 1
			}
			plus.Set(i, j, a.At(j, i)+one)
			minus.Set(i, j, a.At(j, i)-one)
			m.step = append(m.step, a.At(j, i))
		}
	}
	// J = 2(A − 1)(A + 1)⁻¹/h: both factors commute, so (A + 1)·J = 2(A − 1)/h.
	var jac mat.Dense
	if jac.Solve(plus, minus) != nil {
		return m
	}
	jac.Scale(2/h, &jac)
	if raw := jac.RawMatrix().Data; num.AllFinite(raw) {
		m.jac = append([]float64{}, raw...)
	}
	return m
}

// fit returns the time h and the linear part of the map, one row a coordinate of v.
func (l *localMaps) fit(at place, found []num.Neighbour, terms int) (h float64, a *mat.Dense) {
	d := l.near.d
	rec := &l.near.rows[at.rec]
	h = rec.t[at.row+l.ahead] - rec.t[at.row]
	widest := math.Sqrt(found[len(found)-1].Square) * (1 + 1e-9)
	gram, right := mat.NewSymDense(terms, nil), mat.NewDense(terms, d, nil)
	row := make([]float64, terms)
	for _, f := range found {
		to := l.near.at[f.Index]
		other := &l.near.rows[to.rec]
		if step := other.t[to.row+l.ahead] - other.t[to.row]; math.Abs(step-h) > sameStep*h {
			continue
		}
		u := math.Sqrt(f.Square) / widest
		w := math.Pow(1-u*u*u, 3)
		features(row, l.near.state(at), l.near.state(to), widest)
		for i, v := range row {
			for j := i; j < terms; j++ {
				gram.SetSym(i, j, gram.At(i, j)+w*v*row[j])
			}
			for c := range d {
				moved := other.state[(to.row+l.ahead)*d+c] - rec.state[(at.row+l.ahead)*d+c]
				right.Set(i, c, right.At(i, c)+w*v*moved)
			}
		}
	}
	trace := 0.0
	for i := range terms {
		trace += gram.At(i, i)
	}
	for i := range terms {
		gram.SetSym(i, i, gram.At(i, i)+ridge*trace)
	}
	var chol mat.Cholesky
	if !chol.Factorize(gram) {
		return h, nil
	}
	var coef mat.Dense
	if chol.SolveTo(&coef, right) != nil {
		return h, nil
	}
	a = mat.NewDense(d, d, nil)
	for i := range d {
		for c := range d {
			a.Set(i, c, coef.At(1+i, c)/widest)
		}
	}
	return h, a
}

// ridge keeps directions without spread from counting without bound.
const ridge = 1e-12

// features are 1, v and, if there is room, the products of v, in units of size.
func features(row, x, y []float64, size float64) {
	d := len(x)
	row[0] = 1
	for c := range d {
		row[1+c] = (y[c] - x[c]) / size
	}
	if len(row) == 1+d {
		return
	}
	at := 1 + d
	for i := range d {
		for j := i; j < d; j++ {
			row[at] = row[1+i] * row[1+j]
			at++
		}
	}
}

// principal finds the directions in which neighbours lie so many rows later.
func (m *localMap) principal(n *neighbours, found []num.Neighbour, later int) {
	d := n.d
	v := mat.NewDense(len(found), d, nil)
	x := n.state(m.at)
	for i, f := range found {
		to := n.at[f.Index]
		for c, y := range n.state(place{to.rec, to.row + later}) {
			v.Set(i, c, y-x[c])
		}
	}
	var svd mat.SVD
	if !svd.Factorize(v, mat.SVDThinV) {
		return
	}
	var basis mat.Dense
	svd.VTo(&basis)
	_, have := basis.Dims()
	m.along, m.spread = make([]float64, have*d), svd.Values(nil)
	for j := range have {
		m.spread[j] /= math.Sqrt(float64(len(found)))
		for c := range d {
			m.along[j*d+c] = basis.At(c, j)
		}
	}
}

// known is the number of directions along which neighbours lie widely enough beside
// the widest one for a Jacobian to be known.
func (m *localMap) known() int {
	for j, s := range m.spread {
		if s < knownSpread*m.spread[0] {
			return j
		}
	}
	return len(m.spread)
}

// knownSpread is the least spread, in parts of the largest, of a direction of the
// sheet that data lie in. Sheets of chaotic flows are a hundredth as thick as wide.
const knownSpread = 0.05
