package field

import (
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

// What has no value is told with its place, its numbers in user units and what to try: of a
// definition where that stands, of what is seen where it is written.
func TestFormulasWithoutAValueAreTold(t *testing.T) {
	for _, c := range []struct {
		text    string
		observe map[string]string
		says    []string
	}{
		{"x' = -k*log(x - b)", nil, []string{"equations, line 1, column 9: log(x - b) has no value at t = 3, x - b = -3, x = 2, b = 5;", "begin b elsewhere or give bounds (min:, max:), so that x - b stays positive"}},
		{"r = sqrt(b - 7)\nx' = -k*r*x", nil, []string{"line 1, column 5: sqrt(b - 7)", "is never negative"}},
		{"x' = -k*x*b/h\nh' = -x", nil, []string{"line 1, column 12: -k*x*b/h divides by zero at t = 3, h = 0", "begin h elsewhere (start:), so that h stays away from zero"}},
		{"x' = -k*b*x + sqrt(h)\nh' = -x", nil, []string{"sqrt(h) has no finite slope at t = 3, h = 0", "above zero"}},
		{"x' = -k*b*(x - 3)^k", nil, []string{"(x - 3)^k has no value at t = 3, x - 3 = -1, x = 2", "max(x - 3, 1e-6)"}},
		{"x' = -b*exp(1e4*k*x)", nil, []string{"beyond the largest number"}},
		{"h' = -k*h*b", map[string]string{"x": "log(h)"}, []string{"observe: x, column 1: log(h) has no value at t = 3, h = 0;"}},
		{"x' = -k*b*x + nn(x)/nn(x)", nil, nil},
		{"x' = -k*b*x + sqrt(abs(h)*0 + 1)\nh' = -x", nil, nil},
	} {
		e := &Equations{Text: c.text, Observe: c.observe, Parameters: map[string]Unknown{"k": {Start: 0.3}, "b": {Start: 5}}}
		f := Unscaled([]string{"x"}, nil)
		f.Shift[0], f.Scale[0], f.T0, f.Time = 1, 2, 1, 4
		p := build(t, e, f)
		at := &Point{T: []float64{0.5}, X: program.NewBatch(len(p.Frame.States), 1), Theta: program.Batch{V: p.Theta0, Rows: len(p.Theta0), Lanes: 1}}
		at.X.V[0] = 0.5
		got := e.Undefined(p, at)
		for _, want := range c.says {
			if !strings.Contains(got, want) {
				t.Errorf("%q: %q; want %q", c.text, got, want)
			}
		}
		if c.says == nil && got != "" {
			t.Errorf("%q has a value, but %q", c.text, got)
		}
	}
}
