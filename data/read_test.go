package data

import (
	"bytes"
	"compress/gzip"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, text string, o ReadOptions) []Series {
	t.Helper()
	s, err := Read(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// readOne reads a file of one recording.
func readOne(t *testing.T, text string, o ReadOptions) Series {
	t.Helper()
	s := read(t, text, o)
	if len(s) != 1 {
		t.Fatalf("%d recordings, want 1", len(s))
	}
	return s[0]
}

// equalBits compares numbers, NaN equal to NaN.
func equalBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool {
		return math.Float64bits(x) == math.Float64bits(y) || math.IsNaN(x) && math.IsNaN(y)
	})
}

func wantNumbers(t *testing.T, what string, got []float64, want ...float64) {
	t.Helper()
	if !equalBits(got, want) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func wantNames(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s = %q, want %q", what, got, want)
	}
}

var nan = math.NaN()

func TestReadPlain(t *testing.T) {
	s := readOne(t, "time [s],x [m],y\n0,1,2\n0.5,,NaN\n1, 5 ,NA\n", ReadOptions{})
	wantNumbers(t, "T", s.T, 0, 0.5, 1)
	wantNumbers(t, "X", s.X, 1, 2, nan, nan, 5, nan)
	wantNames(t, "names", s.Names, "x", "y")
	wantNames(t, "units", s.Units, "m", "")
	if s.Time != "time" || s.TUnit != "s" || s.ID != "" {
		t.Errorf("time %q [%s], id %q", s.Time, s.TUnit, s.ID)
	}
}

func TestReadSeparators(t *testing.T) {
	for name, text := range map[string]string{
		"comma":     "t,x,y\n0,1.5,2\n1,3,4\n",
		"tab":       "t\tx\ty\n0\t1.5\t2\n1\t3\t4\n",
		"semicolon": "t;x;y\n0;1.5;2\n1;3;4\n",
		"decimals":  "t;x;y\n0;1,5;2\n1;3,0;4\n",
		"crlf":      "t,x,y\r\n0,1.5,2\r\n1,3,4\r\n",
		"BOM":       "\ufefft,x,y\n0,1.5,2\n1,3,4",
		"comments":  "# made by hand; with, commas\n\nt,x,y\n# here too\n0,1.5,2\n\n1,3,4\n",
		"quotes":    "\"t\",\"x\",\"y\"\n\"0\",\"1.5\",2\n1,3,4\n",
		"counter":   ",t,x,y\n0,0,1.5,2\n1,1,3,4\n",
		"trailing":  "t,x,y,\n0,1.5,2,\n1,3,4,\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := readOne(t, text, ReadOptions{})
			wantNumbers(t, "T", s.T, 0, 1)
			wantNumbers(t, "X", s.X, 1.5, 2, 3, 4)
			wantNames(t, "names", s.Names, "x", "y")
		})
	}
}

func TestReadGzip(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte("t,x\n0,1\n1,2\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	s := readOne(t, b.String(), ReadOptions{})
	wantNumbers(t, "X", s.X, 1, 2)
}

func TestReadTimestamps(t *testing.T) {
	for _, c := range []struct {
		text, unit string
		want       []float64
	}{
		{"date,x\n2024-02-28,1\n2024-02-29,2\n2024-03-02,3\n", "d", []float64{0, 1, 3}},
		{"when,x\n2024-01-01 00:00,1\n2024-01-01T01:30,2\n2024-01-01T03:00,3\n", "h", []float64{0, 1.5, 3}},
		{"time,x\n2024-01-01T00:00:00Z,1\n2024-01-01T01:01:00+01:00,2\n2024-01-01T00:02:30Z,3\n", "min", []float64{0, 1, 2.5}},
		{"time,x\n2024-01-01T00:00:59.25,1\n2024-01-01T00:01:00.75,2\n2024-01-01T00:01:01,3\n", "s", []float64{0, 1.5, 1.75}},
		{"time,x\n1969-12,1\n1970-01,2\n", "d", []float64{0, 31}},
	} {
		s := readOne(t, c.text, ReadOptions{})
		wantNumbers(t, "T", s.T, c.want...)
		if s.TUnit != c.unit || s.Epoch.IsZero() {
			t.Errorf("unit %q since %v, want %q", s.TUnit, s.Epoch, c.unit)
		}
	}
}

func TestColumnRoles(t *testing.T) {
	const text = "a,Year,run,u,x\n3,1,p,10,1\n1,2,p,20,2\n2,1,q,30,3\n"
	s := read(t, text, ReadOptions{Inputs: []string{"u"}})
	if len(s) != 2 || s[0].ID != "p" || s[1].ID != "q" {
		t.Fatalf("recordings %+v", s)
	}
	wantNames(t, "states", s[0].Names, "a", "x")
	wantNames(t, "inputs", s[0].Inputs, "u")
	wantNumbers(t, "T", s[0].T, 1, 2)
	wantNumbers(t, "X", s[0].X, 3, 1, 1, 2)
	wantNumbers(t, "U", s[0].U, 10, 20)
	wantNumbers(t, "other X", s[1].X, 2, 3)
	if s[0].Time != "Year" {
		t.Errorf("time column %q", s[0].Time)
	}

	one := read(t, text, ReadOptions{Time: "u", ID: "run", States: []string{"x", "a"}})
	wantNames(t, "named states keep the order of the file", one[0].Names, "a", "x")
	wantNumbers(t, "named time", one[0].T, 10, 20)

	left := read(t, text, ReadOptions{Ignore: []string{"a", "u"}})
	wantNames(t, "the rest", left[0].Names, "x")
}

func TestTimeIsTheFirstIncreasingColumn(t *testing.T) {
	s := readOne(t, "x,clock,z\n3,0,1\n1,0.5,2\n2,2,3\n", ReadOptions{})
	if s.Time != "clock" {
		t.Errorf("time column %q, want clock", s.Time)
	}
	wantNames(t, "states", s.Names, "x", "z")
}

func TestInterleavedRecordings(t *testing.T) {
	s := read(t, "batch,t,x\nb,0,1\na,0,2\nb,1,3\na,1,4\n", ReadOptions{})
	if len(s) != 2 || s[0].ID != "b" || s[1].ID != "a" {
		t.Fatalf("recordings %+v", s)
	}
	wantNumbers(t, "b", s[0].X, 1, 3)
	wantNumbers(t, "a", s[1].X, 2, 4)
}

func TestShippedExamplesRead(t *testing.T) {
	for name, rows := range map[string]int{"lynx-hare.csv": 21, "lotka-volterra.csv": 61} {
		f, err := os.Open("../examples/" + name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		s, err := Read(f, ReadOptions{File: name})
		if err != nil {
			t.Fatal(err)
		}
		if len(s) != 1 || s[0].Len() != rows || len(s[0].Names) != 2 {
			t.Errorf("%s: %d recordings, %d rows, states %q", name, len(s), s[0].Len(), s[0].Names)
		}
		if p := Check(s); p != nil {
			t.Errorf("%s: %v", name, p)
		}
	}
}
