package cli

import (
	"fmt"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
)

// seconds are the units in which timestamps are counted.
var seconds = map[string]float64{"s": 1, "min": 60, "h": 3600, "d": 86400}

// onClock puts the times of a recording on the clock of a model: the same
// unit, counted from the same instant.
func onClock(m *model.Model, s *data.Series) error {
	if m.Epoch.IsZero() != s.Epoch.IsZero() {
		kind := map[bool]string{true: "numbers", false: "timestamps"}
		return fmt.Errorf("the model counts time in %s, the recording in %s; write its times the same way", kind[m.Epoch.IsZero()], kind[s.Epoch.IsZero()])
	}
	if s.Epoch.IsZero() {
		return nil
	}
	scale, offset := seconds[s.TUnit]/seconds[m.TUnit], data.SecondsSince(s.Epoch, m.Epoch)/seconds[m.TUnit]
	t := make([]float64, len(s.T))
	for i, v := range s.T {
		t[i] = v*scale + offset
	}
	s.T, s.TUnit, s.Epoch, s.Dates = t, m.TUnit, m.Epoch, m.Dates
	return nil
}

// when writes a time of a model with its unit, or as an instant.
func when(m *model.Model, t float64) string {
	if m.Epoch.IsZero() {
		return words.Short(t) + words.Unit(m.TUnit)
	}
	at := data.Stamp(m.Epoch, t, m.TUnit)
	if m.Dates == "" {
		return data.Written(at)
	}
	return data.Dated(at, m.Dates)
}
