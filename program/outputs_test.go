package program

import (
	"fmt"
	"slices"
	"testing"
)

// A value may be an output several times, an operand beside it, and an input or a
// part of another value.
func TestOneValueMayBeSeveralOutputs(t *testing.T) {
	b := New()
	x := b.Batched("x", 2, 1)
	square := b.Mul(x, x)
	sum := b.Add(square, x)
	part := b.Slice(sum, 1, 1, 1)
	for k, v := range []Value{square, square, sum, x, part, sum, b.Act(Tanh, square), part} {
		b.Output(fmt.Sprint("y", k), v)
	}
	p, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	for _, lanes := range []int{1, 8, 136} {
		in := NewBatch(2, lanes)
		for i := range in.V {
			in.V[i] = 0.1 * float64(i%23)
		}
		var out [][]float64
		for _, o := range p.Outputs {
			out = append(out, make([]float64, p.Nodes[o.Node].Size()*lanes))
		}
		e := NewExec(p, lanes)
		for range 2 {
			e.Run(out, [][]float64{in.V})
		}
		for i, v := range in.V {
			if out[0][i] != v*v || out[1][i] != v*v || out[2][i] != v*v+v || out[3][i] != v || out[5][i] != v*v+v {
				t.Fatalf("%d lanes: %g becomes %g, %g, %g, %g and %g", lanes, v, out[0][i], out[1][i], out[2][i], out[3][i], out[5][i])
			}
		}
		if !slices.Equal(out[4], out[2][lanes:]) || !slices.Equal(out[7], out[4]) {
			t.Errorf("%d lanes: the second row is %v, not %v", lanes, out[4], out[2][lanes:])
		}
	}
}
