package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// gridOn parses start:end:step on the clock of a model: numbers in its unit of time
// or, if its rows are dated, ISO 8601 dates and a step that may name a unit.
func gridOn(m *model.Model, text string) ([]float64, error) {
	parts := strings.Split(text, ":")
	last := len(parts) - 1
	for i := 1; i < last; i++ { // clocks have colons too
		from, isA := data.Instant(strings.Join(parts[:i], ":"))
		to, isB := data.Instant(strings.Join(parts[i:last], ":"))
		if isA && isB {
			return datedGrid(m, from, to, parts[last])
		}
	}
	return data.Grid(text)
}

func datedGrid(m *model.Model, from, to time.Time, step string) ([]float64, error) {
	if m.Epoch.IsZero() {
		return nil, fmt.Errorf("--t gives dates, but the model counts time in numbers; give numbers such as 0:12:0.1")
	}
	text, unit := strings.TrimSpace(step), m.TUnit
	for u := range seconds {
		if v, ok := strings.CutSuffix(text, u); ok {
			text, unit = strings.TrimSpace(v), u
			break
		}
	}
	h, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(h) || math.IsInf(h, 0) {
		return nil, fmt.Errorf("the step %q of --t is no number, with or without a unit (s, min, h or d), such as 1d or 15min", step)
	}
	on := func(t time.Time) float64 { return data.SecondsSince(t, m.Epoch) / seconds[m.TUnit] }
	return data.NewGrid(on(from), on(to), h*seconds[unit]/seconds[m.TUnit])
}
