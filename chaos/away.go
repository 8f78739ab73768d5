package chaos

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/model"
)

// An orbit goes away if the box that holds it becomes this many times as wide each time it is
// followed twice as long: one that stays becomes 1, one that moves on evenly 2, faster motion
// more.
const (
	goesAway = 2.2
	movesOn  = 1.7
)

// A state at rest may change by this share, or by so many tolerances of its solver.
const (
	still      = 1e-8
	tolerances = 100
)

// box holds an orbit, a side for every state, and keeps how wide it was when the orbit was half
// and a quarter as long.
type box struct {
	lo, hi []float64
	were   [][]float64 // widths after 1, 2, 4, … times as many states
	seen   int
	next   int
}

// add makes room for a state.
func (b *box) add(x []float64) {
	if b.seen == 0 {
		b.lo, b.hi, b.next = append([]float64{}, x...), append([]float64{}, x...), 1
	}
	for k, v := range x {
		b.lo[k], b.hi[k] = min(b.lo[k], v), max(b.hi[k], v)
	}
	if b.seen++; b.seen == b.next {
		b.were, b.next = append(b.were, b.widths()), 2*b.next
	}
}

func (b *box) widths() []float64 {
	w := make([]float64, len(b.lo))
	for k := range w {
		w[k] = b.hi[k] - b.lo[k]
	}
	return w
}

// rests tells that state k does not change but by what the solver may be off, beside its values
// and where the flow began, long before.
func (b *box) rests(k int, f *model.Flow) bool {
	return b.hi[k]-b.lo[k] <= slack(f)*(math.Abs(b.lo[k])+math.Abs(f.Start[k]))
}

func slack(f *model.Flow) float64 {
	if f.IsMap() {
		return 1e-12
	}
	return max(still, tolerances*f.Solver.RTol)
}

// growing tells that state k does not rest and that its side grew by so much in both of the last
// doublings.
func (b *box) growing(k int, by float64, f *model.Flow) bool {
	n := len(b.were)
	if n < 4 { // the first state has no width
		return false
	}
	one, two, four := b.were[n-3][k], b.were[n-2][k], b.were[n-1][k]
	return !b.rests(k, f) && two >= by*one && four >= by*two
}

// grows is the first state that is growing; −1: none.
func (b *box) grows(by float64, f *model.Flow) int {
	for k := range b.lo {
		if b.growing(k, by, f) {
			return k
		}
	}
	return -1
}

// away says that an orbit does not stay anywhere; nil: it does. What goes away ever faster is sooner
// or later the widest side of the box; one of many states that starts small and catches up is not.
func (b *box) away(f *model.Flow) error {
	k, most := 0, 0.0
	for j := range b.lo {
		if w := (b.hi[j] - b.lo[j]) / f.Frame.Scale[j]; w > most {
			k, most = j, w
		}
	}
	if !b.growing(k, goesAway, f) {
		return nil
	}
	return fmt.Errorf("%w to where it stays: it goes away ever faster, %s over %.4g in the end; if it settles later, let more time pass with --transient, else it has no attractor",
		ErrOrbit, f.Frame.States[k], b.hi[k]-b.lo[k])
}

// atRest says that an orbit has ended in a fixed point; nil: it moves.
func (b *box) atRest(f *model.Flow) error {
	rest, size := 0, 0.0
	for k, v := range f.Start {
		size = max(size, math.Abs(v)/f.Frame.Scale[k])
		if b.rests(k, f) {
			rest++
		}
	}
	for k := range b.lo { // one that began at zero has no size of its own
		if !b.rests(k, f) && (rest == 0 || (b.hi[k]-b.lo[k])/f.Frame.Scale[k] > slack(f)*size) {
			return nil
		}
	}
	return fmt.Errorf("%w further: it is at rest, %s at %.4g; equilibria tells more of that state", ErrOrbit, f.Frame.States[0], b.lo[0])
}

// boxOf holds rows x, n × d.
func boxOf(x []float64, d int) *box {
	b := &box{}
	for i := 0; i < len(x); i += d {
		b.add(x[i : i+d])
	}
	return b
}

// Stays returns an error that wraps ErrOrbit if a long orbit of a flow, rows of its states in user
// units, has no shape: it goes away ever faster, or a state does not change.
func Stays(x []float64, f *model.Flow) error {
	b := boxOf(x, f.Dim())
	if err := b.away(f); err != nil {
		return err
	}
	if err := b.atRest(f); err != nil {
		return err
	}
	for k, name := range f.Frame.States {
		if b.rests(k, f) {
			return fmt.Errorf("%w in all its states: %s stays at %.4g; leave it out of the law", ErrOrbit, name, b.lo[k])
		}
	}
	return nil
}

// alike says why rows n cannot be compared with neighbours at other times, theiler rows away.
func alike(theiler, n int) string {
	return fmt.Sprintf("rows are alike for %d rows, of %d there are: they are too few, or drift; take more of them, or the differences of what drifts", theiler, n)
}
