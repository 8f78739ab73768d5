// Package config answers the question: what did the user ask for? It reads
// one YAML file and key=value arguments onto the defaults of a fit, and writes
// all values back, so that a run can be made again.
//
// Read config.go (what a configuration is), tree.go (YAML and arguments
// become one kind of tree, each value with its place), decode.go (a tree onto
// Go values), resolve.go (which key means what), then encode.go (the way back).
package config
