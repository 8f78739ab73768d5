package cli

import (
	"math"
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
	for text, want := range map[string]string{"2026-07-02:2026-07-04:often": "no number", "2026-07-04:2026-07-02:1d": "before its start"} {
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
