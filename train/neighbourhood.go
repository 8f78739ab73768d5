package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/registry"
)

// Neighbourhood fits a field so that it moves not only rows as the data do, but
// also their neighbourhoods: runs over a few rows begin at rows i, and what
// becomes of the rows j nearest to i, at other times, is compared as well,
//
//	mean |x̂_i − x_i|²  +  Weight · term
//
// with one of these terms, each a mean over neighbours, rows and columns:
//
//	linear        |x̂_i + v − x_j|²          v the tangent that begins at x_j − x_i
//	second-order  |x̂_i + v + w/2 − x_j|²    and the second-order term of that
//	exact         |(x̂_j − x̂_i) − (x_j − x_i)|² of two runs, over the mean squared distance
//	quotient      the same, each over its squared distance and that of the noise
//	cloud         squared distance of the clouds {x̂_j} and {x_j}, in units of their size
//
// Runs begin at smoothed rows unless Raw. The saved model starts anew where errors
// have grown out of proportion; how far the linear term is from the truth is told.
//
// Source: the linear term with 25 neighbours and 5 steps is that of Ko, Giraldo,
// Lee; clouds after their arXiv:2605.14405; distances of clouds: Gretton et al.,
// JMLR 13 (2012) 723.
type Neighbourhood struct {
	Descent    `yaml:",inline"`
	Term       string  `json:"term" yaml:"term"`             // linear, second-order, exact, quotient, cloud, or none
	Neighbours int     `json:"neighbours" yaml:"neighbours"` // of each row
	Draw       int     `json:"draw" yaml:"draw"`             // of them, so many are looked at in an iteration, others in the next; 0 = by the term: 1 of exact and quotient, else all
	Ahead      int     `json:"ahead" yaml:"ahead"`           // rows that runs go
	Weight     float64 `json:"weight" yaml:"weight"`         // of the term
	Batch      int     `json:"batch" yaml:"batch"`           // neighbourhoods an iteration; 0 = as many as make about 208 runs
	Theiler    int     `json:"theiler" yaml:"theiler"`       // rows of one passage are within so many of each other; 0 = by the autocorrelation
	Apart      float64 `json:"apart" yaml:"apart"`           // least distance of neighbours, in deviations of their noise
	Single     bool    `json:"single" yaml:"single"`         // one neighbour of a passage
	Distance   string  `json:"distance" yaml:"distance"`     // of clouds: mmd or sliced
	Raw        bool    `json:"raw" yaml:"raw"`               // begin at rows as measured and not as smoothed
}

func init() {
	Methods.Register("neighbourhood", "fit what becomes of rows and of the rows near them", func() Method {
		return &Neighbourhood{Descent: Descent{Optimiser: "adamw", LR: 0.01, Schedule: "cosine", WeightDecay: 0.0001, Clip: 10, Adjoint: "discrete"},
			Term: "quotient", Neighbours: 25, Ahead: 5, Weight: 1, Apart: 2, Distance: "mmd"}
	})
}

// neighbourTerms are those of Neighbourhood.
var neighbourTerms = []string{"cloud", "exact", "linear", "none", "quotient", "second-order"}

// Traits implements what TraitsOf asks for.
func (*Neighbourhood) Traits() Traits { return alongRows }

// Fit implements Method.
func (h *Neighbourhood) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlyBounds("neighbourhood"); err != nil {
		return nil, err
	}
	if err := p.onlyStates("neighbourhood"); err != nil {
		return nil, err
	}
	if err := h.check(p); err != nil {
		return nil, err
	}
	c, err := p.newCourse("neighbourhood", 2000, "last")
	if err != nil {
		return nil, err
	}
	var obj *neighbourhoodLoss
	all := p.measurements(h.Raw)
	d := downhill{moves: movingRuns, objective: func(members int) (objective, error) {
		var err error
		obj, err = newNeighbourhoodLoss(p, members, h, all)
		return obj, err
	}}
	r, err := h.descend(ctx, c, d, from, on)
	if err != nil {
		return nil, err
	}
	p.anchored(r, all)
	if h.Term == "linear" && r.Status == StatusOK {
		h.tellBias(p, r, all)
	}
	return r, nil
}

