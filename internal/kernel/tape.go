package kernel

import "unsafe"

// Tape is a list of operations on single rows, each a number a lane, that is gone through for a few registers of
// lanes at a time: the whole of a small calculation in one call, when calls of a kernel a row would cost more than
// what they compute.
//
// Operations work on an accumulator acc, which has a number a lane too. Rows lie in vectors that are bound to numbered
// bases: row r of base b is b[r*lanes : (r+1)*lanes]. A row is read or written lane by lane in the order of the
// operations, so bases may overlap as far as that order makes sense.
//
// At the levels avx2 and avx512 a product that is added is not rounded by itself; at generic it is.
type Tape struct {
	lanes int
	ops   []tapeOp
	bases [][]float64
	need  []int // numbers used of each base
	calls []tapeCall
	head  int // where the last operation begins
	joint int // operations before the last call
}

// TapeCode is what an operation does.
type TapeCode uint64

// The operations. a and b are rows, s a number.
const (
	TapeLoad   TapeCode = iota // acc = a
	TapeMul                    // acc = a b
	TapeScale                  // acc = s a
	TapeFill                   // acc = s
	TapeSpread                 // acc = a, one number for all lanes
	TapeSub                    // acc = a - b
	TapeAXPY                   // acc += s a
	TapeMulAdd                 // acc += a b
	TapeAdd                    // acc += a
	TapeTimes                  // acc *= a
	TapeMin                    // acc = min(acc, a)
	TapeStore                  // a = acc
	tapeSum                    // acc = b + a Σ of the s a of the operations behind it, which are terms
)

// tapeOp is an operation as the assembly reads it.
type tapeOp struct {
	code  TapeCode
	s     float64
	a, b  TapeRow
	to    TapeRow // acc is stored there afterwards
	store uint32  // 1: it is stored
	terms uint32  // of a tapeSum
}

// TapeRow is a row of a Tape.
type TapeRow struct {
	base, off uint32 // both in bytes, base in the table of slices
}

// tapeCall is an elementary function between operations.
type tapeCall struct {
	before   int // operations before it
	dst, src TapeRow
	n        int
	kind     Kind
	order    int
}

// NewTape makes an empty Tape for that many lanes and bases.
func NewTape(lanes, bases int) *Tape {
	checkLanes(lanes)
	return &Tape{lanes: lanes, bases: make([][]float64, bases), need: make([]int, bases)}
}

// Row is row i of a base.
func (t *Tape) Row(base, i int) TapeRow { return t.place(base, i*t.lanes, t.lanes) }

// Number is the i-th number of a base; only TapeSpread takes it.
func (t *Tape) Number(base, i int) TapeRow { return t.place(base, i, 1) }

const sliceSize = uint32(unsafe.Sizeof([]float64{}))

func (t *Tape) place(base, i, n int) TapeRow {
	t.need[base] = max(t.need[base], i+n)
	return TapeRow{uint32(base) * sliceSize, uint32(i) * 8}
}

// Do appends an operation. What the one before can do as well it does instead: a store, and a - b.
func (t *Tape) Do(code TapeCode, s float64, a, b TapeRow) {
	if n := len(t.ops); n > t.joint {
		switch last := &t.ops[t.head]; {
		case last.store == 1:
		case code == TapeStore:
			last.to, last.store = a, 1
			return
		case code == TapeAXPY && s == -1 && last.code == TapeLoad:
			last.code, last.b = TapeSub, a
			return
		}
	}
	t.ops = append(t.ops, tapeOp{code: code, s: s, a: a, b: b})
	t.head = len(t.ops) - 1
}

// Sum appends acc = x + h Σ coef rows, in order, without the terms whose coefficients are zero; acc = x if none is left.
func (t *Tape) Sum(coef []float64, rows []TapeRow, h, x TapeRow) {
	head := tapeOp{code: tapeSum, a: h, b: x}
	var terms []tapeOp
	for i, c := range coef {
		if c != 0 {
			terms = append(terms, tapeOp{s: c, a: rows[i]})
		}
	}
	if len(terms) == 0 {
		t.Do(TapeLoad, 0, x, TapeRow{})
		return
	}
	head.terms = uint32(len(terms))
	t.head = len(t.ops)
	t.ops = append(append(t.ops, head), terms...)
}

// Act appends an elementary function of rows rows from src on, as Act computes it.
func (t *Tape) Act(dst, src TapeRow, rows int, k Kind, order int) {
	n := rows * t.lanes
	for _, r := range []TapeRow{dst, src} {
		t.place(int(r.base/sliceSize), int(r.off/8), n)
	}
	t.calls = append(t.calls, tapeCall{len(t.ops), dst, src, n, k, order})
	t.joint = len(t.ops)
}

// Len is the number of operations.
func (t *Tape) Len() int { return len(t.ops) + len(t.calls) }

// Bind makes v the vector of a base until it is bound again. It panics if v is shorter than what is used of it.
func (t *Tape) Bind(base int, v []float64) {
	if len(v) < t.need[base] {
		panic("kernel: a vector bound to a tape is too short")
	}
	t.bases[base] = v
}

// Run goes through all operations. Every base that is used must be bound.
func (t *Tape) Run() {
	begin := 0
	for i := range t.calls {
		c := &t.calls[i]
		t.run(t.ops[begin:c.before])
		Act(t.at(c.dst, c.n), t.at(c.src, c.n), c.kind, c.order)
		begin = c.before
	}
	t.run(t.ops[begin:])
}

func (t *Tape) at(r TapeRow, n int) []float64 {
	v := t.bases[r.base/sliceSize]
	return v[r.off/8 : int(r.off/8)+n]
}

func (t *Tape) run(ops []tapeOp) {
	if len(ops) > 0 && !fastTape(ops, t.bases, t.lanes) {
		tapeGo(ops, t.bases, t.lanes)
	}
}
