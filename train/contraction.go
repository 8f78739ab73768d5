package train

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// contraction finds the coupling that holds a trajectory to the data. The
// error e = x − s of a coupled trajectory obeys e' = (J − K)·e to first order,
// and |e| falls at least at the rate r if no eigenvalue of the symmetric part
// of J − K is above −r. By Gershgorin's discs that is so if
//
//	K_c ≥ r + J_cc + Σ_{j≠c} |J_cj + J_jc|/2
//
// at every row of the smoothed data: the conditional stability of a driven
// system, after Pecora, Carroll, Phys. Rev. A 44 (1991) 2374.
type contraction struct {
	p      *Problem
	rate   float64
	field  field.Field
	inputs []field.Input // of each recording
	at, v  field.Point
	t      []float64
	jac    []float64 // states × states
	column field.Batch
}

// mostRows bounds the rows that are looked at in a recording.
const mostRows = 256

// strongest bounds a gain, so that a wild field does not make the equation
// too stiff to integrate.
const strongest = 100

func newContraction(p *Problem, rate float64) *contraction {
	n, m := len(p.Parts.Frame.States), len(p.Parts.Frame.Inputs)
	c := &contraction{p: p, rate: rate, field: p.Parts.NewField(1, false), t: make([]float64, 1),
		jac: make([]float64, n*n), column: program.NewBatch(n, 1)}
	c.at = field.Point{T: c.t, X: program.NewBatch(n, 1), U: program.NewBatch(m, 1), Theta: program.NewBatch(len(p.Parts.Theta0), 1)}
	c.v = field.Point{X: program.NewBatch(n, 1)}
	c.inputs = newInputs(p)
	return c
}

// raise makes gain large enough for the field with the parameters that z
// begins with, and tells whether it had to, by more than a tenth.
func (c *contraction) raise(gain, z []float64) bool {
	copy(c.at.Theta.V, z)
	before := append([]float64{}, gain...)
	f := &c.p.Parts.Frame
	for rec, s := range c.p.Train {
		stride, blind := (s.Len()+mostRows-1)/mostRows, c.p.blind(rec)
		for k := 0; k < s.Len(); k += stride {
			if c.t[0] = (s.T[k] - f.T0) / f.Time; anyWithin(blind, c.t[0]) {
				continue
			}
			copy(c.at.X.V, c.p.stateAt(rec, k, true))
			if in := c.inputs[rec]; in != nil {
				in.At(c.at.U, c.t)
			}
			c.jacobian()
			c.row(gain)
		}
	}
	raised := false
	for i := range gain {
		raised = raised || gain[i] > 1.1*before[i]
	}
	return raised
}

func (c *contraction) jacobian() {
	n := c.column.Rows
	for j := range n {
		clear(c.v.X.V)
		c.v.X.V[j] = 1
		c.field.JVP(c.column, &c.at, &c.v)
		for i := range n {
			c.jac[i*n+j] = c.column.V[i]
		}
	}
}

// row raises the gains to what the Jacobian at one row asks for.
func (c *contraction) row(gain []float64) {
	n := c.column.Rows
	for i := range gain {
		need := c.rate + c.jac[i*n+i]
		for j := range n {
			if j != i {
				need += math.Abs(c.jac[i*n+j]+c.jac[j*n+i]) / 2
			}
		}
		if need < strongest {
			gain[i] = max(gain[i], need, c.rate)
		} else { // or not a number
			gain[i] = strongest
		}
	}
}
