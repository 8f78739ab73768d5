package field

import (
	"errors"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
)

// matchedStart goes one step on from the linear law: with the hidden units it gives,
// the last layer is the ridge regression of the slopes of the smoothed rows on them,
// drawn towards that law. It is gradient matching of one layer, in closed form.
//
// Source: Huang, Zhu, Siew, Neurocomputing 70 (2006) 489–501, for networks whose hidden
// layers stay as they were drawn.
type matchedStart struct {
	Weight float64 `json:"weight"` // of the prior that the law is enough, as a part of the rows
	Pairs  bool    `json:"pairs"`  // units in pairs of opposite sign where the activation is fit for them and they are enough; relu always has them
	Fill   float64 `json:"fill"`   // deviation of what units get beyond what the law needs
}

func init() {
	Initialisers.Register("matched", "as linear, and the last layer fitted to the slopes of the rows", func() Initialiser {
		return &matchedStart{Weight: 1e-3, Fill: 1}
	})
}

// Draw implements Initialiser.
func (s *matchedStart) Draw(d *Drawing) error {
	if !(s.Weight > 0) {
		return errors.New("weight is above 0")
	}
	law := &fittedStart{Stable: true, Pairs: s.Pairs, Fill: s.Fill}
	if err := law.Draw(d); err != nil {
		return err
	}
	l := d.net()[len(d.net())-1]
	f, measured, k := d.Facts, len(d.Facts.X[0]), l.Cols+1
	h, y := mat.NewDense(len(f.X), k, nil), mat.NewDense(len(f.X), measured, nil)
	w := mat.NewDense(l.Rows, l.Cols, d.weights(l))
	for i := range f.X {
		units, _ := d.hidden(f.arguments(i, len(d.Parts.Frame.States), d.Parts.Net.Time))
		h.Set(i, l.Cols, 1)
		for j, v := range units {
			h.Set(i, j, v)
		}
		for r := range measured { // what the law leaves
			y.Set(i, r, f.DX[i][r]-d.biases(l)[r]-mat.Dot(mat.NewVecDense(len(units), units), w.RowView(r)))
		}
	}
	var normal, right, change mat.Dense
	normal.Mul(h.T(), h)
	for j := range k {
		normal.Set(j, j, normal.At(j, j)+s.Weight*float64(len(f.X)))
	}
	right.Mul(h.T(), y)
	if err := change.Solve(&normal, &right); err != nil && change.IsEmpty() || !num.AllFinite(change.RawMatrix().Data) {
		return nil // the law it is
	}
	for r := range measured {
		for j := range l.Cols {
			w.Set(r, j, w.At(r, j)+change.At(j, r))
		}
		d.biases(l)[r] += change.At(l.Cols, r)
	}
	return nil
}
