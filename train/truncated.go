package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// Truncated fits short trajectories that begin anywhere in the recordings, a few of
// them in each iteration, by gradient descent. Where they begin an encoder tells from
// the rows before (model=encoder); of other models it is the smoothed rows, with
// initial=data the rows themselves, hidden states at rest. The trajectories that begin with the recordings have starts of their
// own. Which pieces an iteration has depends on its number alone.
//
// Source: Beintema, Schoukens, Tóth, Automatica 156 (2023) 111210; Forgione, Piga,
// Eur. J. Control 59 (2021) 69–81.
type Truncated struct {
	Descent `yaml:",inline"`
	Length  int `json:"length" yaml:"length"` // rows of a piece behind its first
	Short   int `json:"short" yaml:"short"`   // the same at first; pieces grow to length in half of the iterations; 0 = length, of model=latent 10
	Batch   int `json:"batch" yaml:"batch"`   // pieces an iteration
}

const truncatedWarm = 20 // iterations in which its rate rises unless one says otherwise

func init() {
	Methods.Register("truncated", "fit short pieces, drawn anew in each iteration, from where an encoder or the smoothed rows say they begin", func() Method {
		return &Truncated{Descent: Descent{Optimiser: "adamw", LR: 0.01, Schedule: "cosine", Clip: 1, Adjoint: "discrete", Warm: truncatedWarm}, Length: 40, Batch: 32}
	})
}

// Traits implements what TraitsOf asks for.
func (*Truncated) Traits() Traits { return alongRows }

// Fit implements Method.
func (m *Truncated) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlyStates("truncated"); err != nil && p.labels == nil {
		return nil, err
	}
	if err := m.check(p); err != nil {
		return nil, err
	}
	if err := p.onlyBounds("truncated"); err != nil {
		return nil, err
	}
	budget := 3000
	if p.labels != nil {
		budget = labelBudget
	}
	c, err := p.newCourse("truncated", budget, "best-train")
	if err != nil {
		return nil, err
	}
	return m.descend(ctx, c, downhill{moves: "its pieces are drawn anew in each iteration", warm: truncatedWarm, batch: m.Batch,
		objective: func(members int) (objective, error) { return newGrownPieces(p, m, members, c.budget) }}, from, on)
}

// check refuses what has no meaning. Its errors are for the user.
func (m *Truncated) check(p *Problem) error {
	longest := 0
	for _, s := range p.Train {
		longest = max(longest, s.Len())
	}
	past := 1
	if p.Parts.Past != nil {
		past = p.Parts.Past.Rows
	}
	switch {
	case m.Short < 0 || m.Short > m.Length:
		return fmt.Errorf("short=%d, length=%d: pieces grow from short to length, so it is 1 or more and not above it, or 0 (they do not grow)", m.Short, m.Length)
	case m.Length < 1 || m.Batch < 1:
		return fmt.Errorf("length=%d, batch=%d: length and batch are 1 or more", m.Length, m.Batch)
	case p.step() > 0:
		return fmt.Errorf("method=truncated is for differential equations; this model takes whole steps, so take method=vanilla")
	case m.Adjoint != "" && m.Adjoint != "discrete" && m.Adjoint != "symplectic" || m.Steer != 0:
		return fmt.Errorf("method=truncated knows adjoint=discrete and symplectic, and no steer")
	case past+1 > longest:
		return fmt.Errorf("window=%d: the longest recording has %d rows to train on, so no piece has its past; take a smaller window", past, longest)
	}
	return nil
}

