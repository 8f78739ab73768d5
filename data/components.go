package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/budget"
)

// Components make few states of many columns, such as the pixels of an image: the first principal
// components of their rows, c = Basis·(columns − Mean), which keep most of their variance.
// Columns = Mean + Basisᵀ·c, as far as they go. All are in the columns' own unit.
//
// Source: Hotelling, J. Educ. Psychol. 24 (1933) 417–441.
type Components struct {
	Columns []string  `json:"columns"`
	Mean    []float64 `json:"mean"`  // of each column
	Basis   []float64 `json:"basis"` // components × columns; its rows are orthonormal
	Share   float64   `json:"share"` // of the variance of the columns that the components keep
}

// How components are found.
const (
	mostComponents = 256
	componentRows  = 4000 // at most, evenly spread
	exactColumns   = 256  // with more, components are found by iterations
	componentTurns = 30
	componentSpare = 8 // directions more than are asked for, so that those converge
)

// NewComponents finds the first n principal components of the rows that lack no value.
//
// Errors: for the user, that n are not to be had.
func NewComponents(series []Series, n int) (*Components, error) {
	d := len(series[0].Names)
	switch {
	case n < 1 || n > mostComponents:
		return nil, fmt.Errorf("components=%d: it is a number from 1 to %d", n, mostComponents)
	case n >= d:
		return nil, fmt.Errorf("components=%d: there are %d columns, and components are fewer; leave it out", n, d)
	}
	rows := completeRows(series)
	if rows == nil || rows.RawMatrix().Rows <= n {
		return nil, fmt.Errorf("components=%d: that takes more rows without a missing value than components; leave columns out with ignore=", n)
	}
	c := &Components{Columns: slices.Clone(series[0].Names), Mean: make([]float64, d)}
	count, _ := rows.Dims()
	for i := range count {
		for k, v := range rows.RawRowView(i) {
			c.Mean[k] += v / float64(count)
		}
	}
	all := 0.0
	for i := range count {
		row := rows.RawRowView(i)
		for k := range row {
			row[k] -= c.Mean[k]
			all += row[k] * row[k]
		}
	}
	if !(all > 0) || math.IsInf(all, 0) {
		return nil, fmt.Errorf("components=%d: the columns never change, or their values are too large to compute with", n)
	}
	basis := principal(rows, n)
	kept := 0.0
	for i := range n {
		v := basis.RawRowView(i)
		orient(v)
		c.Basis = append(c.Basis, v...)
		var along mat.VecDense
		along.MulVec(rows, mat.NewVecDense(d, v))
		kept += mat.Dot(&along, &along)
	}
	c.Share = kept / all
	return c, nil
}

// completeRows are rows without a missing value, evenly spread if there are many; nil: none is.
func completeRows(series []Series) *mat.Dense {
	total := 0
	for i := range series {
		total += series[i].Len()
	}
	every, at, count := max(1, (total+componentRows-1)/componentRows), 0, 0
	var flat []float64
	for i := range series {
		for k := range series[i].Len() {
			at++
			if row := series[i].Row(k); (at-1)%every == 0 && !slices.ContainsFunc(row, math.IsNaN) {
				flat, count = append(flat, row...), count+1
			}
		}
	}
	if count == 0 {
		return nil
	}
	return mat.NewDense(count, len(series[0].Names), flat)
}

