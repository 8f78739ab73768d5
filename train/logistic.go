package train

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
)

// labelFeatures of a recording, beside which a classifier has to show that it needs the order of rows:
// of each input the mean, the standard deviation and the last value.
func labelFeatures(s *data.Series) []float64 {
	m, n := len(s.Inputs), float64(s.Len())
	out := make([]float64, 3*m)
	for c := range m {
		mean, square := 0.0, 0.0
		for k := range s.T {
			mean += s.U[k*m+c] / n
		}
		for k := range s.T {
			e := s.U[k*m+c] - mean
			square += e * e / n
		}
		out[3*c], out[3*c+1], out[3*c+2] = mean, math.Sqrt(square), s.U[(s.Len()-1)*m+c]
	}
	return out
}

// design is a matrix of features with zero mean and unit deviation over those that it was made of,
// and ones in front.
type design struct{ mean, sd []float64 }

func newDesign(series []data.Series) *design {
	d := &design{}
	for i := range series {
		f := labelFeatures(&series[i])
		if d.mean == nil {
			d.mean, d.sd = make([]float64, len(f)), make([]float64, len(f))
		}
		for c, v := range f {
			d.mean[c] += v / float64(len(series))
		}
	}
	for i := range series {
		for c, v := range labelFeatures(&series[i]) {
			d.sd[c] += (v - d.mean[c]) * (v - d.mean[c]) / float64(len(series))
		}
	}
	for c := range d.sd {
		if d.sd[c] = math.Sqrt(d.sd[c]); !(d.sd[c] > 0) {
			d.sd[c] = 1
		}
	}
	return d
}

func (d *design) of(series []data.Series) *mat.Dense {
	x := mat.NewDense(len(series), 1+len(d.mean), nil)
	for i := range series {
		x.Set(i, 0, 1)
		for c, v := range labelFeatures(&series[i]) {
			x.Set(i, 1+c, (v-d.mean[c])/d.sd[c])
		}
	}
	return x
}

const (
	labelRidge    = 1    // weight of squared coefficients of features, beside sums over recordings
	logisticSteps = 2000 // at most
	logisticEnd   = 1e-9 // largest change of a coefficient that counts
)

// gram is XᵀX with the ridge, of all but the ones; ok is false where features are no numbers.
func gram(x *mat.Dense) (c *mat.Cholesky, ok bool) {
	_, n := x.Dims()
	a := mat.NewSymDense(n, nil)
	a.SymOuterK(1, x.T())
	for i := range n {
		v := float64(labelRidge)
		if i == 0 {
			v = 1e-9
		}
		a.SetSym(i, i, a.At(i, i)+v)
	}
	c = &mat.Cholesky{}
	return c, c.Factorize(a)
}

// logistic fits log p = B·x + const to classes by maximal likelihood with a ridge, by steps
// with a bound of the curvature, so that each lowers the cost. The coefficients are features ×
// classes.
//
// Source: Böhning, Ann. Inst. Stat. Math. 44 (1992) 197–200.
func logistic(x *mat.Dense, truth []int, classes int) *mat.Dense {
	rows, n := x.Dims()
	bound, ok := gram(x)
	b, step := mat.NewDense(n, classes, nil), mat.NewDense(n, classes, nil)
	if !ok {
		return b
	}
	left, slope := mat.NewDense(rows, classes, nil), mat.NewDense(n, classes, nil)
	for range logisticSteps {
		for i, p := range softmaxOf(x, b) {
			for c, v := range p {
				if c == truth[i] {
					v--
				}
				left.Set(i, c, -v)
			}
		}
		slope.Mul(x.T(), left)
		for i := 1; i < n; i++ {
			for c := range classes {
				slope.Set(i, c, slope.At(i, c)-labelRidge*b.At(i, c))
			}
		}
		if bound.SolveTo(step, slope) != nil {
			break
		}
		b.Add(b, step) // ½ bounds the curvature of the likelihood, 1 that of the ridge
		if mat.Max(step) < logisticEnd && mat.Min(step) > -logisticEnd {
			break
		}
	}
	return b
}

// softmaxOf are the probabilities that coefficients give to rows of features.
func softmaxOf(x, b *mat.Dense) [][]float64 {
	var z mat.Dense
	z.Mul(x, b)
	rows, classes := z.Dims()
	out := make([][]float64, rows)
	for i := range out {
		out[i] = make([]float64, classes)
		most, sum := mat.Max(z.Slice(i, i+1, 0, classes)), 0.0
		for c := range classes {
			out[i][c] = math.Exp(z.At(i, c) - most)
			sum += out[i][c]
		}
		for c := range classes {
			out[i][c] /= sum
		}
	}
	return out
}

// ridgeFit fits numbers by least squares with a ridge; the coefficients are a column, 0 where features
// are no numbers.
func ridgeFit(x *mat.Dense, y []float64) *mat.Dense {
	_, n := x.Dims()
	var right mat.VecDense
	right.MulVec(x.T(), mat.NewVecDense(len(y), y))
	b := mat.NewVecDense(n, nil)
	if bound, ok := gram(x); !ok || bound.SolveVecTo(b, &right) != nil {
		return mat.NewDense(n, 1, nil)
	}
	return mat.NewDense(n, 1, b.RawVector().Data)
}

// ridgeOf is what such a fit makes of others.
func ridgeOf(x *mat.Dense, y []float64, others *mat.Dense) []float64 {
	var z mat.Dense
	z.Mul(others, ridgeFit(x, y))
	return z.RawMatrix().Data
}
