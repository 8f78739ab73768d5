package data

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// isMissing reports whether a field stands for a missing value: empty, NaN,
// NA, N/A, null, none, -, --, ?.
func isMissing(field string) bool {
	if len(field) > 4 {
		return false
	}
	switch strings.ToLower(field) {
	case "", ".", "nan", "na", "n/a", "#n/a", "null", "none", "-", "--", "?":
		return true
	}
	return false
}

// number returns the value of a field, NaN if it is missing. Numbers are finite.
func (t *table) number(field string) (float64, bool) {
	if v, ok := parseNumber(field, t.comma); ok {
		if len(t.marks) > 0 && slices.Contains(t.marks, v) {
			return math.NaN(), true
		}
		return v, true
	}
	if isMissing(field) || len(t.words) > 0 && slices.Contains(t.words, field) {
		return math.NaN(), true
	}
	return 0, false
}

// belowLimit returns the limit of a value that is only known not to be above it: <0.05, ≤ 2.
func (t *table) belowLimit(field string) (v float64, number string, ok bool) {
	number, ok = cutBelow(field)
	if !ok {
		return 0, "", false
	}
	v, ok = parseNumber(number, t.comma)
	return v, number, ok
}

// cutBelow cuts the mark that says so.
func cutBelow(field string) (number string, ok bool) {
	for _, mark := range []string{"<=", "<", "≤"} {
		if number, ok = strings.CutPrefix(field, mark); ok {
			return strings.TrimLeft(number, " \u00a0"), true
		}
	}
	return "", false
}

// cutAbove cuts the mark of a value that is only known not to be below what follows: >9, ≥ 9.
func cutAbove(field string) (number string, ok bool) {
	for _, mark := range []string{">=", ">", "≥"} {
		if number, ok = strings.CutPrefix(field, mark); ok {
			return strings.TrimLeft(number, " \u00a0"), true
		}
	}
	return "", false
}

// parseNumber returns the value of a field whose commas have the given meaning.
func parseNumber(field string, comma mark) (float64, bool) {
	if comma != noComma && strings.IndexByte(field, ',') >= 0 {
		var ok bool
		if field, ok = pointed(field, comma); !ok {
			return 0, false
		}
	}
	if field == "" || field[0] > '9' {
		return 0, false // words, Inf and NaN too
	}
	v, err := strconv.ParseFloat(field, 64)
	if err != nil {
		plain, ok := ungrouped(field)
		if !ok && comma == decimal && grouped(field, ".") { // 1.234.567
			plain, ok = strings.ReplaceAll(field, ".", ""), true
		}
		if ok {
			v, err = strconv.ParseFloat(plain, 64)
		}
	}
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, false
	}
	return v, true
}

// pointed writes a field with commas as Go writes numbers.
func pointed(field string, comma mark) (string, bool) {
	if plain, ok := ungrouped(field); ok {
		field = plain
	}
	switch {
	case comma == decimal && strings.Count(field, ",") == 1:
		whole, fraction, _ := strings.Cut(field, ",")
		if strings.IndexByte(fraction, '.') >= 0 || strings.IndexByte(whole, '.') >= 0 && !grouped(whole, ".") {
			return "", false
		}
		return strings.ReplaceAll(whole, ".", "") + "." + fraction, true
	case comma == thousands && groupedWhole(field):
		return strings.ReplaceAll(field, ",", ""), true
	}
	return "", false
}

// groupMarks stand between groups of digits: blanks of three widths that do not break and the one
// that does, and apostrophes.
var groupMarks = []string{" ", "\u00a0", "\u202f", "\u2009", "'", "’"}

// ungrouped takes the marks between groups of three digits out of a number such as 1 234,5.
func ungrouped(field string) (plain string, ok bool) {
	whole, rest := field, ""
	if i := strings.IndexAny(field, ".,eE"); i >= 0 {
		whole, rest = field[:i], field[i:]
	}
	for _, mark := range groupMarks {
		if strings.Contains(whole, mark) && grouped(whole, mark) {
			return strings.ReplaceAll(whole, mark, "") + rest, true
		}
	}
	return field, false
}

// groupedWhole tells a number whose whole part has commas between groups: 1,234,567.8.
func groupedWhole(field string) bool {
	whole, fraction, _ := strings.Cut(field, ".")
	return grouped(whole, ",") && strings.IndexByte(fraction, ',') < 0
}

// grouped tells digits in groups of three with marks between them: 1,234,567.
func grouped(field, mark string) bool {
	whole := strings.TrimLeft(field, "+-")
	for i, group := range strings.Split(whole, mark) {
		if len(group) != 3 && (i > 0 || len(group) == 0 || len(group) > 3) || strings.Trim(group, "0123456789") != "" {
			return false
		}
	}
	return whole[0] != '0'
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
