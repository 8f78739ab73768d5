package train

import "fmt"

// What one Levenberg–Marquardt step costs, in nanoseconds on one core of an
// ordinary machine. It only sets how many steps are worth their time: a rough
// figure from sizes alone, so that the same problem always gets the same
// number of steps.
const (
	stagesPerRow   = 30   // evaluations of the field between two rows
	slopePerTheta  = 2    // a VJP, for each parameter
	slopeAnyway    = 400  // a VJP, whatever the size
	perMultiply    = 0.3  // a multiplication in the products of matrices
	searchTime     = 25e9 // what a candidate may cost
	mostResiduals  = 3e7  // numbers in a Jacobian; 240 MB
	mostStep       = 5e8  // what a step may cost where fewer rows do
	memberSearches = 2    // what an ensemble may cost, in candidates
)

// stepCost estimates the cost of a step with rows rows.
func (p *Problem) stepCost(rows, segments int) float64 {
	n, theta := float64(len(p.Parts.Frame.States)), float64(len(p.Parts.Theta0))
	unknowns, residuals := theta+n*float64(segments), float64(rows*len(p.Train[0].Names))
	solve := unknowns * residuals * min(unknowns, residuals) * perMultiply
	return solve + p.slopesCost(rows)
}

// slopesCost estimates the cost of trajectories along rows rows with their derivatives.
func (p *Problem) slopesCost(rows int) float64 {
	n, theta := float64(len(p.Parts.Frame.States)), float64(len(p.Parts.Theta0))
	slopes := n*(slopePerTheta*theta+slopeAnyway) + n*n*(theta+n)*perMultiply
	return float64(rows) * p.stages() * slopes
}

// matchCost estimates the cost of a step of gradient matching.
func (p *Problem) matchCost(segs []segment) float64 {
	n := float64(len(p.Parts.Theta0) + len(segs)*len(p.Parts.Frame.States))
	m := float64(rowsOf(segs) * len(p.Train[0].Names))
	return m * n * min(m, n) * perMultiply
}

// jacobian is the number of entries of the Jacobian over the segments.
func (p *Problem) jacobian(segs []segment) float64 {
	return float64(p.ofSegments(segs).size()) * float64(rowsOf(segs)*len(p.Train[0].Names))
}

// slopes is the number of entries of the derivatives of a trajectory over the
// longest segment, all hidden states counted.
func (p *Problem) slopes(segs []segment) float64 {
	rows := 0
	for _, s := range segs {
		rows = max(rows, s.rows())
	}
	states := len(p.Parts.Frame.States)
	return float64(rows) * float64(states) * float64(len(p.Parts.Theta0)+states)
}

// fits returns the segments if a step over them is not too much to keep or to
// compute, else as many as are not: evenly spread, and if possible the last ones,
// from which forecasts go on.
func (p *Problem) fits(segs []segment) ([]segment, error) {
	segs = p.thinned(segs)
	if p.slopes(segs) > mostResiduals {
		return nil, p.tooLarge()
	}
	if p.light(segs) {
		return segs, nil
	}
	part := segs
	for rows := rowsOf(segs) / 2; rows > segmentRows; rows /= 2 {
		if part = some(segs, rows); p.light(part) {
			break
		}
	}
	if p.jacobian(part) > mostResiduals {
		return nil, p.tooLarge()
	}
	if all := withLast(part, segs); len(all) <= 2*len(part) && p.jacobian(all) <= mostResiduals {
		return all, nil
	}
	return part, nil
}

// light tells whether a step over the segments is neither too much to keep nor to
// compute.
func (p *Problem) light(segs []segment) bool {
	return p.jacobian(segs) <= mostResiduals && p.stepCost(rowsOf(segs), len(segs)) <= mostStep
}

func (p *Problem) tooLarge() error {
	hidden, fewer := "", ""
	if n := len(p.Parts.Frame.States) - len(p.Train[0].Names); n > 0 {
		hidden, fewer = fmt.Sprintf(" with %d hidden states", n), ", fewer hidden states with augment="
	}
	return fmt.Errorf("%d parameters and %d columns%s are too many for second-order training; name fewer columns with states=%s, take a smaller network with hidden=, or a first-order method such as method=homotopy",
		len(p.Parts.Theta0), len(p.Train[0].Names), hidden, fewer)
}
