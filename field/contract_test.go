package field_test

import (
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/field/fieldtest"
)

// examples are settings for architectures that cannot be built from their
// defaults alone.
var examples = map[string]func() field.Architecture{
	"equations": func() field.Architecture {
		least := 0.0
		return &field.Equations{Text: "x' = a*x - growth(x, y)\ny' = b + growth(y, x)",
			Parameters: map[string]field.Unknown{"a": {Start: 0.7}, "b": {Start: 0.4, Min: &least}},
			Networks:   map[string]field.Network{"growth": {Hidden: []int{5}, Degree: 2}}}
	},
}

func TestEveryArchitectureKeepsTheContract(t *testing.T) {
	for _, name := range field.Architectures.Names() {
		t.Run(name, func(t *testing.T) {
			make := examples[name]
			if make == nil {
				make = func() field.Architecture {
					a, err := field.Architectures.Lookup(name)
					if err != nil {
						t.Fatal(err)
					}
					return a
				}
			}
			fieldtest.Run(t, make)
		})
	}
}

func TestEveryInitialiserHasItsMoments(t *testing.T) {
	for name := range fieldtest.Moments {
		if _, err := field.Initialisers.Lookup(name); err != nil {
			t.Errorf("moments of an initialiser that is not there: %v", err)
		}
	}
}
