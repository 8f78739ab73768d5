package train

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/opt"
)

// Homotopy fits a field that is drawn towards a smoothed copy of the data,
//
//	dx/dt = f(x; θ) + λ·coupling·(s(t) − x),
//
// while λ goes from 1 to 0 in levels: at first every θ gives trajectories near
// the data, at last the field runs free. A member that cannot follow a level
// takes half of its change back and goes on more slowly.
//
// Source: Ko, Koh, Park, Jhe, Homotopy-based training of NeuralODEs for
// accurate dynamics discovery (2023), algorithm 1.
type Homotopy struct {
	Descent  `yaml:",inline"`
	Coupling float64 `json:"coupling" yaml:"coupling"` // gain at λ = 1, per unit of scaled time
	Levels   int     `json:"levels" yaml:"levels"`     // values of λ, the last is 0
	Epochs   int     `json:"epochs" yaml:"epochs"`     // iterations a level
	Ratio    float64 `json:"ratio" yaml:"ratio"`       // of one decrement of λ to the one before
	// Penalty above 0 makes the coupling a penalty: the gain of every measured
	// state is learnt and costs Penalty·(1 − λ)/λ times its share of Coupling,
	// averaged over states, beside the mean squared distance in scaled units; λ
	// no longer lowers the gain itself, but the last level is still free.
	Penalty   float64 `json:"penalty" yaml:"penalty"`
	Impulse   bool    `json:"impulse" yaml:"impulse"`     // couple at the rows alone, all at once (teacher forcing), and to the rows themselves
	Smoothing float64 `json:"smoothing" yaml:"smoothing"` // weight of the spline's curvature, scaled units; −1 = by cross-validation
}

func init() {
	Methods.Register("homotopy", "fit a field coupled to the data, and let go of the coupling step by step", func() Method {
		return &Homotopy{Descent: Descent{Optimiser: "adamw", LR: 0.02, Schedule: "constant", WeightDecay: 0.01, Adjoint: "discrete"},
			Coupling: 4, Levels: 6, Epochs: 100, Ratio: 0.6, Smoothing: -1}
	})
}

// Lambda returns the levels of λ: decrements are proportional to ratio^j.
func (h *Homotopy) Lambda() []float64 {
	sum := 0.0
	for j := range h.Levels - 1 {
		sum += math.Pow(h.Ratio, float64(j))
	}
	lambda := make([]float64, h.Levels)
	at := 1.0
	for j := range lambda {
		lambda[j] = at
		at -= math.Pow(h.Ratio, float64(j)) / sum
	}
	lambda[len(lambda)-1] = 0
	return lambda
}

// Fit implements Method.
func (h *Homotopy) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlyBounds("homotopy"); err != nil {
		return nil, err
	}
	if err := p.onlyStates("homotopy"); err != nil {
		return nil, err
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	c, err := p.newCourse("homotopy", h.Levels*h.Epochs, "best-train")
	if err != nil {
		return nil, err
	}
	perLevel := float64(c.budget) / float64(h.Levels)
	lambda := h.Lambda()
	d := downhill{levels: h.Levels, level: func(k int) int { return min(h.Levels-1, int(float64(k)/perLevel)) }}
	d.stage = func(k int) (string, float64) {
		return fmt.Sprintf("level %d of %d", d.level(k)+1, h.Levels), lambda[d.level(k)]
	}
	d.objective = func(members int) (objective, error) {
		return h.objective(p, members, func(k int) float64 { return lambda[d.level(k)] })
	}
	r, err := h.descend(ctx, c, d, from, on)
	if err == nil {
		r.Warnings = append(r.Warnings, p.undrawn()...)
	}
	return r, err
}

// objective is the coupled loss with the chosen way to its gradient.
func (h *Homotopy) objective(p *Problem, members int, lambda func(k int) float64) (objective, error) {
	if h.Penalty > 0 {
		return h.newSelfCoupledLoss(p, members, lambda)
	}
	gain := func(k int) float64 { return h.Coupling * lambda(k) }
	if h.Impulse {
		return newImpulseLoss(p, members, gain, h.Descent)
	}
	obj, err := newCoupledLoss(p, members, h.Smoothing, gain)
	if err != nil {
		return nil, err
	}
	return obj, h.equip(obj.tracking)
}

func (h *Homotopy) check() error {
	switch {
	case h.Levels < 2:
		return fmt.Errorf("levels=%d: there must be at least 2, the coupled and the free one", h.Levels)
	case h.Epochs < 1:
		return fmt.Errorf("epochs=%d: every level needs at least one iteration", h.Epochs)
	case !(h.Ratio > 0):
		return fmt.Errorf("ratio=%g: it must be above 0", h.Ratio)
	case !(h.Coupling >= 0):
		return fmt.Errorf("coupling=%g: it must be 0 or more", h.Coupling)
	}
	return h.checkPenalty()
}

// coupledLoss is the trajectory loss of the coupled field; its gain is a
// function of k, but for members that could not follow it.
type coupledLoss struct {
	*tracking
	in   *strength
	gain func(k int) float64
	*behind
}

func newCoupledLoss(p *Problem, members int, smoothing float64, gain func(int) float64) (*coupledLoss, error) {
	in, err := p.coupling(members, smoothing)
	if err != nil {
		return nil, err
	}
	r := newRollout(p, p.drawn(), in, members, false)
	t, err := newTracking(r)
	return &coupledLoss{t, in.strength, gain, newBehind(members)}, err
}

// Size implements opt.Objective.
func (c *coupledLoss) Size() int { return c.r.size() }

// Eval implements opt.Objective.
func (c *coupledLoss) Eval(grad, z []float64, k int) opt.Loss {
	c.in.gain = c.gain(k)
	c.in.own = c.gains(c.in.gain, c.r)
	return c.lossOf(grad, z, k)
}

// coupling is the input of a coupled field for the lanes of a rollout over
// the training rows.
func (p *Problem) coupling(members int, smoothing float64) (*coupled, error) {
	splines := p.Splines
	if smoothing >= 0 {
		splines = nil
		for _, s := range p.Train {
			var one []*num.Spline
			for c := range s.Names {
				t, y := model.ScaledColumn(&s, c, &p.Parts.Frame)
				sp, err := num.SmoothSpline(t, y, smoothing)
				if err != nil {
					return nil, err
				}
				sp.Linear = true
				one = append(one, sp)
			}
			splines = append(splines, one)
		}
	}
	in := p.newCoupled(p.inputs(members, false))
	recs := newLaneGrid(len(p.Train), members).recordOf()
	for _, rec := range recs {
		in.splines = append(in.splines, splines[rec])
	}
	in.conceal(p.blinds(), recs)
	return in, nil
}
