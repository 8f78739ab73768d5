package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/ode"
)

// Measure fine-tunes a field so that its long runs visit what the data visit as
// often as they do. States of free runs are kept and carried on; every iteration
// takes them some rows further and goes back through these rows alone,
//
//	Weight · D({x̂}, {rows}) + mean |x̂ − x|² of runs from rows + Conditional · D(ends of these, their rows)
//	                        + Rates · Σ_j (mean difference of log R_jj)²
//
// where D is the square of the maximum mean discrepancy, or of the sliced
// Wasserstein distance, and R_jj are the lengths by which the first Growth tangents
// grow over a run from a row, by the field and by local maps of the data. If it
// begins with a trained model it ends when D of long runs is no more than that
// between two parts of the data, its floor, and it does not save an iterate that is
// much worse than an earlier one. What is zero in the model it begins with, such as a
// term that was dropped, stays zero.
//
// Source: Schiff et al., ICML (2024), arXiv:2402.04467 (conditional and
// unconditional, gradients through the last steps); Jiang, Lu, Orlova, Willett,
// NeurIPS (2023), arXiv:2306.01187; Gretton et al., JMLR 13 (2012) 723.
type Measure struct {
	Descent     `yaml:",inline"`
	Distance    string  `json:"distance" yaml:"distance"`       // mmd, sliced or none
	Weight      float64 `json:"weight" yaml:"weight"`           // of the distance between long runs and data
	Conditional float64 `json:"conditional" yaml:"conditional"` // of that between runs from rows and their rows
	Growth      int     `json:"growth" yaml:"growth"`           // growth rates that are matched, largest first; 0 = none
	Rates       float64 `json:"rates" yaml:"rates"`             // their weight
	Points      int     `json:"points" yaml:"points"`           // long runs
	Batch       int     `json:"batch" yaml:"batch"`             // runs from rows, an iteration
	Ahead       int     `json:"ahead" yaml:"ahead"`             // rows that runs go in an iteration
	Look        int     `json:"look" yaml:"look"`               // iterations between two looks at the floor
	Raw         bool    `json:"raw" yaml:"raw"`                 // begin at rows as measured and not as smoothed
}

func init() {
	Methods.Register("measure", "fine-tune a model so that its long runs visit what the data visit, as often", func() Method {
		return &Measure{Descent: Descent{Optimiser: "adamw", LR: 0.005, Schedule: "cosine", Clip: 10, Adjoint: "discrete"},
			Distance: "mmd", Weight: 0.1, Rates: 0.1, Points: 128, Batch: 64, Ahead: 10, Look: 100}
	})
}

// Traits implements what TraitsOf asks for.
func (*Measure) Traits() Traits { return alongRows }

// Fit implements Method.
func (m *Measure) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlyStates("measure"); err != nil {
		return nil, err
	}
	if err := m.check(p); err != nil {
		return nil, err
	}
	c, err := p.newCourse("measure", 1000, "last")
	if err != nil {
		return nil, err
	}
	var obj *measureLoss
	all := p.measurements(m.Raw)
	d := downhill{moves: movingRuns, objective: func(members int) (objective, error) {
		var err error
		obj, err = newMeasureLoss(p, members, m, all)
		return obj, err
	}}
	r, err := m.descend(ctx, c, d, from, on)
	if err != nil {
		return nil, err
	}
	p.anchored(r, all)
	if r.Status == StatusOK {
		r.Tried[0].Why = obj.why()
	}
	return r, nil
}

func (m *Measure) check(p *Problem) error {
	if err := p.refuseRuns("measure"); err != nil {
		return err
	}
	if known := []string{"mmd", "none", "sliced"}; !slices.Contains(known, m.Distance) {
		return &registry.UnknownError{Kind: "distance", Name: m.Distance, Known: known}
	}
	_, timed := p.Parts.Field.Input("t")
	switch {
	case timed || len(p.Parts.Frame.Inputs) > 0:
		return fmt.Errorf("method=measure compares long free runs with the data, but this model depends on time or inputs, so its runs are not free")
	case m.Points < 2 || m.Batch < 1 || m.Ahead < 1 || m.Look < 1:
		return fmt.Errorf("points=%d batch=%d ahead=%d look=%d: each must be 1 or more, points 2", m.Points, m.Batch, m.Ahead, m.Look)
	case m.Growth < 0 || m.Growth > len(p.Parts.Frame.States):
		return fmt.Errorf("growth=%d: a model of %d states has so many growth rates", m.Growth, len(p.Parts.Frame.States))
	}
	for name, v := range map[string]float64{"weight": m.Weight, "conditional": m.Conditional, "rates": m.Rates} {
		if !(v >= 0) || math.IsInf(v, 1) {
			return fmt.Errorf("%s=%g: it must be 0 or more", name, v)
		}
	}
	return nil
}

