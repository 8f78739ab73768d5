package cli

import (
	"errors"
	"fmt"
	"strings"
)

// Exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitBad         = 2
	exitFault       = 70
	exitInterrupted = 130
)

// failure is an error with the exit code it asks for. Errors of any other
// type mean bad usage.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// failed marks an error that is not the user's doing.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return &failure{exitFailed, err}
}

// errSilent is a failure that has been explained already.
var errSilent = errors.New("")

// finish prints the message of err, one line where possible, and returns the
// exit code.
func (a *app) finish(err error) int {
	if lost := a.printed.err; lost != nil && (err == nil || errors.Is(err, errSilent) || errors.Is(err, lost)) {
		err = failed(fmt.Errorf("standard output: %w", reason(lost)))
	}
	if err == nil {
		return exitDone
	}
	code := exitBad
	var f *failure
	if errors.As(err, &f) {
		code = f.code
	}
	if !errors.Is(err, errSilent) {
		fmt.Fprintf(a.Stderr, "entrain: %s\n", shortened(strings.TrimSpace(err.Error())))
	}
	return code
}

// longest is how much of a message is printed, in bytes.
const longest = 2000

// shortened cuts the middle out of a message that repeats too much of what came in.
func shortened(text string) string {
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest*3/4], "") + " … " + strings.ToValidUTF8(text[len(text)-longest/4:], "")
}
