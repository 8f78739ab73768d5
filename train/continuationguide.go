package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/opt"
)

// lowering guides one member of a Continuation from λ = 1 to 0.
type lowering struct {
	steps int
	res   *trajectoryResidual
	along *contraction
	fine  float64 // a cost that is never too much worse

	lambda float64 // where the member is
	factor float64 // of the last λ to the next
	inner  int     // steps at this λ
	tries  int     // of another K at λ = 1
	from   float64 // the last λ that was accepted; 0: none yet
	cost   float64 // there, a residual
	level  []float64
}

const (
	worse     = 4    // a cost this many times that of the level before is rejected
	leastStep = 1.02 // a smaller factor of λ is not worth trying
	longest   = 16   // factor of λ
	gainTries = 6
	coupled0  = 0.02 // gain, per unit of scaled time, that hardly acts
)

// begin is called with the unknowns the member starts from.
func (g *lowering) begin(f *fit) {
	p := g.res.p
	for c, s := range p.NoiseEstimate() {
		s /= p.Parts.Frame.Scale[c]
		g.fine += worse * s * s / float64(len(p.Train[0].Names))
	}
	g.fine = max(g.fine, 1e-4)
	g.lambda, g.factor = 1, 2
	g.level = append([]float64{}, f.z...)
	g.res.each = make([]float64, g.res.columns)
	g.along.raise(g.res.each, f.z)
	g.res.gain = 1
}

// after implements guide.
func (g *lowering) after(f *fit) {
	g.inner++
	if f.status == opt.Going && (g.lambda == 0 || g.inner < g.steps) {
		return
	}
	failed := f.status == opt.Failed
	cost := 2 * f.state.Cost / float64(f.rows)
	switch {
	case g.from == 0 && g.tries < gainTries && g.hold(f, failed):
		g.tries++
		g.goTo(f, 1)
	case failed && g.from == 0: // it says why
	case failed || g.from > 0 && cost > max(g.fine, worse*g.cost):
		g.reject(f)
	case g.lambda == 0: // done
	default:
		g.accept(f, cost)
	}
}

// hold raises the gains if they do not hold the coupled error by the field as
// it is now, or if the coupled trajectory could not even be followed.
func (g *lowering) hold(f *fit, failed bool) bool {
	if !failed {
		return g.along.raise(g.res.each, f.z)
	}
	for c := range g.res.each {
		g.res.each[c] *= 2
	}
	for i, s := range f.shrink {
		if f.z[i] = g.level[i]; s {
			f.z[i] /= 2
			g.level[i] = f.z[i]
		}
	}
	return true
}

func (g *lowering) accept(f *fit, cost float64) {
	if g.inner <= g.steps/2 {
		g.factor = min(longest, math.Pow(g.factor, 1.5))
	}
	copy(g.level, f.z)
	g.from, g.cost = g.lambda, cost
	g.next(f)
}

func (g *lowering) reject(f *fit) {
	copy(f.z, g.level)
	if g.factor = math.Sqrt(g.factor); g.factor < leastStep {
		f.state.Cost = g.cost * float64(f.rows) / 2
		f.status, f.why = opt.Stalled, fmt.Sprintf("the coupling cannot be let go of below λ = %.2g", g.from)
		return
	}
	g.next(f)
}

// next goes on from the last accepted λ.
func (g *lowering) next(f *fit) {
	lambda := g.from / g.factor
	if lambda*largestOf(g.res.each) < coupled0 {
		lambda = 0
	}
	g.goTo(f, lambda)
}

func (g *lowering) goTo(f *fit, lambda float64) {
	g.lambda, g.inner, g.res.gain = lambda, 0, lambda
	f.again()
}

// stage implements guide.
func (g *lowering) stage() (string, float64) {
	if g.lambda == 0 {
		return "free", 0
	}
	return "coupled", g.lambda
}

func (g *lowering) state() []float64 {
	s := []float64{g.lambda, g.factor, float64(g.inner), float64(g.tries), g.from, g.cost}
	return append(append(s, g.res.each...), g.level...)
}

func (g *lowering) restore(s []float64) {
	g.lambda, g.factor, g.inner, g.tries, g.from, g.cost = s[0], s[1], int(s[2]), int(s[3]), s[4], s[5]
	n := copy(g.res.each, s[6:])
	copy(g.level, s[6+n:])
	g.res.gain = g.lambda
}

func largestOf(v []float64) float64 {
	m := 0.0
	for _, x := range v {
		m = max(m, x)
	}
	return m
}
