package model

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model/noise"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// window are the distances of the last rows from a trajectory through them, in
// units of the noise, and of its start from the prior. It is an opt.Residual of
// the scaled state at its first row. The prior holds what the rows do not tell: it
// is as wide as the fitted trajectory is off in what is measured nearby.
type window struct {
	b     *lookback
	from  int // first row
	count int // observed values
	n, d  int // states, measured ones
	prior []float64
	// passed are states of fitted trajectories near which a search may begin.
	passed [][]float64
	width  []float64 // deviation of the prior of each state
	// common has the states whose prior is what recordings have in common of them; nil: other ones.
	common  []*Common
	related []related   // of them
	likely  float64     // −log likelihood of rows and prior, of the last residuals
	score   noise.Score // work space
	ivp     ode.IVP     // with tangents
	tr      *ode.Trajectory
	alone   ode.IVP // without
	path    *ode.Trajectory
	slopes  []float64 // of path by θ and the start, where states of earlier times count
}

func (b *lookback) residual(size int) *window {
	f := &b.m.Parts.Frame
	n := len(f.States)
	w := &window{b: b, from: b.rows.Len() - size, n: n, d: len(b.sigma), common: make([]*Common, n)}
	times := append(append([]float64{}, b.rows.T[w.from:]...), b.t)
	for k := w.from; k < b.rows.Len(); k++ {
		for _, v := range b.rows.Row(k) {
			if !math.IsNaN(v) {
				w.count++
			}
		}
	}
	theta := b.m.Theta[b.member]
	w.ivp = ode.IVP{Field: b.field, X0: program.NewBatch(n*(n+1), 1), Theta: field.Batch{V: theta, Rows: len(theta), Lanes: 1},
		T0: []float64{(times[0] - f.T0) / f.Time}}
	if b.tangents != nil {
		w.ivp.Input = b.tangents.Input(b.m.Input(b.inputs))
	}
	for _, t := range times {
		w.ivp.Times = append(w.ivp.Times, (t-f.T0)/f.Time)
	}
	w.tr = ode.NewTrajectory(len(times), n*(n+1), 1)
	w.alone = w.ivp
	w.alone.Field, w.alone.X0, w.alone.Input = b.plain, program.NewBatch(n, 1), b.m.Input(b.inputs)
	w.path = ode.NewTrajectory(len(times), n, 1)
	if b.sensitivity != nil {
		w.slopes = make([]float64, len(times)*n*(len(theta)+n))
		w.alone.Past = []ode.Past{b.m.before(b.rows, w.from)}
	}
	if w.prior = b.fittedAt(w.from); w.prior == nil {
		w.prior = w.rowsSay()
	}
	w.width = w.spread()
	if w.passed = w.nearestPassed(); len(w.passed) > 0 {
		w.prior = w.passed[0]
	}
	w.begin()
	return w
}

// begin takes over what is known of where recordings begin, if they are not known themselves.
func (w *window) begin() {
	m, f := w.b.m, &w.b.m.Parts.Frame
	if w.b.fitted != nil {
		return
	}
	if m.KnownStart && w.from == 0 && len(m.Records) > 0 {
		for i, z := range m.Records[0].Start[w.b.member] {
			w.prior[i], w.width[i] = z, knownWidth
		}
	}
	for i := range w.common {
		if c := m.CommonOf(i); c != nil {
			w.common[i], w.prior[i] = c, (c.Value-f.Shift[i])/f.Scale[i]
		}
	}
	w.related = m.relations()
}

// knownWidth is that of a start that is known, scaled.
const knownWidth = 1e-4

// residual is the window as what is minimised.
func (w *window) residual() opt.Residual {
	if w.b.scores == nil {
		return w
	}
	return likelyWindow{w}
}

// likelyWindow minimises the negative logarithm of a likelihood.
type likelyWindow struct{ *window }

// Cost implements opt.Likely.
func (w likelyWindow) Cost() float64 { return w.likely }

