package ode

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
)

// propose sets the end of each lane's next step and says whether any moves.
func (s *Solver) propose() bool {
	moves := false
	for j, l := range s.of {
		q, t := &s.lane[l], s.step.From.T[j]
		to := t
		if q.active {
			to = s.target(l, t)
			if s.tooMany(l) {
				s.fail(l, s.blame(l, j, StatusMaxSteps))
				to = t
			} else if !(to > t) {
				why := StatusStepTooSmall
				if q.why != StatusOK {
					why = q.why
				}
				s.fail(l, s.blame(l, j, why))
				to = t
			}
		}
		s.step.To[j], s.step.H[j], s.step.Last[j] = to, to-t, to
		s.delays.step(l, t, to)
		if q.onBreak && to > t {
			s.step.Last[j] = math.Nextafter(to, math.Inf(-1))
		}
		if to > t {
			moves = true
		} else {
			s.step.Start[j] = StartAgain
		}
	}
	return moves
}

func (s *Solver) tooMany(l int) bool {
	return s.MaxSteps > 0 && s.tr.Stats.Accepted[l]+s.tr.Stats.Rejected[l] >= s.MaxSteps
}

// aim sets the time that the next steps of lane l, which is at t, must land on.
func (s *Solver) aim(l int, t float64) {
	q := &s.lane[l]
	for len(q.breaks) > 0 && q.breaks[0] <= t {
		q.breaks = q.breaks[1:]
	}
	q.base, q.goal, q.i = t, math.Inf(1), 0
	if s.p.Input != nil || s.Controller == "fixed" {
		q.goal = q.end
	}
	if s.land {
		q.goal = s.time(q.next, l)
	}
	if most := s.delays.bound(l, t); s.Controller == "fixed" && t+s.Step > most {
		q.goal = min(q.goal, most)
	}
	if len(q.breaks) > 0 && q.breaks[0] <= q.goal {
		q.goal = q.breaks[0]
	}
	if s.Controller == "fixed" && s.land {
		q.n = s.stepsTo(t, q.goal)
	}
}

// stepsTo is how many fixed steps lead from t to a later time.
func (s *Solver) stepsTo(t, to float64) float64 { return max(1, math.Ceil((to-t)/s.Step*(1-1e-9))) }

// A step smaller than these shares of the time, and of the whole way, does not move on. No first
// step is: that of a field that does nothing is a guess, far too small for late times.
const (
	underflow      = 4 * 0x1p-52
	underflowOfAll = 1e-20
)

// target is the end of the next step of lane l, which is at t.
func (s *Solver) target(l int, t float64) float64 {
	q := &s.lane[l]
	if hit, ok := s.jumps.hit(l); ok {
		q.short, q.onBreak = true, true
		return hit
	}
	to := t + q.size
	near := 1e-6 * q.size // a remainder not worth a step of its own
	if s.Controller == "fixed" {
		near = 1e-9 * s.Step
		to = q.base + (q.i+1)*s.Step
		if s.land {
			near = 0
			to = q.goal
			if q.i+1 < q.n {
				to = q.base + (q.goal-q.base)*((q.i+1)/q.n)
			}
		}
	} else if !(q.size >= max(underflow*math.Abs(t), underflowOfAll*(q.end-s.p.T0[l]))) {
		return t
	}
	q.short = to > q.goal
	if most := s.delays.bound(l, t); to > most {
		to, q.short, near = most, true, 0
	}
	if to+near >= q.goal {
		to = q.goal
	}
	q.onBreak = to == q.goal && len(q.breaks) > 0 && q.breaks[0] == to
	return to
}

// judge accepts or rejects the step in each lane.
func (s *Solver) judge() {
	st := &s.step
	clear(s.norm)
	if s.Controller != "fixed" {
		s.stepper.Error(s.norm, st, s.RTol, s.ATol)
	}
	notFinite(s.norm, st.X)
	if s.Controller == "fixed" {
		unsolved(s.norm, st.Status)
	}
	copy(s.h, st.H)
	clear(s.accept)
	s.ctrl.Next(s.accept, s.h, s.norm, s.scheme.Estimate)
	for j, l := range s.of {
		if st.H[j] == 0 {
			continue
		}
		q := &s.lane[l]
		s.tr.Stats.Factors[l] += st.Factors[j]
		if q.why = st.Status[j]; q.why == StatusOK && math.IsInf(s.norm[j], 1) {
			q.why = StatusNonFinite
		}
		if !s.accept[j] {
			s.tr.Stats.Rejected[l]++
			q.size = s.h[j]
			continue
		}
		s.tr.Stats.Accepted[l]++
		s.tr.Stats.Stiff[l] += int(st.Way[j])
		if q.short {
			s.h[j] = max(s.h[j], q.size)
		}
		q.size = s.h[j]
	}
}

