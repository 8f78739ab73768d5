package page

import (
	"fmt"
	"testing"
)

// TestColumnsArePixelsByTheirNames: row by row, by either way of writing; others are no frame.
func TestColumnsArePixelsByTheirNames(t *testing.T) {
	for _, form := range []string{"p%d_%d", "p[%d,%d]", "%d_%d"} {
		var names []string
		for k := range 12 {
			names = append(names, fmt.Sprintf(form, k/4, k%4))
		}
		if high, wide, ok := pixels(names); !ok || high != 3 || wide != 4 {
			t.Errorf("%s: %d × %d, %v", form, high, wide, ok)
		}
		names[4], names[5] = names[5], names[4]
		if _, _, ok := pixels(names); ok {
			t.Errorf("%s: pixels out of order are a frame", form)
		}
	}
	for _, names := range [][]string{{"x", "y"}, {"p0_0", "q0_1"}, {"p0_0", "p0_1", "p1_1"}, {"p1_0", "p1_1"}, {"p0_0", "p0_x"}, {"p[0,0", "p[0,1"}, {"p0_-1"}} {
		if _, _, ok := pixels(names); ok {
			t.Errorf("%q are a frame", names)
		}
	}
}
