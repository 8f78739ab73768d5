package train

import (
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// rollout integrates every recording for every member, each a lane, and
// compares the trajectories with the rows. This is the one place where rows
// per time become lanes, see laneGrid. Its unknowns z are a batch with a lane a member.
type rollout struct {
	laneGrid
	p       *Problem
	u       unknowns // of a member
	states  int
	columns int         // measured states
	rows    int         // most rows of a recording
	train   []int       // training rows of each recording
	fixed   [][]float64 // else: the start of each recording, scaled

	target []float64 // rows × columns × recordings, scaled; NaN = missing
	count  float64   // observed training values, all recordings
	misfit rowMisfit

	equation *program.Program
	field    field.Field
	told     *toldStarts // nil: starts are learnt or given
	theta    field.Batch // θ as z has it, a lane a member
	wide     field.Batch // θ with a lane a trajectory; the same as theta for one recording or one member
	ivp      ode.IVP
	tr       ode.Trajectory
}

// newRollout prepares the recordings of p with the field program f. With held
// it integrates on through the rows held out.
func newRollout(p *Problem, f *program.Program, in field.Input, members int, held bool) *rollout {
	r := &rollout{laneGrid: newLaneGrid(len(p.Train), members), p: p, u: p.ofRecordings(), states: len(p.Parts.Frame.States),
		columns: len(p.Train[0].Names), fixed: p.startGuess(), equation: f, misfit: p.misfit()}
	r.field = p.Parts.FieldOf(f, r.lanes, members > 1)
	r.u.theta = r.field.Shape().Theta // which may be more than the model's own
	all := p.compared(held)
	for i, s := range all {
		r.rows = max(r.rows, s.Len())
		r.train = append(r.train, min(s.Len(), p.Train[i].Len()))
	}
	r.fill(all, in)
	return r
}

// rows returns the recordings, with the rows held out or without them.
func (p *Problem) rows(held bool) []data.Series {
	if !held || p.Held == nil {
		return p.Train
	}
	all := make([]data.Series, len(p.Train))
	for i := range all {
		all[i] = join(p.Train[i], p.Held[i])
	}
	return all
}

// join appends the rows of b to those of a.
func join(a, b data.Series) data.Series {
	cat := func(x, y []float64) []float64 { return append(append([]float64{}, x...), y...) }
	a.T, a.X, a.U = cat(a.T, b.T), cat(a.X, b.X), cat(a.U, b.U)
	return a
}

func (r *rollout) fill(all []data.Series, in field.Input) {
	f := &r.p.Parts.Frame
	r.target = make([]float64, r.rows*r.columns*r.records)
	nan := math.NaN()
	times, t0 := make([]float64, r.rows*r.lanes), make([]float64, r.lanes)
	for i := range times {
		times[i] = nan
	}
	for i := range r.target {
		r.target[i] = nan
	}
	for l := range r.lanes {
		s := &all[r.record(l)]
		t0[l] = (r.p.Train[r.record(l)].T[0] - f.T0) / f.Time
		for k, t := range s.T {
			times[k*r.lanes+l] = (t - f.T0) / f.Time
		}
	}
	for rec := range all {
		for c := range r.columns {
			_, y := model.ScaledColumn(&all[rec], c, f)
			for k, v := range y {
				r.target[r.value(k, c, rec)] = v
				if k < r.train[rec] && !math.IsNaN(v) {
					r.count++
				}
			}
		}
	}
	r.theta = field.Batch{Rows: r.u.theta, Lanes: r.members}
	r.wide = r.theta
	if r.members > 1 && r.lanes != r.members {
		r.wide = program.NewBatch(r.u.theta, r.lanes)
	}
	r.told = newToldStarts(r.p, r.laneGrid)
	r.ivp = ode.IVP{Field: r.field, Input: in, X0: program.NewBatch(r.states, r.lanes), T0: t0, Times: times}
	r.tr = *ode.NewTrajectory(r.rows, r.states, r.lanes)
}

// value is where column c of a row of a recording stands in target, and number where it
// stands in the trajectory of a lane.
func (r *rollout) value(row, c, record int) int { return (row*r.columns+c)*r.records + record }
func (r *rollout) number(row, c, lane int) int  { return (row*r.states+c)*r.lanes + lane }

// size is the number of unknowns of all members.
func (r *rollout) size() int { return r.u.size() * r.members }

// bind points the initial value problem at the unknowns z.
func (r *rollout) bind(z []float64) {
	all := ofMembers(z, r.members)
	r.theta.V = z[:r.u.theta*r.members]
	r.ivp.Theta = r.theta
	if r.wide.V != nil {
		for i := range r.theta.Rows {
			for l := range r.lanes {
				r.wide.V[i*r.lanes+l] = all.At(i, r.member(l))
			}
		}
		r.ivp.Theta = r.wide
	}
	if r.told != nil {
		r.told.tell(r.ivp.X0, r.ivp.Theta)
		return
	}
	for l := range r.lanes {
		rec := r.record(l)
		for i := range r.states {
			v := r.fixed[rec][i]
			if r.u.starts > 0 {
				v = all.At(r.u.start(rec)+i, r.member(l))
			}
			r.ivp.X0.Set(i, l, v)
		}
	}
}

// scatter adds the cotangents of lane starts and of wide θ to grad.
func (r *rollout) scatter(grad []float64, g *field.Point) {
	if r.told != nil {
		for l := r.used(); l < r.lanes; l++ {
			for i := range r.states {
				g.X.Set(i, l, 0)
			}
		}
		r.told.pull(g.Theta, g.X)
	}
	all := ofMembers(grad, r.members)
	if r.wide.V != nil {
		for i := range r.u.theta {
			row := all.Row(i)
			for l := range r.used() {
				row[r.member(l)] += g.Theta.V[i*r.lanes+l]
			}
		}
	}
	if r.u.starts == 0 {
		return
	}
	for l := range r.used() {
		for i := range r.states {
			all.Row(r.u.start(r.record(l)) + i)[r.member(l)] += g.X.At(i, l)
		}
	}
}

// failure says in words why member m could not be integrated, "" if it could.
func (r *rollout) failure(m int) string {
	for l := range r.lanes {
		if r.real(l) && r.member(l) == m && r.tr.Status[l] != ode.StatusOK {
			return r.tr.Status[l].String()
		}
	}
	return ""
}

// startGuess is the scaled start of each recording: the known one, or else
// the first row (initial=data) or the smoothing spline at the first time.
func (p *Problem) startGuess() [][]float64 {
	f := &p.Parts.Frame
	n, d := len(f.States), len(p.Train[0].Names)
	out := make([][]float64, len(p.Train))
	for rec, s := range p.Train {
		x := make([]float64, n)
		for i := range x {
			var user float64
			switch {
			case p.Initial == "known" && i < len(p.Start):
				user = p.Start[i]
			case i >= d:
				user = p.Parts.Start[i-d]
			case p.Initial == "data" && !math.IsNaN(s.Row(0)[i]):
				user = s.Row(0)[i]
			default:
				x[i] = p.Splines[rec][i].At((s.T[0] - f.T0) / f.Time)
				continue
			}
			x[i] = f.Scaled(i, user)
		}
		out[rec] = x
	}
	return out
}
