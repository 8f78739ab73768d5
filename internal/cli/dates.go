package cli

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/model"
)

// gridOn parses start:end:step on the clock of a model: numbers in its unit of time
// or, if its rows are dated, ISO 8601 dates and a step that may name a unit.
func gridOn(m *model.Model, text string) ([]float64, error) {
	parts := strings.Split(text, ":")
	last := len(parts) - 1
	for i := 1; i < last; i++ { // clocks have colons too
		from, isA := data.Instant(strings.Join(parts[:i], ":"), m.Epoch.Location())
		to, isB := data.Instant(strings.Join(parts[i:last], ":"), m.Epoch.Location())
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
	s, err := spanOn(m, step)
	if err != nil {
		return nil, fmt.Errorf("the step %s of --t: %w", budget.Quote(step), err)
	}
	return s.grid(m, timeOn(m, from), timeOn(m, to))
}

// timeOn is an instant on the clock of a model.
func timeOn(m *model.Model, at time.Time) float64 {
	return data.SecondsSince(at, m.Epoch) / seconds[m.TUnit]
}

// span is a length of time: calendar months, or so many units of a model.
type span struct {
	months int
	units  float64
}

// calendar are the months of the units that are not always equally long.
var calendar = map[string]int{"mo": 1, "month": 1, "months": 1, "y": 12, "yr": 12, "year": 12, "years": 12}

// dateLike are texts that somebody meant as a date.
var dateLike = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}`)

// lengthOf parses a number that may have a unit.
func lengthOf(text string) (v float64, unit string, err error) {
	text = strings.TrimSpace(text)
	number := strings.TrimRightFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	unit = strings.TrimSpace(strings.TrimPrefix(text[len(number):], "."))
	v, err = strconv.ParseFloat(number, 64)
	switch {
	case dateLike.MatchString(text):
		return 0, "", fmt.Errorf("there is no such date, or none is possible here")
	case err != nil || math.IsNaN(v) || math.IsInf(v, 0):
		return 0, "", fmt.Errorf("it is no number, with or without a unit (s, min, h, d, mo or y), such as 1d, 15min or 3mo")
	case unit != "" && calendar[unit] == 0 && seconds[unit] == 0:
		return 0, "", fmt.Errorf("its unit %s is not one of s, min, h, d, mo and y", budget.Quote(unit))
	case !(v > 0) || v > mostReal:
		return 0, "", fmt.Errorf("it must be above 0, and at most %g", mostReal)
	}
	return v, unit, nil
}

// spanOn parses a number in the unit of time of a model or, where its rows are dated,
// with a unit of its own.
func spanOn(m *model.Model, text string) (span, error) {
	v, unit, err := lengthOf(text)
	switch {
	case err != nil:
		return span{}, err
	case unit == "":
		return span{units: v}, nil
	case m.Epoch.IsZero():
		return span{}, fmt.Errorf("the model counts time in numbers, not in dates; give a number in its unit")
	case calendar[unit] == 0:
		return span{units: v * seconds[unit] / seconds[m.TUnit]}, nil
	}
	n := v * float64(calendar[unit])
	if n != math.Trunc(n) || n > mostMonths {
		return span{}, fmt.Errorf("of months and years there must be a whole number of months, at most %d", mostMonths)
	}
	return span{months: int(n)}, nil
}

// mostMonths are those of the years that four digits can write.
const mostMonths = 12 * 9999

// positive tells whether it leads anywhere.
func (s span) positive() bool { return s.months > 0 || s.units > 0 }

// after is the time that lies k spans after another.
func (s span) after(m *model.Model, from float64, k int) float64 {
	if s.months == 0 {
		return from + float64(k)*s.units
	}
	at := monthsAfter(data.Stamp(m.Epoch, from, m.TUnit), k*s.months)
	return timeOn(m, at)
}

// monthsAfter is the same day and clock n months later, or the last day of that month if
// it is shorter.
func monthsAfter(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// grid are the times from one to another, a span apart.
func (s span) grid(m *model.Model, from, to float64) ([]float64, error) {
	if s.months == 0 {
		return data.NewGrid(from, to, s.units)
	}
	if to < from {
		return nil, fmt.Errorf("the range ends at %s, before its start %s", when(m, to), when(m, from))
	}
	var t []float64
	for k := 0; k*s.months <= mostMonths; k++ {
		at := s.after(m, from, k)
		if at > to+1e-9*math.Abs(to) {
			break
		}
		t = append(t, at)
	}
	return t, nil
}

// rowMonths is how many calendar months lie between the rows of a recording that begins
// and ends at these times; 0 if they are not dated, or as well equally far apart.
func rowMonths(m *model.Model, from, end, step float64) int {
	if m.Epoch.IsZero() || !(step > 0) || !(end > from) {
		return 0
	}
	const shortest, mean = 28, 365.2425 / 12
	days := step * seconds[m.TUnit] / seconds["d"]
	months := int(math.Round(days / mean))
	if months < 1 || days < shortest*float64(months) {
		return 0
	}
	if steps := (end - from) / step; data.PeriodMonths(m.Dates) == 0 && math.Abs(steps-math.Round(steps)) < 1e-6 {
		return 0
	}
	s := span{months: months}
	k := int(math.Round((end - from) * seconds[m.TUnit] / seconds["d"] / mean / float64(months)))
	if math.Abs(s.after(m, from, k)-end)*seconds[m.TUnit] > 1 {
		return 0
	}
	return months
}
