package train

import (
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// TestPatternHasEveryEntry: what a picture shows is where the derivatives have entries, as a dense
// matrix says, in the order of elements, and the shared unknowns touch the border alone.
func TestPatternHasEveryEntry(t *testing.T) {
	_, p := transcribed(t, "mlp", &field.MLP{Hidden: []int{3}, Activation: "tanh"}, func(s *Settings) { s.Constraints = []string{"x*y <= 1"} })
	for name, cut := range map[string]pieces{"whole": {}, "pieces that meet": {2, true}} {
		c := newTranscription(p, p.elementMesh(5), num.RadauRule(2), 1e-2, cut)
		c.limit()
		shape, got := c.Shape(), c.pattern()
		of, shared := c.patternOrder(&shape)
		if got.Elements != len(c.elements) || got.Of != got.Elements || got.Size != c.size+c.rows() || got.Shared != shared {
			t.Fatalf("%s: %d of %d elements, size %d, want %d", name, got.Elements, got.Of, got.Size, c.size+c.rows())
		}
		if sorted := slices.Sorted(slices.Values(of)); sorted[0] != 0 || sorted[len(sorted)-1] != len(of)-1 {
			t.Errorf("%s: places from %d to %d of %d", name, sorted[0], sorted[len(sorted)-1], len(of))
		}
		want, have := make([]bool, got.Size*got.Size), make([]bool, got.Size*got.Size)
		mark := func(to []bool, row, col int) { to[row*got.Size+col], to[col*got.Size+row] = true, true }
		for _, h := range shape.Hessian {
			for i := range h.Rows * h.Cols {
				mark(want, of[h.Row+i/h.Cols], of[h.Col+i%h.Cols])
			}
		}
		for _, j := range shape.Jacobian {
			for i := range j.Rows * j.Cols {
				mark(want, of[c.size+j.Row+i/j.Cols], of[j.Col+i%j.Cols])
			}
		}
		for _, b := range got.Blocks {
			if inside := b.Row+b.Rows <= got.Size-shared && b.Col+b.Cols <= got.Size-shared; inside == (b.Kind == "border") {
				t.Errorf("%s: %+v", name, b)
			}
			for i := range b.Rows * b.Cols {
				have[(b.Row+i/b.Cols)*got.Size+b.Col+i%b.Cols] = true
			}
		}
		if !slices.Equal(want, have) {
			t.Errorf("%s: other entries than the program has", name)
		}
	}
}

// TestPatternShowsTheFirstElements of many.
func TestPatternShowsTheFirstElements(t *testing.T) {
	_, p := transcribed(t, "mlp", &field.MLP{Hidden: []int{3}, Activation: "tanh"}, func(*Settings) {})
	c := newTranscription(p, p.elementMesh(30), num.RadauRule(2), 1e-2, pieces{})
	got := c.pattern()
	if got.Elements != patternElements || got.Of != len(c.elements) || got.Size != got.Shared+c.states*(1+2*2*patternElements) {
		t.Errorf("%d of %d elements, size %d with %d shared", got.Elements, got.Of, got.Size, got.Shared)
	}
}
