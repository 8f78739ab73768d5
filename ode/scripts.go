package ode

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
)

// scripts are the steps of one lane, and the ways back through them, as lists of
// kernel calls: the stages of a small network are so short that what is done
// between them would take as long. The bits are those of stage after stage.
type scripts struct {
	of   field.Holder
	keep int
	// from the first stage on, from the second on
	whole, rest *field.Script
	// with the last stage, whose κ is there already; without it
	last, back *field.Script
	lowest     int // stage that the ways back end with
	times      []float64
}

// The bases of the scripts: the room of a step, slopes, κ, what κ starts from,
// ξ, the state, its end, the step size, the times of stages.
const (
	atWork = iota
	atSlopes
	atKappa
	atStart
	atXi
	atX
	atX1
	atH
	atT
	atBases
)

// scripted returns the scripts for the steps of f, made once; nil without them.
func (r *rungeKutta) scripted(f field.Holder) *scripts {
	if r.lanes > 1 || r.keeper == nil {
		return nil
	}
	if m := r.made; m == nil || m.of != f || m.keep != r.keep {
		r.made = r.newScripts(f)
	}
	if r.made.back == nil {
		return nil
	}
	return r.made
}

// newScripts makes none where a field or a method does not allow it.
func (r *rungeKutta) newScripts(f field.Holder) *scripts {
	m := &scripts{of: f, keep: r.keep}
	k, ok := f.(field.Scripter)
	if !ok || !r.chained() {
		return m
	}
	if m.whole, m.rest = r.forward(k, 0), r.forward(k, 1); m.whole == nil {
		return m
	}
	m.times = make([]float64, r.total)
	first := r.stages - 1
	if r.tab.FSAL { // whose first stage is another step's last
		m.lowest = 1
		m.last, m.back = r.backward(k, first, 1), r.backward(k, first-1, 1)
	} else {
		m.back = r.backward(k, first, 0)
	}
	return m
}

// chained tells that every stage takes part in the state at the end, so that none
// is left out on the way back, and that there is more than one.
func (r *rungeKutta) chained() bool {
	for i := range r.stages {
		if i > 0 && r.state[i].Len() == 0 || r.pull.from[i].Len() == 0 && !(r.tab.FSAL && i == r.stages-1) {
			return false
		}
	}
	return r.rows > 0 && r.stages > 2
}

func (r *rungeKutta) spot(base, i int) kernel.ScriptPlace {
	return kernel.ScriptPlace{Base: base, At: i * r.size(), Len: r.size()}
}

// keptSpot is where what stage i keeps lies.
func (r *rungeKutta) keptSpot(i int) kernel.ScriptPlace {
	return kernel.ScriptPlace{Base: atWork, At: r.keptAt(i), Len: r.keep}
}

var stepSize = kernel.ScriptPlace{Base: atH, Len: 1}

func timeOf(i int) kernel.ScriptPlace { return kernel.ScriptPlace{Base: atT, At: i, Len: 1} }

// forward makes a script of the stages from one on.
func (r *rungeKutta) forward(k field.Scripter, from int) *field.Script {
	s := k.NewScript(atBases, false)
	if s == nil {
		return nil
	}
	for i := from; i < r.stages; i++ {
		if i > 0 {
			s.Sum(r.state[i], r.spot(atWork, i), r.spot(atX, 0), stepSize)
		}
		s.Eval(r.spot(atSlopes, i), r.keptSpot(i), timeOf(i), r.spot(atWork, i))
	}
	if !r.tab.FSAL {
		s.Sum(r.x1, r.spot(atX1, 0), r.spot(atX, 0), stepSize)
	}
	s.Bind(atSlopes, r.slopes)
	return s
}

// backward makes a script of the ways back through stages hi … lo.
func (r *rungeKutta) backward(k field.Scripter, hi, lo int) *field.Script {
	s := k.NewScript(atBases, true)
	if s == nil {
		return nil
	}
	for i := hi; i >= lo; i-- {
		if i < r.stages-1 || !r.tab.FSAL {
			s.Sum(r.pull.from[i], r.spot(atKappa, i), r.spot(atStart, i), stepSize)
		}
		s.VJP(r.spot(atXi, i), r.keptSpot(i), timeOf(i), r.spot(atWork, i), r.spot(atKappa, i))
	}
	s.Bind(atKappa, r.pull.kappas)
	s.Bind(atXi, r.pull.xis)
	return s
}

// fit tells that there are scripts and that what they keep is in the step.
func (m *scripts) fit(r *rungeKutta, s *Step) bool { return m != nil && len(s.Work) >= r.room() }

// bind sets what differs from step to step.
func (m *scripts) bind(r *rungeKutta, f *field.Script, s *Step) {
	if f.Timed() {
		for i := range m.times {
			r.when(m.times[i:i+1], s, i)
		}
		f.Bind(atT, m.times)
	}
	f.Bind(atWork, s.Work)
	f.Bind(atH, s.H)
}

// step evaluates the stages and, if the last is not there, the state at the end.
func (m *scripts) step(r *rungeKutta, s *Step) {
	f := m.whole
	if st := s.Start[0]; r.tab.FSAL && st == StartNext || st == StartAgain {
		f = m.rest
		r.first(s)
	}
	m.bind(r, f, s)
	f.Bind(atX, s.From.X.V)
	f.Bind(atX1, s.X.V)
	f.Run(nil)
}

// pull goes back from the last stage and returns the stage it ends with.
func (m *scripts) pull(r *rungeKutta, s *Step) int {
	p, f := &r.pull, m.back
	if r.tab.FSAL {
		r.cotangent(s, r.stages-1)
		if !r.idle(r.stages - 1) {
			f = m.last
		}
	}
	m.bind(r, f, s)
	if p.inside {
		f.Bind(atStart, p.kappas)
	} else {
		f.Bind(atStart, r.zeros)
	}
	f.Run(&p.g)
	return m.lowest
}
