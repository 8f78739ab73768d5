package model

import (
	"bytes"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/model/noise"
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

// Bands are the quantiles of the noise where it has a kind: wide where much is predicted, whole
// numbers of counts, skewed of logarithms; what else is not known comes to each side.
func TestBandsAreQuantilesOfTheNoise(t *testing.T) {
	two := 2.0
	for _, c := range []struct {
		kind   string
		own    []float64
		x      float64
		lo, hi float64
	}{
		{"proportional", []float64{0.1}, 100, 100 - 10*BandDeviations, 100 + 10*BandDeviations},
		{"proportional", []float64{0.1}, 1, 1 - 0.1*BandDeviations, 1 + 0.1*BandDeviations},
		{"poisson", nil, 4, 1, 8},
		{"lognormal", []float64{0.5}, 10, 10 * math.Exp(-0.5*BandDeviations), 10 * math.Exp(0.5*BandDeviations)},
	} {
		kind, _ := noise.Kinds.Lookup(c.kind)
		column := &noise.Column{Kind: c.kind, Limit: &two}
		for i, name := range kind.Own() {
			column.Numbers = append(column.Numbers, noise.Number{Name: name, Value: c.own[i]})
		}
		m := decaying(t, -0.3)
		m.ArchName, m.NoiseModels = "equations", []*noise.Column{column}
		m.Band = &Band{Nominal: 0.9, Noise: []float64{7}, Centre: []float64{c.x}, Extent: []float64{50}, NotNegative: []bool{false}, Growth: []Errors{{2, []float64{0.2}}}}
		var file bytes.Buffer
		if err := m.Write(&file); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&file)
		if err != nil {
			t.Fatal(err)
		}
		if got := again.NoiseModels[0]; got.String() != column.String() {
			t.Errorf("%s came back as %s", column, got)
		}
		down, up := again.Band.sides(c.x, 0, 0, 0)
		if differs(c.x-down, c.lo, 1e-6) || differs(c.x+up, c.hi, 1e-6) {
			t.Errorf("%s of %g: %g to %g, want %g to %g", c.kind, c.x, c.x-down, c.x+up, c.lo, c.hi)
		}
		further, wider := again.Band.sides(c.x, 2, 0, 0)
		// growth is of a noise of deviation 7
		if own := 0.2 * BandDeviations * noise.Deviation(kind, c.x, c.own) / 7; differs(further, math.Hypot(down, own), 1e-6) || differs(wider, math.Hypot(up, own), 1e-6) {
			t.Errorf("%s of %g, later: %g below and %g above", c.kind, c.x, further, wider)
		}
	}
}
