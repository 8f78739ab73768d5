package tables

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/internal/budget"
)

// array is one of NumPy's with one or two dimensions, or with three, whose row is a recording. Its
// values are read row by row; of one in the order of Fortran the whole is kept.
type array struct {
	name       string
	rows, wide int
	steps      int  // rows of a recording, of three dimensions; else 0
	flat       bool // one dimension
	high       int  // rows of pixels of a frame; 0: its columns are no pixels
	kind       string
	unit       int64 // of instants, in nanoseconds
	width      int   // bytes of a value
	endian     binary.ByteOrder
	body       io.Reader
	whole      []byte // in the order of Fortran; else nil
	row        []byte // the last one read
	at         int    // the next one
}

var (
	npyDescr   = regexp.MustCompile(`'descr':\s*'([<>|=]?)([a-zA-Z])(\d{1,9})(?:\[(\w{1,3})\])?'`)
	npyFortran = regexp.MustCompile(`'fortran_order':\s*(True|False)`)
	npyShape   = regexp.MustCompile(`'shape':\s*\(([^)]*)\)`)
)

// npyUnits are those of datetime64, in nanoseconds.
var npyUnits = map[string]int64{"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9, "D": 86400e9}

// instant is so many units after 1970; the smallest number is none.
func instant(n, unit int64) string {
	if n == math.MinInt64 {
		return ""
	}
	day := int64(86400e9) / unit
	at := time.Unix(n/day*86400, 0).Add(time.Duration(n % day * unit))
	if at.Year() < 1 || at.Year() > 9999 {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// longestHead is how many bytes the description of an array may have.
const longestHead = 1 << 20

// openArray reads the description of an array in the format of numpy.save, versions 1 to 3,
// and refuses one that is larger than may be read before a value of it is.
func openArray(name string, r io.Reader, p *purse) (*array, error) {
	head, err := arrayHead(r)
	if err != nil {
		return nil, fmt.Errorf("array %s %w", budget.Quote(name), err)
	}
	kind, order, shape := npyDescr.FindStringSubmatch(head), npyFortran.FindStringSubmatch(head), npyShape.FindStringSubmatch(head)
	if kind == nil || order == nil || shape == nil {
		return nil, fmt.Errorf("array %s holds neither numbers nor text (%s)", budget.Quote(name), budget.Quote(strings.TrimSpace(head)))
	}
	a := &array{name: name, kind: kind[2], endian: binary.LittleEndian, body: r}
	if a.width, _ = strconv.Atoi(kind[3]); a.kind == "U" {
		a.width *= 4
	}
	if a.unit = npyUnits[kind[4]]; (a.kind == "M") != (a.unit > 0) {
		return nil, fmt.Errorf("array %s is of the type %s%s[%s], which is not understood", budget.Quote(name), kind[2], kind[3], kind[4])
	}
	if kind[1] == ">" {
		a.endian = binary.BigEndian
	}
	if err := a.shape(shape[1]); err != nil {
		return nil, fmt.Errorf("array %s %w", budget.Quote(name), err)
	}
	if _, ok := npyValue(a.kind, make([]byte, min(a.width, 4*budget.Field)), a.endian); !ok || a.width < 1 {
		return nil, fmt.Errorf("array %s is of the type %s%s, which is neither a number nor text", budget.Quote(name), kind[2], kind[3])
	}
	if a.width > 4*budget.Field {
		return nil, long("each value of array " + budget.Quote(name))
	}
	if err := a.begin(p, order[1] == "True"); err != nil {
		return nil, fmt.Errorf("array %s has the shape (%s): %w", budget.Quote(name), budget.Cut(shape[1]), err)
	}
	return a, nil
}

// begin makes room for a row, or reads all of an array in the order of Fortran.
func (a *array) begin(p *purse, fortran bool) error {
	err := p.shape(a.rows, a.across())
	if size := int64(a.width) * int64(a.wide); err == nil && a.rows > 0 && size > p.Bytes/int64(a.rows) {
		err = fmt.Errorf("it holds more than %s; %s", budget.Size(p.Bytes), budget.Hint("bytes", 4*p.Bytes))
	}
	if err == nil && fortran && !a.flat {
		err = a.keep(p)
	} else if err == nil {
		if err = p.hold(int64(a.width * a.wide)); err == nil {
			a.row = make([]byte, a.width*a.wide)
		}
	}
	return err
}

// arrayHead is the description of an array.
func arrayHead(r io.Reader) (string, error) {
	b := make([]byte, 10, 12)
	if _, err := io.ReadFull(r, b); err != nil || !bytes.HasPrefix(b, []byte("\x93NUMPY")) {
		return "", fmt.Errorf("is not in NumPy's format")
	}
	size := int(binary.LittleEndian.Uint16(b[8:]))
	if b[6] >= 2 {
		if _, err := io.ReadFull(r, b[10:12]); err != nil {
			return "", fmt.Errorf("ends in its description")
		}
		size = int(binary.LittleEndian.Uint32(b[8:12]))
	}
	if size < 0 || size > longestHead {
		return "", fmt.Errorf("has a description of %d bytes; %d is the most", size, longestHead)
	}
	head := make([]byte, size)
	if _, err := io.ReadFull(r, head); err != nil {
		return "", fmt.Errorf("ends in its description")
	}
	return string(head), nil
}

// shape reads the rows and columns of an array.
func (a *array) shape(text string) error {
	var dims []int
	for _, s := range strings.Split(text, ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return fmt.Errorf("has the shape (%s), which is none", budget.Cut(text))
		}
		dims = append(dims, n)
	}
	switch len(dims) {
	case 0:
		a.rows, a.wide, a.flat = 1, 1, true
	case 1:
		a.rows, a.wide, a.flat = dims[0], 1, true
	case 2:
		a.rows, a.wide = dims[0], dims[1]
	case 3:
		if a.rows, a.steps = dims[0], dims[1]; dims[2] > 0 && dims[1] > math.MaxInt32/dims[2] {
			return fmt.Errorf("has the shape (%s), whose recordings are too large", budget.Cut(text))
		}
		a.wide = dims[1] * dims[2]
	case 4:
		return a.film(dims, text)
	default:
		return fmt.Errorf("has %d dimensions; a table has one or two, recordings × time × columns are three, recordings × time × height × width are four", len(dims))
	}
	return nil
}

// keep reads the whole of an array in the order of Fortran.
func (a *array) keep(p *purse) error {
	size := int64(a.width) * int64(a.rows) * int64(a.wide)
	if err := p.hold(size); err != nil {
		return err
	}
	a.whole = make([]byte, size)
	return a.filled(a.whole)
}

// filled reads bytes of the array.
func (a *array) filled(b []byte) error {
	if _, err := io.ReadFull(a.body, b); err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("the file ends before it is filled")
	} else if err != nil {
		return err
	}
	return nil
}

// next appends the values of the next row to dst.
func (a *array) next(dst []string) ([]string, error) {
	if err := a.load(); err != nil {
		return dst, err
	}
	for c := range a.wide {
		dst = append(dst, a.value(c))
	}
	return dst, nil
}

// load reads the next row.
func (a *array) load() error {
	if a.at++; a.whole != nil {
		return nil
	}
	if err := a.filled(a.row); err != nil {
		return fmt.Errorf("array %s, row %d of %d: %w", budget.Quote(a.name), a.at, a.rows, err)
	}
	return nil
}

// value is entry c of the row that was loaded.
func (a *array) value(c int) string {
	b, at := a.row, c*a.width
	if a.whole != nil {
		wide, steps := a.across(), max(1, a.steps)
		b, at = a.whole, (a.at-1+a.rows*(c/wide+steps*a.place(c%wide)))*a.width
	}
	if a.unit > 0 {
		return instant(int64(a.endian.Uint64(b[at:])), a.unit)
	}
	v, _ := npyValue(a.kind, b[at:at+a.width], a.endian)
	return v
}

// columns are the names of its columns.
func (a *array) columns() []string {
	if a.flat || a.wide == 1 {
		return []string{a.name}
	}
	names := make([]string, a.wide)
	for c := range names {
		names[c] = a.name + strconv.Itoa(c+1)
	}
	return names
}

// half is the value of the sixteen bits of IEEE 754's binary16.
func half(b uint16) float64 {
	fraction, exponent := float64(b&0x3ff), int(b>>10&0x1f)
	v := math.Ldexp(1024+fraction, exponent-25)
	switch {
	case exponent == 0:
		v = math.Ldexp(fraction, -24)
	case exponent == 0x1f && fraction == 0:
		v = math.Inf(1)
	case exponent == 0x1f:
		v = math.NaN()
	}
	return math.Copysign(v, 1-2*float64(b>>15))
}

func npyValue(kind string, b []byte, e binary.ByteOrder) (string, bool) {
	switch kind + strconv.Itoa(len(b)) {
	case "f8":
		return number(math.Float64frombits(e.Uint64(b))), true
	case "f4":
		return number(float64(math.Float32frombits(e.Uint32(b)))), true
	case "f2":
		return number(half(e.Uint16(b))), true
	case "i8", "M8":
		return strconv.FormatInt(int64(e.Uint64(b)), 10), true
	case "i4":
		return strconv.FormatInt(int64(int32(e.Uint32(b))), 10), true
	case "i2":
		return strconv.FormatInt(int64(int16(e.Uint16(b))), 10), true
	case "i1":
		return strconv.FormatInt(int64(int8(b[0])), 10), true
	case "u8":
		return strconv.FormatUint(e.Uint64(b), 10), true
	case "u4":
		return strconv.FormatUint(uint64(e.Uint32(b)), 10), true
	case "u2":
		return strconv.FormatUint(uint64(e.Uint16(b)), 10), true
	case "u1", "b1":
		return strconv.FormatUint(uint64(b[0]), 10), true
	}
	switch kind {
	case "U":
		var out []rune
		for i := 0; i+4 <= len(b); i += 4 {
			if r := rune(e.Uint32(b[i:])); r != 0 {
				out = append(out, r)
			}
		}
		return string(out), true
	case "S":
		return strings.TrimRight(string(b), "\x00"), true
	}
	return "", false
}

func readNPY(r io.Reader, _ Options, p *purse) (*Table, error) {
	a, err := openArray("x", &counted{r, p}, p)
	if err != nil {
		return nil, err
	}
	t, err := fromArrays([]*array{a}, p, func() error { // what stands behind it belongs to the file
		_, err := io.Copy(io.Discard, r)
		return err
	})
	if err == nil && a.steps == 0 {
		t.Note = fmt.Sprintf("an array of %d columns, called x1, x2, …", len(t.Names))
	}
	return t, err
}

// unpackerBytes is what unpacking one file of an archive takes.
const unpackerBytes = 64 << 10

// readNPZ takes every array of one or two dimensions that is as long as the longest.
func readNPZ(z *zip.Reader, p *purse) (*Table, error) {
	var all []*array
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue
		}
		if err := p.hold(unpackerBytes); err != nil {
			return nil, err
		}
		r, err := unzip(f, p)
		if err != nil {
			return nil, err
		}
		a, err := openArray(name, r, p)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return fromArrays(all, p, nil)
}

