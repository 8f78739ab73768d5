package ode

import "math"

// propose sets the end of each lane's next step and says whether any moves.
func (s *Solver) propose() bool {
	moves := false
	for l := range s.lane {
		q, t := &s.lane[l], s.step.From.T[l]
		to := t
		if q.active {
			to = s.target(l)
			if s.tooMany(l) {
				s.fail(l, StatusMaxSteps)
				to = t
			} else if !(to > t) {
				why := StatusStepTooSmall
				if q.bad {
					why = StatusNonFinite
				}
				s.fail(l, why)
				to = t
			}
		}
		s.step.To[l], s.step.H[l], s.step.Last[l] = to, to-t, to
		if q.onBreak && to > t {
			s.step.Last[l] = math.Nextafter(to, math.Inf(-1))
		}
		if to > t {
			moves = true
		} else {
			s.step.Start[l] = StartAgain
		}
	}
	return moves
}

func (s *Solver) tooMany(l int) bool {
	return s.MaxSteps > 0 && s.tr.Stats.Accepted[l]+s.tr.Stats.Rejected[l] >= s.MaxSteps
}

// aim sets the time that the next steps of lane l must land on.
func (s *Solver) aim(l int) {
	q, t := &s.lane[l], s.step.From.T[l]
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
	if len(q.breaks) > 0 && q.breaks[0] <= q.goal {
		q.goal = q.breaks[0]
	}
	if s.Controller == "fixed" && s.land {
		q.n = max(1, math.Ceil((q.goal-t)/s.Step*(1-1e-9)))
	}
}

// target is the end of the next step of lane l.
func (s *Solver) target(l int) float64 {
	q, t := &s.lane[l], s.step.From.T[l]
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
	} else if !(q.size >= max(4*0x1p-52*math.Abs(t), 1e-20*(q.end-s.p.T0[l]))) {
		return t
	}
	q.short = to > q.goal
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
	copy(s.h, st.H)
	clear(s.accept)
	s.ctrl.Next(s.accept, s.h, s.norm, s.tab.Order)
	for l := range s.lane {
		if st.H[l] == 0 {
			continue
		}
		q := &s.lane[l]
		q.bad = math.IsInf(s.norm[l], 1)
		if !s.accept[l] {
			s.tr.Stats.Rejected[l]++
			q.size = s.h[l]
			continue
		}
		s.tr.Stats.Accepted[l]++
		if q.short {
			s.h[l] = max(s.h[l], q.size)
		}
		q.size = s.h[l]
	}
}

// notFinite makes the norm of each lane +Inf whose state or norm is not
// finite.
func notFinite(norm []float64, x Batch) {
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

// report saves the states that lie in the step.
func (s *Solver) report() {
	st := &s.step
	extend, any := false, false
	for l := range s.lane {
		s.inside[l] = false
		if !s.accept[l] {
			continue
		}
		any = true
		if q := &s.lane[l]; s.insider != nil && q.next < s.saves {
			s.inside[l] = s.time(q.next, l) < st.To[l]
			extend = extend || s.inside[l]
		}
	}
	if extend {
		s.insider.Extend(st, s.inside)
	}
	for l := range s.lane {
		if s.accept[l] {
			s.save(l)
		}
	}
	if any && s.watch != nil {
		s.watch.took(st, s.accept, extend)
	}
}

// save writes the saved states of lane l in (From.T, To].
func (s *Solver) save(l int) {
	st, q := &s.step, &s.lane[l]
	for ; q.next < s.saves && s.time(q.next, l) <= st.To[l]; q.next++ {
		x := s.tr.State(q.next, st.X.Rows).V
		theta := 1.0
		if t := s.time(q.next, l); t < st.To[l] {
			theta = (t - st.From.T[l]) / st.H[l]
			s.insider.Inside(x, st, l, theta)
		} else {
			copyLane(x, st.X.V, l, len(s.lane))
		}
		if s.watch != nil {
			s.watch.atSave(st, q.next, l, theta)
		}
	}
}

// commit moves the accepted lanes to the end of the step.
func (s *Solver) commit() {
	st := &s.step
	for l := range s.lane {
		q := &s.lane[l]
		if !s.accept[l] {
			if st.H[l] != 0 {
				st.Start[l] = StartAgain
				if s.Controller == "fixed" {
					s.fail(l, StatusNonFinite)
				}
			}
			continue
		}
		copyLane(st.From.X.V, st.X.V, l, len(s.lane))
		st.From.T[l] = st.To[l]
		st.Start[l], q.linked = StartNext, !q.onBreak
		if q.onBreak {
			st.Start[l] = StartFresh
		}
		q.i++
		if st.To[l] >= q.end {
			q.active = false
		} else if st.To[l] >= q.goal {
			s.aim(l)
		}
	}
}
