package field

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

// Events are programs in scaled units: what is added and set counts from the state before, rates
// are multiplied by their gate.
func TestEventsChangeScaledStatesAsTheTextSays(t *testing.T) {
	e := &Equations{Text: "half = gut/2\ngut' = -k*gut\nblood' = half - t", Doses: map[string]string{"amt": "gut"},
		Events: []Event{
			{At: []float64{6}, Every: 12, Times: 5, Add: map[string]string{"gut": "k*half + u"}, Set: map[string]string{"blood": "gut - t"}},
			{At: []float64{1, 2}, For: 2, Rate: map[string]string{"blood": "50*k"}}},
		Parameters: map[string]Unknown{"k": {Start: 3}}}
	f := Unscaled([]string{"gut", "blood"}, []string{"amt", "u"})
	f.Shift[0], f.Scale[0], f.Shift[1], f.Scale[1] = 1, 4, -2, 5
	f.UScale[0], f.UShift[1], f.UScale[1], f.T0, f.Time = 100, 0.5, 2, 3, 7
	p := build(t, e, f)
	if p.Events.Gates != 1 || !reflect.DeepEqual(p.Events.Doses, []bool{true, false}) || len(p.Events.Planned) != 3 {
		t.Fatalf("%+v", p.Events)
	}
	x, u, at := []float64{0.25, 0.4}, []float64{0.7, 0.25, 2}, []float64{0.5} // gut 2, blood 0, amt 70, u 1, t 6.5, two infusions
	run := func(q *program.Program) []float64 {
		var in [][]float64
		for _, i := range q.Inputs {
			in = append(in, map[string][]float64{"x": x, "theta": p.Theta0, "u": u, "t": at}[q.Nodes[i].Name])
		}
		out := make([]float64, 2)
		program.NewExec(q, 1).Run([][]float64{out}, in)
		return out
	}
	for i, want := range [][]float64{{0.25 + 4./4, (2 - 6.5 + 2) / 5}, nil, {0.25 + 70./4, 0.4}} {
		if want == nil {
			if p.Events.Planned[i].Map != nil || p.Events.Planned[i].Gate != 0 {
				t.Errorf("an infusion jumps: %+v", p.Events.Planned[i])
			}
			continue
		}
		if got := run(p.Events.Planned[i].Map); !reflect.DeepEqual(got, want) {
			t.Errorf("event %d leads to %v, want %v", i, got, want)
		}
	}
	if got, want := run(p.Field), []float64{7. / 4 * -6, 7. / 5 * (1 - 6.5 + 2*150)}; unlike(got[0], want[0]) || unlike(got[1], want[1]) {
		t.Errorf("moves by %v, want %v", got, want)
	}
	for _, line := range []string{"at 6 and every 12, 5 times: gut += k*half + u, blood := gut - t", "at 1, 2: blood' += 50*k for 2", "at the rows of amt: gut += amt"} {
		if !strings.Contains(p.Text, line) {
			t.Errorf("%q is not said in\n%s", line, p.Text)
		}
	}
	if text := e.Explain(p, p.Theta0); !strings.Contains(text, "blood' += 50*3 for 2") {
		t.Errorf("it explains\n%s", text)
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

func unlike(a, b float64) bool { return !(a-b < 1e-12 && b-a < 1e-12) }

// A hidden state that starts at zero has the size of what is given to it.
func TestHiddenStatesHaveTheSizeOfTheirDoses(t *testing.T) {
	f := Unscaled([]string{"blood"}, []string{"amt"})
	f.Scale[0], f.Time, f.UScale[0] = 3, 5, 250
	p := build(t, &Equations{Text: "gut' = -gut\nblood' = gut", Doses: map[string]string{"amt": "gut"}}, f)
	if p.Frame.Scale[1] != 250 {
		t.Errorf("the unit of gut is %g", p.Frame.Scale[1])
	}
}

func TestEventsThatMeanNothingAreRefused(t *testing.T) {
	at := []float64{1}
	add := map[string]string{"gut": "1"}
	for _, c := range []struct {
		text   string
		events []Event
		doses  map[string]string
		words  []string
	}{
		{"gut' = -gut", []Event{{Add: add}}, nil, []string{"events, entry 1", "at:"}},
		{"gut' = -gut", []Event{{At: at, Add: add}, {At: at, Add: add, Column: "amt"}}, nil, []string{"events, entry 2", "one of at:"}},
		{"gut' = -gut", []Event{{At: at}}, nil, []string{"nothing happens"}},
		{"gut' = -gut", []Event{{At: []float64{1, 2}, Every: 3, Add: add}}, nil, []string{"every: 3", "one time"}},
		{"gut' = -gut", []Event{{At: at, Times: 3, Add: add}}, nil, []string{"times: 3"}},
		{"gut' = -gut", []Event{{At: at, For: 3, Add: add}}, nil, []string{"for: 3"}},
		{"gut' = -gut", []Event{{At: at, Rate: add}}, nil, []string{"for:"}},
		{"gut' = -gut", []Event{{Column: "amt", For: 2, Rate: add}}, nil, []string{"hold: \"amt:zero\""}},
		{"gut' = -gut", []Event{{At: at, Add: add, Set: add}}, nil, []string{"gut is set and added to"}},
		{"gut' = -gut", []Event{{At: at, Add: map[string]string{"gutt": "1"}}}, nil, []string{"events, entry 1, add: there is no state gutt", "did you mean gut?"}},
		{"gut' = -gut", []Event{{At: at, Set: map[string]string{"gut": "2*(1"}}}, nil, []string{"events, entry 1, set: gut, column"}},
		{"gut' = -gut", []Event{{At: at, Set: map[string]string{"gut": "2*dosis"}}}, nil, []string{"events, entry 1, set: gut, column 3", "dosis"}},
		{"gut' = -gut", []Event{{When: "gut > 1", At: at, Add: add}}, nil, []string{"one of at:"}},
		{"gut' = -gut", []Event{{When: "gut > 1", For: 1, Rate: add}}, nil, []string{"with when: only add: and set: go"}},
		{"gut' = -gut", []Event{{When: "gut", Add: add}}, nil, []string{"events, entry 1, when, column 1", "v > 30"}},
		{"gut' = -gut", []Event{{When: "1 < gut < 2", Add: add}}, nil, []string{"not a condition"}},
		{"gut' = -gut", []Event{{When: "gut > 2*(3", Add: add}}, nil, []string{"events, entry 1, when, column 9"}},
		{"gut' = -gut", []Event{{When: "gut > 2*top", Add: add}}, nil, []string{"events, entry 1, when, column 9", "top"}},
		{"half = amt/2\ngut' = -gut", []Event{{When: "gut > half", Add: add}}, nil, []string{"events, entry 1, when", "amt is an input"}},
		{"gut' = -gut", []Event{{When: "gut > 1", Set: map[string]string{"gut": "amt"}}}, nil, []string{"amt is an input"}},
		{"gut' = -gut", nil, map[string]string{"amount": "gut"}, []string{"doses: amount: there is no data column amount"}},
		{"gut' = -gut", nil, map[string]string{"amt": "gutt"}, []string{"doses: amt", "no state gutt"}},
		{"gut' = -gut + amt", nil, map[string]string{"amt": "gut"}, []string{"line 1", "amt is a column of doses"}},
		{"gut' = -gut", []Event{{At: at, Add: map[string]string{"gut": "amt"}}}, map[string]string{"amt": "gut"}, []string{"entry 1", "amt is a column of doses"}},
	} {
		f := Unscaled([]string{"gut"}, []string{"amt"})
		if c.doses["amount"] != "" {
			f = Unscaled([]string{"gut"}, nil)
		}
		_, err := (&Equations{Text: c.text, Events: c.events, Doses: c.doses}).Build(f)
		if err == nil {
			t.Errorf("%+v %v is taken", c.events, c.doses)
			continue
		}
		for _, word := range c.words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%+v %v: %q is not in: %v", c.events, c.doses, word, err)
			}
		}
	}
	for _, e := range []*Equations{
		{Text: "seen' = -b\n0 = b - seen", Algebraic: map[string]float64{"b": 1}, Events: []Event{{When: "seen > 1", Set: map[string]string{"seen": "0"}}}},
		{Text: "seen' = -k*seen", Parameters: map[string]Unknown{"k": {Start: 1, PerRecording: true}}, Events: []Event{{At: at, Set: map[string]string{"k": "1"}}}},
		{Text: "a' = -a", Observe: map[string]string{"seen": "a"}, Events: []Event{{At: at, Add: map[string]string{"seen": "1"}}}},
		{Text: "a' = -seen\n0 = seen - a", Algebraic: map[string]float64{"seen": 1}, Events: []Event{{At: at, Add: map[string]string{"seen": "1"}}}},
	} {
		if _, err := e.Build(Unscaled([]string{"seen"}, nil)); err == nil || !strings.Contains(err.Error(), "events, entry 1") {
			t.Errorf("%+v: %v", e.Events, err)
		}
	}
}

