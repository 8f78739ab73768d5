package cli

import (
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/study"
)

// The shipped experiments give back the numbers that their data were made with.
func TestExperimentsWithUnknownParameters(t *testing.T) {
	workplace(t)
	for file, truth := range map[string]map[string]float64{
		"lotka-volterra.yaml":  {"birth": 1.3, "eaten": 0.9, "fed": 0.8, "death": 1.8},
		"lorenz.yaml":          {"sigma": 10, "rho": 28, "beta": 8.0 / 3},
		"fitzhugh-nagumo.yaml": {"current": 0.5, "a": 0.7, "b": 0.8, "tau": 12.5},
	} {
		var res study.Result
		if err := json.Unmarshal([]byte(must(t, "fit", file, "method=continuation", "--out", file+".run", "--json").out), &res); err != nil {
			t.Fatal(err)
		}
		if len(res.Parameters) != len(truth) {
			t.Errorf("%s: %+v", file, res.Parameters)
		}
		for _, p := range res.Parameters {
			if off := math.Abs(*p.Value - truth[p.Name]); !(off < 4**p.SD) || off > 0.05*truth[p.Name] || p.Note != "" {
				t.Errorf("%s: %s is %g ± %g (%s), want %g", file, p.Name, *p.Value, *p.SD, p.Note, truth[p.Name])
			}
		}
		o := must(t, "show", file+".run")
		for name := range truth {
			if !regexp.MustCompile(name + ` = \S+ ± `).MatchString(o.out) {
				t.Errorf("%s: show does not tell the error of %s:\n%s", file, name, o.out)
			}
		}
	}
}

// What the data do not determine is told wherever the number stands.
func TestUndeterminedParametersAreToldEverywhere(t *testing.T) {
	workplace(t)
	write(t, "two.yaml", "data: lotka-volterra.csv\nequations: |\n  x' = (p + q)*x - 0.9*x*y\n  y' = 0.8*x*y - d*y\nparameters:\n  p: 0.6\n  q: 0.6\n  d: {start: 1, min: 0, max: 1.5}\n")
	fit := must(t, "fit", "two.yaml", "method=lm", "--out", "run")
	for _, text := range []string{fit.out, must(t, "show", "run").out, must(t, "show", "run", "--json").out, read(t, "run/report.html"), read(t, "run/result.json")} {
		for _, want := range []string{"the data cannot tell it from q", "the data cannot tell it from p", "at its upper bound 1.5"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in\n%.2000s", want, text)
			}
		}
	}
}

// Equations found by sindy are shown, forecast with, simulated and compared;
// so are recurrent networks.
func TestBaselinesWorkLikeOtherModels(t *testing.T) {
	workplace(t)
	for name, args := range map[string][]string{
		"sindy": {"method=sindy", "members=3"}, "both": {"method=sindy,lm"}, "gru": {"model=gru", "units=4", "method=homotopy", "budget=60"},
	} {
		must(t, append([]string{"fit", "lotka-volterra.csv", "--out", name}, args...)...)
		if o := must(t, "show", name); name != "gru" && (!strings.Contains(o.out, "  x' = 1.") || !strings.Contains(o.out, "k1 = ") || strings.Count(o.out, " ± ") < 4) {
			t.Errorf("%s:\n%s", name, o.out)
		}
		write(t, name+".csv", must(t, "forecast", name, "--t", "0:6:0.1").out)
		must(t, "forecast", name, "--from", "lotka-volterra.csv", "--horizon", "1", "--step", "0.05")
		if o := must(t, "compare", name+".csv", "lotka-volterra.csv", "--json"); !strings.Contains(o.out, "mse") {
			t.Errorf("%s:\n%s", name, o.out)
		}
		must(t, "simulate", name, "start=1,1", "--t", "0:2:0.1")
		if o := must(t, "fit", "--resume", name); !strings.Contains(o.err, "finished") {
			t.Errorf("%s: %s", name, o.err)
		}
	}
}

func TestBadInputOfBaselines(t *testing.T) {
	workplace(t)
	write(t, "odd.csv", "t,x\n0,1\n0.1,2\n0.23,3\n0.5,2\n0.6,1\n0.7,2\n0.8,3\n0.97,2\n1.1,1\n1.2,2\n")
	for _, c := range []struct{ says, args string }{
		{"every=0.1", "odd.csv model=rnn"},
		{"units=0", "lotka-volterra.csv model=gru units=0"},
		{"forcing", "lotka-volterra.csv model=rnn method=vanilla forcing=half"},
		{"discrete time", "lotka-volterra.csv model=mlp method=vanilla forcing=full"},
		{"leave the model out", "lotka-volterra.csv model=gru method=sindy"},
		{"1 of 3 are hidden", "lotka-volterra.csv model=mlp augment=1 method=sindy"},
		{"weak or slopes", "lotka-volterra.csv method=sindy form=strong"},
		{"too short", "lotka-volterra.csv method=sindy window=50"},
		{"threshold=2", "lotka-volterra.csv method=sindy threshold=2"},
	} {
		o := entrain(append([]string{"fit"}, strings.Fields(c.args)...)...)
		if o.code != 2 || !strings.Contains(o.err, c.says) {
			t.Errorf("%s: exit %d, %s; want 2 and %q", c.args, o.code, o.err, c.says)
		}
	}
	if exists("runs") {
		t.Error("a fit that was refused left a folder")
	}
}
