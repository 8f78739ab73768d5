package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// table writes n rows of numbers as CSV without a header.
func table(n int, row func(i int) []float64) string {
	var b strings.Builder
	for i := range n {
		for k, v := range row(i) {
			if k > 0 {
				b.WriteByte(',')
			}
			fmt.Fprint(&b, v)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// rising is a recording of n rows that is fine, after the given first lines.
func rising(n int, first ...string) string {
	return strings.Join(first, "\n") + "\n" + table(n, func(i int) []float64 { return []float64{float64(i), float64(i * i % 11)} })
}

// Each bad input gets one message that says what and where, exit code 2,
// nothing on standard output and no folder.
func TestBadInputIsToldAndLeavesNothing(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		args             []string
		want             []string
	}{
		{"missing file", "", "", []string{"fit", "lynx-har.csv"}, []string{"lynx-har.csv", "did you mean lynx-hare.csv?"}},
		{"folder as data", "", "", []string{"fit", "."}, []string{"there is no column", "which clearance.csv has"}},
		{"pattern without files", "", "", []string{"fit", "*.dat"}, []string{"no file matches *.dat"}},
		{"file given twice", "", "", []string{"fit", "lorenz.csv", "./lorenz.csv"}, []string{"given twice"}},
		{"no data", "", "", []string{"fit"}, []string{"needs a data file"}},
		{"not UTF-8", "d.csv", "t,x\n0,\x81\n", []string{"fit", "d.csv"}, []string{"d.csv", "line 2", "UTF-8"}},
		{"header of another width", "d.csv", rising(9, "t,x,y"), []string{"fit", "d.csv"}, []string{"line 2", "header has 3"}},
		{"ragged row", "d.csv", "t,x\n0,1\n1\n", []string{"fit", "d.csv"}, []string{"line 3", "1 field"}},
		{"text in a number column", "d.csv", "t,x\n0,1\n1,two\n", []string{"fit", "d.csv"}, []string{"line 3", `"x"`, `"two"`}},
		{"time goes back", "d.csv", rising(9, "t,x") + "3,1\n", []string{"fit", "d.csv"}, []string{"line 11", `"t"`}},
		{"time twice", "d.csv", rising(9, "t,x") + "8,1\n", []string{"fit", "d.csv"}, []string{"line 11"}},
		{"time missing", "d.csv", rising(9, "t,x") + ",1\n", []string{"fit", "d.csv"}, []string{"line 11"}},
		{"constant column", "d.csv", "t,x\n" + table(9, func(i int) []float64 { return []float64{float64(i), 3} }), []string{"fit", "d.csv"}, []string{`"x"`, "constant"}},
		{"empty column", "d.csv", "t,x,y\n0,1,\n1,2,\n2,3,\n3,2,\n4,1,\n5,0,\n6,1,\n7,2,\n", []string{"fit", "d.csv"}, []string{`"y"`, "missing"}},
		{"too few rows", "d.csv", rising(5, "t,x"), []string{"fit", "d.csv"}, []string{"5 rows", "heldout"}},
		{"no start", "d.csv", "t,x\n-1,\n" + table(9, func(i int) []float64 { return []float64{float64(i), float64(i % 4)} }), []string{"fit", "d.csv", "initial=data"}, []string{"start", `"x"`}},
		{"unknown key", "", "", []string{"fit", "lynx-hare.csv", "hiden=3"}, []string{"argument 2", `did you mean "hidden"?`}},
		{"key of another method", "", "", []string{"fit", "lynx-hare.csv", "method=vanilla", "coupling=3"}, []string{"argument 3", "method homotopy"}},
		{"unknown method", "", "", []string{"fit", "lynx-hare.csv", "method=homotpy"}, []string{"argument 2", `did you mean "homotopy"?`}},
		{"unknown model", "", "", []string{"fit", "lynx-hare.csv", "model=mpl"}, []string{"argument 2", `did you mean "mlp"?`}},
		{"unknown solver", "", "", []string{"fit", "lynx-hare.csv", "solver=dopri6"}, []string{"argument 2", `did you mean "dopri5"?`}},
		{"unknown activation", "", "", []string{"fit", "lynx-hare.csv", "activation=tnh"}, []string{"argument 2", `did you mean "tanh"?`}},
		{"unknown column", "", "", []string{"fit", "lynx-hare.csv", "states=har"}, []string{`did you mean "hare"?`}},
		{"wrong type", "", "", []string{"fit", "lynx-hare.csv", "seed=ten"}, []string{"argument 2", "whole number"}},
		{"held out by no name", "", "", []string{"fit", "lynx-hare.csv", "heldout=foo"}, []string{"argument 2", `"foo" is not a number, recordings or windows`, "recordings:0.2", "windows:0.2"}},
		{"text that may be a label", "d.csv", "id,t,x,kind\na,0,1,sine\na,1,2,sine\nb,0,1,chirp\nb,1,3,chirp\n", []string{"fit", "d.csv"}, []string{"line 2", `"sine" is not a number`, "label=kind", "ignore=kind"}},
		{"text that is no label", "d.csv", "id,t,x,kind\na,0,1,sine\na,1,2,chirp\nb,0,1,chirp\nb,1,3,chirp\n", []string{"fit", "d.csv"}, []string{`"sine" is not a number; correct it`, "ignore=kind"}},
		{"unknown unit", "", "", []string{"fit", "lynx-hare.csv", "limit=3sec"}, []string{"argument 2", `unknown unit "sec"`}},
		{"start of another length", "", "", []string{"fit", "lynx-hare.csv", "start=1"}, []string{"argument 2", "2 states"}},
		{"start that is to be learnt", "", "", []string{"fit", "lynx-hare.csv", "start=1,2", "initial=learn"}, []string{"argument 3", "initial=known"}},
		{"two mistakes", "", "", []string{"fit", "lynx-hare.csv", "methd=vanilla", "model=mpl"}, []string{"argument 3", "and 1 more"}},
		{"solver without a step", "", "", []string{"fit", "lynx-hare.csv", "solver=rk4"}, []string{"rk4", "step="}},
		{"flag that is no number", "", "", []string{"simulate", "lorenz", "--seed", "-1"}, []string{"--seed takes a whole number"}},
		{"run that is a file", "", "", []string{"fit", "--resume", "lynx-hare.csv"}, []string{"lynx-hare.csv is a file"}},
		{"compare with a strange setting", "", "", []string{"compare", "lynx-hare.csv", "lynx-hare.csv", "ignor=lynx"}, []string{`did you mean "ignore"?`}},
		{"compare without a column", "", "", []string{"compare", "lynx-hare.csv", "lynx-hare.csv", "ignore=fox"}, []string{`"fox"`}},
		{"value out of range", "", "", []string{"fit", "lynx-hare.csv", "method=homotopy", "levels=1"}, []string{"argument 3", "at least 2"}},
		{"path of a method without one", "", "", []string{"fit", "lynx-hare.csv", "path=5"}, []string{"argument 2", "path=5", "method=auto"}},
		{"segments without rows", "", "", []string{"fit", "lynx-hare.csv", "method=constrained-shooting", "segments=40"}, []string{"argument 3", "2 rows", "the recording has", "at most"}},
		{"wrong keep", "", "", []string{"fit", "lynx-hare.csv", "keep=lats"}, []string{"argument 2", `did you mean "last"?`}},
		{"setting as flag", "", "", []string{"fit", "lynx-hare.csv", "--hidden", "3"}, []string{"hidden=…"}},
		{"no setting", "", "", []string{"fit", "lynx-hare.csv", "quickly"}, []string{"argument 2", "key=value"}},
		{"YAML syntax", "c.yaml", "data: lynx-hare.csv\nhidden: [3\n", []string{"fit", "c.yaml"}, []string{"c.yaml:2:"}},
		{"YAML key", "c.yaml", "data: lynx-hare.csv\nsolver:\n  rtoll: 1e-7\n", []string{"fit", "c.yaml"}, []string{"c.yaml:3:3", `did you mean "rtol"?`}},
		{"YAML with missing data", "c.yaml", "data: lynx.csv\n", []string{"fit", "c.yaml"}, []string{"c.yaml:1:7", "no file lynx.csv"}},
		{"nothing on standard input", "", "", []string{"fit", "-"}, []string{"standard input is empty"}},
		{"YAML without data", "c.yaml", "seed: 3\n", []string{"fit", "c.yaml"}, []string{"names no data"}},
		{"equations: unknown name", "c.yaml", grey("hare' = brith*hare\n  lynx' = -birth*lynx"), []string{"fit", "c.yaml"}, []string{"c.yaml:", "line 1", `birth`}},
		{"equations: parenthesis", "c.yaml", grey("hare' = (birth*hare\n  lynx' = -birth*lynx"), []string{"fit", "c.yaml"}, []string{"line 1", "column"}},
		{"equations: arguments", "c.yaml", grey("hare' = birth*hare\n  lynx' = sin(birth, lynx)"), []string{"fit", "c.yaml"}, []string{"line 2", "argument"}},
		{"output folder in use", "out/x", "", []string{"fit", "lynx-hare.csv", "--out", "out"}, []string{"out", "not empty"}},
		{"output is a file", "", "", []string{"fit", "lynx-hare.csv", "--out", "lynx-hare.csv"}, []string{"is a file"}},
		{"truncated model", "m.safetensors", "\x10\x00\x00", []string{"forecast", "m.safetensors"}, []string{"m.safetensors"}},
		{"no model", "", "", []string{"forecast", "runs/7"}, []string{"runs/7"}},
		{"times", "", "", []string{"simulate", "lorenz", "--t", "0:1"}, []string{"start:end:step"}},
		{"unknown system", "", "", []string{"simulate", "lorentz"}, []string{`did you mean "lorenz"?`}},
		{"unknown parameter", "", "", []string{"simulate", "lorenz", "sigm=3"}, []string{`did you mean "sigma"?`}},
		{"noise", "", "", []string{"simulate", "lorenz", "--noise", "loud"}, []string{"noise"}},
		{"rng", "", "", []string{"simulate", "lorenz", "--rng", "dice"}, []string{"torch"}},
		{"rows do not match", "d.csv", rising(9, "t,x"), []string{"compare", "d.csv", "lynx-hare.csv"}, []string{"d.csv against lynx-hare.csv"}},
		{"command", "", "", []string{"forcast", "x"}, []string{`did you mean "forecast"?`}},
		{"kind", "", "", []string{"list", "things"}, []string{"methods"}},
		{"resume nothing", "", "", []string{"fit", "--resume", "runs/7"}, []string{"runs/7"}},
		{"resume with --out", "", "", []string{"fit", "--resume", "runs/7", "--out", "x"}, []string{"--out"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			workplace(t)
			if dir, _, found := strings.Cut(c.file, "/"); found {
				if err := os.Mkdir(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if c.file != "" {
				write(t, c.file, c.text)
			}
			before := listing(t, ".")
			o := entrain(c.args...)
			if o.code != 2 || o.out != "" {
				t.Errorf("exit %d, standard output %q", o.code, o.out)
			}
			if !strings.HasPrefix(o.err, "entrain: ") || strings.Count(o.err, "\n") != 1 {
				t.Errorf("not one message: %q", o.err)
			}
			for _, want := range c.want {
				if !strings.Contains(o.err, want) {
					t.Errorf("%q lacks %q", o.err, want)
				}
			}
			if after := listing(t, "."); after != before {
				t.Errorf("files before %q, after %q", before, after)
			}
		})
	}
}

// grey is a configuration with equations.
func grey(equations string) string {
	return "data: lynx-hare.csv\nequations: |\n  " + equations + "\nparameters:\n  birth: {start: 0.5}\n"
}

func TestDamagedModelsAreRefused(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "--out", "run")
	whole := read(t, "run/model.safetensors")
	flipped := []byte(whole)
	flipped[len(flipped)-3] ^= 1
	for name, c := range map[string]struct{ text, want string }{
		"truncated": {whole[:len(whole)-9], ""},
		"flipped":   {string(flipped), "checksum"},
		"newer":     {strings.Replace(whole, `"version":"1"`, `"version":"9"`, 1), "newer"},
		"other":     {"hello", ""},
	} {
		write(t, "m.safetensors", c.text)
		o := entrain("show", "m.safetensors")
		if o.code != 2 || !strings.Contains(o.err, "m.safetensors") || !strings.Contains(o.err, c.want) {
			t.Errorf("%s: exit %d, %s", name, o.code, o.err)
		}
	}
}

// TestCheckAsksTheMethod: what a method would refuse is refused by check, in the same words, and what
// it takes is not.
func TestCheckAsksTheMethod(t *testing.T) {
	workplace(t)
	write(t, "law.yaml", "data: lynx-hare.csv\nequations: |\n  lynx' = a*lynx\n  hare' = b*hare\nparameters:\n  a: {start: 0.1}\n  b: {start: 0.1}\nconstraints: [\"a + b < 1\"]\n")
	for method, words := range map[string]string{"lm": "method lm cannot keep", "lm,homotopy": "method homotopy cannot keep", "auto": "method auto cannot keep", "lm,collocation": ""} {
		check, fit := entrain("check", "law.yaml", "method="+method), outcome{code: 2, err: words}
		if words != "" {
			fit = entrain("fit", "law.yaml", "method="+method, "--out", "run")
		}
		if words == "" && check.code != 0 || words != "" && (check.code != fit.code || !strings.Contains(check.out+check.err, words) || !strings.Contains(fit.err, words)) {
			t.Errorf("%s: check ends with %d: %s; fit with %d: %s", method, check.code, check.err, fit.code, fit.err)
		}
	}
}

func TestCheckListsEverything(t *testing.T) {
	workplace(t)
	o := entrain("check", "lynx-hare.csv", "hidden=x", "foo=3", "seed=1.5")
	if o.code != 2 || strings.Count(o.out, "error: ") != 3 {
		t.Errorf("exit %d\n%s", o.code, o.out)
	}
	write(t, "d.csv", "t,x,y\n0,1,5\n1,2,5\n2,,5\n3,1,5\n4,2,5\n5,0,5\n6,1,5\n7,1,5\n")
	if o := entrain("check", "d.csv"); o.code != 2 || !strings.Contains(o.out, "constant") || !strings.Contains(o.out, "warning: ") {
		t.Errorf("exit %d\n%s", o.code, o.out)
	}
	if o := entrain("check", "lynx-hare.csv"); o.code != 0 || !strings.Contains(o.out, "time year, states hare, lynx") {
		t.Errorf("exit %d\n%s", o.code, o.out)
	}
}

// Rows so close together that rates have no numbers are refused before anything is made.
func TestRowsWithoutRatesAreRefused(t *testing.T) {
	workplace(t)
	var text strings.Builder
	text.WriteString("t,x\n")
	for i := range 40 {
		fmt.Fprintf(&text, "%de-300,%g\n", i, math.Sin(0.3*float64(i)))
	}
	write(t, "tiny.csv", text.String())
	if o := entrain("fit", "tiny.csv", "--out", "r"); o.code != 2 || !strings.Contains(o.err, "too close together") || exists("r") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
}

// What was assumed of data is in JSON too, as words without the name of the file.
func TestCheckTellsNotesInJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "d.csv", "Datum;x\n16.03.2024;1.204\n15.03.2024;1.117\n14.03.2024;1.040\n13.03.2024;980\n12.03.2024;<895\n11.03.2024;845\n10.03.2024;787\n09.03.2024;740\n")
	var out struct {
		OK    bool
		Notes []string
	}
	o := must(t, "check", "d.csv", "--json")
	if err := json.Unmarshal([]byte(o.out), &out); err != nil {
		t.Fatal(err)
	}
	said := strings.Join(out.Notes, "\n")
	for _, want := range []string{"marks of thousands: 1.204 is 1204", "latest first", "1 value written as below a limit, such as <895", "the day first"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in %q", want, said)
		}
	}
	if text := must(t, "check", "d.csv").out; !out.OK || !strings.Contains(text, "d.csv: "+out.Notes[0]+"\n") || strings.HasPrefix(out.Notes[0], "d.csv") {
		t.Error(text, out.Notes)
	}
	write(t, "s.yaml", "base: {data: d.csv}\naxes: [{seeds: 2}]\n")
	if o := must(t, "check", "--json", "s.yaml"); !strings.Contains(o.out, `"notes": []`) {
		t.Error(o.out)
	}
}
