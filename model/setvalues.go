package model

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/program"
)

// WithValues is the model with named parameters at other values, in user units, in every
// member. The model itself is not changed. The error says which name or value cannot be.
func (m *Model) WithValues(values map[string]float64) (*Model, error) {
	out := *m
	out.Theta = make([][]float64, len(m.Theta))
	for j, theta := range m.Theta {
		out.Theta[j] = slices.Clone(theta)
	}
	if len(values) == 0 {
		return &out, nil
	}
	known := map[string]bool{}
	for i, q := range m.Parts.Named {
		known[q.Name] = true
		v, ok := values[q.Name]
		if !ok {
			continue
		}
		for _, theta := range out.Theta {
			if err := out.setValue(i, theta, v); err != nil {
				return nil, err
			}
		}
	}
	for name := range values {
		if !known[name] {
			return nil, fmt.Errorf("the model has no parameter %q", name)
		}
	}
	return &out, nil
}

// setValue gives parameter i the value v by the inverse of what field.Unknown describes.
func (m *Model) setValue(i int, theta []float64, v float64) error {
	q := &m.Parts.Named[i]
	run, out := program.NewExec(m.Parts.Values, 1), make([]float64, len(m.Parts.Named))
	at := func(z float64) float64 {
		theta[q.Theta] = z
		run.Run([][]float64{out}, [][]float64{theta})
		return out[i]
	}
	start := at(0)
	var z float64
	switch {
	case q.Min != nil && q.Max != nil:
		part := func(v float64) float64 { return (v - *q.Min) / (*q.Max - *q.Min) }
		z = logit(part(v)) - logit(part(start))
	case q.Min != nil:
		z = math.Log((v - *q.Min) / (start - *q.Min))
	case q.Max != nil:
		z = math.Log((*q.Max - v) / (*q.Max - start))
	default:
		z = (v - start) / (at(1) - start)
	}
	if got := at(z); !(math.Abs(got-v) <= 1e-9*math.Max(1, math.Abs(v))) {
		return fmt.Errorf("%s cannot be %g; it lies within its bounds", q.Name, v)
	}
	return nil
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }
