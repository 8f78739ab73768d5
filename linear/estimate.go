package linear

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
)

// search is how far maximise goes.
type search struct {
	rounds  int
	tol     float64 // relative reduction of the mean square at which it is over
	central bool    // derivatives by central differences
}

const (
	firstDamping = 1e-3
	mostDamping  = 1e8
	difference   = 1e-6
)

// maximise raises the likelihood by steps of climb. It returns the best unknowns, nil if the
// model cannot be followed where it begins.
func maximise(u *unknowns, r *records, s search) (*unknowns, *fitness) {
	first := u.evaluate(r)
	if first == nil {
		return nil, nil
	}
	x, best := climb(first, u.values(), func(x []float64) *fitness { return u.with(x).evaluate(r) }, s)
	if best == first {
		return u, best
	}
	return u.with(x), best
}

// climb raises a likelihood from x, where it is first, by Levenberg–Marquardt steps on the
// innovations, scaled so that their sum of squares is the likelihood; at is nil where it cannot
// be told.
func climb(first *fitness, x []float64, at func([]float64) *fitness, s search) ([]float64, *fitness) {
	best, damping := first, firstDamping
	for range s.rounds {
		gram, slope, ok := normal(at, best, x, s.central)
		if !ok {
			break
		}
		cost, lower := squares(best.resid), false
		for ; damping <= mostDamping; damping *= 4 {
			trial := damped(gram, slope, x, damping)
			fit := at(trial)
			if fit == nil || !(squares(fit.resid) < cost) {
				continue
			}
			lower = cost-squares(fit.resid) > s.tol*cost
			best, x = fit, trial
			damping = max(damping/8, 1e-12)
			break
		}
		if !lower {
			break
		}
	}
	return x, best
}

// normal are JᵀJ and Jᵀr, J by differences.
func normal(at func([]float64) *fitness, here *fitness, x []float64, central bool) (gram, slope []float64, ok bool) {
	n := len(x)
	columns := make([][]float64, n)
	for i := range n {
		h := difference * max(math.Abs(x[i]), 0.01)
		moved := slices.Clone(x)
		moved[i] += h
		up := at(moved)
		if up == nil {
			return nil, nil, false
		}
		low, width := here, h
		if central {
			moved[i] = x[i] - h
			if low = at(moved); low == nil {
				return nil, nil, false
			}
			width = 2 * h
		}
		for k, v := range low.resid {
			up.resid[k] = (up.resid[k] - v) / width
		}
		columns[i] = up.resid
	}
	gram, slope = make([]float64, n*n), make([]float64, n)
	for i := range n {
		for j := range i + 1 {
			gram[i*n+j] = dot(columns[i], columns[j])
			gram[j*n+i] = gram[i*n+j]
		}
		slope[i] = dot(columns[i], here.resid)
	}
	return gram, slope, true
}

