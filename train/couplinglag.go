package train

import (
	"math"
	"slices"
)

// behind is how members whose trajectories cannot be followed with less
// coupling stay behind the schedule: half of the last change is taken back, and
// the coupling is let go of more slowly from there.
type behind struct {
	now   float64   // the gain of the schedule
	held  []float64 // gain of each member; −1: that of the schedule
	good  []float64 // the last gain with which it could be evaluated; −1: there was none
	most  []float64 // the largest of these
	tries []float64 // how often it yielded since it was level with the schedule
	lanes []float64 // gain of each lane
}

const (
	relax     = 0.95 // of what is behind the schedule, kept from one iteration to the next
	level     = 0.01 // so near to the schedule, in parts of the largest gain, is level with it
	mostTries = 40
)

func newBehind(members int) *behind {
	b := &behind{held: make([]float64, members), good: make([]float64, members), most: make([]float64, members), tries: make([]float64, members)}
	for j := range members {
		b.held[j], b.good[j] = -1, -1
	}
	return b
}

// gains are those of the lanes of r with the gain of the schedule; nil if all
// are level with it.
func (b *behind) gains(now float64, r *rollout) []float64 {
	b.now = now
	any := false
	for _, h := range b.held {
		any = any || h >= 0
	}
	if !any {
		return nil
	}
	if b.lanes == nil {
		b.lanes = make([]float64, r.lanes)
	}
	for l := range b.lanes {
		b.lanes[l] = b.of(r.member(l))
	}
	return b.lanes
}

func (b *behind) of(j int) float64 { return max(b.now, b.held[j]) }

// went implements yielding.
func (b *behind) went(j int) {
	b.good[j] = min(b.of(j), math.MaxFloat64) // infinite gains are legal in discrete time
	b.most[j] = max(b.most[j], b.good[j])
	if b.held[j] < 0 {
		b.tries[j] = 0
		return
	}
	ahead := (b.of(j) - b.now) * relax
	if b.held[j] = b.now + ahead; ahead <= level*b.most[j] {
		b.held[j] = -1
	}
}

// yield implements yielding.
func (b *behind) yield(j int) bool {
	gain := b.of(j)
	half := (gain + b.good[j]) / 2
	if b.tries[j]++; !(half > gain) || b.tries[j] > mostTries {
		return false
	}
	b.held[j] = half
	return true
}

// state implements stateful.
func (b *behind) state() []float64 {
	return slices.Concat(b.held, b.good, b.most, b.tries)
}

// restore implements stateful.
func (b *behind) restore(s []float64) {
	m := len(b.held)
	copy(b.held, s[:m])
	copy(b.good, s[m:2*m])
	copy(b.most, s[2*m:3*m])
	copy(b.tries, s[3*m:])
}

// lags implements yielding.
func (b *behind) lags(j int) bool { return b.held[j] >= 0 }
