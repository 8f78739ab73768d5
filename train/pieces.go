package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/opt"
)

// Batches are pieces of recordings that are solved side by side. Coupled exactly they are one
// nonlinear program still: what they share is the end of its linear algebra. Every recording
// is a piece anyway.
type Batches struct {
	Batches int  `json:"batches" yaml:"batches"` // pieces of each recording; 0 or 1: it is not cut
	Join    bool `json:"join" yaml:"join"`       // pieces of a recording meet, by rows; false: each has a start of its own
	// Coupling is exact, or admm: batches are solved apart, each with a start of its own, and
	// drawn together sweep by sweep; budget is the number of sweeps.
	Coupling string  `json:"coupling" yaml:"coupling"`
	Rho      float64 `json:"rho" yaml:"rho"`   // of admm: how strongly parameters are drawn together at first; 0: 0.01
	Slip     bool    `json:"slip" yaml:"slip"` // of admm: as published, see its documentation
}

func (b *Batches) check() error {
	if b.Batches < 0 || b.Batches > mostPieces {
		return fmt.Errorf("batches=%d: the pieces of a recording must be 1 to %d, or 0 for none", b.Batches, mostPieces)
	}
	switch {
	case b.Coupling != "" && b.Coupling != "exact" && b.Coupling != "admm":
		return &registry.UnknownError{Kind: "coupling", Name: b.Coupling, Known: []string{"exact", "admm"}}
	case !(b.Rho >= 0) || math.IsInf(b.Rho, 1):
		return fmt.Errorf("batches.rho=%g: it must be more than 0, or 0 for one that is found", b.Rho)
	case b.Slip && b.Coupling != "admm":
		return fmt.Errorf("batches.slip=true is of batches.coupling=admm; exact coupling has no slips")
	}
	return nil
}

// mostPieces of a recording: where they meet, states stand in a dense matrix.
const mostPieces = 64

// pieces says how recordings are cut.
type pieces struct {
	count int // of each recording; 0 or 1: it is not cut
	join  bool
}

// begins tells whether a piece begins with element e of a recording of so many, its first one
// not counted.
func (p pieces) begins(e, elements int) bool {
	if p.count < 2 || e == 0 {
		return false
	}
	return e*p.count/elements != (e-1)*p.count/elements
}

// joined calls f with each element that begins a piece which meets the one before, and the
// number of the first of the rows that say so, one for each state.
func (c *transcription) joined(f func(e, row int)) {
	row := c.equations()
	for e := range c.elements {
		if c.elements[e].cut && c.pieces.join {
			f(e, row)
			row += c.states
		}
	}
}

// joins is the number of those rows.
func (c *transcription) joins() (n int) {
	c.joined(func(int, int) { n += c.states })
	return n
}

// meets is where the last state before element e stands.
func (c *transcription) meets(e int) int { return c.elements[e-1].at + len(c.rule.C)*c.states }

// joinShape adds the rows by which pieces meet. Where a piece begins its state is shared by
// two chains, so it stands beside the parameters.
func (c *transcription) joinShape(shape *opt.Shape) {
	c.joined(func(e, row int) {
		for i := range c.states {
			shape.Floor, shape.Ceiling = append(shape.Floor, 0), append(shape.Ceiling, 0)
			shape.Chains.Row = append(shape.Chains.Row, e-1)
			shape.Jacobian = append(shape.Jacobian, opt.Patch{Row: row + i, Col: c.meets(e) + i, Rows: 1, Cols: 1},
				opt.Patch{Row: row + i, Col: c.elements[e].at + i, Rows: 1, Cols: 1})
		}
	})
}

// joinValues fills those rows.
func (c *transcription) joinValues(rows, x []float64) {
	c.joined(func(e, row int) {
		for i := range c.states {
			rows[row+i] = x[c.meets(e)+i] - x[c.elements[e].at+i]
		}
	})
}

// joinSlopes fills their derivatives, which jac begins with, and returns the rest.
func (c *transcription) joinSlopes(jac []float64) []float64 {
	c.joined(func(int, int) {
		for range c.states {
			jac[0], jac[1] = 1, -1
			jac = jac[2:]
		}
	})
	return jac
}

// link makes every piece begin where the one before ends.
func (c *transcription) link(x []float64) {
	for e := range c.elements {
		if c.elements[e].cut {
			copy(x[c.elements[e].at:c.elements[e].at+c.states], x[c.meets(e):])
		}
	}
}

// furtherWeight is that of a row beyond the equation in a relaxation: of rows by which
// pieces meet as of the equation, of inequalities the length of their element.
func (c *transcription) furtherWeight(row int) float64 {
	k := row - c.equations() - c.joins()
	if k < 0 {
		return 1 / c.meanStep()
	}
	if r := c.limits; len(r.path) > 0 && k/len(r.path) < len(r.place) {
		return c.step(r.group[k/len(r.path)])
	}
	return 1
}

// meanStep is the mean length of the elements.
func (c *transcription) meanStep() float64 {
	sum := 0.0
	for e := range c.elements {
		sum += c.step(e)
	}
	return sum / float64(max(1, len(c.elements)))
}
