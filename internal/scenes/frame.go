package scenes

import (
	"fmt"
	"math"
)

// side is the number of pixels of a side of a frame.
const side = 32

// How discs are drawn: radius and softness of the edge, pixels; levels between dark and light.
const (
	radius = 3
	soft   = 0.7
	levels = 255
)

// pixels are the names of the columns, rows from above.
func pixels() (names []string) {
	for i := range side {
		for j := range side {
			names = append(names, fmt.Sprintf("p%d_%d", i, j))
		}
	}
	return names
}

// frame draws discs of light, whose places are in units of which half are from the middle to the
// edge, into a dark frame.
func frame(discs [][2]float64, half float64) []float64 {
	out := make([]float64, side*side)
	for at := range out {
		y, x := float64(at/side), float64(at%side)
		dark := 1.0
		for _, d := range discs {
			cx, cy := centre(d, half)
			dark *= 1 - 1/(1+math.Exp((math.Hypot(x-cx, y-cy)-radius)/soft))
		}
		out[at] = math.Round(levels*(1-dark)) / levels
		out[at] = math.Round(1e4*out[at]) / 1e4
	}
	return out
}

// centre is a place in pixels.
func centre(d [2]float64, half float64) (x, y float64) {
	const middle = (side - 1) / 2.0
	return middle + d[0]/half*side/2, middle - d[1]/half*side/2
}
