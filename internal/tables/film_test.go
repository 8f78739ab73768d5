package tables

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// Frames of recordings × time × height × width become columns that are called by their pixels, in
// either order of memory.
func TestFramesBecomeColumns(t *testing.T) {
	for _, fortran := range []bool{false, true} {
		v := make([]float64, 2*3*2*4)
		for r := range 2 {
			for k := range 3 {
				for i := range 2 {
					for j := range 4 {
						at := ((r*3+k)*2+i)*4 + j
						if fortran {
							at = r + 2*(k+3*(i+2*j))
						}
						v[at] = float64(1000*r + 100*k + 10*i + j)
					}
				}
			}
		}
		file := book(t, map[string]string{"p.npy": string(npy("<f8", fortran, "2, 3, 2, 4", doubles(v...)))})
		table, err := Read("f", file[:min(len(file), Peek)], bytes.NewReader(file), Options{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := data.Read(table.Text(), data.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 2 || !slices.Equal(all[0].Names, strings.Fields("p0_0 p0_1 p0_2 p0_3 p1_0 p1_1 p1_2 p1_3")) {
			t.Fatalf("%d recordings, columns %v", len(all), all[0].Names)
		}
		if got := all[1].Row(2); !slices.Equal(got, []float64{1200, 1201, 1202, 1203, 1210, 1211, 1212, 1213}) {
			t.Errorf("order of Fortran %v: the last frame is %v", fortran, got)
		}
	}
}

// Frames without pixels, and too many dimensions, are refused.
func TestFramesThatAreNone(t *testing.T) {
	for shape, want := range map[string]string{"2, 3, 0, 4": "frames without a pixel", "2, 70000, 70000, 7": "too large", "1, 1, 1, 1, 1": "5 dimensions"} {
		file := book(t, map[string]string{"p.npy": string(npy("<f8", false, shape, doubles(1)))})
		if _, err := Read("f", file[:min(len(file), Peek)], bytes.NewReader(file), Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("(%s): %v; it should say %q", shape, err, want)
		}
	}
}
