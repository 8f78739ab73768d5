//go:build !purego

package kernel

import "unsafe"

// assembled is a tape as lists of pieces of code and addresses.
type assembled struct {
	level level
	parts [][]tapeList
	bound []*float64     // the bases that the addresses are of
	uses  [][]tapeTarget // operands in each base
}

// tapeList goes through a part of a tape for some of the lanes.
type tapeList struct {
	steps    []tapeStep
	from, to int
}

// tapeStep is an operation as the assembly reads it.
type tapeStep struct {
	piece uintptr
	s     float64
	a, b  uintptr
}

// tapeTarget is an operand, off bytes behind the beginning of a base.
type tapeTarget struct {
	at  *uintptr
	off uintptr
}

// tapeWidth is a number of lanes for which there are pieces of code.
type tapeWidth struct {
	lanes  int
	pieces *tapePieces
}

// tapePieces are addresses of code, by the code of an operation.
type tapePieces = [int(tapeKeep+mostHeld) << 4]uintptr

func tapeWidths(lanes int) []tapeWidth {
	switch {
	case lanes == 1:
		return []tapeWidth{{1, tapeOneAVX2()}}
	case active == avx512:
		return []tapeWidth{{64, tapeManyAVX512()}, {8, tapeFewAVX512()}}
	}
	return []tapeWidth{{16, tapeManyAVX2()}, {8, tapeFewAVX2()}}
}

// assemble makes the lists for the level in use.
func (t *Tape) assemble() {
	t.code = assembled{level: active, bound: make([]*float64, len(t.bases)), uses: make([][]tapeTarget, len(t.bases))}
	if active == generic {
		return
	}
	for i := range t.parts {
		from, lists := 0, []tapeList(nil)
		for _, w := range tapeWidths(t.lanes) {
			if to := t.lanes / w.lanes * w.lanes; to > from {
				lists = append(lists, tapeList{t.steps(t.parts[i].ops, w.pieces), from, to})
				from = to
			}
		}
		t.code.parts = append(t.code.parts, lists)
	}
	for base := range t.bases {
		t.moved(base)
	}
}

func (t *Tape) steps(ops []tapeOp, pieces *tapePieces) []tapeStep {
	steps := make([]tapeStep, len(ops))
	for i, op := range ops {
		step := &steps[i]
		step.piece, step.s = pieces[op.code], op.s
		a, b := op.rows()
		t.use(&step.a, op.a, a)
		t.use(&step.b, op.b, b)
	}
	return steps
}

func (t *Tape) use(at *uintptr, r TapeRow, rows int) {
	if rows == 0 {
		return
	}
	t.code.uses[r.base] = append(t.code.uses[r.base], tapeTarget{at, 8 * uintptr(r.off)})
}

// moved writes the addresses in a base if it is another vector than before.
func (t *Tape) moved(base int) {
	p := unsafe.SliceData(t.bases[base])
	if base >= len(t.code.bound) || t.code.bound[base] == p {
		return
	}
	t.code.bound[base] = p
	for _, u := range t.code.uses[base] {
		*u.at = uintptr(unsafe.Pointer(p)) + u.off
	}
}

// fast goes through the operations of a part.
func (t *Tape) fast(part int) bool {
	if t.code.level != active {
		t.assemble()
	}
	if active == generic {
		return false
	}
	for _, list := range t.code.parts[part] {
		most := 8 * max(64, callWork/len(list.steps)&^63)
		for from := 8 * list.from; from < 8*list.to; from += most {
			tape((*byte)(unsafe.Pointer(&list.steps[0])), (*byte)(unsafe.Pointer(&t.bases[0])), from, min(from+most, 8*list.to), 8*t.lanes)
		}
	}
	return true
}
