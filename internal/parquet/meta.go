package parquet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// Physical types.
const (
	typeBool = iota
	typeInt32
	typeInt64
	typeInt96
	typeFloat
	typeDouble
	typeBytes
	typeFixed
)

// meaning is what a value stands for, beyond its physical type.
type meaning uint8

const (
	plain meaning = iota
	text
	decimal
	date
	clock
	stamp
	unsigned
	half // a 16-bit float
	uuid
)

// element is a node of the schema.
type element struct {
	name          string
	physical      int // −1: a group
	length        int // of fixed bytes
	repetition    int // 0 required, 1 optional, 2 repeated
	children      int
	means         meaning
	scale         int   // of a decimal
	unit          int64 // of a clock or stamp, in nanoseconds
	utc           bool
	width         int // bits of an unsigned integer
	first, levels int // of a leaf: its place among the leaves; levels of definition
}

// chunk is a column in a group of rows.
type chunk struct {
	codec    int
	values   int64
	packed   int64 // bytes
	at, dict int64 // of its first data page and of its dictionary, 0 if there is none
	other    bool  // it lies in another file
	physical int
}

// group is a group of rows.
type group struct {
	rows   int64
	chunks []chunk
}

// meta is what the end of a file says.
type meta struct {
	schema []element
	rows   int64
	groups []group
}

// Bytes that an entry of the description takes in memory.
const (
	elementBytes = 200
	chunkBytes   = 100
)

func readMeta(b []byte, hold func(int64) error) (*meta, error) {
	t, m := &thrift{b: b}, &meta{}
	var full error
	keep := func(bytes int64) {
		if err := hold(bytes); err != nil {
			full = err
			t.fail()
		}
	}
	t.fields(func(id int16, kind byte) bool {
		switch {
		case id == 2 && kind == kindList:
			t.list(func(byte) {
				keep(elementBytes)
				m.schema = append(m.schema, t.schemaElement())
			})
		case id == 3:
			m.rows = t.int()
		case id == 4 && kind == kindList:
			t.list(func(byte) { m.groups = append(m.groups, t.group(keep)) })
		default:
			return false
		}
		return true
	})
	if full != nil {
		return nil, full
	}
	if t.bad || len(m.schema) == 0 {
		return nil, errThrift
	}
	return m, nil
}

func (t *thrift) schemaElement() element {
	e, logical, converted := element{physical: -1}, false, -1
	t.fields(func(id int16, kind byte) bool {
		switch {
		case id == 1:
			e.physical = int(t.int())
		case id == 2:
			e.length = int(t.int())
		case id == 3:
			e.repetition = int(t.int())
		case id == 4 && kind == kindBinary:
			e.name = t.text()
		case id == 5:
			e.children = int(t.int())
		case id == 6:
			converted = int(t.int())
		case id == 7:
			e.scale = int(t.int())
		case id == 10 && kind == kindStruct:
			logical = true
			t.logical(&e)
		default:
			return false
		}
		return true
	})
	if !logical {
		e.convert(converted)
	}
	return e
}

// nano are the units of clocks and stamps, in nanoseconds, by their number.
var nano = map[int16]int64{1: 1e6, 2: 1e3, 3: 1}

// logical reads a LogicalType.
func (t *thrift) logical(e *element) {
	kinds := map[int16]meaning{1: text, 4: text, 5: decimal, 6: date, 7: clock, 8: stamp, 12: text, 14: uuid, 15: half}
	t.fields(func(id int16, kind byte) bool {
		if kind != kindStruct {
			return false
		}
		e.means = kinds[id]
		signed := true
		t.fields(func(inner int16, kind byte) bool {
			switch {
			case id == 5 && inner == 1:
				e.scale = int(t.int())
			case (id == 7 || id == 8) && inner == 1:
				e.utc = kind == kindTrue
			case (id == 7 || id == 8) && inner == 2 && kind == kindStruct:
				t.fields(func(unit int16, _ byte) bool { e.unit = nano[unit]; return false })
			case id == 10 && inner == 1 && kind == kindByte:
				e.width = int(t.byte())
			case id == 10 && inner == 2:
				signed = kind == kindTrue
			default:
				return false
			}
			return true
		})
		if id == 10 && !signed {
			e.means = unsigned
		}
		return true
	})
}

