package program_test

import (
	"testing"

	"github.com/entrain-dev/entrain/program"
)

// What varies may be the first input of all, and stand on either side of a product.
func TestRowsOfTheFirstInputAreNotFixed(t *testing.T) {
	for name, product := range map[string]func(b *program.Builder, x, theta program.Value) program.Value{
		"left":  func(b *program.Builder, x, theta program.Value) program.Value { return b.Mul(x, theta) },
		"right": func(b *program.Builder, x, theta program.Value) program.Value { return b.Mul(theta, x) },
	} {
		b := program.New()
		x, theta := b.Batched("x", 3, 1), b.Batched("theta", 3, 1)
		own := b.Act(program.Sin, theta)
		b.Output("y", b.Add(product(b, x, theta), own))
		p, err := b.Done()
		if err != nil {
			t.Fatal(err)
		}
		compareRows(t, name, p, 8)
		r, _ := p.Rows(false, "x")
		fixed := 0
		for _, op := range r.Ops {
			if op.Fixed {
				fixed++
			}
		}
		if fixed == 0 {
			t.Errorf("%s: nothing is computed once", name)
		}
	}
}

// Parts that are put beside each other, in zeros and onto each other.
func TestRowsOfParts(t *testing.T) {
	for name, build := range map[string]func(b *program.Builder, x, theta program.Value) program.Value{
		"a pad": func(b *program.Builder, x, _ program.Value) program.Value { return b.Pad(b.Slice(x, 0, 1, 1), 1, 3, 1) },
		"two pads": func(b *program.Builder, x, _ program.Value) program.Value {
			return b.Add(b.Pad(b.Slice(x, 0, 2, 1), 0, 3, 1), b.Pad(b.Slice(x, 1, 2, 1), 1, 3, 1))
		},
		"a product": func(b *program.Builder, x, theta program.Value) program.Value {
			return b.Add(b.Pad(b.Mul(b.Slice(x, 1, 2, 1), b.Slice(theta, 0, 2, 1)), 1, 3, 1), b.Scale(3, x))
		},
		"in turn": func(b *program.Builder, x, theta program.Value) program.Value {
			return b.Concat(b.Slice(x, 2, 1, 1), b.Mul(b.Slice(theta, 0, 2, 1), b.Slice(x, 0, 2, 1)))
		},
	} {
		b := program.New()
		x, theta := b.Batched("x", 3, 1), b.Batched("theta", 3, 1)
		b.Output("y", b.Add(build(b, x, theta), b.Act(program.Sin, theta)))
		p, err := b.Done()
		if err != nil {
			t.Fatal(err)
		}
		compareRows(t, name, p, 8)
	}
}
