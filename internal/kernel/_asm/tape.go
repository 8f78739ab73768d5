package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The layout of an operation on a tape and of a slice, and the numbers of the operations; see tape.go of the package.
const tapeOpSize, tapeOpS, tapeOpA, tapeOpB, tapeOpTo, tapeOpStore, tapeOpTerms = 48, 8, 16, 24, 32, 40, 44

var tapeNames = []string{"Load", "Mul", "Scale", "Fill", "Spread", "Sub", "AXPY", "MulAdd", "Add", "Times", "Min", "Store", "Sum"}

// tape emits the loop over the operations of a tape, for eight, four and one registers of lanes at a time.
func (m *machine) tape() {
	m.text("tape", "goes through n operations of a tape for the lanes from … to, counted in bytes.",
		"func(ops *byte, n int, bases *byte, from, to int)")
	t := m.newTaped(m.vec)
	t.broadcast = func(from Mem, to reg.VecVirtual) { VBROADCASTSD(from, to) }
	t.move = func(from, to Op) { VMOVUPD(from, to) }
	t.mul, t.add, t.sub, t.min = op3(VMULPD), op3(VADDPD), op3(VSUBPD), op3(VMINPD)
	t.plus, t.into = op3(VFMADD231PD), op3(VFMADD213PD)
	for i, registers := range []int{8, 4, 1} {
		next := "end"
		if i < 2 {
			next = fmt.Sprintf("lanes%d", []int{4, 1}[i])
		}
		t.lanes(registers, 8*m.width, next)
	}
	Label("end")
	m.ret()
}

// tapeOne emits the loop for one lane.
func (m *machine) tapeOne() {
	m.text("tapeOne", "goes through n operations of a tape for one lane, at from bytes.",
		"func(ops *byte, n int, bases *byte, from, to int)")
	t := m.newTaped(func() reg.VecVirtual { return XMM() })
	t.broadcast = func(from Mem, to reg.VecVirtual) { VMOVSD(from, to) }
	t.move = func(from, to Op) { VMOVSD(from, to) }
	t.mul, t.add, t.sub, t.min = op3(VMULSD), op3(VADDSD), op3(VSUBSD), op3(VMINSD)
	t.plus, t.into = op3(VFMADD231SD), op3(VFMADD213SD)
	t.lanes(1, 8, "end")
	Label("end")
	m.ret()
}

func op3(f func(ops ...Op)) func(a, b, c Op) { return func(a, b, c Op) { f(a, b, c) } }

// taped is the state of a loop over operations.
type taped struct {
	m                              *machine
	vec                            func() reg.VecVirtual
	broadcast                      func(from Mem, to reg.VecVirtual)
	move                           func(from, to Op)
	mul, add, sub, min, plus, into func(a, b, c Op)

	ops, n, bases, at, to reg.GPVirtual
	acc                   group
	op, count             reg.GPVirtual // the operation under way and how many are left
	head                  reg.GPVirtual // the first of a sum, else the same
	stride                int           // bytes of a register
}

func (m *machine) newTaped(vec func() reg.VecVirtual) *taped {
	return &taped{m: m, vec: vec, ops: param("ops"), n: param("n"), bases: param("bases"), at: param("from"), to: param("to")}
}

// lanes goes through the operations for as many lanes at a time as fit.
func (t *taped) lanes(registers, stride int, next string) {
	name := func(s string) string { return fmt.Sprintf("%s%d", s, registers) }
	t.stride, t.acc = stride, nil
	for range registers {
		t.acc = append(t.acc, t.vec())
	}
	left, code := GP64(), GP64()
	t.op, t.head, t.count = GP64(), GP64(), GP64()
	Label(name("lanes"))
	MOVQ(t.to, left)
	SUBQ(t.at, left)
	CMPQ(left, U32(uint32(registers*stride)))
	JL(LabelRef(next))
	MOVQ(t.ops, t.op)
	MOVQ(t.n, t.count)
	for _, v := range t.acc {
		VXORPD(v, v, v)
	}
	Label(name("op"))
	MOVQ(at(t.op, 0), code)
	MOVQ(t.op, t.head)
	t.find(code, 0, len(tapeNames), name)
	for c, n := range tapeNames {
		Label(name(n))
		if n == "Sum" {
			t.sum(name("term"))
		} else {
			t.emit(c)
		}
		JMP(LabelRef(name("done")))
	}
	Label(name("done"))
	store := GP32()
	MOVL(at(t.head, tapeOpStore), store)
	TESTL(store, store)
	JZ(LabelRef(name("next")))
	to := t.row(t.head, tapeOpTo)
	for j, v := range t.acc {
		t.move(v, at(to, j*stride))
	}
	Label(name("next"))
	ADDQ(U32(tapeOpSize), t.op)
	DECQ(t.count)
	JNZ(LabelRef(name("op")))
	ADDQ(U32(uint32(registers*stride)), t.at)
	JMP(LabelRef(name("lanes")))
}

