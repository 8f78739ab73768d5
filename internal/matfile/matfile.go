// Package matfile answers: what variables does a MATLAB file hold?
//
// It reads the files that save writes without -v7.3 (versions 5 to 7.2): arrays of numbers and
// truth values, and structures of them, packed or not. A file is read once from its beginning,
// and what is kept is counted before it is.
//
// Source: MathWorks, "MAT-File Format" (R2024a), chapter 1.
//
// Read matfile.go first, then element.go and choose.go.
package matfile

import (
	"bufio"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// Magic is how a file begins.
const Magic = "MATLAB 5.0 MAT-file"

// Variable is an array or a structure.
type Variable struct {
	Name       string
	Rows, Cols int
	Reals      []float64  // column by column; nil: no array of numbers
	Fields     []Variable // of a structure
	what       string     // of one that is neither
}

// Limits are asked before bytes are kept in memory, and before they are unpacked.
type Limits struct {
	Hold, Unpack func(bytes int64) error
}

// Read returns the variables of a file in their order.
//
// Errors: a file of another version or one that is damaged, and those of the limits.
func Read(r io.Reader, limits Limits) ([]Variable, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	head := make([]byte, 128)
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, cut(err)
	}
	f := &file{Limits: limits}
	switch mark := string(head[126:]); mark {
	case "IM":
		f.order = binary.LittleEndian
	case "MI":
		f.order = binary.BigEndian
	default:
		return nil, fmt.Errorf("its head is damaged (%s)", budget.Quote(mark))
	}
	if v := f.order.Uint16(head[124:]) >> 8; v != 1 {
		return nil, fmt.Errorf("it is of version %d of the format, not 1", v)
	}
	for {
		v, err := f.top(in)
		if err == io.EOF {
			return f.found, nil
		}
		if err != nil {
			return nil, err
		}
		if v != nil && v.Name != "" { // the last one may be the data of objects
			f.found = append(f.found, *v)
		}
	}
}

// file is one that is being read.
type file struct {
	Limits
	order binary.ByteOrder
	found []Variable
}

// cut is the error of a file that ends too early.
func cut(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it is cut short")
	}
	return err
}

// top reads a variable; nil if it is nothing that is known, io.EOF behind the last.
func (f *file) top(in *bufio.Reader) (*Variable, error) {
	if _, err := in.Peek(1); err != nil {
		return nil, err
	}
	tag := make([]byte, 8)
	if _, err := io.ReadFull(in, tag); err != nil {
		return nil, cut(err)
	}
	size := int64(f.order.Uint32(tag[4:]))
	body := &io.LimitedReader{R: in, N: size}
	var v *Variable
	var err error
	switch f.order.Uint32(tag) {
	case miCompressed:
		z, e := zlib.NewReader(body)
		if e != nil {
			return nil, fmt.Errorf("a packed variable is damaged (%w)", e)
		}
		p := &part{file: f, r: z, left: 1 << 62}
		kind, inner, e := p.tag()
		if e != nil {
			return nil, e
		}
		if kind == miMatrix {
			p.left = inner.size
			v, err = p.matrix(0)
		}
	case miMatrix:
		v, err = (&part{file: f, r: body, left: size}).matrix(0)
	}
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return nil, err
	}
	if body.N > 0 {
		return nil, cut(io.EOF)
	}
	return v, nil
}

// String describes a variable for a message: x (100×2).
func (v *Variable) String() string {
	switch {
	case v.Reals != nil:
		return fmt.Sprintf("%s (%d×%d)", budget.Plain(budget.Cut(v.Name)), v.Rows, v.Cols)
	case v.Fields != nil:
		var names []string
		for i := range v.Fields {
			names = append(names, v.Fields[i].Name)
		}
		return fmt.Sprintf("%s (a structure of %s)", budget.Plain(budget.Cut(v.Name)), strings.TrimSpace(budget.List(names)))
	}
	return fmt.Sprintf("%s (%s)", budget.Plain(budget.Cut(v.Name)), v.what)
}
