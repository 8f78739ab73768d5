package opt

import "math"

// largest is the size beyond which an update is taken for a failure: the
// squares of a million such values still have a finite sum (1e306).
const largest = 1e150

type guard struct {
	rule  Transform
	lanes int
}

// Guard keeps numbers that are not finite out of z and out of the state of a
// rule. If the update of a lane holds a NaN, an infinity or a magnitude above
// 1e150, or if the rule's own result is not finite, the whole step of that
// lane is zero; in the first case the moments of the lane stay as they were.
// State: for each lane the number of steps skipped so far, for each lane
// whether the last one was (1) or not (0), then the state of the rule.
//
// It works by writing NaN over the lane: every rule of this package passes a
// NaN on and leaves what it remembers of that unknown alone.
func Guard(rule Transform, lanes int) Transform { return guard{rule, lanes} }

// Skipped returns the number of steps that a guarded rule refused so far,
// summed over lanes.
func Skipped(state []float64, lanes int) int {
	sum := 0.0
	for _, c := range state[:lanes] {
		sum += c
	}
	return int(sum)
}

func (g guard) StateSize(n int) int { return 2*g.lanes + g.rule.StateSize(n) }

func (g guard) Apply(u, state, z []float64, k int) {
	skipped, last := state[:g.lanes], state[g.lanes:2*g.lanes]
	clear(last)
	markBad(last, u)
	nan := math.NaN()
	for l, bad := range last {
		if bad != 0 {
			fillLane(u, l, g.lanes, nan)
		}
	}
	g.rule.Apply(u, state[2*g.lanes:], z, k)
	markBad(last, u)
	for l, bad := range last {
		if bad != 0 {
			skipped[l]++
			fillLane(u, l, g.lanes, 0)
		}
	}
}

// markBad sets bad[l] = 1 for each lane of u that holds an unusable number.
func markBad(bad, u []float64) {
	lanes := len(bad)
	for i := 0; i < len(u); i += lanes {
		for l, v := range u[i : i+lanes] {
			if !(v <= largest && v >= -largest) {
				bad[l] = 1
			}
		}
	}
}

func fillLane(u []float64, l, lanes int, v float64) {
	for i := l; i < len(u); i += lanes {
		u[i] = v
	}
}