// A condition is a value that rises through zero where it becomes true, in scaled units of nothing.
func TestConditionsAreValuesThatRiseThroughZero(t *testing.T) {
	e := &Equations{Text: "twice = 2*v\nv' = 1 - u", Events: []Event{{When: "twice >= top + t", Set: map[string]string{"v": "low"}}, {When: "v < low", Add: map[string]string{"v": "1"}}},
		Parameters: map[string]Unknown{"top": {Start: 30}, "low": {Start: -65}}}
	f := Unscaled([]string{"v"}, []string{"u"})
	f.Shift[0], f.Scale[0], f.T0, f.Time = -60, 10, 1, 4
	p := build(t, e, f)
	if len(p.Events.Switches) != 2 || len(p.Events.Planned) != 0 {
		t.Fatalf("%+v", p.Events)
	}
	for i, want := range []float64{2*(-60+0.5*10) - 30 - (1 + 0.25*4), -65 - (-60 + 0.5*10)} {
		var in [][]float64
		for _, k := range p.Events.Switches[i].When.Inputs {
			in = append(in, map[string][]float64{"x": {0.5}, "theta": p.Theta0, "u": {0}, "t": {0.25}}[p.Events.Switches[i].When.Nodes[k].Name])
		}
		out := make([]float64, 1)
		program.NewExec(p.Events.Switches[i].When, 1).Run([][]float64{out}, in)
		if unlike(out[0], want) {
			t.Errorf("condition %d is %g, want %g", i, out[0], want)
		}
	}
	for _, line := range []string{"when twice > top + t: v := low", "when v < low: v += 1"} {
		if !strings.Contains(p.Text, line) {
			t.Errorf("%q is not said in\n%s", line, p.Text)
		}
	}
}
