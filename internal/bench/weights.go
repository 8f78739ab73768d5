package bench

import (
	_ "embed"
	"encoding/json"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

//go:embed data/weights_lv.json
var weightsLV []byte

//go:embed data/weights_lorenz.json
var weightsLorenz []byte

//go:embed data/lv_noisy.json
var noisyLV []byte

// net is a network of the problems: exact GELU between the layers, nothing
// after the last.
type net struct {
	name   string
	states []string
	hidden []int
	fitted []byte    // its weights after training; layers W (row-major), b in order
	centre []float64 // of the states it was trained on
	spread []float64
	single bool // evaluated in float32
}

var (
	small = net{"2-32-2", []string{"x", "y"}, []int{32}, weightsLV, []float64{2.5, 2}, []float64{2, 1.8}, false}
	large = net{"3-50-50-3", []string{"x", "y", "z"}, []int{50, 50}, weightsLorenz, []float64{0, 0, 24}, []float64{12, 16, 16}, false}
)

func (n net) architecture() (*field.Parts, error) {
	return (&field.MLP{Hidden: n.hidden, Activation: "gelu"}).Build(field.Unscaled(n.states, nil))
}

func (n net) field(lanes int) (field.Field, error) {
	parts, err := n.architecture()
	if err != nil {
		return nil, err
	}
	if n.single {
		return field.NewSingle(parts.Field, lanes, false), nil
	}
	return field.New(parts.Field, lanes, false), nil
}

// rounded is n in float32.
func (n net) rounded() net {
	n.single = true
	return n
}

func (n net) sizes() []int {
	return append(append([]int{len(n.states)}, n.hidden...), len(n.states))
}

// weights are those after training.
func (n net) weights() []float64 {
	var w []float64
	mustDecode(n.fitted, &w)
	return w
}

// untrained are weights from a formula, for programs in any language.
func (n net) untrained() []float64 {
	var w []float64
	sizes := n.sizes()
	for l := 1; l < len(sizes); l++ {
		for range sizes[l] * (sizes[l-1] + 1) {
			w = append(w, math.Sin(12.9898*float64(len(w)+1)+78.233)/math.Sqrt(float64(sizes[l-1])))
		}
	}
	return w
}

// at returns states such as the network was trained on.
func (n net) at(lanes int) program.Batch {
	x := program.Batch{V: wave(len(n.states) * lanes), Rows: len(n.states), Lanes: lanes}
	for i := range n.states {
		row := x.Row(i)
		for l := range row {
			row[l] = n.centre[i] + n.spread[i]*row[l]
		}
	}
	return x
}

// flops of the matrix products of one evaluation in one lane. The VJP with
// respect to state and weights has twice as many.
func (n net) flops() float64 {
	sizes, sum := n.sizes(), 0
	for l := 1; l < len(sizes); l++ {
		sum += 2 * sizes[l] * sizes[l-1]
	}
	return float64(sum)
}

func mustDecode(text []byte, v any) {
	if json.Unmarshal(text, v) != nil {
		panic("bench: embedded data is not what it was")
	}
}
