package model

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// What is set is what is read, whatever bounds a parameter has, and nothing else changes.
func TestValuesAreSetWithinTheirBounds(t *testing.T) {
	one := func(v float64) *float64 { return &v }
	arch := &field.Equations{Text: "x' = free + low*x + high*x + both*x", Parameters: map[string]field.Unknown{
		"free": {Start: 2}, "low": {Start: 1.5, Min: one(1)}, "high": {Start: -3, Max: one(-1)}, "both": {Start: 0.3, Min: one(0), Max: one(2)}}}
	parts, err := arch.Build(field.Frame{States: []string{"x"}, Scale: []float64{3}, Shift: []float64{1}, Time: 2})
	if err != nil {
		t.Fatal(err)
	}
	m := &Model{Parts: parts, Theta: [][]float64{make([]float64, len(parts.Theta0)), make([]float64, len(parts.Theta0))}}
	copy(m.Theta[0], parts.Theta0)
	copy(m.Theta[1], parts.Theta0)
	for name, values := range map[string][]float64{"free": {-7, 0, 1e6}, "low": {1.001, 40}, "high": {-1.5, -100}, "both": {0.01, 1.99}} {
		for _, v := range values {
			got, err := m.WithValues(map[string]float64{name: v})
			if err != nil {
				t.Fatal(err)
			}
			for member := range got.Theta {
				for i, e := range got.Values(member) {
					want := m.Values(member)[i].Value
					if e.Name == name {
						want = v
					}
					if math.Abs(e.Value-want) > 1e-9*math.Max(1, math.Abs(want)) {
						t.Errorf("%s=%g: %s is %g, want %g", name, v, e.Name, e.Value, want)
					}
				}
			}
		}
	}
	for name, v := range map[string]float64{"low": 0.5, "high": 0, "both": 2.5, "other": 1, "free": math.NaN()} {
		if _, err := m.WithValues(map[string]float64{name: v}); err == nil {
			t.Errorf("%s=%g is taken", name, v)
		}
	}
}
