package train

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/opt"
)

// ConstrainedShooting is multiple shooting whose segments must join: the least
// squares of rows and segments, each with a start of its own,
//
//	min ½ Σ (distance to the rows)²  subject to  gap = 0 at every joint,
//
// in scaled units, by Levenberg–Marquardt on the augmented Lagrangian, whose
// residuals at the joints are √ρ·(gap + y/ρ). Between minimisations the
// multipliers y grow by ρ·gap, and ρ by Growth if the gaps did not shrink
// enough. It ends when the largest gap is below Tolerance and no step lowers
// the cost further. The model that is saved starts once, at the first row.
//
// Source: Bock, in Modelling of Chemical Reaction Systems (1981) 102–125; the
// augmented Lagrangian as in Nocedal, Wright, Numerical Optimization (2006),
// framework 17.3.
type ConstrainedShooting struct {
	Segments  int     `json:"segments" yaml:"segments"`   // of each recording; 0 = of about 20 rows, at least 5
	Decay     float64 `json:"decay" yaml:"decay"`         // weight of the squared parameters of layers
	Tolerance float64 `json:"tolerance" yaml:"tolerance"` // largest gap that counts as none, scaled units
	Penalty   float64 `json:"penalty" yaml:"penalty"`     // ρ to begin with; a row has weight 1
	Growth    float64 `json:"growth" yaml:"growth"`       // factor of ρ
	Steps     int     `json:"steps" yaml:"steps"`         // Levenberg–Marquardt steps between two updates of y, at most
}

func init() {
	Methods.Register("constrained-shooting", "fit short segments that are made to join, by Levenberg–Marquardt steps", func() Method {
		return &ConstrainedShooting{Decay: 1e-4, Tolerance: 1e-4, Penalty: 1, Growth: 4, Steps: 10}
	})
}

// Fit implements Method.
func (c *ConstrainedShooting) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlyBounds("constrained-shooting"); err != nil {
		return nil, err
	}
	if err := p.onlyStates("constrained-shooting"); err != nil {
		return nil, err
	}
	if err := c.check(p); err != nil {
		return nil, err
	}
	var all []*joining
	l, err := p.newLeastSquares("constrained-shooting", 400, c.Decay, func() (opt.Residual, func() int, error) {
		r, err := p.shootingResidual((&MultipleShooting{Segments: c.Segments}).segments)
		if err != nil {
			return nil, nil, err
		}
		r.rho = c.Penalty
		all = append(all, &joining{set: c, res: r, last: math.Inf(1)})
		return r, func() int { return r.r.evals }, nil
	})
	if err != nil {
		return nil, err
	}
	for j, f := range l.fits {
		f.guide = all[j]
		r := all[j].res
		r.begin(f.z)
	}
	r, err := l.fit(ctx, from, on)
	if err != nil || r.Status != StatusOK {
		return r, err
	}
	apart := 0
	for j, f := range l.fits {
		if !(all[j].res.largest(f.z) <= c.Tolerance) {
			apart++
		}
	}
	if apart > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the segments of %d of %d members still have gaps above tolerance=%g; a larger budget or more segments may help",
			apart, len(l.fits), c.Tolerance))
	}
	return r, nil
}

func (c *ConstrainedShooting) check(p *Problem) error {
	switch {
	case !(c.Tolerance > 0):
		return fmt.Errorf("tolerance=%g: the largest gap that counts as none must be above 0", c.Tolerance)
	case !(c.Penalty > 0) || math.IsInf(c.Penalty, 1):
		return fmt.Errorf("penalty=%g: it must be above 0", c.Penalty)
	case !(c.Growth > 1) || math.IsInf(c.Growth, 1):
		return fmt.Errorf("growth=%g: the factor of the penalty must be above 1", c.Growth)
	case c.Steps < 1:
		return fmt.Errorf("steps=%d: there must be at least 1 between two updates", c.Steps)
	}
	return (&MultipleShooting{Segments: c.Segments}).check(p)
}

// joining guides one member to segments that join.
type joining struct {
	set   *ConstrainedShooting
	res   *shootingResidual
	inner int     // steps since the multipliers were updated
	last  float64 // largest gap at the last update; +Inf: there was none
}

const (
	enough      = 0.25 // the gaps shrink enough if they become this part of what they were
	mostPenalty = 1e8  // ρ beyond which rounding spoils the steps
)

// after implements guide.
func (g *joining) after(f *fit) {
	g.inner++
	still := f.status == opt.Going
	if f.status == opt.Failed || still && g.inner < g.set.Steps {
		return
	}
	gap := g.res.largest(f.z)
	if gap <= g.set.Tolerance {
		if g.inner = 0; !still {
			f.status, f.why = opt.Converged, fmt.Sprintf("the segments join: the largest gap is %.2g in scaled units", gap)
		}
		return
	}
	g.res.lift()
	if gap > max(enough*g.last, g.set.Tolerance) {
		g.res.rho = min(mostPenalty, g.res.rho*g.set.Growth)
	}
	g.inner, g.last = 0, gap
	f.status, f.why, f.state.Known = opt.Going, "", false
}

// stage implements guide.
func (g *joining) stage() (string, float64) {
	return fmt.Sprintf("penalty %.3g", g.res.rho), math.NaN()
}

// gap is the root mean square gap where the residuals were last evaluated.
func (g *joining) gap() float64 {
	sum := 0.0
	for _, v := range g.res.gap {
		sum += v * v
	}
	return math.Sqrt(sum / float64(max(1, len(g.res.gap))))
}

func (g *joining) state() []float64 {
	last := g.last
	if math.IsInf(last, 1) {
		last = -1
	}
	return append([]float64{g.res.rho, float64(g.inner), last}, g.res.y...)
}

func (g *joining) restore(s []float64) {
	g.res.rho, g.inner, g.last = s[0], int(s[1]), s[2]
	if g.last < 0 {
		g.last = math.Inf(1)
	}
	copy(g.res.y, s[3:])
}
