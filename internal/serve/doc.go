// Package serve answers: how do a browser and other programs use what the command line
// does? It is a server of the standard library over a folder of runs, which is all its
// state: a fit is a child process of the same program in a run folder of its own, so it is
// saved whatever becomes of browser and server, and forecasts are answered here.
//
// Read server.go (routes), guard.go (who may come in, and how much), then fits.go,
// events.go, runs.go and predict.go. openapi.json describes the interface; tests hold every
// answer to it. web is the studio: one page, without a build chain.
package serve
