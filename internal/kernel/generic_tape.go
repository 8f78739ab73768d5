package kernel

// tapeLanes is how many lanes go through a tape together.
const tapeLanes = 64

// tapeState is what is in the registers of a few lanes.
type tapeState struct {
	acc   []float64
	held  [mostHeld][]float64
	bases [][]float64
	lanes int
	first int // the first of the lanes
	n     int // how many they are
	one   oneHeld
}

func newTapeState(lanes int) (t tapeState) {
	n := min(tapeLanes, lanes)
	t.acc, t.lanes = make([]float64, n), lanes
	for i := range t.held {
		t.held[i] = make([]float64, n)
	}
	return t
}

// run goes through the operations for all lanes.
func (t *tapeState) run(ops []tapeOp, bases [][]float64) {
	if t.lanes == 1 {
		t.runOne(ops, bases)
		return
	}
	t.bases = bases
	for t.first = 0; t.first < t.lanes; t.first += tapeLanes {
		t.n = min(tapeLanes, t.lanes-t.first)
		for i := range ops {
			switch op := &ops[i]; {
			case TapeCode(op.code>>4) < tapeEnd:
				t.do(op)
			case TapeCode(op.code>>4) > tapeEnd:
				t.span(op)
			}
		}
	}
}

// row is the i-th row behind r.
func (t *tapeState) row(r TapeRow, i int) []float64 {
	o := r.off + i*t.lanes + t.first
	return t.bases[r.base][o : o+t.n]
}

// a and b are operands, in memory or held.
func (t *tapeState) a(op *tapeOp) []float64 { return t.from(op.code>>2&3, op.a) }
func (t *tapeState) b(op *tapeOp) []float64 { return t.from(op.code&3, op.b) }

func (t *tapeState) from(where uint64, r TapeRow) []float64 {
	if where > 0 {
		return t.held[where-1][:t.n]
	}
	return t.row(r, 0)
}

func (t *tapeState) do(op *tapeOp) {
	acc := t.acc[:t.n]
	switch TapeCode(op.code >> 4) {
	case TapeLoad:
		copy(acc, t.a(op))
	case TapeMul:
		mulGo(acc, t.a(op), t.b(op))
	case TapeScale:
		scaleGo(acc, op.s, t.a(op))
	case TapeFill:
		fillGo(acc, op.s)
	case TapeSpread:
		fillGo(acc, t.bases[op.a.base][op.a.off])
	case TapeSub:
		b := t.b(op)
		for j, v := range t.a(op) {
			acc[j] = v - b[j]
		}
	case TapeAXPY:
		axpyGo(acc, op.s, t.a(op))
	case TapeMulAdd:
		mulAddToGo(acc, t.a(op), t.b(op))
	case TapeAdd:
		addGo(acc, acc, t.a(op))
	case TapeTimes:
		mulGo(acc, acc, t.a(op))
	case TapeMin:
		for j, v := range t.a(op) {
			acc[j] = min(acc[j], v)
		}
	case TapeStore:
		copy(t.a(op), acc)
	case tapeMinus:
		for j, v := range t.a(op) {
			acc[j] -= v
		}
	}
}

// span is what is done to the rows held, without how many they are, and that number.
func (c TapeCode) span() (code TapeCode, n int) {
	more := (c - tapeFirst) % mostHeld
	return c - more, int(more) + 1
}

// span does what is done to the rows held.
func (t *tapeState) span(op *tapeOp) {
	code, n := TapeCode(op.code >> 4).span()
	rows := op.a
	if code == tapeClose {
		rows = op.b
	}
	for i, h := range t.held[:n] {
		h, v := h[:t.n], t.row(rows, i)
		switch code {
		case tapeFirst:
			clear(h)
			axpyGo(h, op.s, v)
		case tapeTerm:
			axpyGo(h, op.s, v)
		case tapeClose:
			mulAddGo(h, t.row(op.a, 0), h, v)
		case tapeTake:
			copy(h, v)
		case tapeKeep:
			copy(v, h)
		}
	}
}
