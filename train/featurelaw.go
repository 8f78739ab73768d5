package train

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// slopedRows are the smoothed rows of a recording with their slopes, scaled.
type slopedRows struct {
	d     int
	x, dx []float64 // rows × d; NaN where a column is not seen for long
	h     []float64 // time from each row to the next, scaled
}

func (s *slopedRows) rows() int { return len(s.x) / s.d }

func (s *slopedRows) from(n int) *slopedRows {
	n = min(n, s.rows())
	return &slopedRows{s.d, s.x[n*s.d:], s.dx[n*s.d:], s.h[n:]}
}

func (s *slopedRows) to(n int) *slopedRows {
	return &slopedRows{s.d, s.x[:n*s.d], s.dx[:n*s.d], s.h[:n]}
}

// usable is how many rows have slopes.
func (s *slopedRows) usable() int {
	n := 0
	for i := range s.rows() {
		if num.AllFinite(s.dx[i*s.d : (i+1)*s.d]) {
			n++
		}
	}
	return n
}

// slopedRows are those of the training rows.
func (p *Problem) slopedRows() []*slopedRows {
	var all []*slopedRows
	for rec, m := range p.measurements(false) {
		d := len(p.Train[rec].Names)
		s := &slopedRows{d: d, x: slices.Clone(m.state), dx: make([]float64, len(m.state)), h: make([]float64, len(m.t))}
		for k, t := range m.t {
			if k+1 < len(m.t) {
				s.h[k] = m.t[k+1] - t
			}
			for c := range d {
				s.dx[k*d+c] = p.Splines[rec][c].Derivative(t)
				if k < featureEdge || k >= len(m.t)-featureEdge || anyWithin(m.blind, t) {
					s.dx[k*d+c] = math.NaN()
				}
				if anyWithin(m.blind, t) {
					s.x[k*d+c] = math.NaN()
				}
			}
		}
		all = append(all, s)
	}
	return all
}

// drawn are random features of d states.
type drawn struct {
	d    int
	w, b []float64
}

func drawFeatures(seed uint64, member, count, d int, spread float64) *drawn {
	r := num.Stream(seed, "random features", uint64(member))
	f := &drawn{d: d, w: make([]float64, count*d), b: make([]float64, count)}
	for i := range f.w {
		f.w[i] = spread * r.NormFloat64()
	}
	for i := range f.b {
		f.b[i] = featureBias * (2*r.Float64() - 1)
	}
	return f
}

// size is the number of features with 1 and the states themselves, which come first.
func (f *drawn) size() int { return 1 + f.d + len(f.b) }

// at writes the features of a state.
func (f *drawn) at(phi, x []float64) {
	phi[0] = 1
	copy(phi[1:], x)
	for i, s := range f.b {
		for k, v := range x {
			s += f.w[i*f.d+k] * v
		}
		phi[1+f.d+i] = math.Tanh(s)
	}
}

// featureEquations are the normal equations of the fit.
type featureEquations struct {
	of    *drawn
	gram  *mat.SymDense
	right *mat.Dense // features × states
	rows  float64
}

func (f *drawn) equations(all []*slopedRows) *featureEquations {
	p, rows := f.size(), 0
	for _, s := range all {
		rows += s.usable()
	}
	a, y := mat.NewDense(max(1, rows), p, nil), mat.NewDense(max(1, rows), f.d, nil)
	at := 0
	for _, s := range all {
		for i := range s.rows() {
			if slope := s.dx[i*f.d : (i+1)*f.d]; num.AllFinite(slope) {
				f.at(a.RawRowView(at), s.x[i*f.d:(i+1)*f.d])
				y.SetRow(at, slope)
				at++
			}
		}
	}
	e := &featureEquations{of: f, gram: mat.NewSymDense(p, nil), right: mat.NewDense(p, f.d, nil), rows: float64(rows)}
	e.gram.SymOuterK(1, a.T())
	e.right.Mul(a.T(), y)
	return e
}

