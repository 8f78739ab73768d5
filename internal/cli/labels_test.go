package cli

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// oscillations is the text of recordings of three kinds that have the same mean and deviation, at
// irregular times with noise: slow, fast, and slow that becomes fast half-way.
func oscillations(each int, seed uint64, labels bool) string {
	r := rand.New(rand.NewPCG(seed, 0))
	text := &strings.Builder{}
	text.WriteString("id,t,x")
	if labels {
		text.WriteString(",kind")
	}
	text.WriteString("\n")
	for i := range 3 * each {
		kind, phase, t := i%3, 2*math.Pi*r.Float64(), 0.0
		for k := range 40 {
			rate := []float64{2, 5, 2}[kind]
			if kind == 2 && k > 20 {
				rate = 5
			}
			fmt.Fprintf(text, "r%d,%.3f,%.3f", i, t, math.Sin(phase)+0.2*r.NormFloat64())
			if labels {
				text.WriteString("," + []string{"slow", "fast", "both"}[kind])
			}
			text.WriteString("\n")
			dt := 0.1 * (0.5 + r.Float64())
			t, phase = t+dt, phase+rate*dt
		}
	}
	return text.String()
}

const oscillationsFile = "../../examples/oscillations.csv"

// The example is what is said of it.
func TestOscillationsAreWhatMakesThem(t *testing.T) {
	text, err := os.ReadFile(oscillationsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != oscillations(20, 1, true) {
		t.Error("examples/oscillations.csv is not what oscillations(20, 1, true) makes")
	}
}

// A labelled file is learnt, others are told by the model file alone, and pages and JSON have the
// figures.
func TestLabelledRecordingsFromFileToForecast(t *testing.T) {
	dir := t.TempDir()
	fresh := filepath.Join(dir, "fresh.csv")
	if err := os.WriteFile(fresh, []byte(oscillations(5, 2, false)), 0o644); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(dir, "run")
	o := entrain("fit", oscillationsFile, "label=kind", "budget=400", "--out", run)
	if o.code != 0 || !strings.Contains(o.out, "held-out recordings (12)") || !strings.Contains(o.out, "told to be") || !strings.Contains(o.out, "loss=cross-entropy") {
		t.Fatalf("%d\n%s\n%s", o.code, o.out, o.err)
	}
	if o = entrain("filter", run, "--from", fresh); o.code != 2 || !strings.Contains(o.err, "is a classifier, which has no states to follow") || !strings.Contains(o.err, "entrain forecast "+run+" --from") {
		t.Errorf("%d: %s", o.code, o.err)
	}
	for what, want := range map[string]string{"lyapunov": "is driven by recordings", "hessian": "has no loss of rows"} {
		if o := entrain("analyse", run, what); o.code != 2 || !strings.Contains(o.err, want) || !strings.Contains(o.err, "entrain forecast "+run+" --from") {
			t.Errorf("analyse %s: %d, %s", what, o.code, o.err)
		}
	}
	if o = entrain("simulate", run); o.code != 2 || !strings.Contains(o.err, "makes no recordings") {
		t.Errorf("%d: %s", o.code, o.err)
	}
	far := filepath.Join(dir, "far.csv")
	if err := os.WriteFile(far, []byte("id,t,x\na,0,100\na,1,101\na,2,100\na,3,99\na,4,100\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if o = entrain("forecast", run, "--from", far, "--json"); o.code != 0 || !strings.Contains(o.err, "unlike anything seen in training (mean of x") || !strings.Contains(o.out, `"unlike"`) {
		t.Errorf("%d: %s\n%s", o.code, o.err, o.out)
	}
	o = entrain("forecast", filepath.Join(run, "model.safetensors"), "--from", fresh)
	lines := strings.Split(strings.TrimSpace(o.out), "\n")
	if o.code != 0 || len(lines) != 16 || lines[0] != "recording,told,p(both),p(fast),p(slow)" {
		t.Fatalf("%d: %d lines\n%s\n%s", o.code, len(lines), o.out, o.err)
	}
	right := 0
	for i, line := range lines[1:] {
		if strings.HasPrefix(line, fmt.Sprintf("r%d,%s,", i, []string{"slow", "fast", "both"}[i%3])) {
			right++
		}
	}
	if right < 13 {
		t.Errorf("%d of 15 fresh recordings are told right\n%s", right, o.out)
	}
	if o = entrain("forecast", run, "--from", fresh, "--json"); o.code != 0 || !strings.Contains(o.out, `"probabilities"`) {
		t.Errorf("%d\n%s%s", o.code, o.out, o.err)
	}
	result, _ := os.ReadFile(filepath.Join(run, "result.json"))
	page, _ := os.ReadFile(filepath.Join(run, "report.html"))
	saved, _ := os.ReadFile(filepath.Join(run, "forecast.csv"))
	for what, in := range map[string]string{`"confusion"`: string(result), `"log_loss"`: string(result), "Reliability": string(page),
		"recording,label,held_out,told,p(both)": string(saved)} {
		if !strings.Contains(in, what) {
			t.Errorf("a file of the run lacks %s", what)
		}
	}
	for _, again := range [][]string{{"report", run}, {"show", run}, {"check", oscillationsFile, "label=kind"}} {
		if o := entrain(again...); o.code != 0 {
			t.Errorf("%v: %d\n%s%s", again, o.code, o.out, o.err)
		}
	}
	for want, args := range map[string][]string{
		"name theirs: --from":   {"forecast", run},
		"are for trajectories":  {"forecast", run, "--from", fresh, "--horizon", "3"},
		"there is no recording": {"forecast", run, "--from", fresh, "--recording", "nobody"},
	} {
		if o := entrain(args...); o.code != 2 || !strings.Contains(o.err, want) {
			t.Errorf("%v: %d, %s", args, o.code, o.err)
		}
	}
}

// What is wrong with labels is said with its place.
func TestWrongLabelsAreTold(t *testing.T) {
	good := oscillations(3, 3, true)
	for want, text := range map[string]string{
		`line 5, column "kind": the label of recording "r0" changes to "fast"`: good,
		"no row of recording \"r1\" has a label":                               strings.ReplaceAll(good, ",fast\n", ",\n"),
		"there have to be two classes":                                         strings.NewReplacer(",fast\n", ",slow\n", ",both\n", ",slow\n").Replace(good),
	} {
		if strings.Contains(want, "changes") {
			lines := strings.Split(text, "\n")
			lines[4] = strings.Replace(lines[4], "slow", "fast", 1)
			text = strings.Join(lines, "\n")
		}
		path := filepath.Join(t.TempDir(), "bad.csv")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if o := entrain("fit", path, "label=kind"); o.code != 2 || !strings.Contains(o.err, want) {
			t.Errorf("%d: %s; it should say %q", o.code, o.err, want)
		}
	}
}
