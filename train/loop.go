package train

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/opt"
)

// objective is what the first-order loop minimises: a sum over members of
// their own losses.
type objective interface {
	opt.Objective
	// losses are those of the last Eval, one a member; +Inf where it failed.
	losses() []float64
	evaluations() int
}

// loop is gradient descent with the transforms of the field, for all members
// at once. A member whose trajectory fails is put back to where it last was
// well and goes on with smaller steps; if it fails there as well, what the
// objective has made harder since is taken back in part (see yielding), and a
// member that has no way back is given up.
// Nobody else notices.
type loop struct {
	p       *Problem
	method  string
	obj     objective
	step    opt.Transform
	metric  *metric
	keep    string
	members int
	budget  int
	stage   func(k int) (name string, lambda float64) // nil: none

	// state, all of it in the checkpoint
	k       int
	z       []float64
	good    []float64 // the last z of each member that could be evaluated
	grow    []float64 // step factor of each member, ≤ 1; 0 = it was given up
	opt     []float64
	best    []float64 // the best z of each member
	bestK   []int     // its iteration; −1: there is none yet
	score   []float64 // its score
	undone  int       // updates that had to be taken back
	resumed int       // field evaluations before the checkpoint that was resumed

	well, moved []bool
}

// yielding is an objective that becomes harder with k and can take that back
// for one member.
type yielding interface {
	// yield makes it easier for member j, which cannot be evaluated where it
	// was well before; false: there is nothing left to take back.
	yield(j int) bool
	// went is called for every member that could be evaluated.
	went(j int)
	stateful
}

// stateful is an objective that remembers more than z and k.
type stateful interface {
	// state is what a resumed run needs to know, of fixed length.
	state() []float64
	restore(state []float64)
}

// settling is an objective that knows when nothing is left to gain.
type settling interface{ settled() bool }

// choosing is an objective that says which of the iterates it has seen, the last
// one z among them, is to be saved.
type choosing interface{ chosen(z []float64) []float64 }

const (
	every      = 25        // iterations between two checkpoints
	scoreEvery = 10        // iterations between two scores that only serve the eye
	regrow     = 1.05      // a shortened step grows back to full length in about 14 good ones
	shortest   = 1.0 / 256 // a shorter step is not worth trying: back to where it was well
)

func (l *loop) start(z []float64) {
	m := l.members
	l.z, l.good, l.best = z, append([]float64{}, z...), make([]float64, len(z))
	l.grow, l.score, l.bestK = make([]float64, m), make([]float64, m), make([]int, m)
	for j := range m {
		l.grow[j], l.bestK[j] = 1, -1
	}
	l.opt = make([]float64, l.step.StateSize(len(z)))
	l.well, l.moved = make([]bool, m), make([]bool, m)
}

// checkpoint copies the state. The best of each member are the columns of
// Best.Z; Best.K and Best.Score are those of member 0, all are in State.
func (l *loop) checkpoint() *Checkpoint {
	state := append(append(append([]float64{}, l.opt...), l.grow...), l.good...)
	state = append(append(state, l.score...), float64(l.undone), float64(l.evaluations()))
	any := false
	for _, k := range l.bestK {
		state = append(state, float64(k))
		any = any || k >= 0
	}
	if o, ok := l.obj.(stateful); ok {
		state = append(state, o.state()...)
	}
	c := &Checkpoint{Method: l.method, K: l.k, Z: append([]float64{}, l.z...), State: state}
	if any {
		c.Best = &Iterate{K: l.bestK[0], Score: l.score[0], Z: append([]float64{}, l.best...)}
	}
	return c
}

// resume goes on from a checkpoint of the same method on the same problem.
func (l *loop) resume(c *Checkpoint) error {
	if c.Method != l.method {
		return fmt.Errorf("the checkpoint is of method %q, not %q", c.Method, l.method)
	}
	size, m := l.obj.Size(), l.members
	l.start(make([]float64, size))
	o, remembers := l.obj.(stateful)
	more := 0
	if remembers {
		more = len(o.state())
	}
	if n := len(l.opt) + m + size + m + 2 + m + more; len(c.Z) != size || len(c.State) != n || c.Best != nil && len(c.Best.Z) != size {
		return fmt.Errorf("the checkpoint does not fit: it is of another model, other recordings, another number of members or other settings of %s", l.method)
	}
	l.k = c.K
	copy(l.z, c.Z)
	rest := c.State
	take := func(dst []float64) { rest = rest[copy(dst, rest):] }
	take(l.opt)
	take(l.grow)
	take(l.good)
	take(l.score)
	l.undone, l.resumed = int(rest[0]), int(rest[1])
	for j, k := range rest[2 : 2+m] {
		l.bestK[j] = int(k)
	}
	if remembers {
		o.restore(rest[2+m:])
	}
	if c.Best != nil {
		copy(l.best, c.Best.Z)
	}
	return nil
}

// evaluations counts those of the field from the very beginning.
func (l *loop) evaluations() int { return l.resumed + l.obj.evaluations() + l.metric.evals }

