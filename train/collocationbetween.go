package train

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/opt"
)

// betweenRows are the inequalities that states stand in, at some times between the nodes, where
// the state is the polynomial of its element. They are added where a solution was found to violate
// one, and the program is solved again, until it violates none anywhere: an exchange method for
// programs with infinitely many rows.
//
// Source: Hettich, Kortanek, SIAM Review 35 (1993) 380–429, section 7.1.
type betweenRows struct {
	kept    []int // which inequalities
	element []int // of each time
	place   []float64
	by      [][]float64 // of each time: what beginning and nodes contribute to each state, as they stand in the element
	at      *nodes
	state   []float64
	weights []float64
	begin   int // rows before these
}

// Figures of the exchange.
const (
	mostExchanges = 12
	looks         = 12   // places at which an element, or a part of it, is looked at
	zooms         = 3    // into the surroundings of the worst place
	apartPlaces   = 1e-5 // of two times in an element, in its length, below which they are one
)

// size is the number of rows.
func (b *betweenRows) size() int {
	if b == nil {
		return 0
	}
	return len(b.element) * len(b.kept)
}

// between makes the inequalities rows at times of each recording too, scaled.
func (c *transcription) between(times [][]float64) {
	r := c.limits
	if r == nil || !slices.ContainsFunc(times, func(t []float64) bool { return len(t) > 0 }) {
		return
	}
	var element []int
	var place []float64
	for e, el := range c.elements {
		for _, t := range times[el.rec] {
			if t > el.begin && t < el.end {
				element, place = append(element, e), append(place, (t-el.begin)/(el.end-el.begin))
			}
		}
	}
	r.between = c.newBetween(element, place)
}

// newBetween makes rows at places of elements, behind all others.
func (c *transcription) newBetween(element []int, place []float64) *betweenRows {
	b := &betweenRows{begin: c.rows(), state: make([]float64, c.states)}
	for i, constant := range c.limits.ls.Constant {
		if !constant {
			b.kept = append(b.kept, i)
		}
	}
	for k, e := range element {
		b.add(c, e, place[k])
	}
	placed := c.placed()
	b.at = newNodes(c.limits.ls.Program, len(b.element), len(c.p.Parts.Frame.Inputs), func(k int, u []float64) float64 { return placed(b.element[k], b.place[k], u) })
	b.weights = make([]float64, len(b.at.value))
	return b
}

// add notes a place in an element.
func (b *betweenRows) add(c *transcription, e int, place float64) {
	d := c.states
	by, one := make([]float64, (len(c.rule.C)+1)*d), make([]float64, len(c.rule.C)+1)
	for i := range d {
		c.weigh(one, e, i, place)
		for j, w := range one {
			by[j*d+i] = w
		}
	}
	b.element, b.place, b.by = append(b.element, e), append(b.place, place), append(b.by, by)
}

// set evaluates at x from now on.
func (b *betweenRows) set(c *transcription, x []float64) {
	b.at.set(x[:b.at.theta], func(k int) []float64 {
		clear(b.state)
		at := c.elements[b.element[k]].at
		for j, w := range b.by[k] {
			b.state[j%c.states] += w * x[at+j]
		}
		return b.state
	})
}

// shape adds rows and patches.
func (b *betweenRows) shape(c *transcription, shape *opt.Shape) {
	for k := range b.element {
		e, row, wide := b.element[k], b.begin+k*len(b.kept), len(b.by[k])
		for _, i := range b.kept {
			c.limits.addRow(shape, i, e)
		}
		at := c.elements[e].at
		shape.Jacobian = append(shape.Jacobian, opt.Patch{Row: row, Rows: len(b.kept), Cols: c.theta}, opt.Patch{Row: row, Col: at, Rows: len(b.kept), Cols: wide})
		if c.limits.curved {
			shape.Hessian = append(shape.Hessian, opt.Patch{Row: at, Col: at, Rows: wide, Cols: wide}, opt.Patch{Row: at, Rows: wide, Cols: c.theta})
		}
	}
}

// values fills the rows, of which to has those from begin on.
func (b *betweenRows) values(c *transcription, to, x []float64) {
	b.set(c, x)
	b.at.eval()
	all := len(c.limits.ls.All)
	for k := range b.element {
		for j, i := range b.kept {
			to[k*len(b.kept)+j] = b.at.value[k*all+i]
		}
	}
}

