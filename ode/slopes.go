package ode

import "github.com/entrain-dev/entrain/field"

// slopes evaluates a field for implicit methods: at the start of a step and at its
// stages. It has the slope at the start.
type slopes struct {
	at     field.Point
	start  Batch        // the slope at From
	holder field.Holder // one lane: the field if it holds the parameters
}

func newSlopes(shape field.Shape) slopes {
	n := shape.Lanes
	return slopes{start: newBatch(shape.State, n),
		at: field.Point{T: make([]float64, n), X: Batch{Rows: shape.State, Lanes: n}, U: newBatch(shape.Input, n)}}
}

// Bind tells the field its parameters.
func (e *slopes) Bind(p *IVP) {
	e.holder = nil
	if h, ok := p.Field.(field.Holder); ok && len(e.at.T) == 1 && h.Hold(p.Theta) {
		e.holder = h
	}
}

// Settle does nothing: nothing waits.
func (e *slopes) Settle(*field.Point) {}

// place goes to a state at some time.
func (e *slopes) place(s *Step, t []float64, x Batch) {
	copy(e.at.T, t)
	e.put(s, x)
}

// stage goes to a state at From.T + cH, not later than Last.
func (e *slopes) stage(s *Step, c float64, x Batch) {
	for l, t := range s.From.T {
		e.at.T[l] = s.Last[l]
		if c < 1 {
			e.at.T[l] = min(t+c*s.H[l], s.Last[l])
		}
	}
	e.put(s, x)
}

func (e *slopes) put(s *Step, x Batch) {
	e.at.X.V, e.at.Theta = x.V, s.From.Theta
	if s.Input != nil {
		s.Input.At(e.at.U, e.at.T)
	}
}

// eval evaluates the field there.
func (e *slopes) eval(s *Step, dx Batch) {
	if e.holder != nil {
		e.holder.EvalHeld(dx, &e.at)
		return
	}
	s.Field.Eval(dx, &e.at)
}

// begin evaluates the slope at the start where it is not known.
func (e *slopes) begin(s *Step) {
	any := false
	for l, st := range s.Start {
		if st != StartAgain && s.H[l] != 0 {
			any = true
			if s.Evals != nil {
				s.Evals[l]++
			}
		}
	}
	if any {
		e.Slope(s)
	}
}

// Slope evaluates the slope at the start.
func (e *slopes) Slope(s *Step) Batch {
	e.place(s, s.From.T, s.From.X)
	e.eval(s, e.start)
	return e.start
}

func (e *slopes) follow(old *slopes, of []int) { gather(e.start, old.start, of) }

// park moves the stages of resting lanes, and their inputs, to a working one, see
// rungeKutta.park. Work has as many rows as rows.
func parkWork(s *Step, rows int) {
	lanes := len(s.H)
	if donor := working(s); donor >= 0 {
		for l, h := range s.H {
			if h == 0 {
				parkLane(s.Work[:rows*lanes], l, donor, lanes)
			}
		}
	}
}

// park moves resting lanes of the point to a working one.
func (e *slopes) park(s *Step) {
	if donor := working(s); donor >= 0 {
		for l, h := range s.H {
			if h == 0 {
				e.at.T[l] = e.at.T[donor]
				parkLane(e.at.U.V, l, donor, len(s.H))
			}
		}
	}
}
