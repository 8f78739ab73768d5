package field

import "fmt"

// smallStart is lecun with a last layer that is small: the untrained field nearly
// stands still, but gradients reach every layer.
type smallStart struct {
	Factor float64 `json:"factor"` // of the last layer
}

// Draw implements Initialiser.
func (s *smallStart) Draw(d *Drawing) error {
	if !(s.Factor >= 0) {
		return fmt.Errorf("factor=%g: it is 0 or more", s.Factor)
	}
	return LayerDraw(func(l Layer, w, b []float64, r Source) {
		scaledNormal(func(l Layer) float64 { return 1 / float64(l.Cols) })(l, w, b, r)
		if l.Last {
			for i := range w {
				w[i] *= s.Factor
			}
		}
	}).Draw(d)
}

func init() {
	Initialisers.Register("small", "as lecun, but the last layer a hundredth of it: the untrained field nearly stands still", func() Initialiser {
		return &smallStart{Factor: 0.01}
	})
}
