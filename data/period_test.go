package data

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// Months, quarters and weeks are read as the instants that ISO dates of their first days are,
// and written back as they were.
func TestPeriodsAreTheirFirstDaysAndStayAsWritten(t *testing.T) {
	first := time.Date(2008, 1, 1, 0, 0, 0, 0, time.UTC)
	monday := time.Date(2007, 12, 31, 0, 0, 0, 0, time.UTC) // of 2008-W01
	for _, c := range []struct {
		begins string // the first row
		next   func(k int) time.Time
		form   string
	}{
		{"2008-01", func(k int) time.Time { return first.AddDate(0, k, 0) }, "{YYYY}-{MM}"},
		{"2008-1", func(k int) time.Time { return first.AddDate(0, k, 0) }, "{YYYY}-{M}"},
		{"01/2008", func(k int) time.Time { return first.AddDate(0, k, 0) }, "{MM}/{YYYY}"},
		{"Jan 2008", func(k int) time.Time { return first.AddDate(0, k, 0) }, "{Mon} {YYYY}"},
		{"2008 Jan", func(k int) time.Time { return first.AddDate(0, k, 0) }, "{YYYY} {Mon}"},
		{"Jan-08", func(k int) time.Time { return first.AddDate(0, k, 0) }, "{Mon}-{YY}"},
		{"January 2008", func(k int) time.Time { return first.AddDate(0, k, 0) }, "{Month} {YYYY}"},
		{"Januar 2008", func(k int) time.Time { return first.AddDate(0, k, 0) }, "{Monat} {YYYY}"},
		{"Jan 08", nil, ""}, // a day as well
		{"Jan. 08", nil, ""},
		{"2008M01", func(k int) time.Time { return first.AddDate(0, k, 0) }, "{YYYY}M{MM}"},
		{"2008M1", func(k int) time.Time { return first.AddDate(0, k, 0) }, "{YYYY}M{M}"},
		{"2008Q1", func(k int) time.Time { return first.AddDate(0, 3*k, 0) }, "{YYYY}Q{Q}"},
		{"2008 Q1", func(k int) time.Time { return first.AddDate(0, 3*k, 0) }, "{YYYY} Q{Q}"},
		{"2008-Q1", func(k int) time.Time { return first.AddDate(0, 3*k, 0) }, "{YYYY}-Q{Q}"},
		{"Q1 2008", func(k int) time.Time { return first.AddDate(0, 3*k, 0) }, "Q{Q} {YYYY}"},
		{"1Q08", func(k int) time.Time { return first.AddDate(0, 3*k, 0) }, "{Q}Q{YY}"},
		{"2008-W01", func(k int) time.Time { return monday.AddDate(0, 0, 7*k) }, "{YYYY}-W{WW}"},
	} {
		if c.next == nil {
			if at, ok := readPeriod(c.begins); ok {
				t.Errorf("%s is read as %v", c.begins, at)
			}
			continue
		}
		f, ok := formOf(c.form)
		if !ok || f.write(c.next(0)) != c.begins {
			t.Errorf("%s: the form %s writes %s", c.begins, c.form, f.write(c.next(0)))
			continue
		}
		var text, plain strings.Builder
		text.WriteString("when,x\n")
		plain.WriteString("when,x\n")
		for k := range 60 { // over years of 52 and 53 weeks
			fmt.Fprintf(&text, "%s,%d\n", f.write(c.next(k)), k*k)
			fmt.Fprintf(&plain, "%s,%d\n", c.next(k).Format(time.RFC3339), k*k)
		}
		told := ""
		all, err := Read(strings.NewReader(text.String()), ReadOptions{Note: func(s string) { told += s }})
		if err != nil {
			t.Errorf("%s: %v", c.begins, err)
			continue
		}
		want, err := Read(strings.NewReader(plain.String()), ReadOptions{})
		if err != nil || !all[0].Epoch.Equal(want[0].Epoch) || all[0].TUnit != want[0].TUnit || !same(all[0].T, want[0].T) {
			t.Errorf("%s: %v since %v, want %v since %v; %v", c.begins, all[0].T, all[0].Epoch, want[0].T, want[0].Epoch, err)
		}
		var b bytes.Buffer
		if err := Write(&b, all, WriteOptions{}); err != nil || b.String() != text.String() {
			t.Errorf("%s: written as %.60q, %v", c.begins, b.String(), err)
		}
		if !strings.Contains(told, f.period()) {
			t.Errorf("%s: told %q", c.begins, told)
		}
	}
}

func same(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Times that are not the first of a period are not written as one, and names of other length do not
// matter.
func TestFormsAreLeftWhereTheySayLess(t *testing.T) {
	all, err := Read(strings.NewReader("m,x\nJan 2008,1\nSept 2008,2\nOctober 2008,3\n"), ReadOptions{})
	if err != nil || all[0].Dates != "{Mon} {YYYY}" {
		t.Fatal(all, err)
	}
	var b bytes.Buffer
	if err := Write(&b, all, WriteOptions{}); err != nil || b.String() != "m,x\nJan 2008,1\nSep 2008,2\nOct 2008,3\n" {
		t.Error(b.String(), err)
	}
	all[0].T[1] += 0.5
	b.Reset()
	if err := Write(&b, all, WriteOptions{}); err != nil || !strings.Contains(b.String(), "\n2008-01-01T00:00:00Z,1\n2008-09-01T12:00:00Z") {
		t.Error(b.String(), err)
	}
}

// Not every text with a number is a period.
func TestWhatIsNoPeriodIsNone(t *testing.T) {
	for _, text := range []string{"2008Q5", "2008Q0", "Q1", "2008-W54", "2009-W53x", "2007-W53", "2008-13", "13/2008", "M1 2008", "Jan", "Janus 2008", "May-1", "08-Jan", "A1 2008", "2008-00", "Q1 208"} {
		if at, ok := readPeriod(text); ok {
			t.Errorf("%s is %v", text, at)
		}
	}
}
