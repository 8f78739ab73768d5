package tables

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// npy is an array file with the given description.
func npy(descr string, fortran bool, shape, body string) []byte {
	order := map[bool]string{true: "True", false: "False"}[fortran]
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n", descr, order, shape)
	return append(append([]byte("\x93NUMPY\x01\x00"), byte(len(head)), byte(len(head)>>8)), head+body...)
}

// endless is n times the same byte.
type endless struct {
	b byte
	n int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.n == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), e.n))
	for i := range p[:n] {
		p[i] = e.b
	}
	e.n -= int64(n)
	return n, nil
}

// bomb is an archive whose parts are heads, then a byte over and over, then tails.
func bomb(t *testing.T, files map[string]string, in, head string, b byte, n int64, tail string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range files {
		if name == in {
			continue
		}
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, text); err != nil {
			t.Fatal(err)
		}
	}
	f, err := z.Create(in)
	if err == nil {
		_, err = io.Copy(f, io.MultiReader(strings.NewReader(head), &endless{b, n}, strings.NewReader(tail)))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestWhatUnpacksToTooMuchIsRefusedBeforeItIsKept measures what is allocated on the way: a
// small part of what the file would have become.
func TestWhatUnpacksToTooMuchIsRefusedBeforeItIsKept(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks a gigabyte; the race detector allocates as well")
	}
	const n, most = 64 << 20, 24 << 20 // of the bomb; that may be allocated
	good := `<row><c t="inlineStr"><is><t>t</t></is></c></row><row><c><v>1</v></c></row>`
	files := parts(one, good)
	inside := func(head string, b byte, tail string) []byte {
		return bomb(t, files, "xl/worksheets/sheet1.xml", `<worksheet><sheetData>`+head, b, n, tail+`</sheetData></worksheet>`)
	}
	for _, c := range []struct {
		name, want string
		file       []byte
		limit      int64
	}{
		{"a cell", "longer than", inside(good+`<row><c><v>`, '1', `</v></c></row>`), 0},
		{"a tag", "longer than", inside(good+`<row a="`, '1', `"/>`), 0},
		{"a cell without an end", "longer than", inside(good+`<row><c><v>`, '1', ``), 0},
		{"a text that cells share", "longer than", bomb(t, files, "xl/sharedStrings.xml", `<sst><si><t>`, 'x', n, `</t></si></sst>`), 0},
		{"the list of sheets", "longer than", bomb(t, files, "xl/workbook.xml", `<workbook>`, ' ', n, `</workbook>`), 0},
		{"more than the budget", "unpacks to 64 MiB", inside(``, ' ', ``), 8 << 20},
		{"an array of nothing", "more than 10000000 rows", npy("<f8", false, "1000000000,", ""), 0},
		{"wide", "more than 10000 columns", npy("<f8", false, "1, 1000000000", ""), 0},
		{"values", "more than 33554432 values", npy("<f8", false, "100000, 1000", ""), 0},
		{"long text", "longer than", npy("<U100000000", false, "1,", ""), 0},
		{"negative", "which is none", npy("<f8", false, "-1,", ""), 0},
		{"beyond numbers", "which is none", npy("<f8", false, "99999999999999999999,", ""), 0},
		{"order of Fortran", "the file ends before it is filled", npy("<f8", true, "1000, 10", "x"), 0},
		{"in an archive", "more than 10000000 rows", bomb(t, nil, "x.npy", string(npy("<f8", false, "1000000000,", "")), 0, 0, ""), 0},
		{"a name of JSON", "longer than", append([]byte(`{"`), bytes.Repeat([]byte("x"), 20<<20)...), 0},
		{"a deep object", "nested more than", bytes.Repeat([]byte(`{"a":`), 1<<20), 0},
		{"blanks", "longer than", append([]byte(`{"a": 1`), bytes.Repeat([]byte(" "), 20<<20)...), 0},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := readWhole(c.file, Options{Limits: Limits{Bytes: c.limit}})
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > most+6*uint64(len(c.file)) {
			t.Errorf("%s: %d MiB were allocated for a file of %d bytes", c.name, got>>20, len(c.file))
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%s: a message of %d bytes", c.name, len(err.Error()))
		}
	}
}

