package train

import (
	"errors"
	"math"
	"math/rand/v2"

	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/model/noise"
	"github.com/entrain-dev/entrain/opt"
)

// likelihood is the negative logarithm of the likelihood of rows along trajectories, as an
// opt.Likely. Its unknowns are those of a trajectoryResidual and behind them the logarithms of
// the numbers that the noise of each column learns; each value has as many factors as its slope
// has entries.
type likelihood struct {
	r       *trajectoryResidual
	columns []*columnNoise
	own     [][]float64 // of each column
	values  []float64   // of rows, user units, in the order of residuals
	rows    int         // factors of values, and a row for each number that is learnt
	cost    float64
	taken   []fittedValue // of each value, see restrict; nil: the likelihood is not restricted

	s, few  noise.Score // few has no own numbers that are given
	factors []float64
	short   []float64
}

func newLikelihood(p *Problem, r *trajectoryResidual) *likelihood {
	l := &likelihood{r: r, cost: math.Inf(1), columns: withSpace(p.noise)}
	for _, c := range p.noise {
		l.own = append(l.own, c.Own())
	}
	l.rows = p.noiseSize()
	for _, s := range r.segs {
		rows := p.Train[s.rec].Slice(s.from, s.to)
		for k := range rows.T {
			for c, y := range rows.Row(k) {
				if !math.IsNaN(y) {
					l.values, l.rows = append(l.values, y), l.rows+l.width(c)
				}
			}
		}
	}
	return l
}

// width is how many factors a value of column c has.
func (l *likelihood) width(c int) int { return 1 + len(l.columns[c].learn) }

// Size implements opt.Residual.
func (l *likelihood) Size() (m, n int) {
	return l.rows + len(l.r.standing), l.r.u.size() + l.r.p.noiseSize()
}

// Cost implements opt.Likely.
func (l *likelihood) Cost() float64 { return l.cost }

// stopWhen implements stoppable.
func (l *likelihood) stopWhen(stop func() bool) { l.r.stopWhen(stop) }

// learnt takes the own numbers from the unknowns.
func (l *likelihood) learnt(z []float64) {
	at := l.r.u.size()
	for c, n := range l.columns {
		for _, i := range n.learn {
			l.own[c][i] = math.Exp(z[at])
			at++
		}
	}
}

// Residuals implements opt.Residual. k does not matter.
func (l *likelihood) Residuals(res, jac, z []float64, k int) (fail string) {
	r := l.r
	copy(r.theta.V, z)
	l.learnt(z)
	_, n := l.Size()
	if jac != nil {
		clear(jac)
	}
	cost, at, value := 0.0, 0, 0
	for i, s := range r.segs {
		if r.stopped() {
			return opt.WasStopped
		}
		if fail := r.integrate(s, i, z, jac != nil); fail != "" {
			return fail
		}
		for k := range s.rows() {
			added := r.u.size()
			for c := range r.columns {
				if !math.IsNaN(s.target[k*r.columns+c]) {
					l.score(c, s.tr.X[k*r.states+c], l.values[value])
					cost += l.few.Value
					width := len(l.few.Slope)
					l.few.Factor(l.factors, res[at:at+width])
					for q := 0; jac != nil && q < width; q++ {
						row := jac[(at+q)*n : (at+q+1)*n]
						r.row(row, s, i, k, c, l.factors[q*width])
						copy(row[added:], l.factors[q*width+1:(q+1)*width])
					}
					value, at = value+1, at+width
				}
				added += len(l.columns[c].learn)
			}
		}
	}
	cost += l.restricted(res[at:], jac, at)
	at += r.p.noiseSize()
	cost += r.stand(res, jac, z, at, n)
	if math.IsNaN(cost) || math.IsInf(cost, 0) {
		return "the likelihood of the rows is not a finite number"
	}
	l.cost = cost
	return ""
}

// score sets few to what a value of column c costs, by the scaled prediction x and the own numbers
// that are learnt.
func (l *likelihood) score(c int, x, y float64) {
	f, n := &l.r.p.Parts.Frame, l.columns[c]
	n.at(&l.s, y, f.Shift[c]+f.Scale[c]*x, l.own[c])
	all, width := len(l.s.Slope), 1+len(n.learn)
	if cap(l.short) < width*(2+2*width) {
		l.short = make([]float64, width*(2+2*width))
	}
	l.few = noise.Score{Value: l.s.Value, Slope: l.short[:width], Info: l.short[width : width+width*width]}
	l.factors = l.short[width+width*width : width+2*width*width]
	from := func(i int) (place int, by float64) {
		if i == 0 {
			return 0, f.Scale[c]
		}
		return 1 + n.learn[i-1], 1
	}
	for i := range width {
		a, by := from(i)
		l.few.Slope[i] = by * l.s.Slope[a]
		for j := range width {
			b, again := from(j)
			l.few.Info[i*width+j] = by * again * l.s.Info[a*all+b]
		}
	}
}

