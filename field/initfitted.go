package field

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
)

// fittedStart lets a network begin as the linear law that fits the slopes of the
// smoothed rows best, dx = c + A·x + B·u, plus what its spare units may become:
// dynamic mode decomposition in continuous time. A law that grows is slowed down until
// it does not, since its trajectories could not be followed.
//
// Source: Schmid, J. Fluid Mech. 656 (2010) 5–28; Proctor, Brunton, Kutz, SIAM J. Appl.
// Dyn. Syst. 15 (2016) 142–161.
type fittedStart struct {
	Stable bool    `json:"stable"` // no growing mode
	Points int     `json:"points"` // rows over which the Jacobian is that law in the mean; 0 = at the mean of the rows
	Pairs  bool    `json:"pairs"`  // units in pairs of opposite sign where the activation is fit for them and they are enough; relu always has them
	Fill   float64 `json:"fill"`   // deviation of what units get beyond what the law needs
}

func init() {
	Initialisers.Register("linear", "the linear law that fits the slopes of the rows, exact for any activation, and spare units around it", func() Initialiser {
		return &fittedStart{Stable: true, Points: 50, Pairs: true, Fill: 1}
	})
}

// Draw implements Initialiser.
func (s *fittedStart) Draw(d *Drawing) error {
	n, err := d.whole(1)
	switch {
	case err != nil:
		return err
	case d.Facts == nil || len(d.Facts.X) == 0:
		return errors.New("it needs rows to fit a law to, which are not known here")
	case !(s.Fill >= 0) || s.Points < 0:
		return errors.New("fill and points are 0 or more")
	}
	args := d.arguments()
	law := d.fitLaw(&args)
	if law == nil {
		return errors.New("no linear law fits the slopes of the rows; there may be too few of them")
	}
	a := mat.NewDense(n, n, nil)
	a.Copy(law.Slice(0, n, 1, 1+n))
	for i := len(d.Facts.X[0]); i < n; i++ { // hidden states remember for a time drawn between rows and record
		a.Set(i, i, -1/math.Exp(uniform(d.Source, math.Log(3*d.Facts.Step), math.Log(max(d.Facts.Span, 3*d.Facts.Step)))))
	}
	d.feedHidden(a)
	if s.Stable {
		calm(a, n)
	}
	c := make([]float64, n)
	for i := range c {
		c[i] = law.At(i, 0)
	}
	start := linearStart{fill: s.Fill, pairs: s.Pairs, points: s.Points, c: c}
	if args.size() > n {
		start.b = mat.DenseCopyOf(law.Slice(0, n, 1+n, 1+args.size()))
	}
	return d.beginLinear(a, start)
}

// ridge is the weight of a prior that coefficients are zero, in rows.
const ridge = 1e-6

// fitLaw is the regression of slopes on 1 and the arguments less their centres,
// states × (1 + arguments); hidden states have zeros. nil: there is none.
func (d *Drawing) fitLaw(args *arguments) *mat.Dense {
	f, rows, k := d.Facts, len(d.Facts.X), 1+args.size()
	x, y := mat.NewDense(rows, k, nil), mat.NewDense(rows, len(f.X[0]), nil)
	for i := range rows {
		x.Set(i, 0, 1)
		put := func(at int, v float64) { x.Set(i, 1+at, (v-args.centre[at])/args.spread[at]) }
		for j, v := range f.X[i] {
			put(j, v)
			y.Set(i, j, f.DX[i][j])
		}
		if args.time {
			put(args.states, f.T[i])
		}
		for j := range args.inputs {
			put(args.input()+j, f.U[i][j])
		}
	}
	var normal, right, beta mat.Dense
	normal.Mul(x.T(), x)
	for j := range k {
		normal.Set(j, j, normal.At(j, j)+ridge*float64(rows))
	}
	right.Mul(x.T(), y)
	if err := beta.Solve(&normal, &right); err != nil && beta.IsEmpty() || !num.AllFinite(beta.RawMatrix().Data) {
		return nil
	}
	law := mat.NewDense(args.states, k, nil)
	for i := range f.X[0] {
		law.Set(i, 0, beta.At(0, i))
		for j := 1; j < k; j++ {
			law.Set(i, j, beta.At(j, i)/args.spread[j-1])
		}
	}
	return law
}

// feedHidden drives hidden states by measured ones, at random: a state that nothing
// drives and that drives nothing has no gradient.
func (d *Drawing) feedHidden(a *mat.Dense) {
	n, measured := len(d.Parts.Frame.States), len(d.Facts.measured())
	for i := measured; i < n; i++ {
		g := make([]float64, measured)
		d.Source.Normal(g)
		for j, v := range g {
			a.Set(i, j, -v*a.At(i, i)/math.Sqrt(float64(measured)))
		}
	}
}

// measured is any row of states.
func (f *Facts) measured() []float64 {
	if len(f.X) == 0 {
		return nil
	}
	return f.X[0]
}

// calm takes growth out of a.
func calm(a *mat.Dense, n int) {
	poles := num.Poles(a.RawMatrix().Data, n)
	if len(poles) == 0 || !(real(poles[0]) > 0) {
		return
	}
	for i := range n {
		a.Set(i, i, a.At(i, i)-real(poles[0]))
	}
}