// TestLimitsOfTablesAreKept reads tables that are one beyond a limit, and one within.
func TestLimitsOfTablesAreKept(t *testing.T) {
	object := func(columns int) string {
		text := `{"c0": 1`
		for c := 1; c < columns; c++ {
			text += fmt.Sprintf(`, "c%d": 1`, c)
		}
		return text + "}\n"
	}
	cells := func(rows, columns int) string {
		text := ""
		for r := range rows + 1 {
			text += "<row>"
			for c := range columns {
				text += fmt.Sprintf(`<c t="str"><v>%c%d</v></c>`, 'a'+c, r)
			}
			text += "</row>"
		}
		return text
	}
	for name, make := range map[string]func(rows, columns int) []byte{
		"jsonl": func(rows, columns int) []byte { return []byte(strings.Repeat(object(columns), rows)) },
		"xlsx":  func(rows, columns int) []byte { return book(t, parts(one, cells(rows, columns))) },
		"npy": func(rows, columns int) []byte {
			return npy("|i1", false, fmt.Sprintf("%d, %d", rows, columns), strings.Repeat("\x01", rows*columns))
		},
		"npz": func(rows, columns int) []byte {
			return book(t, map[string]string{"a.npy": string(npy("|i1", true, fmt.Sprintf("%d, %d", rows, columns), strings.Repeat("\x01", rows*columns)))})
		},
	} {
		for _, c := range []struct {
			limits        Limits
			rows, columns int
			want          string
		}{
			{Limits{Rows: 5}, 5, 2, ""}, {Limits{Rows: 5}, 6, 2, "more than 5 rows; --allow rows=20"},
			{Limits{Columns: 3}, 2, 3, ""}, {Limits{Columns: 3}, 2, 4, "3 columns; --allow columns=12"},
			{Limits{Cells: 12}, 4, 3, ""}, {Limits{Cells: 12}, 5, 3, "more than 12 values; --allow cells=48"},
		} {
			_, err := readWhole(make(c.rows, c.columns), Options{Limits: c.limits})
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s of %d × %d within %+v: %v, want %q", name, c.rows, c.columns, c.limits, err, c.want)
			}
		}
	}
}

// TestTroubleIsToldWhereItIs wants messages that say what is wrong in which line or cell.
func TestTroubleIsToldWhereItIs(t *testing.T) {
	lines := func(text string) []byte { return []byte("\ufeff{\"t\": 0, \"x\": 1}\n" + text) }
	row := `<row><c t="inlineStr"><is><t>t</t></is></c></row>`
	for _, c := range []struct {
		file []byte
		want string
	}{
		{lines("{\"t\": 1"), "line 2: the file ends in the middle of an object"},
		{lines("\n\n{\"t\": 1,\n"), "line 4: the file ends in the middle of an object"},
		{lines("[1, 2]\n"), "line 2: an object such as"},
		{lines("7\n"), "line 2: an object such as"},
		{lines("{\"t\": 1} x\n"), "line 2: invalid character 'x'"},
		{lines("{\"t\": 1, \"t\": 2}\n"), `line 2: "t" has two values in one object`},
		{lines("{\"a\": {\"b\": 1}, \"a.b\": 2}\n"), `line 2: "a.b" has two values`},
		{lines("{\"t\": NaN}\n"), "line 2: invalid character 'N'"},
		{book(t, parts(one, row+`<row><c r="A2" t="s"><v>7</v></c></row>`)), `cell A2 shows text "7" of the workbook, which has 2`},
		{book(t, parts(one, row+`<row><c t="s"><v></v></c></row>`)), `cell 1 of row 2 shows text ""`},
		{book(t, parts(`<sheet name="Data" r:id="rId9"/>`, row)), "does not say where its sheet is"},
		{book(t, parts(``, row)), "no visible sheet"},
		{book(t, parts(one, row))[:300], "damaged or cut short"},
		{npy("<f8", false, "3,", "0123456701234567"), `array "x", row 3 of 3: the file ends before it is filled`},
		{npy("<c16", false, "1,", "0123456701234567"), "neither a number nor text"},
		{npy("<f8", false, "1, 1, 1, 1, 1", "01234567"), "5 dimensions"},
	} {
		if text, err := readWhole(c.file, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80q: %q, %v, want %q", c.file, text, err, c.want)
		}
	}
}
