package data

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/entrain-dev/entrain/internal/budget"
)

// clock is the time of all rows as numbers.
type clock struct {
	t     []float64
	name  string // of the time
	unit  string
	epoch time.Time // of timestamps; zero if there were numbers or no dates
	told  []string  // what was assumed
	order string    // of day and month, if that was open
	dated bool      // t is in seconds, until a unit is chosen
	form  string    // see Series.Dates
	local bool      // clocks go with days, and no row says their offset or zone
}

func (k *clock) note(format string, args ...any) {
	k.told = append(k.told, fmt.Sprintf(format, args...))
}

// readClock reads the time of all rows: column c, column daytime beside it (or
// -1) if the date stands alone.
func (t *table) readClock(c, daytime int, rows *groups, o *ReadOptions) (*clock, error) {
	col := &t.columns[c]
	k := &clock{name: t.names[c], unit: t.units[c]}
	if i := col.missing(); i >= 0 && (col.bad == 0 || i < col.bad-1) {
		return nil, t.at(i, t.names[c], "the time is missing; fill it in or remove the row")
	}
	if col.isNumber() {
		if col.below.any {
			return nil, t.at(col.below.first, t.names[c], "%s is below a limit, which no time is; write the time, or remove the row", budget.Quote(col.below.text))
		}
		k.t = col.number
		return k, col.doubt
	}
	if _, ok := parseMoment(col.field(0)); !ok {
		return nil, t.notTime(c, max(col.bad-1, 0))
	}
	return k, t.readMoments(k, c, daytime, rows, o)
}

func (t *table) notTime(c, i int) error {
	return t.at(i, t.names[c], "%s is not a time; times are numbers or "+
		"timestamps such as 2024-05-31T12:30:00, one kind in a file", budget.Quote(t.columns[c].field(i)))
}

// instants are dates and clocks as they are written, under way to a clock.
type instants struct {
	stamps []time.Time // what is written, as if it were UTC where no offset is
	fixed  []bool      // rows with an offset
	timed  bool        // some row has a clock
	dates  bool        // the rows have dates, not clocks alone
	forms  []form      // in which all rows are written; empty: none
}

// midnight is from where clocks without dates count.
var midnight = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// readMoments reads dates and clocks.
func (t *table) readMoments(k *clock, c, daytime int, rows *groups, o *ReadOptions) error {
	zone, err := Zone(o.Timezone)
	if err != nil {
		return err
	}
	in, err := t.instants(k, c, daytime, rows, o)
	if err != nil {
		return err
	}
	switch {
	case zone == nil:
	case in.timed:
		if err := t.localise(k, c, in, zone, rows); err != nil {
			return err
		}
	default:
		k.note("column %s: no clock goes with a day of it; timezone= changes nothing", budget.Quote(t.names[c]))
		zone = nil
	}
	k.since(in.stamps, in.dates, zone)
	if !in.timed && len(in.forms) > 0 {
		k.form = in.forms[0].text
		k.note("column %s: %s is a %s, whose time is that of its first day", budget.Quote(t.names[c]), t.columns[c].field(0), in.forms[0].period())
	}
	if k.local = in.timed && zone == nil && !slices.Contains(in.fixed, true); k.local {
		t.tellJumps(k, rows)
	}
	return nil
}

// instants reads the dates and clocks of all rows.
func (t *table) instants(k *clock, c, daytime int, rows *groups, o *ReadOptions) (*instants, error) {
	order, err := t.dateOrder(k, c, rows, o)
	if err != nil {
		return nil, err
	}
	first, _ := parseMoment(t.columns[c].field(0))
	in := &instants{stamps: make([]time.Time, len(t.lines)), fixed: make([]bool, len(t.lines)), dates: first.date}
	days := make([]time.Duration, len(rows.names)) // of clocks alone: midnights passed
	for i := range in.stamps {
		m, ok := parseMoment(t.columns[c].field(i))
		switch {
		case !ok, m.date != first.date, m.date && !m.exists(order):
			return nil, t.notTime(c, i)
		case !m.date:
			in.stamps[i] = t.clockAlone(k, c, i, m.clock, in.stamps, days, rows)
			continue
		}
		in.stamps[i], in.fixed[i], in.timed = m.at(order), m.offset, in.timed || m.timed || daytime >= 0
		in.form(i, t.columns[c].field(i))
		if daytime >= 0 {
			if err := t.addClock(in, i, daytime); err != nil {
				return nil, err
			}
		}
	}
	return in, nil
}

// form leaves the forms in which the rows up to row i are written, whose field this is.
func (in *instants) form(i int, field string) {
	if !in.timed && (i == 0 || len(in.forms) > 0) {
		in.forms = narrow(in.forms, field, in.stamps[i])
	}
}

// addClock adds the clock beside a date.
func (t *table) addClock(in *instants, i, daytime int) error {
	clock, ok := parseMoment(t.columns[daytime].field(i))
	if !ok || clock.date {
		return t.notTime(daytime, i)
	}
	in.stamps[i], in.fixed[i] = in.stamps[i].Add(clock.clock), clock.offset
	return nil
}

// clockAlone is the time of a row that has a clock only, after the midnights passed in its recording.
func (t *table) clockAlone(k *clock, c, i int, clock time.Duration, stamps []time.Time, days []time.Duration, rows *groups) time.Time {
	at, j := midnight.Add(clock), rows.before[i]
	if j < 0 {
		return at
	}
	at = at.Add(days[rows.of[i]])
	if stamps[j].Sub(at) > 12*time.Hour {
		days[rows.of[i]] += 24 * time.Hour
		at = at.Add(24 * time.Hour)
		k.note("column %s: the clock passes midnight at line %d", budget.Quote(t.names[c]), t.lines[i])
	}
	return at
}

