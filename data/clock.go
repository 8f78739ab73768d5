package data

import (
	"math"
	"slices"
	"time"
)

// clock is the time column as numbers.
type clock struct {
	t     []float64
	unit  string    // of timestamps
	epoch time.Time // of timestamps; zero if the column held numbers
}

// layouts are the accepted timestamps (ISO 8601); seconds may have a fraction,
// the T may be a space. Without an offset they are UTC.
var layouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04",
	"2006-01-02", "2006-01",
}

// timestamp parses an ISO 8601 date or time.
func timestamp(field string) (time.Time, bool) {
	b := []byte(field)
	if len(b) > 10 && b[10] == ' ' {
		b[10] = 'T'
	}
	for _, layout := range layouts {
		if v, err := time.Parse(layout, string(b)); err == nil {
			v = v.UTC()
			return v, v.Year() >= 1 && v.Year() <= 9999 // what four digits can write back
		}
	}
	return time.Time{}, false
}

func isTimestamp(field string) bool {
	_, ok := timestamp(field)
	return ok
}

// readClock reads column c as the time of all rows and checks that it
// increases strictly within each recording (column id, or -1).
func (t *table) readClock(c, id int) (*clock, error) {
	k := &clock{t: make([]float64, len(t.rows))}
	var stamps []time.Time
	for i, row := range t.rows {
		field := row[c]
		if isMissing(field) {
			return nil, at(t.file, t.lines[i], t.names[c], "the time is missing; fill it in or remove the row")
		}
		if i == 0 && isTimestamp(field) {
			stamps = make([]time.Time, len(t.rows))
		}
		var ok bool
		if stamps != nil {
			stamps[i], ok = timestamp(field)
		} else {
			k.t[i], ok = t.number(field)
		}
		if !ok {
			return nil, at(t.file, t.lines[i], t.names[c], "%q is not a time; times are numbers or "+
				"timestamps such as 2024-05-31T12:30:00, one kind in a file", field)
		}
	}
	if stamps != nil {
		k.setStamps(stamps, t.previous(id))
	}
	return k, t.checkOrder(k.t, c, id)
}

// previous returns, for each row, the row before it in the same recording, or -1.
func (t *table) previous(id int) []int {
	last := map[string]int{}
	before := make([]int, len(t.rows))
	for i, row := range t.rows {
		key := ""
		if id >= 0 {
			key = row[id]
		}
		before[i] = -1
		if j, ok := last[key]; ok {
			before[i] = j
		}
		last[key] = i
	}
	return before
}

func (t *table) checkOrder(times []float64, c, id int) error {
	for i, j := range t.previous(id) {
		if j < 0 || times[i] > times[j] {
			continue
		}
		now, before := t.rows[i][c], t.rows[j][c]
		if times[i] == times[j] {
			return at(t.file, t.lines[i], t.names[c], "the time %s is already on line %d; "+
				"keep one row per time, or name the column that tells recordings apart with id=…", now, t.lines[j])
		}
		return at(t.file, t.lines[i], t.names[c], "the time goes back from %s (line %d) to %s; "+
			"sort the rows, or name the column that tells recordings apart with id=…", before, t.lines[j], now)
	}
	return nil
}

// Units of time for timestamps, largest first, in seconds.
var timeUnits = []struct {
	name    string
	seconds float64
}{{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}}

// setStamps counts time from the earliest stamp, in the largest of days,
// hours, minutes and seconds that is not longer than the median step.
func (k *clock) setStamps(stamps []time.Time, before []int) {
	k.epoch = slices.MinFunc(stamps, time.Time.Compare)
	var steps []float64
	for i, s := range stamps {
		k.t[i] = secondsSince(s, k.epoch)
		if j := before[i]; j >= 0 {
			steps = append(steps, k.t[i]-k.t[j])
		}
	}
	median := 0.0
	if len(steps) > 0 {
		slices.Sort(steps)
		median = steps[len(steps)/2]
	}
	size := 1.0
	k.unit = "s"
	for _, u := range timeUnits {
		if median >= u.seconds {
			k.unit, size = u.name, u.seconds
			break
		}
	}
	for i := range k.t {
		k.t[i] /= size
	}
}

func secondsSince(s, epoch time.Time) float64 {
	return float64(s.Unix()-epoch.Unix()) + float64(s.Nanosecond()-epoch.Nanosecond())*1e-9
}

// unitSeconds returns the length of a unit of timestamps; 1 for any other.
func unitSeconds(unit string) float64 {
	for _, u := range timeUnits {
		if u.name == unit {
			return u.seconds
		}
	}
	return 1
}

// stamp returns the instant t units after the epoch, rounded to the
// largest power of ten nanoseconds below what t resolves.
func stamp(epoch time.Time, t float64, unit string) time.Time {
	seconds := t * unitSeconds(unit)
	whole := math.Floor(seconds)
	nanos := int64(math.Round((seconds - whole) * 1e9))
	v := time.Unix(epoch.Unix()+int64(whole), int64(epoch.Nanosecond())+nanos).UTC()
	const ulps = 4 * 0x1p-52 // of t, its product and the sum
	grain := int64(1)
	for float64(grain) < ulps*math.Abs(seconds)*1e9 && grain < 1e9 {
		grain *= 10
	}
	ns := int64(v.Nanosecond())
	return v.Add(time.Duration((ns+grain/2)/grain*grain - ns))
}
