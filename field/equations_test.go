package field

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

func bound(v float64) *float64 { return &v }

// hareLynx is a grey box with a hidden state, an input, the time and two
// networks.
func hareLynx() (*Equations, Frame) {
	e := &Equations{
		Text: `# hare and lynx [thousands], grass is not measured
eaten = nn(hare, lynx)
hare' = birth*hare*grass + u*cos(t/3) - eaten
d lynx/dt = -death*lynx + eaten/10 + k*net(lynx, hare + lynx, t)[1]
dgrass/dt = 1 - grass^2 - 0.01*hare*net(lynx, hare + lynx, t)[0]`,
		Parameters: map[string]Unknown{"birth": {Start: 0.5, Min: bound(0), Unit: "1/year"},
			"death": {Start: 0.8, Min: bound(0.1), Max: bound(2)}, "k": {Start: -3}},
		Networks: map[string]Network{"net": {Hidden: []int{4, 3}, Activation: "gelu"}},
		Start:    map[string]float64{"grass": 0.5},
	}
	return e, Frame{States: []string{"hare", "lynx"}, Shift: []float64{30, 20}, Scale: []float64{25, 10},
		Inputs: []string{"u"}, UShift: []float64{1}, UScale: []float64{2}, T0: 1900, Time: 20}
}

// at evaluates a field at one point, all in scaled units.
func at(p *Parts, t float64, x, u, theta []float64) []float64 {
	dx := Batch{V: make([]float64, len(x)), Rows: len(x), Lanes: 1}
	New(p.Field, 1, false).Eval(dx, &Point{T: []float64{t}, X: Batch{V: x, Rows: len(x), Lanes: 1},
		U: Batch{V: u, Rows: len(u), Lanes: 1}, Theta: Batch{V: theta, Rows: len(theta), Lanes: 1}})
	return dx.V
}

func TestEquationsFillEveryPart(t *testing.T) {
	e, f := hareLynx()
	p := build(t, e, f)
	if got := fmt.Sprint(p.Frame.States, p.Frame.Scale, p.Start); got != "[hare lynx grass] [25 10 0.5] [0.5]" {
		t.Errorf("states %v", got)
	}
	if len(f.States) != 2 || len(p.Theta0) != 3+(16*3+17)+(4*4+3*5+2*4) {
		t.Errorf("%d entries of θ", len(p.Theta0))
	}
	next := 3
	for _, l := range p.Layers {
		if l.W != next || l.B != next+l.Rows*l.Cols {
			t.Errorf("layer %+v does not start at %d", l, next)
		}
		next = l.B + l.Rows
	}
	if names := fmt.Sprintln(p.Layers[0].Name, p.Layers[2].Name, p.Layers[4].Last, p.Layers[3].Last); next != len(p.Theta0) || names != "nn.1 net.1 true false\n" {
		t.Errorf("layers %v end at %d", names, next)
	}
	for i, name := range []string{"birth", "death", "k"} { // in the order of the text
		if p.Named[i].Name != name || p.Named[i].Theta != i {
			t.Errorf("parameter %d is %+v", i, p.Named[i])
		}
	}
	for _, s := range []string{"hare' = birth*hare*grass + u*cos(t/3) - eaten", "birth: parameter, starts at 0.5 1/year, above 0",
		"net: network 3-4-3-2, gelu", "grass: hidden, starts at 0.5"} {
		if !strings.Contains(p.Text, s) {
			t.Errorf("the text has no %q:\n%s", s, p.Text)
		}
	}
}

func TestEquationsVJPIsTransposeOfJVP(t *testing.T) {
	e, f := hareLynx()
	p := build(t, e, f)
	r := rand.New(rand.NewPCG(1, 2))
	for _, lanes := range []int{1, 8} {
		for _, ensemble := range []bool{false, true} {
			checkTranspose(t, New(p.Field, lanes, ensemble), ensemble, r)
		}
	}
}

func TestScaledEquationsObeyTheChainRule(t *testing.T) {
	e := &Equations{Text: "r = a*x/(1 + x^2)\ny' = r - b*y*u + h\nx' = x*sin(t) - y\nh' = -2*h + r",
		Parameters: map[string]Unknown{"a": {Start: 2, Min: bound(1)}, "b": {Start: -0.3}}, Start: map[string]float64{"h": -4}}
	f := Frame{States: []string{"x", "y"}, Shift: []float64{3, -2}, Scale: []float64{5, 0.1},
		Inputs: []string{"u"}, UShift: []float64{1}, UScale: []float64{7}, T0: 10, Time: 4}
	p := build(t, e, f)
	user := func(t float64, x, u []float64) []float64 {
		r := 2 * x[0] / (1 + x[0]*x[0])
		return []float64{x[0]*math.Sin(t) - x[1], r + 0.3*x[1]*u[0] + x[2], -2*x[2] + r}
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		z, x := make([]float64, 3), make([]float64, 3)
		for i := range z {
			z[i] = random.NormFloat64()
			x[i] = p.Frame.Shift[i] + p.Frame.Scale[i]*z[i]
		}
		tau, u := random.Float64(), random.NormFloat64()
		got := at(p, tau, z, []float64{u}, p.Theta0)
		for i, v := range user(10+4*tau, x, []float64{1 + 7*u}) {
			want := 4 / p.Frame.Scale[i] * v
			if math.Abs(got[i]-want) > 1e-12*(1+math.Abs(want)) {
				t.Fatalf("d%s is %v, want %v", p.Frame.States[i], got[i], want)
			}
		}
	}
}