// pieceLoss is the mean misfit of the pieces of an iteration, the same for all members.
// Its unknowns are θ and the starts of the recordings. The records of its grid are pieces.
type pieceLoss struct {
	laneGrid
	growing
	long    int // rows of a piece of this iteration behind its first
	p       *Problem
	m       *Truncated
	fixed   [][]float64  // where recordings begin; nil: learnt
	only    [][]int      // recordings that each member sees, of labelled ones; nil: all
	passed  map[int]bool // labelled recordings that could not be followed at times
	past    int          // rows before a piece can begin, itself among them
	lead    int          // rows behind the first that have to be there
	states  int
	columns int
	theta   int
	misfit  rowMisfit

	wide      field.Batch // θ with a lane a trajectory; of several members
	rec, row  []int       // of each lane: its recording and first row
	feature   field.Batch
	encoder   field.Field // nil: there is none
	told      *field.Point
	toldG     *field.Point
	inputs    []field.Input // of each recording, one lane; nil without inputs
	measured  *model.Measured
	all       *model.Measured // series of every recording
	ivp       ode.IVP
	tr, gtr   ode.Trajectory
	g         field.Point
	solve     ode.Adjoint
	loss      []float64
	evals     int
	places    int // rows of all recordings at which a piece may begin
	beginners int // lanes that begin with a recording
}

func newPieceLoss(p *Problem, m *Truncated, members int) (*pieceLoss, error) {
	o := &pieceLoss{growing: m.growing(p), laneGrid: newLaneGrid(m.Batch, members), p: p, m: m, past: 1, states: len(p.Parts.Frame.States), columns: len(p.Train[0].Names),
		theta: len(p.Parts.Theta0), misfit: p.misfit(), loss: make([]float64, members), passed: map[int]bool{}}
	if p.Parts.Past != nil {
		o.lead = p.Parts.Past.Lead
		o.past = p.Parts.Past.Rows - o.lead
	}
	if !p.learnsStarts() {
		o.fixed = p.startGuess()
	}
	for _, s := range p.Train {
		if p.labels == nil { // else pieces are whole recordings
			o.places += o.placesIn(&s)
		}
	}
	if o.beginners = min(len(p.Train), max(1, m.Batch/4)); p.Parts.Told() {
		o.beginners = 0 // none has a start of its own
	}
	o.rec, o.row = make([]int, o.lanes), make([]int, o.lanes)
	f := p.Parts.NewField(o.lanes, members > 1)
	rows := m.Length + 1
	if p.labels != nil {
		rows = 1
	}
	o.ivp = ode.IVP{Field: f, X0: program.NewBatch(o.states, o.lanes), T0: make([]float64, o.lanes), Times: make([]float64, rows*o.lanes)}
	o.tr, o.gtr = *ode.NewTrajectory(rows, o.states, o.lanes), *ode.NewTrajectory(rows, o.states, o.lanes)
	o.g.X = program.NewBatch(o.states, o.lanes)
	if members > 1 {
		o.wide, o.g.Theta = program.NewBatch(o.theta, o.lanes), program.NewBatch(o.theta, o.lanes)
	}
	if past := p.Parts.Past; past != nil {
		n := past.Features(o.columns, len(p.Parts.Frame.Inputs))
		o.feature = program.NewBatch(n, o.lanes)
		o.encoder = field.New(past.Program, o.lanes, members > 1)
		o.told = &field.Point{X: o.feature}
		o.toldG = &field.Point{}
	}
	o.drive()
	var err error
	o.solve, err = newAdjoint(m.Adjoint, &rollout{laneGrid: o.laneGrid, p: p, field: f})
	return o, err
}

// drive makes the inputs of lanes, which change with the pieces.
func (o *pieceLoss) drive() {
	p := o.p
	if len(p.Parts.Frame.Inputs) == 0 {
		return
	}
	o.inputs = newInputs(p)
	var series []*data.Series
	for i := range p.Train {
		series = append(series, &p.Train[i])
	}
	o.all = model.NewMeasured(series, &p.Parts.Frame, program.PadLanes(len(series)), p.Hold).(*model.Measured)
	o.measured = &model.Measured{T: make([][]float64, o.lanes), V: make([][]float64, o.lanes), Hold: o.all.Hold}
	for l := range o.lanes {
		o.measured.T[l], o.measured.V[l] = o.all.T[0], o.all.V[0]
	}
	o.ivp.Input = o.measured
}

