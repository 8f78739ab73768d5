package program

import (
	"strings"
	"testing"
)

// A function is known up to its last derivative, and no further.
func TestFunctionsAreDifferentiatedToTheirLastOrder(t *testing.T) {
	for _, k := range []Kind{Tanh, GELU, Sin, Exp} {
		for _, more := range []int{0, 1} {
			b := New()
			b.Output("y", b.act(k, k.MaxOrder()+more, b.Batched("x", 1, 1)))
			_, err := b.Done()
			if (err == nil) != (more == 0) || err != nil && !strings.Contains(err.Error(), "known up to order") {
				t.Errorf("%v, order %d: %v", k, k.MaxOrder()+more, err)
			}
		}
	}
}

// A value of another builder is an error or another value, never a panic.
func TestValuesOfAnotherBuilder(t *testing.T) {
	for n := range 4 {
		b := New()
		b.Batched("x", 1, 1)
		b.Act(Tanh, Value{n})
	}
}

// The cotangent of an input that is asked for lane by lane has lanes, also where
// nothing that has lanes depends on it.
func TestCotangentsOfLanesHaveLanes(t *testing.T) {
	b := New()
	b.Output("y", b.Scale(2, b.Shared("theta", 3, 1)))
	p, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	q := VJP(p, Wrt{Name: "theta", Batched: true})
	for _, o := range q.Outputs {
		if n := q.Nodes[o.Node]; !n.Batched || n.Rows != 3 {
			t.Errorf("%s is %+v", o.Name, n)
		}
	}
}