// measureLoss is the loss of Measure. Beside the unknowns it remembers where long
// runs are and what the looks have shown.
type measureLoss struct {
	*runLoss
	m      *Measure
	from   []place
	data   []float64 // complete rows, scaled
	size   float64   // deviation of a column, root mean square
	chain  []float64 // where long runs are: points × members × states, see visited
	life   float64   // iterations after which a long run begins anew at a row, on average
	look   *floorLook
	rates  *rateLoss // nil: growth rates do not count
	keep   []bool    // unknowns that may change; nil: all
	g      []float64
	sample []float64 // of the data, points × states, of an iteration
	turns  []float64 // directions of an iteration
	now    int       // iteration
}

func newMeasureLoss(p *Problem, members int, m *Measure, all []measured) (*measureLoss, error) {
	longest, d := 0, len(p.Train[0].Names)
	for rec := range all {
		longest = max(longest, len(all[rec].t))
	}
	ahead := max(1, min(m.Ahead, longest/2))
	b := newRuns(p, p.Parts.Field, m.Batch+m.Points, ahead, members, all)
	b.heads = min(len(all), max(1, m.Batch/8))
	t, err := newRunLoss(b, m.Descent)
	if err != nil {
		return nil, err
	}
	o := &measureLoss{runLoss: t, m: m, from: places(all, 1), life: float64(longest) / float64(ahead),
		chain: make([]float64, m.Points*d*members), g: make([]float64, (m.Points+m.Batch)*d), sample: make([]float64, m.Points*d)}
	if len(o.from) == 0 {
		return nil, fmt.Errorf("there are no rows from which a run can begin: columns have values at too few times")
	}
	if o.data = completeRows(all, d); len(o.data) < 8*d {
		return nil, fmt.Errorf("method=measure needs rows in which every column has a value; there are %d", len(o.data)/d)
	}
	o.size = max(spread(o.data, d)/math.Sqrt(float64(d)), math.SmallestNonzeroFloat64)
	r := num.Stream(p.Seed, "measure begins")
	for i := range m.Points * members {
		copy(o.chain[i*d:(i+1)*d], o.anyState(r.IntN(len(o.from))))
	}
	if o.look, err = newFloorLook(p, members, o, all); err != nil {
		return nil, err
	}
	if m.Growth > 0 {
		if o.rates, err = newRateLoss(p, members, m, all); err != nil {
			return nil, err
		}
	}
	o.keep = p.notDropped(b.theta.Rows, members)
	t.before, t.load, t.aim, t.term, t.more, t.after = o.lookAt, o.begin, o.place, o.add, o.finish, o.carryOn
	return o, nil
}

// completeRows are the rows of d columns in which none lacks a value, one behind the other.
func completeRows(all []measured, d int) (rows []float64) {
	for rec := range all {
		for k := range all[rec].t {
			if row := all[rec].row[k*d : (k+1)*d]; num.AllFinite(row) {
				rows = append(rows, row...)
			}
		}
	}
	return rows
}

// notDropped are the parameters, a lane a member, that are not zero in the model that members
// begin with, of which a term may have been dropped; nil: all.
func (p *Problem) notDropped(size, members int) []bool {
	if p.warm == nil {
		return nil
	}
	keep := make([]bool, 0, size*members)
	for i := range size {
		for j := range members {
			keep = append(keep, j >= len(p.warm.Theta) || p.warm.Theta[j][i] != 0)
		}
	}
	return keep
}

// anyState is the state of one of the rows that runs can begin from.
func (o *measureLoss) anyState(i int) []float64 {
	at, d := o.from[i], o.b.columns
	return o.b.rows[at.rec].state[at.row*d : (at.row+1)*d]
}

// visited is the state where long run i of member j is.
func (o *measureLoss) visited(i, j int) []float64 {
	d, at := o.b.columns, i*o.b.members+j
	return o.chain[at*d : (at+1)*d]
}

// begin loads the runs of iteration k: those from rows, then the long ones.
func (o *measureLoss) begin(k int) {
	b, d := o.b, o.b.columns
	r := num.Stream(b.p.Seed, "measure", uint64(k))
	b.draw(r, k, o.from, func(int) int { return b.rollout.rows })
	for i := range o.m.Points {
		run, at := o.m.Batch+i, o.longest()
		b.begin(run, at, b.rollout.rows)
		for k := range b.rollout.rows {
			for c := range d {
				b.target[b.value(k, c, run)] = math.NaN()
			}
		}
		copy(o.sample[i*d:(i+1)*d], o.data[d*r.IntN(len(o.data)/d):])
	}
	o.turns = o.turns[:0]
	if o.m.Distance == "sliced" {
		for range cloudDirections {
			o.turns = append(o.turns, num.Direction(r, d)...)
		}
	}
	b.ready()
	o.now = k
}

// longest is the beginning of the longest recording, whose times long runs have.
func (o *measureLoss) longest() place {
	best := 0
	for rec := range o.b.rows {
		if len(o.b.rows[rec].t) > len(o.b.rows[best].t) {
			best = rec
		}
	}
	return place{best, 0}
}

