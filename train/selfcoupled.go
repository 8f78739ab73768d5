package train

import (
	"errors"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/opt"
)

// selfCoupledLoss is the loss of a field whose coupling to the data is learnt
// as well, with a penalty on it: the gain of measured state c is the scheduled
// one times κ_c², and to the distances comes weight(k) times the mean of κ².
// Beside the unknowns of a coupledLoss it has κ − 1 of every measured state.
type selfCoupledLoss struct {
	*tracking
	*behind
	coupled    *coupledLoss // made with these two; its θ is (θ, κ)
	weight     func(k int) float64
	outer      unknowns
	full, grad []float64 // in the order of coupled
	last       []float64 // weight · mean κ² of each member
}

// newSelfCoupledLoss is the objective of Homotopy with a Penalty. lambda is a
// function of k.
func (h *Homotopy) newSelfCoupledLoss(p *Problem, members int, lambda func(k int) float64) (*selfCoupledLoss, error) {
	if p.step() > 0 {
		return nil, errors.New("penalty: it needs a differential equation; this model takes whole steps")
	}
	in, err := p.coupling(members, h.Smoothing)
	if err != nil {
		return nil, err
	}
	columns := len(p.Train[0].Names)
	r := newRollout(p, field.SelfCoupled(p.Parts.Field, columns), in, members, false)
	t, err := newTracking(r)
	if err != nil {
		return nil, err
	}
	gain := func(k int) float64 {
		if lambda(k) == 0 {
			return 0
		}
		return h.Coupling
	}
	outer := p.ofRecordings()
	outer.added = columns
	c := &coupledLoss{t, in.strength, gain, newBehind(members)}
	o := &selfCoupledLoss{tracking: t, behind: c.behind, coupled: c, outer: outer,
		full: make([]float64, c.Size()), grad: make([]float64, c.Size()), last: make([]float64, members)}
	o.weight = func(k int) float64 {
		if l := lambda(k); l > 0 {
			return h.Penalty * (1 - l) / l
		}
		return 0
	}
	return o, h.equip(t)
}

// Size implements opt.Objective.
func (o *selfCoupledLoss) Size() int { return o.outer.size() * o.r.members }

// Eval implements opt.Objective.
func (o *selfCoupledLoss) Eval(grad, z []float64, k int) opt.Loss {
	m, columns := o.r.members, o.r.columns
	theta, starts, off := o.outer.parts(z, m)
	parameters, inner, _ := o.r.u.parts(o.full, m)
	kappas := parameters[copy(parameters, theta):] // which the field takes for parameters
	copy(inner, starts)
	for i, v := range off {
		kappas[i] = 1 + v
	}
	into := o.grad
	if grad == nil {
		into = nil
	}
	loss := o.coupled.Eval(into, o.full, k)
	w := o.weight(k) / float64(columns)
	clear(o.last)
	for i, kappa := range kappas {
		o.last[i%m] += w * kappa * kappa
	}
	for j, v := range o.last {
		o.loss[j] += v
		loss.Value += v
	}
	if grad != nil {
		for i, kappa := range kappas {
			o.grad[len(theta)+i] += 2 * w * kappa
		}
		parameters, inner, _ := o.r.u.parts(o.grad, m)
		theta, starts, off := o.outer.parts(grad, m)
		n := copy(theta, parameters)
		copy(starts, inner)
		copy(off, parameters[n:])
	}
	return loss
}

// checkPenalty refuses what has no learnt coupling.
func (h *Homotopy) checkPenalty() error {
	switch {
	case !(h.Penalty >= 0) || math.IsInf(h.Penalty, 1):
		return fmt.Errorf("penalty=%g: it must be 0 (off) or more", h.Penalty)
	case h.Penalty > 0 && h.Impulse:
		return fmt.Errorf("penalty=%g: the strength of impulses cannot be learnt; leave impulse= or penalty= away", h.Penalty)
	}
	return nil
}
