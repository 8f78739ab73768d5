package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train/misfit"
)

// rowMisfit is the measure of a problem with what is usual of each column.
type rowMisfit struct {
	misfit.Measure
	width []float64 // of each column, scaled
}

// at is what column c contributes at a distance e from its row, with slope and
// curvature.
func (m *rowMisfit) at(c int, e float64) (value, slope, curvature float64) {
	return m.At(e, m.width[c])
}

// misfit is the measure that Settings.Loss names, which check has seen.
func (p *Problem) misfit() rowMisfit {
	m, err := misfit.Parse(p.Loss)
	if err != nil {
		panic("train: a loss that was checked is wrong: " + err.Error())
	}
	width := make([]float64, len(p.Train[0].Names))
	if !p.squares() {
		for c := range width {
			width[c] = p.usual(c)
		}
	}
	return rowMisfit{m, width}
}

// squares tells that the loss is the squared distance.
func (p *Problem) squares() bool { return p.Loss == "" || p.Loss == misfit.Default }

// onlySquares is the error of a method that knows no other loss.
func (p *Problem) onlySquares(method string) error {
	if p.squares() {
		return nil
	}
	return fmt.Errorf("loss=%s: method=%s knows the squared loss alone; methods that compare trajectories with rows know others: vanilla, homotopy, progressive, multiple-shooting, truncated, lm, continuation and constrained-shooting", p.Loss, method)
}

// leastUsual bounds the width of a column from below, in its deviations: of data
// without noise nothing is far off.
const leastUsual = 0.01

// usual is the deviation of the noise of a column, scaled, from the median
// distance of rows and smoothing splines, which single values far off move little.
func (p *Problem) usual(c int) float64 {
	const normal = 1.4826 // deviation over median distance of a normal distribution
	var off []float64
	for rec := range p.Train {
		t, y := model.ScaledColumn(&p.Train[rec], c, &p.Parts.Frame)
		for k, v := range y {
			if !math.IsNaN(v) {
				off = append(off, math.Abs(v-p.Splines[rec][c].At(t[k])))
			}
		}
	}
	if len(off) == 0 {
		return leastUsual
	}
	slices.Sort(off)
	return max(leastUsual, normal*num.Quantile(off, 0.5))
}
