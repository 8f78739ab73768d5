package page

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/model"
)

func TestRestartsAreGaps(t *testing.T) {
	g := gaps(report.Trajectory{T: []float64{0, 1, 2, 3}, X: []float64{0, 0, 1, 1, 2, 2, 3, 3}, Lo: make([]float64, 8), Hi: make([]float64, 8)},
		[]model.Anchor{{T: 1.5}, {T: 9}}, 2)
	if len(g.T) != 5 || g.T[2] != 2 || !math.IsNaN(g.X[4]) || !math.IsNaN(g.Hi[5]) || g.X[6] != 2 || len(g.Lo) != 10 {
		t.Errorf("%+v", g)
	}
}
