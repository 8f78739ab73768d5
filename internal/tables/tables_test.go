package tables

import (
	"archive/zip"
	"bytes"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// readWhole is the text of a file, or what is wrong with it.
func readWhole(file []byte, o Options) (string, error) {
	t, err := Read("f", file[:min(len(file), Peek)], bytes.NewReader(file), o)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(t.Text())
	return string(text), err
}

// hard are numbers that lose bits where they can.
func hard() []data.Series {
	return []data.Series{{Time: "t", Names: []string{"y", "z"}, Inputs: []string{"u"},
		T: []float64{0, 0.1, 0.2, math.Nextafter(0.3, 1)},
		X: []float64{math.Pi, math.NaN(), 1e-300, -1e300, math.Nextafter(1, 2), 1.0 / 3, math.Copysign(0, -1), 7},
		U: []float64{1, 2.5, math.SmallestNonzeroFloat64 * 1e10, 4}}}
}

func read(t *testing.T, text []byte, o Options) []data.Series {
	t.Helper()
	if !Known(text[:min(len(text), Peek)]) {
		t.Fatalf("%.20q is not known", text)
	}
	table, err := Read("file", text[:min(len(text), Peek)], bytes.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := data.Read(table.Text(), data.ReadOptions{Inputs: []string{"u"}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsWrittenIsReadBackToTheSameBits(t *testing.T) {
	want := hard()
	for name, write := range map[string]func(b *bytes.Buffer) error{
		"npz":   func(b *bytes.Buffer) error { return WriteNPZ(b, want) },
		"jsonl": func(b *bytes.Buffer) error { return WriteJSONLines(b, want) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		got := read(t, b.Bytes(), Options{})
		same := func(what string, a, b []float64) {
			if len(a) != len(b) {
				t.Fatalf("%s: %d values of %s, want %d", name, len(a), what, len(b))
			}
			for i := range a {
				if math.Float64bits(a[i]) != math.Float64bits(b[i]) && !(math.IsNaN(a[i]) && math.IsNaN(b[i])) {
					t.Errorf("%s: %s[%d] = %v, want %v", name, what, i, a[i], b[i])
				}
			}
		}
		same("T", got[0].T, want[0].T)
		same("X", got[0].X, want[0].X)
		same("U", got[0].U, want[0].U)
	}
}

// book is a workbook with the given files.
func book(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parts(sheets, cells string) map[string]string {
	return map[string]string{
		"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>` + sheets + `</sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Target="/xl/worksheets/sheet1.xml"/></Relationships>`,
		"xl/sharedStrings.xml":       `<sst><si><t>time</t></si><si><r><t>y </t></r><r><t>[V]</t></r></si></sst>`,
		"xl/styles.xml":              `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData>` + cells + `</sheetData></worksheet>`,
	}
}

const one = `<sheet name="Data" r:id="rId1"/>`

func TestWorkbooksAreRead(t *testing.T) {
	cells := `<row r="1"/><row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="inlineStr"><is><t>u</t></is></c></row>`
	for i, y := range []string{"1.5", "2.25", "", "4"} {
		day := []string{"45292", "45292.5", "45293", "45293.5"}[i]
		cells += `<row><c r="A` + day[:1] + `" s="1"><v>` + day + `</v></c>`
		if y != "" {
			cells += `<c r="B3"><f>A3*2</f><v>` + y + `</v></c>`
		}
		cells += `<c r="C3" t="b"><v>1</v></c></row>`
	}
	s := read(t, book(t, parts(one, cells)), Options{})[0]
	if s.Len() != 4 || s.Names[0] != "y" || s.Units[0] != "V" || s.X[1] != 2.25 || !math.IsNaN(s.X[2]) || s.U[3] != 1 {
		t.Errorf("%+v", s)
	}
	if got := s.Epoch.Format("2006-01-02"); got != "2024-01-01" {
		t.Errorf("the first day is %s, want 2024-01-01", got)
	}
	if d := (s.T[1] - s.T[0]) / (s.T[3] - s.T[0]); math.Abs(d-1.0/3) > 1e-12 {
		t.Errorf("times %v", s.T)
	}
}

func TestWorkbooksWithQuestionsAreRefused(t *testing.T) {
	good := `<row><c t="inlineStr"><is><t>t</t></is></c></row><row><c><v>1</v></c></row>`
	for _, c := range []struct{ name, sheets, cells, sheet, want string }{
		{"two sheets", one + `<sheet name="Other" r:id="rId2"/>`, good, "", "it has the sheets Data, Other; say which, as in FILE#Data"},
		{"another sheet", one, good, "Date", `there is no sheet "Date"; there are Data`},
		{"formula without a value", one, `<row><c t="inlineStr"><is><t>t</t></is></c></row><row><c r="A2"><f>B1</f></c></row>`, "", "cell A2 has a formula whose value was never computed"},
		{"no rows", one, `<row><c t="inlineStr"><is><t>t</t></is></c></row>`, "", "no rows"},
	} {
		if _, err := readWhole(book(t, parts(c.sheets, c.cells)), Options{Part: c.sheet}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := readWhole(book(t, map[string]string{"a.txt": "x"}), Options{}); err == nil {
		t.Error("any archive is read")
	}
}

func TestJSONLinesAreFlattenedInTheirOrder(t *testing.T) {
	got, err := readWhole([]byte(`{"t": 0, "z": {"b": true, "a": null}, "v": [1, 2]}`+"\n"+`{"t": 1, "new": "x"}`), Options{})
	if want := "t,z.b,z.a,v1,v2,new\n0,1,,1,2,\n1,,,,,x\n"; err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func FuzzRead(f *testing.F) {
	var npz bytes.Buffer
	if err := WriteNPZ(&npz, hard()); err != nil {
		f.Fatal(err)
	}
	f.Add(npz.Bytes())
	f.Add([]byte(`{"t": 0, "x": [1, {"a": 2}]}`))
	f.Add([]byte("\x93NUMPY\x01\x00\x46\x00{'descr': '<f8', 'fortran_order': True, 'shape': (1, 2), }             \n0123456789abcdef"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, err := readWhole(text, Options{Limits: Limits{Bytes: 4 << 20}}); err == nil && strings.TrimSpace(got) == "" {
			t.Error("a table without columns")
		}
	})
}
