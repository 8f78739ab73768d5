package train

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/opt"
)

// Continuation is homotopy training as a numerical continuation. The field is
// drawn towards the smoothed data,
//
//	dx/dt = f(x; θ) + λ·K·(s(t) − x),  K diagonal,
//
// and λ goes from 1 to 0, but what is done at each λ and how far the next one
// is away depends on how it goes:
//
//   - at every λ, Levenberg–Marquardt steps on whole coupled trajectories;
//   - K is as large as it takes for the error of the coupled trajectory to
//     contract everywhere along the data at the rate Margin (see contraction),
//     first by the field as it begins and then by what is learnt with that K,
//     until it holds;
//   - a λ at which the fit fails, or becomes much worse than at the one before,
//     is rejected: back to the best of the level before, and half as far (in
//     log λ); easy levels make the next one longer;
//   - below a coupling that hardly acts, λ is 0 and the field is fitted free.
//
// The weights of layers have the penalty that they have in LM. The model that
// is saved is that of the last iterate, at λ = 0.
//
// Source: the system of Ko et al. (2023), see Homotopy; predictor and corrector
// after Allgower, Georg, Numerical Continuation Methods (1990), chapter 2.
type Continuation struct {
	Decay  float64 `json:"decay" yaml:"decay"`   // weight of the squared parameters of layers
	Margin float64 `json:"margin" yaml:"margin"` // contraction of the coupled error at λ = 1, per unit of scaled time
	Steps  int     `json:"steps" yaml:"steps"`   // Levenberg–Marquardt steps at a λ, at most
}

func init() {
	Methods.Register("continuation", "let go of a coupling to the data as fast as goes well, by Levenberg–Marquardt steps", func() Method {
		return &Continuation{Decay: 1e-4, Margin: 4, Steps: 8}
	})
}

// Fit implements Method.
func (c *Continuation) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlyBounds("continuation"); err != nil {
		return nil, err
	}
	if err := p.onlyStates("continuation"); err != nil {
		return nil, err
	}
	switch {
	case !(c.Margin > 0) || math.IsInf(c.Margin, 1):
		return nil, fmt.Errorf("margin=%g: the rate at which the coupled error contracts must be above 0", c.Margin)
	case c.Steps < 1:
		return nil, fmt.Errorf("steps=%d: there must be at least 1 at every λ", c.Steps)
	}
	var guides []*lowering
	l, err := p.newLeastSquares("continuation", 400, c.Decay, func() (opt.Residual, func() int, error) {
		r, err := p.wholeResidual(true)
		if err != nil {
			return nil, nil, err
		}
		guides = append(guides, &lowering{steps: c.Steps, res: r, along: newContraction(p, c.Margin)})
		return r, func() int { return r.evals }, nil
	})
	if err != nil {
		return nil, err
	}
	for j, f := range l.fits {
		guides[j].begin(f)
		f.guide = guides[j]
	}
	r, err := l.fit(ctx, from, on)
	if err == nil {
		r.Warnings = append(r.Warnings, p.undrawn()...)
	}
	return r, err
}
