package ode

import "github.com/entrain-dev/entrain/field"

// jacobians evaluates ∂f/∂x in every lane, exactly: the columns are products with
// unit vectors. Where lanes share their parameters all columns of all lanes are
// the lanes of one product with a copy of the field.
type jacobians struct {
	n, lanes int
	of       known       // the field that wide was made from
	wide     field.Field // nil: one column at a time
	at, dir  field.Point
	out      Batch
	col      field.Point // directions of one column
	colOut   Batch
}

// mostWide is how many lanes a copy may have; beyond, values leave the caches.
const mostWide = 256

func newJacobians(shape field.Shape) *jacobians {
	j := &jacobians{n: shape.State, lanes: shape.Lanes}
	j.col.X, j.colOut = newBatch(j.n, j.lanes), newBatch(j.n, j.lanes)
	return j
}

// use makes what f needs.
func (j *jacobians) use(f field.Field) {
	if j.of.Field != nil && j.of.is(f) {
		return
	}
	j.of, j.wide = know(f), nil
	shape := f.Shape()
	lanes := (j.n*j.lanes + 7) &^ 7
	if j.of.copier == nil || lanes > mostWide {
		return
	}
	j.wide = j.of.copier.Copy(lanes)
	j.at = field.Point{T: make([]float64, lanes), X: newBatch(j.n, lanes), U: newBatch(shape.Input, lanes)}
	j.dir, j.out = field.Point{X: newBatch(j.n, lanes)}, newBatch(j.n, lanes)
	for l := range j.n * j.lanes {
		j.dir.X.V[l/j.lanes*lanes+l] = 1
	}
}

// eval writes the Jacobian at a point to jac, n × n of each lane, one lane after
// the other.
func (j *jacobians) eval(jac []float64, f field.Field, at *field.Point) {
	j.use(f)
	if j.wide == nil || at.Theta.Lanes > 1 {
		j.byColumn(jac, f, at)
		return
	}
	n, lanes, wide := j.n, j.lanes, j.out.Lanes
	for l := range wide {
		j.at.T[l] = at.T[l%lanes]
	}
	spreadLanes(j.at.X, at.X)
	if at.U.Rows > 0 {
		spreadLanes(j.at.U, at.U)
	}
	j.at.Theta = at.Theta
	j.wide.JVP(j.out, &j.at, &j.dir)
	for l := range lanes {
		m := jac[l*n*n : (l+1)*n*n]
		for i := range n {
			for k := range n {
				m[i*n+k] = j.out.V[i*wide+k*lanes+l]
			}
		}
	}
}

// spreadLanes repeats the lanes of src over those of dst.
func spreadLanes(dst, src Batch) {
	for i := range src.Rows {
		to, from := dst.Row(i), src.Row(i)
		for l := 0; l < len(to); l += len(from) {
			copy(to[l:], from)
		}
	}
}

func (j *jacobians) byColumn(jac []float64, f field.Field, at *field.Point) {
	n, lanes := j.n, j.lanes
	for k := range n {
		clear(j.col.X.V)
		for l := range lanes {
			j.col.X.V[k*lanes+l] = 1
		}
		f.JVP(j.colOut, at, &j.col)
		for i := range n {
			for l := range lanes {
				jac[l*n*n+i*n+k] = j.colOut.V[i*lanes+l]
			}
		}
	}
}
