package model

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/linear"
	"github.com/entrain-dev/entrain/ode"
)

// shaken is a column on a spring whose velocity, hidden, noise of intensity 0.4 drives,
// as a model and as a linear law.
func shaken(t testing.TB) (*Model, *linear.Model) {
	t.Helper()
	a, q := []float64{0, 1, -1.5, -0.3}, []float64{0, 0, 0, 0.4}
	m := &Model{ArchName: "linear", Arch: &field.Linear{Augment: 1}, Hold: "linear", Noise: []float64{0.2}, ProcessNoise: q,
		Solver: ode.Options{Solver: "dopri5", RTol: 1e-10, ATol: 1e-10, MaxSteps: 20_000}}
	var err error
	if m.Parts, err = m.Arch.Build(field.Unscaled([]string{"x"}, nil)); err != nil {
		t.Fatal(err)
	}
	theta := make([]float64, len(m.Parts.Theta0))
	l := m.Parts.Layers[0]
	for i := range 2 {
		copy(theta[l.W+i*l.Cols:], a[2*i:2*i+2])
	}
	m.Theta = [][]float64{theta}
	law := &linear.Model{Outputs: []string{"x"}, Shift: []float64{0}, Scale: []float64{1}, N: 2, A: a, B: make([]float64, 2),
		C: []float64{1, 0}, D: []float64{0}, Q: q, R: []float64{0.04}, Mean: []float64{0, 0}, Spread: []float64{1, 0, 0, 1}}
	return m, law
}

// walked is a recording of it with a row every h.
func walked(h float64, seed uint64) data.Series {
	const fine = 0.001
	r := rand.New(rand.NewPCG(seed, 1))
	s := data.Series{Names: []string{"x"}, Time: "t"}
	x, v := 0.3, -0.2
	for k := 0; float64(k)*fine <= 20; k++ {
		if each := int(math.Round(h / fine)); k%each == 0 {
			s.T, s.X = append(s.T, float64(k)*fine), append(s.X, x+0.2*r.NormFloat64())
		}
		x, v = x+fine*v, v+fine*(-1.5*x-0.3*v)+math.Sqrt(0.4*fine)*r.NormFloat64()
	}
	return s
}

func TestPresentOfAStateThatNoiseDrivesIsTheKalmanFilters(t *testing.T) {
	m, law := shaken(t)
	s := walked(0.2, 1)
	s.X[7] = math.NaN()
	off := func(h float64) (state, cov float64) {
		s := walked(h, 1)
		for k := 7; k < s.Len(); k += 11 {
			s.X[k] = math.NaN()
		}
		got, p, err := m.Present(&s, s.T[s.Len()-1])
		if err != nil {
			t.Fatal(err)
		}
		want, q, err := law.Filter(&s)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			state = max(state, math.Abs(got[i]-want[i]))
		}
		for i := range q {
			cov = max(cov, math.Abs(p[i]-q[i]))
		}
		return state, cov
	}
	// Noise between rows is added by the trapezoidal rule.
	_, coarse := off(0.2)
	state, fine := off(0.1)
	if order := math.Log2(coarse / fine); !(order > 1.6) || state > 0.005 || fine > 0.005 {
		t.Errorf("states %g and covariances %g off, which falls by 2^%.2f with half the step", state, fine, order)
	}
}

func TestProcessNoiseTravelsWithTheModelAndIsChecked(t *testing.T) {
	m, _ := shaken(t)
	m.Records = []Record{{T0: 0, End: 1, Step: 1, Rows: 2, Start: [][]float64{{0, 0}}}}
	back, err := Read(bytes.NewReader(written(t, m)))
	if err != nil || !slices.Equal(back.ProcessNoise, m.ProcessNoise) {
		t.Fatalf("%v: %v", err, back)
	}
	for _, q := range [][]float64{{1}, {1, 0, 0, -1}, {1, 2, 2, 1}, {1, 0.5, 0.4, 1}, {math.Inf(1), 0, 0, 1}} {
		if checkProcessNoise(q, 2) == nil {
			t.Errorf("%v is taken for a covariance", q)
		}
	}
}

// Far ahead the column is as far from its forecast as the noise lets it swing at all, which is
// q/(2·k·d) squared for a spring k and a friction d; just ahead it is as the filter leaves it.
func TestNoiseGrowsToWhatTheLawLetsItSwing(t *testing.T) {
	m, _ := shaken(t)
	s := walked(0.2, 3)
	history := s.Slice(0, s.Len()/2)
	from := history.T[history.Len()-1]
	got, err := m.NoiseGrowth(&history, from, []float64{0, 0.01, 0.4, 60}, &s)
	if err != nil || len(got) != 4 {
		t.Fatal(got, err)
	}
	if want := math.Sqrt(0.4 / (2 * 1.5 * 0.3)); math.Abs(got[3][0]-want) > 0.01*want {
		t.Errorf("far ahead %g, want %g", got[3][0], want)
	}
	_, cov, err := m.filtered(&history, from, &s)
	if err != nil || math.Abs(got[0][0]-math.Sqrt(cov[0])) > 1e-12 {
		t.Errorf("at once %g, want %g (%v)", got[0][0], math.Sqrt(cov[0]), err)
	}
	if !(got[0][0] < got[1][0] && got[1][0] < got[2][0] && got[2][0] < got[3][0]) {
		t.Errorf("does not grow: %v", got)
	}
	m.ProcessNoise = nil
	if got, err := m.NoiseGrowth(&history, from, []float64{1}, &s); got != nil || err != nil {
		t.Error("noise of a law without any", got, err)
	}
}
