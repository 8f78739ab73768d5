package train

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/field"
)

// onlyStates is the error of a method that takes measured columns for states that move by the
// field alone, where the model says that some only show its states, or that more happens to them.
func (p *Problem) onlyStates(method string) error {
	if p.Parts.Events != nil {
		return fmt.Errorf("events: method=%s takes the states to move by their equations alone; methods that follow trajectories through events are auto (for equations without networks), lm, vanilla and progressive", method)
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

// showsStates tells that the start of a state is nothing to be learnt: it is a column that
// shows others, or known.
func (p *Problem) showsStates(state int) bool {
	return p.Parts.Observed != nil && p.Parts.Observed[state] || p.knownStart(state)
}
