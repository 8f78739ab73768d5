package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

const decay = "equations: |\n  x' = -k*x\nparameters: {k: 2}\nstart: {x: 3}\n"

func TestEquationsOfOnesOwnAreSimulated(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "own.yaml", decay)
	got := must(t, "simulate", "own.yaml", "--t", "0:1:0.5").out
	if want := "t,x\n0,3\n0.5,1.10363832"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q…", got, want)
	}
	if other := must(t, "simulate", "own.yaml", "--t", "0:1:0.5", "k=0", "start=7", "solver=rodas4").out; other != "t,x\n0,7\n0.5,7\n1,7\n" {
		t.Errorf("settings have no effect: %q", other)
	}
}

func TestEquationsAreReadFromStandardInput(t *testing.T) {
	e := Env{Args: []string{"simulate", "-", "--t", "0:1:0.5"}, Stdin: strings.NewReader("equations: |\n  x' = -x\nstart: {x: 1}\n")}
	if o := withEnv(e); o.code != exitDone || strings.Count(o.out, "\n") != 4 {
		t.Errorf("exit %d: %s%s", o.code, o.out, o.err)
	}
}

func TestStiffEquationsAreRecognised(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "stiff.yaml", "equations: |\n  x' = v\n  v' = mu*(1 - x*x)*v - x\nparameters: {mu: 1000}\nstart: {x: 2, v: 0}\n")
	auto := must(t, "simulate", "stiff.yaml", "--t", "0:2000:500")
	if !strings.Contains(auto.err, "radau5 took") {
		t.Errorf("stiffness is not told: %q", auto.err)
	}
	for _, solver := range []string{"radau5", "kencarp4", "rodas4"} {
		if one := must(t, "simulate", "stiff.yaml", "--t", "0:2000:500", "solver="+solver); strings.Count(one.out, "\n") != 6 || one.err != "" {
			t.Errorf("%s: %q, %q", solver, one.out, one.err)
		}
	}
	write(t, "given.yaml", "equations: |\n  x' = v\n  v' = 1000*(1 - x*x)*v - x\nstart: [2, 0]\nsolver: {solver: dopri5, max_steps: 1000}\n")
	given := entrain("simulate", "given.yaml", "--t", "0:2000:500")
	if !strings.Contains(given.err, "solver=radau5") || strings.Count(given.out, "\n") > 2 {
		t.Errorf("an explicit solver does not lead to an implicit one: %q", given.err)
	}
}

func TestEquationsThatCannotBeSimulatedSayWhy(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ text, want string }{
		{"data: a.csv\n", "has no equations"},
		{"equations: |\n  x' = -k*x\nparameters: {k: 2}\n", "has no start"},
		{"equations: |\n  x' = -k*x\nparameters: {k: 2}\nstart: {x: 1, y: 2}\n", "no hidden state y"},
		{"equations: |\n  x' = -k*x\nparameters: {k: 2}\nstart: [1, 2]\n", "start has 2 numbers"},
		{"equations: |\n  x' = nn(x)\nstart: {x: 1}\n", "entrain fit own.yaml"},
		{"equations: |\n  x' = -q*x\nstart: {x: 1}\n", "q"},
	} {
		write(t, "own.yaml", c.text)
		if got := entrain("simulate", "own.yaml", "--t", "0:1:0.5"); got.code != 2 || !strings.Contains(got.err, c.want) {
			t.Errorf("%q: code %d, %q; want %q", c.text, got.code, got.err, c.want)
		}
	}
	write(t, "own.yaml", decay)
	if got := entrain("simulate", "own.yaml"); got.code != 2 || !strings.Contains(got.err, "--t start:end:step") {
		t.Errorf("no times: code %d, %q", got.code, got.err)
	}
}

