package sqlitefile

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Kinds of values, in the order in which they are sorted.
const (
	noValue = iota
	wholeValue
	realValue
	textValue
	bytesValue
)

// value is one of a row.
type value struct {
	kind  int
	whole int64
	real  float64
	text  string
}

// String is the value as text; a missing one is empty.
func (v *value) String() string {
	switch v.kind {
	case wholeValue:
		return strconv.FormatInt(v.whole, 10)
	case realValue:
		return strconv.FormatFloat(v.real, 'g', -1, 64)
	case bytesValue:
		if !utf8.ValidString(v.text) {
			return hex.EncodeToString([]byte(v.text))
		}
	}
	return v.text
}

// number is the value for comparing.
func (v *value) number() float64 {
	if v.kind == wholeValue {
		return float64(v.whole)
	}
	return v.real
}

// compare is −1, 0 or 1: numbers before text, by size.
func (v *value) compare(w *value) int {
	class := func(v *value) int {
		if v.kind == realValue {
			return wholeValue
		}
		return v.kind
	}
	if a, b := class(v), class(w); a != b || a == noValue {
		return sign(a < b, a > b)
	}
	if v.kind == wholeValue && w.kind == wholeValue {
		return sign(v.whole < w.whole, v.whole > w.whole)
	}
	if class(v) == wholeValue {
		return sign(v.number() < w.number(), v.number() > w.number())
	}
	return sign(v.text < w.text, v.text > w.text)
}

func sign(less, more bool) int {
	switch {
	case less:
		return -1
	case more:
		return 1
	}
	return 0
}

// record reads the values of a row.
func (d *Database) record(b []byte) ([]value, error) {
	size, n := varint(b)
	if n == 0 || size < int64(n) || size > int64(len(b)) {
		return nil, errDamaged
	}
	head, body := b[n:size], b[size:]
	var out []value
	for len(head) > 0 {
		kind, n := varint(head)
		if n == 0 || kind < 0 {
			return nil, errDamaged
		}
		head = head[n:]
		width := int64(0)
		switch {
		case kind >= 12:
			width = (kind - 12) / 2
		case kind < 8:
			width = [...]int64{0, 1, 2, 3, 4, 6, 8, 8}[kind]
		case kind > 9:
			return nil, errDamaged
		}
		if width > int64(len(body)) {
			return nil, errDamaged
		}
		out = append(out, d.value(kind, body[:width]))
		body = body[width:]
	}
	return out, nil
}

// value reads one of a serial type.
func (d *Database) value(kind int64, b []byte) value {
	switch {
	case kind == 0:
		return value{}
	case kind == 7:
		return value{kind: realValue, real: math.Float64frombits(binary.BigEndian.Uint64(b))}
	case kind == 8 || kind == 9:
		return value{kind: wholeValue, whole: kind - 8}
	case kind < 7:
		v := int64(int8(b[0]))
		for _, c := range b[1:] {
			v = v<<8 | int64(c)
		}
		return value{kind: wholeValue, whole: v}
	case kind%2 == 0:
		return value{kind: bytesValue, text: string(b)}
	}
	if !d.wide {
		return value{kind: textValue, text: string(b)}
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = d.order.Uint16(b[2*i:])
	}
	return value{kind: textValue, text: string(utf16.Decode(units))}
}
