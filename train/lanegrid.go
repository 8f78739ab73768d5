package train

import "github.com/entrain-dev/entrain/program"

// laneGrid is which recording and which member a lane of a rollout is about: those of
// a recording lie side by side, lane = recording·members + member. Lanes behind
// the last pair only fill up the vectors and repeat the first.
type laneGrid struct {
	records int
	members int
	lanes   int // all, spare ones too
}

func newLaneGrid(records, members int) laneGrid {
	return laneGrid{records, members, program.PadLanes(records * members)}
}

// used is how many lanes there are before the spare ones.
func (g laneGrid) used() int { return g.records * g.members }

// real tells a lane that is not spare.
func (g laneGrid) real(lane int) bool { return lane < g.used() }

// lane of a recording and a member.
func (g laneGrid) lane(record, member int) int { return record*g.members + member }

// record is the recording of a lane.
func (g laneGrid) record(lane int) int {
	if g.real(lane) {
		return lane / g.members
	}
	return 0
}

// member is the member of a lane.
func (g laneGrid) member(lane int) int {
	if g.real(lane) {
		return lane % g.members
	}
	return 0
}

// recordOf are the recordings of all lanes.
func (g laneGrid) recordOf() []int {
	out := make([]int, g.lanes)
	for l := range out {
		out[l] = g.record(l)
	}
	return out
}
