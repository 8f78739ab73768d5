package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// rateLoss compares how tangents grow along runs from rows, by a field and by local
// maps of the data: the logarithms of the lengths R_jj of their QR factors, the
// mean over the runs of an iteration.
type rateLoss struct {
	b      *runs
	weight float64
	count  int // tangents
	maps   *localMaps
	known  map[place]localMap
	from   []int // of maps.near.at
	solve  ode.Adjoint
	gtr    ode.Trajectory
	g      field.Point
	want   []float64   // of every run: what becomes of its frame, d × count; NaN: not known
	frame  [][]float64 // of every run
}

// rateRuns are the runs of an iteration.
const rateRuns = 16

func newRateLoss(p *Problem, members int, m *Measure, all []measured) (*rateLoss, error) {
	d := len(p.Train[0].Names)
	o := &rateLoss{weight: m.Rates, count: m.Growth, maps: newLocalMaps(p, all, 0, 0, 2, m.Raw), known: map[place]localMap{}}
	rows := max(1, m.Ahead/o.maps.ahead) * o.maps.ahead
	for i, at := range o.maps.near.at {
		if at.row+rows+o.maps.ahead < len(all[at.rec].t) {
			o.from = append(o.from, i)
		}
	}
	if len(o.from) == 0 {
		return nil, fmt.Errorf("growth=%d: the recordings are too short for growth rates over %d rows", m.Growth, rows)
	}
	o.b = newRuns(p, field.Tangent(p.Parts.Field, m.Growth), rateRuns, rows, members, all)
	var err error
	if o.solve, err = newAdjoint("", o.b.rollout); err != nil {
		return nil, err
	}
	r := o.b.rollout
	o.gtr = *ode.NewTrajectory(r.rows, r.states, r.lanes)
	o.g = field.Point{X: program.NewBatch(r.states, r.lanes)}
	o.want, o.frame = make([]float64, rateRuns*d*m.Growth), make([][]float64, rateRuns)
	return o, nil
}

// begin loads the runs of iteration k.
func (o *rateLoss) begin(k int) {
	r := num.Stream(o.b.p.Seed, "rates", uint64(k))
	for i := range rateRuns {
		at := o.maps.near.at[o.from[r.IntN(len(o.from))]]
		o.b.begin(i, at, o.b.rollout.rows)
		o.carry(i, at)
	}
	o.b.ready()
}

// carry sets the frame of run i and what local maps make of it.
func (o *rateLoss) carry(i int, at place) {
	d, n := o.b.columns, o.b.columns*o.count
	want := o.want[i*n : (i+1)*n]
	for c := range want {
		want[c] = math.NaN()
	}
	first := o.local(at)
	if len(first.along) < n || first.known() < o.count {
		return
	}
	v := append([]float64{}, first.along[:n]...)
	copy(o.b.fixed[i][d:], v)
	for row := at.row; row < at.row+o.b.rollout.rows; row += o.maps.ahead {
		m := o.local(place{at.rec, row})
		if m.step == nil {
			return
		}
		next := make([]float64, n)
		for j := range o.count {
			for r := range d {
				for c := range d {
					next[j*d+r] += m.step[r*d+c] * v[j*d+c]
				}
			}
		}
		v = next
	}
	copy(want, v)
}

func (o *rateLoss) local(at place) localMap {
	m, ok := o.known[at]
	if !ok {
		m = o.maps.of(at)
		o.known[at] = m
	}
	return m
}

// add adds the loss of every member, and its gradient.
func (o *rateLoss) add(loss, grad, z []float64, k int) {
	o.begin(k)
	r, m := o.b.rollout, o.b.members
	o.b.bind(z[:r.theta.Rows*m])
	o.solve.Solve(&r.tr, &r.ivp)
	clear(o.gtr.X)
	for j := range m {
		if r.failure(j) != "" {
			loss[j] = math.Inf(1)
			continue
		}
		loss[j] += o.member(j)
	}
	if grad == nil {
		return
	}
	clear(o.g.X.V)
	o.g.Theta = field.Batch{V: grad[:r.theta.Rows*m], Rows: r.theta.Rows, Lanes: m}
	if r.wide.V != nil {
		o.g.Theta = program.NewBatch(r.theta.Rows, r.lanes)
	}
	o.solve.Pull(&o.g, &o.gtr)
	r.scatter(grad, &o.g)
}

// member is the loss of member j, whose cotangents it sets.
func (o *rateLoss) member(j int) float64 {
	r, d := o.b.rollout, o.b.columns
	n := d * o.count
	off, runs := make([]float64, o.count), 0.0
	v := make([]float64, n)
	frames := func(do func(i int)) {
		for i := range rateRuns {
			if !num.Finite(o.want[i*n]) {
				continue
			}
			for c := range n {
				v[c] = r.tr.X[r.number(r.rows-1, d+c, r.lane(i, j))]
			}
			do(i)
		}
	}
	frames(func(i int) {
		runs++
		want := num.VolumeSlopes(nil, o.want[i*n:(i+1)*n], d, o.count, nil)
		for q, l := range num.VolumeSlopes(nil, v, d, o.count, nil) {
			off[q] += l - want[q]
		}
	})
	if runs == 0 {
		return 0
	}
	sum, weights := 0.0, make([]float64, o.count)
	for q := range off {
		off[q] /= runs
		sum += o.weight * off[q] * off[q]
		weights[q] = 2 * o.weight * off[q] / runs
	}
	if !num.Finite(sum) { // a tangent that has vanished
		return math.Inf(1)
	}
	g := make([]float64, n)
	frames(func(i int) {
		clear(g)
		num.VolumeSlopes(g, v, d, o.count, weights)
		for c := range n {
			o.gtr.X[r.number(r.rows-1, d+c, r.lane(i, j))] = g[c]
		}
	})
	return sum
}