// spread is the width of the prior: around a fitted trajectory that of its
// distance from the rows, in measured states as in hidden ones, whose unit is
// how much they vary along it.
func (w *window) spread() []float64 {
	b, f, n := w.b, &w.b.m.Parts.Frame, w.n
	out := make([]float64, n)
	for i := range out {
		out[i] = priorSpread
	}
	if b.fitted == nil {
		return out
	}
	square, count := 0.0, 0.0
	for k := min(w.from, max(b.first, b.rows.Len()-priorRows)); k < b.rows.Len(); k++ {
		for c, v := range b.rows.Row(k) {
			if e := b.fittedAt(k)[c] - f.Scaled(c, v); !math.IsNaN(e) {
				square, count = square+e*e, count+1
			}
		}
	}
	if count == 0 {
		return out
	}
	off := priorMisfit * math.Sqrt(square/count)
	for i := range out {
		out[i] = max(off*w.varies(i), finestNoise)
	}
	return out
}

// varies is the unit of state i: 1 of a measured one, the deviation of a hidden
// one along the fitted trajectory.
func (w *window) varies(i int) float64 {
	if i < w.d {
		return 1
	}
	mean, square, rows := 0.0, 0.0, float64(len(w.b.fitted)/w.n)
	for at := i; at < len(w.b.fitted); at += w.n {
		mean += w.b.fitted[at] / rows
	}
	for at := i; at < len(w.b.fitted); at += w.n {
		square += (w.b.fitted[at] - mean) * (w.b.fitted[at] - mean) / rows
	}
	return math.Sqrt(square)
}

// rowsSay is the state at the first row as the rows have it: the values nearest
// in time, hidden states as the architecture starts them or as its encoder tells them.
func (w *window) rowsSay() []float64 {
	b, f := w.b, &w.b.m.Parts.Frame
	if x := b.m.Tell(b.member, b.rows, b.m.Input(b.inputs), w.from); x != nil {
		return x
	}
	x := make([]float64, w.n)
	for i, v := range b.m.Parts.Start {
		x[w.d+i] = (v - f.Shift[w.d+i]) / f.Scale[w.d+i]
	}
	for c := range w.d {
		for k := range b.rows.Len() {
			if at := w.from + k; at < b.rows.Len() && !math.IsNaN(b.rows.Row(at)[c]) {
				x[c] = f.Scaled(c, b.rows.Row(at)[c])
				break
			}
			if at := w.from - k; at >= 0 && !math.IsNaN(b.rows.Row(at)[c]) {
				x[c] = f.Scaled(c, b.rows.Row(at)[c])
				break
			}
		}
	}
	return x
}

// guesses are where the search for the state may begin: the fitted trajectory, and
// measured states from the rows; those that can be followed, the nearest to the
// window first.
func (w *window) guesses() [][]float64 {
	first := append([]float64{}, w.prior...)
	if w.b.fitted == nil {
		return append(slices.Clone(w.passed), first)
	}
	second := append([]float64{}, w.prior...)
	copy(second[:w.d], w.rowsSay())
	if x := w.b.m.Tell(w.b.member, w.b.rows, w.b.m.Input(w.b.inputs), w.from); x != nil {
		second = x
	}
	if w.cost(second) < w.cost(first) {
		first, second = second, first
	}
	return [][]float64{first, second}
}

// mostPassed are the states of fitted trajectories that a search may begin at, and bestPassed
// those that it does.
const (
	mostPassed = 40
	bestPassed = 3
)

// nearestPassed are the states along the fitted trajectories of the model from which it comes
// nearest to the rows, where what is measured does not say what the states are; nil elsewhere.
func (w *window) nearestPassed() [][]float64 {
	b := w.b
	if b.m.Parts.Observe == nil || b.fitted != nil {
		return nil
	}
	type begun struct {
		z    []float64
		cost float64
	}
	var all []begun
	for _, z := range b.states() {
		all = append(all, begun{z, w.squares(z, w.count)})
	}
	slices.SortStableFunc(all, func(a, b begun) int { return cmp.Compare(a.cost, b.cost) })
	var out [][]float64
	for _, one := range all[:min(len(all), bestPassed)] {
		if !math.IsInf(one.cost, 1) {
			out = append(out, one.z)
		}
	}
	return out
}

