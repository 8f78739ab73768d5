package model

import (
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// A recording whose inputs end before the forecast does is refused with the reason, whatever the
// model has of bands.
func TestNewRecordingWithoutFutureInputsIsRefused(t *testing.T) {
	arch := &field.Equations{Text: "x' = u - x"}
	parts, err := arch.Build(field.Unscaled([]string{"x"}, []string{"u"}))
	if err != nil {
		t.Fatal(err)
	}
	m := &Model{ArchName: "equations", Arch: arch, Parts: parts, Theta: [][]float64{parts.Theta0}, KnownStart: true, Hold: "linear",
		Records: []Record{{Start: [][]float64{{0}}}}, Solver: ode.Options{Solver: "dopri5", RTol: 1e-6, ATol: 1e-6}}
	inputs := &data.Series{Names: []string{"x"}, Inputs: []string{"u"}, T: []float64{0, 1}, X: []float64{0, 0}, U: []float64{1, 1}}
	for _, band := range []*Band{nil, {Noise: []float64{0.1}}} {
		m.Band = band
		if f, err := m.ForecastNew(0, []float64{1, 2}, inputs); f != nil || err == nil || !strings.Contains(err.Error(), "known up to time 1") {
			t.Errorf("%v, %v", f, err)
		}
	}
	m.Band = nil
	if f, err := m.ForecastNew(0, []float64{0.5, 1}, inputs); err != nil || f.Len() != 2 {
		t.Errorf("%v, %v", f, err)
	}
}
