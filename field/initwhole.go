package field

import (
	"errors"
	"fmt"
	"math"
)

// net are the layers of the network that the field is.
func (d *Drawing) net() []Layer {
	if n := d.Parts.Net; n != nil && n.Layers > 0 {
		return d.Parts.Layers[:n.Layers]
	}
	return d.Parts.Layers
}

// drawOthers draws the layers that are not those of the field, an encoder's, so that
// what it adds to the rows is small at first.
func (d *Drawing) drawOthers() {
	for _, l := range d.Parts.Layers[len(d.net()):] {
		w := d.weights(l)
		d.Source.Normal(w)
		sd := 1 / math.Sqrt(float64(l.Cols))
		if l.Last {
			sd *= encoderStart
		}
		for i := range w {
			w[i] *= sd
		}
	}
}

// encoderStart is the part of lecun's deviation that the last layer of an encoder has.
const encoderStart = 0.1

// whole is the number of states of a field that is one network, whose hidden
// layers have at least times as many units.
func (d *Drawing) whole(times int) (n int, err error) {
	p := d.Parts
	if p.Net == nil {
		return 0, errors.New("it places the poles of a field that is one network, model=mlp; this model is another, so take one of the starts that draw layer by layer, such as orthogonal or small")
	}
	n = len(p.Frame.States)
	for _, l := range d.net() {
		if !l.Last && l.Rows < times*n {
			return n, fmt.Errorf("hidden layer %s has %d units; it needs %d for %d states", l.Name, l.Rows, times*n, n)
		}
	}
	return n, nil
}

// region is where poles z = hλ may lie, and h.
func (d *Drawing) region(margin float64, order, exclude int) (g Region, h float64, err error) {
	switch {
	case !(margin >= 0 && margin < 1):
		return g, 0, fmt.Errorf("margin=%g: it is 0 or more, and less than 1", margin)
	case order < 0 || exclude < 0:
		return g, 0, errors.New("order and exclude are orders of methods, 1 or more, or 0")
	case d.Facts == nil || !(d.Facts.Step > 0):
		return g, 0, errors.New("it needs the step of a solver, which is not known here")
	}
	g = Region{R: d.Facts.Stability, Margin: margin}
	if order > 0 {
		g.R = Exponential(order)
	}
	if g.R == nil {
		return g, 0, fmt.Errorf("the solver %s has no stability function; give order=", d.Facts.Solver)
	}
	if exclude > 0 {
		g.Avoid = Exponential(exclude)
	}
	return g, d.Facts.Step, nil
}