// convert reads the meaning of older files.
func (e *element) convert(converted int) {
	switch converted {
	case 0, 4, 19: // UTF8, ENUM, JSON
		e.means = text
	case 5:
		e.means = decimal
	case 6:
		e.means = date
	case 7:
		e.means, e.unit = clock, 1e6
	case 8:
		e.means, e.unit = clock, 1e3
	case 9:
		e.means, e.unit, e.utc = stamp, 1e6, true
	case 10:
		e.means, e.unit, e.utc = stamp, 1e3, true
	case 11, 12, 13, 14:
		e.means, e.width = unsigned, 8<<(converted-11)
	}
}

func (t *thrift) group(keep func(bytes int64)) group {
	g := group{}
	keep(chunkBytes)
	t.fields(func(id int16, kind byte) bool {
		switch {
		case id == 1 && kind == kindList:
			t.list(func(byte) {
				keep(chunkBytes)
				g.chunks = append(g.chunks, t.chunk())
			})
		case id == 3:
			g.rows = t.int()
		default:
			return false
		}
		return true
	})
	return g
}

func (t *thrift) chunk() chunk {
	c := chunk{}
	t.fields(func(id int16, kind byte) bool {
		switch {
		case id == 1 && kind == kindBinary:
			c.other = t.text() != ""
		case id == 3 && kind == kindStruct:
			t.fields(func(id int16, kind byte) bool {
				switch id {
				case 1:
					c.physical = int(t.int())
				case 4:
					c.codec = int(t.int())
				case 5:
					c.values = t.int()
				case 7:
					c.packed = t.int()
				case 9:
					c.at = t.int()
				case 11:
					c.dict = t.int()
				default:
					return false
				}
				return true
			})
		default:
			return false
		}
		return true
	})
	return c
}

// leaves are the flat columns of a schema: leaves outside of lists, their names joined by
// points; left are the names of the others.
func leaves(schema []element) (flat []element, left []string, err error) {
	at, count := 1, 0
	var walk func(path []string, levels int, repeated bool, children, depth int) error
	walk = func(path []string, levels int, repeated bool, children, depth int) error {
		if depth > deepestThrift || children < 0 {
			return errThrift
		}
		for range children {
			if at >= len(schema) {
				return errThrift
			}
			e := schema[at]
			at++
			name, l, r := append(slices.Clone(path), e.name), levels, repeated || e.repetition == 2
			if e.repetition == 1 {
				l++
			}
			if e.children > 0 || e.physical < 0 {
				if err := walk(name, l, r, e.children, depth+1); err != nil {
					return err
				}
				continue
			}
			e.name, e.first, e.levels = strings.Join(name, "."), count, l
			count++
			if r {
				left = append(left, name[0])
			} else {
				flat = append(flat, e)
			}
		}
		return nil
	}
	if err := walk(nil, 0, false, schema[0].children, 0); err != nil {
		return nil, nil, err
	}
	return flat, slices.Compact(left), nil
}

// check refuses what values of this column cannot be.
func (e *element) check() error {
	switch {
	case e.physical > typeFixed:
		return fmt.Errorf("column %s has a type that is not known (%d)", budget.Quote(e.name), e.physical)
	case e.physical == typeFixed && (e.length < 1 || e.length > budget.Field):
		return fmt.Errorf("column %s has values of %d bytes", budget.Quote(e.name), e.length)
	case e.scale < 0 || e.scale > 100:
		return fmt.Errorf("column %s has decimals with %d places", budget.Quote(e.name), e.scale)
	}
	return nil
}
