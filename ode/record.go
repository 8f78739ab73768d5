package ode

import (
	"fmt"
	"math"
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
	times  []float64 // (steps+1) × lanes
	marks  []mark    // steps × lanes
	pool   [][]float64
	every  int // 0: all stages are kept
	seg    [][]float64
	loaded int // first step of the segment whose stages are in seg, -1: none
}

// mark is what else there is to know of one lane's step.
type mark uint8

const (
	markLinked   mark = 1 << iota // the first slope is the last step's
	markBreak                     // the input jumps at the end
	markExtended                  // states inside the step were asked for
)

// blockSize is a compromise: few blocks, little left unused.
const blockSize = 1 << 13

func newRecord(lanes, state, work, bytes int) record {
	numbers := max(bytes/8, 4*work)
	block := max(work, min(blockSize, numbers/8))
	return record{lanes: lanes, state: state, work: work, block: block, most: max(2, numbers/block), loaded: -1}
}

func (r *record) reset() {
	r.steps, r.times, r.marks = 0, r.times[:0], r.marks[:0]
	r.pool = append(r.pool, r.seg...)
	r.every, r.seg, r.loaded = 0, r.seg[:0], -1
}

// slot is the i-th room of size numbers in pool, which grows as needed.
func (r *record) slot(pool *[][]float64, i, size int) []float64 {
	per := r.block / size
	for len(*pool) <= i/per {
		*pool = append(*pool, make([]float64, r.block))
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

// took notes a step that was taken.
func (r *record) took(s *Step, lane []progress, accept []bool, extended bool) {
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
	for l, ok := range accept {
		t, m := s.From.T[l], mark(0)
		if ok {
			t = s.To[l]
			if lane[l].linked {
				m |= markLinked
			}
			if lane[l].onBreak {
				m |= markBreak
			}
		}
		if extended {
			m |= markExtended
		}
		r.times, r.marks = append(r.times, t), append(r.marks, m)
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
		r.pool = append(r.pool, make([]float64, r.block))
	}
}

// load sets the times of step i.
func (r *record) load(s *Step, i int) {
	n := r.lanes
	copy(s.From.T, r.times[i*n:(i+1)*n])
	copy(s.To, r.times[(i+1)*n:(i+2)*n])
	for l, m := range r.marks[i*n : (i+1)*n] {
		s.H[l], s.Last[l] = s.To[l]-s.From.T[l], s.To[l]
		if m&markBreak != 0 {
			s.Last[l] = math.Nextafter(s.To[l], math.Inf(-1))
		}
		switch {
		case s.H[l] == 0:
			s.Start[l] = StartAgain
		case m&markLinked != 0:
			s.Start[l] = StartNext
		default:
			s.Start[l] = StartFresh
		}
	}
}

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