// cost is half the sum of squared residuals at z; +Inf where it cannot be followed.
func (w *window) cost(z []float64) float64 {
	m, _ := w.Size()
	return w.squares(z, m) / 2
}

// squares is the sum of the first squared residuals at z, those of the rows before those of
// the prior; +Inf where it cannot be followed.
func (w *window) squares(z []float64, first int) float64 {
	m, _ := w.Size()
	res := make([]float64, m)
	if w.Residuals(res, nil, z, 0) != "" {
		return math.Inf(1)
	}
	sum := 0.0
	for _, v := range res[:first] {
		sum += v * v
	}
	if w.b.scores != nil {
		rest := 0.0
		for _, v := range res[first:] {
			rest += v * v
		}
		return 2*w.likely - rest
	}
	return sum
}

// Size implements opt.Residual.
func (w *window) Size() (m, n int) { return w.count + w.n, w.n }

// Residuals implements opt.Residual. k does not matter.
func (w *window) Residuals(res, jac, z []float64, k int) (fail string) {
	tr, width, fail := w.integrate(z, jac != nil)
	if fail != "" {
		return fail
	}
	b := w.b
	clear(jac)
	w.likely = 0
	at, n := 0, w.n
	for k := w.from; k < b.rows.Len(); k++ {
		x := tr.X[(k-w.from)*width : (k-w.from+1)*width]
		for c, v := range b.rows.Row(k) {
			if math.IsNaN(v) {
				continue
			}
			r, by, cost := w.distance(c, v, x[c])
			res[at] = r
			w.likely += cost
			for j := 0; j < n && jac != nil; j++ {
				jac[at*n+j] = x[n*(j+1)+c] * by
			}
			at++
		}
	}
	for i := range n {
		off, slope, ok := w.off(i, z[i])
		if !ok {
			return "a parameter of the recording is not positive"
		}
		res[at+i] = off
		if jac != nil {
			jac[(at+i)*n+i] = slope
		}
	}
	w.whiten(res[at:], jac, at)
	for _, off := range res[at : at+n] {
		w.likely += off * off / 2
	}
	if math.IsNaN(w.likely) || math.IsInf(w.likely, 0) {
		return "the likelihood of the rows is not a finite number"
	}
	return ""
}

// whiten makes the residuals of the prior, which begin at row at, independent.
func (w *window) whiten(off, jac []float64, at int) {
	if jac != nil {
		jac = jac[at*w.n:]
	}
	for i := range w.related {
		w.related[i].whiten(off, jac, w.n)
	}
}

// distance is that of a value v of column c from its scaled prediction x, in deviations, its
// derivative, and what it costs.
func (w *window) distance(c int, v, x float64) (r, by, cost float64) {
	f, b := &w.b.m.Parts.Frame, w.b
	if b.scores == nil || b.scores[c] == nil {
		r, by = (x-f.Scaled(c, v))/b.sigma[c], 1/b.sigma[c]
		return r, by, r * r / 2
	}
	b.scores[c](&w.score, v, f.Shift[c]+f.Scale[c]*x)
	root := math.Sqrt(max(w.score.Info[0], math.SmallestNonzeroFloat64))
	return w.score.Slope[0] / root, root * f.Scale[c], w.score.Value
}

// off is how far state i at the first row is from the prior, in deviations of that, and the
// derivative.
func (w *window) off(i int, z float64) (off, slope float64, ok bool) {
	if c := w.common[i]; c != nil {
		return c.off(z, &w.b.m.Parts.Frame)
	}
	return (z - w.prior[i]) / w.width[i], 1 / w.width[i], true
}

