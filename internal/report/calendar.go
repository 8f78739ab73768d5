package report

import (
	"time"

	"github.com/entrain-dev/entrain/data"
)

// Calendar says which instants the numbers of a time axis are: Epoch + v·Unit, both in
// milliseconds, on the clock of the file.
type Calendar struct {
	Epoch float64 `json:"epoch"` // since 1970, in the zone of the file
	Unit  float64 `json:"unit"`
	By    string  `json:"by"` // what rows differ in: year, month, day, minute, second or ms
}

// timeAxis is the axis of the times of a recording, of dates where its rows are dated.
func timeAxis(s *data.Series, over span) Axis {
	a := over.axis(timeName(s.Time), s.TUnit)
	if a.Date = calendarOf(s); a.Date != nil {
		a.Unit = ""
	}
	return a
}

// calendarOf is the calendar of a recording whose rows are dated, else nil.
func calendarOf(s *data.Series) *Calendar {
	unit := data.Stamp(time.Unix(0, 0), 1, s.TUnit).Sub(time.Unix(0, 0))
	if s.Epoch.IsZero() || unit <= 0 {
		return nil
	}
	_, zone := s.Epoch.Zone()
	c := &Calendar{Epoch: float64(s.Epoch.UnixMilli()) + 1000*float64(zone), Unit: float64(unit) / 1e6}
	by := 0
	for _, t := range s.T {
		for by < len(steps)-1 && !steps[by].on(data.Stamp(s.Epoch, t, s.TUnit)) {
			by++
		}
	}
	c.By = steps[by].name
	return c
}

// steps of calendars from the coarsest on; the last one is that of whatever no other holds.
var steps = []struct {
	name string
	on   func(t time.Time) bool
}{
	{"year", func(t time.Time) bool { return t.YearDay() == 1 && midnight(t) }},
	{"month", func(t time.Time) bool { return t.Day() == 1 && midnight(t) }},
	{"day", midnight},
	{"minute", func(t time.Time) bool { return t.Second() == 0 && t.Nanosecond() < 1e6 }},
	{"second", func(t time.Time) bool { return t.Nanosecond() < 1e6 }},
	{"ms", nil},
}

func midnight(t time.Time) bool {
	return t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 && t.Nanosecond() < 1e6
}

// layouts write an instant as coarsely as rows differ.
var layouts = map[string]string{"year": "2006", "month": "Jan 2006", "day": "2 Jan 2006", "minute": "2 Jan 2006 15:04",
	"second": "2 Jan 2006 15:04:05", "ms": "2 Jan 2006 15:04:05.000"}

// timeWords is a time of a recording in words.
func timeWords(s *data.Series, t float64) string {
	if c := calendarOf(s); c != nil {
		return data.Stamp(s.Epoch, t, s.TUnit).Format(layouts[c.By])
	}
	return withUnit(format(t, 4), s.TUnit)
}
