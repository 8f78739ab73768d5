package opt

// Status says how a minimisation stands after a step.
type Status uint8

// The ways a step may leave a minimisation.
const (
	Going     Status = iota // another step may help
	Converged               // a tolerance is met; Outcome.Reason says which
	Stalled                 // no step lowers the cost any more
	Failed                  // the objective cannot be computed at z itself
)

// String returns the status as a word.
func (s Status) String() string {
	return [...]string{"going", "converged", "stalled", "failed"}[s]
}

// Outcome tells what one step of a minimiser did.
type Outcome struct {
	Status   Status
	Accepted bool    // z has changed
	Cost     float64 // at z as it is now
	GradNorm float64 // largest |gradient| component where the step began
	StepNorm float64 // Euclidean length of the step, taken or only tried
	Evals    int     // evaluations of the objective
	Reason   string  // why it was rejected, or stopped; "" after an ordinary step
}
