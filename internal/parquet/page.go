package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
)

var (
	errPage = errors.New("a page is damaged")
	errSize = errors.New("a page is not as long as it says")
)

// cursor walks through a column of a group of rows, of which it keeps one page.
type cursor struct {
	leaf  *element
	codec int
	left  int64 // values that are not in pages read so far
	hold  func(int64) error
	r     *io.SectionReader
	dict  values
	page  values
	there []bool // of each row of the page: it has a value; nil: all
	rows  int    // of the page
	at    int    // next row of the page
	value int    // next value of the page
	held  int64  // for the page
	kept  int64  // for the dictionary
}

// pageHead describes a page.
type pageHead struct {
	kind, size, packed      int
	values, encoding        int
	levels                  int // encoding of them
	second                  bool
	nulls, rows, defs, reps int
	plain                   bool // of the second version: not packed
}

const (
	dataPage    = 0
	indexPage   = 1
	dictPage    = 2
	dataPageTwo = 3
)

// longestPageHead is how many bytes are looked at for the head of a page, statistics too.
const longestPageHead = 1 << 20

func (c *cursor) release() {
	c.hold(-c.held - c.kept)
	c.held, c.kept = 0, 0
}

// next is the next value as text.
func (c *cursor) next() (string, error) {
	for c.at == c.rows {
		if err := c.read(); err != nil {
			return "", err
		}
	}
	i := c.at
	c.at++
	if c.there != nil && !c.there[i] {
		return "", nil
	}
	c.value++
	return c.page.format(c.leaf, c.value-1)
}

// read reads the next page, of data or of a dictionary.
func (c *cursor) read() error {
	if c.left <= 0 {
		return errors.New("it has fewer values than rows")
	}
	h, err := c.head()
	if err != nil {
		return err
	}
	if h.kind == indexPage {
		_, err := c.r.Seek(int64(h.packed), io.SeekCurrent)
		return err
	}
	c.hold(-c.held)
	// The packed page, the page, and its values: text has the most beside its bytes.
	const perValue = 24
	if h.values < 0 || int64(h.values) > c.left && h.kind != dictPage {
		c.held = 0
		return errPage
	}
	c.held = int64(h.packed) + 2*int64(h.size) + perValue*int64(h.values)
	if err := c.hold(c.held); err != nil {
		return err
	}
	packed := make([]byte, h.packed)
	if _, err := io.ReadFull(c.r, packed); err != nil {
		return errSize
	}
	if h.kind == dictPage {
		body, err := unpack(c.codec, packed, h.size)
		if err != nil {
			return err
		}
		if h.encoding != encPlain && h.encoding != encDictOld {
			return errPage
		}
		c.kept, c.held = c.kept+c.held, 0
		c.dict, _, err = plainValues(c.leaf, body, h.values)
		return err
	}
	return c.data(h, packed)
}

// data reads a page of data.
func (c *cursor) data(h *pageHead, packed []byte) error {
	divide := c.first
	if h.second {
		divide = c.second
	}
	defs, body, err := divide(h, packed)
	if err != nil {
		return err
	}
	count, err := c.levels(h.values, defs)
	if err != nil {
		return err
	}
	c.rows, c.at, c.value = h.values, 0, 0
	c.left -= int64(h.values)
	c.page, err = c.values(h.encoding, body, count)
	return err
}

// first divides a page of the first version, which is packed as a whole.
func (c *cursor) first(h *pageHead, packed []byte) (defs, body []byte, err error) {
	body, err = unpack(c.codec, packed, h.size)
	if err != nil || c.leaf.levels == 0 {
		return nil, body, err
	}
	if h.levels != encRLE {
		return nil, nil, errors.New("its levels are written in a way that is no longer used")
	}
	if len(body) < 4 || int64(binary.LittleEndian.Uint32(body)) > int64(len(body)-4) {
		return nil, nil, errPage
	}
	n := binary.LittleEndian.Uint32(body)
	return body[4 : 4+n], body[4+n:], nil
}