// moved moves the states of the accepted lanes.
func (s *Solver) moved() {
	st := &s.step
	if !slices.Contains(s.accept[:len(s.of)], false) {
		copy(st.From.X.V, st.X.V)
		return
	}
	for i := range st.X.Rows {
		from, to := st.X.Row(i), st.From.X.Row(i)
		for j, yes := range s.accept[:len(to)] {
			if yes {
				to[j] = from[j]
			}
		}
	}
}

// notFinite makes the norm of each lane +Inf whose state or norm is not
// finite.
func notFinite(norm []float64, x Batch) {
	if num.AllFinite(norm) && num.AllFinite(x.V) {
		return
	}
	for l, n := range norm {
		zero := n - n
		for i := l; i < len(x.V); i += len(norm) {
			zero += x.V[i] - x.V[i]
		}
		if zero != 0 {
			norm[l] = math.Inf(1)
		}
	}
}

// unsolved makes the norm +Inf where a step could not be taken.
func unsolved(norm []float64, status []Status) {
	for l := range norm {
		if status[l] != StatusOK {
			norm[l] = math.Inf(1)
		}
	}
}

// report saves the states that lie in the step.
func (s *Solver) report() {
	st := &s.step
	extend, any, saves := false, false, false
	for j, l := range s.of {
		s.inside[j] = false
		if !s.accept[j] {
			continue
		}
		any = true
		if q := &s.lane[l]; q.due <= st.To[j] {
			saves = true
			s.inside[j] = s.insider != nil && q.due < st.To[j]
			extend = extend || s.inside[j]
		}
	}
	if extend = extend || any && s.delays.any(); extend {
		s.insider.Extend(st, s.inside)
	}
	if saves {
		for j, l := range s.of {
			if s.accept[j] {
				s.save(j, l)
			}
		}
	}
	if any && s.watch != nil {
		s.watch.took(st, s.accept, extend)
	}
	s.delays.keep(s)
}

// save writes the saved states of lane l, in place j, in (From.T, To].
func (s *Solver) save(j, l int) {
	st, q, n := &s.step, &s.lane[l], len(s.of)
	for q.due <= st.To[j] {
		from, theta := st.X.V, 1.0
		if q.due < st.To[j] {
			theta = (q.due - st.From.T[j]) / st.H[j]
			from = s.state[:len(st.X.V)]
			s.insider.Inside(from, st, j, theta)
		}
		x := s.tr.State(q.next, st.X.Rows).V
		for i, to := j, l; to < len(x); i, to = i+n, to+len(s.lane) {
			x[to] = from[i]
		}
		if s.watch != nil {
			s.watch.atSave(st, q.next, l, theta)
		}
		q.next++
		q.due = s.due(q.next, l)
	}
}

// commit moves the accepted lanes to the end of the step.
func (s *Solver) commit() {
	st := &s.step
	s.moved()
	clear(s.fixed)
	breaks := false
	for j, l := range s.of {
		q := &s.lane[l]
		if !s.accept[j] {
			if st.H[j] != 0 {
				st.Start[j] = StartAgain
				if _, again := s.jumps.hit(l); !again && s.Controller == "fixed" {
					s.fail(l, q.why)
				}
			}
			continue
		}
		st.From.T[j] = st.To[j]
		st.Start[j], q.linked = StartNext, !q.onBreak
		if q.onBreak {
			st.Start[j] = StartFresh
		}
		q.i++
		if st.To[j] >= q.end {
			q.active = false
			continue
		}
		if q.onBreak {
			s.jumps.reach(s, j, l)
			s.fixed[j], breaks = q.active, true
		}
		if q.active && (st.To[j] >= q.goal || q.onBreak) {
			s.aim(l, st.To[j])
		}
	}
	if breaks && s.consistency != nil {
		s.resettle()
	}
}

// resettle makes the states of the marked lanes consistent again, where inputs or states have
// jumped.
func (s *Solver) resettle() {
	marked := s.fixed[:len(s.of)]
	copy(s.asked, marked)
	s.consistency.settle(&s.step, marked)
	for j, l := range s.of {
		if s.asked[j] && !marked[j] {
			s.fail(l, StatusInconsistent)
		}
	}
	if r, ok := s.watch.(resettled); ok {
		r.resettled(s)
	}
}