// longest is how many rows the longest array has that holds more than times or names of recordings.
func longest(all []*array) int {
	rows, most := 0, 0
	for _, a := range all {
		if most = max(most, a.rows); !a.tells() {
			rows = max(rows, a.rows)
		}
	}
	if rows == 0 {
		return most
	}
	return rows
}

// fromArrays is a table of arrays side by side, or of recordings; end, which may be nil, is called
// behind the last row.
func fromArrays(all []*array, p *purse, end func() error) (*Table, error) {
	if slices.ContainsFunc(all, func(a *array) bool { return a.steps > 0 }) {
		return fromRecordings(all, p, end)
	}
	rows, wide := longest(all), 0
	t := &Table{}
	var left []string
	var taken []*array
	for _, a := range all {
		if a.rows != rows && a.tells() {
			return nil, fmt.Errorf("array %s has %d values, the others have %d rows; give it one value for each row, or leave it out of the file", budget.Quote(a.name), a.rows, rows)
		}
		if a.rows != rows {
			left = append(left, a.name)
			continue
		}
		if wide += a.wide; p.shape(rows, wide) != nil {
			return nil, p.shape(rows, wide)
		}
		t.Names, taken = append(t.Names, a.columns()...), append(taken, a)
	}
	if rows == 0 || len(t.Names) == 0 {
		return nil, errNoRows
	}
	t.Note = fmt.Sprintf("arrays %s, %d rows", listed(t.Names), rows)
	if len(left) > 0 {
		t.Note += "; left out for their length: " + listed(left)
	}
	at := 0
	t.next = func(dst []string) (_ []string, err error) {
		if at == rows {
			if err := io.EOF; end == nil {
				return nil, err
			}
			if err := end(); err != nil {
				return nil, err
			}
			return nil, io.EOF
		}
		at++
		for _, a := range taken {
			if dst, err = a.next(dst); err != nil {
				return nil, err
			}
		}
		return dst, nil
	}
	return t, nil
}
