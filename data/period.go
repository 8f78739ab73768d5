package data

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// form is how weeks, months or quarters are written: parts in braces,
// such as {Mon} {YYYY}, {YYYY}Q{Q} or {YYYY}-W{WW}. A period is its first day.
type form struct {
	text   string
	pieces []string // literals, and names of parts in braces
}

// The parts: {YYYY} and {YY} years, {MM} and {M} months with and without a leading zero, {Q} quarters, {WW} weeks of ISO 8601 (then the year is that of the week), and names of months.
var monthNames = map[string][]string{
	"{Mon}":   {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	"{MON}":   {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"},
	"{mon}":   {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"},
	"{Mrz}":   {"Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"},
	"{Mär}":   {"Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"},
	"{Month}": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	"{Monat}": {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
}

// dateForms are all forms, the usual ones first.
var dateForms = allForms()

func allForms() []form {
	texts := []string{"{YYYY}-{MM}", "{YYYY}-{M}", "{YYYY}/{MM}", "{YYYY}/{M}", "{MM}/{YYYY}", "{M}/{YYYY}", "{MM}-{YYYY}"}
	for _, name := range []string{"{Mon}", "{Month}", "{Mrz}", "{Mär}", "{Monat}", "{MON}", "{mon}"} {
		for _, sep := range []string{" ", "-", "/", ".", ". "} {
			texts = append(texts, name+sep+"{YYYY}", "{YYYY}"+sep+name)
			if strings.Trim(sep, " ") == sep { // "Jan 08" is as well a day
				texts = append(texts, name+sep+"{YY}")
			}
		}
	}
	for _, sep := range []string{"", " ", "-", "/"} {
		for _, q := range []string{"Q", "q"} {
			texts = append(texts, "{YYYY}"+sep+q+"{Q}", "{Q}"+q+sep+"{YYYY}", "{Q}"+q+sep+"{YY}")
			if sep != "" {
				texts = append(texts, q+"{Q}"+sep+"{YYYY}", q+"{Q}"+sep+"{YY}")
			}
		}
		for _, month := range []string{"M{MM}", "M{M}", "m{MM}", "m{M}", "W{WW}", "w{WW}"} {
			texts = append(texts, "{YYYY}"+sep+month)
		}
	}
	texts = append(texts, "W{WW} {YYYY}", "W{WW}/{YYYY}", "W{WW}-{YYYY}")
	out := make([]form, len(texts))
	for i, text := range texts {
		out[i] = newForm(text)
	}
	return out
}

func newForm(text string) form {
	f := form{text: text}
	for text != "" {
		cut := strings.IndexByte(text, '{')
		if cut == 0 {
			cut = strings.IndexByte(text, '}') + 1
		}
		if cut < 0 {
			cut = len(text)
		}
		f.pieces, text = append(f.pieces, text[:cut]), text[cut:]
	}
	return f
}

// formOf is the form of that text; false if there is none.
func formOf(text string) (form, bool) {
	i := slices.IndexFunc(dateForms, func(f form) bool { return f.text == text })
	if i < 0 {
		return form{}, false
	}
	return dateForms[i], true
}

// has tells whether a part is in a form.
func (f *form) has(part string) bool { return slices.Contains(f.pieces, part) }

// write is an instant in the form.
func (f *form) write(at time.Time) string {
	year, week := at.Year(), 0
	if f.has("{WW}") {
		year, week = at.ISOWeek()
	}
	var b strings.Builder
	for _, p := range f.pieces {
		switch p {
		case "{YYYY}":
			fmt.Fprintf(&b, "%04d", year)
		case "{YY}":
			fmt.Fprintf(&b, "%02d", year%100)
		case "{MM}":
			fmt.Fprintf(&b, "%02d", at.Month())
		case "{M}":
			fmt.Fprintf(&b, "%d", at.Month())
		case "{Q}":
			fmt.Fprintf(&b, "%d", (at.Month()+2)/3)
		case "{WW}":
			fmt.Fprintf(&b, "%02d", week)
		default:
			if names := monthNames[p]; names != nil {
				p = names[at.Month()-1]
			}
			b.WriteString(p)
		}
	}
	return b.String()
}

// read is the first day of what a text of the form says; names of months are read in any case and
// length.
func (f *form) read(text string) (time.Time, bool) {
	year, month, week := 0, 1, 0
	number := func(least, most int) int {
		n := 0
		for n < len(text) && n < most && text[n] >= '0' && text[n] <= '9' {
			n++
		}
		v, ok := digits(text[:n])
		if !ok || n < least {
			return -1
		}
		text = text[n:]
		return v
	}
	for _, p := range f.pieces {
		ok := true
		switch p {
		case "{YYYY}":
			year = number(4, 4)
		case "{YY}":
			year = century("00", number(2, 2))
		case "{MM}":
			month = number(2, 2)
		case "{M}":
			month = number(1, 2)
		case "{Q}":
			if month = number(1, 1)*3 - 2; month > 10 {
				return time.Time{}, false
			}
		case "{WW}":
			week = number(2, 2)
			ok = week > 0
		default:
			text, month, ok = literal(p, text, month)
		}
		if !ok {
			return time.Time{}, false
		}
	}
	if text != "" {
		return time.Time{}, false
	}
	return periodStart(year, month, week)
}

// literal takes what stands between numbers from a text: the same, or the name of a month.
func literal(p, text string, month int) (rest string, m int, ok bool) {
	if monthNames[p] == nil {
		rest, ok = strings.CutPrefix(text, p)
		return rest, month, ok
	}
	end := strings.IndexFunc(text, func(r rune) bool { return strings.ContainsRune("0123456789 -/.", r) })
	if end < 0 {
		end = len(text)
	}
	m = monthNumber(text[:end])
	return text[end:], m, m > 0
}

// periodStart is the first day of a month, or of a week of ISO 8601, if there is one of these numbers.
func periodStart(year, month, week int) (time.Time, bool) {
	if year < 1 || month < 1 || month > 12 {
		return time.Time{}, false
	}
	if week == 0 {
		return time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC), true
	}
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC) // which is in week 1
	at := fourth.AddDate(0, 0, 7*(week-1)-(int(fourth.Weekday())+6)%7)
	y, w := at.ISOWeek()
	return at, y == year && w == week
}

// longestPeriod is how many bytes a date of a week, month or quarter has at most.
const longestPeriod = len("September. 2008")

// readPeriod reads the week, month or quarter that a field names, as its first day.
func readPeriod(field string) (time.Time, bool) {
	if len(field) < 6 && !strings.ContainsAny(field, "Qq") || len(field) > longestPeriod || !strings.ContainsAny(field, "0123456789") {
		return time.Time{}, false
	}
	for i := range dateForms {
		if at, ok := dateForms[i].read(field); ok {
			return at, true
		}
	}
	return time.Time{}, false
}

// narrow leaves the forms in which an instant is written like a field; nil: all of them.
func narrow(forms []form, field string, at time.Time) []form {
	if forms == nil {
		forms = dateForms
	}
	var out []form
	for _, f := range forms {
		if f.write(at) == field {
			out = append(out, f)
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, f := range forms { // names of months may be longer or shorter
		if again, ok := f.read(field); ok && again.Equal(at) {
			out = append(out, f)
		}
	}
	return append([]form{}, out...)
}

// period is what the dates of a form are.
func (f *form) period() string {
	switch {
	case f.has("{WW}"):
		return "week"
	case f.has("{Q}"):
		return "quarter"
	}
	return "month"
}

// PeriodMonths is how many months lie between dates that follow each other in a form (Series.Dates):
// 1 or 3; 0 of others.
func PeriodMonths(dates string) int {
	f, ok := formOf(dates)
	if !ok {
		return 0
	}
	return map[string]int{"month": 1, "quarter": 3}[f.period()]
}

// Dated is an instant as dates of a form (Series.Dates) are written, if it is one of them, else in
// ISO 8601 with a clock.
func Dated(at time.Time, dates string) string {
	if f, ok := formOf(dates); ok && f.exact(at) {
		return f.write(at)
	}
	return at.Format(time.RFC3339Nano)
}

// exact tells that an instant is the first of what it is written as.
func (f *form) exact(at time.Time) bool {
	again, ok := f.read(f.write(at))
	_, offset := at.Zone()
	return ok && offset == 0 && again.Equal(at)
}
