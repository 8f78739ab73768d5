package parquet

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/entrain-dev/entrain/internal/budget"
)

// Encodings of values.
const (
	encPlain   = 0
	encDictOld = 2
	encRLE     = 3
	encDelta   = 5
	encDeltaLn = 6
	encDeltaBy = 7
	encDict    = 8
	encSplit   = 9
)

// values are those of a page; one of the lists is filled.
type values struct {
	ints  []int64
	reals []float64
	texts [][]byte
}

// count is how many there are.
func (v *values) count() int { return len(v.ints) + len(v.reals) + len(v.texts) }

// pick are the values at the places of an index.
func (v *values) pick(index []uint32) (out values, err error) {
	n := uint32(v.count())
	for _, i := range index {
		if i >= n {
			return out, errPage
		}
	}
	switch {
	case v.ints != nil:
		out.ints = make([]int64, len(index))
		for k, i := range index {
			out.ints[k] = v.ints[i]
		}
	case v.reals != nil:
		out.reals = make([]float64, len(index))
		for k, i := range index {
			out.reals[k] = v.reals[i]
		}
	case v.texts != nil:
		out.texts = make([][]byte, len(index))
		for k, i := range index {
			out.texts[k] = v.texts[i]
		}
	}
	return out, nil
}

// values reads count values of a page.
func (c *cursor) values(encoding int, b []byte, count int) (v values, err error) {
	e := c.leaf
	bytes := e.physical == typeBytes || e.physical == typeFixed
	switch {
	case count == 0:
	case encoding == encPlain:
		v, _, err = plainValues(e, b, count)
	case encoding == encDict || encoding == encDictOld:
		return c.fromDict(b, count)
	case encoding == encRLE && e.physical == typeBool:
		return truths(b, count)
	case encoding == encDelta && (e.physical == typeInt32 || e.physical == typeInt64):
		v.ints, _, err = deltas(b, count)
		for i := range v.ints {
			if e.physical == typeInt32 {
				v.ints[i] = int64(int32(v.ints[i]))
			}
		}
	case (encoding == encDeltaLn || encoding == encDeltaBy) && bytes:
		v.texts, err = deltaTexts(b, count, encoding == encDeltaBy)
	case encoding == encSplit && e.physical != typeBytes && e.physical != typeBool:
		return splitValues(e, b, count)
	default:
		err = fmt.Errorf("it is written in an encoding that is not understood (%d)", encoding)
	}
	return v, err
}

// fromDict reads places in the dictionary.
func (c *cursor) fromDict(b []byte, count int) (v values, err error) {
	if len(b) == 0 || b[0] > 32 {
		return v, errPage
	}
	index := make([]uint32, count)
	if err := hybrid(index, b[1:], int(b[0])); err != nil {
		return v, err
	}
	return c.dict.pick(index)
}

// truths reads runs of truth values.
func truths(b []byte, count int) (v values, err error) {
	if len(b) < 4 {
		return v, errPage
	}
	bit := make([]uint32, count)
	if err := hybrid(bit, b[4:], 1); err != nil {
		return v, err
	}
	v.ints = make([]int64, count)
	for i := range bit {
		v.ints[i] = int64(bit[i])
	}
	return v, nil
}

// splitValues reads values of which all first bytes come first, then all second ones, ….
func splitValues(e *element, b []byte, count int) (v values, err error) {
	wide := e.wide()
	if len(b) != wide*count {
		return v, errPage
	}
	joined := make([]byte, len(b))
	for k := range wide {
		for i := range count {
			joined[i*wide+k] = b[k*count+i]
		}
	}
	v, _, err = plainValues(e, joined, count)
	return v, err
}

// wide is how many bytes a value of fixed size has.
func (e *element) wide() int {
	if e.physical == typeFixed {
		return e.length
	}
	return [...]int{typeInt32: 4, typeInt64: 8, typeInt96: 12, typeFloat: 4, typeDouble: 8, typeBytes: 0}[e.physical]
}

