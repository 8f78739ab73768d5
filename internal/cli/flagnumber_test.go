package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// eachFlag calls on with every flag of every command.
func eachFlag(c *cobra.Command, on func(c *cobra.Command, f *pflag.Flag)) {
	c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { on(c, f) })
	for _, sub := range c.Commands() {
		eachFlag(sub, on)
	}
}

// TestFlagsThatTakeNumbersTakeNothingElse sets every flag of every command: none
// takes NaN or an infinity for a number, nor a count that no machine can hold.
func TestFlagsThatTakeNumbersTakeNothingElse(t *testing.T) {
	kinds := map[string]int{}
	eachFlag((&app{}).root(), func(c *cobra.Command, f *pflag.Flag) {
		kinds[f.Value.Type()]++
		name := c.Name() + " --" + f.Name
		bad := []string{"NaN", "nan", "Inf", "-inf", "infinity", "1e400", "-1e400", "1e308", "x", ""}
		switch f.Value.Type() {
		case "float64", "float32", "int", "int64", "int32":
			if _, ok := f.Value.(*wholeFlag); !ok {
				t.Errorf("%s has no bounds; make it by realVar or wholeVar", name)
			}
			bad = append(bad, "9223372036854775807", "-9223372036854775808", "0.5")
		case "float":
		default:
			return
		}
		was := f.Value.String()
		for _, text := range bad {
			if err := f.Value.Set(text); err == nil {
				t.Errorf("%s takes %q", name, text)
			}
			if now := f.Value.String(); now != was {
				t.Errorf("%s is %s after %q was refused, and was %s", name, now, text, was)
			}
		}
	})
	if kinds["float"] < 10 || kinds["int"] < 10 {
		t.Errorf("flags by kind: %v; numbers are missing", kinds)
	}
}

func TestFlagsSayWhatTheyRefuse(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"analyse", "lorenz", "poincare", "--at", "NaN"}, `analyse: --at "NaN": it is no number`},
		{[]string{"analyse", "lorenz", "lyapunov", "--count", "1e9"}, `analyse: --count "1e9": it is no whole number`},
		{[]string{"sweep", "s.yaml", "-j", "-1"}, `sweep: -j, --jobs "-1": it must lie between 0 and 10000`},
		{[]string{"forecast", "run", "--horizon", "inf"}, `--horizon "inf": it is no number`},
		{[]string{"forecast", "run", "--step", "1fortnight"}, "is not one of s, min, h, d, mo and y"},
		{[]string{"analyse", "lorenz", "conditional", "--gain", "nan"}, "not a number"},
		{[]string{"analyse", "lorenz", "conditional", "--gain", "x:inf"}, "--gain"},
		{[]string{"analyse", "lorenz", "equilibria", "sigma=1e308"}, "sigma=1e308: 1e308 is too large; numbers up to 1e+100 are taken"},
		{[]string{"simulate", "lorenz", "start=nan,1,1"}, "not a number"},
		{[]string{"simulate", "lorenz", "rtol=inf"}, "too large"},
		{[]string{"simulate", "henon", "--t", "0:1e308:1e307"}, "steps of 1 from 0 on; 100000000 is the most"},
		{[]string{"simulate", "lorenz", "step=1e-300"}, "is the most"},
		{[]string{"analyse", "henon", "attractor", "--transient", "1e30"}, "is the most"},
	} {
		if o := entrain(c.args...); o.code != exitBad || !strings.Contains(o.err, c.want) {
			t.Errorf("%v: exit %d, %s\nwant %q", c.args, o.code, o.err, c.want)
		}
	}
}

// TestNoNumberOfASystemIsNotANumber gives every parameter and option of a system what is
// no number.
func TestNoNumberOfASystemIsNotANumber(t *testing.T) {
	for _, name := range []string{"sigma", "rho", "beta", "start", "rtol", "atol", "step", "solver.rtol"} {
		for _, value := range []string{"NaN", "Inf", "-Inf", "1e400", "1e308", "", "x", "1;2"} {
			for _, command := range [][]string{{"simulate", "lorenz"}, {"analyse", "lorenz", "equilibria"}} {
				if o := entrain(slices.Concat(command, []string{name + "=" + value})...); o.code != exitBad || o.out != "" {
					t.Errorf("%v %s=%s: exit %d\n%s", command, name, value, o.code, o.err)
				}
			}
		}
	}
}

