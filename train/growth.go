package train

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/program"
)

// A trajectory tells a fit something only as far as errors of its start have
// not grown out of proportion: beyond, the cost as a function of the start has
// more valleys than rows. A recording is cut where errors have grown by
// e^mostGrowth, but only if they grow by e^wholeGrowth over all of it: what
// grows once and settles (a start near a point of rest, the shear of a cycle) is
// better left whole.
const (
	mostGrowth  = 3
	wholeGrowth = 7
	matchedWell = 1.5 // times the least cost of gradient matching
	fewestRows  = 8   // of a segment

	matchedRows = 2000  // about as many tell how errors grow
	growthRows  = 20000 // errors are followed over so many rows of a recording; it goes on as it has begun
)

// matched is a field after gradient matching.
type matched struct {
	cost   float64        // of a node
	growth [][]*mat.Dense // of each recording
}

// matched matches the candidate's field to the slopes of some of the segments.
// ok is false where growth has no answer.
func (c *candidate) matched(stop func() bool) (m matched, ok bool) {
	theta, err := c.p.draw(c.member)
	if err != nil {
		return m, false
	}
	segs := c.p.matchable()
	if segs == nil || len(c.p.Parts.Start) > 0 {
		return m, false
	}
	b, err := newBayes(c.p, segs, theta)
	if err != nil {
		return m, false
	}
	b.budget, b.stop = matchSteps, stop
	b.match()
	for rec := range c.p.Train {
		if stop() {
			return m, false
		}
		steps := c.p.growth(rec, 0, b.z[:len(theta)])
		if steps == nil {
			return m, false
		}
		m.growth = append(m.growth, steps)
	}
	m.cost = b.cost
	return m, isNumber(b.cost)
}

// matchable are segments whose slopes tell how errors grow; nil if even few rows
// are too many to match the field to.
func (p *Problem) matchable() []segment {
	all := p.cut()
	for rows := matchedRows; rows >= segmentRows; rows /= 2 {
		if segs := some(all, rows); p.matchCost(segs) <= mostStep {
			return segs
		}
	}
	return nil
}

// limit sets where segments of the candidates' problems begin, the same for all,
// so that their evidences can be compared: from the field that follows the
// smoothed slopes about as well as the best of them and in which errors grow
// least.
func (a *search) limit() {
	if !a.p.learnsStarts() {
		return
	}
	var fields []matched
	least := math.Inf(1)
	for _, c := range a.list {
		if m, ok := c.matched(func() bool { return a.ctx.Err() != nil }); ok {
			fields, least = append(fields, m), min(least, m.cost)
		}
	}
	for rec := range a.p.Train {
		slowest, steps := math.Inf(1), []*mat.Dense(nil)
		for _, m := range fields {
			if v := totalGrowth(m.growth[rec]); m.cost <= matchedWell*least && v < slowest {
				slowest, steps = v, m.growth[rec]
			}
		}
		if steps == nil || slowest < wholeGrowth {
			continue
		}
		at := goOnCutting(anchors(steps, 0, mostGrowth), 0, len(steps), a.p.Train[rec].Len())
		for _, c := range a.list {
			if c.p.begins == nil {
				c.p.begins = make([][]int, len(a.p.Train))
			}
			c.p.begins[rec] = at
		}
	}
}

// goOnCutting adds to the beginnings of segments, known between two rows, those
// over the rest: segments of the mean length.
func goOnCutting(at []int, from, seen, rows int) []int {
	length := max(fewestRows, (seen-from)/len(at))
	for next := at[len(at)-1] + length; seen < rows && rows-next >= fewestRows; next += length {
		at = append(at, next)
	}
	return at
}

// growth follows small errors along the smoothed recording rec through the field
// with the given θ, over at most growthRows rows from the given one on. It returns,
// for each row, the matrix that takes an error at the row before to it (up to row
// from: nil), or nil for models of which not every state is measured or some are algebraic, and
// for those in discrete time.
//
// Each matrix is the exponential of the field's Jacobian half way, times the
// distance of the rows: Magnus' method of order 2.
func (p *Problem) growth(rec, from int, theta []float64) []*mat.Dense {
	return p.growthOver(rec, from, from+growthRows, theta)
}

// growthOver is growth for the rows before a given one.
func (p *Problem) growthOver(rec, from, to int, theta []float64) []*mat.Dense {
	n := len(p.Parts.Frame.States)
	if len(p.Parts.Start) > 0 || !p.Parts.Plain() || p.Parts.Algebraic != nil || p.step() > 0 {
		return nil
	}
	s, f := &p.Train[rec], &p.Parts.Frame
	g := p.Parts.NewField(1, false)
	at := field.Point{T: make([]float64, 1), X: program.NewBatch(n, 1), U: program.NewBatch(len(f.Inputs), 1),
		Theta: field.Batch{V: theta, Rows: len(theta), Lanes: 1}}
	input := p.alone(s)
	one := program.NewBatch(n, 1)
	out := make([]*mat.Dense, min(s.Len(), to))
	for k := from + 1; k < len(out); k++ {
		a, b := (s.T[k-1]-f.T0)/f.Time, (s.T[k]-f.T0)/f.Time
		at.T[0] = (a + b) / 2
		for c, sp := range p.Splines[rec] {
			at.X.V[c] = sp.At(at.T[0])
		}
		if input != nil {
			input.At(at.U, at.T)
		}
		jac := make([]float64, n*n)
		for i := range n {
			clear(one.V)
			one.V[i] = b - a
			g.VJP(&field.Point{X: field.Batch{V: jac[i*n : (i+1)*n], Rows: n, Lanes: 1}}, &at, one)
		}
		if !num.AllFinite(jac) {
			return nil
		}
		out[k] = new(mat.Dense)
		out[k].Exp(mat.NewDense(n, n, jac))
	}
	return out
}

// anchors are the rows of a recording at which a segment should begin anew, the
// first one first: where errors since the last of them have grown by
// e^most, along steps as growth has them. from is the row it begins with.
func anchors(steps []*mat.Dense, from int, most float64) []int {
	at := []int{from}
	if len(steps) < from+2 {
		return at
	}
	n, _ := steps[len(steps)-1].Dims() // the first are nil
	p := identity(n)
	for k := from + 1; k < len(steps); k++ {
		p.Mul(steps[k], p)
		if k-at[len(at)-1] >= fewestRows && len(steps)-k >= fewestRows && logSize(p) > most {
			at, p = append(at, k), identity(n)
		}
	}
	return at
}

// totalGrowth is the logarithm of how much errors grow over the steps.
func totalGrowth(steps []*mat.Dense) float64 {
	if len(steps) < 2 {
		return 0
	}
	n, _ := steps[1].Dims()
	p, sum := identity(n), 0.0
	for _, e := range steps[1:] {
		p.Mul(e, p)
		size := logSize(p)
		sum += size
		p.Scale(math.Exp(-size), p)
	}
	return sum
}

// logSize is the logarithm of the root mean square growth of an error in a
// random direction.
func logSize(p *mat.Dense) float64 {
	n, _ := p.Dims()
	return math.Log(mat.Norm(p, 2) / math.Sqrt(float64(n)))
}

func identity(n int) *mat.Dense {
	p := mat.NewDense(n, n, nil)
	for i := range n {
		p.Set(i, i, 1)
	}
	return p
}
