package field_test

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
)

func TestDelaysInWords(t *testing.T) {
	for _, c := range []struct {
		text    string
		history map[string]string
		want    string
	}{
		{"x' = -x(t + tau)", nil, "line 1, column 7: x(t + tau) is not the value of a state at a fixed time before t; write x(t - tau)"},
		{"x' = -x(2*t)", nil, "not the value of a state at a fixed time"},
		{"x' = -x(t)", nil, "not the value of a state at a fixed time"},
		{"x' = -x(t - x)", nil, "the delay x depends on x, which is a state"},
		{"x' = -x(t - tau*t)", nil, "depends on t, which is the time"},
		{"x' = -x(t - 1)[0]", nil, "not the value of a state at a fixed time"},
		{"x' = -x(t - u)", nil, "depends on u, which is an input"},
		{"x' = -x(t - taw)", nil, "depends on taw, which is no parameter; did you mean tau?"},
		{"x' = -x(t - f(2))", nil, "depends on f, which is no elementary function"},
		{"x' = -x(t - 0)", nil, "the delay is 0; it has to be above 0"},
		{"x' = -x(t - (1 - tau))", nil, "the delay is -0.5 as its parameters start; begin with one above 0"},
		{"x' = -x(t - sqrt(-tau))", nil, "x(t - sqrt(-tau))"},
		{"x' = tau*x(1 - x)", nil, "write x*(…) for a product"},
		{"x' = -x(tau)", nil, "line 1, column 7: x is not a function; write x(t - …) for its value of an earlier time, or x*(…) for a product"},
		{"x' = -u(t - tau)", nil, "line 1, column 7: u(t - tau) is a value of an earlier time, and u is an input; shift its column"},
		{"x' = -tau(t - 1)", nil, "tau is a parameter and the same at all times; write tau"},
		{"q = 2*x\nx' = -q(t - 1)", nil, "line 2, column 7: q(t - 1) is a value of an earlier time, and q is no state; write in its place"},
		{"prey' = x\nx' = 2*pray(t - tau)", nil, "line 2, column 8: there is no state pray to look back at; did you mean prey?"},
		{"prey' = x\nx' = 2*pray(t + tau - 1)", nil, "did you mean prey?"},
		{"prey' = x\nx' = 2*pray(t)", nil, "did you mean prey?"},
		{"x' = wind(t - tau)", nil, "there is no state wind to look back at; a network of this name must be listed under networks"},
		{"pop' = x\nx' = 2*popl(x)", nil, "line 2, column 8: unknown function popl; did you mean pop?"},
		{"x' = -a(t - tau)\n0 = a - x", nil, "do not go with equations 0 = …"},
		{"x' = -x(t - tau) + a\n0 = a - x", nil, "do not go with equations 0 = …"},
		{"x' = -x(t - tau)", map[string]string{"y": "1"}, "history: y: there is no state of this name"},
		{"x' = -y(t - tau)\ny' = x", map[string]string{"x": "1"}, "history: x: no equation looks back at it"},
		{"x' = -x(t - tau)", map[string]string{"x": "1 +"}, "history: x: "},
		{"x' = -x(t - tau)", map[string]string{"x": "x"}, "history: x: x is a state"},
		{"x' = -x(t - tau)", map[string]string{"x": "rr"}, "history: x: rr is no parameter"},
	} {
		e := &field.Equations{Text: c.text, Parameters: map[string]field.Unknown{"tau": {Start: 1.5}}, History: c.history, Algebraic: map[string]float64{}}
		if strings.Contains(c.text, "0 =") {
			e.Algebraic["a"] = 0
		}
		_, err := e.Build(field.Unscaled([]string{"x"}, []string{"u"}))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q, %v:\n%v\nshould say %q", c.text, c.history, err, c.want)
		}
	}
	for _, e := range []*field.Equations{
		{Text: "x' = -x", Events: []field.Event{{At: []float64{1}, Set: map[string]string{"x": "x(t - 1)"}}}},
		{Text: "x' = -x", Events: []field.Event{{When: "x(t - 1) > 2", Set: map[string]string{"x": "0"}}}},
	} {
		if _, err := e.Build(field.Unscaled([]string{"x"}, nil)); err == nil || !strings.Contains(err.Error(), "earlier time") {
			t.Errorf("%+v: %v", e.Events, err)
		}
	}
}