// slopes fills their derivatives, patch after patch, which jac begins with.
func (b *betweenRows) slopes(c *transcription, jac, x []float64) {
	b.set(c, x)
	b.at.slopes()
	all, size, p, d := len(c.limits.ls.All), b.at.theta, c.theta, c.states
	for k, by := range b.by {
		for _, i := range b.kept {
			copy(jac[:size], b.at.byT[(k*all+i)*size:])
			jac = jac[p:]
		}
		for _, i := range b.kept {
			for j, w := range by {
				jac[j] = w * b.at.byX[(k*all+i)*d+j%d]
			}
			jac = jac[len(by):]
		}
	}
}

// curvature adds second derivatives by parameters to shared and fills the others, patch after
// patch, which hess begins with.
func (b *betweenRows) curvature(c *transcription, shared, hess, x, y []float64) {
	clear(b.weights)
	all, size, p, d := len(c.limits.ls.All), b.at.theta, c.theta, c.states
	for k := range b.element {
		for j, i := range b.kept {
			b.weights[k*all+i] = y[b.begin+k*len(b.kept)+j]
		}
	}
	b.set(c, x)
	b.at.curvature(shared, b.weights)
	for k, by := range b.by {
		wide := len(by)
		for i, v := range by {
			for j, w := range by {
				hess[i*wide+j] = v * w * b.at.curveX[(k*d+i%d)*d+j%d]
			}
		}
		hess = hess[wide*wide:]
		for i, v := range by {
			clear(hess[:p])
			for l, w := range b.at.curveT[(k*d+i%d)*size : (k*d+i%d+1)*size] {
				hess[l] = v * w
			}
			hess = hess[p:]
		}
	}
}

// looking is a transcription whose inequalities are looked at at places of elements between nodes.
func (c *transcription) looking(element []int, place []float64) *betweenRows {
	look, r := *c, *c.limits
	r.between, look.limits = nil, &r
	return look.newBetween(element, place)
}

// everywhere are places between the nodes of all elements.
func (c *transcription) everywhere() (element []int, place []float64) {
	for e := range c.elements {
		for k := range looks {
			element, place = append(element, e), append(place, (float64(k)+0.5)/looks)
		}
	}
	return element, place
}

// crest is a place in an element where an inequality is violated most, or nearly violated, among
// those that were looked at.
type crest struct {
	element, kept int
	place, step   float64 // step: the next places
	over          float64 // violation there, in the unit of the inequality
}

// peaks looks at places of elements, looks of them each, for where polynomials violate the
// inequalities most.
func (c *transcription) peaks(x []float64, element []int, place []float64, only []int) (out []crest) {
	b := c.looking(element, place)
	rows := make([]float64, b.size())
	b.values(c, rows, x)
	for from := 0; from < len(element); from += looks {
		for j := range b.kept {
			if only != nil && only[from/looks] != j {
				continue
			}
			top := crest{element: element[from], kept: j, step: place[from+1] - place[from], over: math.Inf(-1)}
			for k := from; k < from+looks; k++ {
				if over := c.limits.over(b.kept[j], rows[k*len(b.kept)+j]); over > top.over {
					top.over, top.place = over, place[k]
				}
			}
			out = append(out, top)
		}
	}
	return out
}

// nearlyViolated is the violation, in the unit of an inequality, from which on its peak is sought.
const nearlyViolated = -0.05

// violated are times of each recording, at most one an element and inequality, at which the
// polynomials of x violate one by more than slack, in its unit: where it is worst.
func (c *transcription) violated(x []float64, slack float64) (times [][]float64, count int) {
	element, place := c.everywhere()
	tops := c.peaks(x, element, place, nil)
	for range zooms {
		tops = slices.DeleteFunc(tops, func(p crest) bool { return p.over < nearlyViolated })
		var element, only []int
		var place []float64
		for _, p := range tops {
			low, high := max(0, p.place-p.step), min(1, p.place+p.step)
			for k := range looks {
				element, place = append(element, p.element), append(place, low+(high-low)*(float64(k)+0.5)/looks)
			}
			only = append(only, p.kept)
		}
		if tops = nil; len(element) > 0 {
			tops = c.peaks(x, element, place, only)
		}
	}
	times = make([][]float64, len(c.p.Train))
	for _, p := range tops {
		el := &c.elements[p.element]
		if t := el.time(p.place); p.over > slack && !c.holdsAt(p.element, p.place) && !slices.Contains(times[el.rec], t) {
			times[el.rec], count = append(times[el.rec], t), count+1
		}
	}
	return times, count
}