// second divides a page of the second version, whose levels are never packed.
func (c *cursor) second(h *pageHead, packed []byte) (defs, body []byte, err error) {
	if h.defs < 0 || h.reps < 0 || h.defs > len(packed)-min(h.reps, len(packed)) {
		return nil, nil, errPage
	}
	defs, body = packed[h.reps:h.reps+h.defs], packed[h.reps+h.defs:]
	if h.plain {
		return defs, body, nil
	}
	size := h.size - h.reps - h.defs
	if size < 0 {
		return nil, nil, errPage
	}
	body, err = unpack(c.codec, body, size)
	return defs, body, err
}

// levels reads which rows of a page have a value, and counts them.
func (c *cursor) levels(rows int, defs []byte) (count int, err error) {
	c.there = nil
	if c.leaf.levels == 0 {
		return rows, nil
	}
	level := make([]uint32, rows)
	if err := hybrid(level, defs, bits.Len(uint(c.leaf.levels))); err != nil {
		return 0, err
	}
	c.there = make([]bool, rows)
	for i, l := range level {
		if c.there[i] = int(l) == c.leaf.levels; c.there[i] {
			count++
		}
	}
	return count, nil
}

// head reads the head of a page and goes behind it.
func (c *cursor) head() (*pageHead, error) {
	start, _ := c.r.Seek(0, io.SeekCurrent)
	var h *pageHead
	for size := 256; ; size *= 16 { // most have 30 bytes
		b := make([]byte, size)
		n, err := c.r.ReadAt(b, start)
		if err != nil && err != io.EOF {
			return nil, err
		}
		t := &thrift{b: b[:n]}
		h = t.pageHead()
		if !t.bad {
			c.r.Seek(start+int64(n-len(t.b)), io.SeekStart)
			break
		}
		if n < size || size > longestPageHead {
			return nil, errPage
		}
	}
	rest, _ := c.r.Seek(0, io.SeekCurrent)
	if h.size < 0 || h.packed < 0 || int64(h.packed) > c.r.Size()-rest {
		return nil, errPage
	}
	return h, nil
}

func (t *thrift) pageHead() *pageHead {
	h := &pageHead{kind: -1}
	inner := func(into map[int16]*int, truth *bool) bool {
		t.fields(func(id int16, kind byte) bool {
			if truth != nil && (kind == kindTrue || kind == kindFalse) {
				*truth = kind == kindFalse
				return true
			}
			p := into[id]
			if p == nil || kind != kindI32 {
				return false
			}
			*p = int(int32(t.int()))
			return true
		})
		return true
	}
	t.fields(func(id int16, kind byte) bool {
		switch {
		case id == 1:
			h.kind = int(t.int())
		case id == 2:
			h.size = int(int32(t.int()))
		case id == 3:
			h.packed = int(int32(t.int()))
		case id == 5 && kind == kindStruct:
			return inner(map[int16]*int{1: &h.values, 2: &h.encoding, 3: &h.levels}, nil)
		case id == 7 && kind == kindStruct:
			return inner(map[int16]*int{1: &h.values, 2: &h.encoding}, nil)
		case id == 8 && kind == kindStruct:
			h.second = true
			return inner(map[int16]*int{1: &h.values, 2: &h.nulls, 3: &h.rows, 4: &h.encoding, 5: &h.defs, 6: &h.reps}, &h.plain)
		default:
			return false
		}
		return true
	})
	if h.kind != dataPage && h.kind != dataPageTwo && h.kind != dictPage && h.kind != indexPage {
		t.fail()
	}
	return h
}

// unpack unpacks a page to the size that it says.
func unpack(codec int, b []byte, size int) ([]byte, error) {
	var out []byte
	var err error
	switch codec {
	case 0:
		out = b
	case 1:
		out, err = unsnap(b, size)
	case 2:
		out, err = gunzip(b, size)
	case 6:
		out, err = unzstd(b, size)
	case 7:
		out, err = unlz4(b, size)
	default:
		names := map[int]string{3: "lzo", 4: "brotli", 5: "the lz4 of Hadoop"}
		if names[codec] == "" {
			names[codec] = fmt.Sprintf("codec %d", codec)
		}
		return nil, fmt.Errorf("it is packed by %s, which is not understood; write it with snappy, zstd or gzip", names[codec])
	}
	if err == nil && len(out) != size {
		err = errSize
	}
	return out, err
}
