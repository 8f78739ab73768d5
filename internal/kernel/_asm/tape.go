package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The layout of an assembled operation and the numbers of the operations; see tape.go and tape_amd64.go of the package.
const tapeOpSize, tapeOpS, tapeOpA, tapeOpB = 32, 8, 16, 24

const (
	tapeLoad = iota
	tapeMul
	tapeScale
	tapeFill
	tapeSpread
	tapeSub
	tapeAXPY
	tapeMulAdd
	tapeAdd
	tapeTimes
	tapeMin
	tapeStore
	tapeMinus
	tapeEnd
	tapeFirst
	tapeTerm  = tapeFirst + 3
	tapeClose = tapeTerm + 3
	tapeTake  = tapeClose + 3
	tapeKeep  = tapeTake + 3
)

// mostHeld is how many rows are in registers beside the accumulator.
const mostHeld = 3

// What a piece of code finds in the registers: the operation, how far the lanes are from the first in bytes, the first
// operation, the end of the lanes, the bytes of a row.
var tapeOp, tapeAt, tapeOps, tapeTo, tapeStride = reg.RSI, reg.RBX, reg.RCX, reg.R8, reg.R9

// taped emits the pieces of code for a number of registers of lanes, one for every operation and place of its
// operands. Each ends with a jump to that of the next operation.
type taped struct {
	suffix                         string
	registers, stride              int
	vec                            []reg.VecPhysical
	one                            bool
	broadcast                      func(from Mem, to reg.Register)
	move                           func(from, to Op)
	mul, add, sub, min, plus, into func(a, b, c Op)
	used                           map[int]string
}

// tape emits what goes through a tape for many lanes, and for one.
func (m *machine) tape() {
	registers, vec := []int{4, 2}, []reg.VecPhysical{reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
		reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15}
	if m.wide {
		registers, vec = []int{8, 1}, []reg.VecPhysical{reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
			reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15, reg.Z16, reg.Z17, reg.Z18, reg.Z19,
			reg.Z20, reg.Z21, reg.Z22, reg.Z23, reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31}
	}
	for i, name := range []string{"Many", "Few"} {
		t := &taped{suffix: name + m.suffix, registers: registers[i], stride: 8 * m.width, vec: vec,
			broadcast: func(from Mem, to reg.Register) { VBROADCASTSD(from, to) },
			move:      func(from, to Op) { VMOVUPD(from, to) },
			mul:       op3(VMULPD), add: op3(VADDPD), sub: op3(VSUBPD), min: op3(VMINPD),
			plus: op3(VFMADD231PD), into: op3(VFMADD213PD)}
		t.pieces(m)
	}
	if m.wide {
		return
	}
	one := &taped{suffix: "One" + m.suffix, registers: 1, stride: 8, one: true,
		vec:       []reg.VecPhysical{reg.X0, reg.X1, reg.X2, reg.X3},
		broadcast: func(from Mem, to reg.Register) { VMOVSD(from, to) },
		move: func(from, to Op) {
			if IsXMM(from) && IsXMM(to) {
				VMOVAPD(from, to)
			} else {
				VMOVSD(from, to)
			}
		},
		mul: op3(VMULSD), add: op3(VADDSD), sub: op3(VSUBSD), min: op3(VMINSD), plus: op3(VFMADD231SD), into: op3(VFMADD213SD)}
	one.pieces(m)
	m.enter()
}

func op3(f func(ops ...Op)) func(a, b, c Op) { return func(a, b, c Op) { f(a, b, c) } }

// enter emits the way into the pieces.
func (m *machine) enter() {
	TEXT("tape", attr.NOSPLIT, "func(ops *byte, bases *byte, from, to, row int)")
	Doc("tape goes through assembled operations for the lanes from … to; these and the rows in bytes. bases escapes,",
		"so that the operations may hold addresses.")
	Load(Param("ops"), tapeOps)
	Load(Param("from"), tapeAt)
	Load(Param("to"), tapeTo)
	Load(Param("row"), tapeStride)
	MOVQ(tapeOps, tapeOp)
	jump()
}

