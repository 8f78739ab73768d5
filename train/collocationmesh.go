package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/opt"
)

// Figures of the refinement of elements.
const (
	mostRounds   = 6    // refinements
	mostFiner    = 8    // of the number of elements, over all
	finerStages  = 2    // more of the rule that measures defects
	cutParts     = 2    // an element is cut to
	cutGain      = 16   // about the fall of a defect when its element is cut in halves
	apartFrom    = 0.05 // distance of simulated and collocated states, in scaled units, that is told
	furthestAway = 1e3  // refinements aim at no more at once
)

// cut solves the program of a member again with shorter elements where its equation
// is followed worst, unless the simulated states agree with the collocated ones.
func (l *collocating) cut(m *collocated) (text string) {
	a := m.tries[0]
	m.over = true
	if a.rounds >= mostRounds || a.state.Verdict == opt.NonFinite {
		return ""
	}
	x, _, _ := a.solver.Solution(a.state)
	apart := a.nlp.apart(x)
	if apart <= l.agrees || a.nlp.pieces.count > 1 && !a.nlp.pieces.join {
		return ""
	}
	first := 0
	for _, ends := range l.mesh {
		first += len(ends) - 1
	}
	mesh := a.nlp.finer(a.nlp.defects(x), min(apart/l.agrees, furthestAway), mostFiner*first)
	if mesh == nil {
		return ""
	}
	next, err := l.newAttempt(a.lane, mesh, a.between)
	if err != nil {
		return ""
	}
	next.follows(a)
	next.rounds++
	next.state = next.solver.Warm(a.nlp.onto(next.nlp, x), nil, l.set.Tolerance)
	before := len(a.nlp.elements)
	m.tries[0], m.over = next, false
	return fmt.Sprintf("simulated states leave the collocated ones by %.2g deviations; %d elements become %d", apart, before, len(next.nlp.elements))
}

// defects are how far the polynomial of each element is from what a finer rule makes
// of it, in scaled units: about the error of a step.
func (c *transcription) defects(x []float64) []float64 {
	fine := newTranscription(c.p, c.mesh, num.RadauRule(len(c.rule.P)+finerStages), 0, pieces{})
	rows := make([]float64, fine.rows())
	out := make([]float64, len(c.elements))
	if _, fail := fine.Values(rows, c.onto(fine, x)); fail != "" {
		for e := range out {
			out[e] = 1
		}
		return out
	}
	wide := fine.dynamics / len(out)
	for e := range out {
		for _, v := range rows[e*wide : (e+1)*wide] {
			out[e] = max(out[e], math.Abs(v))
		}
	}
	return out
}

// finer is the mesh with the elements cut whose defects have to fall for all of them
// together to fall by a factor; nil if there would be more than most elements.
func (c *transcription) finer(defects []float64, factor float64, most int) [][]float64 {
	order, left := make([]int, len(defects)), 0.0
	for e, d := range defects {
		order[e], left = e, left+d
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case defects[a] > defects[b]:
			return -1
		case defects[a] < defects[b]:
			return 1
		}
		return 0
	})
	want, cut := left/factor, make([]bool, len(defects))
	for i, e := range order {
		if len(c.elements)+(i+1)*(cutParts-1) > most {
			if i == 0 {
				return nil
			}
			break
		}
		cut[e] = true
		if left -= defects[e] * (1 - 1.0/cutGain); left <= want {
			break
		}
	}
	mesh := make([][]float64, len(c.mesh))
	for rec := range mesh {
		mesh[rec] = []float64{c.mesh[rec][0]}
	}
	for e, el := range c.elements {
		if middle := el.begin + (el.end-el.begin)/cutParts; cut[e] && el.begin < middle && middle < el.end {
			mesh[el.rec] = append(mesh[el.rec], middle)
		}
		mesh[el.rec] = append(mesh[el.rec], el.end)
	}
	return mesh
}

// onto carries unknowns over to a transcription of the same problem with other
// elements or stages.
func (c *transcription) onto(to *transcription, x []float64) []float64 {
	out := make([]float64, to.size)
	copy(out, x[:c.theta])
	for rec, at := range c.starts {
		copy(out[to.starts[rec]:], x[at:at+c.states])
	}
	by, e := make([]float64, len(c.rule.C)+1), 0
	to.eachNode(func(node, at int) {
		t, rec := to.time(node), to.elements[node/len(to.rule.C)].rec
		for c.elements[e].rec != rec || t > c.elements[e].end && e+1 < len(c.elements) && c.elements[e+1].rec == rec {
			e++
		}
		el := &c.elements[e]
		tau := 1.0
		if t < el.end {
			tau = (t - el.begin) / (el.end - el.begin)
		}
		for i := range c.states {
			c.weigh(by, e, i, tau)
			for j, w := range by {
				out[at+i] += w * x[el.at+j*c.states+i]
			}
		}
	})
	to.link(out)
	return out
}

// misfit is the mean square of the distances to rows, scaled.
func (c *transcription) misfit(x []float64) float64 {
	sum := 0.0
	for e := range c.elements {
		for _, o := range c.elements[e].seen {
			r := c.residual(x, c.elements[e].at, o)
			sum += r * r
		}
	}
	return sum / max(1, c.count)
}