func (h *Neighbourhood) check(p *Problem) error {
	if err := p.refuseRuns("neighbourhood"); err != nil {
		return err
	}
	if !slices.Contains(neighbourTerms, h.Term) {
		return &registry.UnknownError{Kind: "term", Name: h.Term, Known: neighbourTerms}
	}
	if known := []string{"mmd", "sliced"}; !slices.Contains(known, h.Distance) {
		return &registry.UnknownError{Kind: "distance", Name: h.Distance, Known: known}
	}
	switch {
	case h.Neighbours < 1 || h.Ahead < 1:
		return fmt.Errorf("neighbours=%d ahead=%d: each must be 1 or more", h.Neighbours, h.Ahead)
	case h.Batch < 0 || h.Draw < 0:
		return fmt.Errorf("batch=%d draw=%d: each must be 0 (chosen) or more", h.Batch, h.Draw)
	case !(h.Weight >= 0) || math.IsInf(h.Weight, 1):
		return fmt.Errorf("weight=%g: it must be 0 or more", h.Weight)
	case !(h.Apart >= 0) || math.IsInf(h.Apart, 1):
		return fmt.Errorf("apart=%g: it must be 0 or more", h.Apart)
	case h.Theiler < 0:
		return fmt.Errorf("theiler=%d: it is a number of rows, 0 (chosen) or more", h.Theiler)
	}
	return nil
}

// neighbourhoodLoss is the loss of runs from rows and what a term adds. The runs
// are, of every row, that of the row itself, then those of its neighbours; where
// neighbours are tangents there is one run for each of these.
type neighbourhoodLoss struct {
	*runLoss
	h          *Neighbourhood
	near       *neighbours
	each       int // neighbours of a row, an iteration
	batch      int // neighbourhoods
	order      int // of tangents: 0 (runs of their own), 1 or 2
	weight     float64
	variance   float64 // of the noise of a difference
	ahead      int
	partner    []place     // of every run: the neighbour it stands for; rec < 0: none
	start      [][]float64 // of every run with a tangent: where the neighbour is
	directions []float64
	x, y, g    []float64 // clouds and slopes
}

func newNeighbourhoodLoss(p *Problem, members int, h *Neighbourhood, all []measured) (*neighbourhoodLoss, error) {
	d := len(p.Train[0].Names)
	o := &neighbourhoodLoss{h: h, weight: h.Weight, order: map[string]int{"linear": 1, "second-order": 2}[h.Term]}
	longest := 0
	for rec := range all {
		longest = max(longest, len(all[rec].t))
	}
	o.ahead = max(1, min(h.Ahead, longest/2))
	noise := p.stateNoise(h.Raw)
	o.variance = 2 * float64(d) * noise * noise
	o.near = newNeighbours(all, d, o.ahead, h.Theiler, h.Apart*math.Sqrt(o.variance), h.Single)
	if o.near.tree.Len() == 0 {
		return nil, fmt.Errorf("ahead=%d: no recording has so many rows one after the other from which a run can begin", h.Ahead)
	}
	o.share()
	f, count := p.Parts.Field, o.batch*(1+o.each)
	if o.order > 0 {
		f, count = field.Jet(f, o.order), o.batch*o.each
	}
	b := newRuns(p, f, count, o.ahead, members, all)
	var err error
	if o.runLoss, err = newRunLoss(b, h.Descent); err != nil {
		return nil, err
	}
	o.partner, o.start = make([]place, count), make([][]float64, count)
	n := o.each * d
	o.x, o.y, o.g = make([]float64, n), make([]float64, n), make([]float64, n)
	o.load = o.begin
	o.term = o.add
	return o, nil
}

// usualRuns are those of an iteration, about.
const usualRuns = 208

// share decides how many neighbours of how many rows an iteration looks at.
func (o *neighbourhoodLoss) share() {
	if o.each = min(o.h.Draw, o.h.Neighbours); o.each == 0 {
		if o.each = o.h.Neighbours; o.h.Term == "exact" || o.h.Term == "quotient" || o.h.Term == "none" {
			o.each = 1
		}
	}
	if o.batch = o.h.Batch; o.batch == 0 {
		o.batch = max(1, usualRuns/(1+o.each))
	}
}

// group is the number of runs of a neighbourhood.
func (o *neighbourhoodLoss) group() int { return len(o.partner) / o.batch }

// begin loads the neighbourhoods of iteration k.
func (o *neighbourhoodLoss) begin(k int) {
	r := num.Stream(o.b.p.Seed, "neighbourhoods", uint64(k))
	o.b.heads = 0
	for i := range o.batch {
		at := o.near.at[r.IntN(len(o.near.at))]
		if rec := k % len(o.b.rows); i == 0 && o.order == 0 && len(o.b.rows[rec].t) > o.ahead {
			at, o.b.heads = place{rec, 0}, 1
		}
		o.around(i, at, r)
	}
	o.directions = o.directions[:0]
	if o.h.Term == "cloud" && o.h.Distance == "sliced" {
		for range cloudDirections {
			o.directions = append(o.directions, num.Direction(r, o.near.d)...)
		}
	}
	o.b.ready()
}