// jump goes to the piece of code of the operation.
func jump() {
	to := at(tapeOp, 0)
	Instruction(&ir.Instruction{Opcode: "JMP", Operands: []Op{to}, Inputs: []Op{to}, IsTerminal: true})
}

// piece emits one piece of code: operation code with operands a and b, where 0 is memory and else says which row held.
func (t *taped) piece(code, a, b int, emit func()) {
	name := fmt.Sprintf("%s%sOf%dAt%d%d", tapePiece, t.suffix, code, a, b)
	TEXT(name, attr.NOSPLIT, "func()")
	emit()
	if code != tapeEnd {
		ADDQ(Imm(tapeOpSize), tapeOp)
		jump()
	}
	t.used[code<<4|a<<2|b] = name
}

// pieces emits all pieces and the table of their addresses.
func (t *taped) pieces(m *machine) {
	t.used = map[int]string{}
	for a := range mostHeld + 1 {
		for _, code := range []int{tapeLoad, tapeScale, tapeAdd, tapeTimes, tapeMin, tapeMinus} {
			t.piece(code, a, 0, func() { t.single(code, t.operand(tapeOpA, a)) })
		}
		if a < mostHeld {
			t.piece(tapeAXPY, a, 0, func() { t.single(tapeAXPY, t.operand(tapeOpA, a)) })
		}
		for b := range mostHeld + 1 {
			for _, code := range []int{tapeMul, tapeMulAdd, tapeSub} {
				if a <= b || code == tapeSub {
					t.piece(code, a, b, func() { t.double(code, t.operand(tapeOpA, a), t.operand(tapeOpB, b)) })
				}
			}
		}
	}
	t.piece(tapeFill, 0, 0, func() { t.spread(at(tapeOp, tapeOpS)) })
	t.piece(tapeSpread, 0, 0, func() { t.spread(t.place(tapeOpA)) })
	t.piece(tapeStore, 0, 0, func() {
		a := t.operand(tapeOpA, 0)
		for j := range t.registers {
			t.move(t.acc(j), a(j))
		}
	})
	for m := range mostHeld {
		for _, code := range []int{tapeFirst, tapeTerm, tapeClose, tapeTake, tapeKeep} {
			t.piece(code+m, 0, 0, func() { t.span(code, m+1) })
		}
	}
	t.piece(tapeEnd, 0, 0, func() { t.end(m) })
	t.addresses(m)
}

// end goes on with the next lanes as long as there are some.
func (t *taped) end(m *machine) {
	if !t.one {
		ADDQ(U32(uint32(t.registers*t.stride)), tapeAt)
		CMPQ(tapeAt, tapeTo)
		JGE(LabelRef("out"))
		MOVQ(tapeOps, tapeOp)
		jump()
		Label("out")
	}
	m.ret()
}

// address is that of a piece of code, as a constant.
type address struct {
	U64
	name string
}

// Asm is how the assembler reads it.
func (a address) Asm() string { return "$" + a.name + "<>(SB)" }

// addresses emits the table of pieces by the codes of operations, and what returns it.
func (t *taped) addresses(m *machine) {
	table := GLOBL("tape"+t.suffix+"Table", attr.NOPTR)
	for code := range (tapeKeep + mostHeld) << 4 {
		if name, ok := t.used[code]; ok {
			DATA(8*code, address{name: name})
		}
	}
	TEXT("tape"+t.suffix, attr.NOSPLIT, fmt.Sprintf("func() *[%d]uintptr", (tapeKeep+mostHeld)<<4))
	Doc("tape" + t.suffix + " returns the addresses of the pieces of code by operation.")
	p := GP64()
	LEAQ(table, p)
	Store(p, ReturnIndex(0))
	m.ret()
}

// held is register j of a row held, acc of the accumulator.
func (t *taped) held(row, j int) reg.VecPhysical { return t.vec[row*t.registers+j] }
func (t *taped) acc(j int) reg.VecPhysical       { return t.vec[mostHeld*t.registers+j] }

