package ode

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/registry"
)

// What zeros in Options mean.
const (
	DefaultSolver   = "dopri5"
	DefaultRTol     = 1e-6
	DefaultATol     = 1e-8
	DefaultMaxSteps = 100_000  // adaptive steps; fixed steps are as many as asked for
	DefaultMemory   = 64 << 20 // bytes
)

// plan is what Options mean for one scheme.
type plan struct {
	Options
	scheme *Scheme
	ctrl   Controller
	land   bool // steps end at saved times
}

// resolve fills in defaults. Its errors are for the person who wrote the
// options.
func (o Options) resolve() (plan, error) {
	if o.Solver == "" {
		o.Solver = DefaultSolver
	}
	m, err := Method(o.Solver)
	if err != nil {
		return plan{}, err
	}
	if o.RTol == 0 && o.ATol == 0 {
		o.RTol, o.ATol = DefaultRTol, DefaultATol
	}
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	for _, v := range []struct {
		name string
		v    float64
	}{{"step", o.Step}, {"rtol", o.RTol}, {"atol", o.ATol}, {"first_step", o.FirstStep},
		{"max_steps", float64(o.MaxSteps)}, {"memory", float64(o.Memory)}, {"threads", float64(o.Threads)}} {
		if !(v.v >= 0) || math.IsInf(v.v, 1) {
			return plan{}, fmt.Errorf("%s is %g; give a number that is not negative", v.name, v.v)
		}
	}
	p := plan{Options: o, scheme: m}
	if err := p.control(); err != nil {
		return plan{}, err
	}
	return p, p.save()
}

// control chooses the controller.
func (p *plan) control() error {
	if p.Controller == "" {
		p.Controller = "pi"
		if p.scheme.Controller != "" {
			p.Controller = p.scheme.Controller
		}
		if p.Step > 0 {
			p.Controller = "fixed"
		}
	}
	make, err := Controllers.Lookup(p.Controller)
	if err != nil {
		return err
	}
	if p.ctrl = make(p.Control); p.Controller == "fixed" {
		if p.Step == 0 {
			return fmt.Errorf("controller fixed needs a step size; give step=…")
		}
		return nil
	}
	if !p.scheme.Adaptive() {
		return fmt.Errorf("%s has no error estimate to choose step sizes by; give step=…, or take solver=%s", p.scheme.Name, DefaultSolver)
	}
	if p.Step > 0 {
		return fmt.Errorf("step=%g and controller %s exclude each other; leave one out", p.Step, p.Controller)
	}
	if p.MaxSteps == 0 {
		p.MaxSteps = DefaultMaxSteps
	}
	return nil
}

// save chooses how saved times are reached.
func (p *plan) save() error {
	switch p.Save {
	case "":
		p.land = p.Controller == "fixed" || p.scheme.Inside == 0
	case "land":
		p.land = true
	case "interpolate":
		if p.scheme.Inside == 0 {
			return fmt.Errorf("%s has no states inside its steps; leave save=interpolate out", p.scheme.Name)
		}
	default:
		return &registry.UnknownError{Kind: "way to save", Name: p.Save, Known: []string{"interpolate", "land"}}
	}
	return nil
}
