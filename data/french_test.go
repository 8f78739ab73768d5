package data

import (
	"strings"
	"testing"
)

// Digits in groups are numbers, whatever stands between the groups; names of several lines are
// names. Each file is the column x of 1234.5, 2345.5, …
func TestGroupsOfDigitsAndNamesOfSeveralLines(t *testing.T) {
	for what, c := range map[string]struct{ head, sep, group, mark string }{
		"French, narrow blanks that do not break":  {"t;x", ";", "\u202f", ","},
		"French, blanks that do not break":         {"t;x", ";", "\u00a0", ","},
		"French, plain blanks":                     {"t;x", ";", " ", ","},
		"French, tabs":                             {"t\tx", "\t", "\u202f", ","},
		"thin blanks and points":                   {"t,x", ",", "\u2009", "."},
		"Swiss":                                    {"t;x", ";", "'", "."},
		"Swiss, typographic":                       {"t;x", ";", "’", "."},
		"a name of two lines":                      {"t;\"x\n(mm)\"", ";", "", ","},
		"a name of two lines, of Windows":          {"\"t\r\n\";\"x\r\n(mm)\"\r", ";", "", "."},
		"a title of two lines above":               {"\"Report\nof today\"\nt;\"x (mm)\"", ";", "\u00a0", ","},
		"a comment above and a name of two lines":  {"# by hand\nt,\"x\n(mm)\"", ",", "", "."},
		"a name of two lines in quotes everywhere": {"\"t\",\"x\n(mm)\"", ",", "\u202f", "."},
	} {
		text := c.head + "\n"
		for i := range 9 {
			whole := string(rune('1'+i)) + c.group + "234"
			text += string(rune('0'+i)) + c.sep + whole + c.mark + "5\n"
		}
		s, err := Read(strings.NewReader(text), ReadOptions{})
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if s[0].Len() != 9 || s[0].X[0] != 1234.5 || s[0].X[8] != 9234.5 || s[0].Names[0] != "x" || len(s[0].Names) != 1 {
			t.Errorf("%s: %v of %v", what, s[0].X, s[0].Names)
		}
	}
}

// What looks like groups and is none stays what it is.
func TestWhatIsNoGroupOfDigitsIsNoNumber(t *testing.T) {
	for _, field := range []string{"1 23", "1234 567", "1 234 56", "0 123", "1\u202f234 567", "1  234", "12:30 123", "a 123", " 123 456x", "1'23"} {
		if v, ok := parseNumber(field, decimal); ok {
			t.Errorf("%q is read as %v", field, v)
		}
	}
	for field, want := range map[string]float64{"-1 234 567,25": -1234567.25, "+12\u00a0345": 12345, "1 234": 1234, "1 234e2": 123400} {
		if v, ok := parseNumber(field, decimal); !ok || v != want {
			t.Errorf("%q is read as %v, %v; want %v", field, v, ok, want)
		}
	}
}
