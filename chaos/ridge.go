package chaos

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
)

// ridge predicts the step to the next row linearly in features.
type ridge struct {
	d    int
	lift func() lift
	w    []float64 // features × d
}

// wildShare is how many deviations a row may be from the mean before a forecast holds
// still there: what runs away is wrong by then anyway.
const wildShare = 20

// fitRidge is the least-squares fit with a penalty on the weights; nil if it is singular.
func fitRidge(z []float64, d int, c candidate) *ridge {
	r := &ridge{d: d, lift: c.lift}
	l := c.lift()
	var gram, right []float64
	p, count := 0, 0.0
	for i := 0; i+d < len(z); i += d {
		phi, ok := l.next(z[i : i+d])
		if !ok {
			continue
		}
		if p == 0 {
			p = len(phi)
			gram, right = make([]float64, p*p), make([]float64, p*d)
		}
		count++
		for a, v := range phi {
			row := gram[a*p : (a+1)*p]
			for b := a; b < p; b++ {
				row[b] += v * phi[b]
			}
			for k := range d {
				right[a*d+k] += v * (z[i+d+k] - z[i+k])
			}
		}
	}
	if p == 0 {
		return nil
	}
	for a := range p {
		gram[a*p+a] += c.ridge * count
	}
	var chol mat.Cholesky
	if !chol.Factorize(mat.NewSymDense(p, gram)) {
		return nil
	}
	w := mat.NewDense(p, d, nil)
	if err := chol.SolveTo(w, mat.NewDense(p, d, right)); err != nil {
		return nil
	}
	r.w = w.RawMatrix().Data
	return r
}

// forecast runs freely behind the rows of history.
func (r *ridge) forecast(history []float64, n int) []float64 {
	d, l := r.d, r.lift()
	var phi []float64
	ok := false
	for i := 0; i < len(history); i += d {
		phi, ok = l.next(history[i : i+d])
	}
	now := append([]float64{}, history[len(history)-d:]...)
	out := make([]float64, 0, n*d)
	for range n {
		if ok {
			for a, v := range phi {
				for k := range d {
					now[k] += v * r.w[a*d+k]
				}
			}
		}
		for k, v := range now {
			if !(math.Abs(v) < wildShare) {
				now[k] = math.Copysign(wildShare, v)
				if v != v {
					now[k] = wildShare
				}
			}
		}
		out = append(out, now...)
		phi, ok = l.next(now)
	}
	return out
}

// delays keeps the last rows.
type delays struct {
	d, count, lag int
	past          []float64
	phi, lagged   []float64
	features      func(phi, lagged []float64) []float64
}

func (l *delays) next(row []float64) ([]float64, bool) {
	keep := ((l.count-1)*l.lag + 1) * l.d
	if l.past = append(l.past, row...); len(l.past) < keep {
		return nil, false
	}
	if len(l.past) > 4096+keep {
		l.past = append(l.past[:0], l.past[len(l.past)-keep:]...)
	}
	l.lagged = l.lagged[:0]
	for k := range l.count {
		at := len(l.past) - (k*l.lag+1)*l.d
		l.lagged = append(l.lagged, l.past[at:at+l.d]...)
	}
	l.phi = l.features(l.phi[:0], l.lagged)
	return l.phi, true
}

var ridges = []float64{1e-12, 1e-9, 1e-6, 1e-4, 1e-2}

// mostPolynomial features of a candidate.
const mostPolynomial = 400

// polynomials are the candidates of ng-rc: delays, and products of two of them.
func polynomials(d int) []candidate {
	var out []candidate
	for _, c := range [][2]int{{1, 1}, {2, 1}, {2, 3}, {3, 1}, {3, 2}} {
		m := c[0] * d
		if c[0] > 1 && 1+m+m*(m+1)/2 > mostPolynomial {
			continue
		}
		for _, v := range ridges {
			out = append(out, candidate{fmt.Sprintf("%d delays %d rows apart, ridge %g", c[0], c[1], v), func() lift {
				return &delays{d: d, count: c[0], lag: c[1], features: products}
			}, v})
		}
	}
	return out
}

