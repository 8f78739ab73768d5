package tables

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// doubles are values as NumPy stores them.
func doubles(v ...float64) string {
	var b bytes.Buffer
	binary.Write(&b, binary.LittleEndian, v)
	return b.String()
}

// cube is 3 recordings × 4 rows × 2 columns, value 100·recording + 10·row + column, in either order;
// the last row of the second recording has none.
func cube(fortran bool) []byte {
	v := make([]float64, 24)
	for r := range 3 {
		for k := range 4 {
			for c := range 2 {
				at := (r*4+k)*2 + c
				if fortran {
					at = r + 3*(k+4*c)
				}
				if v[at] = float64(100*r + 10*k + c); r == 1 && k == 3 {
					v[at] = math.NaN()
				}
			}
		}
	}
	return npy("<f8", fortran, "3, 4, 2", doubles(v...))
}

// Arrays of recordings × time × columns become recordings with their labels and times, in either
// order of memory; recordings end behind their last row with a value.
func TestArraysOfRecordings(t *testing.T) {
	for _, fortran := range []bool{false, true} {
		file := book(t, map[string]string{
			"x.npy":     string(cube(fortran)),
			"kind.npy":  string(npy("<U2", false, "3,", "a\x00\x00\x00\x00\x00\x00\x00b\x00\x00\x00c\x00\x00\x00a\x00\x00\x00\x00\x00\x00\x00")),
			"t.npy":     string(npy("<f8", false, "4,", doubles(0, 0.5, 2, 3))),
			"load.npy":  string(npy("<f8", fortran, "3, 4", doubles(make([]float64, 12)...))),
			"other.npy": string(npy("<f8", false, "7,", doubles(make([]float64, 7)...))),
		})
		table, err := Read("f", file[:Peek], bytes.NewReader(file), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(table.Note, "3 recordings of 4 rows") || !strings.Contains(table.Note, "left out for their shape: other") {
			t.Errorf("note %q", table.Note)
		}
		all, err := data.Read(table.Text(), data.ReadOptions{Label: "kind", Inputs: []string{"load"}})
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 3 || fmt.Sprint(all[0].Names) != "[x1 x2]" {
			t.Fatalf("%+v", all)
		}
		for r, s := range all {
			rows := 4 - r%2
			if s.Len() != rows || s.Label != []string{"a", "bc", "a"}[r] || s.ID != fmt.Sprint(r) || s.T[2] != 2 {
				t.Errorf("recording %q called %q has %d rows, times %v", s.ID, s.Label, s.Len(), s.T)
			}
			for i, v := range s.X {
				if want := float64(100*r + 10*(i/2) + i%2); v != want {
					t.Errorf("recording %d, value %d is %g, want %g", r, i, v, want)
				}
			}
		}
	}
}

// One file of three dimensions counts its rows; recordings may have names and times of their own.
func TestArraysOfRecordingsAlone(t *testing.T) {
	text, err := readWhole(cube(false), Options{})
	if lines := strings.Split(text, "\n"); err != nil || lines[0] != "id,t,x1,x2" || lines[1] != "0,0,0,1" || lines[8] != "2,0,200,201" {
		t.Errorf("%v\n%s", err, text)
	}
	file := book(t, map[string]string{"x.npy": string(npy("<i1", false, "2, 2, 1", "\x01\x02\x03\x04")),
		"ID.npy": string(npy("|S2", false, "2,", "p1q2")), "Time.npy": string(npy("<f8", false, "2, 2", doubles(0, 1, 5, 7)))})
	want := "id,Time,x\np1,0,1\np1,1,2\nq2,5,3\nq2,7,4\n"
	if text, err := readWhole(file, Options{}); err != nil || text != want {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestArraysOfRecordingsThatAreRefused(t *testing.T) {
	few := Limits{Rows: 11}
	for want, file := range map[string][]byte{
		"share the first two numbers": book(t, map[string]string{"a.npy": string(cube(false)), "b.npy": string(npy("<i1", false, "3, 2, 1", "123456"))}),
		"ends before it is filled":    npy("<f8", false, "3, 4, 2", doubles(1, 2)),
		"recordings are too large":    npy("<f8", false, "1, 900000, 900000", ""),
		"has 5 dimensions":            npy("<f8", false, "1, 1, 1, 1, 1", ""),
		"no rows":                     npy("<f8", false, "0, 4, 2", ""),
	} {
		if _, err := readWhole(file, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; it should say %q", err, want)
		}
	}
	if _, err := readWhole(cube(false), Options{Limits: few}); err == nil || !strings.Contains(err.Error(), "more than 11 rows") {
		t.Errorf("%v", err)
	}
}

// Times and names of recordings that do not fit the rest are refused, not passed over.
func TestArraysWhoseTimesOrNamesDoNotFit(t *testing.T) {
	for want, file := range map[string]map[string]string{
		`array "t" has 3 values, but there are 3 recordings of 4 rows`: {"x.npy": string(cube(false)), "t.npy": string(npy("<f8", false, "3,", doubles(0, 1, 2)))},
		`array "id" has 2 values, but there are 3 recordings`:          {"x.npy": string(cube(false)), "id.npy": string(npy("<i1", false, "2,", "\x01\x02"))},
		`recordings 1 and 3 have the same id "7"`:                      {"x.npy": string(cube(false)), "id.npy": string(npy("<i1", false, "3,", "\x07\x08\x07"))},
		`array "t" has 3 values, the others have 2 rows`:               {"x.npy": string(npy("<i1", false, "2,", "\x01\x02")), "t.npy": string(npy("<i1", false, "3,", "\x01\x02\x03"))},
	} {
		if text, err := readWhole(book(t, file), Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; it should say %q\n%s", err, want, text)
		}
	}
	if _, err := readWhole([]byte("PK\x05\x06"+strings.Repeat("\x00", 18)), Options{}); err == nil || !strings.Contains(err.Error(), "holds no array") {
		t.Errorf("an empty archive: %v", err)
	}
}

// Numbers of sixteen bits: known values of IEEE 754's binary16.
func TestHalfPrecision(t *testing.T) {
	for bits, want := range map[uint16]float64{0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0001: math.Ldexp(1, -24), 0x0400: math.Ldexp(1, -14), 0x3555: 0.333251953125, 0xfc00: math.Inf(-1)} {
		if got := half(bits); got != want {
			t.Errorf("%#x is %g, want %g", bits, got, want)
		}
	}
	if !math.IsNaN(half(0x7e00)) || !math.Signbit(half(0x8000)) {
		t.Error("not a number, or minus zero")
	}
	if text, err := readWhole(npy("<f2", false, "2,", "\x00\x3c\x00\xc0"), Options{}); err != nil || text != "x\n1\n-2\n" {
		t.Errorf("%v %q", err, text)
	}
}
