package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/train"
)

func load(t *testing.T, text string, args ...string) *Config {
	t.Helper()
	c, err := Load("dir/c.yaml", []byte(text), args, 2)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestArgumentsWinOverTheFileAndTheFileOverDefaults(t *testing.T) {
	c := load(t, "data: d.csv\nseed: 3\nmodel: mlp\nhidden: [8, 8]\nsolver: {solver: rk4, step: 0.1}\nmethod: homotopy\ncoupling: 5\n",
		"seed=4", "solver.step=0.2", "limit=2m", "method.levels=3", "hidden=5,6,7")
	m, h := c.Model.(*field.MLP), c.Method.(*train.Homotopy)
	switch {
	case c.Seed != 4, c.Solver.Solver != "rk4", c.Solver.Step != 0.2, c.Limit != 2*time.Minute:
		t.Errorf("%+v", c)
	case !slices.Equal(m.Hidden, []int{5, 6, 7}), m.Activation != "gelu":
		t.Errorf("%+v", m)
	case h.Coupling != 5, h.Levels != 3, h.LR == 0:
		t.Errorf("%+v", h)
	case c.Data.String() != filepath.Join("dir", "d.csv"):
		t.Errorf("data %s", c.Data)
	case c.Heldout != train.DefaultSettings().Heldout:
		t.Errorf("heldout %g", c.Heldout)
	}
}

func TestDataOnTheCommandLineIsNotRelativeToTheFile(t *testing.T) {
	if c := load(t, "data: d.csv", "data=e.csv"); c.Data.String() != "e.csv" {
		t.Errorf("data %s", c.Data)
	}
}

func TestModelFollowsTheMethodWhenNotNamed(t *testing.T) {
	for text, want := range map[string]string{"": "poly-mlp", "method: vanilla": "mlp", "method: auto": "poly-mlp",
		"method: vanilla\nmodel: poly-mlp": "poly-mlp", "equations: x' = a*x\nparameters: {a: 1}": "equations"} {
		if c := load(t, text); c.ModelName != want {
			t.Errorf("%q gives model %s, want %s", text, c.ModelName, want)
		}
	}
	if c := load(t, "hidden: 5"); !slices.Equal(c.Model.(*field.PolyMLP).Hidden, []int{5}) {
		t.Errorf("got %+v", c.Model)
	}
}

func TestOneNumberIsAListOfOne(t *testing.T) {
	for _, text := range []string{"model: mlp\nhidden: 5", "model: mlp\nhidden: [5]", "model: mlp\nhidden: '5'", "model: {name: mlp, hidden: 5}"} {
		if c := load(t, text); !slices.Equal(c.Model.(*field.MLP).Hidden, []int{5}) {
			t.Errorf("%s gives %+v", text, c.Model)
		}
	}
}

// time names a column; the network's own key is reached through its section.
func TestSectionsReachShadowedKeys(t *testing.T) {
	c := load(t, "", "model=mlp", "time=year", "model.time=true")
	if c.Time != "year" || !c.Model.(*field.MLP).Time {
		t.Errorf("%+v %+v", c.Input, c.Model)
	}
	c = load(t, "equations: |\n  x' = h\n  h' = -x\nstart: {h: 2}\n")
	if e, ok := c.Model.(*field.Equations); !ok || e.Start["h"] != 2 {
		t.Errorf("%T %+v", c.Model, c.Model)
	}
}

func TestParametersKeepWhatAnArgumentDoesNotMention(t *testing.T) {
	c := load(t, "equations: x' = a*x\nparameters:\n  a: {start: 0.5, min: 0, unit: 1/s}\n", "parameters.a.start=0.7")
	a := c.Model.(*field.Equations).Parameters["a"]
	if a.Start != 0.7 || a.Min == nil || *a.Min != 0 || a.Unit != "1/s" {
		t.Errorf("%+v", a)
	}
	c = load(t, "equations: x' = a*x\nparameters: {a: 0.5}\n")
	if a := c.Model.(*field.Equations).Parameters["a"]; a.Start != 0.5 {
		t.Errorf("%+v", a)
	}
}

// Every registered model and method can be written and read back.
func TestYAMLGivesTheSameConfigurationAgain(t *testing.T) {
	dir := t.TempDir()
	for _, model := range field.Architectures.Names() {
		for _, method := range train.Methods.Names() {
			c, err := Load("", nil, []string{"model=" + model, "method=" + method, "data=" + filepath.Join(dir, "d.csv"),
				"states=a b,c", "start=1.5,-2", "limit=90s", "seed=18446744073709551615"}, 1)
			if err != nil {
				t.Fatal(err)
			}
			if e, ok := c.Model.(*field.Equations); ok {
				zero := 0.0
				e.Text = "x' = a*x # remark: \"quoted\"\ny' = nn(x)\n"
				e.Parameters = map[string]field.Unknown{"a": {Start: 0.5, Min: &zero}}
				e.Networks = map[string]field.Network{"nn": {Hidden: []int{3}}}
			}
			text, err := c.YAML(dir)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Load(filepath.Join(dir, "config.yaml"), text, nil, 1)
			if err != nil {
				t.Fatalf("%s/%s: %v\n%s", model, method, err, text)
			}
			second, err := again.YAML(dir)
			if err != nil || string(second) != string(text) {
				t.Errorf("%s/%s: %v\n%s\nbecame\n%s", model, method, err, text, second)
			}
			if again.Seed != c.Seed || again.Limit != c.Limit || again.Data.String() != c.Data.String() || !slices.Equal(again.States, c.States) {
				t.Errorf("%+v became %+v", c, again)
			}
			if e, ok := c.Model.(*field.Equations); ok && !reflect.DeepEqual(e.Parameters, again.Model.(*field.Equations).Parameters) {
				t.Errorf("%+v became %+v", e, again.Model)
			}
		}
	}
}

func TestErrorsNamePlaceAndRemedy(t *testing.T) {
	for _, c := range []struct{ text, arg, want string }{
		{"seed: 3\nhiden: 3\n", "", `c.yaml:2:1: unknown key "hiden"; did you mean "hidden"?`},
		{"solver:\n  rtol: tight\n", "", `c.yaml:2:9: solver.rtol: "tight" is not a number`},
		{"solver: [1, 2]\n", "", "c.yaml:1:9: solver is a table with the keys"},
		{"seed: {a: 1}\n", "", "seed is a single value; it cannot be a table of keys"},
		{"seed: 3\nseed: 4\n", "", "seed"},
		{"seed: *x\n", "", "anchors"},
		{"a: 1\n---\nb: 2\n", "", "2 documents"},
		{"- 1\n", "", "a configuration is a table"},
		{"just words\n", "", "a configuration is a table"},
		{"heldout: .nan\n", "", "is not a number"},
		{"time: true\nmodel: {time: perhaps}\n", "", `model.time: "perhaps" is not true or false`},
		{"limit: soon\n", "", "is not a duration"},
		{"limit: 0.0001ns\n", "", "is not a duration"},
		{"parameters: {a: 1}\n", "", `"parameters" is a setting of model equations`},
		{"equations: x'=a\nparameters: {a: {strat: 1}}\n", "", `did you mean "start"?`},
		{"", "seed", "argument 2 (seed): is not a setting"},
		{"", "=3", "argument 2"},
		{"", "a..b=3", "empty part"},
		{"", "hidden=[3", "argument 2 (hidden=[3): is not YAML"},
		{"", "hidden=3.5", `hidden: "3.5" is not a whole number`},
		{"", "model.hiden=3", `unknown key "hiden" of the model poly-mlp; did you mean "hidden"?`},
		{strings.Repeat("[", 100), "", "nested too deeply"},
		{"\xff", "", "UTF-8"},
	} {
		var args []string
		if c.arg != "" {
			args = []string{c.arg}
		}
		_, err := Load("c.yaml", []byte(c.text), args, 2)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %q: %v, want %q", c.text, c.arg, err, c.want)
		}
	}
}

