package misfit

import "math"

func init() {
	Measures.Register(CrossEntropy, "minus the logarithm of the probability of the class that it was: for labels alone (model=classifier)",
		func() Measure { return crossEntropy{} })
}

// CrossEntropy is the name of the loss of classes.
const CrossEntropy = "cross-entropy"

// crossEntropy is the distance of a logarithm of a probability from 0, where that of the class
// that it was would be: what is seen of a classifier are such logarithms, and the other classes
// have no value.
type crossEntropy struct{}

// At implements Measure.
func (crossEntropy) At(e, _ float64) (value, slope, curvature float64) {
	return math.Abs(e), math.Copysign(1, e), 0
}

// Residual implements Measure. It is the deviance residual.
func (c crossEntropy) Residual(e, width float64) (r, slope float64) {
	value, s, _ := c.At(e, width)
	return root(e, value, s)
}
