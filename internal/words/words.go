// Package words writes numbers, counts and names as people read them, on a
// terminal and on a page.
package words

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// Short writes a number with four digits; a dash if there is none.
func Short(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	return fmt.Sprintf("%.4g", v)
}

// Measured writes a value and its standard error: two digits of the error, the value to the same
// place; without an error four digits of the value, and an empty error.
func Measured(v, sd float64) (value, err string) {
	if !(sd > 0) || math.IsInf(sd, 0) || math.IsNaN(v) || math.IsInf(v, 0) {
		return Short(v), ""
	}
	exponent := func(x float64) int { // of the two digits that are written
		var e int
		s := strconv.FormatFloat(x, 'e', 1, 64)
		e, _ = strconv.Atoi(s[strings.IndexByte(s, 'e')+1:])
		return e
	}
	last := exponent(sd) - 1 // place of the error's second digit
	if size := max(math.Abs(v), sd); size >= 1e7 || size < 1e-4 {
		digits := max(1, exponent(math.Abs(v))-last+1)
		if v == 0 {
			digits = 1
		}
		return fmt.Sprintf("%.*e", min(digits, 17)-1, v), fmt.Sprintf("%.1e", sd)
	}
	fixed := func(x float64) string {
		if last > 0 {
			unit := math.Pow(10, float64(last))
			x = math.Round(x/unit) * unit
		}
		s := strconv.FormatFloat(x, 'f', max(0, -last), 64)
		if strings.Trim(s, "-0.") == "" {
			s = strings.TrimPrefix(s, "-")
		}
		return s
	}
	return fixed(v), fixed(sd)
}

// Several writes "1 row", "3 rows".
func Several(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Grouped writes a whole number with thin groups of three: 12 345.
func Grouped(n int) string {
	s := fmt.Sprint(n)
	var parts []string
	for len(s) > 3 {
		parts = append([]string{s[len(s)-3:]}, parts...)
		s = s[:len(s)-3]
	}
	return strings.Join(append([]string{s}, parts...), " ")
}

// Quoted writes an argument as a shell wants it.
func Quoted(arg string) string {
	if strings.ContainsFunc(arg, unicode.IsControl) { // a command is one line
		text := strconv.QuoteToGraphic(arg)
		return "$'" + strings.ReplaceAll(strings.ReplaceAll(text[1:len(text)-1], `\"`, `"`), "'", `\'`) + "'"
	}
	if arg != "" && !strings.ContainsAny(arg, " \t\n\"'`$&|;<>()*?[]{}#~!\\") {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

// Sentence begins with a capital letter.
func Sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// Unit is a unit as it stands behind a number; "" if there is none.
func Unit(u string) string {
	if u == "" {
		return ""
	}
	return " " + u
}

// Recording tells which one is spoken of; "" for the only one.
func Recording(id string) string {
	if id == "" {
		return ""
	}
	return " of recording " + id
}
