//go:build slow

package train

import (
	"testing"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

// meanBest trains the published Lotka–Volterra problem for 4000 epochs from
// the three published seeds and returns the mean of the best errors.
func meanBest(t *testing.T, step float64, m func() Method) float64 {
	t.Helper()
	if testing.Short() {
		t.Skip("three runs of 4000 epochs")
	}
	sum := 0.0
	for _, seed := range []uint64{10, 20, 30} {
		p := published(t, seed, ode.Options{Solver: "rk4", Step: step, MaxSteps: 100000})
		p.Budget, p.Keep = 4000, "best-train"
		r := fitted(t, m(), p)
		t.Logf("step %g, seed %d: best epoch %d, MSE %.4g", step, seed, r.BestK, r.Train.MSE)
		sum += r.Train.MSE
	}
	t.Logf("step %g: mean best MSE %.4g", step, sum/3)
	return sum / 3
}

// The numbers are those of Ko et al. (2023), table 5, Lotka–Volterra black
// box, widened to what an independent repetition found.

func TestVanillaReproducesPublishedErrors(t *testing.T) {
	mean := meanBest(t, 0.025, func() Method { return &Vanilla{Descent: Descent{LR: 0.05, WeightDecay: 0.01}} })
	if mean < 0.015 || mean > 0.021 {
		t.Errorf("mean best MSE %.4g, want 0.015 to 0.021", mean)
	}
}

// Four thousand steps amplify rounding, so one run of three seeds says little:
// with the solver of the published runs and starts that differ by what single
// precision rounds, the mean of three seeds has a mean of 0.0092 and a
// standard deviation of 0.0004 (0.0090 ± 0.0004 with classic steps of 0.025);
// published is 0.0095 ± 0.0002. Without the slip it is 0.0082 ± 0.0004.
func TestMultipleShootingReproducesPublishedErrors(t *testing.T) {
	if testing.Short() {
		t.Skip("twelve runs of 4000 epochs")
	}
	const repeats = 4
	sum := 0.0
	for _, seed := range []uint64{10, 20, 30} {
		p := published(t, seed, ode.Options{Solver: "dopri5", RTol: 1e-7, ATol: 1e-9, MaxSteps: 100000})
		p.Budget, p.Keep = 4000, "best-train"
		z, err := p.begin(1)
		if err != nil {
			t.Fatal(err)
		}
		rounding := num.Stream(seed, "rounding")
		for range repeats {
			theta := append([]float64{}, z...)
			for i := range theta {
				theta[i] *= 1 + 6e-8*rounding.NormFloat64()
			}
			p.warm = &model.Model{Theta: [][]float64{theta}}
			r := fitted(t, &MultipleShooting{Descent: Descent{LR: 0.05, WeightDecay: 0.01}, Segments: 5, Beta: 0.01, Slip: true}, p)
			t.Logf("seed %d: best epoch %d, MSE %.4g", seed, r.BestK, r.Train.MSE)
			sum += r.Train.MSE / (3 * repeats)
		}
	}
	if sum < 0.0085 || sum > 0.0100 {
		t.Errorf("mean best MSE %.4g, want 0.0085 to 0.0100", sum)
	}
}
