package field

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

func TestObservedColumnsStandStillAndShowTheirExpression(t *testing.T) {
	e := &Equations{Text: "rate = k*a\na' = -rate", Observe: map[string]string{"seen": "2*rate + nn(a)", "twice": "2*a"}, Parameters: map[string]Unknown{"k": {Start: 3}}}
	f := Unscaled([]string{"twice", "seen"}, nil)
	f.Scale[1], f.Shift[1] = 4, 1
	p := build(t, e, f)
	if want := []bool{true, true, false}; !reflect.DeepEqual(p.Observed, want) || !reflect.DeepEqual(p.Frame.States, []string{"twice", "seen", "a"}) {
		t.Fatal(p.Observed, p.Frame.States)
	}
	x, dx, seen := []float64{7, 8, 0.5}, make([]float64, 3), make([]float64, 3)
	program.NewExec(p.Field, 1).Run([][]float64{dx}, inputsOf(p.Field, x, p.Theta0))
	program.NewExec(p.Observe, 1).Run([][]float64{seen}, inputsOf(p.Observe, x, p.Theta0))
	if want := []float64{0, 0, -1.5}; !reflect.DeepEqual(dx, want) {
		t.Errorf("moves by %v, want %v", dx, want)
	}
	if want := []float64{1, (3. - 1) / 4, 0.5}; !reflect.DeepEqual(seen, want) { // a network of zeros is zero
		t.Errorf("shows %v, want %v", seen, want)
	}
	if !strings.Contains(p.Text, "seen = 2*rate + nn(a)") || strings.Contains(p.Text, "seen'") {
		t.Errorf("it says\n%s", p.Text)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	again := &Equations{}
	if err := json.Unmarshal(text, again); err != nil || !reflect.DeepEqual(e, again) {
		t.Errorf("%s reads as %+v, %v", text, again, err)
	}
}

// inputsOf are the inputs x and theta in the order in which a program has them.
func inputsOf(p *program.Program, x, theta []float64) (in [][]float64) {
	for _, i := range p.Inputs {
		in = append(in, map[string][]float64{"x": x, "theta": theta}[p.Nodes[i].Name])
	}
	return in
}

func TestObservationsThatMeanNothingAreRefused(t *testing.T) {
	for _, c := range []struct {
		text    string
		observe map[string]string
		word    string
	}{
		{"a' = -a", map[string]string{"sen": "a"}, "did you mean seen?"},
		{"a' = -a\nseen' = a", map[string]string{"seen": "a"}, "line 2"},
		{"a' = -seen", map[string]string{"seen": "a"}, "line 1, column 7: seen is what is seen"},
		{"a' = -a", map[string]string{"seen": "2*seen"}, "observe: seen: seen is what is seen"},
		{"a' = -a", map[string]string{"seen": "2*(a"}, "observe: seen, column 3"},
		{"a' = -a", map[string]string{"seen": "2*b"}, "observe: seen, column 3: unknown name b"},
		{"a' = -a", map[string]string{"seen": "a", "u": "a"}, "u is not a measured column"},
		{"a' = -a", map[string]string{"seen": "2", "a": "3"}, "a is not a measured column"},
		{"a' = -a", nil, "seen has no equation"},
		{"a' = -a\nseen = 2*a", nil, `line 2, column 1: seen is a data column and has no equation for its derivative; write seen' = … for its derivative, or, where it only shows states, observe: {seen: "2*a"}`},
	} {
		_, err := (&Equations{Text: c.text, Observe: c.observe}).Build(Unscaled([]string{"seen"}, []string{"u"}))
		if err == nil || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%q, %v: %v; want %q", c.text, c.observe, err, c.word)
		}
	}
}

func TestLimitsOfWhatIsOnlySeenAreRefused(t *testing.T) {
	e := &Equations{Text: "a' = -a", Observe: map[string]string{"seen": "2*a"}}
	p := build(t, e, Unscaled([]string{"seen"}, nil))
	limit, err := ParseLimit("seen <= 20")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewLimits(e, p, []Limit{limit}); err == nil || !strings.Contains(err.Error(), "write what it is made of") {
		t.Error(err)
	}
}