// solve is the law of least squares with a ridge; nil if there is none.
func (e *featureEquations) solve(ridge float64) *featureLaw {
	p := e.of.size()
	g := mat.NewSymDense(p, nil)
	g.CopySym(e.gram)
	for i := range p {
		g.SetSym(i, i, g.At(i, i)+ridge*e.rows)
	}
	var chol mat.Cholesky
	if !chol.Factorize(g) {
		return nil
	}
	w := mat.NewDense(p, e.of.d, nil)
	if err := chol.SolveTo(w, e.right); err != nil && !num.AllFinite(w.RawMatrix().Data) {
		return nil
	}
	return &featureLaw{of: e.of, w: w.RawMatrix().Data}
}

// featureLaw is a field: w has a row a feature.
type featureLaw struct {
	of *drawn
	w  []float64
}

// slope is the field at x; phi is room for the features.
func (l *featureLaw) slope(dx, phi, x []float64) {
	l.of.at(phi, x)
	d := l.of.d
	clear(dx)
	for a, v := range phi {
		for k := range d {
			dx[k] += v * l.w[a*d+k]
		}
	}
}

// valid is the mean number of rows that runs from origins spread over the rows stay near
// them; of two that never leave, the one with the smaller error is ahead by a part of a row.
func (l *featureLaw) valid(all []*slopedRows) float64 {
	sum, count := 0.0, 0
	for _, s := range all {
		n := max(1, featureOrigins/len(all))
		ahead := s.rows() / 2
		for k := range n {
			at := k * (s.rows() - ahead) / n
			if at < s.rows() && num.AllFinite(s.x[at*s.d:(at+1)*s.d]) {
				sum, count = sum+l.run(s, at, at+ahead), count+1
			}
		}
	}
	return sum / float64(max(1, count))
}

// run follows the field by Runge and Kutta's method of order 4, a step a row.
func (l *featureLaw) run(s *slopedRows, at, end int) float64 {
	d := s.d
	x, y, phi := slices.Clone(s.x[at*d:(at+1)*d]), make([]float64, d), make([]float64, l.of.size())
	var k [4][]float64
	for i := range k {
		k[i] = make([]float64, d)
	}
	square := 0.0
	for i := at; i+1 < end; i++ {
		h := s.h[i]
		l.slope(k[0], phi, x)
		for j, c := range [3]float64{0.5, 0.5, 1} {
			for a := range y {
				y[a] = x[a] + c*h*k[j][a]
			}
			l.slope(k[j+1], phi, y)
		}
		e, seen := 0.0, 0.0
		for a := range x {
			x[a] += h / 6 * (k[0][a] + 2*k[1][a] + 2*k[2][a] + k[3][a])
			if v := s.x[(i+1)*d+a]; !math.IsNaN(v) {
				e, seen = e+(x[a]-v)*(x[a]-v), seen+1
			}
		}
		if seen > 0 && !(e/seen < featureValid*featureValid) {
			return float64(i - at)
		}
		square += e / max(1, seen)
	}
	return float64(end-1-at) + 1/(1+1e3*square/float64(max(1, end-1-at)))
}

// write puts the law into θ of a polynomial of degree 1 beside a network of one hidden layer.
func (l *featureLaw) write(theta []float64, q *Problem) {
	d := l.of.d
	poly, hidden, last := q.Parts.Layers[0], q.Parts.Layers[1], q.Parts.Layers[2]
	copy(theta[hidden.W:], l.of.w)
	copy(theta[hidden.B:], l.of.b)
	origin := q.Arch.(*field.PolyMLP).Origin(q.Parts.Frame)
	for c := range d {
		theta[poly.B+c] = l.w[c]
		for k := range d {
			v := l.w[(1+k)*d+c]
			theta[poly.W+c*poly.Cols+k] = v
			theta[poly.B+c] -= v * origin[k]
		}
		for i := range len(l.of.b) {
			theta[last.W+c*last.Cols+i] = l.w[(1+d+i)*d+c]
		}
	}
}
