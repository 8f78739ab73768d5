package program

import (
	"fmt"
	"math"
	"testing"
)

// A value may be an output several times, an operand beside it, an input or a part
// of another value, in any order; some are added to what is there.
func TestOneValueMayBeSeveralOutputs(t *testing.T) {
	for _, lanes := range []int{1, 8, 136} {
		in := NewBatch(2, lanes)
		for i := range in.V {
			in.V[i] = 0.1 * float64(i%23)
		}
		values := []func(i int) float64{
			func(i int) float64 { return in.V[i] * in.V[i] },
			func(i int) float64 { return in.V[i]*in.V[i] + in.V[i] },
			func(i int) float64 { return in.V[i] },
			func(i int) float64 { return in.V[lanes+i]*in.V[lanes+i] + in.V[lanes+i] },
			func(i int) float64 { return math.Tanh(in.V[i] * in.V[i]) },
		}
		for list := range 125 {
			b := New()
			x := b.Batched("x", 2, 1)
			square := b.Mul(x, x)
			sum := b.Add(square, x)
			all := []Value{square, sum, x, b.Slice(sum, 1, 1, 1), b.Act(Tanh, square)}
			picks := []int{list % 5, list / 5 % 5, list / 25}
			for k, v := range picks {
				b.Output(fmt.Sprint("y", k), all[v])
			}
			p, err := b.Done()
			if err != nil {
				t.Fatal(err)
			}
			var out [][]float64
			for _, o := range p.Outputs {
				y := make([]float64, p.Nodes[o.Node].Size()*lanes)
				for i := range y {
					y[i] = 5
				}
				out = append(out, y)
			}
			NewExec(p, lanes, "y1").Run(out, [][]float64{in.V})
			for k, v := range picks {
				for i, got := range out[k] {
					want := values[v](i)
					if k == 1 {
						want += 5
					}
					if math.Abs(got-want) > 1e-12 {
						t.Fatalf("%d lanes, values %v: output %d has %g, want %g", lanes, picks, k, got, want)
					}
				}
			}
		}
	}
}
