package data

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/words"
)

// Zone is the time zone of a name in the tz database, such as Europe/Berlin; nil for "". The error says
// what to write instead.
func Zone(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" { // which is another one on each machine
		return nil, at("", 0, "", "timezone=%s is no time zone; write its name in the tz database, by continent and city, such as Europe/Berlin or America/New_York, "+
			"or UTC, or Etc/GMT-1 for one hour ahead of UTC all the year", budget.Cut(name))
	}
	return zone, nil
}

// ZoneName is the name of the zone in which instants are written; "" of a fixed offset or UTC.
func ZoneName(epoch time.Time) string {
	if name := epoch.Location().String(); name != "UTC" && name != "Local" {
		return name
	}
	return ""
}

// InZone is an instant in the zone of that name; where there is no such zone here, or none is named,
// as it is.
func InZone(epoch time.Time, name string) time.Time {
	if zone, err := Zone(name); err == nil && zone != nil && !epoch.IsZero() {
		return epoch.In(zone)
	}
	return epoch
}

// offsetAt is that of a zone at an instant.
func offsetAt(zone *time.Location, at time.Time) time.Duration {
	_, seconds := at.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}

// localTimes are the instants at which clocks of a zone show what a UTC time does: one, two in the
// hour that comes twice, the earlier first, or none in one that is left out.
func localTimes(wall time.Time, zone *time.Location) []time.Time {
	const aside = 26 * time.Hour // beyond what any offset is, and short of the next change
	before, after := offsetAt(zone, wall.Add(-aside)), offsetAt(zone, wall.Add(aside))
	var out []time.Time
	for _, offset := range []time.Duration{max(before, after), min(before, after)} {
		if one := wall.Add(-offset); offsetAt(zone, one) == offset && (len(out) == 0 || !out[0].Equal(one)) {
			out = append(out, one)
		}
	}
	return out
}

// localise takes wall times of the rows, which are there as UTC, for those of a zone. Where an hour
// comes twice the order of the rows of a recording tells which is which. The instants of rows that
// were written with an offset stand.
func (t *table) localise(k *clock, c int, in *instants, zone *time.Location, rows *groups) error {
	stamps, ascending := in.stamps, rising(in.stamps, rows)
	twice, first := 0, 0
	for i, wall := range stamps {
		if in.fixed[i] {
			continue
		}
		found := localTimes(wall, zone)
		switch j := rows.before[i]; {
		case len(found) == 0:
			return t.at(i, t.names[c], "%s does not exist in %s, where clocks are put forward over it; correct the row or, if these clocks never change, "+
				"leave timezone= away or name a zone that does not change, such as timezone=Etc/GMT-1", budget.Quote(t.columns[c].field(i)), zone)
		case len(found) == 1:
			stamps[i] = found[0]
			continue
		case j < 0 && ascending:
			stamps[i] = found[0]
		case j < 0:
			stamps[i] = found[1]
		default:
			stamps[i] = next(found, stamps[j], ascending)
		}
		if twice++; twice == 1 {
			first = int(t.lines[i])
		}
	}
	k.tellZone(t.names[c], stamps, rows, zone)
	if twice > 0 {
		k.note("column %s: %s in an hour that comes twice (line %d first); the order of the rows tells which it is", budget.Quote(t.names[c]), words.Several(twice, "row"), first)
	}
	return nil
}

// rising tells whether most rows are later than those before them, or there are none before.
func rising(stamps []time.Time, rows *groups) bool {
	later := 0
	for i, j := range rows.before {
		if j >= 0 {
			later += stamps[i].Compare(stamps[j])
		}
	}
	return later >= 0
}

// next is the first of two instants that follows the row before.
func next(found []time.Time, before time.Time, ascending bool) time.Time {
	switch {
	case ascending && found[0].After(before):
		return found[0]
	case ascending || found[1].Before(before):
		return found[1]
	}
	return found[0]
}

// tellZone says where clocks were put forward and back between rows.
func (k *clock) tellZone(column string, stamps []time.Time, rows *groups, zone *time.Location) {
	var days []string
	for i, j := range rows.before {
		if j < 0 {
			continue
		}
		old, now := offsetAt(zone, stamps[j]), offsetAt(zone, stamps[i])
		if old == now || stamps[i].Sub(stamps[j]).Abs() > 31*24*time.Hour { // which may pass two of them
			continue
		}
		way := "forward"
		if (now < old) == stamps[i].After(stamps[j]) {
			way = "back"
		}
		day := stamps[j]
		if stamps[i].After(day) {
			day = stamps[i]
		}
		days = append(days, way+" on "+day.In(zone).Format(time.DateOnly))
	}
	text := "local times of " + zone.String()
	switch {
	case len(days) > 4:
		text += ", whose clocks are put forward or back " + words.Several(len(days), "time") + ", " + days[0] + " first"
	case len(days) > 0:
		text += ", whose clocks are put " + strings.Join(days, ", ")
	}
	k.note("column %s: %s", budget.Quote(column), text)
}

// usualZones stand for others whose clocks are put forward and back at the same local times.
var usualZones = []string{"Europe/Berlin", "America/New_York", "Europe/London", "Europe/Athens", "Australia/Sydney", "Pacific/Auckland", "America/Santiago"}

// usualStep is the median distance of rows in seconds, whichever way they go.
func (k *clock) usualStep(rows *groups) float64 {
	var steps []float64
	for i, j := range rows.before {
		if j >= 0 {
			steps = append(steps, math.Abs(k.t[i]-k.t[j]))
		}
	}
	if len(steps) == 0 {
		return 0
	}
	slices.Sort(steps)
	return steps[len(steps)/2]
}

// jump is the zone whose clocks, put forward or back, make rows that are a step apart lie as far
// apart as rows j and i do; "" if there is none.
func (k *clock) jump(j, i int, step float64) string {
	const hour = 3600
	if way := k.t[i] - k.t[j]; math.Abs(math.Abs(way-step)-hour) > 1 && math.Abs(math.Abs(way+step)-hour) > 1 {
		return ""
	}
	before, now := Stamp(k.epoch, k.t[j], "s"), Stamp(k.epoch, k.t[i], "s")
	for _, name := range usualZones {
		zone, err := Zone(name)
		if err != nil { // this machine knows no zones
			return ""
		}
		for _, a := range localTimes(before, zone) {
			for _, b := range localTimes(now, zone) {
				if math.Abs(math.Abs(SecondsSince(b, a))-step) < 1 && offsetAt(zone, a) != offsetAt(zone, b) {
					return name
				}
			}
		}
	}
	return ""
}

// tellJumps notes where rows lie as those of a local clock that is put forward and back.
func (t *table) tellJumps(k *clock, rows *groups) {
	step, told := k.usualStep(rows), 0
	if !(step > 0) {
		return
	}
	for i, j := range rows.before {
		if j < 0 || told == mostJumps {
			continue
		}
		if zone := k.jump(int(j), i, step); zone != "" {
			told++
			k.note("column %s: between lines %d and %d the clock jumps as those of %s do; if these are local times, say timezone=%s or whose they are",
				budget.Quote(k.name), t.lines[j], t.lines[i], zone, zone)
		}
	}
}

// mostJumps are told one by one.
const mostJumps = 2
