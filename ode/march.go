package ode

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
)

// lookEvery is how many steps are taken together before the states are looked
// at.
const lookEvery = 256

// marches says that all lanes take the same fixed steps and save at the same
// times, and that who looks on can begin anew: then nothing has to be decided for
// each lane and step.
func (s *Solver) marches() bool {
	if s.all.marcher == nil || s.Controller != "fixed" || !s.land || s.watch != nil && !s.patient || s.p.Input != nil || len(s.lane) < 8 {
		return false
	}
	return s.abreast()
}

// abreast tells that all lanes are at the same time and save at the same times.
func (s *Solver) abreast() bool {
	for l := range s.lane {
		q := &s.lane[l]
		if !q.active || q.next != s.lane[0].next || s.p.T0[l] != s.p.T0[0] {
			return false
		}
	}
	for k := range s.saves {
		for l := range s.lane {
			if t, u := s.time(k, 0), s.time(k, l); t != u && (t == t || u == u) {
				return false
			}
		}
	}
	return true
}

// march integrates all lanes in step. It gives up, and says so, if a lane
// fails on the way or might; then all begins anew, each lane for itself.
func (s *Solver) march() bool {
	st, q := &s.step, s.lane[0]
	timed := s.watch != nil || !s.all.marcher.timeless(st)
	for l := range s.accept {
		s.accept[l] = true
	}
	steps, looked, t := 0, 0, st.From.T[0]
	st.Evals = nil
	var onward *kernel.Tape
	for q.active {
		to := s.aimed(&q, t)
		if !(to > t) || s.MaxSteps > 0 && steps >= s.MaxSteps {
			return false
		}
		s.pace(t, to, timed)
		if onward != nil {
			onward.Run()
		} else {
			s.stride()
		}
		if steps++; steps == 1 {
			st.next = true
			for l := range st.Start {
				st.Start[l], s.lane[l].linked = StartNext, true
			}
			if s.watch == nil {
				onward = s.all.marcher.onward(st)
			}
		}
		t = to
		q.i++
		if t < q.goal && steps-looked < lookEvery {
			continue
		}
		if looked = steps; !num.AllFinite(st.From.X.V) {
			return false
		}
		if t >= q.goal {
			s.saveAll(&q, t)
		}
	}
	s.arrived(q, steps, t)
	return true
}

// stride takes one step in all lanes.
func (s *Solver) stride() {
	st := &s.step
	if s.watch != nil {
		st.Work = s.watch.room()
	}
	s.stepper.Step(st)
	if s.watch != nil {
		s.watch.took(st, s.accept, false)
	}
	st.From.X, st.X = st.X, st.From.X
}

// aimed is the end of the next step.
func (s *Solver) aimed(q *progress, t float64) float64 {
	if q.goal <= t || q.n == 0 {
		q.base, q.goal, q.i = t, s.time(q.next, 0), 0
		q.n = max(1, math.Ceil((q.goal-t)/s.Step*(1-1e-9)))
	}
	if q.i+1 < q.n {
		return q.base + (q.goal-q.base)*((q.i+1)/q.n)
	}
	return q.goal
}

// pace sets the step from t to to in all lanes.
func (s *Solver) pace(t, to float64, timed bool) {
	st := &s.step
	if h := to - t; st.H[0] != h || !st.next {
		kernel.Fill(st.H, h)
	}
	if timed {
		kernel.Fill(st.From.T, t)
		kernel.Fill(st.To, to)
		kernel.Fill(st.Last, to)
	}
}

// saveAll saves the states at t.
func (s *Solver) saveAll(q *progress, t float64) {
	for q.next < s.saves && s.time(q.next, 0) <= t {
		copy(s.tr.State(q.next, s.step.X.Rows).V, s.step.From.X.V)
		q.next++
	}
	q.active = q.end > t
}

// arrived makes every lane's books those of q.
func (s *Solver) arrived(q progress, steps int, t float64) {
	s.step.next = false
	evals := s.all.marcher.evaluations(steps)
	for l := range s.lane {
		s.lane[l].active, s.lane[l].next = q.active, q.next
		s.step.From.T[l] = t
		s.tr.Stats.Evals[l], s.tr.Stats.Accepted[l] = evals, steps
	}
}

// marcher is a Stepper that can do with less where all lanes take the same steps.
type marcher interface {
	timeless(s *Step) bool
	// onward is a tape that goes on in place from s, which has been taken; nil if
	// there is none.
	onward(s *Step) *kernel.Tape
	// evaluations is how many so many steps take.
	evaluations(steps int) int
}

func (r *rungeKutta) onward(s *Step) *kernel.Tape {
	if t := r.tape(s); t != nil {
		return t.follow(s, r)
	}
	return nil
}

func (r *rungeKutta) evaluations(steps int) int {
	if r.tab.FSAL {
		return steps*r.stages - (steps - 1)
	}
	return steps * r.stages
}

// timeless says that the steps of the field do not depend on the time.
func (r *rungeKutta) timeless(s *Step) bool {
	t := r.tape(s)
	return t != nil && !t.timed
}
