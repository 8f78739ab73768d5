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
		return fmt.Errorf("a parameter is a number or has start, min, max and unit: %w", err)
	}
	return nil
}

// started returns u with a start inside its bounds if none was given.
func (u Unknown) started() Unknown {
	switch {
	case u.Start != 0:
	case u.Min != nil && u.Max != nil && (*u.Min >= 0 || *u.Max <= 0):
		u.Start = *u.Min + (*u.Max-*u.Min)/2
	case u.Max == nil && u.Min != nil && *u.Min >= 0:
		u.Start = *u.Min + 1
	case u.Min == nil && u.Max != nil && *u.Max <= 0:
		u.Start = *u.Max - 1
	}
	return u
}

func (u Unknown) check() error {
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
	return s
}
