package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/train"
)

// A model counts time in numbers. Where the data had timestamps, the model
// file says what they are counted from in the unit of time, as weather and
// climate files do: "d since 2024-03-01T00:00:00Z".
const since = " since "

// clock is how numbers become instants; the zero epoch means that they do not.
type clock struct {
	unit  string
	epoch time.Time
}

// dated returns a copy of the model whose unit of time names the epoch of s.
func dated(m *train.Model, s *data.Series) *train.Model {
	out := *m
	if !s.Epoch.IsZero() {
		out.TUnit = s.TUnit + since + s.Epoch.Format(time.RFC3339Nano)
	}
	return &out
}

// clockOf reads back what dated wrote.
func clockOf(m *train.Model) clock {
	unit, text, found := strings.Cut(m.TUnit, since)
	epoch, err := time.Parse(time.RFC3339Nano, text)
	if !found || err != nil {
		return clock{unit: m.TUnit}
	}
	return clock{unit, epoch}
}

// mark gives a forecast the clock of its model.
func (c clock) mark(s *data.Series) { s.TUnit, s.Epoch = c.unit, c.epoch }

// seconds are the units in which timestamps are counted.
var seconds = map[string]float64{"s": 1, "min": 60, "h": 3600, "d": 86400}

// convert puts the times of a recording on the clock.
func (c clock) convert(s *data.Series) error {
	if c.epoch.IsZero() != s.Epoch.IsZero() {
		kind := map[bool]string{true: "numbers", false: "timestamps"}
		return fmt.Errorf("the model counts time in %s, the recording in %s; write its times the same way", kind[c.epoch.IsZero()], kind[s.Epoch.IsZero()])
	}
	if s.Epoch.IsZero() {
		return nil
	}
	scale, offset := seconds[s.TUnit]/seconds[c.unit], s.Epoch.Sub(c.epoch).Seconds()/seconds[c.unit]
	t := make([]float64, len(s.T))
	for i, v := range s.T {
		t[i] = v*scale + offset
	}
	s.T = t
	c.mark(s)
	return nil
}