// find jumps to the operation, which is one of lo … hi−1. The middle of all is the commonest.
func (t *taped) find(code reg.GPVirtual, lo, hi int, name func(string) string) {
	if hi-lo == 1 {
		JMP(LabelRef(name(tapeNames[lo])))
		return
	}
	mid := (lo + hi) / 2
	left := fmt.Sprintf("below%d", mid)
	CMPQ(code, U8(uint8(mid)))
	JE(LabelRef(name(tapeNames[mid])))
	if mid > lo && mid+1 < hi {
		JL(LabelRef(name(left + "x")))
	}
	if mid+1 < hi {
		t.find(code, mid+1, hi, name)
	}
	if mid > lo {
		if mid+1 < hi {
			Label(name(left + "x"))
		}
		t.find(code, lo, mid, name)
	}
}

// row returns the address of the lanes of an operand.
func (t *taped) row(op reg.GPVirtual, field int) reg.GPVirtual {
	p, off := t.place(op, field)
	ADDQ(off, p)
	ADDQ(t.at, p)
	return p
}

// place returns the base of an operand and the offset of its row.
func (t *taped) place(op reg.GPVirtual, field int) (base, off reg.GPVirtual) {
	base, off = GP64(), GP64()
	MOVL(at(op, field), base.As32())
	MOVL(at(op, field+4), off.As32())
	MOVQ(indexed(t.bases, base, 1, 0), base)
	return base, off
}

func (t *taped) factor() reg.VecVirtual {
	s := t.vec()
	t.broadcast(at(t.op, tapeOpS), s)
	return s
}

// sum is what a sum does: a loop over its terms, which are operations of their own kind.
func (t *taped) sum(label string) {
	terms := GP64()
	MOVL(at(t.head, tapeOpTerms), terms.As32())
	SUBQ(terms, t.count)
	for _, v := range t.acc {
		VXORPD(v, v, v)
	}
	Label(label)
	ADDQ(U32(tapeOpSize), t.op)
	a, s := t.row(t.op, tapeOpA), t.factor()
	for j, v := range t.acc {
		t.plus(at(a, j*t.stride), s, v)
	}
	DECQ(terms)
	JNZ(LabelRef(label))
	h, x := t.row(t.head, tapeOpA), t.row(t.head, tapeOpB)
	for j, v := range t.acc {
		f := t.vec()
		t.move(at(h, j*t.stride), f)
		t.into(at(x, j*t.stride), f, v)
	}
}

// emit is what one operation does.
func (t *taped) emit(code int) {
	var a, b reg.GPVirtual
	switch tapeNames[code] {
	case "Fill", "Spread":
	case "Mul", "MulAdd", "Sub":
		a, b = t.row(t.op, tapeOpA), t.row(t.op, tapeOpB)
	default:
		a = t.row(t.op, tapeOpA)
	}
	var s reg.VecVirtual
	switch tapeNames[code] {
	case "Scale", "Fill", "AXPY":
		s = t.factor()
	case "Spread":
		base, off := t.place(t.op, tapeOpA)
		s = t.vec()
		t.broadcast(indexed(base, off, 1, 0), s)
	}
	for j, acc := range t.acc {
		from := func(p reg.GPVirtual) Mem { return at(p, j*t.stride) }
		loaded := func(p reg.GPVirtual) reg.VecVirtual {
			v := t.vec()
			t.move(from(p), v)
			return v
		}
		switch tapeNames[code] {
		case "Load":
			t.move(from(a), acc)
		case "Store":
			t.move(acc, from(a))
		case "Fill", "Spread":
			VMOVAPD(s, acc)
		case "Mul":
			t.mul(from(b), loaded(a), acc)
		case "Scale":
			t.mul(from(a), s, acc)
		case "Sub":
			t.sub(from(b), loaded(a), acc)
		case "AXPY":
			t.plus(from(a), s, acc)
		case "MulAdd":
			t.plus(from(b), loaded(a), acc)
		case "Add":
			t.add(from(a), acc, acc)
		case "Times":
			t.mul(from(a), acc, acc)
		case "Min":
			t.min(from(a), acc, acc)
		}
	}
}
