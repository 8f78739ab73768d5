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
		{"a' = -a", map[string]string{"sen": "a"}, "there is no data column sen; did you mean seen?"},
		{"a' = -a", map[string]string{"zzz": "a"}, "there is no data column zzz; the columns are seen"},
		{"a' = -a", map[string]string{"seen [V]": "a"}, "without its unit: seen"},
		{"a' = -a\nseen' = a", map[string]string{"seen": "a"}, "has an equation in line 2; a column is a state or shows some, not both"},
		{"a' = -a\nseen' = a", map[string]string{"seen": "seen"}, "has an equation in line 2"},
		{"a' = -seen", map[string]string{"seen": "a"}, "line 1, column 7: seen is what is seen"},
		{"a' = -a", map[string]string{"seen": "2*seen"}, "observe: seen: seen is what is seen"},
		{"a' = -a", map[string]string{"seen": "2*(a"}, "observe: seen, column 3"},
		{"a' = -a", map[string]string{"seen": "2*b"}, "observe: seen, column 3: unknown name b; list it under parameters"},
		{"a' = -a", map[string]string{"seen": "2*q + b"}, "unknown name q"},
		{"a' = -a*c", map[string]string{"seen": "2*q"}, "observe: seen, column 3: unknown name q"},
		{"a' = -a*c", map[string]string{"seen": "2*q"}, "equations, line 1, column 9: unknown name c"},
		{"a' = -a", map[string]string{"seen": "a", "u": "a"}, "u is an input, which is known at all times"},
		{"a' = -a", map[string]string{"seen": "2*a", "a": "seen"}, "a is not a measured column but a hidden state, of line 1"},
		{"a' = -a", map[string]string{"seen": "2*a", "a": "seen", "u": "a"}, "u is an input"},
		{"r = 2*a\na' = -r", map[string]string{"seen": "a", "r": "a"}, "r is a name of line 1, and no data column"},
		{"a' = -a", map[string]string{"t": "a", "seen": "a"}, "t is the time"},
		{"a' = -a", map[string]string{"k": "a", "seen": "k*a"}, "k is a parameter, and no data column"},
		{"a' = -a", map[string]string{"seen": ""}, "observe: seen: nothing is written"},
		{"a' = -a", map[string]string{"seen": " 3"}, "is a number, the same at all times"},
		{"a' = -a", map[string]string{"seen": "2*a'"}, "observe: seen, column 4: a derivative has no name here; give its right-hand side a name"},
		{"a' = -a", map[string]string{"seen": "y = 2*a"}, "write only what stands right of it"},
		{"a' = -a", map[string]string{"seen": "a; 2"}, "a column shows one expression"},
		{"a' = -a", nil, "seen has no equation; add a line seen' = …, make it an input (inputs=seen), or say under observe"},
		{"a' = -a\nseen = 2*a", nil, `line 2, column 1: seen is a data column and has no equation for its derivative; write seen' = … for its derivative, or, where it only shows states, observe: {seen: "2*a"}`},
	} {
		_, err := (&Equations{Text: c.text, Observe: c.observe, Parameters: parametersIn(c.observe, "k")}).Build(Unscaled([]string{"seen"}, []string{"u"}))
		if err == nil || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%q, %v: %v; want %q", c.text, c.observe, err, c.word)
		}
	}
}

// parametersIn has the parameter of that name if an expression mentions it.
func parametersIn(observe map[string]string, name string) map[string]Unknown {
	for _, source := range observe {
		if strings.HasPrefix(source, name) {
			return map[string]Unknown{name: {Start: 1}}
		}
	}
	return nil
}

// A mistake does not hide another one that may have the same cause.
func TestUnusedParametersDoNotHideUnknownNames(t *testing.T) {
	e := &Equations{Text: "seen' = -alpha*seen\nrate = beta*seen\nb' = -rate + gama", Start: map[string]float64{"c": 1},
		Parameters: map[string]Unknown{"alfa": {Start: 1}, "gamma": {Start: 1}}}
	_, err := e.Build(Unscaled([]string{"seen"}, nil))
	for _, want := range []string{"parameters: alfa is in no equation; did you mean alpha?", "parameters: gamma is in no equation; did you mean gama?",
		"line 1, column 10: unknown name alpha; did you mean alfa?", "line 2, column 8: unknown name beta; list it", "line 3, column 14: unknown name gama; did you mean gamma?",
		"start: there is no hidden state c"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	e = &Equations{Text: "seen' = -k*seen*q\nrate = s*seen\nb' = -rate", Parameters: map[string]Unknown{"k": {Start: 1}}}
	_, err = e.Build(Unscaled([]string{"seen"}, nil))
	if err == nil || strings.Count(err.Error(), "unknown name") != 2 || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("%v; want the names q and s", err)
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
