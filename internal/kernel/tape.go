package kernel

import "unsafe"

// Tape is a list of operations on single rows, each a number a lane, that is gone through for a few registers of
// lanes at a time: the whole of a small calculation in one call, when calls of a kernel a row would cost more than
// what they compute.
//
// Operations work on an accumulator acc, which has a number a lane too. Rows lie in vectors that are bound to numbered
// bases: row r of base b is b[r*lanes : (r+1)*lanes]. A row is read or written lane by lane in the order of the
// operations. What a Sum has computed stays in registers beside acc, where operations that name the row it went to
// find it; so no row that a Sum writes may be written through another base as well.
//
// At the levels avx2 and avx512 a product that is added is not rounded by itself; at generic it is.
type Tape struct {
	lanes int
	parts []tapePart
	bases [][]float64
	need  []int // numbers used of each base
	held  tapeHeld
	code  assembled
	state tapeState // at level generic
}

// TapeCode is what an operation does.
type TapeCode uint64

// The operations. a and b are rows, s a number.
const (
	TapeLoad   TapeCode        = iota // acc = a
	TapeMul                           // acc = a b
	TapeScale                         // acc = s a
	TapeFill                          // acc = s
	TapeSpread                        // acc = a, one number for all lanes
	TapeSub                           // acc = a - b
	TapeAXPY                          // acc += s a
	TapeMulAdd                        // acc += a b
	TapeAdd                           // acc += a
	TapeTimes                         // acc *= a
	TapeMin                           // acc = min(acc, a)
	TapeStore                         // a = acc
	tapeMinus                         // acc -= a
	tapeEnd                           // of the list
	tapeFirst                         // held = s (a and the rows behind it), of one row, then of two and three
	tapeTerm   = tapeFirst + 3        // held += s (a …)
	tapeClose  = tapeTerm + 3         // held = a held + (b …)
	tapeTake   = tapeClose + 3        // held = a …
	tapeKeep   = tapeTake + 3         // a … = held
)

// tapeOp is an operation as it is written.
type tapeOp struct {
	code uint64 // TapeCode, then two bits each for a and b: 0 is memory, else which of the rows held
	s    float64
	a, b TapeRow
}

// TapeRow is a row of a Tape.
type TapeRow struct {
	base, off int // off in numbers
}

// tapePart is operations and an elementary function behind them.
type tapePart struct {
	ops []tapeOp
	act tapeAct // n = 0: none
}

type tapeAct struct {
	dst, src TapeRow
	n        int
	kind     Kind
	order    int
}

// NewTape makes an empty Tape for that many lanes and bases.
func NewTape(lanes, bases int) *Tape {
	checkLanes(lanes)
	return &Tape{lanes: lanes, parts: make([]tapePart, 1), bases: make([][]float64, bases), need: make([]int, bases),
		state: newTapeState(lanes)}
}

// Row is row i of a base.
func (t *Tape) Row(base, i int) TapeRow { return t.place(base, i*t.lanes, t.lanes) }

// Number is the i-th number of a base; only TapeSpread takes it.
func (t *Tape) Number(base, i int) TapeRow { return t.place(base, i, 1) }

func (t *Tape) place(base, i, n int) TapeRow {
	t.need[base] = max(t.need[base], i+n)
	return TapeRow{base, i}
}

// after is the i-th row behind r.
func (t *Tape) after(r TapeRow, i int) TapeRow {
	return t.place(r.base, r.off+i*t.lanes, t.lanes)
}

// Bind makes v the vector of a base until it is bound again. It panics if v is shorter than what is used of it.
func (t *Tape) Bind(base int, v []float64) {
	if b := t.bases[base]; len(v) == 0 || len(b) != len(v) || unsafe.SliceData(b) != unsafe.SliceData(v) {
		t.bind(base, v)
	}
}

func (t *Tape) bind(base int, v []float64) {
	if len(v) < t.need[base] {
		panic("kernel: a vector bound to a tape is too short")
	}
	t.bases[base] = v
	t.moved(base)
}

// Run goes through all operations. Finish must have been called and every base that is used be bound.
func (t *Tape) Run() {
	for i := range t.parts {
		p := &t.parts[i]
		if !t.fast(i) {
			t.state.run(p.ops, t.bases)
		}
		if a := &p.act; a.n > 0 {
			Act(t.at(a.dst, a.n), t.at(a.src, a.n), a.kind, a.order)
		}
	}
}

func (t *Tape) at(r TapeRow, n int) []float64 {
	return t.bases[r.base][r.off : r.off+n]
}