// damped is x after a Levenberg–Marquardt step.
func damped(gram, slope, x []float64, damping float64) []float64 {
	n := len(x)
	a := slices.Clone(gram)
	mean := 0.0
	for i := range n {
		mean += gram[i*n+i] / float64(n)
	}
	for i := range n {
		a[i*n+i] += damping * (gram[i*n+i] + 1e-6*mean)
	}
	d, _ := solveSPD(a, slope, n)
	for i := range d {
		d[i] = x[i] - d[i]
	}
	return d
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// drive fills B, D and the constants with those that fit best while A and C stay:
// the outputs depend linearly on them and on the starts.
func (u *unknowns) drive(r *records, direct bool) bool {
	n, p, q := u.m.sizes()
	width := n*q + p*q
	gram, cross := make([]float64, width*width), make([]float64, width)
	steps := u.unit().steps(r)
	for i := range r.all {
		rec := &r.all[i]
		own := make([]float64, n*(width+1)) // what the start takes off, by elimination
		info := make([]float64, n*n)
		u.walk(rec, steps, func(k, c int, row, free []float64) {
			y := rec.z[k*p+c]
			for a := range width {
				if row[a] == 0 {
					continue
				}
				cross[a] += row[a] * y
				for b := range width {
					gram[a*width+b] += row[a] * row[b]
				}
			}
			for a := range n {
				for b := range n {
					info[a*n+b] += free[a] * free[b]
				}
				for b := range width {
					own[b*n+a] += free[a] * row[b]
				}
				own[width*n+a] += free[a] * y
			}
		})
		eliminate(info, own, gram, cross, n, width)
	}
	for a := range width {
		gram[a*width+a] += 1e-10*gram[a*width+a] + 1e-8
		if !direct && a >= n*q && (a-n*q)%q != q-1 {
			gram[a*width+a] = 1e300
		}
	}
	x, _ := solveSPD(gram, cross, width)
	if !num.AllFinite(x) {
		return false
	}
	u.m.B, u.m.D = slices.Clone(x[:n*q]), slices.Clone(x[n*q:])
	if !direct {
		u.m.onlyOffsets()
	}
	return true
}

// onlyOffsets leaves of what inputs do at once what the last one does, which is 1.
func (m *Model) onlyOffsets() {
	_, _, q := m.sizes()
	for a := range m.D {
		if a%q != q-1 {
			m.D[a] = 0
		}
	}
}

// eliminate takes the n unknowns of a start, of which info is the Gram matrix and own
// the products with the others, out of the normal equations of the others.
func eliminate(info, own, gram, cross []float64, n, width int) {
	last, _ := solveSPD(info, own[width*n:], n)
	for a := range width {
		x, _ := solveSPD(info, own[a*n:(a+1)*n], n)
		for b := range width {
			gram[a*width+b] -= dot(x, own[b*n:(b+1)*n])
		}
		cross[a] -= dot(last, own[a*n:(a+1)*n])
	}
}

// unit is the model driven by every input in every state alone: its inputs are the
// states' own.
type unit struct{ m *Model }

func (u *unknowns) unit() unit { return unit{&u.m} }

// unitStep has exp(hA) and, for held and for joined inputs, what an input into a state
// does to all of them.
type unitStep struct{ e, held, from, to []float64 }

func (w unit) steps(r *records) []unitStep {
	n := w.m.N
	out := make([]unitStep, len(r.lengths))
	for i, h := range r.lengths {
		s := unitStep{e: make([]float64, n*n), held: make([]float64, n*n), to: make([]float64, n*n), from: make([]float64, n*n)}
		phi(s.e, s.held, s.to, w.m.A, n, h)
		scale(s.held, h)
		scale(s.to, h)
		for j := range s.from {
			s.from[j] = s.held[j] - s.to[j]
		}
		out[i] = s
	}
	return out
}

// walk goes through the known values of a recording and tells how each depends on the
// entries of B, on those of D (row), and on the start (free).
func (u *unknowns) walk(rec *record, steps []unitStep, each func(k, c int, row, free []float64)) {
	n, p, q := u.m.sizes()
	width := n*q + p*q
	x, next := make([]float64, n*n*q), make([]float64, n*n*q) // x[c][i][j]: state i, driven in state j by input c
	power, other := make([]float64, n*n), make([]float64, n*n)
	eye(power, n)
	row, free := make([]float64, width), make([]float64, n)
	for k := range rec.rows {
		if k > 0 {
			s := &steps[rec.pace[k]]
			for c := range q {
				before, after := rec.v[(k-1)*q+c], rec.v[k*q+c]
				part, to := x[c*n*n:(c+1)*n*n], next[c*n*n:(c+1)*n*n]
				mul(to, s.e, part, n, n, n)
				for i := range to {
					if c == q-1 || u.m.Hold[c] {
						to[i] += s.held[i] * before
					} else {
						to[i] += s.from[i]*before + s.to[i]*after
					}
				}
			}
			x, next = next, x
			mul(other, s.e, power, n, n, n)
			power, other = other, power
		}
		for c := range p {
			if math.IsNaN(rec.z[k*p+c]) {
				continue
			}
			clear(row)
			for j := range n {
				free[j] = 0
				for i := range n {
					free[j] += u.m.C[c*n+i] * power[i*n+j]
					for in := range q {
						row[j*q+in] += u.m.C[c*n+i] * x[in*n*n+i*n+j]
					}
				}
			}
			for in := range q {
				row[n*q+c*q+in] = rec.v[k*q+in]
			}
			each(k, c, row, free)
		}
	}
}
