package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/opt"
)

// contradiction reports affine inequalities that no states and parameters satisfy
// together, as few of them as it takes, with the bounds of parameters that it takes.
func contradiction(ls *field.Limits, named []field.Parameter) error {
	var rows []affineRow
	for i, a := range ls.Affine {
		if l := ls.All[i]; a != nil && len(a.Of) > 0 {
			rows = append(rows, affineRow{*a, l.Low, l.High, ls.Unit[i], fmt.Sprintf("%q", l)})
		} else if a != nil && !(l.Low <= a.Const && a.Const <= l.High) {
			return fmt.Errorf("constraint %q can never hold", l)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if rows = append(rows, boundRows(named)...); compatible(rows) {
		return nil
	}
	var words []string
	for _, r := range needed(rows) {
		words = append(words, r.text)
	}
	if len(words) == 1 {
		return fmt.Errorf("constraint %s can never hold", words[0])
	}
	return fmt.Errorf("constraints contradict each other: %s and %s cannot hold together; leave one out", strings.Join(words[:len(words)-1], ", "), words[len(words)-1])
}

// boundRows are the bounds of parameters as inequalities.
func boundRows(named []field.Parameter) (rows []affineRow) {
	for _, q := range named {
		of := field.Affine{Of: map[string]float64{q.Name: 1}}
		if q.Min != nil {
			rows = append(rows, affineRow{of, *q.Min + strictly*size(*q.Min), math.Inf(1), size(*q.Min), fmt.Sprintf("min %g of %s", *q.Min, q.Name)})
		}
		if q.Max != nil {
			rows = append(rows, affineRow{of, math.Inf(-1), *q.Max - strictly*size(*q.Max), size(*q.Max), fmt.Sprintf("max %g of %s", *q.Max, q.Name)})
		}
	}
	return rows
}

// needed are rows without which a contradiction would be none.
func needed(rows []affineRow) []affineRow {
	for i := len(rows) - 1; i >= 0; i-- {
		if less := slices.Delete(slices.Clone(rows), i, i+1); !compatible(less) {
			rows = less
		}
	}
	return rows
}

// strictly is how far inside its bounds a parameter stays, relative.
const strictly = 1e-6

func size(v float64) float64 { return max(1, math.Abs(v)) }

// affineRow is low ≤ a ≤ high; unit is a size of it.
type affineRow struct {
	a         field.Affine
	low, high float64
	unit      float64
	text      string
}

// compatible tells whether all rows can hold: the least sum of their violations is zero. It
// is found by the interior point as a linear program.
func compatible(rows []affineRow) bool {
	lp := newElastic(rows)
	s, err := opt.NewInteriorPoint(lp, *opt.DefaultInteriorPoint())
	if err != nil {
		return true
	}
	st := s.Start(make([]float64, len(lp.shape.Low)))
	s.Minimise(st, func(it opt.Iteration) bool { return it.K < 300 })
	_, _, violated := s.Solution(st)
	return !st.Verdict.Solved() || violated <= limitSlack
}

// elastic is the linear program: minimise Σ (p + n) subject to low ≤ a·x + p − n ≤ high,
// all rows divided by their units. Unknowns are x, then p and n of each row.
type elastic struct {
	shape  opt.Shape
	a      []float64 // rows × names
	offset []float64
	names  int
}

func newElastic(rows []affineRow) *elastic {
	at := map[string]int{}
	var names []string
	for _, r := range rows {
		for n := range r.a.Of {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for i, n := range names {
		at[n] = i
	}
	m, n := len(rows), len(names)
	e := &elastic{names: n, a: make([]float64, m*n), offset: make([]float64, m)}
	largest := make([]float64, n) // coefficient of each name, whose inverse is its unit
	for _, r := range rows {
		for name, v := range r.a.Of {
			largest[at[name]] = max(largest[at[name]], math.Abs(v)/r.unit)
		}
	}
	for i := range n + 2*m {
		low := math.Inf(-1)
		if i >= n {
			low = 0
		}
		e.shape.Low, e.shape.High = append(e.shape.Low, low), append(e.shape.High, math.Inf(1))
	}
	for j, r := range rows {
		for name, v := range r.a.Of {
			e.a[j*n+at[name]] = v / r.unit / largest[at[name]]
		}
		e.offset[j] = r.a.Const / r.unit
		e.shape.Floor, e.shape.Ceiling = append(e.shape.Floor, r.low/r.unit), append(e.shape.Ceiling, r.high/r.unit)
	}
	e.shape.Jacobian = []opt.Patch{{Rows: m, Cols: n}}
	for j := range m {
		e.shape.Jacobian = append(e.shape.Jacobian, opt.Patch{Row: j, Col: n + 2*j, Rows: 1, Cols: 2})
	}
	return e
}

// Shape implements opt.NLP.
func (e *elastic) Shape() opt.Shape { return e.shape }

// Values implements opt.NLP.
func (e *elastic) Values(c, x []float64) (f float64, fail string) {
	for j, o := range e.offset {
		p, n := x[e.names+2*j], x[e.names+2*j+1]
		f += p + n
		c[j] = o + p - n
		for i := range e.names {
			c[j] += e.a[j*e.names+i] * x[i]
		}
	}
	return f, ""
}

// Slopes implements opt.NLP.
func (e *elastic) Slopes(grad, jac, _ []float64) (fail string) {
	for i := range grad {
		grad[i] = 0
		if i >= e.names {
			grad[i] = 1
		}
	}
	at := copy(jac, e.a)
	for range e.offset {
		jac[at], jac[at+1] = 1, -1
		at += 2
	}
	return ""
}

// Curvature implements opt.NLP.
func (e *elastic) Curvature(hess, _ []float64, _ float64, _ []float64) (fail string) {
	clear(hess)
	return ""
}
