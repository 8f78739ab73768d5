package train

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/opt"
)

// Cost is what a fit takes at most, from sizes alone: figures that are right
// within a factor of a few.
type Cost struct {
	Steps   int
	Seconds float64 // of one core of an ordinary machine; NaN if it is not known
	Bytes   float64 // kept at the same time
	First   float64 // seconds before there is a first model; 0 if the first step makes one
	After   float64 // seconds that the scores and pages of the model take, however it was made
}

// Figures of the estimates beside those of stepCost, in nanoseconds and bytes.
const (
	gradientPerTheta = 3.6  // a row of a trajectory and the way back, for each parameter
	gradientAnyway   = 2000 // … whatever the size
	perValue         = 200  // bytes that a problem keeps for each value of the table: rows, splines, targets
	perRow           = 400  // … and for each row: segments with what is left of them, and what waits to be collected
	anyway           = 40e6 // bytes of the program itself, with what waits to be collected
	number           = 8    // bytes
	passes           = 12   // times that a model is followed along all rows for its scores
	evalAnyway       = 50   // an evaluation of the field, beside one a parameter
	perRecording     = 8e6  // what begins anew with each recording
)

// Cost estimates what it takes to fit p by m.
func (p *Problem) Cost(m Method) Cost {
	c := p.costOf(m)
	if p.HeldFolds > 0 { // a fit more for each, without its part of the rows
		c.Steps, c.Seconds = c.Steps*(1+p.HeldFolds), c.Seconds*float64(p.HeldFolds)
	}
	c.After = p.assessmentCost() * 1e-9
	values, rows := 0, 0
	for i := range p.Train {
		values += p.Train[i].Len() * (len(p.Train[i].Names) + len(p.Train[i].Inputs))
		rows += p.Train[i].Len()
	}
	steps := 1 + p.happenings()/float64(rows) // steps end at events as at rows
	c.Seconds, c.First, c.After = c.Seconds*steps, c.First*steps, c.After*steps
	c.Bytes += anyway + perValue*float64(values) + perRow*float64(rows)
	return c
}

func (p *Problem) assessmentCost() float64 {
	rows := 0
	for i := range p.Train {
		rows += p.Train[i].Len()
	}
	return perRecording*float64(len(p.Train)) + passes*stagesPerRow*float64(rows)*(evalAnyway+float64(len(p.Parts.Theta0)))
}

// costed methods tell what they take at most.
type costed interface{ cost(p *Problem) Cost }

func (p *Problem) costOf(m Method) Cost {
	if c, ok := m.(costed); ok {
		return c.cost(p)
	}
	return Cost{Seconds: math.NaN()}
}

func (c *Chain) cost(p *Problem) Cost {
	var all Cost
	for _, m := range c.Methods {
		one := p.costOf(m)
		all.Steps, all.Seconds, all.Bytes = all.Steps+one.Steps, all.Seconds+one.Seconds, max(all.Bytes, one.Bytes)
	}
	return all
}

func (*Auto) cost(p *Problem) Cost             { return p.searchCost() }
func (*LM) cost(p *Problem) Cost               { return p.squaresCost(200, len(p.Train), true) }
func (*Continuation) cost(p *Problem) Cost     { return p.squaresCost(400, len(p.Train), true) }
func (c *Collocation) cost(p *Problem) Cost    { return p.togetherCost(c) }
func (*GradientMatching) cost(p *Problem) Cost { return p.squaresCost(100, len(p.Train), false) }
func (h *Homotopy) cost(p *Problem) Cost       { return p.descentCost(h.Levels * h.Epochs) }
func (s *SINDy) cost(p *Problem) Cost          { return p.regressionCost(s) }
func (*Vanilla) cost(p *Problem) Cost          { return p.descentCost(2000) }
func (*MultipleShooting) cost(p *Problem) Cost { return p.descentCost(2000) }
func (*Progressive) cost(p *Problem) Cost      { return p.descentCost(2000) }
func (c *ConstrainedShooting) cost(p *Problem) Cost {
	return p.squaresCost(400, (&MultipleShooting{Segments: c.Segments}).count(p), true)
}

// count is the number of segments of all recordings.
func (s *MultipleShooting) count(p *Problem) int {
	n := 0
	for i := range p.Train {
		n += s.segments(p.Train[i].Len())
	}
	return n
}

// steps is the number of iterations, given that of the method.
func (p *Problem) steps(usual int) int {
	if p.Budget > 0 {
		return p.Budget
	}
	return usual
}

// squaresCost is that of Levenberg–Marquardt with so many segments, each with a
// start of its own.
func (p *Problem) squaresCost(usual, segments int, integrated bool) Cost {
	rows, longest := 0, 0
	for i := range p.Train {
		rows, longest = rows+p.Train[i].Len(), max(longest, p.Train[i].Len())
	}
	states, theta := float64(len(p.Parts.Frame.States)), float64(len(p.Parts.Theta0))
	m := float64(rows*len(p.Train[0].Names)) + states*float64(segments-len(p.Train))
	n := theta
	if p.learnsStarts() || segments > len(p.Train) {
		n += states * float64(segments)
	}
	small, members := min(m, n), float64(max(1, p.Members))
	jacobians := 1.0
	if n <= m {
		jacobians = 2 // and its transpose
	}
	slopes := float64(longest) * float64(len(p.Train)) / float64(segments) * states * (theta + states)
	step := m * n * small * perMultiply
	if integrated {
		step += p.slopesCost(rows)
	} else {
		step += float64(rows) * states * (slopePerTheta*theta + slopeAnyway)
	}
	steps := p.steps(usual)
	return Cost{Steps: steps, Seconds: members * float64(steps) * step * 1e-9,
		Bytes: members * number * (jacobians*m*n + 2*small*small + slopes)}
}