// run iterates until the budget is spent or ctx ends. It returns "", or why
// no member can go on.
func (l *loop) run(ctx context.Context, on func(Event)) (fail string) {
	u, first := make([]float64, len(l.z)), l.k
	enough, settles := l.obj.(settling)
	for ; l.k < l.budget && ctx.Err() == nil && !(settles && enough.settled()); l.k++ {
		if l.k > 0 && l.k%every == 0 {
			on(saving(l.k, l.budget, l.checkpoint()))
		}
		e := Event{K: l.k, Of: l.budget, MSE: math.NaN(), Held: math.NaN(), Lambda: math.NaN()}
		if l.keep != "last" || l.k%scoreEvery == 0 {
			s := l.metric.eval(l.z)
			l.consider(s)
			e.MSE, e.Held = l.mean(s, trainMSE), l.mean(s, heldMSE)
		}
		if l.p.tells(l.k) {
			e.Z = ofMembers(l.z, l.members).Lane(nil, 0)[:l.p.ofRecordings().size()]
		}
		fail = l.obj.Eval(u, l.z, l.k).Fail
		if settles && enough.settled() {
			fail = ""
			break
		}
		if fail == "" {
			fail = "the gradient is not a finite number"
		}
		e.Loss = l.loss()
		if g, ok := l.obj.(interface{ gap() float64 }); ok {
			e.Gap = g.gap()
		}
		if o, ok := l.obj.(interface{ plan() string }); ok && l.k == first {
			e.Detail = o.plan()
		}
		if l.stage != nil {
			e.Stage, e.Lambda = l.stage(l.k)
		}
		undone, alive := l.update(u)
		if undone > 0 {
			e.Text = "a step is undone: " + fail
		}
		on(e)
		if !alive {
			return fail
		}
	}
	if l.k >= l.budget {
		l.consider(l.metric.eval(l.z)) // the last iterate may be the best
	}
	on(saving(l.k, l.budget, l.checkpoint()))
	return ""
}

// saving is the event that carries a checkpoint and nothing else.
func saving(k, of int, c *Checkpoint) Event {
	nan := math.NaN()
	return Event{K: k, Of: of, Loss: nan, MSE: nan, Held: nan, Lambda: nan, Checkpoint: c}
}

// loss is the mean loss of the members that were not given up.
func (l *loop) loss() float64 {
	sum, n := 0.0, 0
	for j, v := range l.obj.losses() {
		if l.grow[j] > 0 {
			sum, n = sum+v, n+1
		}
	}
	return sum / float64(max(n, 1))
}

// mean averages the mean squared errors of the members that were not given up.
func (l *loop) mean(s []score, of func(score) float64) float64 {
	sum, n := 0.0, 0
	for j, v := range s {
		if l.grow[j] > 0 {
			sum, n = sum+of(v), n+1
		}
	}
	return sum / float64(max(n, 1))
}

// consider keeps the z of each member that is its best so far by the rule of
// keep.
func (l *loop) consider(s []score) {
	if l.keep == "last" {
		return
	}
	for j := range s {
		v := s[j].by(l.keep)
		if l.grow[j] > 0 && isNumber(v) && (l.bestK[j] < 0 || v < l.score[j]) {
			l.bestK[j], l.score[j] = l.k, v
			l.copyMember(l.best, l.z, j)
		}
	}
}

func (l *loop) copyMember(dst, src []float64, j int) {
	for i := j; i < len(dst); i += l.members {
		dst[i] = src[i]
	}
}

// update takes the step whose gradient is u for the members that are well,
// and goes half the way back for the others. It returns how many had to go
// back, and whether any member can go on.
func (l *loop) update(u []float64) (undone int, alive bool) {
	m := l.members
	for j, v := range l.obj.losses() {
		l.well[j], l.moved[j] = isNumber(v) && l.grow[j] > 0, false
	}
	for i, v := range u {
		l.well[i%m] = l.well[i%m] && isNumber(v)
	}
	for i := range u {
		if !l.well[i%m] {
			u[i] = 0
		}
	}
	l.step.Apply(u, l.opt, l.z, l.k)
	for i := range l.z {
		j := i % m
		if l.well[j] {
			l.good[i] = l.z[i]
			l.z[i] += l.grow[j] * u[i]
			continue
		}
		if l.grow[j] == 0 {
			continue
		}
		back := l.good[i]
		if l.grow[j] > shortest {
			back += (l.z[i] - l.good[i]) / 2
		}
		l.moved[j] = l.moved[j] || back != l.z[i]
		l.z[i] = back
	}
	y, yields := l.obj.(yielding)
	for j := range m {
		switch {
		case l.well[j]:
			if yields {
				y.went(j)
			}
			l.grow[j] = min(1, regrow*l.grow[j])
		case l.grow[j] == 0: // given up before
		case l.moved[j]:
			l.grow[j] /= 2
			undone++
		case yields && y.yield(j):
			l.grow[j] = 1
			undone++
		default:
			l.giveUp(j)
		}
		alive = alive || l.grow[j] > 0
	}
	l.undone += undone
	return undone, alive
}

// giveUp leaves member j where all its unknowns are zero: most fields stand
// still there, and nobody has to wait for it.
func (l *loop) giveUp(j int) {
	l.grow[j] = 0
	for i := j; i < len(l.z); i += l.members {
		l.z[i] = 0
	}
}

// saved is the iterate of each member to save, and its iteration.
func (l *loop) saved() ([]float64, []int) {
	z, k := append([]float64{}, l.z...), make([]int, l.members)
	if o, ok := l.obj.(choosing); ok && l.keep == "last" {
		copy(z, o.chosen(l.z))
	}
	for j, s := range l.metric.eval(z) {
		switch {
		case l.keep != "last" && l.bestK[j] >= 0:
			k[j] = l.bestK[j]
			l.copyMember(z, l.best, j)
		case s.fail != "" || l.grow[j] == 0: // the last that could be followed
			k[j] = l.k
			l.copyMember(z, l.good, j)
		default:
			k[j] = l.k
		}
	}
	return z, k
}
