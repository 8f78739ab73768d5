package data

import (
	"strconv"
	"strings"
	"time"
)

// layouts are the timestamps of ISO 8601; seconds may have a fraction, the T
// may be a space. Without an offset they are UTC.
var layouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04",
	"2006-01-02", "2006-01",
}

// Instant parses an ISO 8601 date or time, or a month, quarter or week as its first day; without an offset it is local time of the zone, such as that
// of an epoch, where that has a name, else UTC. Of an hour that comes twice it is the earlier one; in
// one that is left out there is none.
func Instant(text string, zone *time.Location) (t time.Time, ok bool) {
	all := Instants(text, zone)
	if len(all) == 0 {
		return time.Time{}, false
	}
	return all[0], true
}

// Instants is Instant with both of an hour that comes twice, the earlier first.
func Instants(text string, zone *time.Location) []time.Time {
	m, ok := parseMoment(text)
	if !ok || m.iso.IsZero() {
		return nil
	}
	if m.offset || ZoneName(time.Time{}.In(zone)) == "" {
		return []time.Time{m.iso.UTC()}
	}
	found := localTimes(m.iso, zone)
	for i := range found {
		found[i] = found[i].UTC()
	}
	return found
}

// isoStamp parses an ISO 8601 date or time, in its offset.
func isoStamp(field string) (time.Time, bool) {
	if len(field) < 7 || len(field) > 40 || field[4] != '-' {
		return time.Time{}, false
	}
	if len(field) > 10 && field[10] == ' ' {
		b := []byte(field)
		b[10] = 'T'
		field = string(b)
	}
	for _, layout := range layouts {
		if v, err := time.ParseInLocation(layout, field, time.UTC); err == nil {
			year := v.UTC().Year()
			return v, year >= 1 && year <= 9999 && v.Year() >= 1 && v.Year() <= 9999 // what four digits can write back
		}
	}
	return time.Time{}, false
}

// moment is a date, a clock or both, as written.
type moment struct {
	iso     time.Time // whole, if the field is ISO 8601 or a period
	date    bool
	a, b    int // the numbers before the year, in the order of the text
	year    int
	settled bool // a is the day, b the month, whatever the order
	dots    bool // the date is written 13.7.2026
	clock   time.Duration
	timed   bool // there is a clock
	half    bool // it has AM or PM
	offset  bool // it says its offset from UTC
}

// exists tells that the calendar has the date if it is read in this order.
func (m *moment) exists(dayFirst bool) bool { return !m.iso.IsZero() || m.valid(dayFirst) }

// isTime tells a date or clock from other text.
func isTime(field string) bool {
	_, ok := parseMoment(field)
	return ok
}

// parseMoment reads ISO 8601; dates such as 7/4/2026, 13.07.26, 2026/07/13,
// 13-Jul-2026 or Jul 13, 2026; clocks such as 9:30, 21:30:05.25 or 1:00 PM;
// a date followed by a clock; and months, quarters and weeks, as their first days.
func parseMoment(field string) (m moment, ok bool) {
	if len(field) < 4 || len(field) > 40 {
		return m, false
	}
	if m.iso, ok = isoStamp(field); ok {
		m.date, m.timed = true, len(field) > 10
		m.offset = m.timed && strings.ContainsAny(field[10:], "Z+-")
		return m, true
	}
	date, ok := m.parseTimes(field)
	if ok && len(date) == 0 {
		return m, m.timed
	}
	m.date = true
	if ok && m.parseDate(strings.Join(date, " ")) {
		return m, true
	}
	m = moment{date: true}
	m.iso, ok = readPeriod(field)
	return m, ok
}

// parseTimes takes the time of day from the words of a moment, and leaves those of the
// date.
func (m *moment) parseTimes(field string) (date []string, ok bool) {
	words := strings.Fields(strings.ReplaceAll(field, ", ", " "))
	for i, word := range words {
		switch upper := strings.ToUpper(strings.ReplaceAll(word, ".", "")); {
		case strings.Contains(word, ":") && !m.timed:
			if m.clock, ok = parseClock(word); !ok {
				return nil, false
			}
			m.timed = true
		case (upper == "AM" || upper == "PM") && m.timed:
			if m.clock, ok = halfDay(m.clock, upper == "PM"); !ok {
				return nil, false
			}
			m.half = true
		case (upper == "UTC" || upper == "GMT" || upper == "Z") && i == len(words)-1 && m.timed:
			m.offset = true
		default:
			date = append(date, word)
		}
	}
	return date, true
}

