package kernel

// mostHeld is how many rows of a Sum stay in registers.
const mostHeld = 3

// tapeHeld are the rows whose values are in registers.
type tapeHeld struct {
	row  [mostHeld]TapeRow
	full [mostHeld]bool
}

// find returns where a row is: 0 for memory.
func (h *tapeHeld) find(r TapeRow) uint64 {
	for i := range h.row {
		if h.full[i] && h.row[i] == r {
			return uint64(i) + 1
		}
	}
	return 0
}

// scratch is the register that operations use for themselves.
func (h *tapeHeld) scratch() { h.full[mostHeld-1] = false }

func (t *Tape) last() *tapePart { return &t.parts[len(t.parts)-1] }

func (t *Tape) push(code TapeCode, s float64, a, b TapeRow, where uint64) {
	p := t.last()
	p.ops = append(p.ops, tapeOp{uint64(code)<<4 | where, s, a, b})
}

// Do appends an operation.
func (t *Tape) Do(code TapeCode, s float64, a, b TapeRow) {
	if code == TapeAXPY && s == -1 {
		code = t.minus()
		if code == TapeSub {
			last := &t.last().ops[len(t.last().ops)-1]
			last.code, last.b = uint64(TapeSub)<<4|last.code&12|t.held.find(a), a
			return
		}
	}
	where := uint64(0)
	switch code {
	case TapeFill, TapeSpread:
	case TapeStore:
		if i := t.held.find(a); i > 0 {
			t.held.full[i-1] = false
		}
	case TapeMul, TapeMulAdd:
		i, j := t.held.find(a), t.held.find(b)
		if i > j {
			a, b, i, j = b, a, j, i
		}
		where = i<<2 | j
		if code == TapeMulAdd && j == 0 {
			t.held.scratch()
		}
	case TapeSub:
		where = t.held.find(a)<<2 | t.held.find(b)
	case TapeAXPY:
		t.held.scratch()
		fallthrough
	default:
		where = t.held.find(a) << 2
	}
	t.push(code, s, a, b, where)
}

// minus says how acc -= a is done: together with a load before it, if there is one.
func (t *Tape) minus() TapeCode {
	ops := t.last().ops
	if n := len(ops); n > 0 && TapeCode(ops[n-1].code>>4) == TapeLoad {
		return TapeSub
	}
	return tapeMinus
}

// Sum appends to = x + h Σ coef k for n rows from each of k, x and to on, with the terms in order and without those
// whose coefficients are zero; to = x if none is left. There may be more than one to. acc is undefined afterwards.
func (t *Tape) Sum(n int, coef []float64, k []TapeRow, h, x TapeRow, to ...TapeRow) {
	m := (n-1)%mostHeld + 1 // the last ones are held, as many as can be
	for i := 0; i < n; i, m = i+m, mostHeld {
		code, size := tapeFirst, TapeCode(m-1)
		for s, c := range coef {
			if c != 0 {
				t.span(code, c, k[s], i, m)
				code = tapeTerm
			}
		}
		if code == tapeTerm {
			t.after(x, i+m-1)
			t.push(tapeClose+size, 0, h, t.after(x, i), 0)
		} else {
			t.span(tapeTake, 0, x, i, m)
		}
		for _, r := range to {
			t.span(tapeKeep, 0, r, i, m)
		}
		for j := range t.held.row {
			t.held.full[j] = j < m && len(to) > 0
			if t.held.full[j] {
				t.held.row[j] = t.after(to[0], i+j)
			}
		}
	}
}

// span appends what is done to m rows from the i-th behind r on.
func (t *Tape) span(code TapeCode, s float64, r TapeRow, i, m int) {
	t.after(r, i+m-1)
	t.push(code+TapeCode(m-1), s, t.after(r, i), TapeRow{}, 0)
}

// Act appends an elementary function of rows rows from src on, as Act computes it.
func (t *Tape) Act(dst, src TapeRow, rows int, k Kind, order int) {
	for _, r := range []TapeRow{dst, src} {
		t.after(r, rows-1)
	}
	t.last().act = tapeAct{dst, src, rows * t.lanes, k, order}
	t.parts = append(t.parts, tapePart{})
	t.held = tapeHeld{}
}

// Finish ends the list. Of the bases named in passing nobody reads anything after Run, so what is written there and
// not read on the tape is left out.
func (t *Tape) Finish(passing ...int) {
	read := t.read()
	for i := range t.parts {
		p := &t.parts[i]
		kept := p.ops[:0]
		for _, op := range p.ops {
			if !t.idle(op, passing, read) {
				kept = append(kept, op)
			}
		}
		p.ops = append(kept, tapeOp{code: uint64(tapeEnd) << 4})
	}
	t.assemble()
}

// idle says that an operation writes what nobody reads.
func (t *Tape) idle(op tapeOp, passing []int, read map[TapeRow]bool) bool {
	code := TapeCode(op.code >> 4)
	if code < tapeKeep {
		return false
	}
	for _, b := range passing {
		if op.a.base == b {
			for i := range int(code-tapeKeep) + 1 {
				if read[t.after(op.a, i)] {
					return false
				}
			}
			return true
		}
	}
	return false
}

// read are all rows that the tape reads from memory.
func (t *Tape) read() map[TapeRow]bool {
	read := map[TapeRow]bool{}
	note := func(r TapeRow, n int) {
		for i := range n {
			read[t.after(r, i)] = true
		}
	}
	for _, p := range t.parts {
		for _, op := range p.ops {
			a, b := op.rows()
			if code := TapeCode(op.code >> 4); code != TapeStore && code != TapeSpread && code < tapeKeep {
				note(op.a, a)
				note(op.b, b)
			}
		}
		if p.act.n > 0 {
			note(p.act.src, p.act.n/t.lanes)
		}
	}
	return read
}

// rows are how many rows in memory an operation reads or writes from a and from b on.
func (op tapeOp) rows() (a, b int) {
	switch code := TapeCode(op.code >> 4); {
	case code == TapeFill || code == tapeEnd:
		return 0, 0
	case code >= tapeFirst:
		a = int(code-tapeFirst)%mostHeld + 1
		if code >= tapeClose && code < tapeTake {
			return 1, a
		}
		return a, 0
	case code == TapeMul || code == TapeMulAdd || code == TapeSub:
		b = one(op.code&3 == 0)
	}
	return one(op.code>>2&3 == 0), b
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
