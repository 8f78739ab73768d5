package ode

import (
	"sort"

	"github.com/entrain-dev/entrain/field"
)

// Mesh holds the times at which the steps of an integration ended, so that
// another one can take the same steps. A loss is a smooth function of its
// unknowns only while the steps stay as they are; its second derivatives are
// those at frozen steps.
type Mesh struct {
	solver *Solver
	ends   [][]float64 // of each lane
}

// NewMesh allocates what integrates fields of f's shape by o and notes its
// steps.
func NewMesh(f field.Field, o Options) (*Mesh, error) {
	s, err := NewSolver(f, o)
	if err != nil {
		return nil, err
	}
	s.exact = true
	m := &Mesh{solver: s, ends: make([][]float64, f.Shape().Lanes)}
	s.watch = &meshWatch{m, make([]float64, s.all.room().Len)}
	return m, nil
}

// Solve integrates p and notes the steps.
func (m *Mesh) Solve(tr *Trajectory, p *IVP) { m.solver.Solve(tr, p) }

// Options are those of an integration whose steps the Input of Frozen
// dictates: fixed ones that are longer than any of them.
func (m *Mesh) Options() Options {
	o := m.solver.Options
	o.Controller, o.Step, o.Save = "fixed", 1e300, "interpolate"
	o.RTol, o.ATol, o.FirstStep, o.MaxSteps = 0, 0, 0, 0
	return o
}

// Frozen returns in as an Input at whose breaks the noted steps end; lane l of
// it has the steps of lane of[l]. in may be nil.
func (m *Mesh) Frozen(in field.Input, of []int) field.Input {
	return &meshed{in, m, of}
}

type meshed struct {
	field.Input
	mesh *Mesh
	of   []int
}

// At gives the inputs, if there are any.
func (f *meshed) At(u field.Batch, t []float64) {
	if f.Input != nil {
		f.Input.At(u, t)
	}
}

// Breaks implements field.Breaker. Steps ended at the breaks of the input too.
func (f *meshed) Breaks(lane int, t0, t1 float64) []float64 {
	ends := f.mesh.ends[f.of[lane]]
	lo := sort.Search(len(ends), func(i int) bool { return ends[i] > t0 })
	hi := sort.Search(len(ends), func(i int) bool { return ends[i] >= t1 })
	return ends[lo:hi]
}

// meshWatch notes where accepted steps end.
type meshWatch struct {
	mesh *Mesh
	work []float64
}

func (w *meshWatch) begin(*Solver) {
	for l := range w.mesh.ends {
		w.mesh.ends[l] = w.mesh.ends[l][:0]
	}
}

func (w *meshWatch) room() []float64                 { return w.work }
func (w *meshWatch) narrowed([]int)                  {}
func (w *meshWatch) atStart(int, int)                {}
func (w *meshWatch) atSave(*Step, int, int, float64) {}
func (w *meshWatch) took(s *Step, accept []bool, _ bool) {
	for j, l := range w.mesh.solver.of {
		if accept[j] {
			w.mesh.ends[l] = append(w.mesh.ends[l], s.To[j])
		}
	}
}

// Fixed tells that the steps do not depend on the states, so that they need
// not be frozen.
func (m *Mesh) Fixed() bool { return m.solver.Controller == "fixed" }
