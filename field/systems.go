package field

import (
	"fmt"

	"github.com/entrain-dev/entrain/internal/registry"
)

// System is a known differential equation with its usual parameters, for
// making data and for tests. It is Equations like any other, so its
// parameters can be changed, learnt and differentiated by.
type System struct {
	Name       string             `json:"name" yaml:"name"`
	Doc        string             `json:"doc" yaml:"doc"`               // one line
	Source     string             `json:"source" yaml:"source"`         // where it comes from
	States     []string           `json:"states" yaml:"states"`         // in the order of Start
	Equations  string             `json:"equations" yaml:"equations"`   // as in Equations.Text
	Parameters map[string]float64 `json:"parameters" yaml:"parameters"` // their values
	Start      []float64          `json:"start" yaml:"start"`
	// Algebraic are the unknowns of equations 0 = …, which are states, too; see Equations.
	Algebraic map[string]float64 `json:"algebraic,omitempty" yaml:"algebraic,omitempty"`
	// Observe are the first of States, which only show the others; see Equations.
	Observe map[string]string `json:"observe,omitempty" yaml:"observe,omitempty"`
	// Events happen to the states at known times; see Equations.
	Events []Event `json:"events,omitempty" yaml:"events,omitempty"`
	// History is what states were before the start, where equations look back; see Equations.
	History map[string]string `json:"history,omitempty" yaml:"history,omitempty"`

	Span float64 `json:"span" yaml:"span"` // default length of a simulation
	Step float64 `json:"step" yaml:"step"` // default time between samples; 1 of a map
	// Map says that it is one: x' in the equations is the next x, and time
	// counts steps.
	Map bool `json:"map,omitempty" yaml:"map,omitempty"`
}

// Systems are the known systems by name. Lookup returns a copy to change.
var Systems = registry.New[*System]("system")

// Architecture returns the system as a model whose parameters are those of s.
func (s *System) Architecture() *Equations {
	e := &Equations{Text: s.Equations, Parameters: map[string]Unknown{}, Algebraic: s.Algebraic, Observe: s.Observe, Events: s.Events, History: s.History}
	for name, v := range s.Parameters {
		e.Parameters[name] = Unknown{Start: v}
	}
	return e
}

// Build returns the system's programs in its own units: scaled and user units
// are the same, and Theta0 holds its parameters.
func (s *System) Build() (*Parts, error) {
	if len(s.Start) != len(s.States) {
		return nil, fmt.Errorf("%s: the start has %d values, but there are %d states (%s)", s.Name, len(s.Start), len(s.States), joined(s.States))
	}
	p, err := s.Architecture().Build(Unscaled(s.States, nil))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	if s.Map {
		p.Frame.Step, p.Field = 1, stepped(p.Field)
	}
	return p, nil
}
