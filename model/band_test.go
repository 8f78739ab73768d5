package model

import (
	"bytes"
	"math"
	"testing"
)

func TestErrorsGrowBetweenAndBeyondTheHorizonsSeen(t *testing.T) {
	all := []Errors{{Horizon: 1, SD: []float64{1}}, {Horizon: 2, SD: []float64{2}}, {Horizon: 4, SD: []float64{4}}}
	for h, want := range map[float64]float64{0: 0, -1: 0, 1: 1, 2: 2, 0.5: math.Sqrt(0.5), 3: math.Sqrt(10), 8: 8} {
		if got := errorsAt(all, h, 0); differs(got, want, 1e-12) {
			t.Errorf("at %g: %g, want %g", h, got, want)
		}
	}
	if got := errorsAt([]Errors{{Horizon: 1, SD: []float64{3}}}, 4, 0); differs(got, 6, 1e-12) {
		t.Errorf("one horizon, four times as far: %g", got)
	}
}

func TestBandTravelsWithTheModel(t *testing.T) {
	m := decaying(t, -0.3)
	m.ArchName = "equations"
	m.Band = &Band{Nominal: 0.9, Noise: []float64{0.1}, Centre: []float64{0.5}, Extent: []float64{0.3}, NotNegative: []bool{true},
		Growth: []Errors{{2, []float64{0.2}}}, Apart: []Errors{{2, []float64{0.1}}}, Groups: []BandGroup{{To: 2, Factor: 1.5, Windows: 3}}}
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	again, err := Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	times := []float64{12, 17, 18, 19, 30}
	f, err := again.Forecast(0, times, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range times {
		half := BandDeviations * 0.1 // within the record, which ends at 17
		if at > 17 {
			half = BandDeviations * 1.5 * math.Hypot(0.1, math.Hypot(errorsAt(m.Band.Growth, at-17, 0), errorsAt(m.Band.Apart, at-17, 0)))
		}
		if x := f.X[i]; differs(f.PHi[i], x+half, 1e-9) || differs(f.PLo[i], max(0, x-half), 1e-9) {
			t.Errorf("at %g: %g to %g around %g, want half a width of %g", at, f.PLo[i], f.PHi[i], x, half)
		}
	}
	m.Band.Noise = nil
	file.Reset()
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(&file); err == nil {
		t.Error("a band without columns is accepted")
	}
}
