package train

import (
	"slices"

	"github.com/entrain-dev/entrain/model"
)

// Holding tells which of the inputs keep the value of a row until the next. Its
// errors are for the user.
func (s *Settings) Holding(inputs []string) ([]bool, error) { return model.Holding(s.Hold, inputs) }

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
