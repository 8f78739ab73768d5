package bench

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/ode"
)

// How gradients grow: with the length of a trajectory (the network of G1 on
// [0, 6] in more and more steps, the state at the end compared) and with the
// width of a network (3-width-width-3, weights from the formula, a hundred steps
// of 0.01). Steps are those of the 3/8 rule.
var (
	growthSteps  = []int{100, 1000, 10_000, 100_000, 1_000_000}
	growthWidths = []int{8, 32, 128, 512}
)

// GrowthNames are the names of all problems of that kind.
func GrowthNames() []string {
	var out []string
	add := func(what string, sizes []int) {
		for _, n := range sizes {
			for _, a := range adjoints {
				// A hundred steps fit the least memory whatever the width.
				if a != "checkpoints" || n >= 10_000 {
					out = append(out, fmt.Sprintf("G9/%s/%d/%s", what, n, a))
				}
			}
		}
	}
	add("steps", growthSteps)
	add("width", growthWidths)
	return out
}

// NewGrowth prepares the problem of that name, runs it once, and returns with
// it the bytes it holds from then on: all that a gradient needs.
func NewGrowth(name string) (g *Gradient, bytes float64, err error) {
	parts := strings.Split(name, "/")
	if !slices.Contains(GrowthNames(), name) {
		return nil, 0, fmt.Errorf("there is no problem %s", name)
	}
	size, err := strconv.Atoi(parts[2])
	if err != nil {
		return nil, 0, err
	}
	before := heap()
	if parts[1] == "steps" {
		g, err = longer(name, size, parts[3])
	} else {
		g, err = wider(name, size, parts[3])
	}
	if err != nil {
		return nil, 0, err
	}
	err = g.Run()
	return g, heap() - before, err
}

// heap is the number of bytes in use.
func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

func longer(name string, steps int, adjoint string) (*Gradient, error) {
	const end = 6
	start, times := []float64{0.44249296, 4.6280594}, []float64{0, end}
	data, err := truth("lotka-volterra", start, times)
	if err != nil {
		return nil, err
	}
	return newGradient(&Gradient{Name: name, Adjoint: adjoint, Weights: small.weights(), Starts: [][]float64{start}, Times: times,
		Data: data, Options: ode.Options{Solver: fixed.Solver, Step: end / float64(steps)}}, small)
}

func wider(name string, width int, adjoint string) (*Gradient, error) {
	start, times := []float64{1.2, 2.1, 1.7}, []float64{0, 1}
	n := net{states: large.states, hidden: []int{width, width}}
	return newGradient(&Gradient{Name: name, Adjoint: adjoint, Weights: n.untrained(), Starts: [][]float64{start}, Times: times,
		Data: append(slices.Clone(start), 1, 1, 1), Options: ode.Options{Solver: fixed.Solver, Step: 0.01}}, n)
}

func growth() []Case {
	var out []Case
	for _, name := range GrowthNames() {
		heavy := strings.Contains(name, "00000/") || strings.Contains(name, "512/")
		out = append(out, Case{Name: name, Lanes: 1, Heavy: heavy, Prepare: func() (*Job, error) {
			g, bytes, err := NewGrowth(name)
			if err != nil {
				return nil, err
			}
			return &Job{Run: g.Run, Flops: g.operations, Note: func() string {
				return fmt.Sprintf("holds %s, gradient norm %.6g", Bytes(bytes), g.Norm())
			}}, nil
		}})
	}
	return out
}