// principal are the first n principal directions of centred rows, n × columns: eigenvectors of
// their products, or of many columns what iterations on a subspace make of random directions.
func principal(rows *mat.Dense, n int) *mat.Dense {
	count, d := rows.Dims()
	size := min(n+componentSpare, d, count)
	q := mat.NewDense(d, size, nil)
	if d <= exactColumns {
		size = d
		q = mat.NewDense(d, d, nil)
		for i := range d {
			q.Set(i, i, 1)
		}
	} else {
		r := rand.New(rand.NewPCG(1, 2))
		for i := range d {
			for j := range size {
				q.Set(i, j, r.NormFloat64())
			}
		}
		var y, z mat.Dense
		for range componentTurns {
			y.Mul(rows, q)
			z.Mul(rows.T(), &y)
			q = orthonormal(&z)
		}
	}
	var seen, square mat.Dense // within the subspace
	seen.Mul(rows, q)
	square.Mul(seen.T(), &seen)
	sym := mat.NewSymDense(size, nil)
	for i := range size {
		for j := i; j < size; j++ {
			sym.SetSym(i, j, square.At(i, j))
		}
	}
	var eigen mat.EigenSym
	eigen.Factorize(sym, true)
	var v, out mat.Dense
	eigen.VectorsTo(&v)
	out.Mul(q, &v)
	basis := mat.NewDense(n, d, nil)
	for i := range n { // the largest stand last
		for k := range d {
			basis.Set(i, k, out.At(k, size-1-i))
		}
	}
	return basis
}

// orthonormal are columns that span the same as those of z.
func orthonormal(z *mat.Dense) *mat.Dense {
	d, size := z.Dims()
	var qr mat.QR
	qr.Factorize(z)
	var q mat.Dense
	qr.QTo(&q)
	return mat.DenseCopyOf(q.Slice(0, d, 0, size))
}

// orient turns a direction so that its largest entry is positive.
func orient(v []float64) {
	largest := 0.0
	for _, x := range v {
		if math.Abs(x) > math.Abs(largest) {
			largest = x
		}
	}
	if largest < 0 {
		for i := range v {
			v[i] = -v[i]
		}
	}
}

// Len is how many components there are.
func (c *Components) Len() int { return len(c.Basis) / max(1, len(c.Columns)) }

// Check reports what no components have.
func (c *Components) Check() error {
	d := len(c.Columns)
	n := c.Len()
	if d == 0 || len(c.Mean) != d || n < 1 || n > mostComponents || n*d != len(c.Basis) || !(c.Share >= 0 && c.Share <= 1+1e-9) {
		return fmt.Errorf("%d numbers of %d columns with %d means are no components", len(c.Basis), d, len(c.Mean))
	}
	for _, v := range slices.Concat(c.Mean, c.Basis) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("components with an entry %g", v)
		}
	}
	return nil
}

// Words says what they are.
func (c *Components) Words() string {
	return fmt.Sprintf("%d principal components of %d columns (%s), which keep %.4g %% of their variance", c.Len(), len(c.Columns), budget.List(c.Columns), 100*min(1, c.Share))
}

// Of gives each recording the components of its columns. Of a row that lacks a value they are
// missing.
//
// Errors: for the user, of columns that are not those of c.
func (c *Components) Of(series []Series) ([]Series, error) {
	out := slices.Clone(series)
	d, n := len(c.Columns), c.Len()
	var names []string
	for i := range n {
		names = append(names, "c"+strconv.Itoa(i+1))
	}
	for i := range out {
		s := &out[i]
		if !slices.Equal(s.Names, c.Columns) {
			return nil, fmt.Errorf("components are those of the columns %s, but recording %q has %s", budget.List(c.Columns), s.ID, budget.List(s.Names))
		}
		x := make([]float64, s.Len()*n)
		for k := range s.Len() {
			for j, row := 0, s.Row(k); j < n; j++ {
				for l, b := range c.Basis[j*d : (j+1)*d] {
					x[k*n+j] += b * (row[l] - c.Mean[l])
				}
			}
		}
		s.Shown, s.X, s.Names, s.Units, s.Below, s.Components = s.X, x, names, nil, nil, c
	}
	return out, nil
}

// Show makes columns of rows of components: rows × columns.
func (c *Components) Show(x []float64) []float64 {
	d, n := len(c.Columns), c.Len()
	out := make([]float64, 0, len(x)/n*d)
	for ; len(x) >= n; x = x[n:] {
		at := len(out)
		out = append(out, c.Mean...)
		for j, v := range x[:n] {
			for l, b := range c.Basis[j*d : (j+1)*d] {
				out[at+l] += v * b
			}
		}
	}
	return out
}
