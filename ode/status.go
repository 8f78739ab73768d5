package ode

import "fmt"

// String says in a sentence how the integration ended and what may help.
func (s Status) String() string {
	switch s {
	case StatusOK:
		return "the integration reached its end"
	case StatusStepTooSmall:
		return "the step size became too small to move on: the solution blows up or the problem is stiff; loosen the tolerances, try solver=radau5, or look at the model there"
	case StatusMaxSteps:
		return "the integration needed more steps than allowed; raise max_steps, loosen the tolerances, or shorten the time span"
	case StatusUnsolved:
		return "the equations of an implicit step could not be solved, however short the step; look at the model there, or loosen the tolerances"
	case StatusStiff:
		return "the problem is stiff: stability, not accuracy, keeps the steps of this explicit solver short; try solver=radau5, or solver=auto, which switches by itself"
	case StatusPiledUp:
		return "events follow each other ever faster and pile up at one time (Zeno), beyond which there is no trajectory; end before it, or give the event something that brings it to rest"
	case StatusManyEvents:
		return fmt.Sprintf("there were %d events, and more follow; end earlier, or look at the condition that brings them about", mostEvents)
	case StatusChain:
		return "what an event at a crossing set made the condition of another event true at once; write both as one event, or give the conditions room"
	case StatusInconsistent:
		return "no algebraic unknowns satisfy the equations 0 = … with the states as they are; give other guesses under algebraic:, or other starts; where no guess helps, the equations do not determine them there (the index is above one)"
	case StatusDelay:
		return "a delay is not above 0; give its parameter min: 0 and a start above it"
	case StatusShortDelay:
		return "a delay is so short beside the span that its steps, none of which is longer, are more than allowed; bound its parameter from below (min:), leave the delay out, or shorten the time span"
	case StatusNonFinite:
		return "the state or its derivative is no longer a finite number; look at the model there, or take smaller steps"
	}
	return "unknown status"
}

// NewTrajectory allocates room for times saved states of rows × lanes numbers.
func NewTrajectory(times, rows, lanes int) *Trajectory {
	return &Trajectory{
		X:      make([]float64, times*rows*lanes),
		Status: make([]Status, lanes),
		Stats:  Stats{Evals: make([]int, lanes), Accepted: make([]int, lanes), Rejected: make([]int, lanes), Factors: make([]int, lanes), Stiff: make([]int, lanes)},
	}
}

// State returns the k-th saved states; it shares memory with tr.
func (tr *Trajectory) State(k, rows int) Batch {
	lanes := len(tr.Status)
	return Batch{V: tr.X[k*rows*lanes : (k+1)*rows*lanes], Rows: rows, Lanes: lanes}
}

// OK says whether every lane reached its end.
func (tr *Trajectory) OK() bool {
	for _, s := range tr.Status {
		if s != StatusOK {
			return false
		}
	}
	return true
}

// Note says in words what solver=auto found in a lane; "" if there is nothing to say.
func (s *Stats) Note(lane int) string {
	n := s.Stiff[lane]
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("the problem is stiff: %s took %d of %d steps (solver=auto)", autoStiff, n, s.Accepted[lane])
}

func (s *Stats) reset() {
	clear(s.Evals)
	clear(s.Accepted)
	clear(s.Rejected)
	clear(s.Factors)
	clear(s.Stiff)
}
