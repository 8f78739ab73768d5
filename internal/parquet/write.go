package parquet

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"
	"time"
)

// Column is one to be written; one of the lists is filled.
type Column struct {
	Name  string
	Reals []float64 // NaN is missing
	Times []time.Time
	Texts []string
}

func (c *Column) rows() int { return len(c.Reals) + len(c.Times) + len(c.Texts) }

// rowsOfGroup is how many rows are written together: 256 KiB of a column of numbers.
const rowsOfGroup = 1 << 15

// Write writes columns of equal length: numbers as doubles, times as nanoseconds in UTC, text
// as UTF-8, plainly and not packed.
func Write(w io.Writer, columns []Column) error {
	out := &placed{w: bufio.NewWriter(w)}
	out.Write([]byte(magic))
	rows := columns[0].rows()
	m := &thriftWriter{}
	m.begin()
	m.int32(1, 2) // version
	m.list(2, kindStruct, len(columns)+1)
	m.begin()
	m.text(4, "rows")
	m.int32(5, int64(len(columns)))
	m.end()
	for i := range columns {
		columns[i].describe(m)
	}
	m.int64(3, int64(rows))
	m.list(4, kindStruct, (rows+rowsOfGroup-1)/rowsOfGroup)
	for from := 0; from < rows; from += rowsOfGroup {
		to := min(from+rowsOfGroup, rows)
		start := out.at
		m.begin()
		m.list(1, kindStruct, len(columns))
		for i := range columns {
			columns[i].chunk(m, out, from, to)
		}
		m.int64(2, out.at-start)
		m.int64(3, int64(to-from))
		m.end()
	}
	m.text(6, "entrain")
	m.end()
	out.Write(m.b)
	out.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(m.b))))
	out.Write([]byte(magic))
	return out.w.Flush()
}

// placed counts what was written; its first error comes with Flush.
type placed struct {
	w  *bufio.Writer
	at int64
}

func (p *placed) Write(b []byte) {
	p.w.Write(b)
	p.at += int64(len(b))
}

func (c *Column) physical() int64 {
	switch {
	case c.Times != nil:
		return typeInt64
	case c.Texts != nil:
		return typeBytes
	}
	return typeDouble
}

// describe writes the column into the schema.
func (c *Column) describe(m *thriftWriter) {
	m.begin()
	m.int32(1, c.physical())
	optional := int64(0)
	if c.Reals != nil {
		optional = 1
	}
	m.int32(3, optional)
	m.text(4, c.Name)
	if c.Texts != nil {
		m.int32(6, 0) // UTF8
	}
	if c.Times != nil {
		m.nested(10, func() {
			m.nested(8, func() {
				m.bool(1, true)
				m.nested(2, func() { m.nested(3, func() {}) })
			})
		})
	}
	m.end()
}

// chunk writes rows of the column as one page, and describes it.
func (c *Column) chunk(m *thriftWriter, out *placed, from, to int) {
	body := c.body(from, to)
	h := &thriftWriter{}
	h.begin()
	h.int32(1, dataPage)
	h.int32(2, int64(len(body)))
	h.int32(3, int64(len(body)))
	h.nested(5, func() {
		h.int32(1, int64(to-from))
		h.int32(2, encPlain)
		h.int32(3, encRLE)
		h.int32(4, encRLE)
	})
	h.end()
	at := out.at
	out.Write(h.b)
	out.Write(body)
	m.begin()
	m.int64(2, at)
	m.nested(3, func() {
		m.int32(1, c.physical())
		m.list(2, kindI32, 2)
		m.varint(encPlain)
		m.varint(encRLE)
		m.list(3, kindBinary, 1)
		m.string(c.Name)
		m.int32(4, 0)
		m.int64(5, int64(to-from))
		m.int64(6, out.at-at)
		m.int64(7, out.at-at)
		m.int64(9, at)
	})
	m.end()
}

// body are the levels and values of rows.
func (c *Column) body(from, to int) []byte {
	var b []byte
	switch {
	case c.Times != nil:
		for _, t := range c.Times[from:to] {
			b = binary.LittleEndian.AppendUint64(b, uint64(t.UnixNano()))
		}
	case c.Texts != nil:
		for _, s := range c.Texts[from:to] {
			b = append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
		}
	default:
		bits := make([]byte, (to-from+7)/8) // of a value that is there
		for i, v := range c.Reals[from:to] {
			if v == v {
				bits[i/8] |= 1 << (i % 8)
			}
		}
		levels := append(binary.AppendUvarint(nil, uint64(len(bits))<<1|1), bits...)
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(levels))), levels...)
		for _, v := range c.Reals[from:to] {
			if v == v {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
			}
		}
	}
	return b
}