// draw chooses the pieces of iteration k and says what they are compared with.
func (o *pieceLoss) draw(k int) {
	o.long = o.at(k)
	if o.p.labels != nil {
		o.drawWhole(k)
		return
	}
	r := num.Stream(o.p.Seed, "pieces", uint64(k))
	f, n := &o.p.Parts.Frame, len(o.p.Train)
	for l := range o.lanes {
		switch piece := o.record(l); {
		case !o.real(l):
			o.rec[l], o.row[l] = o.rec[0], o.row[0]
		case o.member(l) > 0: // as for the first member
			o.rec[l], o.row[l] = o.rec[l-1], o.row[l-1]
		case piece < o.beginners || o.places == 0:
			o.rec[l], o.row[l] = (k*o.beginners+piece)%n, 0
		default:
			o.rec[l], o.row[l] = o.place(r)
		}
		s := &o.p.Train[o.rec[l]]
		for j := range o.m.Length + 1 {
			o.ivp.Times[j*o.lanes+l] = math.NaN()
			if at := o.row[l] + j; at < s.Len() && j <= o.long {
				o.ivp.Times[j*o.lanes+l] = (s.T[at] - f.T0) / f.Time
			}
		}
		o.ivp.T0[l] = o.ivp.Times[l]
		o.driveLane(l)
	}
}

// driveLane gives a lane the inputs of its recording.
func (o *pieceLoss) driveLane(l int) {
	if o.measured != nil {
		o.measured.T[l], o.measured.V[l] = o.all.T[o.rec[l]], o.all.V[o.rec[l]]
	}
}

// isTold tells that an encoder says where the piece of a lane begins.
func (o *pieceLoss) isTold(l int) bool { return o.encoder != nil && (o.row[l] > 0 || o.lead > 0) }

// placesIn is how many rows of a recording have enough rows before them and behind.
func (o *pieceLoss) placesIn(s *data.Series) int { return max(0, s.Len()-o.past-o.lead) }

// place draws a row with enough rows before it, and behind.
func (o *pieceLoss) place(r *rand.Rand) (rec, row int) {
	at := r.IntN(o.places)
	for i, s := range o.p.Train {
		if n := o.placesIn(&s); at < n {
			return i, o.past - 1 + at
		} else {
			at -= n
		}
	}
	return 0, 0
}

// begin fills the states in which pieces begin.
func (o *pieceLoss) begin(z []float64) {
	f := &o.p.Parts.Frame
	if o.encoder != nil {
		one := make([]float64, o.feature.Rows)
		for l := range o.lanes {
			var in field.Input
			if o.inputs != nil {
				in = o.inputs[o.rec[l]]
			}
			clear(one)
			if o.isTold(l) {
				model.PastOf(one, o.p.Parts.Past, f, &o.p.Train[o.rec[l]], in, o.row[l])
			}
			for i, v := range one {
				o.feature.V[i*o.lanes+l] = v
			}
		}
		o.told.Theta = o.ivp.Theta
		o.encoder.Eval(o.ivp.X0, o.told)
	}
	for l := range o.lanes {
		for i := range o.states {
			switch {
			case o.isTold(l):
			case o.row[l] == 0:
				o.ivp.X0.Set(i, l, o.start(z, l, i))
			case i < o.columns:
				o.ivp.X0.Set(i, l, o.shown(l, i))
			default:
				o.ivp.X0.Set(i, l, (o.p.Parts.Start[i-o.columns]-f.Shift[i])/f.Scale[i])
			}
		}
	}
}

// shown is where column c says that the piece of a lane begins: at its row, if trajectories are to
// begin at data, else at the smoothed one.
func (o *pieceLoss) shown(l, c int) float64 {
	if o.p.Initial == "data" {
		if v := o.p.Parts.Frame.Scaled(c, o.p.Train[o.rec[l]].Row(o.row[l])[c]); !math.IsNaN(v) {
			return v
		}
	}
	return o.p.smoothed(o.rec[l], c, o.ivp.T0[l])
}

// start is where the recording of a lane begins: learnt, or as it was given.
func (o *pieceLoss) start(z []float64, l, i int) float64 {
	if o.fixed != nil {
		return o.fixed[o.rec[l]][i]
	}
	return ofMembers(z, o.members).At(o.theta+o.rec[l]*o.states+i, o.member(l))
}