func TestAllErrorsAreCollected(t *testing.T) {
	_, err := Load("c.yaml", []byte("seed: x\nbudget: y\n"), []string{"foo=1"}, 2)
	var all Errors
	if !errors.As(err, &all) || len(all) != 3 {
		t.Errorf("%v", err)
	}
}

func TestExplainFindsThePlaceOfASetting(t *testing.T) {
	c := load(t, "budget: 3\nactivation: tnh\n", "heldout=0.9")
	_, err := c.Model.Build(field.Unscaled([]string{"x"}, nil))
	if got := c.Explain(err).Error(); !strings.HasPrefix(got, "dir/c.yaml:2:13: unknown activation") {
		t.Error(got)
	}
	if got := c.Explain(errors.New("heldout=0.9: too much")).Error(); !strings.HasPrefix(got, "argument 2 (heldout=0.9): ") {
		t.Error(got)
	}
	if got := c.Explain(errors.New("no idea")).Error(); got != "dir/c.yaml: no idea" {
		t.Error(got)
	}
}

func TestShippedConfigurationsLoad(t *testing.T) {
	files, _ := filepath.Glob("../../examples/*.yaml")
	if len(files) == 0 {
		t.Skip("no examples")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Load(file, text, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		if c.Data.String() == "" { // equations to be simulated
			continue
		}
		if _, err := os.Stat(c.Data.String()); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// FuzzLoad wants no panic, and what was read to be written and read again.
func FuzzLoad(f *testing.F) {
	f.Add("data: d.csv\nseed: 3\nhidden: [8, 8]\nsolver: {rtol: 1e-7}\n", "seed=4")
	f.Add("model: {name: equations, equations: \"x' = a*x\"}\nparameters: {a: {start: 0.5, min: 0}}\n", "parameters.a.max=3")
	f.Add("equations: |\n  x' = nn(x)\nnetworks: {nn: {hidden: []}}\nstart: {h: 2}\n", "hidden=[1,2]")
	f.Add("? a\n: &x [*x]\n<<: {b: !!str c}\n", "a.b.c={x: 1}")
	f.Fuzz(func(t *testing.T, text, arg string) {
		if len(text) > 1<<12 || len(arg) > 1<<10 {
			return
		}
		c, err := Load("c.yaml", []byte(text), []string{arg}, 2)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		dir := t.TempDir()
		out, err := c.YAML(dir)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Load(filepath.Join(dir, "c.yaml"), out, nil, 1)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if second, err := again.YAML(dir); err != nil || string(second) != string(out) {
			t.Errorf("%v\n%q\nbecame\n%q", err, out, second)
		}
	})
}

// What a hostile text asks for is refused before memory or time is spent on it.
func TestHostileConfigurationsAreRefusedEarly(t *testing.T) {
	var deep strings.Builder
	for i := range 700 {
		fmt.Fprintf(&deep, "%s%s:\n", strings.Repeat("  ", i), "k")
	}
	keys, commas := &strings.Builder{}, strings.Repeat("1,", 60_000)
	for i := range 9_000 {
		fmt.Fprintf(keys, "k%d: 1\n", i)
	}
	for name, c := range map[string]struct{ text, want string }{
		"brackets":  {"data: " + strings.Repeat("[", 100_000), "nested too deeply"},
		"lists":     {strings.Repeat("- ", 400_000) + "x\n", "nested too deeply"},
		"questions": {strings.Repeat("? ", 400_000) + "x\n", "nested too deeply"},
		"tables":    {strings.Repeat("a: ", 9_000) + "x\n", "nested too deeply"},
		"indented":  {deep.String(), "nested too deeply"},
		"values":    {"hidden: [" + commas + commas + "1]\n", "more than 20000 lines and values"},
		"lines":     {strings.Repeat("# x\n", 150_000), "more than 20000 lines and values"},
		"long":      {strings.Repeat("# x", 400_000), "larger than 1 MiB"},
		"zero":      {"data: \x00\n", "zero byte"},
		"long key":  {strings.Repeat("a", 900_000) + ": 1\n", "unknown key"},
		"keys":      {keys.String(), "and 8999 more"},
	} {
		_, err := Load("c.yaml", []byte(c.text), nil, 1)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %.300v", name, err)
		} else if len(err.Error()) > 2500 {
			t.Errorf("%s: a message of %d bytes", name, len(err.Error()))
		}
	}
}

// A number that stands for nothing where it is left out cannot be given as nothing, and what a table
// is for cannot be left out; what is written is read again.
func TestNumbersThatMustStandOrMustBeAboveZero(t *testing.T) {
	text := "data: d.csv\nequations: x' = -k*x\nparameters: {k: 1}\nevents:\n  - {at: 1, %s}\n"
	for _, c := range []struct{ event, want string }{
		{"every: 0, add: {x: 1}", "events.every: 0 is not above 0"}, {"every: -2, add: {x: 1}", "events.every: -2 is not above 0"},
		{"every: 1, times: 0, add: {x: 1}", "events.times: 0 is not above 0"}, {"for: 0, rate: {x: 1}", "events.for: 0 is not above 0"},
		{"for: 0, add: {x: 1}", "events.for: 0 is not above 0"},
	} {
		if _, err := Load("c.yaml", []byte(fmt.Sprintf(text, c.event)), nil, 2); err == nil || !strings.Contains(err.Error(), "c.yaml:5:") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.event, err, c.want)
		}
	}
	for _, nothing := range []string{"{x: {}}", "{x: {below: 1}, y: {}}"} {
		if _, err := Load("c.yaml", []byte("data: d.csv\ncensored: "+nothing), nil, 2); err == nil || !strings.Contains(err.Error(), "needs below") {
			t.Errorf("censored: %s: %v", nothing, err)
		}
	}
	for _, event := range []string{"add: {x: 1}", "every: 2, times: 3, add: {x: 1}", "every: 2, set: {x: 1}", "for: 1, rate: {x: 1}"} {
		c := load(t, fmt.Sprintf(text, event)+"censored: {x: {below: 0}}\n")
		written, err := c.YAML("dir")
		if err != nil {
			t.Fatal(err)
		}
		if again := load(t, string(written)); fmt.Sprint(again.Model, again.Censored) != fmt.Sprint(c.Model, c.Censored) {
			t.Errorf("%s: written and read it is %+v, was %+v", event, again.Model, c.Model)
		}
	}
}
