package kernel

// runOne goes through the operations for one lane, without slices of one number.
func (t *tapeState) runOne(ops []tapeOp, bases [][]float64) {
	acc, held := 0.0, &t.one
	for i := range ops {
		op := &ops[i]
		code := TapeCode(op.code >> 4)
		if code >= tapeEnd {
			held.span(op, code, bases)
			continue
		}
		var a, b float64
		if w := op.code >> 2 & 3; w > 0 {
			a = held[w-1]
		} else if code != TapeFill {
			a = bases[op.a.base][op.a.off]
		}
		switch code {
		case TapeLoad, TapeSpread:
			acc = a
		case TapeScale:
			acc = op.s * a
		case TapeFill:
			acc = op.s
		case TapeAXPY:
			acc += op.s * a
		case TapeAdd:
			acc += a
		case TapeTimes:
			acc *= a
		case TapeMin:
			acc = min(acc, a)
		case TapeStore:
			bases[op.a.base][op.a.off] = acc
		case tapeMinus:
			acc -= a
		default:
			if w := op.code & 3; w > 0 {
				b = held[w-1]
			} else {
				b = bases[op.b.base][op.b.off]
			}
			switch code {
			case TapeMul:
				acc = a * b
			case TapeSub:
				acc = a - b
			case TapeMulAdd:
				acc += a * b
			}
		}
	}
}

// oneHeld are the rows held of one lane.
type oneHeld [mostHeld]float64

func (h *oneHeld) span(op *tapeOp, code TapeCode, bases [][]float64) {
	if code == tapeEnd {
		return
	}
	code, n := code.span()
	r := op.a
	if code == tapeClose {
		r = op.b
	}
	v := bases[r.base][r.off : r.off+n]
	switch code {
	case tapeKeep:
		copy(v, h[:])
	case tapeTake:
		copy(h[:], v)
	case tapeClose:
		s := bases[op.a.base][op.a.off]
		for i, x := range v {
			h[i] = s*h[i] + x
		}
	case tapeTerm:
		for i, x := range v {
			h[i] += op.s * x
		}
	case tapeFirst:
		for i, x := range v {
			h[i] = 0
			h[i] += op.s * x
		}
	}
}