// integrate follows z through the window, with its tangents behind the state if
// they are wanted; width is the length of a row.
func (w *window) integrate(z []float64, tangents bool) (tr *ode.Trajectory, width int, fail string) {
	if tr, width = w.path, w.n; tangents {
		tr, width = w.tr, w.n*(w.n+1)
		if w.slopes != nil {
			w.carry(z)
			return tr, width, failed(tr)
		}
		withTangents(w.ivp.X0.V, z)
		w.b.solver.Solve(tr, &w.ivp)
		w.b.seen.See(tr, &w.ivp)
	} else {
		copy(w.alone.X0.V, z)
		w.b.follower.Solve(tr, &w.alone)
		w.b.seenPlain.See(tr, &w.alone)
	}
	return tr, width, failed(tr)
}

// failed says why the first lane of tr did not reach its end; "" if it did.
func failed(tr *ode.Trajectory) string {
	if s := tr.Status[0]; s != ode.StatusOK {
		return s.String()
	}
	return ""
}

// carry is integrate with tangents where states of earlier times count.
func (w *window) carry(z []float64) {
	b, n, width := w.b, w.n, w.alone.Theta.Rows+w.n
	copy(w.alone.X0.V, z)
	b.sensitivity.Solve(w.path, w.slopes, &w.alone)
	b.seenPlain.SeeSlopes(w.path, w.slopes, &w.alone)
	copy(w.tr.Status, w.path.Status)
	for k := range len(w.path.X) / n {
		row := w.tr.X[k*n*(n+1):]
		for i := range n {
			row[i] = w.path.X[k*n+i]
			for j := range n {
				row[n*(j+1)+i] = w.slopes[(k*n+i)*width+width-n+j]
			}
		}
	}
}

// withTangents fills a start with the state x and the identity behind it.
func withTangents(dst, x []float64) {
	clear(dst)
	copy(dst, x)
	for j, n := 0, len(x); j < n; j++ {
		dst[n*(j+1)+j] = 1
	}
}

// tangentsOf is the matrix behind a state of n numbers: its derivative with respect to
// the start.
func tangentsOf(row []float64, n int) *mat.Dense {
	out := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			out.Set(i, j, row[n*(j+1)+i])
		}
	}
	return out
}

// estimate is the present that follows from the state z at the first row, with
// the covariance (JᵀJ)⁻¹ carried there; errors are taken as larger where the rows
// are further away than their noise.
func (w *window) estimate(z []float64) *estimate {
	m, n := w.Size()
	res, jac := make([]float64, m), make([]float64, m*n)
	if w.Residuals(res, jac, z, 0) != "" {
		return nil
	}
	end := w.tr.X[len(w.tr.X)-n*(n+1):]
	e := &estimate{x: append([]float64{}, end[:n]...), rows: w.b.rows.Len() - w.from, from: z, begin: Anchor{T: w.b.rows.T[w.from], State: [][]float64{slices.Clone(z)}}}
	J := mat.NewDense(m, n, jac)
	S := tangentsOf(end, n)
	var gram mat.SymDense
	gram.SymOuterK(1, J.T())
	var chol mat.Cholesky
	if !chol.Factorize(&gram) {
		return e
	}
	var cov mat.SymDense
	if chol.InverseTo(&cov) != nil {
		return e
	}
	square := 0.0
	for _, v := range res[:w.count] {
		square += v * v
	}
	factor := 1.0
	if w.count > n {
		factor = max(1, square/float64(w.count-n))
		if w.b.m.Noise == nil {
			factor = square / float64(w.count-n)
		}
	}
	e.spread = mat.NewSymDense(n, nil)
	e.spread.ScaleSym(factor, &cov)
	var half, full mat.Dense
	half.Mul(S, &cov)
	full.Mul(&half, S.T())
	e.cov = mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			v := factor * (full.At(i, j) + full.At(j, i)) / 2
			if i == j {
				v += finestNoise * finestNoise
			}
			e.cov.SetSym(i, j, v)
		}
	}
	return e
}
