package parquet

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"testing"
	"time"
)

// free are limits that are not in the way of small files.
func free(most int64) Limits {
	held := int64(0)
	return Limits{
		Hold: func(n int64) error {
			if held += n; held > 1<<26 {
				return errors.New("too much")
			}
			return nil
		},
		Shape: func(rows int64, wide int) error {
			if rows > most || wide > 1000 {
				return errors.New("too large")
			}
			return nil
		},
	}
}

func all(t testing.TB, b []byte) (f *File, rows [][]string, err error) {
	if f, err = Open(bytes.NewReader(b), int64(len(b)), free(1<<16)); err != nil {
		return nil, nil, err
	}
	for {
		row, err := f.Next(nil)
		if err == io.EOF {
			return f, rows, nil
		}
		if err != nil {
			return f, rows, err
		}
		rows = append(rows, row)
	}
}

func TestWrittenColumnsAreReadBack(t *testing.T) {
	n := rowsOfGroup + 3 // two groups
	x, at, name := make([]float64, n), make([]time.Time, n), make([]string, n)
	for i := range x {
		x[i], at[i], name[i] = math.Sqrt(float64(i)), time.Unix(int64(i), 1), strconv.Itoa(i)
	}
	x[1], x[2], x[n-1] = math.NaN(), math.Copysign(0, -1), math.SmallestNonzeroFloat64
	var b bytes.Buffer
	if err := Write(&b, []Column{{Name: "t", Times: at}, {Name: "x [m]", Reals: x}, {Name: "id", Texts: name}}); err != nil {
		t.Fatal(err)
	}
	f, rows, err := all(t, b.Bytes())
	if err != nil || len(rows) != n || f.Names[1] != "x [m]" {
		t.Fatalf("%d rows of %d, %v", len(rows), n, err)
	}
	for i, row := range rows {
		v, err := strconv.ParseFloat(row[1], 64)
		if i == 1 && row[1] != "" || i != 1 && (err != nil || math.Float64bits(v) != math.Float64bits(x[i])) {
			t.Fatalf("row %d: %q is not %v", i, row[1], x[i])
		}
		if row[0] != at[i].UTC().Format(time.RFC3339Nano) || row[2] != name[i] {
			t.Fatalf("row %d: %q", i, row)
		}
	}
}

// The index of a data frame without a name gets one, unless a column has it already.
func TestIndexOfADataFrameTakesNoNameFromAColumn(t *testing.T) {
	for _, c := range []struct{ beside, want string }{{"x", "index"}, {"index", pandasIndex}} {
		var b bytes.Buffer
		if err := Write(&b, []Column{{Name: pandasIndex, Reals: []float64{0, 1}}, {Name: c.beside, Reals: []float64{5, 6}}}); err != nil {
			t.Fatal(err)
		}
		f, rows, err := all(t, b.Bytes())
		if err != nil || len(rows) != 2 || f.Names[0] != c.want || f.Names[1] != c.beside {
			t.Errorf("beside %s: %v, %v", c.beside, f.Names, err)
		}
	}
}

func TestFilesOfOtherProgramsAreRead(t *testing.T) {
	// In testdata, the same 100 rows by pyarrow; see testdata/README.md.
	want := readTestdata(t, "pyarrow-plain.parquet")
	for _, name := range []string{"pyarrow-snappy-v2.parquet", "pyarrow-zstd.parquet", "pyarrow-lz4.parquet", "pyarrow-gzip-delta.parquet",
		"pyarrow-split.parquet"} {
		rows := readTestdata(t, name)
		if len(rows) != len(want) {
			t.Errorf("%s has %d rows, not %d", name, len(rows), len(want))
			continue
		}
		for i := range rows {
			for c := range rows[i] {
				if rows[i][c] != want[i][c] {
					t.Fatalf("%s, row %d: %q, not %q", name, i, rows[i], want[i])
				}
			}
		}
	}
	first := []string{"2024-03-31T00:30:00Z", "0", "", "0", "red", "1", "0.00", "2024-01-01", "-5"}
	for c := range first {
		if want[0][c] != first[c] {
			t.Errorf("the first row is %q, not %q", want[0], first)
			break
		}
	}
}