// fittedValue is what the unknowns of the law take of a value: its leverage, and where it was predicted.
type fittedValue struct {
	column    int
	lever, mu float64
}

// restrict makes the likelihood that of Cox and Reid, in which the numbers of the noise are not too
// small because the law was fitted to the same rows:
//
//	−log L + ½ log det Σ I_i (∂μ_i)(∂μ_i)ᵀ
//
// with the slopes ∂μ of predictions and the information I about them; its slope by the numbers is
// ½ Σ h_i ∂log I_i, h the leverages. These and the predictions are held as they are at z. Of constant
// noise this divides by the rows less the unknowns.
//
// Source: Cox, Reid, J. R. Stat. Soc. B 49 (1987) 1–39.
func (l *likelihood) restrict(z []float64) {
	r := l.r
	size, n := r.Size()
	m := len(l.values)
	res, jac := make([]float64, size), make([]float64, size*n)
	if r.Residuals(res, jac, z, 0) != "" {
		return
	}
	l.learnt(z)
	l.taken = make([]fittedValue, m)
	f, at := &r.p.Parts.Frame, 0
	for _, s := range r.segs { // rows of the Jacobian are in units of sigma
		for k := range s.rows() {
			for c := range r.columns {
				if math.IsNaN(s.target[k*r.columns+c]) {
					continue
				}
				x := s.tr.X[k*r.states+c]
				l.taken[at] = fittedValue{column: c, mu: f.Shift[c] + f.Scale[c]*x}
				weight := r.sigma[c] * f.Scale[c] * math.Sqrt(l.information(c, l.taken[at].mu, l.own[c]))
				for j := range n {
					jac[at*n+j] *= weight
				}
				at++
			}
		}
	}
	for i, h := range leverages(jac[:m*n], m, n) {
		l.taken[i].lever = h
	}
}

// information about the prediction mu of column c.
func (l *likelihood) information(c int, mu float64, own []float64) float64 {
	n := l.columns[c]
	n.kind.At(&l.s, mu, mu, own)
	return l.s.Info[0]
}

// restricted is what the restriction adds to the cost; r and the rows of jac from number at on
// become the factors that add its slope. They are so small that they add nothing to the curvature.
func (l *likelihood) restricted(r, jac []float64, at int) (cost float64) {
	_, n := l.Size()
	first := l.r.u.size()
	for j := range l.r.p.noiseSize() {
		r[j] = 0
		if jac != nil && l.taken != nil {
			jac[(at+j)*n+first+j] = restrictedRow
		}
	}
	for _, t := range l.taken {
		own := l.own[t.column]
		cost += t.lever / 2 * math.Log(l.information(t.column, t.mu, own))
		place := 0
		for c := range t.column {
			place += len(l.columns[c].learn)
		}
		for k, i := range l.columns[t.column].learn {
			v := own[i]
			own[i] = v * math.Exp(restrictedStep)
			up := math.Log(l.information(t.column, t.mu, own))
			own[i] = v * math.Exp(-restrictedStep)
			down := math.Log(l.information(t.column, t.mu, own))
			own[i] = v
			r[place+k] += t.lever / 2 * (up - down) / (2 * restrictedStep) / restrictedRow
		}
	}
	return cost
}

// The step of differences by logarithms of own numbers, and the size of the rows that add a slope.
const (
	restrictedStep = 1e-4
	restrictedRow  = 0.05
)

// draw replaces values by others with the same noise around the trajectories that were computed
// last.
func (l *likelihood) draw(r *rand.Rand) {
	f, value := &l.r.p.Parts.Frame, 0
	for _, s := range l.r.segs {
		for k := range s.rows() {
			for c, n := range l.columns {
				if !math.IsNaN(s.target[k*l.r.columns+c]) {
					l.values[value] = n.kind.Quantile(r.Float64(), f.Shift[c]+f.Scale[c]*s.tr.X[k*l.r.states+c], l.own[c])
					value++
				}
			}
		}
	}
}

// predictions are values and what is predicted of them by the trajectories that were computed
// last, of a column.
func (l *likelihood) predictions(c int) (y, mu []float64) {
	f, value := &l.r.p.Parts.Frame, 0
	for _, s := range l.r.segs {
		for k := range s.rows() {
			for i := range l.r.columns {
				if math.IsNaN(s.target[k*l.r.columns+i]) {
					continue
				}
				if i == c {
					y, mu = append(y, l.values[value]), append(mu, f.Shift[c]+f.Scale[c]*s.tr.X[k*l.r.states+c])
				}
				value++
			}
		}
	}
	return y, mu
}