// Settings that say nothing, or one thing twice, are refused by every command that takes some.
func TestSettingsThatSayNothingAreRefused(t *testing.T) {
	workplace(t)
	for _, c := range []struct{ setting, want string }{
		{"states=", "has no value"}, {"inputs= ", "has no value"}, {"time=", "has no value"}, {"hidden=", "has no value"}, {"solver.rtol=", "has no value"},
		{"limit=", "has no value"}, {"seed=", "has no value"},
		{"states=x,x", "twice"}, {"inputs=y,y", "twice"}, {"ignore=x,x", "twice"}, {"missing=-9,-9", "twice"}, {"states=x inputs=x", "for states and for inputs"},
		{"limit=0", "limit=none"}, {"limit=0s", "limit=none"}, {"limit=-1", "duration"}, {"limit=NaN", "duration"}, {"limit=1e300", "duration"},
	} {
		settings := strings.Split(c.setting, " ")
		if c.want == "has no value" {
			settings = []string{c.setting}
		}
		for _, command := range [][]string{{"check", "lotka-volterra.csv"}, {"fit", "lotka-volterra.csv"}, {"convert", "lotka-volterra.csv", "out.jsonl"}, {"analyse", "lotka-volterra.csv", "dimension"}} {
			if o := entrain(slices.Concat(command, settings)...); o.code != exitBad || !strings.Contains(o.err+o.out, c.want) {
				t.Errorf("%v %v: exit %d, want %q in\n%s%s", command, settings, o.code, c.want, o.err, o.out)
			}
		}
	}
	for _, c := range []struct{ setting, want string }{
		{"start=", "has no value"}, {"solver=", "has no value"}, {"limit=", "has no value"}, {"limit=0", "no time"}, {"limit=-1s", "no time"}, {"sigma=1 sigma=2", "twice"},
	} {
		for _, command := range [][]string{{"simulate", "lorenz"}, {"analyse", "lorenz", "equilibria"}} {
			if o := entrain(slices.Concat(command, strings.Split(c.setting, " "))...); o.code != exitBad || !strings.Contains(o.err, c.want) {
				t.Errorf("%v %s: exit %d, want %q in\n%s", command, c.setting, o.code, c.want, o.err)
			}
		}
	}
	if o := entrain("check", "lotka-volterra.csv", "limit=none", "ignore=[]"); o.code != exitDone {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

// Numbers in a file of equations are bounded as those of the command line are, and states at
// rest whose Jacobian leaves the numbers are none.
func TestNumbersOfOwnEquationsAreBounded(t *testing.T) {
	t.Chdir(t.TempDir())
	law := "model: equations\nequations: |\n  x' = a*x*y\n  y' = -y\nparameters: {a: {start: A}}\nstart: {x: 1, y: Y}\n"
	for _, c := range []struct{ a, y, want string }{
		{"1e308", "1", "parameter \"a\" is 1e+308; numbers up to 1e+100 are taken"}, {"1", "-1e200", "the start of y is -1e+200"},
	} {
		write(t, "own.yaml", strings.NewReplacer("A", c.a, "Y", c.y).Replace(law))
		for _, command := range [][]string{{"simulate", "own.yaml", "--t", "0:1:0.1"}, {"analyse", "own.yaml", "equilibria"}} {
			if o := entrain(command...); o.code != exitBad || !strings.Contains(o.err, c.want) {
				t.Errorf("%v: exit %d, want %q: %s", command, o.code, c.want, o.err)
			}
		}
	}
	for _, steep := range []string{"x^9*1e99", "exp(x*1e9)", "log(x)"} {
		write(t, "own.yaml", "model: equations\nequations: |\n  x' = a*("+steep+")\nparameters: {a: {start: 1e99}}\nstart: {x: 1}\n")
		for _, analysis := range []string{"equilibria", "attractor"} {
			if o := entrain("analyse", "own.yaml", analysis); o.code == exitFault || notFinite.MatchString(o.out) {
				t.Errorf("%s of %s: exit %d\n%s%s", analysis, steep, o.code, o.out, o.err)
			}
		}
	}
}
