// Package chaos answers: what can be said about a system's dynamics?
//
// Analyses take a model.Flow, whoever made it, or a recording. Each says how
// sure it is, and gives a status with a reason instead of a number that means
// nothing. Read spectrum.go first.
package chaos