// plainValues reads values one after another.
func plainValues(e *element, b []byte, count int) (v values, rest []byte, err error) {
	if e.physical == typeBool {
		if count > 8*len(b) {
			return v, nil, errPage
		}
		v.ints = make([]int64, count)
		for i := range v.ints {
			v.ints[i] = int64(b[i/8] >> (i % 8) & 1)
		}
		return v, nil, nil
	}
	if e.physical == typeBytes {
		v.texts = make([][]byte, 0, min(count, len(b)/4))
		for range count {
			if len(b) < 4 || int64(binary.LittleEndian.Uint32(b)) > int64(len(b)-4) {
				return v, nil, errPage
			}
			n := int(binary.LittleEndian.Uint32(b))
			v.texts, b = append(v.texts, b[4:4+n]), b[4+n:]
		}
		return v, b, nil
	}
	wide := e.wide()
	if wide < 1 || count > len(b)/wide {
		return v, nil, errPage
	}
	le := binary.LittleEndian
	switch e.physical {
	case typeFloat, typeDouble:
		v.reals = make([]float64, count)
	case typeInt32, typeInt64, typeInt96:
		v.ints = make([]int64, count)
	default:
		v.texts = make([][]byte, count)
	}
	for i := range count {
		switch x := b[i*wide : (i+1)*wide]; e.physical {
		case typeInt32:
			v.ints[i] = int64(int32(le.Uint32(x)))
		case typeInt64:
			v.ints[i] = int64(le.Uint64(x))
		case typeInt96: // nanoseconds of a Julian day; 2440588 is 1970-01-01
			v.ints[i] = int64(le.Uint64(x)) + (int64(le.Uint32(x[8:]))-2440588)*86400e9
		case typeFloat:
			v.reals[i] = float64(math.Float32frombits(le.Uint32(x)))
		case typeDouble:
			v.reals[i] = math.Float64frombits(le.Uint64(x))
		default:
			v.texts[i] = x
		}
	}
	return v, b[count*wide:], nil
}

// hybrid reads numbers of so many bits in runs, repeated or packed, until dst is full.
func hybrid(dst []uint32, b []byte, width int) error {
	bytes := (width + 7) / 8
	for len(dst) > 0 {
		head, n := binary.Uvarint(b)
		if n <= 0 {
			return errPage
		}
		b = b[n:]
		if head&1 == 0 { // repeated
			if len(b) < bytes || head>>1 == 0 {
				return errPage
			}
			v := uint32(0)
			for i := range bytes {
				v |= uint32(b[i]) << (8 * i)
			}
			run := int(min(head>>1, uint64(len(dst))))
			for i := range run {
				dst[i] = v
			}
			b, dst = b[bytes:], dst[run:]
			continue
		}
		groups := head >> 1
		if groups == 0 {
			return errPage
		}
		count := int(min(8*min(groups, 1<<40), uint64(len(dst))))
		if need := (count*width + 7) / 8; need > len(b) {
			return errPage
		}
		for i := range count {
			dst[i] = uint32(packedBits(b, i*width, width))
		}
		dst, b = dst[count:], b[min(uint64(len(b)), groups*uint64(width)):]
	}
	return nil
}

// packedBits is the number of width bits that begins at a bit, lowest bits first.
func packedBits(b []byte, at, width int) uint64 {
	v := uint64(0)
	for got := 0; got < width; {
		k := (at + got) / 8
		from := (at + got) % 8
		v |= uint64(b[k]>>from) << got
		got += 8 - from
	}
	if width < 64 {
		v &= 1<<width - 1
	}
	return v
}

// deltas reads DELTA_BINARY_PACKED numbers, at most so many as are wanted.
func deltas(b []byte, most int) (out []int64, rest []byte, err error) {
	t := &thrift{b: b} // has the same integers
	block, minis, total, last := t.uvarint(), t.uvarint(), t.uvarint(), t.int()
	if t.bad || total > uint64(most) || block > 1<<20 || minis == 0 || minis > block || block%minis != 0 || block/minis%8 != 0 {
		return nil, nil, errPage
	}
	out = make([]int64, 0, total)
	if total > 0 {
		out = append(out, last)
	}
	for len(out) < int(total) && !t.bad {
		out = t.deltaBlock(out, int(total), int(minis), int(block/minis))
	}
	if t.bad {
		return nil, nil, errPage
	}
	return out, t.b, nil
}

// deltaBlock appends the numbers of a block of so many parts, each of so many numbers, until
// there are total.
func (t *thrift) deltaBlock(out []int64, total, minis, per int) []int64 {
	least := t.int()
	if len(t.b) < minis {
		t.fail()
		return out
	}
	widths := t.b[:minis]
	t.b = t.b[minis:]
	for _, w := range widths {
		if len(out) == total {
			break
		}
		size := per / 8 * int(w)
		if w > 64 || len(t.b) < size {
			t.fail()
			return out
		}
		for i := 0; i < per && len(out) < total; i++ {
			out = append(out, out[len(out)-1]+least+int64(packedBits(t.b[:size], i*int(w), int(w))))
		}
		t.b = t.b[size:]
	}
	return out
}

