package train

import (
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
)

// domain is where the start of a state may lie.
type domain int

const (
	stateAnywhere    domain = iota
	stateNotNegative        // the law never leads below zero, and the data never are
	statePositive           // besides, it keeps zero at zero: the state grows or shrinks by factors
)

// What counts as never negative: values this many standard deviations of the
// noise below zero; and as keeping zero at zero: this part of the usual slope.
const (
	belowZero = 4
	standsAt  = 1e-9
)

// domains finds the domain of every state, in the order of the frame, from the
// data and from what the field says where a state is zero and all others are as
// in the data. A hidden state has no data; only a law of factors and a start
// above zero say that it is positive.
func (p *Problem) domains() []domain {
	out := p.foundDomains()
	for _, q := range p.Parts.PerRecording {
		if out[q.State] = stateAnywhere; q.Positive {
			out[q.State] = statePositive
		}
	}
	return out
}

func (p *Problem) foundDomains() []domain {
	f := &p.Parts.Frame
	out := make([]domain, len(f.States))
	if p.Positive == "no" || p.step() > 0 {
		return out
	}
	noise, m := p.NoiseEstimate(), data.NewMoments(p.rows(true)...)
	probe := newProbe(p)
	for i := range out {
		measured := i < len(noise)
		switch {
		case p.follows(i):
		case measured && (m.Min[i] < -belowZero*noise[i] || !(m.Max[i] > belowZero*noise[i])):
		case !measured && !(p.Parts.Start[i-len(noise)] > 0):
		default:
			least, most, usual := probe.atZero(i)
			switch {
			case max(-least, most) <= standsAt*usual:
				out[i] = statePositive
			case measured && least >= -standsAt*usual:
				out[i] = stateNotNegative
			}
		}
	}
	return out
}

// probe evaluates the field at the data with one state set to zero.
type probe struct {
	p     *Problem
	f     field.Field
	at    field.Point
	dx    field.Batch
	input field.Input
}

func newProbe(p *Problem) *probe {
	n := len(p.Parts.Frame.States)
	q := &probe{p: p, f: p.Parts.NewField(1, false), dx: program.NewBatch(n, 1)}
	q.at = field.Point{T: make([]float64, 1), X: program.NewBatch(n, 1), U: program.NewBatch(q.f.Shape().Input, 1),
		Theta: program.NewBatch(len(p.Parts.Theta0), 1)}
	copy(q.at.Theta.V, p.Parts.Theta0)
	q.input = model.NewInput(p.Parts, []*data.Series{&p.Train[0]}, 1, p.Hold)
	return q
}

// state goes to a row of the first recording: the smoothed data, hidden states as
// they start.
func (q *probe) state(row int) {
	f, s := &q.p.Parts.Frame, &q.p.Train[0]
	q.at.T[0] = (s.T[row] - f.T0) / f.Time
	for j := range f.States {
		if j < len(s.Names) {
			q.at.X.V[j] = q.p.smoothed(0, j, q.at.T[0])
		} else {
			q.at.X.V[j] = (q.p.Parts.Start[j-len(s.Names)] - f.Shift[j]) / f.Scale[j]
		}
	}
	if q.input != nil {
		q.input.At(q.at.U, q.at.T)
	}
	if d := q.p.Parts.Delays; d != nil { // a state of an earlier time is one like those of now
		for r, state := range d.Of {
			q.at.U.V[d.Row+r] = q.at.X.V[state]
		}
	}
}

// probes is how many rows of the first recording are looked at.
const probes = 12

// atZero is the least and the largest slope of state i where it is zero, and a
// usual size of it where it is not.
func (q *probe) atZero(i int) (least, most, usual float64) {
	f := &q.p.Parts.Frame
	s := &q.p.Train[0]
	least, most = math.Inf(1), math.Inf(-1)
	for k := range min(probes, s.Len()) {
		q.state(k * s.Len() / min(probes, s.Len()))
		for j := range s.Names {
			q.at.X.V[j] = max(q.at.X.V[j], -f.Shift[j]/f.Scale[j])
		}
		was := q.at.X.V[i]
		q.f.Eval(q.dx, &q.at)
		usual += math.Abs(q.dx.V[i])
		q.at.X.V[i] = -f.Shift[i] / f.Scale[i]
		q.f.Eval(q.dx, &q.at)
		least, most = min(least, q.dx.V[i]), max(most, q.dx.V[i])
		q.at.X.V[i] = was
	}
	if !isNumber(least) || !isNumber(most) || !isNumber(usual) {
		return math.Inf(-1), math.Inf(1), 0
	}
	return least, most, usual
}
