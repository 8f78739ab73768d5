package train

import (
	"context"
	"errors"
	"fmt"

	"github.com/entrain-dev/entrain/opt"
)

// GradientMatching fits the field to the slopes of a smoothing spline through
// the rows, at the rows:
//
//	min over θ of mean |f(s(t); θ) − s'(t)|² + Decay·|weights|²
//
// in scaled units, by Levenberg–Marquardt. Nothing is integrated, so it takes
// milliseconds; it is as good as the spline's slopes are, and a good place for
// other methods to begin. Starts of trajectories are those of the spline.
//
// Source: Varah, SIAM J. Sci. Stat. Comput. 3 (1982) 28–46.
type GradientMatching struct {
	Decay float64 `json:"decay" yaml:"decay"` // weight of the squared parameters of layers
}

func init() {
	Methods.Register("gradient-matching", "fit the field to the slopes of smoothed data, without integrating", func() Method {
		return &GradientMatching{Decay: 1e-4}
	})
}

// Fit implements Method. Hidden states have no slopes to match: an error.
func (g *GradientMatching) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlyBounds("gradient-matching"); err != nil {
		return nil, err
	}
	if err := p.onlyStates("gradient-matching"); err != nil {
		return nil, err
	}
	if err := p.onlySquares("gradient-matching"); err != nil {
		return nil, err
	}
	if n := len(p.Parts.Start); n > 0 {
		return nil, fmt.Errorf("gradient matching needs every state to be measured, but %d of %d are hidden; choose another method",
			n, len(p.Parts.Frame.States))
	}
	l, err := p.newLeastSquares("gradient-matching", 100, g.Decay, func() (opt.Residual, func() int, error) {
		r, err := p.wholeResidual(false)
		if err != nil {
			return nil, nil, err
		}
		m := newMatching(r)
		if m.apart {
			return nil, nil, errors.New("gradient matching needs times at which all columns have values, and there are none; choose another method")
		}
		m.sigma = 1
		return m, func() int { return 0 }, nil
	})
	if err != nil {
		return nil, err
	}
	l.course.scoreEvery, l.slopes = scoreEvery, true
	return l.fit(ctx, from, on)
}
