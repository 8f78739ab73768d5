package ode

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// record is what Discrete keeps of an integration. Of every step it keeps the
// time of each lane before it; the step sizes are their differences. While the
// bound on memory allows it keeps the states of all stages, afterwards every
// c-th state at the start of a step, and the stages are computed again, c
// steps at a time. Numbers lie in blocks of equal size. The bound is on states
// and stages; the times are nine bytes more for each lane and step.
type record struct {
	lanes, state, work int // numbers in a state, in the room of a step
	block, most        int // numbers in a block, blocks allowed

	steps  int
	teams  []team    // which lanes took the steps, in order
	spare  [][]int   // room for more of them
	times  []float64 // (steps+1) × lanes
	marks  []mark    // steps × lanes
	pool   [][]float64
	every  int // 0: all stages are kept
	seg    [][]float64
	loaded int // first step of the segment whose stages are in seg, -1: none
}

// team is the lanes that took the steps from first on; the others had ended.
type team struct {
	first int
	of    []int // the lane in each place
	place []int // of each lane; −1: it has ended
}

// mark is what else there is to know of one lane's step.
type mark uint8

const (
	markLinked   mark = 1 << iota // the first slope is the last step's
	markBreak                     // the input jumps at the end
	markExtended                  // states inside the step were asked for
	markWay                       // Step.Way was 1
)

// blockSize is a compromise: few blocks, little left unused.
const blockSize = 1 << 13

func newRecord(lanes, state, work, bytes int) record {
	state, work = max(1, state), max(1, work) // without states too
	numbers := max(bytes/8, 4*work)
	block := max(work, min(blockSize, numbers/8))
	sizes := 2*bits.Len(uint(lanes)) + 2 // of teams, see seats
	r := record{lanes: lanes, state: state, work: work, block: block, most: max(2, numbers/block), loaded: -1,
		teams: make([]team, 0, sizes), spare: make([][]int, 1, sizes)}
	r.spare[0] = make([]int, 2*lanes)
	return r
}

// reset forgets everything; a step takes no more room than it did at first.
func (r *record) reset(work int) {
	r.work = max(1, work)
	r.steps, r.times, r.marks = 0, r.times[:0], r.marks[:0]
	for _, t := range r.teams {
		r.spare = append(r.spare, t.of[:cap(t.of)])
	}
	r.teams = r.teams[:0]
	r.pool = append(r.pool, r.seg...)
	r.every, r.seg, r.loaded = 0, r.seg[:0], -1
}

// slot is the i-th room of size numbers in pool, which grows as needed.
func (r *record) slot(pool *[][]float64, i, size int) []float64 {
	per := r.block / size
	for len(*pool) <= i/per {
		*pool = append(*pool, kernel.Aligned(r.block))
	}
	o := i % per * size
	return (*pool)[i/per][o : o+size]
}

// kept is how many states at the start of steps may be kept: half the memory
// is for the stages of a segment.
func (r *record) kept() int { return max(1, r.most/2) * (r.block / r.state) }

// room is where the next step works.
func (r *record) room() []float64 {
	if r.every == 0 {
		if r.steps/(r.block/r.work) < r.most {
			return r.slot(&r.pool, r.steps, r.work)
		}
		r.forgetStages()
	}
	return r.slot(&r.seg, 0, r.work)
}

// forgetStages goes from all stages to states alone.
func (r *record) forgetStages() {
	r.every = 1
	for (r.steps+r.every-1)/r.every > r.kept() {
		r.every *= 2
	}
	for i := 0; i*r.every < r.steps; i++ {
		copy(r.slot(&r.pool, i, r.state), r.slot(&r.pool, i*r.every, r.work))
	}
	half := max(1, r.most/2)
	r.seg = append(r.seg[:0], r.pool[half:]...)
	r.pool = r.pool[:half]
}

// thin forgets every other state.
func (r *record) thin() {
	r.every *= 2
	for i := 0; i*r.every < r.steps; i++ {
		copy(r.slot(&r.pool, i, r.state), r.slot(&r.pool, 2*i, r.state))
	}
}

