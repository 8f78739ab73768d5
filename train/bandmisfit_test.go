package train

import (
	"math"
	"math/rand/v2"
	"testing"
)

// drawn is a run of n rows a step apart: an Ornstein–Uhlenbeck process of deviation sd and the given
// memory, sampled at uneven times, with white noise.
func drawnOU(seed uint64, n int, sd, memory, noise float64) ouRun {
	r := rand.New(rand.NewPCG(seed, 3))
	var out ouRun
	t, m := 0.0, sd*r.NormFloat64()
	for range n {
		out.t, out.v = append(out.t, t), append(out.v, m+noise*r.NormFloat64())
		step := 0.5 + r.Float64()
		phi := math.Exp(-step / memory)
		t, m = t+step, phi*m+math.Sqrt(1-phi*phi)*sd*r.NormFloat64()
	}
	return out
}

func TestMisfitIsToldFromNoise(t *testing.T) {
	var shares, memories []float64
	for seed := range uint64(20) {
		run := drawnOU(seed, 300, 0.2, 8, 0.1)
		share, long, ok := misfitOf([]ouRun{run})
		if !ok {
			t.Fatalf("draw %d: no misfit is seen", seed)
		}
		shares, memories = append(shares, share), append(memories, math.Log(long))
	}
	if v := mean(shares); math.Abs(v-0.8) > 0.05 {
		t.Errorf("misfit has %.3f of the variance, want 0.8", v)
	}
	if v := math.Exp(mean(memories)); v < 6 || v > 10 {
		t.Errorf("it remembers for %.3g, want 8", v)
	}
}

func TestWhiteNoiseIsNoMisfit(t *testing.T) {
	found := 0
	for seed := range uint64(200) {
		if _, _, ok := misfitOf([]ouRun{drawnOU(seed, 60, 0, 1, 0.1), drawnOU(seed+1000, 60, 0, 1, 0.1)}); ok {
			found++
		}
	}
	if found > 1 {
		t.Errorf("misfit is seen in %d of 200 runs of white noise", found)
	}
}

// TestLikelihoodOfMisfitIsThatOfItsCovariance compares the filter with the dense Gaussian.
func TestLikelihoodOfMisfitIsThatOfItsCovariance(t *testing.T) {
	const share, memory = 0.6, 3.0
	run := drawnOU(5, 12, 0.2, 3, 0.1)
	n := len(run.v)
	cov := make([][]float64, n)
	for i := range cov {
		cov[i] = make([]float64, n)
		for j := range n {
			cov[i][j] = share * math.Exp(-math.Abs(run.t[i]-run.t[j])/memory)
		}
		cov[i][i]++
		cov[i][i] -= share
	}
	// Cholesky's factor L: L·w = v.
	l, w, logs, square := make([][]float64, n), make([]float64, n), 0.0, 0.0
	for i := range n {
		l[i] = make([]float64, n)
		for j := range i + 1 {
			s := cov[i][j]
			for k := range j {
				s -= l[i][k] * l[j][k]
			}
			if l[i][j] = s / max(l[j][j], 1e-300); i == j {
				l[i][i] = math.Sqrt(s)
			}
		}
		s := run.v[i]
		for k := range i {
			s -= l[i][k] * w[k]
		}
		w[i] = s / l[i][i]
		logs, square = logs+2*math.Log(l[i][i]), square+w[i]*w[i]
	}
	want := -(float64(n)*math.Log(square/float64(n)) + logs) / 2
	closeTo(t, "the likelihood", ouLikelihood([]ouRun{run}, share, memory), want, 1e-10)
}