// bind points the trajectories at the parameters in z.
func (o *pieceLoss) bind(z []float64) {
	o.ivp.Theta = field.Batch{V: z[:o.theta*o.members], Rows: o.theta, Lanes: 1}
	if o.members == 1 {
		return
	}
	for i := range o.theta {
		for l := range o.lanes {
			o.wide.Set(i, l, ofMembers(z, o.members).At(i, o.member(l)))
		}
	}
	o.ivp.Theta = o.wide
}

func (o *pieceLoss) Size() int { return o.p.ofRecordings().size() * o.members }

// Eval implements opt.Objective.
func (o *pieceLoss) Eval(grad, z []float64, k int) opt.Loss {
	o.draw(k)
	o.bind(z)
	o.begin(z)
	o.solve.Solve(&o.tr, &o.ivp)
	o.evals += countEvals(&o.tr, o.used())
	o.compare()
	if grad != nil {
		o.pull(grad)
	}
	return o.total()
}

// total is the sum over the members, and why one of them fails.
func (o *pieceLoss) total() opt.Loss {
	var loss opt.Loss
	for j, v := range o.loss {
		loss.Value += v
		if isNumber(v) {
			continue
		}
		loss.Fail = "the loss of a piece is not a finite number"
		for l := range o.m.Batch * o.members {
			if s := o.tr.Status[l]; s != ode.StatusOK && o.member(l) == j {
				loss.Fail = s.String()
			}
		}
	}
	return loss
}

// compare computes the losses and the cotangents of the trajectories.
func (o *pieceLoss) compare() {
	clear(o.gtr.X)
	clear(o.loss)
	count, f := 0.0, &o.p.Parts.Frame
	lost := o.lost()
	for l := range o.m.Batch * o.members {
		s := &o.p.Train[o.rec[l]]
		for j := o.firstRow(s); j < o.behind(s, l); j++ {
			for c, v := range s.Row(o.row[l] + j) {
				if math.IsNaN(v) {
					continue
				}
				if o.member(l) == 0 {
					count++ // of a member
				}
				if lost[l] || math.IsInf(o.loss[o.member(l)], 1) {
					continue
				}
				at := (o.saved(j)*o.states+c)*o.lanes + l
				value, slope, _ := o.misfit.at(c, o.tr.X[at]-f.Scaled(c, v))
				o.loss[o.member(l)] += value
				o.gtr.X[at] = slope
			}
		}
	}
	count = max(count, 1)
	for i := range o.gtr.X {
		o.gtr.X[i] /= count
	}
	for j := range o.loss {
		o.loss[j] /= count
	}
}

// pull sets grad: through the solver to θ and the first states, from those to the
// encoder or to the starts.
func (o *pieceLoss) pull(grad []float64) {
	clear(grad)
	clear(o.g.X.V)
	if o.members == 1 {
		o.g.Theta = field.Batch{V: grad[:o.theta], Rows: o.theta, Lanes: 1}
	} else {
		clear(o.g.Theta.V)
	}
	o.solve.Pull(&o.g, &o.gtr)
	all := ofMembers(grad, o.members)
	for l := range o.lanes {
		for i := range o.states {
			if o.real(l) && !o.isTold(l) && o.row[l] == 0 && o.fixed == nil {
				all.Row(o.theta + o.rec[l]*o.states + i)[o.member(l)] += o.g.X.At(i, l)
			}
			if !o.real(l) || !o.isTold(l) {
				o.g.X.Set(i, l, 0)
			}
		}
	}
	if o.encoder != nil {
		o.toldG.Theta = o.g.Theta
		o.encoder.VJP(o.toldG, o.told, o.g.X)
	}
	if o.members == 1 {
		return
	}
	for i := range o.theta {
		for l := range o.m.Batch * o.members {
			all.Row(i)[o.member(l)] += o.g.Theta.At(i, l)
		}
	}
}

func (o *pieceLoss) losses() []float64 { return o.loss }
func (o *pieceLoss) evaluations() int  { return o.evals }
