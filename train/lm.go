package train

import (
	"context"

	"github.com/entrain-dev/entrain/opt"
)

// LM fits whole trajectories as vanilla does, with second-order steps: it
// minimises the mean squared distance of trajectories and rows plus Decay
// times the squared weights of layers, all in scaled units (or, with noise that is not constant,
// the mean of −2·log likelihood), by the method of
// Levenberg and Marquardt with exact derivatives of the computed trajectories.
// It needs tens of iterations where gradient descent needs thousands, as long
// as parameters are not many more than a few thousand; like vanilla it is best
// started near, for instance from gradient matching.
//
// Source: Madsen, Nielsen, Tingleff, Methods for Non-Linear Least Squares
// Problems (2004), algorithm 3.16.
type LM struct {
	Decay float64 `json:"decay" yaml:"decay"` // weight of the squared parameters of layers
}

func init() {
	Methods.Register("lm", "fit whole trajectories by Levenberg–Marquardt steps", func() Method { return &LM{Decay: 1e-4} })
}

// Fit implements Method.
func (m *LM) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlyBounds("lm"); err != nil {
		return nil, err
	}
	make := wholeFor(p)
	if p.noise != nil {
		make = likelyFor(p)
	}
	l, err := p.newLeastSquares("lm", 200, m.Decay, make)
	if err != nil {
		return nil, err
	}
	for _, f := range l.fits {
		if r, ok := f.res.(*likelihood); ok {
			r.begin(f.z)
		}
	}
	return l.fit(ctx, from, on)
}

// wholeFor makes the residuals of each member.
func wholeFor(p *Problem) func() (opt.Residual, func() int, error) {
	return func() (opt.Residual, func() int, error) {
		r, err := p.wholeResidual(false)
		if err != nil {
			return nil, nil, err
		}
		return r, func() int { return r.evals }, nil
	}
}

// likelyFor makes the likelihood of each member.
func likelyFor(p *Problem) func() (opt.Residual, func() int, error) {
	return func() (opt.Residual, func() int, error) {
		r, err := p.wholeResidual(false)
		if err != nil {
			return nil, nil, err
		}
		return newLikelihood(p, r), func() int { return r.evals }, nil
	}
}

// wholeResidual are the distances of rows and trajectories, one trajectory a
// recording, in scaled units.
func (p *Problem) wholeResidual(couple bool) (*trajectoryResidual, error) {
	unit := make([]float64, len(p.Train[0].Names))
	for c := range unit {
		unit[c] = 1
	}
	return newTrajectoryResidual(p, p.wholeSegments(), unit, couple)
}
