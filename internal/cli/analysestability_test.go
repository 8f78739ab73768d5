package cli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestStabilityOfARun: the start and the saved model, the path of training between them,
// the state at rest of a circle, on the page of the run as well.
func TestStabilityOfARun(t *testing.T) {
	workplace(t)
	settings := append(cycle(t), "budget=60", "monitor=20", "path=20", "init=linear")
	must(t, append([]string{"fit", "cycle.csv"}, settings...)...)
	o := must(t, "analyse", "--json", "runs/001", "stability")
	var r struct {
		Panels []struct {
			At                       string
			Rows                     int
			Step, Most               float64
			Outside, Growing, Untrue float64
			Fixed                    bool
		}
		Files []string
	}
	if err := json.Unmarshal([]byte(o.out), &r); err != nil {
		t.Fatalf("%v\n%s", err, o.out)
	}
	var at []string
	for _, p := range r.Panels {
		at = append(at, p.At)
		if !p.Fixed || p.Step != 0.25 || !(p.Most > 0.9 && p.Most < 1.2) {
			t.Errorf("%+v; a circle turns by a quarter in a step and neither grows nor decays much", p)
		}
	}
	if got, want := strings.Join(at, ", "), "start, iteration 20, iteration 40, model, state at rest 1"; got != want {
		t.Errorf("modes are those of %s; want %s", got, want)
	}
	for _, f := range append(r.Files, "runs/001/report.html") {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Error(err)
		}
		if strings.HasSuffix(f, ".html") && !strings.Contains(string(text), "What steps make of the modes") {
			t.Errorf("%s does not show the modes", f)
		}
	}
	if o := must(t, append([]string{"analyse", "--json", "cycle.csv", "stability"}, cycle(t)...)...); !strings.Contains(o.out, `"at": "start"`) {
		t.Errorf("of a configuration: %s", o.out)
	}
}

// TestStabilityIsOfEquationsInTime: maps have no steps.
func TestStabilityIsOfEquationsInTime(t *testing.T) {
	workplace(t)
	cycle(t)
	o := entrain("analyse", "cycle.csv", "stability", "model=gru", "units=3", "method=vanilla")
	if o.code == 0 || !strings.Contains(o.err, "whole steps") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}
