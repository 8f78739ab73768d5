package matfile

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/entrain-dev/entrain/internal/budget"
)

// Types of elements.
const (
	miInt8       = 1
	miUint8      = 2
	miInt16      = 3
	miUint16     = 4
	miInt32      = 5
	miUint32     = 6
	miSingle     = 7
	miDouble     = 9
	miInt64      = 12
	miUint64     = 13
	miMatrix     = 14
	miCompressed = 15
)

// Classes of arrays.
const (
	mxCell   = 1
	mxStruct = 2
	mxObject = 3
	mxChar   = 4
	mxSparse = 5
	mxDouble = 6
	mxUint64 = 15
)

// deepest is how many structures may stand in one another.
const deepest = 20

var errDamaged = errors.New("a variable is damaged")

// part is the body of an element that is being read.
type part struct {
	*file
	r    io.Reader
	left int64 // bytes
}

// read fills b.
func (p *part) read(b []byte) error {
	if int64(len(b)) > p.left {
		return errDamaged
	}
	if err := p.Unpack(int64(len(b))); err != nil {
		return err
	}
	p.left -= int64(len(b))
	_, err := io.ReadFull(p.r, b)
	return cut(err)
}

func (p *part) skip(n int64) error {
	if n < 0 || n > p.left {
		return errDamaged
	}
	if err := p.Unpack(n); err != nil {
		return err
	}
	p.left -= n
	_, err := io.CopyN(io.Discard, p.r, n)
	return cut(err)
}

// body is the data of an element: size bytes, of which the first are in small if they are few.
type body struct {
	size  int64
	small []byte
}

// tag reads the head of an element.
func (p *part) tag() (kind uint32, b body, err error) {
	head := make([]byte, 8)
	if err := p.read(head); err != nil {
		return 0, b, err
	}
	first := p.order.Uint32(head)
	if n := int64(first >> 16); n > 0 {
		if n > 4 {
			return 0, b, errDamaged
		}
		return first & 0xffff, body{n, head[4 : 4+n]}, nil
	}
	return first, body{size: int64(p.order.Uint32(head[4:]))}, nil
}

// short reads an element of few bytes.
func (p *part) short() (kind uint32, data []byte, err error) {
	kind, b, err := p.tag()
	if err != nil || b.small != nil {
		return kind, b.small, err
	}
	if b.size > budget.Field {
		return 0, nil, errDamaged
	}
	data = make([]byte, b.size)
	if err := p.read(data); err != nil {
		return 0, nil, err
	}
	return kind, data, p.skip(min(-b.size&7, p.left))
}

// matrix reads an array behind its tag.
func (p *part) matrix(depth int) (*Variable, error) {
	if p.left == 0 { // an empty field
		return &Variable{what: "empty"}, nil
	}
	if depth > deepest {
		return nil, fmt.Errorf("its structures are nested more than %d deep", deepest)
	}
	_, flags, err := p.short()
	if err != nil {
		return nil, err
	}
	if len(flags) < 4 {
		return nil, errDamaged
	}
	v := &Variable{}
	class, complex := p.order.Uint32(flags)&0xff, p.order.Uint32(flags)&0x800 != 0
	if class > mxUint64 {
		v.what = "an object such as a table or datetime; save its columns as arrays"
		return v, p.opaque(v)
	}
	count, err := p.shape(v)
	if err != nil {
		return nil, err
	}
	_, name, err := p.short()
	if err != nil {
		return nil, err
	}
	v.Name = string(name)
	switch {
	case class == mxStruct:
		return v, p.structure(v, count, depth)
	case class >= mxDouble && !complex && v.what == "":
		v.Reals, err = p.numbers(count)
		return v, err
	case v.what != "":
	case complex:
		v.what = "complex numbers"
	case class == mxChar:
		v.what = "text"
	case class == mxSparse:
		v.what = "a sparse matrix"
	case class == mxCell:
		v.what = "a cell array"
	default:
		v.what = "an object"
	}
	return v, p.skip(p.left)
}

// opaque reads the name of an object and passes over the rest.
func (p *part) opaque(v *Variable) error {
	_, name, err := p.short()
	if err != nil {
		return err
	}
	v.Name = string(name)
	return p.skip(p.left)
}

