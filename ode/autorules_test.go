package ode

import (
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// reaches are a number of steps after which |hλ| was reach.
type reaches struct {
	steps int
	reach float64
	again bool // the step is repeated
}

// A trajectory is stiff after 15 steps beyond the border with fewer than six
// others in a row between them, or a hundred near it.
func TestStiffnessIsDecidedByCounting(t *testing.T) {
	for _, c := range []struct {
		name string
		runs []reaches
		want int // decisions until the way is the implicit one; 0: never
	}{
		{"beyond", []reaches{{20, 3.3, false}}, 15},
		{"at the border", []reaches{{99, 3.25, false}}, 0},
		{"near", []reaches{{150, 2.5, false}}, 100},
		{"not near", []reaches{{500, 2, false}}, 0},
		{"five others between", []reaches{{14, 4, false}, {5, 1, false}, {1, 4, false}}, 20},
		{"six others between", []reaches{{14, 4, false}, {6, 1, false}, {14, 4, false}}, 0},
		{"six others between, and one more", []reaches{{14, 4, false}, {6, 1, false}, {15, 4, false}}, 35},
		{"others in two runs", []reaches{{10, 4, false}, {5, 1, false}, {2, 4, false}, {5, 1, false}, {3, 4, false}}, 25},
		{"repeated", []reaches{{14, 4, false}, {50, 4, true}, {1, 4, false}}, 65},
	} {
		w := newSwitching(field.Shape{State: 1, Lanes: 1}, false)
		s := newStep(field.Shape{State: 1, Lanes: 1})
		k, found := 0, 0
		for _, r := range c.runs {
			for range r.steps {
				s.Start[0] = StartFresh
				if r.again {
					s.Start[0] = StartAgain
				}
				w.lane[0].reach = r.reach
				w.decide(&s, 0)
				if k++; s.Way[0] == 1 && found == 0 {
					found = k
				}
			}
		}
		if found != c.want || (s.Way[0] == 1) != (c.want > 0) {
			t.Errorf("%s: implicit after %d steps, want %d", c.name, found, c.want)
		}
	}
}
