package train

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// processNoise is what a law of its own knows of noise: that which drives its states
// (model.Model.ProcessNoise) and that of the rows, user units; and how likely it makes
// the training rows.
type processNoise struct {
	states, rows []float64
	// logEvidence is Schwarz's approximation for all training rows, in the measure of
	// bayes.logEvidence; unknowns are the numbers of the law.
	logEvidence, unknowns float64
	values                int
}

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

// weighed adds the evidence of the law. The rows are told one after the other, each with
// what those before say of it: noise in the states is part of what is likely.
func (n *processNoise) weighed(p *Problem, l *lawStart) error {
	v, err := l.law.LogLikelihood(inLogs(p.Train, l.logs))
	if err != nil {
		return err
	}
	n.unknowns = float64(l.unknowns)
	for c := range l.law.Outputs {
		count := 0
		for i := range p.Train {
			for _, x := range p.Train[i].Column(c) {
				if !math.IsNaN(x) {
					count++
				}
			}
		}
		n.values += count
		v += float64(count) * (math.Log(p.Parts.Frame.Scale[c]/l.law.Scale[c]) + math.Log(2*math.Pi)/2)
	}
	n.logEvidence = v - n.unknowns*math.Log(float64(n.values))/2
	return nil
}

// setNoise tells a model the noise of its rows, unless its law knows that better.
func (p *Problem) setNoise(m *model.Model, noise []float64) {
	if m.ProcessNoise == nil {
		m.Noise = noise
	}
}
