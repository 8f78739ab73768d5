package cli

import (
	"fmt"
	"os"
	"testing"
)

// parallel are fits, and forecasts of ensembles with them, that go every way on which several cores
// work at the same time.
var parallel = [][]string{
	{"lotka-volterra.csv", "model=mlp", "method=lm", "members=20", "budget=6"},
	{"lotka-volterra.csv", "model=mlp", "method=vanilla", "members=20", "budget=20", "keep=best-heldout", "solver=rk4", "solver.step=0.02"},
	{"lynx-hare.csv", "budget=40", "members=5"},
	{"lorenz.csv", "model=mlp", "method=homotopy", "members=12", "hidden=32", "budget=30", "keep=best-train"},
	{"lotka-volterra.csv", "model=mlp", "method=multiple-shooting", "budget=40", "adjoint=backsolve", "segments=12", "members=3"},
	{"lorenz.csv", "model=mlp", "method=vanilla", "hidden=40,40", "members=40", "budget=8"},
	{"lorenz.csv", "method=sindy,lm", "budget=6", "members=20"},
	{"lotka-volterra.csv", "model=gru", "method=progressive", "budget=30", "members=5"},
	{"lotka-volterra.csv", "model=mlp", "method=constrained-shooting", "hidden=12", "budget=8", "members=3"},
	{"lorenz.csv", "model=poly-mlp", "degree=2", "method=continuation", "members=8", "budget=10"},
}

// TestFitsHaveTheSameBytesForAnyNumberOfCores, and the forecasts of their models.
func TestFitsHaveTheSameBytesForAnyNumberOfCores(t *testing.T) {
	workplace(t)
	cores, repeats := []int{1, 3}, 1
	if slow {
		cores, repeats = []int{1, 2, 3, 4, 8}, 20
	}
	fits, every := 0, 3
	if testing.Short() { // the race detector makes a fit twenty times as long
		every = len(parallel)
	}
	for i, fit := range parallel {
		if !slow && i%every != 0 {
			continue
		}
		want := ""
		for _, n := range cores {
			for k := range repeats {
				dir := fmt.Sprintf("run%d", i)
				if err := os.RemoveAll(dir); err != nil {
					t.Fatal(err)
				}
				c := process(t, append(append([]string{"fit"}, fit...), "--out", dir)...)
				c.Env = append(c.Env, fmt.Sprint("GOMAXPROCS=", n))
				if text, err := c.CombinedOutput(); err != nil {
					t.Fatalf("%v: %v\n%s", fit, err, text)
				}
				f := process(t, "forecast", dir)
				f.Env = append(f.Env, fmt.Sprint("GOMAXPROCS=", n))
				text, err := f.Output()
				if err != nil {
					t.Fatal(err)
				}
				fits++
				got := signature(t, dir) + string(text)
				if want == "" {
					want = got
				}
				if got != want {
					t.Errorf("%v: other bytes on %d cores, try %d", fit, n, k)
				}
			}
		}
	}
	t.Logf("%d fits and forecasts", fits)
}