// products are 1, the values and the products of two.
func products(phi, v []float64) []float64 {
	phi = append(append(phi, 1), v...)
	for i, a := range v {
		for _, b := range v[i:] {
			phi = append(phi, a*b)
		}
	}
	return phi
}

const randomCount = 300

// randomFeatures are tanh(W·delays + b) beside the delays themselves.
func randomFeatures(d int, seed uint64) []candidate {
	var out []candidate
	for _, c := range [][2]int{{1, 1}, {3, 1}} {
		for _, scale := range []float64{0.3, 1} {
			r := num.Stream(seed, "random features", uint64(c[0]))
			m := c[0] * d
			w, b := make([]float64, randomCount*m), make([]float64, randomCount)
			for i := range w {
				w[i] = scale * r.NormFloat64() / math.Sqrt(float64(c[0]))
			}
			for i := range b {
				b[i] = 2*r.Float64() - 1
			}
			features := func(phi, v []float64) []float64 {
				phi = append(append(phi, 1), v...)
				for i, s := range b {
					for k, x := range v {
						s += w[i*m+k] * x
					}
					phi = append(phi, math.Tanh(s))
				}
				return phi
			}
			for _, v := range ridges {
				out = append(out, candidate{fmt.Sprintf("%d features of %d delays, scale %g, ridge %g", randomCount, c[0], scale, v), func() lift {
					return &delays{d: d, count: c[0], lag: c[1], features: features}
				}, v})
			}
		}
	}
	return out
}

const (
	reservoirSize   = 300
	reservoirDegree = 10  // connections of a unit
	reservoirSettle = 100 // rows that only bring it into its state
)

// reservoir is a random recurrent network with leak one: s ← tanh(A·s + W·row + b).
type reservoir struct {
	d, rows  int
	from     []int // of each connection
	a, w, b  []float64
	s, moved []float64
	phi      []float64
}

func (l *reservoir) next(row []float64) ([]float64, bool) {
	for i, v := range l.b {
		for k := range reservoirDegree {
			v += l.a[i*reservoirDegree+k] * l.s[l.from[i*reservoirDegree+k]]
		}
		for k, x := range row {
			v += l.w[i*l.d+k] * x
		}
		l.moved[i] = math.Tanh(v)
	}
	l.s, l.moved = l.moved, l.s
	l.phi = append(append(l.phi[:0], 1), row...)
	for i, v := range l.s {
		if i%2 == 1 {
			v *= v // squares of half of the units break the symmetry of tanh
		}
		l.phi = append(l.phi, v)
	}
	l.rows++
	return l.phi, l.rows > reservoirSettle
}

// reservoirs are the candidates of the echo state: sizes of feedback and input.
func reservoirs(d int, seed uint64) []candidate {
	var out []candidate
	for _, feedback := range []float64{0.4, 0.9} {
		for _, input := range []float64{0.1, 0.5} {
			r := num.Stream(seed, "reservoir")
			from, a := make([]int, reservoirSize*reservoirDegree), make([]float64, reservoirSize*reservoirDegree)
			for i := range from {
				// Random weights of variance 1/degree have a spectral radius of about 1.
				from[i], a[i] = r.IntN(reservoirSize), feedback*r.NormFloat64()/math.Sqrt(reservoirDegree)
			}
			w, b := make([]float64, reservoirSize*d), make([]float64, reservoirSize)
			for i := range w {
				w[i] = input * r.NormFloat64()
			}
			for i := range b {
				b[i] = input * (2*r.Float64() - 1)
			}
			for _, v := range ridges {
				out = append(out, candidate{fmt.Sprintf("%d units, feedback %g, input %g, ridge %g", reservoirSize, feedback, input, v), func() lift {
					return &reservoir{d: d, from: from, a: a, w: w, b: b, s: make([]float64, reservoirSize), moved: make([]float64, reservoirSize)}
				}, v})
			}
		}
	}
	return out
}