// deltaTexts reads texts with their lengths in front, of which each may begin as the one before.
func deltaTexts(b []byte, count int, fronts bool) ([][]byte, error) {
	var front []int64
	var err error
	if fronts {
		if front, b, err = deltas(b, count); err != nil || len(front) != count {
			return nil, errPage
		}
	}
	lengths, b, err := deltas(b, count)
	if err != nil || len(lengths) != count {
		return nil, errPage
	}
	out := make([][]byte, count)
	var before []byte
	grown := 0
	for i, n := range lengths {
		if n < 0 || n > int64(len(b)) {
			return nil, errPage
		}
		out[i], b = b[:n:n], b[n:]
		if fronts && front[i] != 0 {
			if front[i] < 0 || front[i] > int64(len(before)) {
				return nil, errPage
			}
			if grown += int(front[i]); grown > budget.Line {
				return nil, fmt.Errorf("a page holds texts of more than %s", budget.Size(budget.Line))
			}
			out[i] = append(before[:front[i]:front[i]], out[i]...)
		}
		before = out[i]
	}
	return out, nil
}

// format writes a value.
func (v *values) format(e *element, i int) (string, error) {
	if i >= v.count() {
		return "", errPage
	}
	switch {
	case v.reals != nil:
		if x := v.reals[i]; x == x {
			return strconv.FormatFloat(x, 'g', -1, 64), nil
		}
		return "", nil
	case v.ints != nil:
		return e.formatInt(v.ints[i]), nil
	}
	b := v.texts[i]
	switch {
	case len(b) > budget.Field:
		return "", fmt.Errorf("a value is longer than %s", budget.Size(budget.Field))
	case e.means == decimal:
		return formatDecimal(b, e.scale), nil
	case e.means == half && len(b) == 2:
		return strconv.FormatFloat(fromHalf(binary.LittleEndian.Uint16(b)), 'g', -1, 64), nil
	case e.means == uuid || e.means != text && !utf8.Valid(b):
		return fmt.Sprintf("%x", b), nil
	}
	return string(b), nil
}

func (e *element) formatInt(v int64) string {
	switch {
	case e.physical == typeInt96:
		return time.Unix(0, v).UTC().Format(time.RFC3339Nano)
	case e.means == date:
		return time.Unix(0, 0).UTC().AddDate(0, 0, int(min(max(v, -1e7), 1e7))).Format("2006-01-02")
	case e.means == clock && e.unit > 0:
		return time.Unix(0, 0).UTC().Add(time.Duration(v * e.unit)).Format("15:04:05.999999999")
	case e.means == stamp && e.unit > 0:
		per := 1_000_000_000 / e.unit
		at := time.Unix(v/per, v%per*e.unit).UTC()
		if e.utc {
			return at.Format(time.RFC3339Nano)
		}
		return at.Format("2006-01-02T15:04:05.999999999")
	case e.means == unsigned && e.width == 64:
		return strconv.FormatUint(uint64(v), 10)
	case e.means == unsigned && e.width > 0 && e.width < 64:
		return strconv.FormatUint(uint64(v)&(1<<e.width-1), 10)
	case e.means == decimal:
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(v))
		return formatDecimal(b[:], e.scale)
	}
	return strconv.FormatInt(v, 10)
}

// formatDecimal writes a whole number in two's complement, highest byte first, with so many
// places behind the point.
func formatDecimal(b []byte, scale int) string {
	const widest = 32 // bytes; the widest that is in use has 256 bits
	if len(b) == 0 || len(b) > widest {
		return ""
	}
	n := new(big.Int).SetBytes(b)
	if b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	sign, digits := "", n.String()
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	if scale == 0 {
		return sign + digits
	}
	for len(digits) <= scale {
		digits = "0" + digits
	}
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}

// fromHalf is the value of a 16-bit float.
func fromHalf(h uint16) float64 {
	sign, exponent, fraction := 1.0, int(h>>10&31), float64(h&1023)
	if h&0x8000 != 0 {
		sign = -1
	}
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return sign * math.Inf(1)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}