// joined notes that the next steps are of these lanes.
func (r *record) joined(of []int) {
	if len(r.spare) == 0 {
		r.spare = append(r.spare, make([]int, 2*r.lanes))
	}
	room := r.spare[len(r.spare)-1]
	r.spare = r.spare[:len(r.spare)-1]
	t := team{first: r.steps, of: room[:len(of)], place: room[r.lanes:]}
	copy(t.of, of)
	for l := range t.place {
		t.place[l] = -1
	}
	for j, l := range of {
		t.place[l] = j
	}
	r.teams = append(r.teams, t)
}

// team is that of step i.
func (r *record) team(i int) *team {
	e := len(r.teams) - 1
	for r.teams[e].first > i {
		e--
	}
	return &r.teams[e]
}

// took notes a step that was taken.
func (r *record) took(s *Step, of []int, lane []progress, accept []bool, extended bool) {
	if r.steps == 0 {
		r.times = append(r.times, s.From.T...)
	}
	if r.every > 0 {
		if r.steps%r.every == 0 && r.steps/r.every >= r.kept() {
			r.thin()
		}
		if r.steps%r.every == 0 {
			copy(r.slot(&r.pool, r.steps/r.every, r.state), s.From.X.V)
		}
	}
	r.times = append(r.times, r.times[len(r.times)-r.lanes:]...)
	t, all := r.times[len(r.times)-r.lanes:], mark(0)
	if extended {
		all = markExtended
	}
	for range r.lanes {
		r.marks = append(r.marks, all)
	}
	m := r.marks[len(r.marks)-r.lanes:]
	for j, l := range of {
		if !accept[j] {
			continue
		}
		t[l] = s.To[j]
		if lane[l].linked {
			m[l] |= markLinked
		}
		if lane[l].onBreak {
			m[l] |= markBreak
		}
		if s.Way[j] != 0 {
			m[l] |= markWay
		}
	}
	r.steps++
}

// reserve makes room for that many steps.
func (r *record) reserve(steps int) {
	if n := (steps + 1) * r.lanes; cap(r.times) < n {
		r.times = append(make([]float64, 0, n), r.times...)
		r.marks = append(make([]mark, 0, n), r.marks...)
	}
	for per := r.block / r.work; len(r.pool) < min(r.most, (steps+per-1)/per); {
		r.pool = append(r.pool, kernel.Aligned(r.block))
	}
}

// load sets the times of step i in place j to those of lane l.
func (r *record) load(s *Step, j, l, i int) {
	from, to, m := r.times[i*r.lanes+l], r.times[(i+1)*r.lanes+l], r.marks[i*r.lanes+l]
	s.From.T[j], s.To[j], s.H[j], s.Last[j] = from, to, to-from, to
	if m&markBreak != 0 {
		s.Last[j] = math.Nextafter(to, math.Inf(-1))
	}
	if s.Way[j] = 0; m&markWay != 0 {
		s.Way[j] = 1
	}
	switch {
	case s.H[j] == 0:
		s.Start[j] = StartAgain
	case m&markLinked != 0:
		s.Start[j] = StartNext
	default:
		s.Start[j] = StartFresh
	}
}

// moved tells that lane l took step i.
func (r *record) moved(l, i int) bool { return r.times[i*r.lanes+l] != r.times[(i+1)*r.lanes+l] }

func (r *record) extended(i int) bool { return r.marks[i*r.lanes]&markExtended != 0 }

// plan says in words what is kept.
func (r *record) plan() string {
	kib := func(n int) string { return fmt.Sprintf("%.4g KiB", float64(n)/128) }
	times := len(r.times) + len(r.marks)/8
	if r.every == 0 {
		return fmt.Sprintf("the stages of all %d steps are kept (%s)", r.steps, kib(r.steps*r.work+times))
	}
	states := (r.steps + r.every - 1) / r.every
	text := fmt.Sprintf("every %dth of %d states is kept (%s); the stages are computed again, %d steps at a time (%s)",
		r.every, r.steps, kib(states*r.state+times), r.every, kib(r.every*r.work))
	if r.every > (r.most-len(r.pool))*(r.block/r.work) {
		text += ", which is more than the memory allowed"
	}
	return text
}
