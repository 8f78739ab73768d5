package opt

import (
	"fmt"

	"github.com/entrain-dev/entrain/internal/registry"
)

// Learning is what all recipes share: clipping and the rate as it changes.
type Learning struct {
	Rate       float64 `json:"rate" yaml:"rate"`             // learning rate
	Schedule   string  `json:"schedule" yaml:"schedule"`     // constant, cosine, step
	Warmup     int     `json:"warmup" yaml:"warmup"`         // iterations of linear rise before the schedule begins
	Iterations int     `json:"iterations" yaml:"iterations"` // cosine: length of the fall, after the warmup
	Final      float64 `json:"final" yaml:"final"`           // cosine: last rate as a fraction of the first
	Factor     float64 `json:"factor" yaml:"factor"`         // step: the rate is multiplied by it …
	Every      int     `json:"every" yaml:"every"`           // … after so many iterations
	Clip       float64 `json:"clip" yaml:"clip"`             // largest norm of the gradient, per lane; 0 = any
}

func newLearning(rate float64) Learning {
	return Learning{Rate: rate, Schedule: "constant", Iterations: 1000, Factor: 0.5, Every: 100}
}

// Check reports what is wrong with the settings.
func (c *Learning) Check() error {
	schedules := []string{"constant", "cosine", "step"}
	switch c.Schedule {
	case "", "constant":
	case "cosine":
		if c.Iterations < 1 {
			return fmt.Errorf("iterations is %d; the cosine schedule needs the number of iterations it falls over", c.Iterations)
		}
	case "step":
		if c.Every < 1 {
			return fmt.Errorf("every is %d; the step schedule needs at least 1 iteration between steps", c.Every)
		}
	default:
		return &registry.UnknownError{Kind: "schedule", Name: c.Schedule, Known: schedules}
	}
	return firstOf(notNegative("rate", c.Rate), notNegative("clip", c.Clip), notNegative("warmup", float64(c.Warmup)),
		notNegative("final", c.Final), notNegative("factor", c.Factor))
}

// At returns the schedule. The settings must pass Check.
func (c *Learning) At() Schedule {
	at := ConstantRate(c.Rate)
	switch c.Schedule {
	case "cosine":
		at = CosineRate(c.Rate, c.Rate*c.Final, c.Iterations)
	case "step":
		at = StepRate(c.Rate, c.Factor, c.Every)
	}
	if c.Warmup > 0 {
		at = Warmup(c.Warmup, at)
	}
	return at
}

// build puts rules (nil ones left out) between clipping and the rate.
func (c *Learning) build(l Layout, rules ...Transform) Transform {
	lanes := max(l.Lanes, 1)
	var all chain
	if c.Clip > 0 {
		all = append(all, ClipLanes(c.Clip, lanes))
	}
	for _, t := range rules {
		if t != nil {
			all = append(all, t)
		}
	}
	return Guard(append(all, Rate(c.At())), lanes)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func within(name string, v, lo, hi float64) error {
	if v >= lo && v < hi {
		return nil
	}
	return fmt.Errorf("%s is %g; it must be at least %g and less than %g", name, v, lo, hi)
}

func notNegative(name string, v float64) error {
	if v >= 0 {
		return nil
	}
	return fmt.Errorf("%s is %g; it must not be negative", name, v)
}
