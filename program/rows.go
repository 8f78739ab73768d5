package program

import "github.com/entrain-dev/entrain/internal/kernel"

// Rows is a program as a list of operations on single rows, a row being one
// number a lane. Programs of networks have products of matrices and cannot be
// written so; equations can.
type Rows struct {
	Ops   []RowOp
	Temps int // rows of room for what is between
}

// RowOp is one operation, on an accumulator acc that has a number a lane too.
type RowOp struct {
	Code  RowCode
	S     float64
	A, B  RowOf
	Fixed bool // no input that varies has a part in it
	Kind  Kind // of RowAct: B = the Order-th derivative of Kind at A, for N rows
	Order int
	N     int
}

// RowCode says what a RowOp does.
type RowCode = kernel.TapeCode

// RowAct is an elementary function; the other codes are kernel.Tape's.
const RowAct RowCode = 1 << 8

// RowOf names a row.
type RowOf struct {
	Where RowPlace
	K     int // which input or output
	Row   int
}

// RowPlace is what a row is part of.
type RowPlace uint8

// The places of rows. A RowNumber is a number of an input that all lanes
// share; only kernel.TapeSpread takes it.
const (
	RowTemp RowPlace = iota
	RowInput
	RowNumber
	RowOutput
)

// Rows returns p as operations on rows, for one lane or for many, or false if
// it has operations that are none. The inputs named in vary are those that
// change from one evaluation to the next: what does not depend on them is
// marked as fixed. The results have the same bits as an Exec's with many
// lanes, but for the signs of zeros.
func (p *Program) Rows(one bool, vary ...string) (*Rows, bool) {
	w := newRowWriter(p, one, vary)
	if !w.collect() {
		return nil, false
	}
	for k, o := range p.Outputs {
		for r := range p.Nodes[o.Node].Size() {
			w.output(k, o.Node, r)
		}
	}
	return &Rows{Ops: w.shorten(), Temps: w.temps}, true
}
