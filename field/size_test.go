package field

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/internal/budget"
)

func many(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

// Sizes that nobody means are refused before memory is taken for them.
func TestSizesHaveABudget(t *testing.T) {
	two, wide := Unscaled([]string{"x", "v"}, nil), Unscaled(nil, nil)
	for i := range 4000 {
		wide.States = append(wide.States, string(rune('a'+i%26))+strings.Repeat("x", i/26))
		wide.Shift, wide.Scale = append(wide.Shift, 0), append(wide.Scale, 1)
	}
	step := two
	step.Step = 1
	mlp := func(hidden ...int) MLP { return MLP{Hidden: hidden, Activation: "tanh"} }
	for name, c := range map[string]struct {
		arch Architecture
		f    Frame
		want string
	}{
		"hidden":      {&MLP{Hidden: []int{1e9}, Activation: "tanh"}, two, "hidden: the model would have 5e+09"},
		"overflow":    {&MLP{Hidden: []int{1 << 62}, Activation: "tanh"}, two, "hidden: the model would have"},
		"product":     {&MLP{Hidden: []int{1 << 32, 1 << 32}, Activation: "tanh"}, two, "hidden: the model would have"},
		"layers":      {&MLP{Hidden: many(20000), Activation: "tanh"}, two, "20000 layers"},
		"augment":     {&MLP{Hidden: []int{4}, Activation: "tanh", Augment: 1e6}, two, "augment: 1000000 hidden"},
		"augment max": {&MLP{Hidden: []int{4}, Activation: "tanh", Augment: math.MaxInt}, two, "augment: "},
		"polynomial":  {&PolyMLP{MLP: MLP{Hidden: []int{4}, Activation: "tanh", Augment: 200}, Degree: 5}, two, "degree=5: a polynomial in 202"},
		"columns":     {&PolyMLP{MLP: mlp(4)}, wide, "would have 1.6e+07"},
		"recurrent":   {&GRU{Recurrent{Units: 9000}}, step, "units: the model would have"},
		"units":       {&RNN{Recurrent{Units: 16000}}, step, "units=16000"},
		"lagrangian":  {&Lagrangian{Hidden: []int{4}, Activation: "gelu"}, wide, "positions"},
		"second":      {&SecondOrder{MLP: mlp(1 << 40)}, two, "hidden: "},
		"network":     {&Equations{Text: "x' = nn(x)\nv' = x", Networks: map[string]Network{"nn": {Hidden: []int{16000, 16000}}}}, two, "would have"},
		"text":        {&Equations{Text: strings.Repeat("# nothing\n", 1<<17)}, two, "longer than 1 MiB"},
	} {
		if _, err := c.arch.Build(c.f); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestCountsDoNotOverflow(t *testing.T) {
	for _, c := range [][3]int{{2, 1000, 0}, {60, 40, 0}, {2, math.MaxInt, 0}, {3, 2, math.MaxInt}, {1, 1 << 30, 1}, {10000, 5, 2}} {
		if n := CountTerms(c[0], c[1], c[2], true); n < 1000 {
			t.Errorf("%v: %d terms", c, n)
		}
	}
	if n := CountTerms(3, 2, 0, false); n != 10 || choose(10000, 5) <= budget.Terms {
		t.Errorf("%d terms, %d monomials", n, choose(10000, 5))
	}
}
