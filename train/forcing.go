package train

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/registry"
)

// Forcing fits a field on runs that are shown the rows, as much as keeps errors
// from growing and no more:
//
//	sparse        runs begin at rows and are free over the horizon ln 2/λ₁,
//	              in which an error doubles; beyond it no gradient goes
//	generalised   at every row of a longer run  x ← (1 − α)·x + α·row
//
// λ₁ and α are those of the field as it is being learnt, along the data. With
// gain=norms, as published, α = 1 − 1/σ with σ the largest, over the runs of an
// iteration, of the geometric means of the norms of the Jacobians from row to row;
// with gain=exponents α is that which lowers the exponent of a run's error by
// λ₁ and a margin, so that it is just below zero. α rises at once and falls by
// Decay an iteration, from 1.
//
// The saved model starts anew where errors have grown out of proportion.
//
// Source: Mikhaeil, Monfared, Durstewitz, NeurIPS (2022), arXiv:2110.07238
// (sparse); Hess, Monfared, Brenner, Durstewitz, ICML (2023), arXiv:2306.04406
// (generalised); smoothed states as starts and targets of the pull are ours.
type Forcing struct {
	Descent `yaml:",inline"`
	Forcing string  `json:"forcing" yaml:"forcing"` // sparse or generalised
	Gain    string  `json:"gain" yaml:"gain"`       // of generalised forcing, chosen by norms or exponents, see above
	Alpha   float64 `json:"alpha" yaml:"alpha"`     // of generalised forcing: this α throughout; 0 = adaptive
	Margin  float64 `json:"margin" yaml:"margin"`   // gain=exponents: rate at which errors shrink, per λ₁ or, if that is not positive, unit of scaled time
	Decay   float64 `json:"decay" yaml:"decay"`     // factor of α an iteration, at least
	Batch   int     `json:"batch" yaml:"batch"`     // runs an iteration
	Length  int     `json:"length" yaml:"length"`   // of a generalised run, or the most of a sparse one
	Horizon int     `json:"horizon" yaml:"horizon"` // rows of a sparse run; 0 = by ln 2/λ₁, growing to it over the first half of the iterations
	Raw     bool    `json:"raw" yaml:"raw"`         // begin at, and be drawn to, the rows as measured and not as smoothed
}

func init() {
	Methods.Register("forcing", "fit runs that are shown the rows just as much as keeps errors from growing", func() Method {
		return &Forcing{Descent: Descent{Optimiser: "adamw", LR: 0.01, Schedule: "cosine", WeightDecay: 0.0001, Clip: 10, Adjoint: "discrete"},
			Forcing: "sparse", Gain: "norms", Margin: 0.5, Decay: 0.99, Batch: 32, Length: 100}
	})
}

// Traits implements what TraitsOf asks for.
func (*Forcing) Traits() Traits { return alongRows }

// Fit implements Method.
func (f *Forcing) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlyBounds("forcing"); err != nil {
		return nil, err
	}
	if err := p.onlyStates("forcing"); err != nil {
		return nil, err
	}
	if err := f.check(p); err != nil {
		return nil, err
	}
	c, err := p.newCourse("forcing", 2000, "last")
	if err != nil {
		return nil, err
	}
	var obj *forcingLoss
	all := p.measurements(f.Raw)
	d := downhill{moves: movingRuns, objective: func(members int) (objective, error) {
		var err error
		obj, err = newForcingLoss(p, members, c.budget, f, all)
		return obj, err
	}}
	d.stage = func(k int) (string, float64) { return obj.stage(k) }
	r, err := f.descend(ctx, c, d, from, on)
	if err == nil {
		p.anchored(r, all)
	}
	return r, err
}

