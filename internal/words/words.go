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
