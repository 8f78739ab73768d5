package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// rows are how many lines of a recording are used; few make short fits.
var rows = map[string]int{"lynx-hare.csv": 22, "lotka-volterra.csv": 61, "lorenz.csv": 61}

// configs are files that fits begin from, for what cannot be said in key=value.
var configs = map[string]string{
	"grey.yaml": `data: lynx-hare.csv
model: equations
equations: |
  hare' = hare*(birth - eaten(hare, lynx))
  lynx' = lynx*(fed*hare - death)
parameters:
  birth: {start: 0.5, min: 0}
  fed: {start: 0.02, min: 0}
  death: {start: 0.8, min: 0}
networks:
  eaten: {hidden: [3], activation: tanh}
`,
	"rates.yaml": `data: lotka-volterra.csv
equations: |
  x' = birth*x - eaten*x*y
  y' = fed*x*y - death*y
parameters:
  birth: {start: 0.65, min: 0, max: 10}
  eaten: {start: 2.7, min: 0, max: 10}
  fed: {start: 0.4, min: 0, max: 10}
  death: {start: 3.6, min: 0, max: 10}
`,
	"events.yaml": `data: lotka-volterra.csv
equations: |
  pairs = x*predators
  x' = birth*x - eaten*pairs
  predators' = fed*pairs - death*predators
parameters:
  birth: {start: 0.65, min: 0}
  eaten: {start: 2.7, min: 0}
  fed: {start: 0.4, min: 0}
  death: {start: 3.6, min: 0}
  seen: {start: 1, min: 0}
start: {predators: 4}
observe: {y: "seen*predators"}
events:
  - {at: [1], every: 1, times: 2, add: {x: 0.01}}
  - {at: [2], rate: {x: 0.01*birth}, for: 0.5}
  - {when: "x > 100", set: {x: 100}}
`,
}

// others are fits that take other ways through the code than every method with
// every model does.
var others = []string{
	"grey.yaml method=vanilla members=3 budget=6",
	"grey.yaml method=homotopy initial=data budget=6",
	"grey.yaml method=multiple-shooting members=2 budget=6",
	"grey.yaml method=lm members=2 budget=4",
	"grey.yaml method=auto budget=4",
	"rates.yaml method=lm budget=8",
	"rates.yaml method=collocation budget=8",
	"rates.yaml method=vanilla adjoint=backsolve budget=4",
	"rates.yaml method=vanilla steer=0.5 keep=last budget=6",
	"rates.yaml method=constrained-shooting budget=6",
	"rates.yaml method=auto",
	"rates.yaml method=vanilla solver=rk4 step=0.05 budget=4",
	"rates.yaml method=lm solver=radau5 budget=4",
	"rates.yaml noise={x:proportional} method=auto budget=6",
	"rates.yaml noise={x:proportional} method=vanilla budget=4",
	"rates.yaml censored={x:{below:0.5}} method=lm budget=6",
	"events.yaml method=lm budget=6",
	"events.yaml method=vanilla budget=4",
	"lynx-hare.csv model=mlp hidden=4 augment=1 method=vanilla budget=4",
	"lynx-hare.csv model=mlp hidden=4 augment=1 method=lm budget=4",
	"lynx-hare.csv model=rnn method=vanilla forcing=scheduled members=2 budget=6",
	"lynx-hare.csv states=hare inputs=lynx model=mlp hidden=4 method=vanilla budget=4",
	"lynx-hare.csv states=hare inputs=lynx model=mlp hidden=4 method=homotopy hold=zero budget=4",
	"lynx-hare.csv states=hare inputs=lynx model=mlp hidden=4 method=lm budget=4",
	"lynx-hare.csv positive=no scale=none model=poly-mlp hidden=4 method=vanilla budget=4",
	"lynx-hare.csv heldout=0 model=mlp hidden=4 method=progressive members=3 budget=12",
	"lorenz.csv method=auto budget=4",
	"lorenz.csv model=mlp hidden=4 method=homotopy members=2 budget=5",
	"lorenz.csv method=sindy",
}

// fits lists the arguments of all: every method with every model that the
// program names, and the others.
func fits(program string) ([][]string, error) {
	methods, err := listed(program, "methods")
	if err != nil {
		return nil, err
	}
	models, err := listed(program, "models")
	if err != nil {
		return nil, err
	}
	var out [][]string
	for _, model := range models {
		data := []string{"lynx-hare.csv", "model=" + model}
		if model == "equations" {
			data = []string{"grey.yaml"}
		}
		for _, method := range methods {
			f := append(append([]string{}, data...), "method="+method, "budget=4")
			out = append(out, f)
		}
	}
	for _, o := range others {
		out = append(out, strings.Fields(o))
	}
	return out, nil
}

// listed are the names of one kind that the program knows.
func listed(program, kind string) ([]string, error) {
	text, err := exec.Command(program, "list", kind, "--json").Output()
	if err != nil {
		return nil, fmt.Errorf("%s list %s: %w", program, kind, err)
	}
	var entries []struct{ Name string }
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name)
	}
	return out, nil
}

// write puts the recordings, cut short, and the configurations into dir.
func write(dir, examples string) error {
	for name, n := range rows {
		b, err := os.ReadFile(filepath.Join(examples, name))
		if err != nil {
			return err
		}
		lines := bytes.SplitAfter(b, []byte("\n"))
		if err := os.WriteFile(filepath.Join(dir, name), bytes.Join(lines[:min(n, len(lines))], nil), 0o644); err != nil {
			return err
		}
	}
	for name, text := range configs {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
