package train

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// Complete adds to the outcome of a method what every outcome has, whatever the
// method: the noise and the present states that a model knows of itself, the
// assessment, and the verdicts that follow from it. It does nothing for an
// outcome without a model.
func Complete(p *Problem, r *Result) error {
	if r.Model == nil {
		return nil
	}
	if p.labels != nil {
		return p.completeLabels(r)
	}
	p.leaveOut(r)
	noise := p.noiseOf(r.Model, r.Train)
	for _, m := range []*model.Model{r.Model, r.Chosen} {
		if m != nil {
			p.setNoise(m, noise)
		}
	}
	p.settlePresent(r.Model)
	var err error
	if r.Assessment, err = assess(p, r); err != nil {
		return err
	}
	all := p.rows(true)
	a, moments := r.Assessment, data.NewMoments(all...)
	wild := a.Held != nil && a.Held.wild(moments)
	span := 0.0
	for _, s := range all {
		span = max(span, s.T[s.Len()-1]-s.T[0])
	}
	a.Headline = a.headline(span, wild)
	r.Verdicts = append(r.Verdicts, a.verdicts(wild)...)
	if p.quantiles() {
		r.Verdicts = slices.DeleteFunc(r.Verdicts, func(v Verdict) bool { return v.Code == VerdictConstant })
	}
	if !p.quantiles() {
		p.calibrate(r)
	}
	r.Loss = p.lossScore(r)
	p.judge(r)
	p.judgeDelays(r)
	if why := p.Undefined(); why != "" && a.FromStart.Failed != why {
		r.Warnings = append(r.Warnings, undefinedAtFirst+why)
	}
	return nil
}

// undefinedAtFirst begins what is said of a formula that has no value where a fit begins.
const undefinedAtFirst = "where the fit begins: "

// noiseOf is what the rows leave to measurement noise of a model, user units: the least of
// two figures that both contain it, the distance of the rows from the fit, and
// what of a row the rows beside it do not say. Of states that are logarithms it is that of these.
func (p *Problem) noiseOf(m *model.Model, fit data.Scores) []float64 {
	as := &model.Band{Log: m.Parts.Frame.Log}
	out := p.unevenness(as)
	exact := p.exactShare()
	for c, s := range fit.Components {
		if as.IsLog(c) {
			s.MSE = p.squaresOf(m, as, c)
		}
		if v := math.Sqrt(s.MSE / exact[c]); c < len(out) && isNumber(v) && !(v >= out[c]) {
			out[c] = v
		}
	}
	return out
}

// unevenness is the deviation of values, as a band has them, from the straight line through their
// neighbours in time, divided by what it would be of white noise of deviation 1;
// NaN where there are too few values. Curvature adds to it.
func (p *Problem) unevenness(as *model.Band) []float64 {
	d := len(p.Train[0].Names)
	sum, count, below := make([]float64, d), make([]float64, d), p.Below()
	for _, s := range asBand(as, p.rows(true)) {
		for c := range d {
			var t, y []float64
			for k, v := range s.Column(c) {
				if !math.IsNaN(v) && !data.IsBelow(v, data.LimitOf(below, c)) {
					t, y = append(t, s.T[k]), append(y, v)
				}
			}
			for k := 1; k+1 < len(t); k++ {
				w := (t[k] - t[k-1]) / (t[k+1] - t[k-1])
				e := y[k] - (1-w)*y[k-1] - w*y[k+1]
				sum[c] += e * e / (1 + w*w + (1-w)*(1-w))
				count[c]++
			}
		}
	}
	for c := range sum {
		sum[c] = math.Sqrt(sum[c] / count[c])
	}
	return sum
}

// settlePresent estimates the state at the last row of every recording. A
// recording that cannot be followed goes on along its trajectory.
func (p *Problem) settlePresent(m *model.Model) {
	for i, s := range p.rows(true) {
		r := &m.Records[i]
		r.Present = nil
		if p.quantiles() { // rows tell a centre, not this
			continue
		}
		if m.Parts.Delays != nil { // the past belongs to the present: the fitted trajectory has both
			continue
		}
		if states, _, err := m.Presents(&s, r.End, r, &s); err == nil {
			r.Present = states
		}
	}
}

// assess scores the outcome of a fit.
func assess(p *Problem, r *Result) (*Assessment, error) {
	a := &Assessment{Headline: HeadlineFree}
	saved, before := OwnerSaved, OwnerSaved
	if r.Refit {
		saved, before = OwnerRefit, OwnerBefore
	}
	variance := variances(p.everyRow())
	var err error
	if a.FromStart, err = p.fromStart(r.Model, variance, r.Refit); err != nil {
		return nil, err
	}
	a.FromStart.Of = saved
	if a.Segments, err = p.restarted(r.Model, variance, r.Refit); err != nil {
		return nil, err
	}
	if a.Segments != nil {
		a.Segments.Of = saved
	}
	if p.Held == nil && p.Apart == nil {
		return a, nil
	}
	unseen := r.chosen()
	if a.Held, err = p.rolling(unseen, r.Train); err != nil {
		return nil, err
	}
	a.Held.Of = before
	a.Valid = validTime(a.Held, variance, p.Train[0].Measured())
	a.Valid.Of, a.Valid.Lyapunov = before, exponent(unseen, p)
	if p.quantiles() { // they forecast the middle
		return a, nil
	}
	a.Baselines, err = p.scoredBaselines(variance)
	return a, err
}

