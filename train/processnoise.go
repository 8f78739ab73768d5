package train

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// processNoise is what a law of its own knows of noise: that which drives its states
// (model.Model.ProcessNoise) and that of the rows, user units.
type processNoise struct{ states, rows []float64 }

// process is the noise of the law in the units of a frame.
func (l *lawStart) process(f *field.Frame) *processNoise {
	n := len(f.States)
	out := &processNoise{states: make([]float64, n*n)}
	unit := func(i int) float64 { // of the frame's state i, in those of the law
		if i < len(l.law.Outputs) {
			return f.Scale[i] / l.law.Scale[i]
		}
		return 1
	}
	for i := range n {
		for j := range n {
			out.states[i*n+j] = l.law.Q[i*n+j] / (unit(i) * unit(j)) * f.Time
		}
	}
	for c, v := range l.law.R {
		out.rows = append(out.rows, math.Sqrt(v)*l.law.Scale[c])
	}
	return out
}

// setNoise tells a model the noise of its rows, unless its law knows that better.
func (p *Problem) setNoise(m *model.Model, noise []float64) {
	if m.ProcessNoise == nil {
		m.Noise = noise
	}
}
