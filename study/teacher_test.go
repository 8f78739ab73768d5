package study

import (
	"math"
	"math/cmplx"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
)

// poles are the eigenvalues of the teacher's Jacobian at rest, times its step.
func poles(t *testing.T, teacher Teacher) []complex128 {
	m, err := teacher.draw()
	if err != nil {
		t.Fatal(err)
	}
	n, f := len(m.Parts.Frame.States), m.Parts.NewField(1, false)
	jac := mat.NewDense(n, n, nil)
	at := field.Point{T: []float64{0}, X: program.NewBatch(n, 1), U: program.NewBatch(1, 1), Theta: program.Batch{Rows: len(m.Theta[0]), Lanes: 1, V: m.Theta[0]}}
	for j := range n {
		v, out := field.Point{X: program.NewBatch(n, 1)}, program.NewBatch(n, 1)
		v.X.V[j] = 1
		f.JVP(out, &at, &v)
		for i := range n {
			jac.Set(i, j, out.V[i])
		}
	}
	var e mat.Eigen
	e.Factorize(jac, mat.EigenNone)
	z := e.Values(nil)
	for i := range z {
		z[i] *= complex(teacher.filled().Step, 0)
	}
	return z
}

func TestTeachersHaveTheirPolesWhereTheyWereToldTo(t *testing.T) {
	for seed := range uint64(20) {
		for _, z := range poles(t, Teacher{Hidden: []int{16, 16}, Inside: 1, Margin: 0.2, Seed: seed + 1}) {
			if r := cmplx.Abs(field.Exponential(1)(z)); r > 0.8+1e-3 {
				t.Errorf("seed %d: |R| = %g at %g", seed, r, z)
			}
		}
		for _, z := range poles(t, Teacher{States: 2, Hidden: []int{16, 16}, Outside: 4, Margin: 0.2, Seed: seed + 1}) {
			if r := cmplx.Abs(field.Exponential(4)(z)); r < 1.2-1e-2 {
				t.Errorf("seed %d: |R| = %g at %g", seed, r, z)
			}
		}
	}
}

// The input is ±1 up to its noise, and up for a share of time that is a wave: as a sine it begins at
// a half and is whole after a quarter of its period, as a cosine it begins whole.
func TestPulsesOfATeacher(t *testing.T) {
	teacher := Teacher{Seed: 1}.filled()
	times := make([]float64, 300)
	for k, up := range []int{10, 20} {
		u, high := teacher.pulses(times, k), 0
		for i, v := range u {
			if math.Abs(v) != 1 {
				t.Fatalf("value %d is %g", i, v)
			}
			if i < 20 && v > 0 {
				high++
			}
		}
		if high < up-2 || high > up+7 {
			t.Errorf("trajectory %d: %d of the first 20 rows are up", k, high)
		}
	}
	teacher.Noise = 0.1
	if a, b := teacher.pulses(times, 0), teacher.pulses(times, 1); slices.Equal(a, b) || math.Abs(a[0]) == 1 {
		t.Error("no noise, or the same twice")
	}
}

// A model that is the teacher itself has no error in any window, though a trajectory through both
// records has; one that stands still has that of persistence.
func TestWindowsBeginAtTheRows(t *testing.T) {
	s := &Source{Rows: 60, Test: 60, Windows: 10, Teacher: &Teacher{States: 2, Hidden: []int{8}, Margin: 0.2, Noise: 0.1, Seed: 5}}
	seen, test, err := s.Make()
	if err != nil {
		t.Fatal(err)
	}
	if seen.Len() != 60 || test.Rows.Len() != 120 || slices.Equal(test.Rows.U[:60], test.Rows.U[60:]) {
		t.Fatalf("%d and %d rows", seen.Len(), test.Rows.Len())
	}
	m, err := s.Teacher.draw()
	if err != nil {
		t.Fatal(err)
	}
	score, why, err := test.windows(m)
	if err != nil || why != "" || *score.MSE > 1e-10 {
		t.Errorf("%v %q %+v", err, why, score)
	}
	still := *m
	still.Theta = [][]float64{make([]float64, len(m.Theta[0]))}
	if score, _, err = test.windows(&still); err != nil {
		t.Fatal(err)
	}
	if want := persistence(test); math.Abs(*score.MSE-want) > 1e-9*want {
		t.Errorf("mean squared error %g, want %g", *score.MSE, want)
	}
}

// persistence is the mean squared error of forecasts that stay where they begin.
func persistence(test *Test) float64 {
	sum, n, s := 0.0, 0, test.Rows
	for i := test.Trained; i+test.Ahead < s.Len(); i++ {
		for j := 1; j <= test.Ahead; j++ {
			for c, v := range s.Row(i + j) {
				sum, n = sum+(v-s.Row(i)[c])*(v-s.Row(i)[c]), n+1
			}
		}
	}
	return sum / float64(n)
}

func TestWindowsNeedTheStates(t *testing.T) {
	arch := &field.MLP{Hidden: []int{4}, Activation: "tanh", Augment: 1}
	parts, err := arch.Build(field.Unscaled([]string{"x"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	m := &model.Model{Arch: arch, Parts: parts, Theta: [][]float64{parts.Theta0}}
	test := &Test{Rows: data.Series{Names: []string{"x"}, T: []float64{0, 1, 2}, X: []float64{0, 0, 0}}, Trained: 1, Ahead: 1}
	if score, why, err := test.windows(m); score != nil || why == "" || err != nil {
		t.Error(score, why, err)
	}
}
