package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
)

// JacobianMatching fits a field on short runs from rows and matches its Jacobian,
//
//	mean |x̂ − x|²  +  Weight · mean_v |(∂f/∂x − J)·v|² / mean_v |J·v|²
//
// at rows, along directions v. J are local maps fitted to the neighbours of a row
// or, with Against the name of a known system whose states are the columns, its
// Jacobians. Directions are all, those in which neighbours of a row lie (tangent:
// what data can tell), or random ones, which for many states are cheaper and have the
// same mean. Jitter moves the places at which a known Jacobian is matched by a
// normal deviate of that size, in deviations of the data.
//
// Source: Park, Yang, Chandramoorthy, NeurIPS (2024), arXiv:2411.06311 (true
// Jacobians); Janvier et al., arXiv:2602.04608 (random directions); Kang, Nguyen,
// Bui-Thanh, arXiv:2606.01596 (perturbed places).
type JacobianMatching struct {
	Descent    `yaml:",inline"`
	Against    string  `json:"against" yaml:"against"`       // rows, or a known system
	Along      string  `json:"along" yaml:"along"`           // all, tangent or random; "" = tangent against rows, else all
	Count      int     `json:"count" yaml:"count"`           // random directions of a place
	Jitter     float64 `json:"jitter" yaml:"jitter"`         // of places where the Jacobian is known
	Weight     float64 `json:"weight" yaml:"weight"`         // of the Jacobians
	Places     int     `json:"places" yaml:"places"`         // at which they are matched, an iteration
	Batch      int     `json:"batch" yaml:"batch"`           // runs an iteration
	Ahead      int     `json:"ahead" yaml:"ahead"`           // rows of a run
	Neighbours int     `json:"neighbours" yaml:"neighbours"` // of a local map; 0 = twice as many as it has terms
	Theiler    int     `json:"theiler" yaml:"theiler"`       // rows of one passage are within so many of each other; 0 = by the autocorrelation
	Apart      float64 `json:"apart" yaml:"apart"`           // least distance of neighbours, in deviations of their noise
	Raw        bool    `json:"raw" yaml:"raw"`               // rows as measured and not as smoothed
}

func init() {
	Methods.Register("jacobian-matching", "fit runs, and the Jacobians of the true equations or of local maps", func() Method {
		return &JacobianMatching{Descent: Descent{Optimiser: "adamw", LR: 0.01, Schedule: "cosine", WeightDecay: 0.0001, Clip: 10, Adjoint: "discrete"},
			Against: "rows", Count: 1, Weight: 0.01, Places: 64, Batch: 64, Ahead: 5, Apart: 2}
	})
}

// Traits implements what TraitsOf asks for.
func (*JacobianMatching) Traits() Traits { return alongRows }

// Fit implements Method.
func (j *JacobianMatching) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlyBounds("jacobian-matching"); err != nil {
		return nil, err
	}
	if err := p.onlyStates("jacobian-matching"); err != nil {
		return nil, err
	}
	if err := j.check(p); err != nil {
		return nil, err
	}
	c, err := p.newCourse("jacobian-matching", 2000, "last")
	if err != nil {
		return nil, err
	}
	var obj *jacobianLoss
	all := p.measurements(j.Raw)
	d := downhill{moves: movingRuns, objective: func(members int) (objective, error) {
		var err error
		obj, err = newJacobianLoss(p, members, j, all)
		return obj, err
	}}
	r, err := j.descend(ctx, c, d, from, on)
	if err != nil {
		return nil, err
	}
	p.anchored(r, all)
	if len(obj.targets) == 0 {
		r.Warnings = append(r.Warnings, "no row has neighbours enough at other times for a local map; Jacobians were not matched")
	}
	return r, nil
}

func (j *JacobianMatching) check(p *Problem) error {
	if err := p.refuseRuns("jacobian-matching"); err != nil {
		return err
	}
	if known := []string{"", "all", "random", "tangent"}; !slices.Contains(known, j.Along) {
		return &registry.UnknownError{Kind: "along", Name: j.Along, Known: known[1:]}
	}
	switch {
	case j.Count < 1 || j.Places < 1 || j.Batch < 1 || j.Ahead < 1:
		return fmt.Errorf("count=%d places=%d batch=%d ahead=%d: each must be 1 or more", j.Count, j.Places, j.Batch, j.Ahead)
	case j.Neighbours < 0 || j.Theiler < 0:
		return fmt.Errorf("neighbours=%d theiler=%d: each must be 0 (chosen) or more", j.Neighbours, j.Theiler)
	case !(j.Weight >= 0) || math.IsInf(j.Weight, 1):
		return fmt.Errorf("weight=%g: it must be 0 or more", j.Weight)
	case !(j.Apart >= 0) || math.IsInf(j.Apart, 1):
		return fmt.Errorf("apart=%g: it must be 0 or more", j.Apart)
	case !(j.Jitter >= 0) || math.IsInf(j.Jitter, 1):
		return fmt.Errorf("jitter=%g: it must be 0 or more", j.Jitter)
	case j.Jitter > 0 && j.Against == "rows":
		return fmt.Errorf("jitter=%g: local maps are known at rows alone; name the system whose Jacobians are known as against=NAME", j.Jitter)
	}
	return nil
}

