package matfile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func small() Limits {
	held, unpacked := int64(0), int64(0)
	count := func(sum *int64) func(int64) error {
		return func(n int64) error {
			if *sum += n; *sum > 1<<22 {
				return errors.New("too much")
			}
			return nil
		}
	}
	return Limits{count(&held), count(&unpacked)}
}

// The files of testdata are written by scipy and by hand; see testdata/make.py.
func variables(t testing.TB, name string) []Variable {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	all, err := Read(bytes.NewReader(b), small())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return all
}

func TestVectorsLyingAndStandingAreColumns(t *testing.T) {
	for _, name := range []string{"arrays.mat", "arrays-packed.mat"} {
		table, err := Choose(variables(t, name), "")
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"t", "u", "y1", "y2"}; !reflect.DeepEqual(table.Names, want) {
			t.Errorf("%s: columns %q, not %q", name, table.Names, want)
		}
		for c, want := range [][]float64{{0, 0.1, 0.2}, {1, 2, 3}, {10, 20, 30}, {-1, -2, -3}} {
			if !reflect.DeepEqual(table.Columns[c], want) {
				t.Errorf("%s: column %s is %v, not %v", name, table.Names[c], table.Columns[c], want)
			}
		}
		if !strings.Contains(table.Note, "Ts = 0.1") || !strings.Contains(table.Note, "label") {
			t.Errorf("%s: %q does not say what was left out", name, table.Note)
		}
	}
}

func TestTheOnlyStructureIsTaken(t *testing.T) {
	table, err := Choose(variables(t, "structure.mat"), "")
	if err != nil || !reflect.DeepEqual(table.Names, []string{"t", "y"}) {
		t.Errorf("%+v, %v", table, err)
	}
}

func TestSeveralTablesAreAskedFor(t *testing.T) {
	all := variables(t, "two.mat")
	_, err := Choose(all, "")
	if err == nil || !strings.Contains(err.Error(), "est (a structure of u, y), val (a structure of u, y)") {
		t.Errorf("%v does not list the structures", err)
	}
	table, err := Choose(all, "val")
	if err != nil || table.Columns[0][0] != 5 {
		t.Errorf("%+v, %v", table, err)
	}
	table, err = Choose(all, "est.y, val.u")
	if err == nil {
		t.Errorf("columns of 3 and 4 rows are a table: %+v", table)
	}
	if _, err = Choose(all, "est.z"); err == nil || !strings.Contains(err.Error(), `no variable "est.z"`) {
		t.Errorf("a field that is not there: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.mat")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := Read(bytes.NewReader(b), small())
		if err != nil {
			return
		}
		table, err := Choose(all, "")
		if err != nil {
			return
		}
		for c := range table.Columns {
			if len(table.Columns[c]) != len(table.Columns[0]) || len(table.Columns) != len(table.Names) {
				t.Fatalf("%q: columns of unequal length", table.Names)
			}
		}
	})
}
