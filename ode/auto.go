package ode

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
)

// Both methods that auto takes.
const autoExplicit, autoStiff = "dopri5", "radau5"

// stiffReach is |hλ| at the border of dopri5's region of stability, and stiffAfter how many
// steps there, and calmAfter how many elsewhere, decide. At tight tolerances steps come to the
// border but slowly: as many as nearAfter beyond nearReach decide too.
//
// Source: Hairer, Wanner, Solving Ordinary Differential Equations II, IV.2, but for the second
// pair.
const (
	stiffReach, nearReach            = 3.25, 2
	stiffAfter, nearAfter, calmAfter = 15, 100, 6
)

func init() {
	Register(&Scheme{
		Name:  "auto",
		Doc:   "dopri5, and from where a trajectory turns out to be stiff radau5",
		Order: 5, Inside: 4, Estimate: 5, Implicit: true,
		New: func(shape field.Shape, inside bool) Stepper { return newSwitching(shape, inside) },
	})
}

// switching begins every lane with an explicit method and goes on with an implicit one once
// stability rather than accuracy keeps its steps short: |h λ| of the explicit method,
//
//	h |k_7 − k_6| / |X_7 − X_6|   (its last two stages, both at the end of the step),
//
// is beyond its border in 15 steps with fewer than 6 others in a row between them, or near it in
// 100. There is no way back before the end. Step.Way says which method took a step.
//
// Work holds the state at the start, then what each of the methods has there.
type switching struct {
	n, lanes int
	explicit *rungeKutta
	implicit *radau
	lane     []tendency

	part  [2]Step // the step of one of the methods
	gpart [2]Step
	norm  []float64
}

// tendency is what is known of a lane.
type tendency struct {
	implicit    bool
	reach       float64 // |hλ| of the last explicit step
	stiff, near int     // steps at the border and near it
	calm, far   int     // others since
}

func newSwitching(shape field.Shape, inside bool) *switching {
	tab, _ := Method(autoExplicit)
	w := &switching{n: shape.State, lanes: shape.Lanes, lane: make([]tendency, shape.Lanes), norm: make([]float64, shape.Lanes)}
	w.explicit, w.implicit = newRungeKutta(shape, tab.Tableau, inside), newRadau(shape)
	for i := range w.part {
		w.part[i], w.gpart[i] = newStep(shape), newStep(shape)
		w.gpart[i].From.X = newBatch(w.n, w.lanes)
	}
	return w
}

// Prepare forgets all lanes.
func (w *switching) Prepare(v Wants) {
	v.Lean = false // the stages are looked at
	w.explicit.Prepare(v)
	w.implicit.Prepare(v)
	clear(w.lane)
}

// Bind tells both methods.
func (w *switching) Bind(p *IVP) {
	w.explicit.Bind(p)
	w.implicit.Bind(p)
}

// Settle ends what the explicit method owes.
func (w *switching) Settle(g *field.Point) { w.explicit.Settle(g) }

// Room is the state at the start and both rooms.
func (w *switching) Room() Room {
	e, i := w.explicit.Room(), w.implicit.Room()
	rows := w.n + e.Rows + e.Inside + i.Rows
	return Room{Rows: rows, Len: rows * w.lanes}
}

// rooms are the parts of Work.
func (w *switching) rooms(work []float64) (explicit, implicit []float64) {
	e := w.explicit.Room()
	work = work[w.n*w.lanes:]
	cut := (e.Rows + e.Inside) * w.lanes
	return work[:cut], work[cut : cut+w.implicit.Room().Rows*w.lanes]
}

// Follow takes over all that is known.
func (w *switching) Follow(from Stepper, of []int) {
	old := from.(*switching)
	w.explicit.Follow(old.explicit, of)
	w.implicit.Follow(old.implicit, of)
	for j, i := range of {
		w.lane[j] = old.lane[i]
	}
}

// Slope is the explicit method's: all lanes begin with it.
func (w *switching) Slope(s *Step) Batch {
	return w.explicit.Slope(w.take(0, s))
}

// take makes the part of a step that a method takes: the lanes of the other rest.
func (w *switching) take(method uint8, s *Step) *Step {
	p := &w.part[method]
	p.Field, p.program, p.Input, p.Evals = s.Field, s.program, s.Input, s.Evals
	p.From.T, p.From.X, p.From.Theta = s.From.T, s.From.X, s.From.Theta
	p.To, p.Last, p.Status, p.Factors = s.To, s.Last, s.Status, s.Factors
	e, i := w.rooms(s.Work)
	p.Work = e
	if method == 1 {
		p.Work = i
	}
	for l := range s.H {
		p.H[l], p.Start[l] = s.H[l], s.Start[l]
		if s.Way[l] != method {
			p.H[l], p.Start[l] = 0, StartAgain
		}
	}
	return p
}

// works says that a method has lanes to move.
func works(p *Step) bool {
	for _, h := range p.H {
		if h != 0 {
			return true
		}
	}
	return false
}

