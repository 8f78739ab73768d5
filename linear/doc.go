// Package linear answers: what does a linear law make of these recordings?
//
// A Model is a linear state space in continuous time with known inputs, noise
// in its states and noise in what is measured. Rows may be irregular and values
// may be missing. Read in this order: model.go (the nouns), phi.go and step.go
// (from continuous to sampled time), filter.go (the exact likelihood and what the
// rows say of the states), then how a model is found: subspace.go and modal.go (where
// to begin), parameters.go (what is varied), estimate.go (maximum likelihood),
// choose.go (which order); and analysis.go (poles, gains, responses).
//
// Source: Ljung, System Identification (1999), chapters 4, 7 and 10; Durbin,
// Koopman, Time Series Analysis by State Space Methods (2012), chapters 4 and 5.
package linear