// guess sets the own numbers in z to what the trajectories of z leave of the rows. It returns why
// there are none.
func (l *likelihood) guess(z []float64) (fail string) {
	m, _ := l.r.Size()
	if fail := l.r.Residuals(make([]float64, m), nil, z, 0); fail != "" {
		return fail
	}
	l.beginAt(z, func(c int) (y, mu []float64) { return l.columns[c].known(l.predictions(c)) })
	return ""
}

// beginAt sets the own numbers in z to where a search for them begins, by values of each column
// and what is predicted of them.
func (l *likelihood) beginAt(z []float64, values func(c int) (y, mu []float64)) {
	at := l.r.u.size()
	for c, n := range l.columns {
		y, mu := values(c)
		own := n.begun(y, mu, l.r.p.Parts.Frame.Scale[c])
		for _, i := range n.learn {
			z[at] = math.Log(own[i])
			at++
		}
	}
}

// begin guesses own numbers where a search begins: where nothing can be predicted they are those
// of values around their mean.
func (l *likelihood) begin(z []float64) {
	if l.guess(z) == "" {
		return
	}
	f := &l.r.p.Parts.Frame
	l.beginAt(z, func(c int) (y, mu []float64) { return []float64{f.Shift[c] + f.Scale[c]}, []float64{f.Shift[c]} })
}

// deviations are those of each column, scaled: root mean squares, over rows, of the standard
// deviation of the normal distribution with the width of the noise at the prediction.
func (l *likelihood) deviations() []float64 {
	out := make([]float64, len(l.columns))
	for c, n := range l.columns {
		_, mu := l.predictions(c)
		sum := 0.0
		for _, v := range mu {
			d := noise.Deviation(n.kind, v, l.own[c])
			sum += d * d
		}
		out[c] = math.Sqrt(sum/float64(max(1, len(mu)))) / l.r.p.Parts.Frame.Scale[c]
	}
	return out
}

// polishLikelihood takes z, which least squares have found or an earlier polish, to the most
// likely unknowns.
func (e *estimator) polishLikelihood(z []float64) Convergence {
	if math.IsInf(e.cost(e.likely, z), 1) || e.unguessed(z) {
		if fail := e.likely.guess(z); fail != "" {
			return Convergence{Gradient: math.NaN(), Why: fail}
		}
	}
	var out opt.FewOutcome
	rounds := restrictions
	if e.groups != nil {
		rounds = populationRounds
	}
	for range rounds {
		before := append([]float64{}, e.own(z)...)
		out = e.minimise(e.likely, z, e.coordinates(z, true), e.all(), likelihoodSteps, polishNear, polishSlow, "most likely", 0)
		if out.Status == opt.Failed || e.stop() || e.steps >= e.budget || e.resettle(before, z) {
			break
		}
	}
	if !math.IsInf(e.cost(e.likely, z), 1) {
		copy(e.sigma, e.likely.deviations())
	}
	return e.convergence(out)
}

// resettle finds the spreads of groups anew and restricts the likelihood at z, unless neither
// changes any more, the numbers of the noise having been before: then it is over.
func (e *estimator) resettle(before, z []float64) (over bool) {
	settled := e.respread(z) < noiseSettled
	if e.u.added == 0 {
		return settled
	}
	if settled && e.likely.taken != nil && farthestOf(before, e.own(z)) < noiseSettled {
		return true
	}
	e.likely.restrict(z)
	return false
}

// numbersOf adds the most likely numbers of the noise to unknowns that another method has found,
// and restricts the likelihood there.
func (e *estimator) numbersOf(z []float64) ([]float64, error) {
	z = append(z, make([]float64, e.u.added)...)
	if fail := e.likely.guess(z); fail != "" {
		return nil, errors.New(fail)
	}
	var own []int
	for i := e.n - e.u.added; i < e.n; i++ {
		own = append(own, i)
	}
	for range 2 {
		e.minimise(e.likely, z, e.coordinates(z, true), own, likelihoodSteps, polishNear, polishSlow, "", 0)
		if len(own) > 0 {
			e.likely.restrict(z)
		}
	}
	return z, nil
}

// wide gives the number of a noise the interval that its logarithm has, where that is not
// symmetric.
func wide(a *model.Estimate) {
	if s := a.SD / a.Value; s > 0 && math.IsNaN(a.Lo) && math.Exp(2*s) > asymmetric {
		a.Lo, a.Hi = a.Value*math.Exp(-2*s), a.Value*math.Exp(2*s)
	}
}

// likelihoodSteps are those of a polish; restrictions how often what the law takes of the rows is
// found anew.
const (
	likelihoodSteps = 200
	restrictions    = 4
)

// farthestOf is the largest change.
func farthestOf(a, b []float64) (most float64) {
	for i := range a {
		most = max(most, math.Abs(a[i]-b[i]))
	}
	return most
}

// unguessed tells own numbers that nobody has said anything of.
func (e *estimator) unguessed(z []float64) bool {
	for _, v := range e.own(z) {
		if v != 0 {
			return false
		}
	}
	return true
}