func (f *Forcing) check(p *Problem) error {
	if err := p.refuseRuns("forcing"); err != nil {
		return err
	}
	for _, c := range []struct {
		key, value string
		known      []string
	}{{"forcing", f.Forcing, []string{"generalised", "sparse"}}, {"gain", f.Gain, []string{"exponents", "norms"}}} {
		if c.value != c.known[0] && c.value != c.known[1] {
			return &registry.UnknownError{Kind: c.key, Name: c.value, Known: c.known}
		}
	}
	switch {
	case !(f.Alpha >= 0) || f.Alpha > 1:
		return fmt.Errorf("alpha=%g: the part of the way to a row is between 0 (adaptive) and 1", f.Alpha)
	case !(f.Margin >= 0) || math.IsInf(f.Margin, 1):
		return fmt.Errorf("margin=%g: it must be 0 or more", f.Margin)
	case !(f.Decay >= 0) || f.Decay > 1:
		return fmt.Errorf("decay=%g: it is a factor between 0 and 1", f.Decay)
	case f.Batch < 1 || f.Length < 1 || f.Horizon < 0:
		return fmt.Errorf("batch=%d length=%d horizon=%d: runs and their rows must be 1 or more (horizon 0: chosen)", f.Batch, f.Length, f.Horizon)
	case f.Adjoint == "backsolve" || f.Adjoint == "forward":
		return fmt.Errorf("adjoint=%s: method=forcing has discrete and symplectic", f.Adjoint)
	}
	return nil
}

// adaptEvery is the number of iterations between two looks at how errors grow,
// looksAt how many runs are looked at.
const (
	adaptEvery = 5
	looksAt    = 8
)

// forcingLoss is the loss of forced runs. Beside the unknowns it remembers α and
// the rate λ₁ of every member.
type forcingLoss struct {
	*runLoss
	f      *Forcing
	budget int
	from   []place
	pulls  *impulses // of generalised forcing
	alpha  []float64 // of each member
	rate   []float64 // λ₁ of each member along the data, per row; below 0: it does not grow
	usual  float64   // scaled time between rows
}

func newForcingLoss(p *Problem, members, budget int, f *Forcing, all []measured) (*forcingLoss, error) {
	rows, most := f.Length, 0
	if f.Horizon > 0 && f.Forcing == "sparse" {
		rows = f.Horizon
	}
	for rec := range all {
		most = max(most, len(all[rec].t)-1)
	}
	rows = max(1, min(rows, most))
	b := newRuns(p, p.Parts.Field, f.Batch, rows, members, all)
	t, err := newRunLoss(b, f.Descent)
	if err != nil {
		return nil, err
	}
	o := &forcingLoss{runLoss: t, f: f, budget: budget, alpha: make([]float64, members), rate: make([]float64, members)}
	for _, s := range p.Train {
		o.usual = max(o.usual, s.Step()/p.Parts.Frame.Time)
	}
	for j := range members {
		o.alpha[j], o.rate[j] = 1, 0
	}
	if o.from = places(all, 1); len(o.from) == 0 {
		return nil, fmt.Errorf("there are no rows from which a run can begin: columns have values at too few times")
	}
	b.heads = min(len(all), max(1, f.Batch/8))
	if f.Forcing == "generalised" {
		o.pulls = newImpulses(t.solve, b.rollout, &strength{own: make([]float64, b.lanes)})
		o.pulls.to = make([]float64, len(b.target))
		t.solve = o.pulls
	}
	t.before, t.load = o.adapt, o.begin
	return o, nil
}

// begin loads the runs of iteration k.
func (o *forcingLoss) begin(k int) {
	b := o.b
	rows := b.rollout.rows
	if o.pulls == nil && o.f.Horizon == 0 {
		rows = o.horizon(k)
	}
	b.draw(num.Stream(b.p.Seed, "forcing", uint64(k)), k, o.from, func(int) int { return rows })
	b.ready()
	if o.pulls == nil {
		return
	}
	for i, at := range b.of {
		for n := range b.rollout.rows {
			for c := range b.columns {
				to := math.NaN()
				if m := &b.rows[at.rec]; at.row+1+n < len(m.t) && !within(m.hidden(c), m.t[at.row+1+n]) {
					to = m.state[(at.row+1+n)*b.columns+c]
				}
				o.pulls.to[b.value(n, c, i)] = to
			}
		}
	}
	for l := range b.lanes {
		o.pulls.in.own[l] = -math.Log1p(-o.alpha[b.member(l)]) / o.usual
	}
}