// place loads the address of an operand.
func (t *taped) place(field int) Mem {
	p := reg.R10
	if field == tapeOpB {
		p = reg.R11
	}
	MOVQ(at(tapeOp, field), p)
	return at(p, 0)
}

// operand returns the registers of an operand, in memory or held.
func (t *taped) operand(field, where int) func(j int) Op {
	if where > 0 {
		return func(j int) Op { return t.held(where-1, j) }
	}
	p := t.place(field)
	if !t.one {
		p.Index, p.Scale = tapeAt, 1
	}
	return func(j int) Op { return p.Offset(j * t.stride) }
}

// rows returns the registers of several rows in memory, one after the other.
func (t *taped) rows(field, n int) func(i, j int) Op {
	p := t.place(field)
	if !t.one {
		ADDQ(tapeAt, p.Base)
	}
	return func(i, j int) Op {
		q := p.Offset(j * t.stride)
		if i > 0 {
			q.Index, q.Scale = tapeStride, uint8(i)
		}
		return q
	}
}

// spread puts one number into the accumulator.
func (t *taped) spread(from Mem) {
	t.broadcast(from, t.acc(0))
	for j := 1; j < t.registers; j++ {
		VMOVAPD(t.acc(0), t.acc(j))
	}
}

// single is an operation with one operand.
func (t *taped) single(code int, a func(j int) Op) {
	s := t.acc(t.registers - 1)
	switch code {
	case tapeAXPY:
		s = t.held(mostHeld-1, 0)
		fallthrough
	case tapeScale:
		t.broadcast(at(tapeOp, tapeOpS), s)
	}
	for j := range t.registers {
		acc := t.acc(j)
		switch code {
		case tapeLoad:
			t.move(a(j), acc)
		case tapeScale:
			t.mul(a(j), s, acc)
		case tapeAXPY:
			t.plus(a(j), s, acc)
		case tapeAdd:
			t.add(a(j), acc, acc)
		case tapeTimes:
			t.mul(a(j), acc, acc)
		case tapeMin:
			t.min(a(j), acc, acc)
		case tapeMinus:
			t.sub(a(j), acc, acc)
		}
	}
}

// double is an operation with two operands, of which the instruction takes one from memory.
func (t *taped) double(code int, a, b func(j int) Op) {
	for j := range t.registers {
		acc, x, y := t.acc(j), a(j), b(j)
		switch {
		case code != tapeSub && IsMem(x) && !IsMem(y):
			x, y = y, x
		case IsMem(x):
			first := Op(acc)
			if code == tapeMulAdd {
				first = t.held(mostHeld-1, j)
			}
			t.move(x, first)
			x = first
		}
		switch code {
		case tapeMul:
			t.mul(y, x, acc)
		case tapeMulAdd:
			t.plus(y, x, acc)
		case tapeSub:
			t.sub(y, x, acc)
		}
	}
}

// span is what is done to n rows held; the accumulator is free.
func (t *taped) span(code, n int) {
	field, s := tapeOpA, t.acc(0)
	if code == tapeClose {
		field = tapeOpB
	}
	p := t.rows(field, n)
	var h func(j int) Op
	switch code {
	case tapeClose:
		h = t.operand(tapeOpA, 0)
		for j := range t.registers {
			t.move(h(j), t.acc(j))
		}
	case tapeFirst, tapeTerm:
		t.broadcast(at(tapeOp, tapeOpS), s)
	}
	for i := range n {
		for j := range t.registers {
			v := t.held(i, j)
			switch code {
			case tapeFirst:
				VXORPD(v, v, v)
				t.plus(p(i, j), s, v)
			case tapeTerm:
				t.plus(p(i, j), s, v)
			case tapeClose:
				t.into(p(i, j), t.acc(j), v)
			case tapeTake:
				t.move(p(i, j), v)
			case tapeKeep:
				t.move(v, p(i, j))
			}
		}
	}
}
