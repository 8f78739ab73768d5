package report

import (
	"regexp"
	"strings"
)

// superscripts are the digits of powers.
var superscripts = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹", "-", "⁻")

var (
	power   = regexp.MustCompile(`(?:\^|\*\*)(-?[0-9]+)\b([^.]|$)`)
	rate    = regexp.MustCompile(`^d (\S)/dt$`)
	leading = regexp.MustCompile(`^− `)
	binary  = regexp.MustCompile(` - `)
	unary   = regexp.MustCompile(`(^|[(,=*+/] ?)-`)
	raised  = regexp.MustCompile(`\b(\d+(?:\.\d+)?)e([+-]?)0*(\d+)\b`)
)

// quantity is a number before its unit or per cent sign.
var quantity = regexp.MustCompile(`(\d) (%|[\pL°]{1,4}\b)`)

// together keeps numbers and what they count on one line.
func together(text string) string { return quantity.ReplaceAllString(text, "$1\u00a0$2") }

// typeset writes a formula as people print it: dots for products, raised
// powers, those of ten too, real minus signs.
func typeset(text string) string {
	text = power.ReplaceAllStringFunc(text, func(s string) string {
		m := power.FindStringSubmatch(s)
		return superscripts.Replace(m[1]) + m[2]
	})
	text = raised.ReplaceAllStringFunc(text, func(s string) string { // a hyphen would break the line
		m := raised.FindStringSubmatch(s)
		return m[1] + "×10" + superscripts.Replace(strings.TrimPrefix(m[2], "+")+m[3])
	})
	text = strings.ReplaceAll(text, "*", "·")
	text = binary.ReplaceAllString(text, " − ")
	text = unary.ReplaceAllString(text, "${1}−")
	text = rate.ReplaceAllString(text, "d$1/dt")
	return leading.ReplaceAllString(text, "−")
}
