// Package filter answers: where is the system now, as the rows up to each have it?
//
// A System is followed between rows; a Filter keeps a state and its covariance and takes
// in one row after another. Read in this order: system.go (what is followed), filter.go
// (the extended filter, which is Kalman's where the system is linear), unscented.go,
// smooth.go (states as all rows have them), horizon.go (the last rows again and again).
//
// Source: Särkkä, Svensson, Bayesian Filtering and Smoothing (2023), chapters 6 to 8, 12.
package filter
