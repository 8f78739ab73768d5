package field

import (
	"strconv"

	"github.com/entrain-dev/entrain/program"
)

// network adds a fully connected network to a program: x (sizes[0]) passes
// through len(sizes)−1 affine layers cut from theta, the first of which starts
// at entry lo, with act after each but the last. It returns the result
// (sizes[len(sizes)−1]) and the layers, named by their number from 1 on.
// Layers lie one after another, W row-major and then b, as PyTorch orders them.
func network(b *program.Builder, theta program.Value, lo int, sizes []int, act program.Kind, x program.Value) (program.Value, []Layer) {
	layers := networkLayers(lo, sizes)
	for _, l := range layers {
		w := b.Slice(theta, l.W, l.Rows, l.Cols)
		x = b.Add(b.MatVec(w, x), b.Slice(theta, l.B, l.Rows, 1))
		if !l.Last {
			x = b.Act(act, x)
		}
	}
	return x, layers
}

// networkLayers places the layers of a network in θ from entry lo on.
func networkLayers(lo int, sizes []int) []Layer {
	var layers []Layer
	for i := 1; i < len(sizes); i++ {
		rows, cols := sizes[i], sizes[i-1]
		layers = append(layers, Layer{Name: strconv.Itoa(i), Rows: rows, Cols: cols,
			W: lo, B: lo + rows*cols, Last: i == len(sizes)-1})
		lo += rows * (cols + 1)
	}
	return layers
}

// networkSize is the number of entries of θ that a network needs.
func networkSize(sizes []int) int {
	n := 0
	for i := 1; i < len(sizes); i++ {
		n += sizes[i] * (sizes[i-1] + 1)
	}
	return n
}
