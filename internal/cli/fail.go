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
	if err == nil {
		return exitDone
	}
	code := exitBad
	var f *failure
	if errors.As(err, &f) {
		code = f.code
	}
	if !errors.Is(err, errSilent) {
		fmt.Fprintf(a.Stderr, "entrain: %s\n", strings.TrimSpace(err.Error()))
	}
	return code
}
