package field

import (
	"slices"

	"github.com/entrain-dev/entrain/program"
)

// Delays are states of earlier times that a field looks back at. They are the last rows of its
// input u, which whoever integrates it fills in.
type Delays struct {
	Row int   // the first of these rows
	Of  []int // which state each of them shows
	By  []int // which lag before
	// Names are the rows as the text has them: x(t - tau).
	Names []string
	// Lags maps theta to the lags (output dx), in scaled time.
	Lags *program.Program
	// History maps t, x and theta to the states (output dx) before a start x, scaled.
	History *program.Program
	Text    []string // of the history, a line each
}

// Values are the lags with parameters θ, in scaled time.
func (d *Delays) Values(theta []float64) []float64 {
	out := make([]float64, slices.Max(d.By)+1)
	New(d.Lags, 1, false).Eval(Batch{V: out, Rows: len(out), Lanes: 1},
		&Point{T: []float64{0}, X: program.NewBatch(inputRows(d.Lags, "x"), 1), Theta: Batch{V: theta, Rows: len(theta), Lanes: 1}})
	return out
}

// DelaysOf are the delays of a field; nil: it knows nothing of earlier times.
func DelaysOf(f Field) *Delays {
	if d, ok := f.(interface{ lookback() *Delays }); ok {
		return d.lookback()
	}
	return nil
}

func (f *programmed) lookback() *Delays { return f.delays }

// FieldOf is the field of a program that has the states of the parts: some may be algebraic, and
// those of earlier times may be looked at.
func (p *Parts) FieldOf(f *program.Program, lanes int, ensemble bool) Field {
	q := newProgrammed(f, lanes, ensemble)
	q.algebraic, q.delays = p.Algebraic, p.Delays
	return q.made()
}

// Plain tells that the field alone says, of the moment alone, what becomes of the state: there
// are neither events nor delays.
func (p *Parts) Plain() bool { return p.Events == nil && p.Delays == nil }
