package train

import "fmt"

// parametric tells equations whose every unknown has a name: there is no
// network, and they are not so many that small matrices would not do.
func (p *Problem) parametric() bool {
	if len(p.Parts.Layers) > 0 || len(p.Parts.Named) != len(p.Parts.Theta0) || p.step() > 0 {
		return false
	}
	return p.ofRecordings().size() <= mostUnknowns && p.jacobian(p.wholeSegments()) <= mostResiduals
}

// refusePriors is the error of a method that would pass over what the user knows
// of a parameter, or that recordings have values of their own.
func (p *Problem) refusePriors() error {
	for _, q := range p.Parts.Named {
		if q.Prior != nil {
			return fmt.Errorf("parameter %s has a prior, which only method=auto takes into account, on equations without networks; leave it out, or give bounds", q.Name)
		}
	}
	for _, q := range p.Parts.PerRecording {
		return fmt.Errorf("parameter %s has per_recording, which only method=auto takes into account, on equations without networks; leave it out, or fit the recordings one by one", p.Parts.Frame.States[q.State])
	}
	return nil
}

// mostUnknowns is how many numbers are estimated by way of singular values.
const mostUnknowns = 300

// tell adds to a result what its model's parameters and starts are worth, for a
// method that follows whole trajectories with equal weights in scaled units.
func (p *Problem) tell(r *Result, decay float64) error {
	if !p.squares() { // what errors come from is a sum of squares
		return nil
	}
	if p.noise != nil && !p.parametric() {
		p.tellNoiseAlone(r)
		return nil
	}
	if !p.parametric() {
		r.Parameters = p.besideNetworks(r.Model, decay)
		return nil
	}
	segs, z := p.wholes(r.Model)
	e, err := newEstimator(p, segs, mostTelling, func() bool { return false })
	if err != nil {
		return err
	}
	e.free.standAt(z)
	if p.noise == nil {
		e.equal(z)
	} else if z, err = e.numbersOf(z); err != nil {
		return nil // the verdict says that there is no trajectory
	}
	if u := e.uncertainty(z); u != nil {
		r.Convergence = convergenceAt(u.left)
		e.rough = u.left > closeEnough
	}
	var better []float64
	if r.Parameters, r.Starts, r.Determined, better = e.estimates(z); better != nil {
		e.rough = true
		r.Parameters, r.Starts, r.Determined, _ = e.estimates(z)
	}
	if p.noise != nil {
		p.tellNoise(r, e, z)
	}
	return nil
}

// mostTelling is how many steps profiles may take.
const mostTelling = 2000
