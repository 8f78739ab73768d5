package linear

import (
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

func TestMeasuredBasisIsTheSameLaw(t *testing.T) {
	m := example()
	q := len(m.Inputs) + 1
	for i := range m.D {
		if i%q != q-1 {
			m.D[i] = 0
		}
	}
	m.Q = []float64{0.5, 0.1, 0, 0.1, 0.3, 0, 0, 0, 0.2}
	m.Mean = []float64{0.3, -0.2, 0.1}
	m.Spread = []float64{1, 0.2, 0, 0.2, 2, 0.1, 0, 0.1, 0.5}
	same, err := m.Measured()
	if err != nil {
		t.Fatal(err)
	}
	s := drawn(m, regularTimes(30, 0.4), rand.New(rand.NewPCG(9, 9)))
	a, _ := m.LogLikelihood([]data.Series{s})
	b, _ := same.LogLikelihood([]data.Series{s})
	near(t, "log likelihood", b, a, 1e-9)
	near(t, "spread of a hidden state", same.Spread[8], 1, 1e-12)
	near(t, "its correlation", same.Spread[2], 0, 1e-12)
	near(t, "its mean", same.Mean[2], 0, 1e-12)
	path, err := same.Path(&s)
	if err != nil {
		t.Fatal(err)
	}
	if len(path) != 90 {
		t.Fatalf("%d numbers, want 90", len(path))
	}
	if _, err := example().Measured(); err == nil {
		t.Error("direct terms are passed over")
	}
}

// What inputs do at once stays what it is in the basis of what is shown.
func TestShownBasisIsTheSameLaw(t *testing.T) {
	m := example()
	m.Q = make([]float64, 9)
	m.Mean = []float64{0.3, -0.2, 0.1}
	m.Spread = []float64{1, 0.2, 0, 0.2, 2, 0.1, 0, 0.1, 0.5}
	same, err := m.Shown()
	if err != nil {
		t.Fatal(err)
	}
	s := drawn(m, regularTimes(30, 0.4), rand.New(rand.NewPCG(9, 9)))
	a, _ := m.LogLikelihood([]data.Series{s})
	b, _ := same.LogLikelihood([]data.Series{s})
	near(t, "log likelihood", b, a, 1e-9)
	_, p, q := m.sizes()
	for i := range p {
		near(t, "direct part", same.D[i*q], m.D[i*q], 0)
		near(t, "constant", same.D[i*q+q-1], 0, 0)
		near(t, "output", same.C[i*m.N+i], 1, 0)
	}
}
