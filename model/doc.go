// Package model answers: what was learnt, and how does it run?
//
// A Flow is a vector field or a map with its parameters, in scaled units
// inside and user units outside, whoever made it: a fit, equations written as
// text, or a known system. Analyses work on it and need to know nothing of
// training.
package model
