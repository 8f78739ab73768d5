package train

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// unclear is how many standard errors a term's coefficient must be from zero to be
// told from it.
const unclear = 2

// terms are the coefficients of a learnt law that are in use, with their standard
// errors by Laplace's approximation where the fit was last weighed: given that these
// are the terms. One that was set to what the units say has none.
func (c *candidate) terms() []model.Estimate {
	t, ok := c.p.Arch.(field.Termed)
	if !ok || !isNumber(c.b.logEvidence) {
		return nil
	}
	var out []model.Estimate
	theta := c.b.z[:len(c.b.group)]
	for _, k := range t.Coefficients(c.p.Parts, theta) {
		off := c.b.prec[k.Entry] >= precisionOff
		if off && c.b.centre[k.Entry] == 0 {
			continue
		}
		name := k.Term
		if name == "" {
			name = "constant"
		}
		e := model.NewEstimate(name, k.Unit*theta[k.Entry])
		e.Of = k.Of
		if off {
			e.Note = "set to what it must be"
		} else if e.SD = math.Abs(k.Unit) * math.Sqrt(c.b.variance[k.Entry]); math.Abs(e.Value) < unclear*e.SD {
			e.Note = "not told from zero"
		}
		out = append(out, e)
	}
	return out
}
