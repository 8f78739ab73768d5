package misfit

func init() {
	Measures.Register("gaussian", "the squared distance in deviations of each column's noise, as smoothing finds it: the likelihood of normal noise; noise: finds the deviations with the law",
		func() Measure { return gaussian{} })
}

// gaussian is (e/width)², −2·log of the normal density but for a constant. Columns weigh by
// their noise, not by how far they move.
type gaussian struct{}

// At implements Measure.
func (gaussian) At(e, width float64) (value, slope, curvature float64) {
	w := 1 / (width * width)
	return w * e * e, 2 * w * e, 2 * w
}

// Residual implements Measure.
func (gaussian) Residual(e, width float64) (r, slope float64) { return e / width, 1 / width }
