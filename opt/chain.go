package opt

type chain []Transform

// Chain applies the rules one after the other; its state is theirs, end to
// end.
func Chain(rules ...Transform) Transform { return chain(rules) }

func (c chain) StateSize(n int) int {
	size := 0
	for _, t := range c {
		size += t.StateSize(n)
	}
	return size
}

func (c chain) Apply(u, state, z []float64, k int) {
	for _, t := range c {
		size := t.StateSize(len(u))
		t.Apply(u, state[:size], z, k)
		state = state[size:]
	}
}

type segment struct {
	lo, hi int
	rule   Transform
}

// Segment applies a rule to the unknowns lo … hi−1 only and leaves the rest
// of the update as it is: weight decay for θ but not for initial states, say.
// With M lanes rows a … b−1 are the unknowns a·M … b·M−1.
func Segment(lo, hi int, rule Transform) Transform { return segment{lo, hi, rule} }

func (s segment) StateSize(int) int { return s.rule.StateSize(s.hi - s.lo) }

func (s segment) Apply(u, state, z []float64, k int) {
	s.rule.Apply(u[s.lo:s.hi], state, z[s.lo:s.hi], k)
}
