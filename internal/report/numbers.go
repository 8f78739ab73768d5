package report

import (
	"math"
	"strconv"
	"strings"
)

// Numbers is a list of floats that is written as compact JSON: digits enough
// for a drawing 10 000 pixels wide, and of many values for one that is zoomed into until
// each has some pixels; null for NaN and infinities.
type Numbers []float64

// MarshalJSON implements json.Marshaler.
func (v Numbers) MarshalJSON() ([]byte, error) {
	digits := drawingDigits(v)
	b := make([]byte, 0, 8*len(v)+2)
	b = append(b, '[')
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		if !finite(x) {
			b = append(b, "null"...)
			continue
		}
		b = strconv.AppendFloat(b, x, 'g', digits, 64)
	}
	return append(b, ']'), nil
}

// drawingDigits is the number of significant digits that resolves the span of
// v in 1e4 parts, or 30 for each of its values: four, and more when the values sit far from zero
// (years).
func drawingDigits(v []float64) int {
	s := emptySpan().include(v...)
	if s.empty() || s.width() == 0 {
		return 15
	}
	far := math.Max(math.Abs(s.lo), math.Abs(s.hi)) / s.width()
	far = math.Max(1, far) * math.Max(1, 30*float64(len(v))/1e4)
	return min(15, 4+int(math.Ceil(math.Log10(far))))
}

// missing is printed where there is no number.
const missing = "–"

// format writes x with so many significant digits for reading: plain between
// 1e-3 and 1e7 with narrow spaces between thousands, else as a power of ten.
func format(x float64, digits int) string {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return missing
	case x == 0:
		return "0"
	}
	s := strconv.FormatFloat(x, 'e', digits-1, 64)
	mantissa, e, _ := strings.Cut(s, "e")
	exp, _ := strconv.Atoi(e)
	if exp < -3 || exp > 6 {
		if strings.Contains(mantissa, ".") {
			mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
		}
		return powerOfTen(mantissa, exp)
	}
	return minus(thousands(strconv.FormatFloat(roundTo(x, s), 'f', max(0, digits-1-exp), 64)))
}

// powerOfTen writes a number as a power of ten.
func powerOfTen(mantissa string, exp int) string {
	return minus(mantissa) + "\u202f×\u202f10" + superscript(exp)
}

// printed writes a number as format does whose digits are chosen already.
func printed(number string) string {
	if mantissa, e, ok := strings.Cut(number, "e"); ok {
		exp, _ := strconv.Atoi(e)
		return powerOfTen(mantissa, exp)
	}
	return minus(thousands(number))
}

// roundTo is x rounded as its decimal text s says: 12345 with 3 digits is 12300.
func roundTo(x float64, s string) float64 {
	if r, err := strconv.ParseFloat(s, 64); err == nil {
		return r
	}
	return x
}

// count writes a whole number, 12 345 with narrow spaces.
func count(n int) string { return minus(thousands(strconv.Itoa(n))) }

// thousands puts narrow spaces in a decimal whole part of five or more digits.
func thousands(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, frac, dot := strings.Cut(s, ".")
	if len(whole) >= 5 {
		var b strings.Builder
		for i, c := range whole {
			if i > 0 && (len(whole)-i)%3 == 0 {
				b.WriteRune('\u202f')
			}
			b.WriteRune(c)
		}
		whole = b.String()
	}
	if dot {
		return sign + whole + "." + frac
	}
	return sign + whole
}

// minus replaces hyphens by the minus sign.
func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }

func superscript(n int) string {
	const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹"
	runes := []rune(digits)
	var b strings.Builder
	for _, c := range strconv.Itoa(n) {
		if c == '-' {
			b.WriteRune('⁻')
			continue
		}
		b.WriteRune(runes[c-'0'])
	}
	return b.String()
}

// duration writes seconds as a person would say them.
func duration(s float64) string {
	switch {
	case !finite(s):
		return missing
	case s < 1:
		return format(s*1000, 2) + " ms"
	case s < 120:
		return format(s, 2) + " s"
	case s < 7200:
		return strconv.Itoa(int(s)/60) + " min " + strconv.Itoa(int(s)%60) + " s"
	}
	return strconv.Itoa(int(s)/3600) + " h " + strconv.Itoa(int(s)%3600/60) + " min"
}