// place lets long runs begin where they are.
func (o *measureLoss) place() {
	for i := range o.m.Points {
		for j := range o.b.members {
			for c, v := range o.visited(i, j) {
				o.b.ivp.X0.Set(c, o.b.lane(o.m.Batch+i, j), v)
			}
		}
	}
}

// add is what distances add to losses and cotangents.
func (o *measureLoss) add() {
	d, last := o.b.columns, o.b.rollout.rows-1
	for j := range o.b.members {
		if math.IsInf(o.loss[j], 1) {
			continue
		}
		if o.m.Weight > 0 {
			o.distance(j, o.m.Batch, o.m.Points, o.sample, o.m.Weight, last)
		}
		if o.m.Conditional > 0 {
			rows := make([]float64, 0, o.m.Batch*d)
			var runs int
			for ; runs < o.m.Batch; runs++ { // those whose last row is there; the others have none to compare
				for c := range d {
					rows = append(rows, o.b.target[o.b.value(last, c, runs)])
				}
			}
			if num.AllFinite(rows) {
				o.distance(j, 0, runs, rows, o.m.Conditional, last)
			}
		}
	}
}

// distance adds that between the states of member j in so many runs from the first
// on, at a row, and rows.
func (o *measureLoss) distance(j, first, count int, rows []float64, weight float64, at int) {
	d := o.b.columns
	x, g := make([]float64, count*d), o.g[:count*d]
	clear(g)
	place := func(i, c int) int { return o.b.number(at, c, o.b.lane(first+i, j)) }
	for i := range count {
		for c := range d {
			x[i*d+c] = o.b.tr.X[place(i, c)]
		}
	}
	if !num.AllFinite(x) {
		return
	}
	switch o.m.Distance {
	case "mmd":
		o.loss[j] += weight * num.MMDSlope(g, x, rows, d, num.MMDWidths, o.size, weight)
	case "sliced":
		w := weight / (o.size * o.size)
		o.loss[j] += w * num.SlicedSlope(g, x, rows, d, o.turns, w)
	}
	for i := range count {
		for c := range d {
			o.gtr.X[place(i, c)] += g[i*d+c]
		}
	}
}

// finish adds what growth rates do and leaves alone what is to stay.
func (o *measureLoss) finish(grad, z []float64, k int) {
	if o.rates != nil {
		o.rates.add(o.loss, grad, z, k)
	}
	if grad == nil {
		return
	}
	for i, may := range o.keep {
		if !may {
			grad[i] = 0
		}
	}
}

// lookAt looks at the floor, from time to time.
func (o *measureLoss) lookAt(z []float64, k int) {
	if k%o.m.Look == 0 {
		o.look.at(z)
	}
}

// carryOn moves long runs to where they have come. One that is lost, far from the data
// or old begins anew at a row.
func (o *measureLoss) carryOn(k int) {
	d, last := o.b.columns, o.b.rollout.rows-1
	r := num.Stream(o.b.p.Seed, "measure goes on", uint64(k))
	for i := range o.m.Points {
		for j := range o.b.members {
			lane := o.b.lane(o.m.Batch+i, j)
			fresh := r.Float64()*o.life < 1
			next := o.anyState(r.IntN(len(o.from)))
			x := o.visited(i, j)
			for c := range d {
				v := o.b.tr.X[o.b.number(last, c, lane)]
				fresh = fresh || o.b.tr.Status[lane] != ode.StatusOK || !(math.Abs(v) < wayOut*o.size)
			}
			for c := range d {
				if x[c] = next[c]; !fresh {
					x[c] = o.b.tr.X[o.b.number(last, c, lane)]
				}
			}
		}
	}
}

// wayOut is how many deviations from the origin of scaled units a long run is lost.
const wayOut = 100

func (o *measureLoss) settled() bool { return o.b.p.warm != nil && o.look.reached() }

func (o *measureLoss) chosen(z []float64) []float64 {
	if o.b.p.warm == nil {
		return z
	}
	return o.look.choose(z)
}

func (o *measureLoss) state() []float64 {
	return append(append([]float64{}, o.chain...), o.look.state()...)
}

func (o *measureLoss) restore(state []float64) { o.look.restore(state[copy(o.chain, state):]) }

// why is how the fit ended, in words.
func (o *measureLoss) why() string {
	l := o.look
	switch {
	case o.m.Distance == "none":
		return "all iterations were made"
	case l.reached():
		return fmt.Sprintf("long runs are no farther from the data (%s %.2g) than parts of it are from each other (%.2g)", l.name(), l.last[0], l.floor)
	}
	return fmt.Sprintf("all iterations were made; long runs are at a distance (%s) of %.2g from the data, parts of which are %.2g apart", l.name(), l.last[0], l.floor)
}
