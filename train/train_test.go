package train

import (
	"context"
	"math"
	"os"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// recording reads a file of the examples folder.
func recording(t testing.TB, name string) []data.Series {
	t.Helper()
	f, err := os.Open("../examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := data.Read(f, data.ReadOptions{File: name})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// published is the Lotka–Volterra problem as the homotopy paper has it.
func published(t testing.TB, seed uint64, solver ode.Options) *Problem {
	t.Helper()
	s := DefaultSettings()
	s.Seed, s.Scale, s.Heldout, s.Initial = seed, "none", 0, "known"
	s.Start = []float64{0.44249296, 4.6280594}
	s.Solver = solver
	p, err := NewProblem(recording(t, "lotka-volterra.csv"), "mlp", &field.MLP{Hidden: []int{32}, Activation: "gelu"}, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func publishedHomotopy() *Homotopy {
	return &Homotopy{Descent: Descent{LR: 0.05, WeightDecay: 0.01}, Coupling: 6, Levels: 6, Epochs: 100, Ratio: 0.6, Smoothing: 1e-3}
}

// TestHomotopyReproducesPublishedRuns checks the best epochs and errors of
// Ko et al. (2023), table 5, Lotka–Volterra black box.
func TestHomotopyReproducesPublishedRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("three runs of 600 epochs")
	}
	sum := 0.0
	for _, c := range []struct {
		seed uint64
		best []int
	}{{10, []int{298, 299, 300}}, {20, []int{207, 208, 209}}, {30, []int{226, 227, 228, 229}}} {
		p := published(t, c.seed, ode.Options{Solver: "rk4", Step: 0.025, MaxSteps: 100000})
		r, err := publishedHomotopy().Fit(context.Background(), p, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("seed %d: best epoch %d, MSE %.3g, %d evaluations", c.seed, r.BestK, r.Train.MSE, r.Evaluations)
		found := false
		for _, k := range c.best {
			found = found || k == r.BestK
		}
		if !found {
			t.Errorf("seed %d: best epoch %d, want one of %v", c.seed, r.BestK, c.best)
		}
		sum += r.Train.MSE
	}
	if mean := sum / 3; mean < 0.0072 || mean > 0.0083 {
		t.Errorf("mean best MSE %.4g, want 0.0072 to 0.0083", mean)
	}
}

func TestLambdaFollowsPublishedSchedule(t *testing.T) {
	got := publishedHomotopy().Lambda()
	for i, want := range []float64{1, 0.5663, 0.3060, 0.1499, 0.0562, 0} {
		if math.Abs(got[i]-want) > 5e-5 {
			t.Errorf("level %d: λ = %.4f, want %.4f", i, got[i], want)
		}
	}
}

// TestGreyBoxReproducesPublishedRuns checks the best epochs and errors of
// Ko et al. (2023), table 5, Lotka–Volterra grey box: birth and death are known,
// one network with two outputs stands for what the species do to each other.
func TestGreyBoxReproducesPublishedRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("two runs of 600 epochs")
	}
	arch := &field.Equations{Text: "x' = 1.3*x + nn(x, y)[0]\ny' = -1.8*y + nn(x, y)[1]",
		Networks: map[string]field.Network{"nn": {Hidden: []int{20, 20}, Activation: "gelu"}}}
	method := &Homotopy{Descent: Descent{LR: 0.02, WeightDecay: 0.01}, Coupling: 4, Levels: 6, Epochs: 100, Ratio: 0.6, Smoothing: 1e-3}
	for _, c := range []struct {
		seed uint64
		best int
	}{{10, 291}, {20, 265}} {
		p := mustProblem(t, recording(t, "lotka-volterra.csv"), arch, func(s *Settings) {
			*s = published(t, c.seed, ode.Options{Solver: "rk4", Step: 0.025, MaxSteps: 100000}).Settings
		})
		r := fitted(t, method, p)
		t.Logf("seed %d: best epoch %d, MSE %.4g", c.seed, r.BestK, r.Train.MSE)
		if r.BestK < c.best-1 || r.BestK > c.best+1 {
			t.Errorf("seed %d: best epoch %d, want %d ± 1", c.seed, r.BestK, c.best)
		}
		if r.Train.MSE < 0.0074 || r.Train.MSE > 0.0076 {
			t.Errorf("seed %d: best MSE %.4g, want 0.0074 to 0.0076", c.seed, r.Train.MSE)
		}
	}
}
