package model

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// Classes are what the model tells of whole recordings, nil if it tells a number or is no
// classifier; labels tells that it is one.
func (m *Model) Classes() (classes []string, labels bool) {
	c, ok := m.Arch.(*field.Classifier)
	if !ok {
		return nil, false
	}
	return c.Classes, true
}

// Label is what a classifier says at the last row of a recording, whose inputs are its columns: the
// probability of each class, in their order, or the one number; the mean of its members.
func (m *Model) Label(s *data.Series) ([]float64, error) {
	classes, ok := m.Classes()
	if !ok {
		return nil, fmt.Errorf("this model tells nothing of whole recordings; fit one with model=classifier and label=")
	}
	if err := m.checkInputs(s.T[0], s.T[s.Len()-1], s); err != nil {
		return nil, err
	}
	f := &m.Parts.Frame
	rest := make([]float64, len(f.States))
	var out []float64
	for j := range m.Theta {
		x, status, err := m.Orbit(j, s.T[0], rest, s.T[s.Len()-1:], s)
		switch {
		case err != nil:
			return nil, err
		case status != ode.StatusOK:
			return nil, fmt.Errorf("recording %q cannot be followed to its end: %s", s.ID, status)
		}
		n := len(f.States) - len(m.Parts.Start)
		if out == nil {
			out = make([]float64, n)
		}
		for c := range n {
			v := f.Shift[c] + f.Scale[c]*x[c]
			if classes != nil {
				v = math.Exp(v)
			}
			out[c] += v / float64(len(m.Theta))
		}
	}
	return out, nil
}
