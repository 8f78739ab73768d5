// Package cli answers the question: what does the user type? Every command is
// a function of an Env, so that it can be tested; nothing here computes.
//
// Read env.go (the outside world), root.go (the list of commands), fail.go
// (errors and exit codes); then one file a command: fit.go, forecast.go,
// simulate.go, compare.go, show.go, list.go, check.go, version.go.
package cli