func TestNetworksSeeAndGiveScaledValues(t *testing.T) {
	f := Frame{States: []string{"x", "y"}, Shift: []float64{3, 4}, Scale: []float64{5, 0.1},
		Inputs: []string{"u"}, UShift: []float64{1}, UScale: []float64{7}, T0: 10, Time: 4}
	// affine: θ is W (one row) and b
	for _, c := range []struct {
		text string
		args []float64 // expected arguments at z = (0.7, -0.2), u = 0.3, τ = 0.6
		dx   float64   // expected d(scaled x) when the network gives 1
	}{
		{"x' = nn(x, y)", []float64{0.7, -0.2}, 1},
		{"x' = 2 + nn(y, x)", []float64{-0.2, 0.7}, 1 + 2*4./5},
		{"x' = nn(t, u)", []float64{0.6, 0.3}, 1},
		{"x' = nn(x - 3, 2*y + 1)", []float64{0.7, -0.2}, 1},
		{"k = x + 5*u\nx' = nn(k, 12)", []float64{(5*0.7 + 35*0.3) / math.Hypot(5, 35), 1}, 1},
		{"x' = x*nn(x, y)", []float64{0.7, -0.2}, (3 + 5*0.7) / math.Hypot(3, 5)},
		{"x' = nn(inner(x), x)", []float64{0, 0.7}, 1},
	} {
		e := &Equations{Text: c.text + "\ny' = 0", Networks: map[string]Network{"nn": {Hidden: []int{0}}}}
		p := build(t, e, f)
		for k, want := range append(c.args, 1) { // the last is the bias
			theta := make([]float64, len(p.Theta0))
			theta[k] = 1
			z, u, tau := []float64{0.7, -0.2}, []float64{0.3}, 0.6
			base := at(p, tau, z, u, make([]float64, len(theta)))[0]
			got := at(p, tau, z, u, theta)[0] - base
			if full := c.dx - base; math.Abs(got-want*full) > 1e-9 {
				t.Errorf("%s: argument %d is %v, want %v", c.text, k, got/full, want)
			}
		}
	}
}

func TestANetworkInTwoEquationsHasTheirMeanScale(t *testing.T) {
	f := Unscaled([]string{"x", "y"}, nil)
	f.Scale = []float64{2, 32}
	p := build(t, &Equations{Text: "g = nn(x)\nx' = g\ny' = g", Networks: map[string]Network{"nn": {Hidden: []int{0}}}}, f)
	if got := at(p, 0, []float64{0, 0}, nil, []float64{0, 1}); math.Abs(got[0]-4) > 1e-12 || math.Abs(got[1]-0.25) > 1e-12 {
		t.Errorf("got %v, want 4 and 1/4", got)
	}
}

// named evaluates the parameters in user units.
func named(p *Parts, theta []float64) []float64 {
	out := make([]float64, len(p.Named))
	program.NewExec(p.Values, 1).Run([][]float64{out}, [][]float64{theta})
	return out
}

func TestParametersStartAtStartAndKeepTheirBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		lo := 10 * r.NormFloat64()
		hi := lo + math.Exp(3*r.NormFloat64())
		start := lo + (hi-lo)*(0.01+0.98*r.Float64())
		for _, u := range []Unknown{{Start: start}, {Start: 0}, {Start: start, Min: &lo}, {Start: start, Max: &hi}, {Start: start, Min: &lo, Max: &hi}} {
			p := build(t, &Equations{Text: "x' = p*x", Parameters: map[string]Unknown{"p": u}}, Unscaled([]string{"x"}, nil))
			if got := named(p, p.Theta0)[0]; math.Abs(got-u.Start) > 4e-16*(math.Abs(lo)+math.Abs(hi)) {
				t.Fatalf("%+v starts at %v", u, got)
			}
			if math.Abs(p.Theta0[0]) > 1 {
				t.Errorf("θ starts at %v", p.Theta0[0])
			}
			for _, theta := range []float64{-50, -3, 3, 50} {
				got := named(p, []float64{theta})[0]
				if u.Min != nil && got < lo || u.Max != nil && got > hi {
					t.Errorf("%v is outside %v … %v", got, u.Min, u.Max)
				}
				if dx := at(p, 0, []float64{1}, nil, []float64{theta})[0]; dx != got {
					t.Errorf("the field uses %v, but the parameter is %v", dx, got)
				}
			}
		}
	}
	for _, u := range []Unknown{{Start: 0.3}, {Start: 0.3, Min: bound(0)}, {Start: -7, Max: bound(0)}} {
		p := build(t, &Equations{Text: "x' = p*x", Parameters: map[string]Unknown{"p": u}}, Unscaled([]string{"x"}, nil))
		if got := named(p, p.Theta0)[0]; got != u.Start {
			t.Errorf("%+v starts at %v", u, got)
		}
	}
}