// A known system that is stiff with the parameters given is followed by a solver for that, unless
// somebody chose another.
func TestStiffKnownSystemsAreFollowed(t *testing.T) {
	workplace(t)
	o := must(t, "simulate", "van-der-pol", "mu=1e6")
	if n := strings.Count(o.out, "\n"); n != 302 || !strings.Contains(o.err, "stiff") {
		t.Errorf("%d lines: %s", n, o.err)
	}
	if o := must(t, "simulate", "van-der-pol", "mu=2", "limit=1m"); o.err != "" {
		t.Error(o.err)
	}
	if o := must(t, "analyse", "van-der-pol", "equilibria", "mu=2", "limit=1m", "--json"); !strings.Contains(o.out, "{") {
		t.Error(o.out)
	}
	if o := entrain("simulate", "van-der-pol", "limit=soon"); o.code != 2 || !strings.Contains(o.err, "limit=soon is no time") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

// Equations of one's own are simulated within the same budgets as all else.
func TestOwnEquationsKeepTheBudgets(t *testing.T) {
	workplace(t)
	write(t, "own.yaml", "equations: |\n  a' = -a\n  b' = -b\n  c' = -c\n  d' = -d\nstart: {a: 1, b: 1, c: 1, d: 1}\n")
	if o := entrain("simulate", "own.yaml", "--t", "0:9e6:1"); o.code != 2 || !strings.Contains(o.err, "--allow") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

// TestAlgebraicEquationsAreSimulated from a guess that does not satisfy them; other commands
// and solvers refuse them with a sentence.
func TestAlgebraicEquationsAreSimulated(t *testing.T) {
	t.Chdir(t.TempDir())
	const text = "equations: |\n  x' = -z\n  0 = z*z - x\nalgebraic: {z: 1}\nstart: {x: 4}\n"
	write(t, "dae.yaml", text)
	got := must(t, "simulate", "dae.yaml", "--t", "0:2:1") // z' = −1/2
	if want := "t,x,z\n0,4,2\n1,2.25,1.5\n2,1,1\n"; rounded(got.out) != want {
		t.Errorf("%q, want %q", got.out, want)
	}
	write(t, "singular.yaml", strings.NewReplacer("- x", "- x + 4", "z: 1", "z: 0").Replace(text)) // 0 = z²
	if got := entrain("simulate", "singular.yaml", "--t", "0:2:1"); got.code != 2 || !strings.Contains(got.err, "do not determine z at the start") {
		t.Errorf("code %d, %s", got.code, got.err)
	}
	write(t, "data.csv", "t,x\n0,4\n1,2.25\n2,1\n3,0.25\n4,0.2\n5,0.1\n6,0.1\n7,0\n8,0\n9,0\n")
	write(t, "known.yaml", strings.Replace(text, "start: {x: 4}\n", "", 1))
	must(t, "fit", "known.yaml", "data=data.csv", "method=lm", "budget=2", "--out", "fitted")
	for want, args := range map[string][]string{
		"take solver=radau5":         {"simulate", "dae.yaml", "--t", "0:2:1", "solver=dopri5"},
		"homotopy knows derivatives": {"fit", "known.yaml", "data=data.csv", "method=homotopy"},
		"derivatives alone":          {"analyse", "dae.yaml", "lyapunov"},
		"a filter follows":           {"filter", "fitted", "--from", "data.csv"},
	} {
		if got := entrain(args...); got.code != 2 || !strings.Contains(got.err, want) {
			t.Errorf("%q: code %d, %q; want %q", args, got.code, got.err, want)
		}
	}
}

// TestIndexAboveOneIsSimulated: constraints of states alone, what follows from them and starts
// that violate them.
func TestIndexAboveOneIsSimulated(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "sum.yaml", "equations: |\n  x' = -x + z\n  y' = -2*z\n  0 = x + y - 1\nalgebraic: {z: 5}\nstart: {x: 1, y: 3}\n")
	got := must(t, "simulate", "sum.yaml", "--t", "0:1:1") // z = -x, x' = -2*x
	if want := "t,x,y,z\n0,1,0,-1\n1,0.135335,0.864665,-0.135335\n"; rounded(got.out) != want || !strings.Contains(got.err, "y follows from line 3: it begins at 0, not at 3") {
		t.Errorf("%q, want %q; %s", rounded(got.out), want, got.err)
	}
	const pendulum = "equations: |\n  x' = u\n  y' = v\n  u' = -l*x\n  v' = -l*y - 9.81\n  0 = x^2 + y^2 - 1\nalgebraic: {l: 1}\nstart: {x: 1, y: 0, u: 0, v: 0}\n"
	write(t, "pendulum.yaml", pendulum)
	write(t, "angle.yaml", "equations: |\n  a' = w\n  w' = -9.81*sin(a)\nstart: {a: 1.5707963267948966, w: 0}\n")
	last := func(name string) (v []float64) {
		lines := strings.Split(strings.TrimSpace(must(t, "simulate", name, "--t", "0:3:3", "rtol=1e-10").out), "\n")
		for _, cell := range strings.Split(lines[len(lines)-1], ",")[1:] {
			x, _ := strconv.ParseFloat(cell, 64)
			v = append(v, x)
		}
		return v
	}
	p, a := last("pendulum.yaml"), last("angle.yaml")
	if math.Abs(p[0]-math.Sin(a[0])) > 1e-6 || math.Abs(p[1]+math.Cos(a[0])) > 1e-6 || math.Abs(p[4]-(a[1]*a[1]+9.81*math.Cos(a[0]))) > 1e-5 {
		t.Errorf("the pendulum is at %g, by its angle at %g", p, a)
	}
	for from, to := range map[string]string{"x: 1": "x: 2", "u: 0": "u: 1"} {
		write(t, "pendulum.yaml", strings.Replace(pendulum, from, to, 1))
		if got := entrain("simulate", "pendulum.yaml", "--t", "0:1:1"); got.code != 2 || !strings.Contains(got.err, "0 = … in line 5, in which states stand alone") {
			t.Errorf("%s: code %d, %s", to, got.code, got.err)
		}
	}
	write(t, "pendulum.yaml", pendulum)
	table := strings.Split(must(t, "simulate", "pendulum.yaml", "--t", "0:3:0.25").out, "\n")
	for i, line := range table {
		table[i] = line[:max(strings.LastIndex(line, ","), 0)] // without l
	}
	write(t, "data.csv", strings.Join(table, "\n"))
	write(t, "fit.yaml", strings.Replace(strings.Replace(pendulum, "start: {x: 1, y: 0, u: 0, v: 0}\n", "parameters: {g: 9}\n", 1), "9.81", "g", 1))
	if got := entrain("fit", "fit.yaml", "data=data.csv", "method=lm"); got.code != 2 || !strings.Contains(got.err, "a fit has no way to keep its starts") {
		t.Errorf("code %d, %s", got.code, got.err)
	}
}

// rounded has every number with six digits.
func rounded(table string) string {
	lines := strings.Split(table, "\n")
	for i, line := range lines {
		cells := strings.Split(line, ",")
		for j, c := range cells {
			if v, err := strconv.ParseFloat(c, 64); err == nil {
				cells[j] = strconv.FormatFloat(v, 'g', 6, 64)
			}
		}
		lines[i] = strings.Join(cells, ",")
	}
	return strings.Join(lines, "\n")
}

// Equations that say what a column shows are simulated without data, and a filter begins where
// the recording of the model does.
func TestWhatIsSeenIsSimulatedAndFollowed(t *testing.T) {
	workplace(t)
	write(t, "glow.yaml", "data: glow.csv\nequations: |\n  a' = -k*a\nobserve: {light: \"2*a*(1 + a)\"}\nparameters: {k: {start: 0.5, min: 0}}\nstart: {a: 2}\n")
	o := must(t, "simulate", "glow.yaml", "--t", "0:4:0.1")
	rows := strings.Split(strings.TrimSpace(o.out), "\n")
	if len(rows) != 42 || rows[0] != "t,light,a" || rows[1] != "0,12,2" {
		t.Fatalf("%d rows, %q, %q", len(rows), rows[0], rows[1])
	}
	if o := must(t, "simulate", "glow.yaml", "--t", "0:1:1", "start=3"); !strings.Contains(o.out, "\n0,24,3\n") {
		t.Errorf("from another start:\n%s", o.out)
	}
	table := "t,light\n"
	for _, row := range rows[1:] {
		table += row[:strings.LastIndexByte(row, ',')] + "\n"
	}
	write(t, "glow.csv", table)
	must(t, "fit", "glow.yaml", "initial=known", "--out", "glow")
	if o := must(t, "simulate", "glow", "--t", "0:1:1", "start=3"); !strings.Contains(o.out, "\n0,24") {
		t.Errorf("the model from another start:\n%s", o.out)
	}
	if o := entrain("simulate", "glow", "--t", "0:1:1", "start=3,4,5"); o.code != 2 || !strings.Contains(o.err, "the model has 1 state (a), the start has 3") {
		t.Errorf("code %d, %s", o.code, o.err)
	}
	if o := entrain("simulate", "glow.yaml", "--t", "0:1:1", "start=3,4,5"); o.code != 2 || !strings.Contains(o.err, "has 1 state (a)") {
		t.Errorf("code %d, %s", o.code, o.err)
	}
	o = must(t, "filter", "glow", "--from", "glow.csv", "--json=false")
	var first float64
	if _, err := fmt.Sscanf(strings.Split(o.out, "\n")[1], "0,%g", &first); err != nil || math.Abs(first-12) > 0.1 {
		t.Errorf("the filter begins at %g (%v), not at 12", first, err)
	}
}

// Equations that look back are followed without a solver being named, also where the start is
// given beside the file.
func TestEquationsThatLookBackAreSimulated(t *testing.T) {
	workplace(t)
	got := must(t, "simulate", "delayed-logistic.yaml", "start=5", "--t", "0:6:2").out
	if !strings.HasPrefix(got, "t,n\n0,5\n") || strings.Count(got, "\n") != 5 {
		t.Errorf("%q", got)
	}
	if same := must(t, "simulate", "delayed-logistic.yaml", "start=5", "--t", "0:6:2", "solver=dop853").out; same != got {
		t.Errorf("%q and with the solver named %q", got, same)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"auto knows nothing of states of earlier times", []string{"start=5", "solver=auto"}},
		{"not beside delays", []string{"start=5", "--process-noise", "1"}},
		{"has no start", nil},
		{"the delay is -1", []string{"start=5", "tau=-1"}},
	} {
		o := entrain(append([]string{"simulate", "delayed-logistic.yaml", "--t", "0:6:2"}, c.args...)...)
		if o.code != exitBad || !strings.Contains(o.err, c.want) || strings.Count(o.err, "delayed-logistic.yaml") > 1 && c.args != nil {
			t.Errorf("%v: exit %d: %s", c.args, o.code, o.err)
		}
	}
}

// A network that is called nearly like a state is told of before time is spent, and by a fit.
func TestNetworksNearStatesAreTold(t *testing.T) {
	workplace(t)
	write(t, "slip.yaml", "data: delayed-logistic.csv\nequations: |\n  n' = r*n - stokc(n)\n  stock' = n - stock\nparameters: {r: 0.5}\n")
	const note = "line 1, column 12: stokc is a network 1-16-1, which networks: does not list; did you mean stock?"
	if o := must(t, "check", "slip.yaml"); !strings.Contains(o.out, "warning: slip.yaml:") || !strings.Contains(o.out, note) {
		t.Error(o.out)
	}
	if o := entrain("fit", "slip.yaml", "method=vanilla", "budget=2", "--out", "run"); !strings.Contains(o.err, "note: slip.yaml:") || !strings.Contains(o.err, note) {
		t.Error(o.err)
	}
	if o := must(t, "check", "slip.yaml", "networks.stokc.hidden=16"); strings.Contains(o.out, "stokc") {
		t.Error(o.out)
	}
}