// along are the directions in use.
func (j *JacobianMatching) along() string {
	switch {
	case j.Along != "":
		return j.Along
	case j.Against == "rows":
		return "tangent"
	}
	return "all"
}

// jacobianLoss is the loss of runs and that of Jacobians at rows.
type jacobianLoss struct {
	*runLoss
	j       *JacobianMatching
	law     *model.Flow // whose Jacobians are matched; nil: those of targets
	targets []localMap
	scale   float64 // mean square of J·v over unit vectors
	from    []place
	each    int      // directions of a place
	grid    laneGrid // pairs of place and direction, for records, × members
	field   field.Field
	at      field.Point
	out, c  program.Batch
	want    []float64 // of every pair of place and direction: J·v
	in      *model.Measured
	of      []place // of every pair; rec < 0: none
}

func newJacobianLoss(p *Problem, members int, j *JacobianMatching, all []measured) (*jacobianLoss, error) {
	d, longest := len(p.Train[0].Names), 0
	for rec := range all {
		longest = max(longest, len(all[rec].t))
	}
	ahead := max(1, min(j.Ahead, longest/2))
	b := newRuns(p, p.Parts.Field, j.Batch, ahead, members, all)
	b.heads = min(len(all), max(1, j.Batch/8))
	t, err := newRunLoss(b, j.Descent)
	if err != nil {
		return nil, err
	}
	o := &jacobianLoss{runLoss: t, j: j, from: places(all, 1), each: d}
	if len(o.from) == 0 {
		return nil, fmt.Errorf("there are no rows from which a run can begin: columns have values at too few times")
	}
	if j.along() == "random" {
		o.each = j.Count
	}
	if err := o.findTargets(p, all); err != nil {
		return nil, err
	}
	o.room(p, members, d)
	t.load = o.begin
	t.more = o.match
	return o, nil
}

// findTargets finds the Jacobians to match.
func (o *jacobianLoss) findTargets(p *Problem, all []measured) error {
	maps := newLocalMaps(p, all, o.j.Neighbours, o.j.Theiler, o.j.Apart, o.j.Raw)
	if o.j.Against != "rows" {
		s, err := field.Systems.Lookup(o.j.Against)
		if err != nil {
			return err
		}
		if o.law, err = model.OfSystem(s); err != nil {
			return err
		}
		if !slices.Equal(o.law.Frame.States, p.Parts.Frame.States) {
			return fmt.Errorf("against=%s: its states are %v, but the columns are %v", o.j.Against, o.law.Frame.States, p.Parts.Frame.States)
		}
	}
	if len(maps.near.at) == 0 {
		return nil
	}
	stride := 1 + len(maps.near.at)/mostMaps
	for i := 0; i < len(maps.near.at); i += stride {
		m := maps.of(maps.near.at[i])
		if o.law != nil && (m.along != nil || o.j.along() != "tangent") {
			o.targets = append(o.targets, m)
		} else if o.law == nil && m.jac != nil {
			o.targets = append(o.targets, m)
		}
	}
	for i := range o.targets {
		jac, d := o.jacobian(&o.targets[i], maps.near.state(o.targets[i].at)), maps.near.d
		for _, v := range jac {
			o.scale += v * v / float64(d*len(o.targets))
		}
	}
	return nil
}

// mostMaps are as many local maps as are worth making.
const mostMaps = 5000

// jacobian is the one to match at a scaled state x, scaled units.
func (o *jacobianLoss) jacobian(m *localMap, x []float64) []float64 {
	if o.law == nil {
		return m.jac
	}
	f, d := &o.b.p.Parts.Frame, len(x)
	user, jac := make([]float64, d), make([]float64, d*d)
	for c, v := range x {
		user[c] = f.User(c, v)
	}
	o.law.Jacobian(jac, f.T0+f.Time*o.b.rows[m.at.rec].t[m.at.row], user)
	for i := range d {
		for k := range d {
			jac[i*d+k] *= f.Unit(k, x[k]) / f.Unit(i, x[i]) * f.Time
		}
	}
	return jac
}

