package train

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/registry"
)

var holdKinds = []string{"linear", "zero"}

// holding tells which inputs keep the value of a row until the next, as
// Settings.Hold says: "zero" all, "linear" none, or a list such as
// "dose:zero,flow:linear", in which those that are not named are linear.
func holding(hold string, inputs []string) ([]bool, error) {
	out := make([]bool, len(inputs))
	if slices.Contains(holdKinds, hold) {
		for c := range out {
			out[c] = hold == "zero"
		}
		return out, nil
	}
	if !strings.Contains(hold, ":") {
		return out, &registry.UnknownError{Kind: "hold", Name: hold, Known: holdKinds}
	}
	for _, part := range strings.Split(hold, ",") {
		name, kind, _ := strings.Cut(strings.TrimSpace(part), ":")
		c := slices.Index(inputs, name)
		if c < 0 {
			return out, fmt.Errorf("hold=%s: there is no input %q; the inputs are %s", hold, name, strings.Join(inputs, ", "))
		}
		if !slices.Contains(holdKinds, kind) {
			return out, &registry.UnknownError{Kind: "hold", Name: kind, Known: holdKinds}
		}
		out[c] = kind == "zero"
	}
	return out, nil
}

// Holding tells which of the inputs keep the value of a row until the next. Its
// errors are for the user.
func (s *Settings) Holding(inputs []string) ([]bool, error) { return holding(s.Hold, inputs) }

// Joined tells whether the rows of an input are joined by straight lines.
func (p *Problem) Joined(input string) bool {
	inputs := p.Train[0].Inputs
	held, err := holding(p.Hold, inputs)
	c := slices.Index(inputs, input)
	return err == nil && c >= 0 && !held[c]
}
