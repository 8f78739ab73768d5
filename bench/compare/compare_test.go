package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func TestWrongResultsAreNotCompared(t *testing.T) {
	c := contest{name: "x", tolerance: 1e-3, ours: entry{ns: []float64{100, 90}, medians: []float64{100, 95}, figures: figures{Loss: 2, Norm: 4}}}
	for _, other := range []figures{{Loss: 2.1, Norm: 4}, {Loss: 2, Norm: 4.1}, {}} {
		if c.agrees(other) {
			t.Errorf("%+v agrees with %+v", other, c.ours.figures)
		}
	}
	if near := (figures{Loss: 2.001, Norm: 4.001}); !c.agrees(near) {
		t.Errorf("%+v does not agree with %+v", near, c.ours.figures)
	}
	c.theirs = []entry{{first: 1, wrong: true}, {first: 1, ns: []float64{270}, medians: []float64{300}}, {}}
	row := c.row(make([]*peer, 3))
	for _, want := range []string{"another result", "90 ns", "270 ns (300 ns) | **3** |", "–"} {
		if !strings.Contains(row, want) {
			t.Errorf("%q is missing in %s", want, row)
		}
	}
}

// TestPeersReadEveryProblem: what is written for them is complete, and fields
// of one name stand below it.
func TestPeersReadEveryProblem(t *testing.T) {
	all, err := contests([]string{"G1", "G7/2-32-2"})
	if err != nil {
		t.Fatal(err)
	}
	file, err := writeProblems(all)
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var problems map[string]struct {
		Sizes   []int
		Weights []float64
		Starts  [][]float64
		Times   []float64
		Data    []float64
		X, C    [][]float64
	}
	if err := json.Unmarshal(text, &problems); err != nil {
		t.Fatal(err)
	}
	if len(problems) != 8 {
		t.Fatalf("%d problems, want G1, G1/rk4 and six of the field", len(problems))
	}
	for name, p := range problems {
		if len(p.Sizes) != 3 || len(p.Weights) != 162 {
			t.Errorf("%s: sizes %v, %d weights", name, p.Sizes, len(p.Weights))
		}
		if ok := len(p.Data) == len(p.Times)*len(p.Starts)*2 && len(p.X) == len(p.C) && len(p.X)+len(p.Starts) > 0; !ok {
			t.Errorf("%s is not complete", name)
		}
	}
}

func TestMissingPeersAreExplained(t *testing.T) {
	if _, err := startPeers([]string{"python3"}, t.TempDir(), "x.json"); err == nil || !strings.Contains(err.Error(), "no peers") {
		t.Errorf("an empty folder gives %v", err)
	}
}
