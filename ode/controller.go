package ode

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/registry"
)

// Controllers are the rules for step sizes by name (controller=…): each makes a
// Controller whose coefficients are those given, or its defaults for zeros.
var Controllers = registry.New[func(Control) Controller]("controller")

func registerController(name, doc string, make func(Control) Controller) {
	Controllers.Register(name, doc, func() func(Control) Controller { return make })
}

func init() {
	registerController("pi", "proportional and integral: the last error counts too; the usual choice",
		func(c Control) Controller { return &PI{Control: c.or(piDefaults)} })
	registerController("integral", "the error of the step alone decides, as in torchdiffeq",
		func(c Control) Controller { return &Integral{Control: c.or(integralDefaults)} })
	registerController("predictive", "looks at the change from error to error and step to step; for implicit solvers",
		func(c Control) Controller { return &Predictive{Control: c.or(predictiveDefaults)} })
	registerController("fixed", "all steps are of the size step=…",
		func(Control) Controller { return Fixed{} })
}

// Controller accepts or rejects each lane's step and proposes its next size.
// It keeps what it remembers of each lane.
type Controller interface {
	// Reset forgets every lane and makes room for that many.
	Reset(lanes int)
	// Keep forgets all lanes but those in places of, ascending, which move up.
	Keep(of []int)
	// Next sets accept and replaces the sizes h just tried by the next ones.
	// err is Stepper.Error's norm, +Inf where the state is not finite. Lanes
	// with h = 0 are left alone. order is the method's.
	Next(accept []bool, h, err []float64, order int)
}

// Control holds the coefficients of the step size controllers. With e the
// error norm, e' that of the accepted step before, and q the order, the next
// step is h times
//
//	Safety · e^(−Integral/q) · (e'/e)^(Proportional/q)   within [Shrink, Grow].
//
// A zero means the default of the controller.
type Control struct {
	Safety       float64 `json:"safety" yaml:"safety"`
	Shrink       float64 `json:"shrink" yaml:"shrink"`
	Grow         float64 `json:"grow" yaml:"grow"`
	Integral     float64 `json:"integral" yaml:"integral"`
	Proportional float64 `json:"proportional" yaml:"proportional"`
}

func (c Control) or(d Control) Control {
	for _, p := range []struct{ v, d *float64 }{
		{&c.Safety, &d.Safety}, {&c.Shrink, &d.Shrink}, {&c.Grow, &d.Grow},
		{&c.Integral, &d.Integral}, {&c.Proportional, &d.Proportional},
	} {
		if *p.v == 0 {
			*p.v = *p.d
		}
	}
	return c
}

// Defaults: Hairer's for dopri5, where e has the exponent −0.2 + 0.75·0.04 and
// e' the exponent 0.04, with q = 5; and torchdiffeq's.
var (
	piDefaults       = Control{Safety: 0.9, Shrink: 0.2, Grow: 10, Integral: 0.65, Proportional: 0.2}
	integralDefaults = Control{Safety: 0.9, Shrink: 0.2, Grow: 10, Integral: 1}
)

// PI is the proportional–integral controller. The step after a rejection does
// not grow, and a rejected step is repeated with the integral rule alone.
//
// Source: Gustafsson, ACM TOMS 17 (1991) 533–554; Hairer, Nørsett, Wanner,
// Solving Ordinary Differential Equations II, IV.2.
type PI struct {
	Control
	last     []float64 // log e of the step accepted before
	rejected []bool
	log      []float64
	factor   []float64
}

// Hairer's start value of e, and the least that is remembered.
var leastError = math.Log(1e-4)

// Reset forgets every lane.
func (c *PI) Reset(lanes int) {
	if cap(c.last) < lanes {
		c.last, c.rejected = make([]float64, lanes), make([]bool, lanes)
		c.log, c.factor = make([]float64, lanes), make([]float64, lanes)
	}
	c.last, c.rejected = c.last[:lanes], c.rejected[:lanes]
	for l := range c.last {
		c.last[l], c.rejected[l] = leastError, false
	}
}

// Keep moves what it remembers.
func (c *PI) Keep(of []int) {
	for j, i := range of {
		c.last[j], c.rejected[j] = c.last[i], c.rejected[i]
	}
	c.last, c.rejected = c.last[:len(of)], c.rejected[:len(of)]
}

