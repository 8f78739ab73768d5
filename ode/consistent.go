package ode

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// Figures of the search for consistent starts.
const (
	mostConsistent = 50
	shortest       = 1e-4 // part of a step that is tried
	consistentTo   = 1e-12
)

// Consistent changes the algebraic components of a state (one lane) until their rows are zero,
// by Newton's method with steps cut short where that helps; other components stay. fixed tells
// whether it succeeded; near is the largest row left. A field without algebraic rows is
// consistent.
func Consistent(f field.Field, at *field.Point) (near float64, fixed bool) {
	is := field.AlgebraicRows(f)
	var rows []int
	for i, a := range is {
		if a {
			rows = append(rows, i)
		}
	}
	if len(rows) == 0 {
		return 0, true
	}
	n, m := f.Shape().State, len(rows)
	g, step, lu := newBatch(n, 1), make([]float64, m), num.NewLU(m)
	dir := field.Point{X: newBatch(n, 1)}
	residual := func() float64 {
		f.Eval(g, at)
		most := 0.0
		for _, i := range rows {
			if v := math.Abs(g.V[i]); !(v <= most) {
				most = v
			}
		}
		return most
	}
	jac := make([]float64, m*m)
	size := 1.0
	near = residual()
	for range mostConsistent {
		if near <= consistentTo*size || near-near != 0 {
			break
		}
		for k, i := range rows {
			step[k] = -g.V[i]
		}
		out := newBatch(n, 1)
		for j, c := range rows {
			clear(dir.X.V)
			dir.X.V[c] = 1
			f.JVP(out, at, &dir)
			for k, i := range rows {
				jac[k*m+j] = out.V[i]
			}
		}
		size = max(size, largestOf(jac))
		copy(lu.Matrix(), jac)
		if !lu.Factor() {
			return near, false
		}
		lu.Solve(step)
		if !shorten(at, rows, step, near, residual) {
			break
		}
		before := near
		if near = residual(); near >= before {
			break
		}
	}
	return near, near <= math.Sqrt(consistentTo)*size
}

// shorten takes the step, or the longest of its halves that lowers the residual.
func shorten(at *field.Point, rows []int, step []float64, near float64, residual func() float64) bool {
	from := make([]float64, len(rows))
	for k, i := range rows {
		from[k] = at.X.V[i]
	}
	for part := 1.0; part >= shortest; part /= 2 {
		for k, i := range rows {
			at.X.V[i] = from[k] + part*step[k]
		}
		if residual() < near {
			return true
		}
	}
	for k, i := range rows {
		at.X.V[i] = from[k]
	}
	return false
}

func largestOf(v []float64) (most float64) {
	for _, x := range v {
		most = max(most, math.Abs(x))
	}
	return most
}