// cloudDirections are the projections of a sliced distance, of an iteration.
const cloudDirections = 16

// around loads neighbourhood i, that of a place.
func (o *neighbourhoodLoss) around(i int, at place, r *rand.Rand) {
	b, first := o.b, i*o.group()
	found := o.near.again(at, o.h.Neighbours)
	if o.each < len(found) {
		r.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	}
	if o.order == 0 {
		b.begin(first, at, o.ahead)
		o.partner[first] = place{rec: -1}
		first++
	}
	for j := range o.each {
		partner := place{rec: -1}
		if j < len(found) && o.h.Term != "none" {
			partner = o.near.at[found[j].Index]
		}
		o.partner[first+j] = partner
		switch {
		case o.order == 0 && o.h.Term == "none": // as many runs, from anywhere
			b.begin(first+j, o.near.at[r.IntN(len(o.near.at))], o.ahead)
		case o.order == 0:
			b.begin(first+j, partner, o.ahead)
		case partner.rec < 0 && j > 0:
			b.begin(first+j, partner, o.ahead)
		default: // a row without neighbours is compared itself, once
			b.begin(first+j, at, o.ahead)
			if partner.rec >= 0 {
				x := o.near.state(partner)
				for c := range o.near.d {
					b.fixed[first+j][o.near.d+c] = x[c] - b.fixed[first+j][c]
				}
			}
		}
	}
}

// add is what the term adds to losses and cotangents.
func (o *neighbourhoodLoss) add() {
	for m := range o.b.members {
		if math.IsInf(o.loss[m], 1) {
			continue
		}
		for i := range o.batch {
			switch o.h.Term {
			case "linear", "second-order":
				o.addJets(i, m)
			case "exact", "quotient":
				o.addDifferences(i, m)
			case "cloud":
				o.addClouds(i, m)
			}
		}
	}
}

// value of column c of row k of a run of a member: its place in the trajectory, and
// what the row is.
func (o *neighbourhoodLoss) place(run, m, k, c int) int {
	return o.b.number(k, c, o.b.lane(run, m))
}

// rowOf is column c of the k-th row behind a place; NaN if there is none.
func (o *neighbourhoodLoss) rowOf(at place, k, c int) float64 {
	m := &o.b.rows[at.rec]
	if row := at.row + 1 + k; row < len(m.t) {
		return m.row[row*o.near.d+c]
	}
	return math.NaN()
}

// counted is the number of values of an iteration that a term is a mean over.
func (o *neighbourhoodLoss) counted() float64 {
	return float64(o.batch * o.each * o.ahead * o.near.d)
}

// times of a run are those of its own rows: a neighbour's rows must be as far apart.
const sameStep = 0.01

// inStep tells that the k-th rows behind two places are at the same distance in time.
func (o *neighbourhoodLoss) inStep(a, b place, k int) bool {
	s, t := &o.b.rows[a.rec], &o.b.rows[b.rec]
	if a.row+1+k >= len(s.t) || b.row+1+k >= len(t.t) {
		return false
	}
	ha, hb := s.t[a.row+1+k]-s.t[a.row], t.t[b.row+1+k]-t.t[b.row]
	return math.Abs(ha-hb) <= sameStep*(ha+hb)/2
}

func (o *neighbourhoodLoss) addJets(i, m int) {
	first, w := i*o.group(), o.weight/o.counted()
	for run := first; run < first+o.group(); run++ {
		to := o.partner[run]
		if to.rec < 0 {
			continue
		}
		for k := range o.ahead {
			if !o.inStep(o.b.of[run], to, k) {
				continue
			}
			for c := range o.near.d {
				want := o.rowOf(to, k, c)
				if math.IsNaN(want) {
					continue
				}
				x, v := o.place(run, m, k, c), o.place(run, m, k, o.near.d+c)
				e := o.b.tr.X[x] + o.b.tr.X[v] - want
				if o.order == 2 {
					second := o.place(run, m, k, 2*o.near.d+c)
					e += o.b.tr.X[second] / 2
					o.gtr.X[second] += w * e
				}
				o.loss[m] += w * e * e
				o.gtr.X[x] += 2 * w * e
				o.gtr.X[v] += 2 * w * e
			}
		}
	}
}