func TestEquationErrorsPointAndSuggest(t *testing.T) {
	for _, c := range []struct {
		text         string
		line, column int
		word         string
	}{
		{"prey' = 1\n pred' = pray + 1", 2, 10, "did you mean prey?"},
		{"prey' = 1\npred' = sine(prey)", 2, 9, "did you mean sin?"},
		{"prey' = 1\npred' = alpha*prey", 2, 9, "parameters"},
		{"prey' = (1\npred' = 2 **3 # both", 1, 9, "line 2, column 11"},
		{"prey' = 1\npred'' = 1", 2, 1, "two lines"},
		{"prey' = 1\nd pred/dx = 1", 2, 1, "not a derivative by t"},
		{"prey' = 1\n  pred", 2, 3, "no ="},
		{"prey' = 1\n2pred' = 1", 2, 1, "not a name"},
		{"prey' = 1\npred' = 1\nprey' = 2", 3, 1, "line 1 already"},
		{"prey' = 1\npred' = 1\nu' = 2", 3, 1, "is given"},
		{"prey' = 1\npred' = 1\nprey = 2", 3, 1, "prey' for the derivative"},
		{"r = 1\nprey' = r\npred' = 1\nr = 2", 4, 1, "line 1 already"},
		{"prey' = r\npred' = 1\nr = 2", 1, 9, "before it is defined in line 3"},
		{"r = r + 1\nprey' = r\npred' = 1", 1, 5, "before it is defined"},
		{"prey' = nn(prey)\npred' = nn(prey, pred)", 2, 9, "2 arguments here but 1"},
		{"prey' = 1\nperd' = 1", 2, 1, "did you mean pred?"},
		{"prey' = pred(2)\npred' = 1", 1, 9, "pred*("},
		{"prey' = 1\npred' = u(2)", 2, 9, "u*("},
		{"prey' = 1/0\npred' = 1", 1, 10, "zero"},
	} {
		_, err := (&Equations{Text: c.text}).Build(Unscaled([]string{"prey", "pred"}, []string{"u"}))
		var e *EquationError
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if e.Line != c.line || e.Column != c.column || !strings.Contains(err.Error(), c.word) || e.Source != strings.Split(c.text, "\n")[e.Line-1] {
			t.Errorf("%q: %v; want line %d, column %d, %q", c.text, err, c.line, c.column, c.word)
		}
	}
}

func TestConfigurationErrorsSayWhatToChange(t *testing.T) {
	good := "prey' = birth*prey - nn(prey)\npred' = h\nh' = 1"
	birth := map[string]Unknown{"birth": {Start: 1}}
	for _, c := range []struct {
		e    Equations
		word string
	}{
		{Equations{Text: " # nothing"}, "there are none"},
		{Equations{Text: "prey' = 1"}, "pred has no equation"},
		{Equations{Text: good, Parameters: map[string]Unknown{"brith": {Start: 1}}}, "did you mean birth?"},
		{Equations{Text: good, Parameters: map[string]Unknown{"birth": {Start: -1, Min: bound(0)}}}, "strictly inside"},
		{Equations{Text: good, Parameters: map[string]Unknown{"birth": {Start: 5, Max: bound(4)}}}, "strictly inside"},
		{Equations{Text: good, Parameters: map[string]Unknown{"birth": {Start: 5, Min: bound(7), Max: bound(4)}}}, "not below max"},
		{Equations{Text: good, Parameters: map[string]Unknown{"birth": {Start: math.NaN()}}}, "finite"},
		{Equations{Text: good, Parameters: map[string]Unknown{"birth": {Start: 1}, "prey": {Start: 1}}}, "name of a state"},
		{Equations{Text: good, Parameters: birth, Networks: map[string]Network{"nn1": {}}}, "nn1 is in no equation"},
		{Equations{Text: good, Parameters: birth, Networks: map[string]Network{"sin": {}}}, "elementary function"},
		{Equations{Text: good, Parameters: birth, Networks: map[string]Network{"nn": {Activation: "tahn"}}}, "tanh"},
		{Equations{Text: good, Parameters: birth, Networks: map[string]Network{"nn": {Hidden: []int{-1}}}}, "units"},
		{Equations{Text: good, Parameters: birth, Networks: map[string]Network{"nn": {Degree: 6}}}, "between 1 and 5"},
		{Equations{Text: good, Parameters: birth, Start: map[string]float64{"prey": 1}}, "data column"},
		{Equations{Text: good, Parameters: birth, Start: map[string]float64{"g": 1}}, "no hidden state g"},
	} {
		_, err := c.e.Build(Unscaled([]string{"prey", "pred"}, nil))
		if err == nil || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%+v: %v; want %q", c.e, err, c.word)
		}
	}
	for column, word := range map[string]string{"t": "which is the time", "CO2 (ppm)": "rename"} {
		_, err := (&Equations{Text: "x' = 1"}).Build(Unscaled([]string{"x", column}, nil))
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("column %s: %v", column, err)
		}
	}
}

