package misfit

func init() {
	Measures.Register("squared", "the squared distance: best for noise that is normal", func() Measure { return squared{} })
}

type squared struct{}

// At implements Measure.
func (squared) At(e, _ float64) (value, slope, curvature float64) { return e * e, 2 * e, 2 }

// Residual implements Measure.
func (squared) Residual(e, _ float64) (r, slope float64) { return e, 1 }
