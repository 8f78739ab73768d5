package data

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// maxGrid bounds a grid; a longer one is a slip of the pen and would only fill the memory.
const maxGrid = budget.Rows

// Grid parses "a:b:step" into the times a + i·step, i = 0, 1, …, up to b; b
// itself is included when it is a whole number of steps away, within rounding.
//
// Errors: anything but three finite numbers with step > 0 and b ≥ a, and steps within the
// rounding of a and b.
func Grid(text string) ([]float64, error) {
	fields := strings.Split(text, ":")
	if len(fields) != 3 {
		return nil, fmt.Errorf("%q is not a range of times; write start:end:step, such as 0:12:0.1", budget.Cut(text))
	}
	var v [3]float64
	for i, f := range fields {
		var err error
		if v[i], err = strconv.ParseFloat(strings.TrimSpace(f), 64); err != nil || math.IsNaN(v[i]) || math.IsInf(v[i], 0) {
			return nil, fmt.Errorf("%q in the range %q is not a number; write start:end:step, such as 0:12:0.1", f, text)
		}
	}
	return NewGrid(v[0], v[1], v[2])
}

// NewGrid is Grid for numbers.
func NewGrid(a, b, step float64) ([]float64, error) {
	if !(step > 0) {
		return nil, fmt.Errorf("the step %g of the range is not positive", step)
	}
	if b < a {
		return nil, fmt.Errorf("the range ends at %g, before its start %g", b, a)
	}
	steps := (b - a) / step
	if !(steps < maxGrid) {
		return nil, fmt.Errorf("the range %g:%g:%g has more than %d times; take a larger step", a, b, step, maxGrid)
	}
	// Decimal steps are not exact in binary: forgive a billionth of a step and the rounding of a and b.
	slack := 1e-9 + 0x1p-50*math.Abs(a)/step + 0x1p-50*math.Abs(b)/step
	if b > a && !(slack < 0.25) {
		return nil, fmt.Errorf("the step %g of the range is too small to tell times near %g apart", step, b)
	}
	n := int(math.Floor(steps + min(slack, 0.25)))
	t := make([]float64, n+1)
	for i := range t {
		t[i] = a + float64(float64(i)*step) // the conversion forbids a fused multiply-add
	}
	return t, nil
}