// States, scaled as they are, are looked at in the order of the text, each lag once; values in
// definitions, networks and sums are found too.
func TestWhatIsLookedBackAt(t *testing.T) {
	e := &field.Equations{Text: "lost = y(t - tau) + x(t - 2)\nx' = -lost*u + nn(x(t-tau), x)\ny' = x - y( t - 2 ) - y(t - tau)",
		Parameters: map[string]field.Unknown{"tau": {Start: 3}}, History: map[string]string{"y": "tau*t"}}
	f := field.Frame{States: []string{"x", "y"}, Shift: []float64{1, 2}, Scale: []float64{2, 4}, Inputs: []string{"u"}, UShift: []float64{0}, UScale: []float64{1}, T0: 10, Time: 5}
	p, err := e.Build(f)
	if err != nil {
		t.Fatal(err)
	}
	d := p.Delays
	if d == nil || d.Row != 1 || len(d.Of) != 4 {
		t.Fatalf("%+v", d)
	}
	for i, want := range [][2]int{{1, 0}, {0, 1}, {0, 0}, {1, 1}} {
		if d.Of[i] != want[0] || d.By[i] != want[1] {
			t.Errorf("row %d shows state %d by lag %d", i, d.Of[i], d.By[i])
		}
	}
	theta := field.Batch{V: p.Theta0, Rows: len(p.Theta0), Lanes: 1}
	lags := []float64{0, 0}
	at := &field.Point{T: []float64{-0.4}, X: field.Batch{V: []float64{0.3, 0.7}, Rows: 2, Lanes: 1}, Theta: theta}
	field.New(d.Lags, 1, false).Eval(field.Batch{V: lags, Rows: 2, Lanes: 1}, at)
	if math.Abs(lags[0]-3./5) > 1e-15 || math.Abs(lags[1]-2./5) > 1e-15 {
		t.Errorf("lags %v", lags)
	}
	past := []float64{0, 0}
	field.New(d.History, 1, false).Eval(field.Batch{V: past, Rows: 2, Lanes: 1}, at)
	if past[0] != 0.3 || past[1] != (3*8-2)/4. { // t is 8 in the units of the text
		t.Errorf("history %v", past)
	}
	if text := p.Text; !strings.Contains(text, "lost = y(t - tau) + x(t - 2)") || !strings.Contains(text, "y before the start: tau*t") {
		t.Error(text)
	}
	theta.V[0] *= 1.5
	if text := e.Explain(p, theta.V); !strings.Contains(text, "lost = y(t - 4.5) + x(t - 2)") || !strings.Contains(text, "y before the start: 4.5*t") {
		t.Error(text)
	}
}

// Networks of the time, and of other arguments, are what they were; of those that nobody listed
// the ones are told that are called nearly like something else.
func TestUnlistedNetworks(t *testing.T) {
	for _, c := range []struct {
		text, want string
		listed     bool
	}{
		{text: "pos' = -k*pso(pos)", want: "line 1, column 11: pso is a network 1-16-1, which networks: does not list; did you mean pos? List pso under networks if not"},
		{text: "pos' = -k*pso(pos, t)", want: "pso is a network 2-16-1"},
		{text: "drag = k*pos\npos' = dragg(pos) + drag", want: "did you mean drag?"},
		{text: "pos' = -k*pso(pos)", listed: true},
		{text: "pos' = -k*pso(t - 1)", listed: true},
		{text: "pos' = -k*season(t)"},
		{text: "pos' = -k*nn(t - 1)"},
		{text: "pos' = -k*season(t - 1, pos)"},
		{text: "pos' = -k*season(sin(t - 1))"},
		{text: "x1 = k*pos\npos' = f1(x1)"},
	} {
		e := &field.Equations{Text: c.text, Parameters: map[string]field.Unknown{"k": {Start: 1}}}
		if c.listed {
			e.Networks = map[string]field.Network{"pso": {}}
		}
		p, err := e.Build(field.Unscaled([]string{"pos"}, nil))
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if all := strings.Join(p.Notes, "; "); c.want == "" && all != "" || !strings.Contains(all, c.want) {
			t.Errorf("%q: %q; it should say %q", c.text, all, c.want)
		}
	}
}
