package ode

import "github.com/entrain-dev/entrain/field"

// A field that is a field.Keeper leaves what its VJP needs beside the states of
// the stages, in Step.Work. So whoever keeps the room of a step keeps that too,
// and whoever repeats a step has it again.

// fewLanes is for how many lanes arithmetic sets the pace of an integration.
const fewLanes = 8

// keeping is a Stepper that can keep evaluations.
type keeping interface {
	makeRoom(f field.Field, fixed bool)
	afford(s *Solver)
}

// makeRoom makes room for what f keeps. It comes before Room is asked for.
func (s *Solver) makeRoom(f field.Field) {
	if s.all.keeping != nil {
		s.all.keeping.makeRoom(f, s.Controller == "fixed")
	}
}

// makeRoom does so. Many lanes that choose their steps seldom go back together, so they do not keep.
func (r *rungeKutta) makeRoom(f field.Field, fixed bool) {
	if r.lanes <= fewLanes || fixed {
		if k, ok := f.(field.Keeper); ok && !r.isTaped(f) {
			r.most = k.Kept()
			r.keep = r.most
		}
	}
}

// afford decides whether many lanes keep: while it all stays in the caches,
// which an eighth of the memory stands for. From further away values come as slowly
// as they are computed.
func (r *rungeKutta) afford(s *Solver) {
	r.keep = r.most
	if r.most > 0 && r.lanes > fewLanes && 8*s.fixedSteps()*r.total*r.most > s.Memory/8 {
		r.keep = 0
	}
}

// fixedSteps is how many steps the longest lane takes, if no input jumps.
func (s *Solver) fixedSteps() int {
	most := 0.0
	for l := range s.lane {
		n, t := 0.0, s.p.T0[l]
		for k := range s.saves {
			if to := s.time(k, l); to > t && (s.land || k == s.saves-1) {
				n += s.stepsTo(t, to)
				t = to
			}
		}
		most = max(most, n)
	}
	return int(min(most, 1e9))
}

// Bind says which field is integrated, with which parameters. One that keeps
// another amount than that for which there is room keeps nothing.
func (r *rungeKutta) Bind(p *IVP) {
	r.holder, r.keeper, r.scripts = nil, nil, nil
	h, ok := p.Field.(field.Holder)
	if !ok || r.isTaped(p.Field) || !h.Hold(p.Theta) {
		return
	}
	r.holder = h
	if k, ok := h.(field.Keeper); ok && r.keep > 0 && k.Kept() == r.keep {
		r.keeper = k
	}
	r.scripts = r.scripted(h)
}

// isTaped tells that whole steps of f are taken at a time, which keep nothing.
func (r *rungeKutta) isTaped(f field.Field) bool {
	s := Step{}
	s.program, _ = f.(field.Programmed)
	return r.tape(&s) != nil
}

// kept is what is kept of stage i inside the room of a step.
func (r *rungeKutta) kept(work []float64, i int) []float64 {
	return work[r.keptAt(i):][:r.keep]
}

// keptAt is where that begins: behind the states of the stages, at a cache line.
func (r *rungeKutta) keptAt(i int) int {
	states := r.total * r.size()
	if r.keep == 0 {
		return states
	}
	return lines(states) + i*lines(r.keep)
}

// lines is n rounded up to whole cache lines.
func lines(n int) int { return (n + 7) &^ 7 }

// eval evaluates the field at r.at, stage i.
func (r *rungeKutta) eval(s *Step, i int, dx Batch) {
	switch {
	case r.keeper != nil:
		r.keeper.EvalKept(dx, r.kept(s.Work, i), &r.at)
	case r.holder != nil:
		r.holder.EvalHeld(dx, &r.at)
	default:
		s.Field.Eval(dx, &r.at)
	}
}

// vjp is the field's VJP at r.at, stage i. What it adds to g.Theta may wait for
// Settle.
func (r *rungeKutta) vjp(g *field.Point, s *Step, i int, c Batch) {
	if !r.has(s, i) {
		r.Settle(g)
		s.Field.VJP(g, &r.at, c)
		return
	}
	r.keeper.VJPKept(g, &r.at, r.kept(s.Work, i), c)
}

// has tells that what is kept of stage i is there. Lanes that come from different
// steps bring no more than the states of their stages. And where last slopes are
// handed on, a lane that was rejected may bring its first one from another step.
func (r *rungeKutta) has(s *Step, i int) bool {
	return r.keeper != nil && len(s.Work) >= r.room() && (i > 0 || r.lanes == 1 || !r.tab.FSAL)
}

// Settle ends the calls of vjp that add to g.
func (r *rungeKutta) Settle(g *field.Point) {
	if r.keeper != nil && g.Theta.V != nil {
		r.keeper.Settle(g)
	}
}
