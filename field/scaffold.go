package field

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/program"
)

// scaffold makes a network begin as an affine map about a centre,
//
//	dx = c + M·(a − centre) + what is of second order,   a = (x, t, u),
//
// exactly at the centre, whatever is between its layers. M = U·S·Vᵀ (the factors of
// its singular values) becomes U·s, s, …, s·Vᵀ with s = S^(1/layers), divided by the
// slope of the activation and hidden under rotations of the units. Directions of the
// units that M does not need are filled with random ones which the layers behind do
// not pass on to the result: the product has nothing of them, training does.
//
// With pairs, units come in twos of opposite sign. g(v) − g(−v) = v for relu, gelu,
// silu and softplus, so the network begins as that map everywhere.
//
// The random numbers are drawn once; set may be called for several maps.
type scaffold struct {
	d      *Drawing
	n      int
	pairs  bool
	at     float64 // what each hidden unit gets at the centre
	value  float64 // what the activation makes of it
	slope  float64 // its slope there
	spins  []*mat.Dense
	fill   []*mat.Dense // of each hidden layer: what its spare directions get, before rotation
	centre []float64
}

// pairedKinds are those with g(v) − g(−v) = v.
var pairedKinds = map[program.Kind]bool{program.ReLU: true, program.GELU: true, program.SiLU: true, program.Softplus: true}

// newScaffold draws what is random. fill is the deviation of what spare directions get.
func (d *Drawing) newScaffold(pairs bool, fill float64, a arguments) (*scaffold, error) {
	kind := program.Tanh
	if d.Parts.Net != nil {
		kind = d.Parts.Net.Act
	}
	if _, narrow := d.whole(2); narrow != nil {
		pairs = false
	}
	pairs = pairs && pairedKinds[kind] || kind == program.ReLU
	units := 1
	if pairs {
		units = 2
	}
	n, err := d.whole(units)
	if err != nil {
		return nil, err
	}
	s := &scaffold{d: d, n: n, pairs: pairs, slope: 1, centre: a.centre}
	if !pairs {
		if s.at, s.value, s.slope, err = operating(kind); err != nil {
			return nil, err
		}
	}
	for _, l := range d.net() {
		if l.Last {
			break
		}
		rows, cols := l.Rows/units, l.Cols
		if len(s.spins) > 0 {
			cols /= units
		}
		f := mat.NewDense(rows, cols, nil)
		s.spins = append(s.spins, haar(rows, d.Source))
		d.Source.Normal(f.RawMatrix().Data)
		f.Scale(fill/math.Sqrt(float64(cols)), f)
		if len(s.fill) > 0 {
			f.Scale(1/s.slope, f)
		} else {
			f.Apply(func(_, j int, v float64) float64 { return v / a.spread[j] }, f)
		}
		s.fill = append(s.fill, f)
	}
	return s, nil
}

// operating is where the slope of an elementary function is far from zero, as near to
// zero as may be, with its value and slope.
func operating(kind program.Kind) (at, value, slope float64, err error) {
	v, ds := make([]float64, 1), make([]float64, 1)
	for _, at := range []float64{0, 1, -1, 0.5} {
		kernel.Act(v, []float64{at}, kind, 0)
		kernel.Act(ds, []float64{at}, kind, 1)
		if math.Abs(ds[0]) > 0.1 && math.Abs(ds[0]) < 1e3 && !math.IsNaN(v[0]) {
			return at, v[0], ds[0], nil
		}
	}
	return 0, 0, 0, fmt.Errorf("activation=%s has no slope to place poles by; take tanh, gelu or silu", kind)
}

// set writes weights and biases for the map with the matrix m (n × arguments) and
// the value c at the centre.
func (s *scaffold) set(m *mat.Dense, c []float64) error {
	layers := s.d.net()
	var f mat.SVD
	if !f.Factorize(m, mat.SVDThin) {
		return fmt.Errorf("the linear map to begin with cannot be factored; the rows may hold values that are far from all others")
	}
	var u, v mat.Dense
	f.UTo(&u)
	f.VTo(&v)
	sizes := f.Values(nil)
	for i, x := range sizes {
		sizes[i] = math.Pow(x, 1/float64(len(layers)))
	}
	at := s.centre
	for i, l := range layers {
		w := s.inner(i, sizes, &u, &v)
		at = s.write(i, l, w, at, c)
	}
	return nil
}

// inner is the matrix of layer i between units before they are doubled.
func (s *scaffold) inner(i int, sizes []float64, u, v *mat.Dense) *mat.Dense {
	last := i == len(s.d.net())-1
	var core mat.Dense // what M needs: factors of it, rows × columns
	switch {
	case i == 0 && last:
		var left mat.Dense
		left.Mul(u, diagonalMatrix(sizes))
		core.Mul(&left, v.T())
		return &core
	case i == 0:
		core.Mul(diagonalMatrix(sizes), v.T())
	case last:
		core.Mul(u, diagonalMatrix(sizes))
	default:
		core.CloneFrom(diagonalMatrix(sizes))
	}
	r, k := core.Dims()
	rows, cols := r, k
	if !last {
		rows = s.spins[i].RawMatrix().Rows
	}
	if i > 0 {
		cols = s.spins[i-1].RawMatrix().Rows
	}
	full := mat.NewDense(rows, cols, nil)
	if !last {
		full.Copy(s.fill[i])
		full.Slice(0, r, 0, cols).(*mat.Dense).Zero()
		core.Scale(1/s.slope, &core)
	}
	full.Slice(0, r, 0, k).(*mat.Dense).Copy(&core)
	w := mat.NewDense(rows, cols, nil)
	w.Copy(full)
	if i > 0 {
		w.Mul(full, s.spins[i-1])
	}
	if !last {
		var turned mat.Dense
		turned.Mul(s.spins[i].T(), w)
		return &turned
	}
	return w
}

func diagonalMatrix(v []float64) *mat.Dense {
	m := mat.NewDense(len(v), len(v), nil)
	for i, x := range v {
		m.Set(i, i, x)
	}
	return m
}

// write puts w, doubled if units are pairs, into layer i, with biases such that its
// result at the centre, where its arguments are at, is the operating point or, of the
// last layer, c. It returns what the next layer gets there.
func (s *scaffold) write(i int, l Layer, w *mat.Dense, at, c []float64) []float64 {
	to := mat.NewDense(l.Rows, l.Cols, s.d.weights(l))
	rows, cols := w.Dims()
	set := func(j, k int, v float64) {
		for a := range 2 {
			for b := range 2 {
				row, col, sign := j, k, 1.0
				if a == 1 {
					if l.Last || !s.pairs {
						continue
					}
					row, sign = j+rows, -sign
				}
				if b == 1 {
					if i == 0 || !s.pairs {
						continue
					}
					col, sign = k+cols, -sign
				}
				to.Set(row, col, sign*v)
			}
		}
	}
	for j := range rows {
		for k := range cols {
			set(j, k, w.At(j, k))
		}
	}
	bias, next := s.d.biases(l), make([]float64, l.Rows)
	for j := range bias {
		sum := 0.0
		for k, v := range to.RawRowView(j) {
			sum += v * at[k]
		}
		want := s.at
		if l.Last {
			want = c[j]
		}
		bias[j], next[j] = want-sum, s.value
	}
	return next
}
