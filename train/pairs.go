package train

import (
	"math"

	"github.com/entrain-dev/entrain/field"
)

// pairNear is how many of its errors a coefficient may be from the one that makes
// a state the rate of another, and pairSure the largest error, in parts of it,
// at which that says something.
const (
	pairNear = 3
	pairSure = 0.05
)

// pairs fixes laws that say no more than that one state is the rate of another:
// a position and its velocity. Such a coefficient is what the units make it, not
// what the noise does. It is freed again where the evidence falls.
func (b *bayes) pairs() {
	r, ok := b.p.Arch.(field.Rater)
	if !ok || b.stop() || !b.silent() || !b.weigh() {
		return
	}
	n := len(b.p.Parts.Frame.States)
	for i := range n {
		at, j := b.onlyTerm(r, i, n)
		if j < 0 || j == i {
			continue
		}
		_, value, _ := r.Rate(b.p.Parts, i, j)
		sd := math.Sqrt(b.variance[at])
		if sd > pairSure*value || math.Abs(b.z[at]-value) > pairNear*sd {
			continue
		}
		old, centre := b.snapshot(), b.centre[at]
		b.centre[at], b.z[at], b.prec[at] = value, value, precisionOff
		b.minimise(b.free, 10, "a known rate", 0)
		if !b.weigh() || b.logEvidence < old.logEvidence-simpler {
			b.restore(old)
			b.centre[at] = centre
		}
	}
}

// silent tells whether nothing stands beside the library.
func (b *bayes) silent() bool {
	for i, g := range b.group {
		if g >= b.single && b.prec[i] < precisionOff {
			return false
		}
	}
	return true
}

// onlyTerm is the entry and the state of the one term in the law of state i, if
// it is another state; −1 if there are more, or it is something else.
func (b *bayes) onlyTerm(r field.Rater, i, n int) (entry, state int) {
	left := 0
	for _, l := range b.p.Parts.Layers {
		if !l.Sparse {
			continue
		}
		for k := l.W + i*l.Cols; k < l.W+(i+1)*l.Cols; k++ {
			if b.prec[k] < precisionOff {
				left++
			}
		}
		if l.B >= 0 && b.prec[l.B+i] < precisionOff {
			left++
		}
	}
	for j := range n {
		if at, _, ok := r.Rate(b.p.Parts, i, j); ok && b.prec[at] < precisionOff && left == 1 {
			return at, j
		}
	}
	return -1, -1
}
