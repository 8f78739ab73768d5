package data

import (
	"io"
	"reflect"
	"strings"
	"testing"
)

// texts are files, name and text by turns.
func texts(all ...string) []File {
	var out []File
	for i := 0; i < len(all); i += 2 {
		out = append(out, File{Name: all[i], ID: all[i], Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(all[i+1])), nil }})
	}
	return out
}

func TestFilesAreReadAsOneTableWithAColumnOfNames(t *testing.T) {
	files, err := ReadFiles(texts("a", "day,x [m],u\n02/01/2026,1,5\n13/01/2026,2,6\n", "b", "sep=;\nu;day;x [m]\n7;01/02/2026;3,5\n8;02/02/2026;4\n"), ReadOptions{Time: "day", Inputs: []string{"u"}})
	if err != nil {
		t.Fatal(err)
	}
	table, err := Read(strings.NewReader("id,day,x [m],u\na,02/01/2026,1,5\na,13/01/2026,2,6\nb,01/02/2026,3.5,7\nb,02/02/2026,4,8\n"), ReadOptions{Time: "day", Inputs: []string{"u"}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range table { // files have no such column
		table[i].IDName = ""
	}
	if !reflect.DeepEqual(files, table) {
		t.Errorf("files %+v\nare not the table %+v", files, table)
	}
}

func TestFilesMayHoldSeveralRecordingsEach(t *testing.T) {
	_, err := ReadFiles(texts("a.csv", "id,t,x\n1,0,1\n2,0,2\n", "b.csv", ",id,t,x\n0,1,0,1\n1,1,1,2\n"), ReadOptions{})
	if err == nil || !strings.Contains(err.Error(), `b.csv: line 1: column 1 has no name`) && !strings.Contains(err.Error(), "not in a.csv") {
		t.Errorf("a column of row numbers in one file only: %v", err)
	}
	got, err := ReadFiles(texts("a.csv", ",id,t,x\n0,1,0,1\n1,2,0,2\n", "b.csv", ",id,t,x\n0,1,0,1\n1,1,1,2\n"), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range got {
		ids = append(ids, s.ID)
	}
	if want := []string{"a.csv/1", "a.csv/2", "b.csv/1"}; !reflect.DeepEqual(ids, want) || !reflect.DeepEqual(got[2].Names, []string{"x"}) {
		t.Errorf("recordings %q with %q, not %q", ids, got[2].Names, want)
	}
}

func TestFilesMustAgree(t *testing.T) {
	const a = "t,x [m],y\n0,1,2\n1,2,3\n"
	for b, want := range map[string]string{
		"t,x [m]\n0,1\n":              `b: line 1: there is no column "y", which a has`,
		"t,x [m],y,z\n0,1,2,3\n":      `b: line 1, column "z": the column is not in a`,
		"t,x [ft],y\n0,1,2\n":         `b: line 1, column "x": the unit is "ft", but "m" in a`,
		"t,x [m],y\n0,1,two\n":        `b: line 2, column "y": "two" is not a number`,
		"t,x [m],y\n0,1,2\n0,2,3\n":   `b: line 3, column "t": the time 0 is already on line 2`,
		"t,x [m],y\n":                 `b: line 1: there are no rows`,
		"t,x [m],y\n0,1,2\n1,2\n":     `b: line 3: 2 fields, but the header has 3`,
		"y,x [m],t\n0,1,2\n1,2,3,4\n": `b: line 3: 4 fields, but the header has 3`,
	} {
		if _, err := ReadFiles(texts("a", a, "b", b), ReadOptions{File: "both"}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, not %s", b, err, want)
		}
	}
	for _, o := range []ReadOptions{{Ignore: []string{"z", "y"}}, {Time: "t", States: []string{"x"}}} {
		if _, err := ReadFiles(texts("a", a, "b", "t,x [m],z\n0,1,2\n"), o); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestLimitsAreForAllFilesTogether(t *testing.T) {
	var all []string
	for _, name := range []string{"a", "b", "c"} {
		all = append(all, name, "t,x\n0,1\n1,2\n")
	}
	for _, l := range []Limits{{Bytes: 30}, {Rows: 5}, {Cells: 11}, {Recordings: 2}} {
		if _, err := ReadFiles(texts(all...), ReadOptions{Limits: l}); err == nil || !strings.Contains(err.Error(), "--allow") {
			t.Errorf("%+v: %v", l, err)
		}
	}
	if _, err := ReadFiles(texts(all...), ReadOptions{Limits: Limits{Bytes: 36, Rows: 6, Cells: 100, Recordings: 3}}); err != nil {
		t.Error(err)
	}
}
