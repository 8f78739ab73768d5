package train

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/opt"
)

// Progressive fits trajectories that grow longer: at first the first rows of
// every recording, in the end all of them. A short trajectory shows a poor
// field the way; a long one that is nearly right needs little more.
//
// The part of the rows goes from First to 1 in Stages steps of equal ratio,
// over the part Grow of the iterations; the rest is for whole recordings. Rows
// may be sparse at first as well: every Sparse-th one counts, then more of them
// in steps of equal ratio, at last all.
//
// Source: the documentation of the SciML software, where it is called
// iterative growing of fits.
type Progressive struct {
	Descent `yaml:",inline"`
	First   float64 `json:"first" yaml:"first"`   // part of the rows to begin with
	Stages  int     `json:"stages" yaml:"stages"` // different lengths, the last is all rows
	Grow    float64 `json:"grow" yaml:"grow"`     // part of the iterations in which they grow
	Sparse  int     `json:"sparse" yaml:"sparse"` // to begin with, only every so many-th row counts
}

func init() {
	Methods.Register("progressive", "fit trajectories that grow longer from stage to stage", func() Method {
		return &Progressive{Descent: Descent{Optimiser: "adamw", LR: 0.02, Schedule: "cosine", WeightDecay: 0.01, Clip: 10, Adjoint: "discrete"}, First: 0.2, Stages: 8, Grow: 0.5, Sparse: 1}
	})
}

// Fit implements Method.
func (g *Progressive) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlyBounds("progressive"); err != nil {
		return nil, err
	}
	if err := g.check(); err != nil {
		return nil, err
	}
	c, err := p.newCourse("progressive", 2000, "last")
	if err != nil {
		return nil, err
	}
	d := downhill{levels: g.Stages, level: func(k int) int { return g.stage(k, c.budget) }}
	d.stage = func(k int) (string, float64) {
		return fmt.Sprintf("stage %d of %d", d.level(k)+1, g.Stages), math.NaN()
	}
	d.objective = func(members int) (objective, error) {
		obj, err := newGrowingLoss(p, members, func(k int) rowsUsed { return rowsUsed{g.part(d.level(k)), g.stride(d.level(k))} })
		if err != nil {
			return nil, err
		}
		return obj, g.equip(obj.tracking)
	}
	return g.descend(ctx, c, d, from, on)
}

func (g *Progressive) check() error {
	switch {
	case !(g.First > 0) || g.First > 1:
		return fmt.Errorf("first=%g: the part of the rows to begin with must be above 0 and at most 1", g.First)
	case g.Stages < 1:
		return fmt.Errorf("stages=%d: there must be at least 1", g.Stages)
	case g.Sparse < 0:
		return fmt.Errorf("sparse=%d: every so many-th row counts to begin with, 1 or more", g.Sparse)
	case !(g.Grow >= 0) || g.Grow > 1:
		return fmt.Errorf("grow=%g: the part of the iterations must be between 0 and 1", g.Grow)
	}
	return nil
}

// stage is the stage of iteration k, from 0.
func (g *Progressive) stage(k, budget int) int {
	growing := g.Grow * float64(budget)
	if float64(k) >= growing {
		return g.Stages - 1
	}
	return min(g.Stages-1, int(float64(k)/growing*float64(g.Stages)))
}

// part is the part of the rows that a stage is about.
func (g *Progressive) part(stage int) float64 {
	if stage == g.Stages-1 {
		return 1
	}
	return math.Pow(g.First, 1-float64(stage)/float64(g.Stages-1))
}

// stride is that between the rows that count in a stage.
func (g *Progressive) stride(stage int) int {
	if stage == g.Stages-1 || g.Sparse <= 1 {
		return 1
	}
	return int(math.Round(math.Pow(float64(g.Sparse), 1-float64(stage)/float64(g.Stages-1))))
}

// rowsUsed says which rows of a recording count: of the first part every
// stride-th.
type rowsUsed struct {
	part   float64
	stride int
}

// growingLoss is the trajectory loss of some rows of every recording.
type growingLoss struct {
	*tracking
	used   func(k int) rowsUsed
	now    rowsUsed  // what times and targets are set to
	all    []float64 // times
	target []float64
}

func newGrowingLoss(p *Problem, members int, used func(k int) rowsUsed) (*growingLoss, error) {
	r := newRollout(p, p.Parts.Field, p.inputs(members, false), members, false)
	t, err := newTracking(r)
	o := &growingLoss{tracking: t, used: used, now: rowsUsed{1, 1}}
	o.all, o.target = append(o.all, r.ivp.Times...), append(o.target, r.target...)
	return o, err
}

// Size implements opt.Objective.
func (o *growingLoss) Size() int { return o.r.size() }

// Eval implements opt.Objective.
func (o *growingLoss) Eval(grad, z []float64, k int) opt.Loss {
	if now := o.used(k); now != o.now {
		o.now = now
		o.set()
	}
	return o.lossOf(grad, z, k)
}

// fewest is the least number of rows of a trajectory.
const fewest = 3

// set ends trajectories at the rows that belong to the part, and forgets those
// between the ones that count.
func (o *growingLoss) set() {
	r := o.r
	copy(o.times, o.all)
	copy(r.target, o.target)
	r.count = 0
	rows := func(rec int) int { return max(fewest, int(math.Ceil(o.now.part*float64(r.train[rec])))) }
	for k := range r.rows {
		for l := range r.lanes {
			if k >= rows(r.record(l)) {
				o.times[k*r.lanes+l] = math.NaN()
			}
		}
		for i := r.value(k, 0, 0); i < r.value(k+1, 0, 0); i++ {
			if k >= rows(i%r.records) || k%o.now.stride != 0 {
				r.target[i] = math.NaN()
			}
			if !math.IsNaN(r.target[i]) {
				r.count++
			}
		}
	}
	r.count = max(r.count, 1) // the first rows may all be empty
}