func TestEquationsSurviveJSON(t *testing.T) {
	e, _ := hareLynx()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	again := &Equations{}
	if err := json.Unmarshal(text, again); err != nil || !reflect.DeepEqual(e, again) {
		t.Errorf("%s reads as %+v, %v", text, again, err)
	}
	for src, want := range map[string]float64{`2.5`: 2.5, `{"start": 3}`: 3, `{"min": 0}`: 1, `{"max": 0}`: -1, `{"min": 2, "max": 6}`: 4,
		`{"start": 0, "min": -1}`: 0, `{"min": -1, "max": 3}`: 0, `{"max": 5}`: 0, `{}`: 0} {
		var u Unknown
		if err := json.Unmarshal([]byte(src), &u); err != nil || u.started().Start != want || u.started().check() != nil {
			t.Errorf("%s starts at %v, %v; want %v", src, u.started().Start, err, want)
		}
	}
	var u Unknown
	if err := json.Unmarshal([]byte(`{"strat": 1}`), &u); err == nil {
		t.Error("an unknown key is accepted")
	}
}

func FuzzEquations(f *testing.F) {
	e, _ := hareLynx()
	f.Add(e.Text)
	for _, s := range systems {
		f.Add(s.Equations)
	}
	f.Add("x' = nn(nn(x)[1])[0]^p\ny' = 1/(x - y)")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1000 {
			return
		}
		e := &Equations{Text: text}
		p, err := e.Build(Unscaled([]string{"x", "y"}, []string{"u"}))
		if err != nil {
			return
		}
		if len(p.Frame.States) != 2+len(p.Start) || len(p.Frame.Scale) != len(p.Frame.States) {
			t.Fatalf("%q: %+v", text, p.Frame)
		}
		if dx, _ := p.Field.Output("dx"); dx.Rows != len(p.Frame.States) || !dx.Batched {
			t.Fatalf("%q: dx is %+v", text, dx)
		}
	})
}

func ExampleEquations() {
	e := &Equations{
		Text:       "prey' = birth*prey - nn(prey, predator)\npredator' = nn2(prey, predator) - 1.8*predator",
		Parameters: map[string]Unknown{"birth": {Start: 1}},
		Networks:   map[string]Network{"nn2": {Hidden: []int{8, 8}}},
	}
	p, err := e.Build(Unscaled([]string{"prey", "predator"}, nil))
	fmt.Println(p.Text, err)
	_, err = e.Build(Unscaled([]string{"prey", "predater"}, nil))
	fmt.Println(err)
	// Output:
	// prey' = birth*prey - nn(prey, predator)
	// predator' = nn2(prey, predator) - 1.8*predator
	// birth: parameter, starts at 1
	// nn: network 2-16-1, tanh
	// nn2: network 2-8-8-1, tanh <nil>
	// equations, line 2, column 1: there is no data column predator, and the data column predater has no equation; did you mean predater?
}

// The unit of a hidden state that starts at zero is the state at which what makes it and what it
// loses are equal; without a loss, what is made in a unit of time; or 1.
func TestHiddenStatesHaveTheUnitOfTheirBalance(t *testing.T) {
	f := Unscaled([]string{"x"}, nil)
	f.Shift[0], f.Scale[0], f.Time = 4, 2, 5
	for text, want := range map[string]float64{
		"h' = 6 - 3*h": 2, "h' = -6 - 3*h": 2, "h' = a*x - h": 2.5 * math.Sqrt(4*4+2*2), "h' = 6": 30, "h' = 6 - 0.01*h": 30,
		"h' = -2*h": 1,
	} {
		p := build(t, &Equations{Text: "x' = h - a*x\n" + text, Parameters: map[string]Unknown{"a": {Start: 2.5}}}, f)
		if got := p.Frame.Scale[1]; math.Abs(got/want-1) > 1e-6 {
			t.Errorf("%s: the unit of h is %g, want %g", text, got, want)
		}
	}
}
