package field

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/program"
)

// Unknown is a number to be learnt, in user units. In a file it is a mapping
// or just its start. A start of 0 that the bounds exclude counts as not given:
// it becomes the middle of two bounds, or 1 beyond the only one.
//
// θ holds it as a number of order one: value = |start|·θ without bounds (θ if
// start is 0), min + (start−min)·exp(θ) or max − (max−start)·exp(θ) with one,
// and min + (max−min)·sigmoid(θ + logit of start's place) with two. So a bound
// is approached but not crossed, and training starts at start.
type Unknown struct {
	Start float64  `json:"start" yaml:"start"`
	Min   *float64 `json:"min,omitempty" yaml:"min"`
	Max   *float64 `json:"max,omitempty" yaml:"max"`
	Unit  string   `json:"unit,omitempty" yaml:"unit"`
	Prior *Prior   `json:"prior,omitempty" yaml:"prior"` // nil: nothing is known before the data
	// PerRecording: every recording has a value of its own, Start being a guess of all.
	PerRecording bool `json:"per_recording,omitempty" yaml:"per_recording"`
	// Correlated names a block of such parameters whose values are correlated between recordings.
	Correlated string `json:"correlated,omitempty" yaml:"correlated"`
}

// UnmarshalJSON reads a number or an object.
func (u *Unknown) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &u.Start) == nil {
		return nil
	}
	type plain Unknown // without this method
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode((*plain)(u)); err != nil {
		return fmt.Errorf("a parameter is a number or has start, min, max, unit, prior, per_recording and correlated: %w", err)
	}
	return nil
}

// started returns u with a start inside its bounds if none was given.
func (u Unknown) started() Unknown {
	switch {
	case u.Start != 0:
	case u.Prior != nil && u.Prior.check() == nil && u.inside(u.Prior.Centre()):
		u.Start = u.Prior.Centre()
	case u.Min != nil && u.Max != nil && (*u.Min >= 0 || *u.Max <= 0):
		u.Start = *u.Min + (*u.Max-*u.Min)/2
	case u.Max == nil && u.Min != nil && *u.Min >= 0:
		u.Start = *u.Min + 1
	case u.Min == nil && u.Max != nil && *u.Max <= 0:
		u.Start = *u.Max - 1
	}
	return u
}

// inside tells whether v keeps the bounds strictly.
func (u Unknown) inside(v float64) bool {
	return (u.Min == nil || v > *u.Min) && (u.Max == nil || v < *u.Max)
}

func (u Unknown) check() error {
	if u.Prior != nil {
		if err := u.Prior.check(); err != nil {
			return err
		}
		if u.Prior.Log() && (u.Min == nil || *u.Min < 0) {
			return errors.New("prior: a range of positive numbers says that the number is positive; give it min: 0")
		}
	}
	for _, v := range []*float64{&u.Start, u.Min, u.Max} {
		if v != nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) {
			return errors.New("start, min and max must be finite numbers; leave a bound out if there is none")
		}
	}
	if u.Min != nil && u.Max != nil && *u.Min >= *u.Max {
		return fmt.Errorf("min %g is not below max %g", *u.Min, *u.Max)
	}
	if u.Min != nil && u.Start <= *u.Min {
		return fmt.Errorf("start %g is not above min %g; start strictly inside the bounds", u.Start, *u.Min)
	}
	if u.Max != nil && u.Start >= *u.Max {
		return fmt.Errorf("start %g is not below max %g; start strictly inside the bounds", u.Start, *u.Max)
	}
	return nil
}

// theta0 is the entry of θ that stands for the start.
func (u Unknown) theta0() float64 {
	if u.Min == nil && u.Max == nil && u.Start != 0 {
		return math.Copysign(1, u.Start)
	}
	return 0
}

// value adds the map from an entry of θ to the number to a program.
func (u Unknown) value(b *program.Builder, theta program.Value) program.Value {
	switch {
	case u.Min != nil && u.Max != nil:
		width := *u.Max - *u.Min
		for *u.Min+width > *u.Max {
			width = math.Nextafter(width, 0)
		}
		place := (u.Start - *u.Min) / width
		s := b.Act(program.Sigmoid, b.Add(theta, b.Const(math.Log(place)-math.Log1p(-place), 1, 1)))
		return b.Add(b.Scale(width, s), b.Const(*u.Min, 1, 1))
	case u.Min != nil:
		return b.Add(b.Scale(u.Start-*u.Min, b.Act(program.Exp, theta)), b.Const(*u.Min, 1, 1))
	case u.Max != nil:
		return b.Add(b.Scale(u.Start-*u.Max, b.Act(program.Exp, theta)), b.Const(*u.Max, 1, 1))
	}
	return b.Scale(magnitude(u.Start), theta)
}

func (u Unknown) words() string {
	s := fmt.Sprintf("starts at %.6g", u.Start)
	if u.Unit != "" {
		s += " " + u.Unit
	}
	if u.Min != nil {
		s += fmt.Sprintf(", above %g", *u.Min)
	}
	if u.Max != nil {
		s += fmt.Sprintf(", below %g", *u.Max)
	}
	if u.Prior != nil {
		s += ", " + u.Prior.String()
	}
	return s
}

// Value is the number that an entry of θ stands for, in user units, and its
// derivative: what the program Parts.Values computes.
func (p *Parameter) Value(theta float64) (v, slope float64) {
	switch {
	case p.Min != nil && p.Max != nil:
		width := *p.Max - *p.Min
		place := (p.Start - *p.Min) / width
		s := 1 / (1 + math.Exp(-(theta + math.Log(place) - math.Log1p(-place))))
		return *p.Min + width*s, width * s * (1 - s)
	case p.Min != nil:
		d := (p.Start - *p.Min) * math.Exp(theta)
		return *p.Min + d, d
	case p.Max != nil:
		d := (p.Start - *p.Max) * math.Exp(theta)
		return *p.Max + d, d
	}
	return magnitude(p.Start) * theta, magnitude(p.Start)
}

// Entry is the entry of θ that stands for the number v, which keeps the bounds
// strictly; else it is infinite.
func (p *Parameter) Entry(v float64) float64 {
	switch {
	case p.Min != nil && p.Max != nil:
		odds := func(v float64) float64 { return math.Log((v - *p.Min) / (*p.Max - v)) }
		return odds(v) - odds(p.Start)
	case p.Min != nil:
		return math.Log((v - *p.Min) / (p.Start - *p.Min))
	case p.Max != nil:
		return math.Log((*p.Max - v) / (*p.Max - p.Start))
	}
	return v / magnitude(p.Start)
}
