package linear

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/data"
)

// record is a recording as a filter wants it.
type record struct {
	rows int
	z, v []float64   // scaled outputs and inputs of each row
	pace []int       // of each row: which length leads to it from the row before
	full []bool      // rows in which no output is missing
	stop func() bool // asked on the way through the rows; nil: never
}

// records are recordings with the lengths of all their steps.
type records struct {
	all     []record
	lengths []float64
	values  int
}

// stopRows is how many rows are gone through between two questions whether to stop.
const stopRows = 4096

// until has the rows be gone through no further once stop says so; nil: never.
func (r *records) until(stop func() bool) *records {
	for i := range r.all {
		r.all[i].stop = stop
	}
	return r
}

func (m *Model) records(series []data.Series) *records {
	r, known := &records{}, map[int64]int{}
	p := len(m.Outputs)
	for i := range series {
		s := &series[i]
		one := record{rows: s.Len(), z: m.outputs(s), v: m.drives(s), pace: make([]int, s.Len()), full: make([]bool, s.Len())}
		for k := range s.T {
			seen := 0
			for _, z := range one.z[k*p : (k+1)*p] {
				if !math.IsNaN(z) {
					seen++
				}
			}
			one.full[k] = seen == p
			r.values += seen
			if k == 0 {
				continue
			}
			h := s.T[k] - s.T[k-1]
			at, ok := known[stepKey(h)]
			if !ok {
				at = len(r.lengths)
				known[stepKey(h)] = at
				r.lengths = append(r.lengths, h)
			}
			one.pace[k] = at
		}
		r.all = append(r.all, one)
	}
	return r
}

// steps are the model's steps over all lengths.
func (r *records) steps(m *Model) []*step {
	s := newStepper(m, true)
	out := make([]*step, len(r.lengths))
	for i, h := range r.lengths {
		out[i] = m.step(h, s.noise)
	}
	return out
}

// filter goes through the rows of a recording. It begins at a state that is known
// with covariance P or, where P is nil, at one that is not known at all: then it
// carries along what the start changes, and settle tells the best start.
//
// Source of the second: de Jong, The Annals of Statistics 19 (1991) 1073–1083.
type filter struct {
	m       *Model
	n, p, q int
	x, P    []float64
	X       []float64 // ∂x/∂start; nil: the start is known, or forgotten
	gain    []float64 // n × p
	chol    []float64 // p × p, lower, of the covariance of an innovation
	frozen  bool      // gain and chol no longer change
	noisy   bool

	white  []float64 // whitened innovations, those of missing values left out
	effect []float64 // their derivatives by the start, n a value, as long as it matters
	logDet float64   // of all covariances of innovations
	info   []float64 // n × n: what the rows say of the start
	told   []float64 // n

	e, w, next      []float64
	pc, work, other []float64
	seen            []int
}

func newFilter(m *Model, mean, spread []float64) *filter {
	n, p, q := m.sizes()
	f := &filter{m: m, n: n, p: p, q: q, x: make([]float64, n), P: make([]float64, n*n), gain: make([]float64, n*p),
		chol: make([]float64, p*p), e: make([]float64, p), w: make([]float64, p*n), next: make([]float64, n),
		pc: make([]float64, n*p), work: make([]float64, n*n), other: make([]float64, n*n),
		info: make([]float64, n*n), told: make([]float64, n)}
	for _, v := range m.Q {
		f.noisy = f.noisy || v != 0
	}
	if spread != nil {
		copy(f.x, mean)
		copy(f.P, spread)
		f.noisy = true
	} else {
		f.X = make([]float64, n*n)
		eye(f.X, n)
	}
	return f
}

const (
	forgotten = 1e-13 // of the start, below which nothing of it is left
	steady    = 1e-13 // relative change of a covariance that is none
)

