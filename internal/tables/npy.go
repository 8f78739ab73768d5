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

	"github.com/entrain-dev/entrain/data"
)

// array is one of NumPy's: values in the order of C, as numbers or as text.
type array struct {
	name string
	dims []int
	text []string
}

var (
	npyDescr   = regexp.MustCompile(`'descr':\s*'([<>|=]?)([a-zA-Z])(\d+)'`)
	npyFortran = regexp.MustCompile(`'fortran_order':\s*(True|False)`)
	npyShape   = regexp.MustCompile(`'shape':\s*\(([^)]*)\)`)
)

// readArray reads the format of numpy.save, versions 1 to 3.
func readArray(name string, b []byte) (*array, error) {
	if len(b) < 12 || !bytes.HasPrefix(b, []byte("\x93NUMPY")) {
		return nil, fmt.Errorf("array %q is not in NumPy's format", name)
	}
	size, from := int(binary.LittleEndian.Uint16(b[8:])), 10
	if b[6] >= 2 {
		size, from = int(binary.LittleEndian.Uint32(b[8:])), 12
	}
	if size < 0 || size > len(b)-from {
		return nil, fmt.Errorf("array %q ends in its header", name)
	}
	head, body := string(b[from:from+size]), b[from+size:]
	kind, order, shape := npyDescr.FindStringSubmatch(head), npyFortran.FindStringSubmatch(head), npyShape.FindStringSubmatch(head)
	if kind == nil || order == nil || shape == nil {
		return nil, fmt.Errorf("array %q holds neither numbers nor text (%s)", name, strings.TrimSpace(head[:min(len(head), 80)]))
	}
	a := &array{name: name}
	count := 1
	for _, s := range strings.Split(shape[1], ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > len(body) || n > 0 && count > len(body)/n {
			return nil, fmt.Errorf("array %q has the shape (%s), which its bytes do not fill", name, shape[1])
		}
		a.dims, count = append(a.dims, n), count*n
	}
	if len(a.dims) == 0 {
		a.dims = []int{1}
	}
	width, _ := strconv.Atoi(kind[3])
	if kind[2] == "U" {
		width *= 4
	}
	if width < 1 || count > len(body)/max(width, 1) {
		return nil, fmt.Errorf("array %q has the shape (%s), which its bytes do not fill", name, shape[1])
	}
	var endian binary.ByteOrder = binary.LittleEndian
	if kind[1] == ">" {
		endian = binary.BigEndian
	}
	for i := range count {
		v, ok := npyValue(kind[2], body[i*width:(i+1)*width], endian)
		if !ok {
			return nil, fmt.Errorf("array %q is of the type %s%s, which is neither a number nor text", name, kind[2], kind[3])
		}
		a.text = append(a.text, v)
	}
	if order[1] == "True" && len(a.dims) == 2 {
		turned := make([]string, 0, count)
		for r := range a.dims[0] {
			for c := range a.dims[1] {
				turned = append(turned, a.text[c*a.dims[0]+r])
			}
		}
		a.text = turned
	}
	return a, nil
}

func npyValue(kind string, b []byte, e binary.ByteOrder) (string, bool) {
	switch kind + strconv.Itoa(len(b)) {
	case "f8":
		return number(math.Float64frombits(e.Uint64(b))), true
	case "f4":
		return number(float64(math.Float32frombits(e.Uint32(b)))), true
	case "i8":
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

// columns are the columns of an array of one or two dimensions.
func (a *array) columns() (names []string, values [][]string, err error) {
	switch len(a.dims) {
	case 1:
		return []string{a.name}, [][]string{a.text}, nil
	case 2:
		rows, wide := a.dims[0], a.dims[1]
		for c := range wide {
			name := a.name
			if wide > 1 {
				name += strconv.Itoa(c + 1)
			}
			var v []string
			for r := range rows {
				v = append(v, a.text[r*wide+c])
			}
			names, values = append(names, name), append(values, v)
		}
		return names, values, nil
	}
	return nil, nil, fmt.Errorf("array %q has %d dimensions; a table has one or two", a.name, len(a.dims))
}

func readNPY(text []byte, _ Options) (*Table, error) {
	a, err := readArray("x", text)
	if err != nil {
		return nil, err
	}
	t, err := fromArrays([]*array{a})
	if err == nil {
		t.Note = fmt.Sprintf("an array of %d columns, called x1, x2, …", len(t.Names))
	}
	return t, err
}

// readNPZ takes every array of one or two dimensions that is as long as the longest.
func readNPZ(z *zip.Reader) (*Table, error) {
	var all []*array
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue
		}
		b, err := unzip(f)
		if err != nil {
			return nil, err
		}
		a, err := readArray(name, b)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return fromArrays(all)
}

func fromArrays(all []*array) (*Table, error) {
	rows := 0
	for _, a := range all {
		rows = max(rows, a.dims[0])
	}
	t := &Table{Rows: make([][]string, rows)}
	var left []string
	for _, a := range all {
		names, values, err := a.columns()
		if err != nil {
			return nil, err
		}
		if a.dims[0] != rows {
			left = append(left, a.name)
			continue
		}
		t.Names = append(t.Names, names...)
		for r := range rows {
			for _, v := range values {
				t.Rows[r] = append(t.Rows[r], v[r])
			}
		}
	}
	if rows == 0 || len(t.Names) == 0 {
		return nil, fmt.Errorf("it has no rows")
	}
	t.Note = fmt.Sprintf("arrays %s, %d rows", strings.Join(t.Names, ", "), rows)
	if len(left) > 0 {
		t.Note += "; left out for their length: " + strings.Join(left, ", ")
	}
	return t, nil
}

// mostUnzipped is how many bytes one file of an archive may become.
const mostUnzipped = 1 << 30

func unzip(f *zip.File) ([]byte, error) {
	if f.UncompressedSize64 > mostUnzipped {
		return nil, fmt.Errorf("%s would take %d MiB", f.Name, f.UncompressedSize64>>20)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, mostUnzipped+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	if len(b) > mostUnzipped {
		return nil, fmt.Errorf("%s takes more than %d MiB", f.Name, mostUnzipped>>20)
	}
	return b, nil
}

// WriteNPZ writes one array a column, and id (numbers from 0 on) of several recordings.
func WriteNPZ(w io.Writer, series []data.Series) error {
	var names []string
	columns := map[string][]float64{}
	add := func(name string, v float64) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		columns[name] = append(columns[name], v)
	}
	for i := range series {
		for k := range series[i].T {
			if len(series) > 1 {
				add("id", float64(i))
			}
			_ = eachValue(&series[i], k, func(name string, v float64) error { add(name, v); return nil })
		}
	}
	z := zip.NewWriter(w)
	for _, name := range names {
		f, err := z.Create(strings.ReplaceAll(name, "/", "_") + ".npy")
		if err != nil {
			return err
		}
		head := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }", len(columns[name]))
		for (10+len(head)+1)%64 != 0 {
			head += " "
		}
		head += "\n"
		b := append([]byte("\x93NUMPY\x01\x00"), byte(len(head)), byte(len(head)>>8))
		b = append(b, head...)
		for _, v := range columns[name] {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		if _, err := f.Write(b); err != nil {
			return err
		}
	}
	return z.Close()
}
