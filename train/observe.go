package train

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/field"
)

// onlyStates is the error of a method that takes measured columns for states that move by the
// field alone, where the model says that some only show its states, that more happens to them,
// that they look back, or that their noise is another.
func (p *Problem) onlyStates(method string) error {
	if err := p.onlyDerivatives(method); err != nil {
		return err
	}
	return p.allSeen(method)
}

// onlyDerivatives is the error of a method that cannot do with equations 0 = ….
func (p *Problem) onlyDerivatives(method string) error {
	if p.Parts.Algebraic == nil {
		return nil
	}
	return fmt.Errorf("the equations 0 = … determine %s; method=%s knows derivatives alone; methods that keep such equations are auto, collocation, lm and vanilla",
		strings.Join(p.Parts.AlgebraicNames(), ", "), method)
}

// allSeen is the other half of onlyStates.
func (p *Problem) allSeen(method string) error {
	if p.Parts.Told() {
		return p.onlyTold(method)
	}
	if err := p.noNoise(method); err != nil {
		return err
	}
	if p.Parts.Events != nil {
		return fmt.Errorf("events: method=%s takes the states to move by their equations alone; methods that follow trajectories through events are auto (for equations without networks), lm, vanilla and progressive", method)
	}
	if p.Parts.Delays != nil {
		return fmt.Errorf("delays: method=%s takes slopes to depend on the state of the moment alone; methods that follow trajectories with their past are auto (for equations without networks), lm, vanilla and progressive", method)
	}
	var columns []string
	for i, only := range p.Parts.Observed {
		if only {
			columns = append(columns, p.Parts.Frame.States[i])
		}
	}
	if columns == nil {
		return nil
	}
	return fmt.Errorf("observe: %s: method=%s takes measured columns for states; methods that compare what is seen with rows are auto (for equations without networks), lm, vanilla and progressive",
		strings.Join(columns, ", "), method)
}

// startThroughWhatIsSeen completes a known start where no measured column is a state: the start
// is that of the others, those of the equations if none is given.
func (p *Problem) startThroughWhatIsSeen(frame field.Frame) {
	hidden, seen := len(p.Parts.Start), p.Parts.Observed
	if seen == nil || slices.Contains(seen[:len(frame.States)], false) {
		return
	}
	switch len(p.Start) {
	case 0:
		p.Start = slices.Concat(frame.Shift, p.Parts.Start)
	case hidden:
		p.Start = slices.Concat(frame.Shift, p.Start)
	}
}

// follows tells that a state follows from the others at the same time: it is only a column that
// shows them, or algebraic. What stands at its place in a start is at most a guess.
func (p *Problem) follows(state int) bool {
	return p.Parts.Observed != nil && p.Parts.Observed[state] || p.Parts.Algebraic != nil && p.Parts.Algebraic[state]
}

// notLearnt tells that the start of a state is nothing to be learnt: it follows, or is known.
func (p *Problem) notLearnt(state int) bool {
	return p.follows(state) || p.knownStart(state)
}