// run goes through all rows; false if the numbers leave all bounds. each, if not
// nil, is called behind every row.
func (f *filter) run(r *record, steps []*step, each func(k int)) bool {
	for k := range r.rows {
		if r.stop != nil && k%stopRows == 0 && r.stop() {
			return false
		}
		if k > 0 {
			f.move(steps[r.pace[k]], r.v[(k-1)*f.q:k*f.q], r.v[k*f.q:(k+1)*f.q], k > 1 && r.pace[k] == r.pace[k-1])
		}
		if !f.update(r.z[k*f.p:(k+1)*f.p], r.v[k*f.q:(k+1)*f.q], r.full[k]) {
			return false
		}
		if each != nil {
			each(k)
		}
	}
	return true
}

// move goes to the next row; alike says that the step has the length of the one before.
func (f *filter) move(s *step, v, after []float64, alike bool) {
	n := f.n
	s.move(f.next, f.x, v, after)
	f.x, f.next = f.next, f.x
	if f.X != nil {
		mul(f.work, s.e, f.X, n, n, n)
		f.X, f.work = f.work, f.X
		most := 0.0
		for _, w := range f.X {
			most = max(most, math.Abs(w))
		}
		if most < forgotten {
			f.X = nil
		}
	}
	if f.frozen && alike || !f.noisy {
		return
	}
	f.frozen = false
	sandwich(f.other, s.e, f.P, f.work, n)
	for i := range f.other {
		if s.q != nil {
			f.other[i] += s.q[i]
		}
	}
	f.P, f.other = f.other, f.P
}

// update takes in a row.
func (f *filter) update(z, v []float64, full bool) bool {
	n, p := f.n, f.p
	f.m.observe(f.e, f.x, v)
	f.seen = f.seen[:0]
	for i := range p {
		if !math.IsNaN(z[i]) {
			f.e[len(f.seen)] = z[i] - f.e[i]
			f.seen = append(f.seen, i)
		}
	}
	if len(f.seen) == 0 {
		f.frozen = false
		return true
	}
	if !(f.frozen && full) {
		f.frozen = false
		if !f.weigh(full) {
			return false
		}
	}
	s := len(f.seen)
	for i := range s {
		w := f.e[i]
		for j := range i {
			w -= f.chol[i*p+j] * f.white[len(f.white)-i+j]
		}
		w /= f.chol[i*p+i]
		f.white = append(f.white, w)
		f.logDet += 2 * math.Log(f.chol[i*p+i])
	}
	if !(math.Abs(f.white[len(f.white)-1]) < 1e100) {
		return false
	}
	if f.X != nil {
		f.credit(s)
	}
	if f.noisy {
		for i := range n {
			for j := range s {
				f.x[i] += f.gain[i*p+j] * f.e[j]
			}
		}
	}
	return true
}

// weigh computes the covariance of an innovation, its factor, the gain, and the
// covariance behind the row.
func (f *filter) weigh(full bool) bool {
	if !f.innovate() {
		return false
	}
	if !f.noisy {
		f.frozen = full
		return true
	}
	change, size := f.correct()
	f.frozen = full && change <= steady*size
	return true
}

// innovate makes pc = P·Cᵀ and the Cholesky factor of the variance of the innovations;
// false if that is none.
func (f *filter) innovate() bool {
	n, p := f.n, f.p
	clear(f.pc)
	if f.noisy {
		for i := range n {
			for j, c := range f.seen {
				for l := range n {
					f.pc[i*p+j] += f.P[i*n+l] * f.m.C[c*n+l]
				}
			}
		}
	}
	for i, c := range f.seen {
		for j := range i + 1 {
			v := 0.0
			if i == j {
				v = f.m.R[c]
			}
			for l := range n {
				v += f.m.C[c*n+l] * f.pc[l*p+j]
			}
			for l := range j {
				v -= f.chol[i*p+l] * f.chol[j*p+l]
			}
			if i == j {
				if !(v > 0) {
					return false
				}
				f.chol[i*p+i] = math.Sqrt(v)
			} else {
				f.chol[i*p+j] = v / f.chol[j*p+j]
			}
		}
	}
	return true
}

