package train

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// epidemic are rows of x' = x·(1.1 − 0.4·log x), which grows over three decades, with noise that is
// a part of the value, or of one deviation.
func epidemic(seed uint64, rows int, part, sd float64) data.Series {
	r := rand.New(rand.NewPCG(seed, 11))
	s := data.Series{Names: []string{"n"}}
	for k := range rows {
		at := 12 * float64(k) / float64(rows-1)
		n := math.Exp(2.75 + (math.Log(0.01)-2.75)*math.Exp(-0.4*at)) // Gompertz' law
		s.T = append(s.T, at)
		s.X = append(s.X, n*math.Exp(part*r.NormFloat64())+sd*r.NormFloat64())
	}
	return s
}

func autoProblem(t *testing.T, s data.Series, heldout float64) *Problem {
	t.Helper()
	arch, err := field.Architectures.Lookup("poly-mlp")
	if err != nil {
		t.Fatal(err)
	}
	set := DefaultSettings()
	set.Heldout = heldout
	p, err := NewProblem([]data.Series{s}, "poly-mlp", arch, set)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestOnlyRowsThatAreLikelierSoAreTriedInLogarithms: noise that is a part of the value asks for them,
// one of the same size everywhere does not, and zero rules them out.
func TestOnlyRowsThatAreLikelierSoAreTriedInLogarithms(t *testing.T) {
	for seed := range uint64(5) {
		if got := autoProblem(t, epidemic(seed, 61, 0.1, 0), 0.2).logColumns(); len(got) != 1 {
			t.Errorf("draw %d: proportional noise, and %v are tried", seed, got)
		}
		s := epidemic(seed, 61, 0, 0.3)
		for k := range s.X {
			s.X[k] += 4 // never negative
		}
		if got := autoProblem(t, s, 0.2).logColumns(); got != nil {
			t.Errorf("draw %d: constant noise, and %v are tried", seed, got)
		}
		s = epidemic(seed, 61, 0.1, 0)
		s.X[0] = 0
		if got := autoProblem(t, s, 0.2).logColumns(); got != nil {
			t.Errorf("draw %d: a zero among the rows, and %v are tried", seed, got)
		}
	}
}

// TestEvidenceInLogarithmsIsOfTheSameRows: the density of rows in the units of other candidates, of
// a law without unknowns worth speaking of, by log-normal densities.
func TestEvidenceInLogarithmsIsOfTheSameRows(t *testing.T) {
	p := autoProblem(t, epidemic(1, 40, 0.1, 0), 0)
	q, err := p.with(logLibrary, &field.LogLibrary{Logs: []string{"n"}, Degree: 1, Factors: true})
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBayes(q, q.cut(), q.Parts.Theta0)
	if err != nil || !b.weigh() {
		t.Fatal(err, b.fail)
	}
	with := b.logEvidence
	q.plain = nil
	b.weigh()
	got, want := with-b.logEvidence, 0.0
	f := &q.Parts.Frame
	for k, y := range p.Train[0].X {
		const sigma = 0.3 // any
		z, mu := b.free.segs[0].target[k], 0.2
		inLogs := -square((z-mu)/sigma)/2 - math.Log(sigma)
		// Of y itself, as a log-normal value, then in the deviation that others have of it.
		s := sigma * f.Scale[0]
		e := (math.Log(y) - f.Shift[0] - f.Scale[0]*mu) / s
		want += -e*e/2 - math.Log(s*y) + math.Log(p.Parts.Frame.Scale[0]) - inLogs
	}
	closeTo(t, "what logarithms add", got, want, 1e-9)
}

// TestGrowthOverDecadesIsFittedInLogarithms: the law is found, bands and members never fall below
// zero, and its noise is a part of the value.
func TestGrowthOverDecadesIsFittedInLogarithms(t *testing.T) {
	s := epidemic(3, 61, 0.1, 0)
	p := autoProblem(t, s, 0.2)
	r := fitted(t, &Auto{}, p)
	if err := Complete(p, r); err != nil {
		t.Fatal(err)
	}
	if !r.Model.Parts.Frame.IsLog(0) {
		t.Fatalf("kept %s", r.Model.ArchName)
	}
	if text := r.Model.Text(); !strings.Contains(text, "n·(") && !strings.Contains(text, "n·log") {
		t.Errorf("the law is %s", text)
	}
	if v := r.Noise[0]; v < 0.07 || v > 0.13 {
		t.Errorf("noise %g, want 0.1", v)
	}
	f, err := r.Model.Forecast(0, []float64{0, 3, 12, 14, 18}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, at := range f.T {
		truth := math.Exp(2.75 + (math.Log(0.01)-2.75)*math.Exp(-0.4*at))
		if e := math.Abs(math.Log(f.X[k] / truth)); !(e < 0.1) {
			t.Errorf("at %g: %g, want %g", at, f.X[k], truth)
		}
		if !(f.PLo[k] > 0 && f.PLo[k] < f.X[k] && f.X[k] < f.PHi[k] && f.PHi[k] < 2*f.X[k] && f.Lo[k] > 0) {
			t.Errorf("at %g the band of %g is from %g to %g", at, f.X[k], f.PLo[k], f.PHi[k])
		}
	}
}

func TestColumnsWithoutLogarithmsAreRefused(t *testing.T) {
	s := epidemic(1, 30, 0.1, 0)
	s.X[4] = 0
	_, err := NewProblem([]data.Series{s}, logLibrary, &field.LogLibrary{Logs: []string{"n"}, Degree: 2}, DefaultSettings())
	if err == nil || !strings.Contains(err.Error(), "has no logarithm") {
		t.Errorf("%v", err)
	}
}

// A law in logarithms may forecast more than numbers can hold; its scores are numbers, and the model
// can be written.
func TestForecastsBeyondNumbersHaveScores(t *testing.T) {
	s := data.Series{Names: []string{"x", "y"}}
	for i := range 60 {
		s.T = append(s.T, float64(i)/10)
		s.X = append(s.X, math.Exp(60*math.Sin(float64(i)/5)), 2+math.Sin(0.3*float64(i)))
	}
	set := DefaultSettings()
	set.Budget = 40
	p, err := NewProblem([]data.Series{s}, logLibrary, &field.LogLibrary{Logs: []string{"x"}, Degree: 2}, set)
	if err != nil {
		t.Fatal(err)
	}
	method, _ := Methods.Lookup("vanilla")
	r, err := method.Fit(context.Background(), p, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := Complete(p, r); err != nil {
		t.Fatal(err)
	}
	if err := r.Model.Write(io.Discard); err != nil {
		t.Error(err)
	}
}
