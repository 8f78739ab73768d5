package tables

import (
	"fmt"
	"math"
	"strconv"

	"github.com/entrain-dev/entrain/internal/budget"
)

// film reads the shape of an array of recordings × time × height × width, whose columns are the
// pixels of a frame, row by row.
func (a *array) film(dims []int, text string) error {
	a.rows, a.steps, a.high = dims[0], dims[1], dims[2]
	wide := 1
	for _, n := range dims[1:] {
		if n < 1 {
			return fmt.Errorf("has the shape (%s): frames without a pixel", budget.Cut(text))
		}
		if wide > math.MaxInt32/n {
			return fmt.Errorf("has the shape (%s), whose recordings are too large", budget.Cut(text))
		}
		wide *= n
	}
	a.wide = wide
	return nil
}

// place is where column c of a row stands among those of an array in the order of Fortran.
func (a *array) place(c int) int {
	if a.high == 0 {
		return c
	}
	wide := a.across() / a.high
	return c/wide + a.high*(c%wide)
}

// deepName is what column c of an array of recordings is called: of a pixel by its row and column
// in the frame, from above and from the left, from 0 on.
func (a *array) deepName(c int) string {
	if a.high == 0 {
		return a.name + strconv.Itoa(c+1)
	}
	wide := a.across() / a.high
	return fmt.Sprintf("%s%d_%d", a.name, c/wide, c%wide)
}
