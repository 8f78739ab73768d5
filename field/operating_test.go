package field

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

// The operating point is the first of 0, 1, −1 and ½ where the slope is far from zero.
func TestUnitsWorkWhereTheySlope(t *testing.T) {
	for kind, want := range map[program.Kind][3]float64{
		program.Tanh: {0, 0, 1}, program.Cos: {1, math.Cos(1), -math.Sin(1)}, program.Log: {1, 0, 1}, program.ReLU: {1, 1, 1},
	} {
		at, value, slope, err := operating(kind)
		if err != nil || at != want[0] || math.Abs(value-want[1]) > 1e-15 || math.Abs(slope-want[2]) > 1e-15 {
			t.Errorf("%v works at %g with the value %g and the slope %g, want %v; %v", kind, at, value, slope, want, err)
		}
	}
}

func TestARecordingOfOneRowTellsHowMuchIsMeasured(t *testing.T) {
	if n := len((&Facts{X: [][]float64{{1, 2}}}).measured()); n != 2 {
		t.Errorf("%d columns are measured, want 2", n)
	}
	if (&Facts{}).measured() != nil {
		t.Error("without rows nothing is")
	}
}
