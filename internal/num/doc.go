// Package num holds the small numerics that gonum lacks: the cubic smoothing
// spline, named random streams, and the generator whose published draws
// reproductions start from.
//
// Read spline.go (the curve), smooth.go (how it is fitted), gcv.go (how its
// smoothness is chosen), then stream.go and torch.go (random numbers).
package num
