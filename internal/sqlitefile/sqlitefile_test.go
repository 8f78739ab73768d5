package sqlitefile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func open(t testing.TB, b []byte) (*Database, error) {
	held := int64(0)
	return Open(bytes.NewReader(b), int64(len(b)), func(n int64) error {
		if held += n; held > 1<<22 {
			return errors.New("too much")
		}
		return nil
	})
}

// plant.db has a table log of 500 rows, written by make.py.
func plant(t testing.TB) *Database {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "plant.db"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := open(t, b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func rows(t testing.TB, d *Database, what string) (names []string, out [][]string, err error) {
	t.Helper()
	r, err := d.Read(what)
	if err != nil {
		return nil, nil, err
	}
	for {
		row, err := r.Next(nil)
		if err == io.EOF {
			return r.Names, out, nil
		}
		if err != nil {
			return nil, nil, err
		}
		out = append(out, row)
	}
}

func TestTablesAndQueriesOfOneAreRead(t *testing.T) {
	for _, c := range []struct {
		what, names string
		rows        int
		first, last string
	}{
		{"log", "id|t|temp level|unit|note", 500, "1|0|20|a|", "500|49.9|69.9||" + strings.Repeat("long ", 2000)},
		{"LOG", "id|t|temp level|unit|note", 500, "1|0|20|a|", ""},
		{`SELECT t, "temp level" AS T FROM log WHERE unit = 'a' AND t < 10`, "t|T", 50, "0|20", "9.8|29.8"},
		{"select t from log where unit is null order by t desc limit 2;", "t", 2, "49.9", "49.5"},
		{"SELECT rowid, t FROM log WHERE id >= 499", "rowid|t", 2, "499|49.8", "500|49.9"},
		{"SELECT * FROM second WHERE k <> -2", "k|v", 2, "-300|7", "1099511627776|"},
	} {
		names, out, err := rows(t, plant(t), c.what)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if strings.Join(names, "|") != c.names || len(out) != c.rows || strings.Join(out[0], "|") != c.first {
			t.Errorf("%s: %q, %d rows, the first %q", c.what, names, len(out), out[0])
		}
		if last := strings.Join(out[len(out)-1], "|"); c.last != "" && last != c.last {
			t.Errorf("%s: the last row is %.60q", c.what, last)
		}
	}
}

func TestWhatIsMeantIsAskedFor(t *testing.T) {
	for what, want := range map[string]string{
		"":                              "it has the tables log, second, hot; say which",
		"lag":                           `no table "lag"; there are log, second, hot`,
		"SELECT x FROM log":             `no column "x" (columns: id, t, temp level, unit, note)`,
		"SELECT max(t) FROM log":        `"(" is not understood`,
		"SELECT t FROM log JOIN second": `"JOIN" is not understood`,
		"SELECT t FROM log WHERE t":     "queries are columns of one table",
		"hot":                           "is a view",
		"SELECT 't FROM log":            "never closed",
	} {
		if _, _, err := rows(t, plant(t), what); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", what, err, want)
		}
	}
}

func TestStatementsAreCutIntoWords(t *testing.T) {
	got, err := lex("a<=-1.5e-3 AND [b c]='it''s' -- end\n;")
	want := []word{{text: "a"}, {text: "<="}, {text: "-1.5e-3", value: true}, {text: "AND"}, {text: "b c", quoted: true}, {text: "="}, {text: "it's", value: true}, {text: ";"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}

func FuzzRead(f *testing.F) {
	b, err := os.ReadFile(filepath.Join("testdata", "small.db"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b, "")
	f.Add(b, "SELECT x FROM log WHERE t > 1 ORDER BY x")
	f.Fuzz(func(t *testing.T, b []byte, what string) {
		d, err := open(t, b)
		if err != nil {
			return
		}
		for _, name := range append(d.Tables(), what) {
			names, out, err := rows(t, d, name)
			for _, row := range out {
				if err == nil && len(row) != len(names) {
					t.Errorf("a row of %d values for %d columns", len(row), len(names))
				}
			}
		}
	})
}
