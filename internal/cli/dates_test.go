package cli

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// TestTimesMayBeDates: on the clock of a model that counts hours, whatever the
// step's unit, and with clocks of their own.
func TestTimesMayBeDates(t *testing.T) {
	m := &model.Model{Epoch: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), TUnit: "h"}
	for text, want := range map[string][3]float64{
		"2026-07-02:2026-07-04:1d":                        {24, 72, 24},
		"2026-07-01T06:00:2026-07-01T12:30:90min":         {6, 12, 1.5},
		"2026-07-01 06:00:00:2026-07-01 06:01:00:20s":     {6, 6 + 1./60, 20. / 3600},
		"2026-06-30:2026-07-01:6":                         {-24, 0, 6},
		"2026-07-01T02:00:00+02:00:2026-07-01T03:00:00:1": {0, 3, 1},
		"0:12:0.5": {0, 12, 0.5},
		// Farther away than a time.Duration reaches, on both sides.
		"1526-07-01:2826-06-30:1000d": {-24 * 182622, 24 * 291378, 24000},
	} {
		got, err := gridOn(m, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		n := len(got)
		if math.Abs(got[0]-want[0]) > 1e-9 || math.Abs(got[n-1]-want[1]) > 1e-9 || math.Abs(got[1]-got[0]-want[2]) > 1e-9 {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]string{"2026-07-02:2026-07-04:often": "no number", "2026-07-02:2026-07-04:1.5mo": "whole number of months", "2026-07-02:2026-07-04:2furlong": "not one of s, min, h, d, mo and y", "2026-07-04:2026-07-02:1d": "before its start"} {
		if _, err := gridOn(m, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if _, err := gridOn(&model.Model{}, "2026-07-02:2026-07-04:1d"); err == nil || !strings.Contains(err.Error(), "numbers") {
		t.Errorf("dates for a model without: %v", err)
	}
}

// TestWhenIsRightInEveryCentury: instants 800 years from the first row are what they are.
func TestWhenIsRightInEveryCentury(t *testing.T) {
	epoch := time.Date(1000, 1, 1, 0, 0, 0, 0, time.UTC)
	m := &model.Model{Epoch: epoch, TUnit: "d"}
	for _, want := range []string{"1000-01-01", "1291-03-01", "1885-06-07", "9000-02-28", "0500-05-05"} {
		at, err := time.Parse(time.DateOnly, want)
		if err != nil {
			t.Fatal(err)
		}
		if got := when(m, data.SecondsSince(at, epoch)/86400); got != want {
			t.Errorf("%s became %s", want, got)
		}
	}
}

// TestForecastsGoOnInMonths: rows a month apart have forecasts a month apart; months and
// years are those of the calendar, the end of a short month being its last day, and a date
// ends a forecast as the same length of time does.
func TestForecastsGoOnInMonths(t *testing.T) {
	epoch := time.Date(2019, 10, 31, 0, 0, 0, 0, time.UTC)
	m := &model.Model{Epoch: epoch, TUnit: "d"}
	at := func(text string) float64 {
		day, ok := data.Instant(text, time.UTC)
		if !ok {
			t.Fatal(text)
		}
		return timeOn(m, day)
	}
	end := at("2023-10-31")
	o := origin{end: end, span: end, step: 31}
	for _, c := range []struct{ horizon, step, first, second, last string }{
		{"6mo", "", "2023-11-30", "2023-12-31", "2024-04-30"},
		{"1y", "", "2023-11-30", "2023-12-31", "2024-10-31"},
		{"2024-04-30", "", "2023-11-30", "2023-12-31", "2024-04-30"},
		{"2y", "3mo", "2024-01-31", "2024-04-30", "2025-10-31"},
		{"8years", "1y", "2024-10-31", "2025-10-31", "2031-10-31"},
		{"3mo", "1d", "2023-11-01", "2023-11-02", "2024-01-31"},
		{"48h", "0.5", "2023-10-31T12:00:00Z", "2023-11-01", "2023-11-02"},
		{"", "", "2023-11-30", "2023-12-31", "2025-09-30"}, // half the record
	} {
		got, err := o.times(m, &forecastFlags{horizon: c.horizon, step: c.step}, nil)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		for i, want := range map[int]string{0: c.first, 1: c.second, len(got) - 1: c.last} {
			if when(m, got[i]) != want {
				t.Errorf("%+v: time %d is %s, not %s", c, i, when(m, got[i]), want)
			}
		}
	}
	for text, want := range map[string]string{
		"12 moons": "not one of", "0": "above 0", "-3": "above 0", "2020-01-01": "ends at 2023-10-31", "1.5mo": "whole number of months", "NaN": "no number", "2024-02-30": "no such date",
	} {
		if _, err := o.times(m, &forecastFlags{horizon: text}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--horizon %s: %v, want %q", text, err, want)
		}
	}
	plain := &model.Model{}
	for _, text := range []string{"12mo", "3h", "2024-01-01"} {
		if _, err := o.times(plain, &forecastFlags{horizon: text}, nil); err == nil || !strings.Contains(err.Error(), "counts time in numbers") {
			t.Errorf("--horizon %s without dates: %v", text, err)
		}
	}
}

// TestRowsAreMonthsApartWhereNothingElseIs: equal steps stay what they are.
func TestRowsAreMonthsApartWhereNothingElseIs(t *testing.T) {
	m := &model.Model{Epoch: time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC), TUnit: "d"}
	for _, months := range []int{1, 2, 3, 6, 12} {
		s := span{months: months}
		var steps []float64
		for k := range 40 {
			steps = append(steps, s.after(m, 0, k+1)-s.after(m, 0, k))
		}
		slices.Sort(steps)
		if got := rowMonths(m, 0, s.after(m, 0, 40), steps[20]); got != months {
			t.Errorf("%d months are taken for %d", months, got)
		}
	}
	for _, days := range []float64{1, 7, 28, 30, 31, 90, 365} {
		for n := range 60 {
			if got := rowMonths(m, 0, days*float64(n+1), days); got != 0 {
				t.Errorf("%d steps of %g days are taken for %d months", n+1, days, got)
			}
		}
	}
	if rowMonths(&model.Model{TUnit: "d"}, 0, 366, 31) != 0 {
		t.Error("numbers are taken for dates")
	}
}
