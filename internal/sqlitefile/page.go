package sqlitefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/entrain-dev/entrain/internal/budget"
)

var errDamaged = errors.New("it is damaged: a page is not what the others say")

// deepest is how many pages may lead to a row: more than a table of any size needs.
const deepest = 40

// rowsOf walks through the rows of a table, in the order of their numbers.
type rowsOf struct {
	d     *Database
	path  []place
	left  int64 // pages that may be visited yet: as many as the file has
	begin int64 // the first page
}

// place is where the walk is in a page.
type place struct {
	page []byte
	head int // where its head begins
	cell int // the next one
}

const (
	leafPage     = 0x0d
	interiorPage = 0x05
)

func (d *Database) rows(root int64) *rowsOf {
	return &rowsOf{d: d, left: d.size/int64(d.page) + 1, begin: root}
}

// load reads a page, numbered from 1 on.
func (r *rowsOf) load(number int64) ([]byte, error) {
	if r.left--; r.left < 0 || number < 1 || number > r.d.size/int64(r.d.page) {
		return nil, errDamaged
	}
	b := make([]byte, r.d.page)
	if _, err := r.d.r.ReadAt(b, (number-1)*int64(r.d.page)); err != nil && err != io.EOF {
		return nil, err
	}
	return b, nil
}

func (r *rowsOf) enter(number int64) error {
	if len(r.path) >= deepest {
		return errDamaged
	}
	b, err := r.load(number)
	if err != nil {
		return err
	}
	p := place{page: b}
	if number == 1 {
		p.head = 100
	}
	if kind := b[p.head]; kind != leafPage && kind != interiorPage {
		return errDamaged
	}
	r.path = append(r.path, p)
	return nil
}

// next is the values of the next row, the number of the row in front; io.EOF behind the last.
func (r *rowsOf) next() ([]value, error) {
	if r.begin != 0 {
		if err := r.enter(r.begin); err != nil {
			return nil, err
		}
		r.begin = 0
	}
	for len(r.path) > 0 {
		p := &r.path[len(r.path)-1]
		count := int(binary.BigEndian.Uint16(p.page[p.head+3:]))
		interior := p.page[p.head] == interiorPage
		if p.cell > count || p.cell == count && !interior {
			r.path = r.path[:len(r.path)-1]
			continue
		}
		cell, err := p.at(count, interior)
		if err != nil {
			return nil, err
		}
		p.cell++
		if !interior {
			return r.row(cell)
		}
		if err := r.enter(int64(binary.BigEndian.Uint32(cell))); err != nil {
			return nil, err
		}
	}
	return nil, io.EOF
}

// at is the next cell of a page; behind the last, of an interior page the last child.
func (p *place) at(count int, interior bool) ([]byte, error) {
	head := p.head + 8
	if interior {
		head += 4
		if p.cell == count {
			return p.page[p.head+8 : p.head+12], nil
		}
	}
	if head+2*count > len(p.page) {
		return nil, errDamaged
	}
	from := int(binary.BigEndian.Uint16(p.page[head+2*p.cell:]))
	if from < head || from+4 > len(p.page) {
		return nil, errDamaged
	}
	return p.page[from:], nil
}

// row reads a cell of a leaf.
func (r *rowsOf) row(cell []byte) ([]value, error) {
	size, n := varint(cell)
	number, k := varint(cell[n:])
	if n == 0 || k == 0 || size < 0 {
		return nil, errDamaged
	}
	if size > budget.Line {
		return nil, fmt.Errorf("a row is longer than %s", budget.Size(budget.Line))
	}
	body, err := r.payload(cell[n+k:], int(size))
	if err != nil {
		return nil, err
	}
	v, err := r.d.record(body)
	if err != nil {
		return nil, err
	}
	return append(v, value{kind: wholeValue, whole: number}), nil
}

// payload collects a row that goes on in other pages.
func (r *rowsOf) payload(b []byte, size int) ([]byte, error) {
	u := r.d.usable
	local := size
	if most := u - 35; size > most { // section 1.6 of the description
		least := (u-12)*32/255 - 23
		if local = least + (size-least)%(u-4); local > most {
			local = least
		}
	}
	if local == size {
		if size > len(b) {
			return nil, errDamaged
		}
		return b[:size], nil
	}
	if local+4 > len(b) {
		return nil, errDamaged
	}
	out := append(make([]byte, 0, local), b[:local]...)
	for next := binary.BigEndian.Uint32(b[local:]); len(out) < size; {
		page, err := r.load(int64(next))
		if err != nil {
			return nil, err
		}
		next = binary.BigEndian.Uint32(page)
		out = append(out, page[4:4+min(u-4, size-len(out))]...)
	}
	return out, nil
}

// varint reads a number of one to nine bytes; n is 0 if there is none.
func varint(b []byte) (v int64, n int) {
	for n < len(b) && n < 8 {
		v = v<<7 | int64(b[n]&0x7f)
		if n++; b[n-1] < 0x80 {
			return v, n
		}
	}
	if n < len(b) && n == 8 {
		return v<<8 | int64(b[8]), 9
	}
	return 0, 0
}
