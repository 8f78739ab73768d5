package field

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// linearStart is how a network begins as a linear law.
type linearStart struct {
	gain   float64    // of inputs that are drawn
	fill   float64    // deviation of what spare units get
	pairs  bool       // units in pairs of opposite sign
	points int        // rows whose mean Jacobian is the law; 0 = at the centre
	zero   bool       // the centre is 0 in user units
	b      *mat.Dense // of time and inputs (states × arguments beyond states); nil: drawn with gain
	c      []float64  // the slope at the centre; nil: zero
}

// beginLinear makes the network begin as dx = c + A·(x − centre) + B·(u − centre).
func (d *Drawing) beginLinear(a *mat.Dense, s linearStart) error {
	args := d.arguments()
	if s.zero {
		f := &d.Parts.Frame
		for i := range f.States {
			args.centre[i] = -f.Shift[i] / f.Scale[i]
		}
		for i := range f.Inputs {
			args.centre[args.input()+i] = -f.UShift[i] / f.UScale[i]
		}
	}
	n := args.states
	m := mat.NewDense(n, args.size(), nil)
	m.Slice(0, n, 0, n).(*mat.Dense).Copy(a)
	if s.b != nil {
		m.Slice(0, n, n, args.size()).(*mat.Dense).Copy(s.b)
	} else if s.b == nil && args.inputs > 0 {
		d.drawGains(m, a, &args, s.gain)
	}
	if s.c == nil {
		s.c = make([]float64, n)
	}
	f, err := d.newScaffold(s.pairs, s.fill, args)
	if err != nil {
		return err
	}
	d.drawOthers()
	err = f.set(m, s.c)
	if err == nil && s.points > 0 {
		d.meet(m, s.points, args.centre, s.c)
	}
	return err
}

// drawGains draws those of the inputs into m: held at a deviation they move a state by
// about gain of its deviations, since an input acts as fast as poles decay.
func (d *Drawing) drawGains(m, a *mat.Dense, args *arguments, gain float64) {
	rate := mat.Norm(a, 2) / math.Sqrt(float64(args.states))
	g := make([]float64, args.states*args.inputs)
	d.Source.Normal(g)
	for i := range args.states {
		for j := range args.inputs {
			at := args.input() + j
			m.Set(i, at, g[i*args.inputs+j]*gain*rate*args.spread[i]/(args.spread[at]*math.Sqrt(float64(args.inputs))))
		}
	}
}

// meet changes the last layer so that the mean Jacobian over about so many rows is m,
// not only that at the centre: where units saturate it is smaller. With h the mean
// Jacobian of the last hidden units, the change is the least D with D·h = m − W·h. At
// the centre the field stays c.
func (d *Drawing) meet(m *mat.Dense, points int, centre, c []float64) {
	if d.Facts == nil || len(d.Facts.X) == 0 {
		return
	}
	l := d.net()[len(d.net())-1]
	w := mat.NewDense(l.Rows, l.Cols, d.weights(l))
	var h, off, change mat.Dense
	rows := len(d.Facts.X)
	points = min(points, rows)
	h.ReuseAs(l.Cols, m.RawMatrix().Cols)
	for k := range points {
		_, jac := d.hidden(d.Facts.arguments(k*rows/points, len(d.Parts.Frame.States), d.Parts.Net.Time))
		jac.Scale(1/float64(points), jac)
		h.Add(&h, jac)
	}
	off.Mul(w, &h)
	off.Sub(m, &off)
	if err := change.Solve(h.T(), off.T()); err != nil && change.IsEmpty() {
		return
	}
	w.Add(w, change.T())
	a, _ := d.hidden(centre)
	bias := d.biases(l)
	for i := range bias {
		bias[i] = c[i]
		for j, v := range w.RawRowView(i) {
			bias[i] -= v * a[j]
		}
	}
}

// hidden is what the last hidden units of the network have at arguments, with the
// Jacobian of that.
func (d *Drawing) hidden(a []float64) ([]float64, *mat.Dense) {
	jac := mat.NewDense(len(a), len(a), nil)
	for i := range a {
		jac.Set(i, i, 1)
	}
	for _, l := range d.net() {
		if l.Last {
			break
		}
		z, slope := slices.Clone(d.biases(l)), make([]float64, l.Rows)
		w := mat.NewDense(l.Rows, l.Cols, d.weights(l))
		for i := range z {
			for j, v := range w.RawRowView(i) {
				z[i] += v * a[j]
			}
		}
		kernel.Act(slope, z, d.Parts.Net.Act, 1)
		kernel.Act(z, slices.Clone(z), d.Parts.Net.Act, 0)
		next := mat.NewDense(l.Rows, jac.RawMatrix().Cols, nil)
		next.Mul(w, jac)
		next.Apply(func(i, _ int, v float64) float64 { return slope[i] * v }, next)
		a, jac = z, next
	}
	return a, jac
}

// arguments are those of a network at a row, hidden states at zero.
func (f *Facts) arguments(row, states int, time bool) []float64 {
	a := make([]float64, states)
	copy(a, f.X[row])
	if time {
		a = append(a, f.T[row])
	}
	if len(f.U) > 0 {
		a = append(a, f.U[row]...)
	}
	return a
}
