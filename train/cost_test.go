package train

import (
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// TestCostsOfLeastSquaresAreCountedByHand: of a step the product of the Jacobian with itself and the trajectories, of
// memory the Jacobian and its transpose, two square matrices, and the derivatives along a segment.
func TestCostsOfLeastSquaresAreCountedByHand(t *testing.T) {
	p := mustProblem(t, []data.Series{waves(2, 60)}, &field.MLP{Hidden: []int{8}, Activation: "tanh"}, func(s *Settings) { s.Heldout, s.Members, s.Budget = 0, 3, 10 })
	const theta = 2*8 + 8 + 8*2 + 2
	for _, segments := range []float64{1, 4} {
		rows, unknowns := 2*(60+segments-1), theta+2*segments
		small := min(rows, unknowns)
		c := p.squaresCost(200, int(segments), true)
		closeTo(t, "memory", c.Bytes, 3*8*(2*rows*unknowns+2*small*small+60/segments*2*(theta+2)), 1e-6)
		closeTo(t, "time", c.Seconds, 3*10*1e-9*(rows*unknowns*small*perMultiply+p.slopesCost(60)), 1e-12)
	}
	c := p.descentCost(2000)
	closeTo(t, "time of gradients", c.Seconds, 3*10*60*(gradientPerTheta*theta+gradientAnyway)*1e-9, 1e-12)
	closeTo(t, "memory of gradients", c.Bytes-float64(p.Solver.Memory), 3*number*theta*8, 1e-6)
	closeTo(t, "a step of a search", p.stepCost(60, 1), (theta+2)*120*(theta+2)*perMultiply+p.slopesCost(60), 1e-6)
	if a, b := p.slopesCost(60), p.slopesCost(120); b != 2*a {
		t.Errorf("twice as many rows cost %g instead of %g", b, 2*a)
	}
}
