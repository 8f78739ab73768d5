package parquet

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
)

func readTestdata(t testing.TB, name string) [][]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	_, rows, err := all(t, b)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return rows
}

func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := Write(&b, []Column{{Name: "x", Reals: []float64{1, math.NaN(), 3}}, {Name: "id", Texts: []string{"a", "b", "c"}}}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	files, _ := filepath.Glob("testdata/*.parquet")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Open(bytes.NewReader(b), int64(len(b)), free(1<<10))
		if err != nil {
			return
		}
		rows := int64(0)
		for {
			row, err := file.Next(nil)
			if err == io.EOF {
				if rows != file.Rows {
					t.Errorf("%d rows of %d", rows, file.Rows)
				}
				return
			}
			if err != nil {
				return
			}
			if len(row) != len(file.Names) {
				t.Errorf("a row of %d, but %d names", len(row), len(file.Names))
			}
			rows++
		}
	})
}
