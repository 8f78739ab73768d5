// Package model answers: what was learnt, and how does it run?
//
// A Model is the outcome of a fit: the architecture, the parameters of every
// member, and what is known of the recordings and of its own errors. It is
// written to one file and read from it, estimates the present state from the
// last rows, and forecasts. A Flow is a vector field or a map with its
// parameters, in scaled units inside and user units outside, whoever made it: a
// fit, equations written as text, or a known system. Analyses work on it and need
// to know nothing of training, nor does anything here.
package model