func (o *neighbourhoodLoss) addDifferences(i, m int) {
	first := i * o.group()
	at, mean, count := o.b.of[first], 0.0, 0.0
	for run := first + 1; run < first+o.group(); run++ {
		if to := o.partner[run]; to.rec >= 0 {
			mean, count = mean+num.Square(o.near.state(at), o.near.state(to)), count+1
		}
	}
	for run := first + 1; run < first+o.group(); run++ {
		to := o.partner[run]
		if to.rec < 0 {
			continue
		}
		size := mean / count
		if o.h.Term == "quotient" {
			size = num.Square(o.near.state(at), o.near.state(to))
		}
		w := o.weight / o.counted() / (size + 2*o.variance + leastSquare)
		for k := range o.ahead {
			if !o.inStep(at, to, k) {
				continue
			}
			for c := range o.near.d {
				e := o.rowOf(at, k, c) - o.rowOf(to, k, c)
				if math.IsNaN(e) {
					continue
				}
				a, b := o.place(first, m, k, c), o.place(run, m, k, c)
				e += o.b.tr.X[b] - o.b.tr.X[a]
				o.loss[m] += w * e * e
				o.gtr.X[b] += 2 * w * e
				o.gtr.X[a] -= 2 * w * e
			}
		}
	}
}

// leastSquare keeps rows that are equal from counting without bound.
const leastSquare = 1e-12

func (o *neighbourhoodLoss) addClouds(i, m int) {
	first, d := i*o.group(), o.near.d
	at := o.b.of[first]
	w := o.weight / float64(o.batch*o.ahead)
	for k := range o.ahead {
		n, runs := 0, [][2]int{}
		for run := first + 1; run < first+o.group(); run++ {
			to := o.partner[run]
			if to.rec < 0 || !o.inStep(at, to, k) || !o.complete(to, k) {
				continue
			}
			for c := range d {
				o.x[n*d+c], o.y[n*d+c] = o.b.tr.X[o.place(run, m, k, c)], o.rowOf(to, k, c)
			}
			runs, n = append(runs, [2]int{run, n}), n+1
		}
		if n < 2 {
			continue
		}
		x, y, g := o.x[:n*d], o.y[:n*d], o.g[:n*d]
		clear(g)
		size := spread(y, d)
		if o.h.Distance == "sliced" {
			w := w / (size*size + o.variance + leastSquare)
			o.loss[m] += w * num.SlicedSlope(g, x, y, d, o.directions, w)
		} else {
			scale := math.Sqrt(size*size + o.variance + leastSquare)
			o.loss[m] += w * num.MMDSlope(g, x, y, d, num.MMDWidths, scale, w)
		}
		for _, r := range runs {
			for c := range d {
				o.gtr.X[o.place(r[0], m, k, c)] += g[r[1]*d+c]
			}
		}
	}
}

// complete tells that the k-th row behind a place has every value.
func (o *neighbourhoodLoss) complete(at place, k int) bool {
	for c := range o.near.d {
		if math.IsNaN(o.rowOf(at, k, c)) {
			return false
		}
	}
	return true
}

// spread is the root mean square distance of points from their mean.
func spread(y []float64, d int) float64 {
	n, sum := len(y)/d, 0.0
	for c := range d {
		mean := 0.0
		for i := range n {
			mean += y[i*d+c] / float64(n)
		}
		for i := range n {
			sum += square(y[i*d+c]-mean) / float64(n)
		}
	}
	return math.Sqrt(sum)
}

// tellBias says how much the first-order term leaves out, by the second-order one of
// the fitted field, at the last row of the runs of some neighbourhoods.
func (h *Neighbourhood) tellBias(p *Problem, r *Result, all []measured) {
	q := *h
	q.Term, q.Batch, q.Draw = "second-order", biasPlaces, 0
	o, err := newNeighbourhoodLoss(p, 1, &q, all)
	if err != nil {
		return
	}
	o.begin(0)
	o.b.bind(r.Model.Theta[0])
	o.solve.Solve(&o.b.tr, &o.b.ivp)
	var parts []float64
	d := o.near.d
	for i := range o.batch {
		first, one, two := i*o.group(), 0.0, 0.0
		for run := first; run < first+o.group(); run++ {
			if o.partner[run].rec < 0 {
				continue
			}
			for c := range d {
				one += square(o.b.tr.X[o.place(run, 0, o.ahead-1, d+c)])
				two += square(o.b.tr.X[o.place(run, 0, o.ahead-1, 2*d+c)] / 2)
			}
		}
		if v := math.Sqrt(two / one); isNumber(v) {
			parts = append(parts, v)
		}
	}
	if len(parts) == 0 {
		return
	}
	slices.Sort(parts)
	r.Warnings = append(r.Warnings, fmt.Sprintf("the linear term leaves out what is of second order: in the median of %d neighbourhoods %.2g of the first-order term, in the worst %.2g; term=quotient leaves out nothing",
		len(parts), num.Quantile(parts, 0.5), parts[len(parts)-1]))
}

const biasPlaces = 64