// Step lets each lane take its way. A step that is repeated takes the one it took.
func (w *switching) Step(s *Step) {
	if !s.Again {
		for l := range w.lane {
			w.decide(s, l)
		}
	}
	copy(s.Work, s.From.X.V)
	copy(s.X.V, s.From.X.V)
	if e := w.take(0, s); works(e) {
		w.explicit.Step(e)
		w.merge(s, e)
		w.look(e)
	}
	if i := w.take(1, s); works(i) {
		w.implicit.Step(i)
		w.merge(s, i)
	}
}

func (w *switching) merge(s, p *Step) {
	for l, h := range p.H {
		if h != 0 {
			copyLane(s.X.V, p.X.V, l, w.lanes)
		}
	}
}

// decide chooses the way of a lane, from what its last step was like if that counts.
func (w *switching) decide(s *Step, l int) {
	q := &w.lane[l]
	if s.Start[l] != StartAgain && !q.implicit {
		count(&q.stiff, &q.calm, q.reach > stiffReach)
		count(&q.near, &q.far, q.reach > nearReach)
		q.implicit = q.stiff >= stiffAfter || q.near >= nearAfter
	}
	if s.Way[l] = 0; q.implicit {
		s.Way[l] = 1
	}
}

// count counts a step, and forgets those before after calmAfter others.
func count(yes, no *int, is bool) {
	if is {
		*no = 0
		*yes++
	} else if *no++; *no == calmAfter {
		*yes = 0
	}
}

// look estimates |hλ| of the steps just taken.
func (w *switching) look(p *Step) {
	r := w.explicit
	last := r.stages - 1
	x1, x0 := r.stage(p.Work, last), r.stage(p.Work, last-1)
	k1, k0 := r.k[last].V, r.k[last-1].V
	for l, h := range p.H {
		if h == 0 {
			continue
		}
		up, down := 0.0, 0.0
		for i := l; i < len(x1); i += w.lanes {
			a, b := k1[i]-k0[i], x1[i]-x0[i]
			up, down = up+a*a, down+b*b
		}
		if w.lane[l].reach = 0; down > 0 {
			w.lane[l].reach = h * math.Sqrt(up/down)
		}
	}
}

// Error makes the implicit method's error, of order 4, one of order 5.
func (w *switching) Error(norm []float64, s *Step, rtol, atol float64) {
	if e := w.take(0, s); works(e) {
		copy(e.X.V, s.X.V)
		w.explicit.Error(norm, e, rtol, atol)
	}
	i := w.take(1, s)
	if !works(i) {
		return
	}
	copy(i.X.V, s.X.V)
	w.implicit.Error(w.norm, i, rtol, atol)
	for l, h := range i.H {
		if h != 0 {
			norm[l] = math.Pow(w.norm[l], 1.25)
		}
	}
}

// Extend does what the explicit method needs.
func (w *switching) Extend(s *Step, inside []bool) {
	if e := w.take(0, s); works(e) {
		w.explicit.Extend(e, inside)
	}
}

// Inside asks the method that took the step.
func (w *switching) Inside(x []float64, s *Step, lane int, theta float64) {
	if p := w.take(s.Way[lane], s); s.Way[lane] == 0 {
		w.explicit.Inside(x, p, lane, theta)
	} else {
		w.implicit.Inside(x, p, lane, theta)
	}
}

// PullInside notes the cotangent with the method that took the step.
func (w *switching) PullInside(g, s *Step, c []float64, lane int, theta float64) {
	if p := w.take(s.Way[lane], s); s.Way[lane] == 0 {
		w.explicit.PullInside(g, p, c, lane, theta)
	} else {
		w.implicit.PullInside(g, p, c, lane, theta)
	}
}

// Pull goes back through the lanes of both methods.
func (w *switching) Pull(g, s *Step) {
	for l, h := range s.H {
		if h == 0 {
			for i := l; i < len(g.X.V); i += w.lanes {
				g.From.X.V[i] += g.X.V[i]
			}
		}
	}
	for method := range uint8(2) {
		p, h := w.take(method, s), &w.gpart[method]
		if !works(p) {
			continue
		}
		clear(h.From.X.V)
		for l, size := range p.H {
			for i := l; i < len(g.X.V); i += w.lanes {
				if h.X.V[i] = 0; size != 0 {
					h.X.V[i] = g.X.V[i]
				}
			}
		}
		h.From.Theta = g.From.Theta
		if method == 0 {
			w.explicit.Pull(h, p)
		} else {
			w.implicit.Pull(h, p)
		}
		kernel.AddTo(g.From.X.V, h.From.X.V)
	}
}

// Rest forgets what the explicit method left to the step before.
func (w *switching) Rest() {
	w.explicit.Rest()
	w.implicit.back.any = false
}

// Owed is that.
func (w *switching) Owed() (Batch, bool) { return w.explicit.Owed() }

// Owe says whether there is any.
func (w *switching) Owe(any bool) { w.explicit.Owe(any) }
