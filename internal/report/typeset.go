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
)

// typeset writes a formula as people print it: dots for products, raised
// powers, real minus signs.
func typeset(text string) string {
	text = power.ReplaceAllStringFunc(text, func(s string) string {
		m := power.FindStringSubmatch(s)
		return superscripts.Replace(m[1]) + m[2]
	})
	text = strings.ReplaceAll(text, "*", "·")
	text = binary.ReplaceAllString(text, " − ")
	text = unary.ReplaceAllString(text, "${1}−")
	text = rate.ReplaceAllString(text, "d$1/dt")
	return leading.ReplaceAllString(text, "−")
}
