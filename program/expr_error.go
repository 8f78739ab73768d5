package program

import "fmt"

// SyntaxError says what is wrong with an expression, where, and what may have
// been meant.
type SyntaxError struct {
	Column     int    // in runes, from 1
	Msg        string // what is wrong
	Suggestion string // what to try; may be empty
}

// Error is one sentence: the column, what is wrong and what to try.
func (e *SyntaxError) Error() string {
	s := fmt.Sprintf("column %d: %s", e.Column, e.Msg)
	if e.Suggestion != "" {
		s += "; " + e.Suggestion
	}
	return s
}

func wrong(column int, suggestion, format string, args ...any) *SyntaxError {
	return &SyntaxError{Column: column, Msg: fmt.Sprintf(format, args...), Suggestion: suggestion}
}
