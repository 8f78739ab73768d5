package ode

import (
	"math"

	"github.com/entrain-dev/entrain/field"
)

// newton follows the simplified Newton iteration of one lane: it says when the
// stages are good enough and when to give up.
//
// Source: Hairer, Wanner, Solving Ordinary Differential Equations II, IV.8.
type newton struct {
	active  bool
	rate    float64 // of convergence of the last iteration
	excess  float64 // remaining error by the last correction, η of the source
	last    float64 // size of the last correction
	longer  bool    // it was longer than the one before
	shorter float64 // what a step that failed is to be multiplied by; 1: it did not

	h       float64 // step size of the factors; 0: there are none
	current bool    // the Jacobian is that at the start of the step
	known   bool    // there is a Jacobian
}

const (
	// slowRate is the rate of convergence above which a Jacobian is evaluated again.
	slowRate = 1e-3
	// mostIterations is how many are tried before the step is made shorter, and where
	// stages are to be solved to rounding.
	mostIterations, mostExact = 7, 40
)

// linearised are the Jacobians that the lanes of a stepper iterate with.
type linearised struct {
	jac    *jacobians
	jacs   []float64 // n × n of each lane
	hidden []float64 // room for Jacobians that only some lanes take
	needJ  []bool
	of     []*newton // of the lanes
}

func newLinearised(shape field.Shape) linearised {
	nn := shape.State * shape.State
	return linearised{jac: newJacobians(shape), jacs: make([]float64, nn*shape.Lanes), hidden: make([]float64, nn*shape.Lanes),
		needJ: make([]bool, shape.Lanes)}
}

// renew evaluates those that are not good enough any more: those with which the
// last iteration converged slowly. Where exact nothing depends on the past, so
// that a step repeated has the same bits.
func (j *linearised) renew(s *Step, at *slopes, exact bool) {
	any := false
	for l, q := range j.of {
		if s.Start[l] != StartAgain {
			q.current = false
		}
		j.needJ[l] = s.H[l] != 0 && !q.current && (exact || !q.known || q.rate > slowRate)
		any = any || j.needJ[l]
	}
	if !any {
		return
	}
	at.place(s, s.From.T, s.From.X)
	j.jac.eval(j.hidden, s.Field, &at.at)
	nn := len(j.jacs) / len(j.of)
	for l, need := range j.needJ {
		if need {
			copy(j.jacs[l*nn:(l+1)*nn], j.hidden[l*nn:])
			q := j.of[l]
			q.known, q.current, q.h = true, true, 0
		}
	}
}

// enoughFor is the error of stages, relative to the tolerances, that does not
// disturb the estimate of the step's error.
func enoughFor(rtol float64) float64 {
	if rtol == 0 {
		return 0.01
	}
	return max(10*0x1p-52/rtol, min(0.03, math.Sqrt(rtol)))
}

// begin begins an iteration. Where exact, nothing is taken over from the last one.
func (q *newton) begin(exact bool) {
	q.active, q.longer, q.last, q.shorter = true, false, 0, 1
	q.excess = math.Pow(max(q.excess, 0x1p-52), 0.8)
	if exact {
		q.excess = 1
	}
}

// fail gives up: the next step is to be shorter.
func (q *newton) fail(shorter float64) { q.active, q.shorter, q.rate, q.excess = false, shorter, 1, 1 }

func (q *newton) failed() bool { return q.shorter != 1 }

// asError is the error, of order q, after which a controller makes a step as much shorter
// as is wanted.
func (q *newton) asError(order float64) float64 { return math.Pow(0.9/q.shorter, order) }

// judge ends iteration k, with a correction of size d relative to the tolerances, when
// what remains is below enough, and gives up when it will not be in the iterations left.
func (q *newton) judge(k int, d, enough float64) {
	if d == 0 {
		q.active = false
		return
	}
	if k > 0 {
		rate := d / q.last
		if k > 1 {
			rate = math.Sqrt(rate * q.rate)
		}
		if q.rate = d / q.last; !(rate < 0.99) {
			q.fail(0.5)
			return
		}
		q.excess = rate / (1 - rate)
		left := q.excess * d * math.Pow(rate, float64(mostIterations-2-k)) / enough
		if left >= 1 && q.excess*d > enough {
			q.fail(0.8 * math.Pow(max(1e-4, min(20, left)), -1/float64(4+mostIterations-2-k)))
			return
		}
	}
	q.last = d
	switch {
	case q.excess*d <= enough:
		q.active = false
		if k == 0 {
			q.rate = min(q.rate, slowRate)
		}
	case d-d != 0 || k+1 >= mostIterations:
		q.fail(0.5)
	}
}

// judgeExactly ends the iteration when rounding does not let it come nearer.
func (q *newton) judgeExactly(k int, d, enough, rtol float64) {
	least := 0x1p-54 / max(rtol, 1e-30) // of the states themselves
	rate := d / q.last
	shorter := k == 0 || rate < 1
	switch {
	case d-d != 0:
		q.fail(0.25)
	case d <= least || k > 0 && rate < 1 && rate/(1-rate)*d <= 0.1*least:
		q.active = false
	case !shorter && q.last <= enough: // only rounding is left
		q.active = false
	case !shorter && q.longer || k+1 >= mostExact || k > 8 && rate > 0.8 && d > enough:
		q.fail(0.5)
	}
	q.longer, q.last = !shorter, max(d, 0x1p-1000)
}
