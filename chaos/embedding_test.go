package chaos

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/internal/num"
)

// Lorenz' x, 0.02 apart: the first minimum of its mutual information is near 0.16, and
// three dimensions are enough.
func TestEmbeddingOfLorenz(t *testing.T) {
	if testing.Short() {
		t.Skip("a long orbit, on one core")
	}
	x := columnOf(orbit(t, "lorenz", 20000, 0.02, 50), 3, 0)
	e, err := ChooseEmbedding(x)
	if err != nil || e.Status != OK || e.Dimension != 3 || !e.FirstFall || e.Lag < 7 || e.Lag > 11 {
		t.Errorf("lag %d, dimension %d, %s %s, %v: %v", e.Lag, e.Dimension, e.Status, e.Reason, err, e.False)
	}
	r := num.Stream(1, "noise")
	for i := range x {
		x[i] = r.NormFloat64()
	}
	if e, err := ChooseEmbedding(x); err != nil || e.Status != NotConverged || e.Dimension != 0 {
		t.Errorf("noise: %+v, %v", e, err)
	}
	v := Embed([]float64{1, 2, 3, 4, 5}, 2, 2)
	if len(v) != 6 || v[0] != 1 || v[1] != 3 || v[5] != 5 {
		t.Errorf("%v", v)
	}
}

// The mutual information of two normal numbers with correlation ρ is −½ log(1 − ρ²).
func TestMutualInformationOfAnAutoregression(t *testing.T) {
	const n, rho = 100_000, 0.8
	r, z := num.Stream(2, "ar"), make([]float64, n)
	for i := 1; i < n; i++ {
		z[i] = rho*z[i-1] + math.Sqrt(1-rho*rho)*r.NormFloat64()
	}
	for _, lag := range []int{1, 3} {
		c := math.Pow(rho, float64(lag))
		if got, want := mutualInformation(ranks(z, 24), 24, lag), -math.Log(1-c*c)/2; math.Abs(got-want) > 0.025 {
			t.Errorf("lag %d: %g, want %g", lag, got, want)
		}
	}
}

func TestNeighboursPartAtTheLeadingExponent(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, c := range []struct {
		name           string
		step, want     float64
		give           float64
		columns, every int
	}{{"lorenz", 0.02, 0.9056, 0.12, 3, 1}, {"henon", 1, 0.4192, 0.06, 2, 1}} {
		v, err := NeighbourDivergence(orbit(t, c.name, 10000, c.step, 50), c.columns, c.step)
		if err != nil {
			t.Fatal(err)
		}
		for name, s := range map[string]Slope{"Rosenstein": v.RosensteinSlope, "Kantz": v.KantzSlope} {
			if !(math.Abs(s.Value-c.want) <= c.give) {
				t.Errorf("%s, %s: %.3f ± %.3f between %.3g and %.3g, want %.3f", c.name, name, s.Value, s.Error, s.From, s.To, c.want)
			}
		}
	}
	r := num.Stream(3, "noise")
	x := make([]float64, 6000)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	if v, err := NeighbourDivergence(x, 2, 1); err != nil || v.Status != NotConverged {
		t.Errorf("noise: %+v %+v, %v", v.RosensteinSlope, v.KantzSlope, err)
	}
	if v, err := NeighbourDivergence(orbit(t, "van-der-pol", 6000, 0.05, 50), 2, 0.05); err != nil || v.Status != NotConverged {
		t.Errorf("a cycle: %+v %+v, %v", v.RosensteinSlope, v.KantzSlope, err)
	}
}
