package data

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// isMissing reports whether a field stands for a missing value: empty, NaN, NA, N/A, null.
func isMissing(field string) bool {
	switch strings.ToLower(field) {
	case "", "nan", "na", "n/a", "null":
		return true
	}
	return false
}

// number returns the value of a field, NaN if it is missing. Numbers are
// finite; a decimal comma counts where semicolons separate the fields.
func (t *table) number(field string) (float64, bool) {
	if isMissing(field) {
		return math.NaN(), true
	}
	if t.decimalComma && strings.Count(field, ",") == 1 && !strings.Contains(field, ".") {
		field = strings.Replace(field, ",", ".", 1)
	}
	v, err := strconv.ParseFloat(field, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, false
	}
	return v, true
}

// formatNumber returns the shortest text that reads back as v; "" for NaN.
func formatNumber(v float64) string {
	const lowest, highest = 1e-5, 1e15 // beyond these, plain digits get long
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return ""
	case a != 0 && (a < lowest || a >= highest):
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// plural returns "1 row", "2 rows".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