// shape reads the dimensions and returns how many entries there are.
func (p *part) shape(v *Variable) (int64, error) {
	kind, dims, err := p.short()
	if err != nil {
		return 0, err
	}
	if kind != miInt32 || len(dims) < 8 {
		return 0, errDamaged
	}
	count := int64(1)
	for i := 0; i+4 <= len(dims); i += 4 {
		n := int64(int32(p.order.Uint32(dims[i:])))
		if n < 0 || n > 0 && count > math.MaxInt32/n {
			return 0, errDamaged
		}
		count *= n
		if i >= 8 && n != 1 {
			v.what = "more than two dimensions"
		}
	}
	v.Rows, v.Cols = int(p.order.Uint32(dims)), int(p.order.Uint32(dims[4:]))
	return count, nil
}

// widths are the bytes of numbers.
var widths = map[uint32]int64{miInt8: 1, miUint8: 1, miInt16: 2, miUint16: 2, miInt32: 4, miUint32: 4, miSingle: 4, miDouble: 8, miInt64: 8, miUint64: 8}

// numbers reads so many of them, which may be written in a smaller type than theirs.
func (p *part) numbers(count int64) ([]float64, error) {
	kind, b, err := p.tag()
	if err != nil {
		return nil, err
	}
	width := widths[kind]
	if width == 0 || b.size != width*count {
		return nil, errDamaged
	}
	if err := p.Hold(8 * count); err != nil {
		return nil, err
	}
	out := make([]float64, 0, min(count, 1<<16)) // grows with what is there
	if b.small != nil {
		return p.decode(out, b.small, kind, width), nil
	}
	if b.size > p.left {
		return nil, errDamaged
	}
	piece := make([]byte, min(b.size, 1<<16))
	for n := b.size; n > 0; {
		piece = piece[:min(n, int64(len(piece)))]
		if err := p.read(piece); err != nil {
			return nil, err
		}
		out = p.decode(out, piece, kind, width)
		n -= int64(len(piece))
	}
	return out, p.skip(p.left) // padding
}

// decode appends the numbers in b.
func (f *file) decode(out []float64, b []byte, kind uint32, width int64) []float64 {
	for ; int64(len(b)) >= width; b = b[width:] {
		var v float64
		switch kind {
		case miInt8:
			v = float64(int8(b[0]))
		case miUint8:
			v = float64(b[0])
		case miInt16:
			v = float64(int16(f.order.Uint16(b)))
		case miUint16:
			v = float64(f.order.Uint16(b))
		case miInt32:
			v = float64(int32(f.order.Uint32(b)))
		case miUint32:
			v = float64(f.order.Uint32(b))
		case miSingle:
			v = float64(math.Float32frombits(f.order.Uint32(b)))
		case miDouble:
			v = math.Float64frombits(f.order.Uint64(b))
		case miInt64:
			v = float64(int64(f.order.Uint64(b)))
		case miUint64:
			v = float64(f.order.Uint64(b))
		}
		out = append(out, v)
	}
	return out
}

// structure reads the fields of a structure, or of an array of structures with one number in
// each field.
func (p *part) structure(v *Variable, count int64, depth int) error {
	_, size, err := p.short()
	if err != nil {
		return err
	}
	if len(size) < 4 {
		return errDamaged
	}
	width := int(p.order.Uint32(size))
	_, names, err := p.short()
	if err != nil {
		return err
	}
	if width < 1 || len(names)%width != 0 {
		return errDamaged
	}
	n := len(names) / width
	if n == 0 {
		v.what = "a structure without fields"
		return nil
	}
	if err := p.Hold(int64(n) * 200); err != nil {
		return err
	}
	v.Fields = make([]Variable, n)
	for i := range v.Fields {
		v.Fields[i].Name = upToZero(names[i*width : (i+1)*width])
	}
	for e := range count {
		for i := range v.Fields {
			if err := p.field(&v.Fields[i], e, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// field reads a field of entry e of an array of structures.
func (p *part) field(f *Variable, e int64, depth int) error {
	kind, b, err := p.tag()
	if err != nil {
		return err
	}
	if kind != miMatrix || b.small != nil || b.size > p.left {
		return errDamaged
	}
	inner := &part{file: p.file, r: p.r, left: b.size}
	p.left -= b.size
	one, err := inner.matrix(depth + 1)
	if err != nil {
		return err
	}
	if err := inner.skip(inner.left); err != nil {
		return err
	}
	switch {
	case e == 0:
		name := f.Name
		*f = *one
		f.Name = name
	case len(one.Reals) == 1 && int64(len(f.Reals)) == e: // a number in each entry
		f.Reals = append(f.Reals, one.Reals[0])
		f.Rows, f.Cols = len(f.Reals), 1
	default:
		f.Reals, f.Fields, f.what = nil, nil, "an array of structures"
	}
	return nil
}

func upToZero(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}
