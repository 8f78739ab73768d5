package train

import (
	"context"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// twoWaves are two columns of so many rows.
func twoWaves(rows int) data.Series {
	s := data.Series{Names: []string{"x", "y"}, Time: "t"}
	for i := range rows {
		t := 0.1 * float64(i)
		s.T, s.X = append(s.T, t), append(s.X, math.Sin(t)+0.1*math.Sin(31*t), math.Cos(0.7*t)+0.1*math.Cos(17*t))
	}
	return s
}

// polyMLP is the default model.
func polyMLP(t *testing.T) field.Architecture {
	arch, err := field.Architectures.Lookup("poly-mlp")
	if err != nil {
		t.Fatal(err)
	}
	return arch
}

// What a fit costs is told without the linear laws that it begins at, is no less than with them,
// and has the time that these take.
func TestCostsAreToldWithoutFindingLaws(t *testing.T) {
	p := mustProblem(t, []data.Series{twoWaves(120)}, polyMLP(t))
	c := p.Cost(&Auto{})
	if n := len(p.memo.begun) + len(p.memo.compared); n > 0 {
		t.Errorf("%d laws were found", n)
	}
	list, err := p.candidates()
	if err != nil {
		t.Fatal(err)
	}
	most, err := p.candidatesBeside(p.largestLaws)
	if err != nil || len(most) < len(list) {
		t.Errorf("%d candidates are reckoned with, %d are tried, %v", len(most), len(list), err)
	}
	theta := func(list []*candidate) (n int) {
		for _, c := range list {
			n += len(c.p.Parts.Theta0)
		}
		return n
	}
	if theta(most) < theta(list) {
		t.Errorf("%d parameters are reckoned with, %d are tried", theta(most), theta(list))
	}
	if laws := p.lawSeconds(); !(laws > 0 && c.First >= laws && c.Seconds >= laws) {
		t.Errorf("laws take %g s, the first model %g s, all %g s", laws, c.First, c.Seconds)
	}
}

// A fit that is stopped while it looks for laws ends, with no checkpoint that others would go on from.
func TestAStopWhileLawsAreFoundSavesNothingToGoOnFrom(t *testing.T) {
	p := mustProblem(t, []data.Series{twoWaves(120)}, polyMLP(t))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := Auto{}.Fit(ctx, p, nil, func(e Event) {
		if e.Checkpoint != nil {
			t.Error("a checkpoint is told of")
		}
	})
	if err != nil || r.Status != StatusInterrupted {
		t.Errorf("%+v, %v", r, err)
	}
}
