package program

import (
	"slices"
	"testing"
)

// What is written to a lane is read from it, and from nowhere else.
func TestLanesOfABatch(t *testing.T) {
	b := NewBatch(3, 8)
	if len(b.V) != 24 {
		t.Fatalf("%d numbers", len(b.V))
	}
	for l := range 8 {
		f := float64(10 * l)
		b.SetLane(l, []float64{f, f + 1, f + 2})
	}
	b.Set(1, 5, -7)
	for l := range 8 {
		f := float64(10 * l)
		want := []float64{f, f + 1, f + 2}
		if l == 5 {
			want[1] = -7
		}
		got, room := b.Lane(nil, l), make([]float64, 3)
		if !slices.Equal(got, want) || !slices.Equal(b.Lane(room, l), want) || !slices.Equal(room, want) {
			t.Errorf("lane %d is %v, want %v", l, got, want)
		}
		for i, w := range want {
			if b.At(i, l) != w || b.Row(i)[l] != w || len(b.Row(i)) != 8 {
				t.Errorf("component %d of lane %d is %g, want %g", i, l, b.At(i, l), w)
			}
		}
	}
	for n, want := range map[int]int{0: 1, 1: 1, 2: 8, 8: 8, 9: 16, 16: 16, 17: 24} {
		if got := PadLanes(n); got != want {
			t.Errorf("%d trajectories in %d lanes, want %d", n, got, want)
		}
	}
}

// of runs a program of one input of four numbers.
func of(t *testing.T, build func(b *Builder, x Value) Value) (y []float64, operations int) {
	t.Helper()
	b := New()
	out := build(b, b.Batched("x", 4, 1))
	rows := b.Rows(out)
	b.Output("y", out)
	p, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range p.Nodes {
		if n.Op != OpInput && n.Op != OpConst {
			operations++
		}
	}
	y = make([]float64, rows)
	NewExec(p, 1).Run([][]float64{y}, [][]float64{{1, 2, 4, 8}})
	return y, operations
}

// A slice of a slice or of a pad is what it says, in one operation at most where it
// does not cross the border of what was padded.
func TestSlicesSeeThroughSlicesAndPads(t *testing.T) {
	x := []float64{1, 2, 4, 8}
	for lo := range 4 {
		for n := 1; lo+n <= 4; n++ {
			for in := range n {
				for m := 1; in+m <= n; m++ {
					got, ops := of(t, func(b *Builder, v Value) Value { return b.Slice(b.Slice(v, lo, n, 1), in, m, 1) })
					if !slices.Equal(got, x[lo+in:lo+in+m]) || ops > 1 {
						t.Errorf("[%d:%d] of [%d:%d] is %v in %d operations", in, in+m, lo, lo+n, got, ops)
					}
				}
			}
		}
	}
	padded := []float64{0, 0, 1, 2, 4, 8, 0}
	for lo := range 7 {
		for n := 1; lo+n <= 7; n++ {
			got, ops := of(t, func(b *Builder, v Value) Value { return b.Slice(b.Pad(v, 2, 7, 1), lo, n, 1) })
			most := 1
			if lo < 6 && lo+n > 2 && (lo < 2 || lo+n > 6) {
				most = 2
			}
			if !slices.Equal(got, padded[lo:lo+n]) || ops > most {
				t.Errorf("[%d:%d] of a pad is %v in %d operations", lo, lo+n, got, ops)
			}
		}
	}
}

// Numbers that multiply are multiplied when a program is built.
func TestNumbersAreMultipliedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		build func(b *Builder, x Value) Value
		want  []float64
		most  int
	}{
		"by one":         {func(b *Builder, x Value) Value { return b.Scale(1, x) }, []float64{1, 2, 4, 8}, 0},
		"by zero":        {func(b *Builder, x Value) Value { return b.Scale(0, x) }, []float64{0, 0, 0, 0}, 1}, // spread
		"a sine by zero": {func(b *Builder, x Value) Value { return b.Scale(0, b.Act(Sin, x)) }, []float64{0, 0, 0, 0}, 1},
		"twice":          {func(b *Builder, x Value) Value { return b.Scale(3, b.Scale(-2, x)) }, []float64{-6, -12, -24, -48}, 1},
		"back to itself": {func(b *Builder, x Value) Value { return b.Scale(4, b.Scale(0.25, x)) }, []float64{1, 2, 4, 8}, 0},
		"a constant":     {func(b *Builder, x Value) Value { return b.Mul(b.Scale(2, b.Const(5, 4, 1)), x) }, []float64{10, 20, 40, 80}, 1},
		"from the right": {func(b *Builder, x Value) Value { return b.Mul(x, b.Const(5, 4, 1)) }, []float64{5, 10, 20, 40}, 1},
		"by a one":       {func(b *Builder, x Value) Value { return b.Mul(x, b.Const(1, 4, 1)) }, []float64{1, 2, 4, 8}, 0},
	} {
		if got, ops := of(t, c.build); !slices.Equal(got, c.want) || ops > c.most {
			t.Errorf("%s: %v in %d operations, want %v in %d", name, got, ops, c.want, c.most)
		}
	}
}