// cutsMostly is by how much refinement multiplies the elements, if it is needed at all: rarely
// by mostFiner.
const cutsMostly = 2

// togetherCost is that of collocation: a step condenses the elements onto a dense
// matrix of the parameters and factorises that, about twice. Further starts are relaxed
// side by side and kept until one is chosen; weights of layers that are sought take a
// solution for each parameter now and then; what is left of the steps may have more elements.
func (p *Problem) togetherCost(c *Collocation) Cost {
	elements := 0
	for rec := range p.Train {
		elements += max(0, len(p.elementEnds(rec, c.Elements))-1)
	}
	theta, states, stages := float64(len(p.Parts.Theta0)), float64(len(p.Parts.Frame.States)), float64(c.Stages)
	rows := float64(elements) * stages * states
	members, steps, starts := float64(max(1, p.Members)), p.steps(collocationMost), float64(c.mostStarts(p))
	weighing := 0.0
	if c.Decay == 0 && len(p.Parts.Layers) > 0 && theta <= mostWeighed {
		weighing = mostWeighings * theta * perMultiply * 2 * (2*rows*theta + theta*theta)
	}
	step := 2*perMultiply*(rows*theta*theta+theta*theta*theta/3+rows*states*states*stages*stages) + rows*(slopePerTheta*theta+slopeAnyway)*states
	relaxed := min(float64(steps), float64(opt.DefaultRelaxed().Limit))
	all := (starts*relaxed+cutsMostly*(float64(steps)-relaxed))*step + weighing
	return Cost{Steps: steps, Seconds: members * all * 1e-9,
		Bytes: members * number * max(starts, cutsMostly) * (6*rows*theta + 3*theta*theta + rows*states*stages*4)}
}

// mostStarts is how many beginnings a member may have.
func (c *Collocation) mostStarts(p *Problem) int {
	switch {
	case p.warm != nil:
		return 1
	case c.Starts == 0:
		return 1 + moreStarts
	}
	return c.Starts
}

// descentCost is that of a first-order method.
func (p *Problem) descentCost(usual int) Cost {
	rows := 0
	for i := range p.Train {
		rows += p.Train[i].Len()
	}
	members, theta := float64(max(1, p.Members)), float64(len(p.Parts.Theta0))
	steps := p.steps(usual)
	return Cost{Steps: steps, Seconds: members * float64(steps) * float64(rows) * (gradientPerTheta*theta + gradientAnyway) * 1e-9,
		Bytes: members*number*theta*8 + float64(p.Solver.Memory)}
}

// regressionCost is that of SINDy.
func (p *Problem) regressionCost(s *SINDy) Cost {
	rows, names := 0, len(p.Train[0].Names)
	for i := range p.Train {
		rows += p.Train[i].Len()
	}
	degree := s.Degree
	if degree == 0 {
		degree = (&field.PolyMLP{}).Top(names + len(p.Train[0].Inputs))
	}
	terms := float64(min(mostTerms, field.CountTerms(names+len(p.Train[0].Inputs), max(0, degree), s.Harmonics, s.Products)))
	steps := p.steps(thresholds)
	square := float64(rows) * terms * terms * perMultiply * 1e-9
	return Cost{Steps: steps, Seconds: float64(names) * (float64(steps) + terms) * square,
		Bytes: number * float64(rows) * terms * float64(2+names)}
}

// ladderSteps is about how many steps the ladder of couplings takes.
const ladderSteps = 60

// searchCost is that of Auto.
func (p *Problem) searchCost() Cost {
	list, err := p.candidatesBeside(p.largestLaws) // those that are found take time themselves
	if err != nil {
		return Cost{Seconds: math.NaN()} // Fit says why
	}
	laws := p.lawSeconds()
	all := Cost{Seconds: laws, First: laws}
	last, plain := 0.0, 0.0 // a step on all rows; what laws that come first take
	a := &search{p: p}
	for i, c := range list {
		segs := some(c.p.cut(), c.p.searched())
		steps := a.budget(c.p)
		one := c.p.stepCost(rowsOf(segs), len(segs)) * 1e-9
		all.Steps += steps
		all.Seconds += float64(steps) * one
		if i == 0 {
			all.First += ladderSteps*one + matchSteps*c.p.matchCost(segs)*1e-9
		}
		if segs := c.p.matchable(); segs != nil && p.learnsStarts() {
			all.First += matchSteps * c.p.matchCost(segs) * 1e-9
		}
		if fit, err := c.p.fits(c.p.cut()); err == nil {
			step := c.p.stepCost(rowsOf(fit), len(fit)) * 1e-9
			last = max(last, step)
			if c.plain {
				plain += settleSteps * step
			}
			all.Bytes += number * (4*c.p.jacobian(fit) + 2*c.p.slopes(fit))
		}
	}
	if plain > 0 {
		all.First = min(all.First, laws+plain)
	}
	all.Seconds += (settleSteps + float64(all.Steps/max(1, len(list)))) * last // of the choice, on all rows
	all.Seconds += min(memberSearches*searchTime*1e-9, autoMembers*memberSteps*last)
	return all
}
