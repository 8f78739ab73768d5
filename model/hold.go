package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/registry"
)

var holdKinds = []string{"linear", "zero", holdImpulse}

// holdImpulse is an amount that is delivered at the time of its row, and nothing between rows.
const holdImpulse = "impulse"

// Impulses are the inputs that Settings.Hold calls impulses.
func Impulses(hold string, inputs []string) (names []string) {
	if hold == holdImpulse {
		return slices.Clone(inputs)
	}
	for _, part := range strings.Split(hold, ",") {
		if name, kind, _ := strings.Cut(strings.TrimSpace(part), ":"); kind == holdImpulse {
			names = append(names, name)
		}
	}
	return names
}

// Holding tells which inputs keep the value of a row until the next, as
// Settings.Hold says: "zero" all, "linear" and "impulse" none, or a list such as
// "dose:impulse,flow:zero", in which those that are not named are linear.
func Holding(hold string, inputs []string) ([]bool, error) {
	out := make([]bool, len(inputs))
	if slices.Contains(holdKinds, hold) {
		for c := range out {
			out[c] = hold == "zero"
		}
		return out, nil
	}
	if !strings.Contains(hold, ":") {
		return out, &registry.UnknownError{Kind: "hold", Name: hold, Known: append(slices.Clone(holdKinds), "auto")} // fits find what auto is
	}
	for _, part := range strings.Split(hold, ",") {
		name, kind, _ := strings.Cut(strings.TrimSpace(part), ":")
		c := slices.Index(inputs, name)
		if c < 0 && len(inputs) == 0 {
			return out, fmt.Errorf("hold=%s: there is no input %q; the data have no inputs, so leave hold= out, or name columns with inputs=", hold, name)
		}
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