// parseClock reads h:mm, h:mm:ss and fractions of seconds.
func parseClock(word string) (time.Duration, bool) {
	parts := strings.Split(strings.Replace(word, ",", ".", 1), ":")
	if len(parts) > 3 || len(parts[0]) > 2 || len(parts[1]) != 2 {
		return 0, false
	}
	h, ok := digits(parts[0])
	m, good := digits(parts[1])
	clock := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if !ok || !good || h > 24 || m > 59 {
		return 0, false
	}
	if len(parts) == 3 {
		whole, fraction, _ := strings.Cut(parts[2], ".")
		s, ok := digits(whole)
		if !ok || len(whole) != 2 || s > 60 || len(fraction) > 9 {
			return 0, false
		}
		clock += time.Duration(s) * time.Second
		if fraction != "" {
			f, ok := digits((fraction + "000000000")[:9])
			if !ok {
				return 0, false
			}
			clock += time.Duration(f)
		}
	}
	return clock, clock <= 24*time.Hour
}

// halfDay makes 12:30 AM the half hour after midnight and 1:00 PM one after noon.
func halfDay(clock time.Duration, afternoon bool) (time.Duration, bool) {
	const half = 12 * time.Hour
	if clock >= half+time.Hour {
		return 0, false
	}
	if clock >= half {
		clock -= half
	}
	if afternoon {
		clock += half
	}
	return clock, true
}

func digits(s string) (int, bool) {
	if s == "" || len(s) > 9 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	v, err := strconv.Atoi(s)
	return v, err == nil
}

// parseDate reads a day, a month and a year.
func (m *moment) parseDate(text string) bool {
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/.- ", r) })
	if len(parts) != 3 {
		return false
	}
	named := -1
	for i := range parts {
		if monthNumber(parts[i]) > 0 {
			named = i
		}
	}
	if named < 0 && strings.Count(text, ".")+strings.Count(text, "/")+strings.Count(text, "-") != 2 {
		return false
	}
	m.dots = strings.Contains(text, ".")
	v, ok := dateNumbers(parts, named)
	if !ok {
		return false
	}
	m.order(parts, v, named)
	if m.settled {
		return m.valid(true)
	}
	return (m.valid(true) || m.valid(false)) && (len(parts[2]) == 2 || len(parts[2]) == 4)
}

// dateNumbers are the parts of a date as numbers; named is which is the name of a
// month, −1 if none is.
func dateNumbers(parts []string, named int) (v [3]int, ok bool) {
	for i, p := range parts {
		if i == named {
			v[i] = monthNumber(p)
		} else if v[i], ok = digits(p); !ok || len(p) > 4 || len(p) == 3 {
			return v, false
		}
	}
	return v, true
}

// order tells year, month and day apart; a and b are the other two where both orders
// are possible.
func (m *moment) order(parts []string, v [3]int, named int) {
	switch {
	case len(parts[0]) == 4 && named != 0: // year, month, day
		m.settled, m.year, m.b, m.a = true, v[0], v[1], v[2]
		if named == 2 {
			m.a, m.b = m.b, m.a
		}
	case named == 0:
		m.settled, m.b, m.a, m.year = true, v[0], v[1], century(parts[2], v[2])
	case named == 1:
		m.settled, m.a, m.b, m.year = true, v[0], v[1], century(parts[2], v[2])
	default:
		m.a, m.b, m.year = v[0], v[1], century(parts[2], v[2])
	}
}

// century gives a year of two digits its century: 69 and later are of the 20th.
func century(text string, year int) int {
	switch {
	case len(text) > 2:
		return year
	case year >= 69:
		return 1900 + year
	}
	return 2000 + year
}

// monthNumber is that of a month's name, or of its beginning; 0 if it is none.
func monthNumber(word string) int {
	w := strings.ToLower(word)
	if len(w) < 3 {
		return 0
	}
	for i, names := range [12][]string{
		{"january", "januar"}, {"february", "februar"}, {"march", "märz", "mrz"}, {"april"}, {"may", "mai"}, {"june", "juni"}, {"july", "juli"},
		{"august"}, {"september", "sept"}, {"october", "oktober"}, {"november"}, {"december", "dezember"},
	} {
		for _, name := range names {
			if w == name || len(w) <= 4 && strings.HasPrefix(name, w) {
				return i + 1
			}
		}
	}
	return 0
}

// valid tells that there is such a day; dayFirst: a is the day.
func (m *moment) valid(dayFirst bool) bool {
	t := m.at(dayFirst)
	day, month := m.a, m.b
	if !dayFirst && !m.settled {
		day, month = month, day
	}
	return m.year >= 1 && m.year <= 9999 && t.Day() == day && int(t.Month()) == month
}

// at is the instant, UTC, of a moment with a date.
func (m *moment) at(dayFirst bool) time.Time {
	if !m.iso.IsZero() {
		return m.iso
	}
	day, month := m.a, m.b
	if !dayFirst && !m.settled {
		day, month = month, day
	}
	return time.Date(m.year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Add(m.clock)
}
