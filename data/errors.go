package data

import (
	"fmt"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// ParseError says where a recording cannot be read, and why.
type ParseError struct {
	File   string // name for messages; "" if unknown
	Line   int    // from 1; 0 if the whole file is meant
	Column string // column name; "" if the whole line is meant
	Err    error  // what is wrong and what to try
}

// Error returns "file: line n, column "c": what is wrong".
func (e *ParseError) Error() string {
	var place []string
	if e.Line > 0 {
		place = append(place, fmt.Sprintf("line %d", e.Line))
	}
	if e.Column != "" {
		place = append(place, "column "+budget.Quote(e.Column))
	}
	var parts []string
	if e.File != "" {
		parts = append(parts, e.File)
	}
	if len(place) > 0 {
		parts = append(parts, strings.Join(place, ", "))
	}
	return strings.Join(append(parts, e.Err.Error()), ": ")
}

// Unwrap returns the reason without its place.
func (e *ParseError) Unwrap() error { return e.Err }

// at returns a ParseError at a line of the file called file.
func at(file string, line int, column, format string, args ...any) error {
	return &ParseError{File: file, Line: line, Column: column, Err: fmt.Errorf(format, args...)}
}