// room makes room for the Jacobian–vector products of an iteration.
func (o *jacobianLoss) room(p *Problem, members, d int) {
	pairs := o.j.Places * o.each
	o.grid = newLaneGrid(pairs, members)
	lanes := o.grid.lanes
	o.field = field.New(field.Tangent(p.Parts.Field, 1), lanes, members > 1)
	o.at = field.Point{T: make([]float64, lanes), X: program.NewBatch(2*d, lanes), U: program.NewBatch(len(p.Parts.Frame.Inputs), lanes),
		Theta: field.Batch{Rows: o.b.theta.Rows, Lanes: members}}
	if members > 1 {
		o.at.Theta = program.NewBatch(o.b.theta.Rows, lanes)
	}
	o.out, o.c = program.NewBatch(2*d, lanes), program.NewBatch(2*d, lanes)
	o.want, o.of = make([]float64, pairs*d), make([]place, pairs)
	if o.b.whole != nil {
		o.in = &model.Measured{T: make([][]float64, lanes), V: make([][]float64, lanes), Hold: o.b.whole.Hold}
	}
}

// begin loads the runs and the places of iteration k.
func (o *jacobianLoss) begin(k int) {
	r := num.Stream(o.b.p.Seed, "jacobians", uint64(k))
	o.b.draw(r, k, o.from, func(int) int { return o.b.rollout.rows })
	o.b.ready()
	d := o.b.columns
	for i := range o.j.Places {
		if len(o.targets) == 0 {
			return
		}
		m := &o.targets[r.IntN(len(o.targets))]
		x := append([]float64{}, o.b.rows[m.at.rec].state[m.at.row*d:(m.at.row+1)*d]...)
		for c := range x {
			x[c] += o.j.Jitter * r.NormFloat64()
		}
		jac := o.jacobian(m, x)
		for e := range o.each {
			v, pair := make([]float64, d), i*o.each+e
			o.of[pair] = m.at
			switch {
			case o.j.along() == "random":
				copy(v, num.Direction(r, d))
			case o.j.along() == "all":
				v[e] = 1
			case e < m.known():
				copy(v, m.along[e*d:(e+1)*d])
			default:
				o.of[pair] = place{rec: -1}
			}
			o.pair(pair, x, v, jac)
		}
	}
}

// pair sets a pair of place and direction.
func (o *jacobianLoss) pair(pair int, x, v, jac []float64) {
	d := len(x)
	for c := range d {
		o.want[pair*d+c] = 0
		for k := range d {
			o.want[pair*d+c] += jac[c*d+k] * v[k]
		}
	}
	at := o.of[pair]
	for j := range o.grid.members {
		l := o.grid.lane(pair, j)
		for c := range d {
			o.at.X.Set(c, l, x[c])
			o.at.X.Set(d+c, l, v[c])
		}
		if at.rec < 0 {
			continue
		}
		o.at.T[l] = o.b.rows[at.rec].t[at.row]
		if o.in != nil {
			o.in.T[l], o.in.V[l] = o.b.whole.T[at.rec], o.b.whole.V[at.rec]
			o.in.Lane(o.at.U, l, o.at.T[l])
		}
	}
}

// match adds the distances of Jacobians.
func (o *jacobianLoss) match(grad, z []float64, _ int) {
	if len(o.targets) == 0 {
		return
	}
	m, size := o.grid.members, o.b.theta.Rows
	if m == 1 {
		o.at.Theta.V = z[:size]
	} else {
		all := ofMembers(z, m)
		for i := range size {
			for l := range o.grid.lanes {
				o.at.Theta.Set(i, l, all.At(i, o.grid.member(l)))
			}
		}
	}
	o.field.Eval(o.out, &o.at)
	o.compareJacobians()
	if grad == nil {
		return
	}
	g := field.Point{Theta: field.Batch{V: grad[:size], Rows: size, Lanes: 1}}
	if m > 1 {
		g.Theta = program.NewBatch(size, o.grid.lanes)
	}
	o.field.VJP(&g, &o.at, o.c)
	if m > 1 {
		all := ofMembers(grad, m)
		for i := range size {
			for l := range o.grid.used() {
				all.Row(i)[o.grid.member(l)] += g.Theta.At(i, l)
			}
		}
	}
}

// compareJacobians adds what J·v is off to the losses and sets its cotangents.
func (o *jacobianLoss) compareJacobians() {
	clear(o.c.V)
	d := o.b.columns
	w := o.j.Weight / (o.scale * float64(len(o.of)))
	for pair := range o.of {
		if o.of[pair].rec < 0 {
			continue
		}
		for j := range o.grid.members {
			l := o.grid.lane(pair, j)
			for c := range d {
				e := o.out.At(d+c, l) - o.want[pair*d+c]
				o.loss[j] += w * e * e
				o.c.Set(d+c, l, 2*w*e)
			}
		}
	}
}