// rolling forecasts the held-out rows of p with a model that has not seen them,
// from all origins. fit are its scores on the training rows.
func (p *Problem) rolling(m *model.Model, fit data.Scores) (*HeldOut, error) {
	one := m.First()
	p.setNoise(one, p.noiseOf(one, fit))
	if p.quantiles() {
		return p.heldOut(alongFit{one}, variances(p.everyRow()))
	}
	return p.heldOut(modelForecaster{one}, variances(p.everyRow()))
}

// chosen is the model that has not seen the held-out rows.
func (r *Result) chosen() *model.Model {
	if r.Chosen != nil {
		return r.Chosen
	}
	return r.Model
}

// fromStart follows a model from the first rows through those it was fitted to.
func (p *Problem) fromStart(m *model.Model, variance []float64, all bool) (*FreeRun, error) {
	out, one := &FreeRun{}, m.First()
	k := p.scorer(variance)
	whole := p.rows(true)
	for rec, s := range p.rows(all) {
		r := &one.Records[rec]
		f, err := one.Integrate(r.ID, r.T0, r.Start, s.T, &whole[rec])
		if err != nil {
			return nil, err
		}
		out.Rows += s.Len()
		if f.Failed != "" {
			out.Failed = f.Failed
			continue
		}
		addRows(k, f, &s)
	}
	if out.Scores = k.Scores(); out.Failed != "" {
		out.Scores = unknownScores()
	}
	return out, nil
}

// addRows adds the rows of s that a forecast reached to a scorer.
func addRows(k *data.Scorer, f *model.Forecast, s *data.Series) {
	for i := range f.T {
		k.Add(f.Row(i), s.Row(i))
	}
}

// unknownScores are scores that do not exist.
func unknownScores() data.Scores {
	return data.Scores{MSE: math.NaN(), NRMSE: math.NaN(), R2: math.NaN()}
}

// restarted scores the restarted trajectories of a model; nil if there are none.
func (p *Problem) restarted(m *model.Model, variance []float64, all bool) (*Segments, error) {
	out, one := &Segments{}, m.First()
	k := p.scorer(variance)
	sd := deviations(variance)
	whole := p.rows(true)
	var jumps []float64
	for rec, s := range p.rows(all) {
		r := &one.Records[rec]
		f, err := one.Forecast(rec, s.T, &whole[rec])
		if err != nil {
			return nil, err
		}
		addRows(k, f, &s)
		out.Count += 1 + len(r.Anchors)
		from, first := model.Anchor{T: r.T0, State: r.Start}, 0
		for i := 0; i <= len(r.Anchors); i++ {
			end, to := s.T[s.Len()-1], s.Len()
			if i < len(r.Anchors) {
				end, to = r.Anchors[i].T, rowAt(&s, r.Anchors[i].T)
			}
			out.Rows, out.Length = max(out.Rows, to-first), max(out.Length, end-from.T)
			if i == len(r.Anchors) {
				break
			}
			g, err := gap(one, rec, from, r.Anchors[i], &whole[rec])
			if err != nil {
				return nil, err
			}
			most := 0.0
			for c, v := range g.Jump {
				if rel := math.Abs(v) / sd[c]; rel > most {
					most = rel
				}
			}
			out.Largest, jumps = max(out.Largest, most), append(jumps, most)
			out.Gaps = append(out.Gaps, *g)
			from, first = r.Anchors[i], to
		}
	}
	if len(out.Gaps) == 0 {
		return nil, nil
	}
	slices.Sort(jumps)
	out.Scores, out.Typical = k.Scores(), jumps[len(jumps)/2]
	return out, nil
}

// rowAt is the first row at or after a time.
func rowAt(s *data.Series, t float64) int {
	k := 0
	for k < s.Len() && s.T[k] < t {
		k++
	}
	return k
}

// gap is the jump from the trajectory that begins at one anchor to the next.
func gap(m *model.Model, rec int, from, to model.Anchor, inputs *data.Series) (*Gap, error) {
	f := &m.Parts.Frame
	end, _, err := m.Orbit(0, from.T, from.State[0], []float64{to.T}, inputs)
	if err != nil {
		return nil, err
	}
	g := &Gap{Rec: rec, T: to.T}
	for c := range len(f.States) - len(m.Parts.Start) {
		g.Jump = append(g.Jump, f.User(c, to.State[0][c])-f.User(c, end[c]))
	}
	return g, nil
}

// deviations are the roots of variances.
func deviations(variance []float64) []float64 {
	out := make([]float64, len(variance))
	for c, v := range variance {
		out[c] = math.Sqrt(v)
	}
	return out
}
