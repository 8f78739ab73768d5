package config

import (
	"fmt"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// Place is where a value was written: a file with line and column, or an
// argument of the command line.
type Place struct {
	File         string
	Line, Column int
	Arg          int // from 1
	Text         string
}

// String returns "file:line:column" or "argument n (text)".
func (p Place) String() string {
	switch {
	case p.Arg > 0:
		return fmt.Sprintf("argument %d (%s)", p.Arg, budget.Cut(p.Text))
	case p.Line > 0:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
	return p.File
}

// fault is something wrong with a configuration.
type fault struct {
	Place Place
	What  string // what is wrong, and what to try
}

// Error returns "place: what".
func (e *fault) Error() string { return e.Place.String() + ": " + e.What }

// Errors are all that is wrong with a configuration, in order.
type Errors []error

// Error returns the first error, and says how many there are.
func (e Errors) Error() string {
	if len(e) == 1 {
		return e[0].Error()
	}
	return fmt.Sprintf("%v (and %d more; entrain check lists them all)", e[0], len(e)-1)
}

// Unwrap returns the errors one by one.
func (e Errors) Unwrap() []error { return e }

// longest is how much of a text a message repeats, in bytes; lists of keys are shorter.
const longest = 1000

func wrong(at Place, format string, args ...any) error {
	for i, arg := range args {
		if text, ok := arg.(string); ok && len(text) > longest {
			args[i] = budget.Cut(text)
		}
	}
	return &fault{at, strings.TrimSpace(fmt.Sprintf(format, args...))}
}