// since counts from the earliest of all instants, or from midnight where there are only clocks.
// Instants are written in the zone; nil: in that of the rows.
func (k *clock) since(stamps []time.Time, dates bool, zone *time.Location) {
	from := midnight
	if dates {
		from = slices.MinFunc(stamps, time.Time.Compare)
		if zone == nil {
			zone = k.zone(k.name, stamps)
		}
		k.epoch = from.In(zone)
	}
	k.dated, k.t = true, make([]float64, len(stamps))
	for i, s := range stamps {
		k.t[i] = SecondsSince(s, from)
	}
}

// zone is that of all rows; where it changes, as with daylight saving, it is UTC.
func (k *clock) zone(column string, stamps []time.Time) *time.Location {
	_, first := stamps[0].Zone()
	for _, s := range stamps {
		if _, offset := s.Zone(); offset != first {
			k.note("column %s: the offset from UTC changes; times are written back in UTC; timezone=Europe/Berlin, for instance, writes local times", budget.Quote(column))
			return time.UTC
		}
	}
	if first == 0 {
		return time.UTC
	}
	return stamps[0].Location()
}

// dateOrder tells whether the day comes before the month, by all rows; true
// where that makes no difference.
func (t *table) dateOrder(k *clock, c int, rows *groups, o *ReadOptions) (dayFirst bool, err error) {
	col := &t.columns[c]
	first, second, open, dots, american := 0, 0, false, false, false
	for i := range t.lines {
		m, ok := parseMoment(col.field(i))
		if !ok {
			return true, t.notTime(c, i)
		}
		if !m.date || m.settled || !m.iso.IsZero() {
			continue
		}
		open, dots, american = true, dots || m.dots, american || m.half
		first, second = max(first, m.a), max(second, m.b)
	}
	switch {
	case !open:
		return true, nil
	case first > 12 && second > 12:
		return true, at(t.file, 0, t.names[c], "the dates are neither all day first nor all month first")
	case first > 12 || second > 12:
		dayFirst = first > 12
	case o.Dates != "":
		dayFirst = o.Dates == DayFirst
	case dots:
		dayFirst = true
	case american: // a clock with AM and PM
	default:
		asDays, asMonths := t.ordered(c, true, rows), t.ordered(c, false, rows)
		if asDays == asMonths {
			return true, at(t.file, 0, t.names[c], "%s may be day first or month first, and no row tells; say dates=%s or dates=%s",
				budget.Quote(col.field(0)), DayFirst, MonthFirst)
		}
		dayFirst = asDays
	}
	name := map[bool]string{true: "day", false: "month"}[dayFirst]
	k.order = name + "-first"
	k.note("column %s: the dates are read with the %s first", budget.Quote(t.names[c]), name)
	return dayFirst, nil
}

// mostBack is how far clocks may be put back.
const mostBack = 2 * time.Hour

// ordered tells that dates never go back within a recording if they are read so.
func (t *table) ordered(c int, dayFirst bool, rows *groups) bool {
	col := &t.columns[c]
	last := make([]time.Time, len(rows.names))
	for i := range t.lines {
		m, _ := parseMoment(col.field(i))
		if !m.settled && !m.valid(dayFirst) {
			return false
		}
		now := m.at(dayFirst)
		if rows.before[i] >= 0 && now.Before(last[rows.of[i]].Add(-mostBack)) {
			return false
		}
		last[rows.of[i]] = now
	}
	return true
}

// Units of time for timestamps, largest first, in seconds.
var timeUnits = []struct {
	name    string
	seconds float64
}{{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}}

// chooseUnit counts dates and clocks in the largest of days, hours, minutes and seconds that is
// not longer than the median step between the rows of a recording, of those that are kept
// (nil: all). The rows are in the order in which they stay.
func (k *clock) chooseUnit(of []int32, recordings int, keep []bool) {
	if !k.dated {
		return
	}
	var steps []float64
	last := make([]float64, recordings)
	for n := range last {
		last[n] = math.NaN()
	}
	for i, t := range k.t {
		if keep != nil && !keep[i] {
			continue
		}
		if step := t - last[of[i]]; step == step {
			steps = append(steps, step)
		}
		last[of[i]] = t
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

// SecondsSince is how long after epoch an instant is, in seconds, however far apart
// they are: a time.Duration ends after 292 years.
func SecondsSince(s, epoch time.Time) float64 {
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

// Stamp returns the instant t units after the epoch, in its zone, rounded to the
// largest power of ten nanoseconds below what t resolves.
func Stamp(epoch time.Time, t float64, unit string) time.Time {
	seconds := t * unitSeconds(unit)
	whole := math.Floor(seconds)
	nanos := int64(math.Round((seconds - whole) * 1e9))
	v := time.Unix(epoch.Unix()+int64(whole), int64(epoch.Nanosecond())+nanos).In(epoch.Location())
	const ulps = 4 * 0x1p-52 // of t, its product and the sum
	grain := int64(1)
	for float64(grain) < ulps*math.Abs(seconds)*1e9 && grain < 1e9 {
		grain *= 10
	}
	ns := int64(v.Nanosecond())
	return v.Add(time.Duration((ns+grain/2)/grain*grain - ns))
}

// Written is an instant in ISO 8601, without a clock at midnight.
func Written(at time.Time) string {
	if h, m, s := at.Clock(); h == 0 && m == 0 && s == 0 && at.Nanosecond() == 0 {
		return at.Format(time.DateOnly)
	}
	return at.Format(time.RFC3339Nano)
}
