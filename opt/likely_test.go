package opt_test

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/opt"
)

// counting is the likelihood of counts of which the logarithm of the mean is a line, by factors: a
// score over the root of its information, which is what Fisher's scoring takes.
type counting struct {
	y    []float64
	cost float64
}

func (c *counting) Size() (m, n int) { return len(c.y), 2 }
func (c *counting) Cost() float64    { return c.cost }

func (c *counting) Residuals(r, jac, z []float64, _ int) string {
	c.cost = 0
	for i, y := range c.y {
		x := float64(i) / 4
		mu := math.Exp(z[0] + z[1]*x)
		c.cost += mu - y*(z[0]+z[1]*x)
		root := math.Sqrt(mu)
		if r[i] = (mu - y) / root; jac != nil {
			jac[2*i], jac[2*i+1] = root, root*x
		}
	}
	return ""
}

// What is minimised of a likelihood is its cost, which may be below zero, not the sum of squares of
// its factors: at the end the score equations hold.
func TestLikelihoodsAreMinimisedByScoring(t *testing.T) {
	c := &counting{y: []float64{20, 17, 14, 9, 11, 4, 6, 3, 0, 2, 1, 0}}
	zs := [][]float64{{1, 0.5}, {1, 0.5}}
	few := fewSettings().Minimise(c, zs[0], nil)
	cfg := *opt.DefaultLM()
	lm := opt.NewLM(c, cfg).Minimise(zs[1])
	for i, out := range []opt.Outcome{few.Outcome, lm} {
		z := zs[i]
		a, b := 0.0, 0.0
		for k, y := range c.y {
			x := float64(k) / 4
			off := y - math.Exp(z[0]+z[1]*x)
			a, b = a+off, b+off*x
		}
		if out.Status != opt.Converged || math.Abs(a) > 1e-4 || math.Abs(b) > 1e-4 || !(out.Cost < 0) {
			t.Errorf("%+v at %v, where the score is %g and %g", out, z, a, b)
		}
	}
}