// hidden are the stretches in which column c has no values.
func (m *measured) hidden(c int) []stretch {
	if m.blind == nil {
		return nil
	}
	return m.blind[c]
}

// horizon is the number of rows of sparse runs: it grows over the first half of the
// iterations to the rows in which an error of the slowest member doubles.
func (o *forcingLoss) horizon(k int) int {
	rows := float64(o.b.rollout.rows)
	for _, rate := range o.rate {
		if rate > 0 {
			rows = min(rows, math.Ln2/rate)
		}
	}
	part := min(1, float64(k+1)/(float64(o.budget)/2))
	return max(1, int(math.Ceil(part*rows)))
}

// stage tells of α and the horizon.
func (o *forcingLoss) stage(k int) (string, float64) {
	if o.pulls != nil {
		return "generalised", o.alpha[0]
	}
	return "sparse", math.NaN()
}

// adapt looks, from time to time, at how errors grow along the data by the fields with the
// unknowns z.
func (o *forcingLoss) adapt(z []float64, k int) {
	if k%adaptEvery != 0 {
		return
	}
	b := o.b
	theta := make([]float64, b.theta.Rows)
	long := min(o.f.Length, int(o.longest()))
	r := num.Stream(b.p.Seed, "growth", uint64(k))
	for j := range b.members {
		ofMembers(z, b.members).Lane(theta, j)
		norm, sum, count := 0.0, 0.0, 0.0
		for range looksAt {
			at := o.from[r.IntN(len(o.from))]
			at.row = min(at.row, max(0, len(b.rows[at.rec].t)-1-long))
			steps := b.p.growthOver(at.rec, at.row, at.row+long+1, theta)
			if steps == nil || len(steps) < at.row+2 {
				continue
			}
			n, g := float64(len(steps)-at.row-1), grown(steps[at.row+1:])
			norm, sum, count = max(norm, g.norms/n), sum+g.size, count+n
		}
		if count > 0 {
			o.rate[j] = sum / count
			o.alpha[j] = max(o.wanted(norm, o.rate[j]), math.Pow(o.f.Decay, adaptEvery)*o.alpha[j])
		}
	}
}

func (o *forcingLoss) longest() float64 {
	n := 1
	for rec := range o.b.rows {
		n = max(n, len(o.b.rows[rec].t)-1)
	}
	return float64(n)
}

// wanted is α for errors that grow by norm (logarithm, a row, at most) and rate (a
// row, on the whole).
func (o *forcingLoss) wanted(norm, rate float64) float64 {
	switch {
	case o.f.Alpha > 0:
		return o.f.Alpha
	case o.f.Gain == "norms":
		return max(0, -math.Expm1(-norm))
	case rate > 0:
		return -math.Expm1(-rate * (1 + o.f.Margin))
	}
	return -math.Expm1(-o.f.Margin * o.usual)
}

// growths are logarithms of how errors grow over some rows: of the product of the
// norms from row to row, and of an error in a random direction.
type growths struct{ norms, size float64 }

func grown(steps []*mat.Dense) growths {
	n, _ := steps[0].Dims()
	p := identity(n)
	var g growths
	for _, e := range steps {
		var svd mat.SVD
		if svd.Factorize(e, mat.SVDNone) {
			g.norms += math.Log(svd.Values(nil)[0])
		}
		p.Mul(e, p)
		size := logSize(p)
		g.size += size
		p.Scale(math.Exp(-size), p)
	}
	return g
}

func (o *forcingLoss) state() []float64 { return append(append([]float64{}, o.alpha...), o.rate...) }

func (o *forcingLoss) restore(state []float64) {
	copy(o.rate, state[copy(o.alpha, state):])
}
