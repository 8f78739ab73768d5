package data

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// FuzzRead: no text makes the reader panic, every refusal is a ParseError of one line, and
// what is accepted can be written and reads back equal.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"t,x,y\n0,1,2\n1,,NaN\n", "time [s];x [m]\n0;1,5\n1;2\n", "date,x\n2024-02-28,1\n2024-02-29,2\n",
		"id,t,x\na,0,1\nb,0,2\na,1,3\n", "# c\n\ufeff\"#a\",\"b,c\"\n0,1\n1,2e-300\n", "a\tb\n1\t2\n",
		",t,x\n0,0,1\n", "0,1\n", "\x1f\x8b", "t,x [a] [b],y []\n-0,1e22,3\n", "t,x\n0,\"1\n",
		"sep=;\nt;x\n0;1,5\n", "t x\n 0 1\n", "0,1\n1,2\n", "a,b\nt,x,y\ns,m,m\n0,1,2\n", "t,b\n0,True\n1,False\n",
		"Datum;Zeit;x (m)\n13.7.2026;1:00;2\n", "d,x\n7/4/2026 1:00 PM,1\n7/13/2026 1:00 PM,2\n", "\xff\xfet\x00,\x00x\x00\n\x000\x00,\x001\x00",
		"t,x \xb0\n0,\"1,234.5\"\n", "clock,x\n23:59:59.5,1\n0:00:01,2\n", "subject,time,x\n1,0,1\n2,0,1\n", ",x,y\n,\x01,m\n0,1,", "t,x (a[b)\n0,1\n", "time,variable,value\n0,a,1\n0,b,2\n1,a,3\n",
		"\ufeff\ufeff,0\n0,", "when,x\n0001-01-01T00:00:00.000000001Z,1\n9999-12-31 23:59,2\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 { // longer texts find nothing that short ones do not, and take the time
			return
		}
		s, err := Read(strings.NewReader(text), ReadOptions{})
		if err != nil {
			if _, ok := err.(*ParseError); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		Check(s)
		id := "id"
		for slices.Contains(s[0].Names, id) || s[0].Time == id {
			id += "_"
		}
		again := write(t, s, WriteOptions{ID: id})
		o := ReadOptions{Time: s[0].Time, States: s[0].Names}
		if s[0].ID != "" {
			o.ID = id
		}
		back, err := Read(strings.NewReader(again), o)
		if err != nil {
			t.Fatalf("%v in\n%s", err, again)
		}
		if len(back) != len(s) {
			t.Fatalf("%d recordings became %d", len(s), len(back))
		}
		for n := range s {
			sameSeries(t, &s[n], &back[n])
		}
	})
}

func sameSeries(t *testing.T, a, b *Series) {
	t.Helper()
	if a.ID != b.ID || a.Time != b.Time || a.TUnit != b.TUnit || !slices.Equal(a.Names, b.Names) || !slices.Equal(a.Units, b.Units) {
		t.Fatalf("columns changed: %+v became %+v", a, b)
	}
	if !equalBits(a.X, b.X) || !equalBits(a.U, b.U) || len(a.T) != len(b.T) {
		t.Fatalf("values changed: %+v became %+v", a, b)
	}
	for i, v := range a.T {
		// Timestamps are rounded to what their distance from the first resolves.
		if tol := 1e-14 * math.Abs(v); a.Epoch.IsZero() && v != b.T[i] || math.Abs(v-b.T[i]) > tol {
			t.Fatalf("time %v became %v", v, b.T[i])
		}
	}
	if !a.Epoch.Equal(b.Epoch) {
		t.Fatalf("epoch %v became %v", a.Epoch, b.Epoch)
	}
}