// correct makes the gain and the variance after the rows, and tells by how much the
// gain changed and how large it is.
func (f *filter) correct() (change, size float64) {
	n, p, s := f.n, f.p, len(f.seen)
	for i := range n { // gain = pc·S⁻¹; P −= (pc·L⁻ᵀ)(pc·L⁻ᵀ)ᵀ
		g := f.gain[i*p : (i+1)*p]
		for j := range s {
			v := f.pc[i*p+j]
			for l := range j {
				v -= f.chol[j*p+l] * f.pc[i*p+l]
			}
			f.pc[i*p+j] = v / f.chol[j*p+j]
		}
		for j := s - 1; j >= 0; j-- {
			v := f.pc[i*p+j]
			for l := j + 1; l < s; l++ {
				v -= f.chol[l*p+j] * g[l]
			}
			v /= f.chol[j*p+j]
			change, size = max(change, math.Abs(v-g[j])), max(size, math.Abs(v))
			g[j] = v
		}
	}
	for i := range n {
		for l := range n {
			for j := range s {
				f.P[i*n+l] -= f.pc[i*p+j] * f.pc[l*p+j]
			}
		}
	}
	return change, size
}

// credit notes what the s values of this row say of the start.
func (f *filter) credit(s int) {
	n, p := f.n, f.p
	first := len(f.white) - s
	for len(f.effect) < first*n {
		f.effect = append(f.effect, 0)
	}
	cx := f.w[:s*n]
	for i, c := range f.seen {
		for j := range n {
			v := 0.0
			for l := range n {
				v += f.m.C[c*n+l] * f.X[l*n+j]
			}
			cx[i*n+j] = v
		}
	}
	if f.noisy {
		for i := range n {
			for j := range n {
				for l := range s {
					f.X[i*n+j] -= f.gain[i*p+l] * cx[l*n+j]
				}
			}
		}
	}
	for i := range s {
		row := cx[i*n : (i+1)*n]
		for j := range row {
			for l := range i {
				row[j] -= f.chol[i*p+l] * cx[l*n+j]
			}
			row[j] /= f.chol[i*p+i]
		}
		f.effect = append(f.effect, row...)
		for a := range n {
			f.told[a] += row[a] * f.white[first+i]
			for b := range n {
				f.info[a*n+b] += row[a] * row[b]
			}
		}
	}
}

// settle finds the start that makes the whitened innovations least and takes its
// part out of them. It returns the start and the logarithm of det(info).
//
// What the rows say nothing of, such as the part of a wave of two rows that they always miss, is zero
// where steady is a part of what they say of the best known state; 0: it is what rounding makes it.
func (f *filter) settle(steady float64) (start []float64, logDet float64) {
	top := 0.0
	for i := range f.n {
		top = max(top, f.info[i*f.n+i])
	}
	for i := range f.n {
		f.info[i*f.n+i] += steady * top
	}
	start, logDet = solveSPD(f.info, f.told, f.n)
	for i := range len(f.effect) / f.n {
		for j, v := range f.effect[i*f.n : (i+1)*f.n] {
			f.white[i] -= v * start[j]
		}
	}
	return start, logDet
}

// Filter is the state behind the last row of a recording and its covariance, given
// its rows and, before the first, what is known of states in general. Both are in
// the scaled states of the model.
func (m *Model) Filter(s *data.Series) (x, cov []float64, err error) {
	if err := m.check(s); err != nil {
		return nil, nil, err
	}
	r := m.records([]data.Series{*s})
	f := newFilter(m, m.Mean, m.Spread)
	if !f.run(&r.all[0], r.steps(m), nil) {
		return nil, nil, fmt.Errorf("the linear model cannot be followed through recording %q", s.ID)
	}
	return f.x, f.P, nil
}

// LogLikelihood is that of recordings whose starts are known no better than the
// model says of states in general.
func (m *Model) LogLikelihood(series []data.Series) (float64, error) {
	sum := 0.0
	for i := range series {
		if err := m.check(&series[i]); err != nil {
			return 0, err
		}
	}
	r := m.records(series)
	steps := r.steps(m)
	for i := range r.all {
		f := newFilter(m, m.Mean, m.Spread)
		if !f.run(&r.all[i], steps, nil) {
			return math.Inf(-1), nil
		}
		sum -= (f.logDet + squares(f.white) + float64(len(f.white))*math.Log(2*math.Pi)) / 2
	}
	return sum, nil
}

func squares(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	return sum
}
