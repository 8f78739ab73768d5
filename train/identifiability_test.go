package train

import (
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
)

// Lorenz' attractor is a sheet; with noise as large as neighbours are apart nothing is
// known; of a cloud that fills its space everything is.
func TestDirectionsInWhichRowsLie(t *testing.T) {
	chaotic := lorenzRows(t, 3000, 0.01)
	look := func(s data.Series) *Identifiability {
		return mustProblem(t, []data.Series{s}, tinyNet(0, false), func(s *Settings) { s.Heldout = 0 }).identifiability()
	}
	if i := look(chaotic); i == nil || i.Known != 2 || i.Spread[2] > knownSpread {
		t.Errorf("Lorenz' sheet: %+v", i)
	}
	r := num.Stream(1, "cloud")
	cloud := data.Series{Names: []string{"x", "y"}, Units: []string{"", ""}, Time: "t"}
	x := []float64{0, 0}
	for k := range 2000 { // a random walk in a plane that is drawn back
		for c := range x {
			x[c] += 0.3*r.NormFloat64() - 0.05*x[c]
		}
		cloud.T, cloud.X = append(cloud.T, float64(k)), append(cloud.X, x...)
	}
	p := mustProblem(t, []data.Series{cloud}, tinyNet(0, false), func(s *Settings) { s.Heldout = 0 })
	for _, sp := range p.Splines[0] {
		sp.Sigma = 0
	}
	if i := p.identifiability(); i == nil || i.Known != 2 {
		t.Errorf("a plane: %+v", i)
	}
	for _, sp := range p.Splines[0] {
		sp.Sigma, sp.DoF = 3, float64(len(sp.T))
	}
	if i := p.identifiability(); i == nil || i.Known != 0 {
		t.Errorf("noise: %+v", i)
	}
}
