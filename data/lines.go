package data

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/entrain-dev/entrain/internal/budget"
)

// lines hands out the lines of a stream one by one: unpacked if it is gzipped,
// decoded, never more than one held at a time.
type lines struct {
	r       *bufio.Reader
	file    string
	number  int    // of the line handed out last, from 1
	buffer  []byte // of a line that is longer than r's buffer
	beyond  bool   // UTF-8 beyond ASCII was seen
	windows bool   // the text is Windows-1252
	meter   *metered
	note    func(format string, args ...any)
}

// left is how many bytes may be read yet.
func (l *lines) left() int64 { return l.meter.left }

// Marks at the start of a file.
var (
	gzipMagic = []byte{0x1f, 0x8b}
	utf8BOM   = []byte{0xef, 0xbb, 0xbf}
)

// foreign are files that are known and are no text, by their first bytes.
var foreign = []struct{ magic, what string }{
	{"PK\x03\x04", "an Excel workbook or another zip archive; save the sheet as CSV"},
	{"\xd0\xcf\x11\xe0", "an old Excel workbook; save the sheet as CSV"},
	{"PAR1", "a Parquet file; write it as CSV, for example with DuckDB: COPY (FROM 'file.parquet') TO 'file.csv'"},
	{"ARROW1", "an Arrow (Feather) file; export it: python3 -c \"import pandas; pandas.read_feather('FILE').to_parquet('FILE.parquet')\""},
	{"\xff\xff\xff\xff", "an Arrow stream; export it: python3 -c \"import pyarrow as a, pyarrow.parquet as p; p.write_table(a.ipc.open_stream('FILE').read_all(), 'FILE.parquet')\""},
	{"\x89HDF", "an HDF5 file; export it: python3 -c \"import h5py, numpy; f = h5py.File('FILE'); numpy.savez('FILE.npz', **{k: f[k][()] for k in f if hasattr(f[k], 'shape')})\""},
	{"MATLAB 7.3", "a MATLAB 7.3 file; in MATLAB: s = load('FILE'); save('v7.mat', '-struct', 's', '-v7')"},
	{"MATLAB 5.0", "a MATLAB file; write its arrays as CSV, with writematrix or writetable"},
	{"\x93NUMPY", "a NumPy array; write it as CSV, with numpy.savetxt"},
	{"SQLite format 3", "an SQLite database; write the table as CSV: sqlite3 -header -csv FILE 'SELECT * FROM table' > FILE.csv"},
	{"\x28\xb5\x2f\xfd", "packed by zstd; unpack it first, or use a pipe: <(zstd -dc FILE)"},
	{"BZh", "packed by bzip2; unpack it first, or use a pipe: <(bzip2 -dc FILE)"},
	{"\xfd7zXZ", "packed by xz; unpack it first, or use a pipe: <(xz -dc FILE)"},
	{"{\"", "JSON; write it as CSV, for example with jq: jq -r '[.t, .x] | @csv'"},
	{"[{", "JSON; write it as CSV, for example with jq: jq -r '.[] | [.t, .x] | @csv'"},
	{"%PDF", "a PDF document; a table in it has to be copied out as CSV"},
	{"\x7fELF", "a program"},
}

// newLines looks at the first bytes of r for what it is. left of the limit on bytes are
// not read yet.
func newLines(r io.Reader, file string, left, limit int64, note func(string, ...any)) (*lines, error) {
	l := &lines{file: file, note: note, meter: &metered{r: r, left: left, limit: limit}}
	b := bufio.NewReaderSize(l.meter, 1<<16)
	if head, _ := b.Peek(2); bytes.Equal(head, gzipMagic) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, l.failure(&packed{err})
		}
		l.meter = &metered{r: unpacking{z}, left: left, limit: limit}
		b = bufio.NewReaderSize(l.meter, 1<<16)
	}
	head, err := b.Peek(16)
	if err != nil && err != io.EOF {
		return nil, l.failure(err)
	}
	for _, f := range foreign {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return nil, at(file, 0, "", "this is %s", strings.ReplaceAll(f.what, "FILE", budget.Cut(file)))
		}
	}
	if len(head) >= 12 && string(head[8:12]) == "DUCK" {
		return nil, at(file, 0, "", "this is a DuckDB database; list its tables with duckdb %[1]s -c \"SHOW TABLES\" and export one: "+
			"duckdb %[1]s -c \"COPY (FROM NAME) TO 'NAME.parquet'\"", budget.Cut(file))
	}
	switch order := utf16Order(head); {
	case order != nil:
		l.r = bufio.NewReaderSize(&utf16Reader{r: b, order: order}, 1<<16)
		note("the text is UTF-16")
	default:
		l.r = b
	}
	if head, _ := l.r.Peek(3); bytes.Equal(head, utf8BOM) {
		l.r.Discard(3)
	}
	return l, nil
}

