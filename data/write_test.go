package data

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
)

func write(t testing.TB, s []Series, o WriteOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, s, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteKeepsNamesOrderUnitsAndGaps(t *testing.T) {
	s := read(t, "y [m],x,Time [s],u\n1,,0,5\n0.1,3,0.30000000000000004,6\n", ReadOptions{Inputs: []string{"u"}})
	want := "Time [s],y [m],x,u\n0,1,,5\n0.30000000000000004,0.1,3,6\n"
	if got := write(t, s, WriteOptions{}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestWriteBands(t *testing.T) {
	s := Series{Time: "t", Names: []string{"x", "y"}, Units: []string{"m", ""}, T: []float64{0}, X: []float64{1, 2}}
	got := write(t, []Series{s}, WriteOptions{Bands: []Band{{Lo: []float64{0.5, 1}, Hi: []float64{1.5, 3}}}})
	want := "t,x [m],y,x_lo [m],x_hi [m],y_lo,y_hi\n0,1,2,0.5,1.5,1,3\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestWriteSeveralRecordings(t *testing.T) {
	s := read(t, "run,t,x\np q,0,1\n\"r,s\",0,2\np q,1,3\n", ReadOptions{})
	want := "t,x,run\n0,1,p q\n1,3,p q\n0,2,\"r,s\"\n"
	if got := write(t, s, WriteOptions{ID: "run"}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestWriteTimestamps(t *testing.T) {
	const text = "date,x\n2024-02-28T00:00:00Z,1\n2024-02-29T12:00:00Z,2\n2024-03-01T00:00:00.125Z,3\n"
	s := read(t, text, ReadOptions{})
	if got := write(t, s, WriteOptions{}); got != text {
		t.Errorf("got\n%swant\n%s", got, text)
	}
	s[0].T[1] = 0.1 + 0.2 // 25920 s but for a rounding
	if got := write(t, s, WriteOptions{}); !strings.Contains(got, "2024-02-28T07:12:00Z") {
		t.Errorf("rounding shows in\n%s", got)
	}
}

func TestNumbersReadBackToTheSameBits(t *testing.T) {
	for _, v := range []float64{0, math.Copysign(0, -1), 1, -2.5, 0.1, 1.0 / 3, 1e-5, 9.99e-6, 5e-324, 1e15, 123456789, math.MaxFloat64} {
		text := formatNumber(v)
		got, ok := (&table{}).number(text)
		if !ok || math.Float64bits(got) != math.Float64bits(v) {
			t.Errorf("%g is written %q and read %g", v, text, got)
		}
		if len(text) > 24 {
			t.Errorf("%g is written with %d characters", v, len(text))
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestWriteErrors(t *testing.T) {
	a := Series{Time: "t", Names: []string{"x"}, T: []float64{0}, X: []float64{1}}
	b := a
	b.ID, b.Names = "b", []string{"y"}
	var out bytes.Buffer
	if err := Write(&out, []Series{a, b}, WriteOptions{}); err == nil || out.Len() != 0 {
		t.Errorf("different columns: %v, %d bytes written", err, out.Len())
	}
	b.Names = []string{"id"}
	if err := Write(&out, []Series{b}, WriteOptions{}); err == nil || !strings.Contains(err.Error(), `"id"`) {
		t.Errorf("two columns of one name: %v", err)
	}
	if err := Write(&out, nil, WriteOptions{}); err == nil {
		t.Error("nothing to write is no error")
	}
	if err := Write(brokenPipe{}, []Series{a}, WriteOptions{}); err == nil {
		t.Error("a failing writer is no error")
	}
}
