package cli

import (
	"strings"
	"testing"
)

// A model of one column of Lorenz' system goes on from its past rows, and says what its states are.
func TestOneColumnIsModelledByItsDelays(t *testing.T) {
	t.Chdir(t.TempDir())
	o := must(t, "simulate", "lorenz", "--t", "0:16:0.02")
	var x, past strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(o.out), "\n") {
		f := strings.Split(line, ",")
		x.WriteString(f[0] + "," + f[1] + "\n")
		if i == 0 || i > 700 {
			past.WriteString(f[0] + "," + f[1] + "\n")
		}
	}
	write(t, "x.csv", x.String())
	write(t, "past.csv", past.String())
	write(t, "lags.csv", "t,x_lag5\n0,1\n")
	write(t, "short.csv", strings.Join(strings.Split(past.String(), "\n")[:12], "\n")+"\n")
	fit := must(t, "fit", "x.csv", "embed=3:5", "features=60", "spread=1", "--out", "run")
	if strings.Contains(fit.out+fit.err, "x_lag") {
		t.Errorf("the fit tells of delays:\n%s", fit.out+fit.err)
	}
	if o := must(t, "filter", "run", "--from", "past.csv"); !strings.HasPrefix(o.out, "t,x,x_sd,log_likelihood,alarm\n") || strings.Count(o.out, "\n") != strings.Count(past.String(), "\n") {
		t.Errorf("filter: %.300s", o.out)
	}
	if c := read(t, "run/config.yaml"); !strings.Contains(c, "embed: \"3:5\"") && !strings.Contains(c, "embed: 3:5") || !strings.Contains(c, "name: random-features") {
		t.Errorf("config.yaml:\n%s", c)
	}
	if s := must(t, "show", "run"); !strings.Contains(s.out, "x now and 2 times before, 0.1 apart (5 rows)") {
		t.Errorf("show says\n%s", s.out)
	}
	for _, from := range [][]string{nil, {"--from", "past.csv"}} {
		f := must(t, append([]string{"forecast", "run", "--horizon", "0.2", "--step", "0.02", "--band", "none"}, from...)...)
		if lines := strings.Split(strings.TrimSpace(f.out), "\n"); lines[0] != "t,x" || len(lines) != 11 {
			t.Errorf("%v: %s", from, f.out)
		}
	}
	for want, args := range map[string][]string{
		"the columns [x] of":  {"filter", "run", "--from", "lags.csv"},
		"has 11 rows":         {"forecast", "run", "--from", "short.csv"},
		"embed=three":         {"fit", "x.csv", "embed=three"},
		"a state has 2 to 20": {"fit", "x.csv", "embed=1:5"},
		"embed=9:99 reaches":  {"fit", "x.csv", "embed=9:99"},
		"reaches back 1 row":  {"fit", "short.csv", "embed=auto"},
	} {
		if o := entrain(args...); o.code != 2 || !strings.Contains(o.err, want) {
			t.Errorf("%v: exit %d, %s", args, o.code, o.err)
		}
	}
}
