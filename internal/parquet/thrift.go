package parquet

import (
	"encoding/binary"
	"errors"
)

// Kinds of values in Thrift's compact protocol.
const (
	kindTrue   = 1
	kindFalse  = 2
	kindByte   = 3
	kindI16    = 4
	kindI32    = 5
	kindI64    = 6
	kindDouble = 7
	kindBinary = 8
	kindList   = 9
	kindSet    = 10
	kindMap    = 11
	kindStruct = 12
)

var errThrift = errors.New("its description is damaged")

// deepestThrift is how many structures may stand in one another.
const deepestThrift = 24

// thrift reads the compact protocol; the first error stays, and then all is zero.
type thrift struct {
	b     []byte
	bad   bool
	depth int
}

func (t *thrift) fail() { t.b, t.bad = nil, true }

func (t *thrift) byte() byte {
	if len(t.b) == 0 {
		t.fail()
		return 0
	}
	c := t.b[0]
	t.b = t.b[1:]
	return c
}

func (t *thrift) uvarint() uint64 {
	v, n := binary.Uvarint(t.b)
	if n <= 0 {
		t.fail()
		return 0
	}
	t.b = t.b[n:]
	return v
}

// int reads an integer in zigzag order.
func (t *thrift) int() int64 {
	v := t.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (t *thrift) text() string {
	n := t.uvarint()
	if n > uint64(len(t.b)) {
		t.fail()
		return ""
	}
	s := string(t.b[:n])
	t.b = t.b[n:]
	return s
}

// fields calls f with each field of a structure, which reads it or returns false to pass it over.
func (t *thrift) fields(f func(id int16, kind byte) bool) {
	if t.depth++; t.depth > deepestThrift {
		t.fail()
	}
	defer func() { t.depth-- }()
	id := int16(0)
	for !t.bad {
		head := t.byte()
		kind := head & 15
		if kind == 0 {
			return
		}
		if delta := int16(head >> 4); delta > 0 {
			id += delta
		} else {
			id = int16(t.int())
		}
		if !f(id, kind) {
			t.skip(kind)
		}
	}
}

// list calls f for each element of a list.
func (t *thrift) list(f func(kind byte)) {
	head := t.byte()
	n := uint64(head >> 4)
	if n == 15 {
		n = t.uvarint()
	}
	if n > uint64(len(t.b)) { // an element has a byte at least
		t.fail()
		return
	}
	for range n {
		if t.bad {
			return
		}
		f(head & 15)
	}
}

func (t *thrift) skip(kind byte) {
	if t.depth++; t.depth > deepestThrift {
		t.fail()
	}
	defer func() { t.depth-- }()
	switch kind {
	case kindTrue, kindFalse:
	case kindByte:
		t.byte()
	case kindI16, kindI32, kindI64:
		t.int()
	case kindDouble:
		if len(t.b) < 8 {
			t.fail()
			return
		}
		t.b = t.b[8:]
	case kindBinary:
		t.text()
	case kindList, kindSet:
		t.list(t.element)
	case kindMap:
		t.skipMap()
	case kindStruct:
		t.fields(func(int16, byte) bool { return false })
	default:
		t.fail()
	}
}

// element passes over one of a list, where a truth value takes a byte.
func (t *thrift) element(kind byte) {
	if kind == kindTrue || kind == kindFalse {
		kind = kindByte
	}
	t.skip(kind)
}

func (t *thrift) skipMap() {
	n := t.uvarint()
	if n == 0 {
		return
	}
	kinds := t.byte()
	for range n {
		if t.bad {
			return
		}
		t.element(kinds >> 4)
		t.element(kinds & 15)
	}
}

// thriftWriter writes the compact protocol.
type thriftWriter struct {
	b    []byte
	last []int16 // field of each open structure
}

func (w *thriftWriter) begin() { w.last = append(w.last, 0) }
func (w *thriftWriter) end() {
	w.b, w.last = append(w.b, 0), w.last[:len(w.last)-1]
}

// field writes the head of a field; numbers rise within a structure by less than 16.
func (w *thriftWriter) field(id int16, kind byte) {
	last := &w.last[len(w.last)-1]
	w.b = append(w.b, byte(id-*last)<<4|kind)
	*last = id
}

func (w *thriftWriter) varint(v int64) {
	w.b = binary.AppendUvarint(w.b, uint64(v<<1)^uint64(v>>63))
}

func (w *thriftWriter) int32(id int16, v int64) {
	w.field(id, kindI32)
	w.varint(v)
}

func (w *thriftWriter) int64(id int16, v int64) {
	w.field(id, kindI64)
	w.varint(v)
}

func (w *thriftWriter) bool(id int16, v bool) {
	kind := byte(kindFalse)
	if v {
		kind = kindTrue
	}
	w.field(id, kind)
}

func (w *thriftWriter) text(id int16, s string) {
	w.field(id, kindBinary)
	w.string(s)
}

func (w *thriftWriter) string(s string) {
	w.b = append(binary.AppendUvarint(w.b, uint64(len(s))), s...)
}

// list writes the head of a list of n elements.
func (w *thriftWriter) list(id int16, kind byte, n int) {
	w.field(id, kindList)
	if n < 15 {
		w.b = append(w.b, byte(n)<<4|kind)
		return
	}
	w.b = binary.AppendUvarint(append(w.b, 15<<4|kind), uint64(n))
}

// struct writes a structure as a field.
func (w *thriftWriter) nested(id int16, fill func()) {
	w.field(id, kindStruct)
	w.begin()
	fill()
	w.end()
}
