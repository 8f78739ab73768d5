package train

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// holdAuto has what lies between the rows of an input found from its values.
const holdAuto = "auto"

// FindHold puts in place of holdAuto what the values of the inputs say: one that changes in steps
// or pulses keeps its value until the next row, others are joined by straight lines. It returns
// what to tell the user, "" if nothing.
func (s *Settings) FindHold(series []data.Series, arch field.Architecture) (note string) {
	if s.Hold != holdAuto {
		return ""
	}
	s.Hold = "linear"
	inputs := series[0].Inputs
	doses := doseColumns(arch, inputs)
	var held, looks []string
	for c, shape := range data.InputShapes(series) {
		if shape == data.Varied || doses != nil && doses[c] || strings.ContainsAny(inputs[c], ",:") { // the setting could not name it
			continue
		}
		held, looks = append(held, inputs[c]+":zero"), append(looks, fmt.Sprintf("%s changes in %s", inputs[c], shape))
	}
	if held == nil {
		return ""
	}
	s.Hold = strings.Join(held, ",")
	return fmt.Sprintf("%s, so that a value holds until the next row: hold=%s says so; hold=linear joins rows by straight lines", strings.Join(looks, ", "), s.Hold)
}

// Holding tells which of the inputs keep the value of a row until the next. Its
// errors are for the user.
func (s *Settings) Holding(inputs []string) ([]bool, error) { return model.Holding(s.Hold, inputs) }

// WithImpulses returns the architecture that takes the inputs which Hold calls impulses for amounts
// that are delivered at their rows. Its errors are for the user.
func (s *Settings) WithImpulses(arch field.Architecture, inputs []string) (field.Architecture, error) {
	names := model.Impulses(s.Hold, inputs)
	e, ok := arch.(*field.Equations)
	switch {
	case ok && len(names) == 0 && s.Hold == "impulse":
		return nil, errors.New("hold=impulse: name the columns of amounts with inputs=, or say hold=NAME:impulse of each")
	case ok:
		return e.WithImpulses(names)
	case len(names) > 0 || s.Hold == "impulse":
		return nil, fmt.Errorf("hold=%s: an impulse is an amount in equations that are written as text (equations:), where it enters as a rate; for other models take hold=zero", s.Hold)
	}
	return arch, nil
}

// Joined tells whether the rows of an input are joined by straight lines.
func (p *Problem) Joined(input string) bool {
	inputs := p.Train[0].Inputs
	if c := slices.Index(inputs, input); c >= 0 && p.Parts.IsDose(c) {
		return false
	}
	held, err := model.Holding(p.Hold, inputs)
	c := slices.Index(inputs, input)
	return err == nil && c >= 0 && !held[c]
}