// next returns the next line without its end, valid until the call after; io.EOF behind the
// last one.
func (l *lines) next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		l.buffer = append(l.buffer[:0], line...)
		for err == bufio.ErrBufferFull {
			if len(l.buffer) > budget.Line {
				return nil, at(l.file, l.number+1, "", "the line is longer than %d MiB; this is no table of numbers", budget.Line>>20)
			}
			line, err = l.r.ReadSlice('\n')
			l.buffer = append(l.buffer, line...)
		}
		line = l.buffer
	}
	if err != nil && (err != io.EOF || len(line) == 0) {
		if err == io.EOF {
			return nil, io.EOF
		}
		return nil, l.failure(err)
	}
	l.number++
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
	return l.decode(line)
}

// decode checks that a line is text, UTF-8 or Windows-1252.
func (l *lines) decode(line []byte) ([]byte, error) {
	plain := true
	for _, b := range line {
		if b == 0 {
			return nil, at(l.file, l.number, "", "the file holds a zero byte: it is no text; give CSV or TSV")
		}
		plain = plain && b < utf8.RuneSelf
	}
	switch {
	case plain:
		return line, nil
	case !l.windows && utf8.Valid(line):
		l.beyond = true
		return line, nil
	}
	i := invalidUTF8(line)
	if text, ok := fromWindows(line); ok && !l.beyond {
		if !l.windows {
			l.windows = true
			l.note("the text is not UTF-8 (byte 0x%02x in line %d); it is read as Windows-1252 (Latin-1)", line[max(i, 0)], l.number)
		}
		return text, nil
	}
	return nil, at(l.file, l.number, "", "byte 0x%02x is not UTF-8 text; save the file as UTF-8 and try again", line[max(i, 0)])
}

// invalidUTF8 returns the place of the first byte that is not UTF-8, or -1.
func invalidUTF8(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// metered ends a stream that gives more than its budget.
type metered struct {
	r           io.Reader
	left, limit int64
}

// errTooLong is what a metered stream ends with.
type errTooLong struct{ limit int64 }

func (e *errTooLong) Error() string {
	return fmt.Sprintf("more than %s; %s", megabytes(e.limit), budget.Hint("bytes", 4*e.limit))
}

func (m *metered) Read(p []byte) (int, error) {
	if m.left < 0 {
		return 0, &errTooLong{m.limit}
	}
	n, err := m.r.Read(p[:min(int64(len(p)), m.left+1)])
	if m.left -= int64(n); m.left < 0 {
		return 0, &errTooLong{m.limit}
	}
	return n, err
}

func megabytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

// packed marks the errors of what unpacks.
type packed struct{ err error }

func (e *packed) Error() string { return e.err.Error() }
func (e *packed) Unwrap() error { return e.err }

type unpacking struct{ z *gzip.Reader }

func (u unpacking) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	if err != nil && err != io.EOF {
		err = &packed{err}
	}
	return n, err
}

// failure is an error of the stream, for the user.
func (l *lines) failure(err error) error {
	var long *errTooLong
	var gz *packed
	switch {
	case errors.As(err, &long):
		return at(l.file, 0, "", "the file holds %w", err)
	case errors.As(err, &gz):
		return at(l.file, 0, "", "the gzip data are damaged or cut short: %w", gz.err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("the file is cut short: %w", err)
	}
	return &ParseError{File: l.file, Err: err}
}