// holdsAt tells that inequalities are rows at a place of an element already.
func (c *transcription) holdsAt(e int, place float64) bool {
	near := func(at float64) bool { return math.Abs(at-place) < apartPlaces }
	if slices.ContainsFunc(c.rule.C, near) || near(0) {
		return true
	}
	if b := c.limits.between; b != nil {
		for k, of := range b.element {
			if of == e && near(b.place[k]) {
				return true
			}
		}
	}
	return false
}

// exchange solves the program of a member again with rows where its solution violates an
// inequality between nodes.
func (l *collocating) exchange(m *collocated) (text string) {
	a := m.tries[0]
	if a.nlp.limits == nil || !a.state.Verdict.Solved() || a.exchanges >= mostExchanges {
		return ""
	}
	x, by, _ := a.solver.Solution(a.state)
	times, count := a.nlp.violated(x, limitSlack)
	if count == 0 {
		return ""
	}
	for rec := range times {
		if a.between != nil {
			times[rec] = append(times[rec], a.between[rec]...)
		}
		slices.Sort(times[rec])
	}
	next, err := l.newAttempt(a.lane, a.nlp.mesh, times)
	if err != nil {
		return ""
	}
	next.follows(a)
	next.exchanges++
	next.state = next.solver.Warm(x, next.nlp.multipliersOf(by, a.nlp), l.set.Tolerance)
	m.tries[0], m.over = next, false
	return fmt.Sprintf("constraints are violated between nodes; they are kept at %s", words.Several(count, "more time"))
}

// multipliersOf are those of a program that differs in rows between nodes alone. New rows have none.
func (c *transcription) multipliersOf(by *opt.Multipliers, before *transcription) *opt.Multipliers {
	out := &opt.Multipliers{Y: make([]float64, c.rows()), ZL: by.ZL, ZU: by.ZU}
	b, old := c.limits.between, before.limits.between
	copy(out.Y[:b.begin], by.Y)
	if old == nil {
		return out
	}
	for k := range b.element {
		for l := range old.element {
			if b.element[k] == old.element[l] && b.place[k] == old.place[l] {
				copy(out.Y[b.begin+k*len(b.kept):], by.Y[old.begin+l*len(old.kept):old.begin+(l+1)*len(old.kept)])
			}
		}
	}
	return out
}

// follows takes over how far the attempt before has come.
func (a *attempt) follows(before *attempt) {
	copy(a.nlp.decay, before.nlp.decay)
	a.weighings, a.rounds, a.exchanges = before.weighings, before.rounds, before.exchanges
	a.objective, a.violation = before.objective, before.violation
}

// betweenTimes is the number of times between nodes at which inequalities are rows.
func (a *attempt) betweenTimes() (n int) {
	for _, t := range a.between {
		n += len(t)
	}
	return n
}

// worstBetween looks at the inequalities of a simulation between its nodes, and notes where one is
// violated more than at them.
func (c *transcription) worstBetween(x []float64, out []LimitState) {
	element, place := c.everywhere()
	if b := c.limits.between; b != nil {
		element, place = append(element, b.element...), append(place, b.place...)
	}
	b := c.looking(element, place)
	times, of := make([][]float64, len(c.p.Train)), make([][]int, len(c.p.Train))
	for _, k := range b.inOrder(c) {
		rec := c.elements[b.element[k]].rec
		times[rec], of[rec] = append(times[rec], b.time(c, k)), append(of[rec], k)
	}
	states, ok := c.simulateAt(x, times)
	if !ok || len(b.kept) == 0 {
		return
	}
	at := make([]int, len(element))
	for i, k := range slices.Concat(of...) {
		at[k] = i
	}
	b.at.set(x[:b.at.theta], func(k int) []float64 { return states[at[k]*c.states : (at[k]+1)*c.states] })
	b.at.eval()
	for k := range b.element {
		for _, i := range b.kept {
			c.limits.note(&out[i], i, b.at.value[k*len(out)+i], b.time(c, k), c.elements[b.element[k]].rec, c.p)
		}
	}
}

// time is the scaled time of place k.
func (b *betweenRows) time(c *transcription, k int) float64 {
	return c.elements[b.element[k]].time(b.place[k])
}

// inOrder are the places in the order of their times.
func (b *betweenRows) inOrder(c *transcription) []int {
	order := make([]int, len(b.element))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(b.time(c, i), b.time(c, j)) })
	return order
}