// Next applies the rule of Control, in logarithms.
func (c *PI) Next(accept []bool, h, err []float64, order int) {
	log, factor, q := c.log[:len(err)], c.factor[:len(err)], 1/float64(order)
	kernel.Act(log, err, kernel.Log, 0)
	for l, e := range log {
		factor[l] = -e * q
		if err[l] <= 1 {
			factor[l] = (c.Proportional*c.last[l] - (c.Integral+c.Proportional)*e) * q
		}
	}
	kernel.Act(factor, factor, kernel.Exp, 0)
	for l, e := range err {
		if h[l] == 0 {
			continue
		}
		f := c.Safety * factor[l]
		if !(f > c.Shrink) {
			f = c.Shrink
		}
		if accept[l] = e <= 1; !accept[l] {
			h[l] *= min(f, c.Safety)
			c.rejected[l] = true
			continue
		}
		if f = min(f, c.Grow); c.rejected[l] {
			f = min(f, 1)
		}
		h[l] *= f
		c.last[l], c.rejected[l] = max(log[l], leastError), false
	}
}

// Integral is the elementary controller with the rules of torchdiffeq: the
// error decides alone, and an accepted step never shrinks the next one.
type Integral struct {
	Control
	factor []float64
}

// Reset makes room; the controller remembers nothing.
func (c *Integral) Reset(lanes int) {
	if len(c.factor) < lanes {
		c.factor = make([]float64, lanes)
	}
}

// Keep does nothing: the controller remembers nothing.
func (c *Integral) Keep([]int) {}

// Next applies the rule.
func (c *Integral) Next(accept []bool, h, err []float64, order int) {
	factor := c.factor[:len(err)]
	kernel.Act(factor, err, kernel.Log, 0)
	kernel.Scale(factor, -c.Integral/float64(order), factor)
	kernel.Act(factor, factor, kernel.Exp, 0)
	for l, e := range err {
		if h[l] == 0 {
			continue
		}
		accept[l] = e <= 1
		if e == 0 {
			h[l] *= c.Grow
			continue
		}
		least := c.Shrink
		if e < 1 {
			least = 1
		}
		f := c.Safety * factor[l]
		if !(f > least) {
			f = least
		}
		h[l] *= min(f, c.Grow)
	}
}

// predictiveDefaults are those of Hairer and Wanner's RADAU5.
var predictiveDefaults = Control{Safety: 0.9, Shrink: 0.2, Grow: 8, Integral: 1, Proportional: 1}

// steady is up to which growth a step keeps its size, so that factorisations are used
// again.
const steady = 1.2

// Predictive is the predictive controller: with e, h of the step just taken and e', h' of
// the accepted one before, the next step is the smaller of
//
//	h · Safety · e^(−1/q)   and   h · Safety · (h/h') · (e'/e²)^(1/q),
//
// within [Shrink, Grow], and of the same size as the last one rather than up to 1.2
// times as long. After a rejection it does not grow. Integral and Proportional scale the
// two exponents.
//
// Source: Gustafsson, ACM TOMS 20 (1994) 496–517; Hairer, Wanner, Solving Ordinary
// Differential Equations II, IV.8.
type Predictive struct {
	Control
	lane []predicted
}

type predicted struct {
	h, err   float64 // of the step accepted before; h = 0: there is none
	rejected bool
}

// Reset forgets every lane.
func (c *Predictive) Reset(lanes int) {
	if cap(c.lane) < lanes {
		c.lane = make([]predicted, lanes)
	}
	c.lane = c.lane[:lanes]
	clear(c.lane)
}

// Keep moves what it remembers.
func (c *Predictive) Keep(of []int) {
	for j, i := range of {
		c.lane[j] = c.lane[i]
	}
	c.lane = c.lane[:len(of)]
}

// Next applies the rule.
func (c *Predictive) Next(accept []bool, h, err []float64, order int) {
	power := 1 / float64(order)
	for l, e := range err {
		if h[l] == 0 {
			continue
		}
		q := &c.lane[l]
		f := c.Safety * math.Pow(e, -c.Integral*power)
		if !(f > c.Shrink) {
			f = c.Shrink
		}
		f = min(f, c.Grow)
		if accept[l] = e <= 1; !accept[l] {
			h[l] *= min(f, c.Safety)
			q.rejected = true
			continue
		}
		if q.h != 0 {
			g := c.Safety * h[l] / q.h * math.Pow(q.err/(e*e), c.Proportional*power)
			f = min(f, max(g, c.Shrink))
		}
		q.h, q.err = h[l], max(1e-2, e)
		if q.rejected {
			f = min(f, 1)
		}
		if q.rejected = false; f >= 1 && f <= steady {
			f = 1
		}
		h[l] *= f
	}
}

// Fixed accepts every step that is finite and keeps the size.
type Fixed struct{}

// Reset does nothing.
func (Fixed) Reset(int) {}

// Keep does nothing.
func (Fixed) Keep([]int) {}

// Next accepts what is finite.
func (Fixed) Next(accept []bool, h, err []float64, _ int) {
	for l, e := range err {
		accept[l] = h[l] != 0 && !math.IsInf(e, 1)
	}
}
