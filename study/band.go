package study

import "github.com/entrain-dev/entrain/train"

// Band says what is known of the predictive band of a model, in the form of
// result.json. Numbers that do not exist are null; lists have an entry a column.
type Band struct {
	Nominal  *float64 `json:"nominal"`  // part of values it is to hold
	Measured *float64 `json:"measured"` // part of held-out values it held, see train.Band
	Values   int      `json:"values"`   // that was measured on, once for each forecast of them
	// Calibrated tells that its width comes from held-out rows alone, up to the
	// horizon CalibratedTo. Else it comes from the model, scaled by what held-out
	// rows there are.
	Calibrated   bool              `json:"calibrated"`
	CalibratedTo *float64          `json:"calibrated_to"`
	Groups       []train.BandGroup `json:"groups"` // by ascending horizon
	Noise        []*float64        `json:"noise"`
	CRPS         []*float64        `json:"crps"`       // of the band
	Plain        []*float64        `json:"crps_plain"` // of always saying mean and deviation of the column
}

func newBand(m *train.Model) *Band {
	b := m.Band
	if b == nil {
		return nil
	}
	out := &Band{Nominal: number(b.Nominal), Values: b.Values, Calibrated: b.CalibratedTo() > 0, Groups: append([]train.BandGroup{}, b.Groups...),
		Noise: numbers(b.Noise)}
	if b.Values > 0 {
		out.Measured, out.CRPS, out.Plain = number(b.Measured), numbers(b.CRPS), numbers(b.Plain)
	}
	if out.Calibrated {
		out.CalibratedTo = number(b.CalibratedTo())
	}
	return out
}

func numbers(v []float64) []*float64 {
	out := []*float64{}
	for _, x := range v {
		out = append(out, number(x))
	}
	return out
}
