package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// What of numbers is determined together is said as the law has it: as a product, a ratio or a
// sum, wherever the search begins and whether or not there are bounds, with its value and error.
func TestWhatIsDeterminedTogetherIsAsTheLawHasIt(t *testing.T) {
	const rate = 0.6
	r := rand.New(rand.NewPCG(6, 6))
	s := data.Series{Names: []string{"x"}}
	for k := range 60 {
		at := float64(k) / 10
		s.T, s.X = append(s.T, at), append(s.X, 5*math.Exp(-rate*at)+0.05*r.NormFloat64())
	}
	free := func(starts ...float64) map[string]field.Unknown {
		out := map[string]field.Unknown{}
		for i, v := range starts {
			out[string(rune('a'+i))] = field.Unknown{Start: v}
		}
		return out
	}
	bounded := func(starts ...float64) map[string]field.Unknown {
		out, zero := free(starts...), 0.0
		for name, u := range out {
			u.Min = &zero
			out[name] = u
		}
		return out
	}
	for _, c := range []struct {
		law     string
		unknown map[string]field.Unknown
		want    string
	}{
		{"x' = -a*b*x", free(1, 1), "a·b"},
		{"x' = -a*b*x", free(3, 0.1), "a·b"},
		{"x' = -a*b*x", bounded(3, 0.1), "a·b"},
		{"x' = -a*x/b", free(1, 2), "a/b"},
		{"x' = -(a + b)*x", free(0.3, 0.3), "a + b"},
		{"x' = -(a + b)*x", bounded(0.3, 0.3), "a + b"},
		{"x' = -(a + b)*x", bounded(3, 0.1), "a + b"}, // ends at a bound
		{"x' = -(a - b)*x", free(1, 0.2), "a − b"},
		{"x' = -a*b*c*x", bounded(1, 2, 1), "a·b·c"},
	} {
		p := mustProblem(t, []data.Series{s}, &field.Equations{Text: c.law, Parameters: c.unknown}, func(s *Settings) { s.Heldout, s.Members = 0, 1 })
		res, err := Auto{}.Fit(context.Background(), p, nil, func(Event) {})
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Determined) != 1 {
			t.Errorf("%s: %q", c.law, res.Determined)
			continue
		}
		name, value, _ := strings.Cut(res.Determined[0], " = ")
		var got, sd float64
		if _, err := fmt.Sscanf(value, "%g ± %g is determined,", &got, &sd); err != nil || name != c.want {
			t.Errorf("%s: %q, want %s", c.law, res.Determined[0], c.want)
			continue
		}
		if math.Abs(got-rate) > 3*sd || sd < 1e-3 || sd > 2e-2 {
			t.Errorf("%s: %q, want %v", c.law, res.Determined[0], rate)
		}
	}
}
