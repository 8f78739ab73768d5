// Package budget says how much may come in from outside: the one place that
// holds the limits of files, models and forecasts. Each is known, and compared
// with what is asked for, before memory or time is spent. They are far above
// what a recording needs and far below what a machine has, so that what meets
// them is a mistake or hostile. A user raises those of Raisable with
// --allow name=value.
package budget

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Data files.
const (
	Bytes      = 1 << 30    // of a file, unpacked
	Line       = 16 << 20   // bytes of one line
	Field      = 64 << 10   // bytes of one field
	Rows       = 10_000_000 // of a file
	Columns    = 10_000     // of a file
	Cells      = 1 << 25    // rows × columns; a number takes 8 bytes
	Recordings = 100_000    // of a file
)

// Settings.
const (
	ConfigBytes = 1 << 20 // of a configuration or study
	ConfigDepth = 32      // tables and lists in one another
	ConfigNodes = 20_000  // values, tables and lists
	Findings    = 10      // mistakes that are listed one by one
)

// Models.
const (
	ModelBytes = 512 << 20  // of a model file
	Parameters = 10_000_000 // numbers in θ
	States     = 10_000     // of a model, hidden ones too
	Layers     = 200        // of a network
	Terms      = 100_000    // monomials, waves and their products in a library or polynomial
	Members    = 1024       // of an ensemble
	Name       = 1000       // bytes of the name of a column, state or recording
)

// Sizes of numbers. No unit of measurement needs others, and products of a few
// of these are still floating-point numbers.
const (
	Largest  = 1e60  // deviation of a column, unit of time
	Smallest = 1e-60 // the same
	Theta    = 1e100 // parameter of a model
)

// Sizeable tells a scale that some unit of measurement may need.
func Sizeable(scale float64) bool { return scale >= Smallest && scale <= Largest }

// Values is how many numbers a forecast or simulation may hold: times × states
// × members.
const Values = 1 << 25

// Steps is how many fixed steps, or iterations of a map, one trajectory may take. Each is
// the work of one value of the law, so these are minutes of a small one.
const Steps = 100_000_000

// Happenings is how often what is planned may happen along one trajectory: each ends a step, and
// its time is kept.
const Happenings = 1_000_000

// Raisable are the names that --allow takes, with what they stand for and their defaults.
var Raisable = []struct {
	Name, What string
	Default    int64
}{
	{"bytes", "of a file, unpacked", Bytes},
	{"rows", "of a data file", Rows},
	{"columns", "of a data file", Columns},
	{"cells", "rows times columns of a data file", Cells},
	{"recordings", "of a data file", Recordings},
	{"values", "times, states and members of a forecast, multiplied", Values},
}

// Hint says how a limit is raised.
func Hint(name string, atLeast int64) string {
	return fmt.Sprintf("--allow %s=%d raises the limit", name, atLeast)
}

// shown is how much of a text from outside a message repeats, in characters.
const shown = 60

// Cut shortens a text for a message.
func Cut(text string) string {
	if len(text) <= shown {
		return text
	}
	n := 0
	for i := range text {
		if n++; n > shown {
			return text[:i] + "…"
		}
	}
	return text
}

// Quote is a text in quotation marks for a message, control characters
// escaped and shortened.
func Quote(text string) string {
	if cut := Cut(text); len(cut) < len(text) {
		return strconv.Quote(cut[:len(cut)-utf8.RuneLen('…')]) + "…"
	}
	return strconv.Quote(text)
}

// List joins names for a message, the first dozen of many.
func List(names []string) string {
	const most = 12
	text := ""
	for i, name := range names {
		if i == most {
			return fmt.Sprintf("%s and %d more", text, len(names)-most)
		}
		if i > 0 {
			text += ", "
		}
		text += Plain(Cut(name))
	}
	return text
}

// Plain makes a text safe for a terminal: control characters and what changes the direction of
// writing become escapes such as \x1b. Line feeds and tabs stay.
func Plain(text string) string {
	for i, r := range text {
		if hostile(r) {
			return text[:i] + escape(text[i:])
		}
	}
	return text
}

func hostile(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0, r == utf8.RuneError:
		return true
	}
	// Marks that reorder or hide what follows.
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0xfeff
}

func escape(text string) string {
	var out []byte
	for _, r := range text {
		switch {
		case !hostile(r):
			out = utf8.AppendRune(out, r)
		case r < 0x80:
			out = fmt.Appendf(out, `\x%02x`, r)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return string(out)
}

// Size is a number of bytes for people.
func Size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}
