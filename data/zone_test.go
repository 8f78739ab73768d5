package data

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

// localRows writes instants each step from a UTC time on as clocks of a zone show them, one a line, the
// last first if that is wanted.
func localRows(t *testing.T, zone, from string, step time.Duration, n int, backwards bool) string {
	t.Helper()
	loc, err := Zone(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, from)
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, n)
	for k := range lines {
		i := k
		if backwards {
			i = n - 1 - k
		}
		lines[i] = fmt.Sprintf("%s,%d\n", at.Add(time.Duration(k)*step).In(loc).Format("2006-01-02 15:04"), k)
	}
	return "time,x\n" + strings.Join(lines, "")
}

func TestLocalTimesAreSpacedAsTheyWere(t *testing.T) {
	for _, c := range []struct {
		zone, from string
		step       time.Duration
		backwards  bool
		told       string
	}{
		{"Europe/Berlin", "2024-10-26T20:00:00Z", time.Hour, false, "back on 2024-10-27"},
		{"Europe/Berlin", "2024-10-26T20:00:00Z", 10 * time.Minute, false, "12 rows in an hour that comes twice"},
		{"Europe/Berlin", "2024-10-26T22:00:00Z", 10 * time.Minute, true, "12 rows"},
		{"Europe/Berlin", "2024-10-27T00:20:00Z", 10 * time.Minute, false, "10 rows"}, // begins in that hour
		{"Europe/Berlin", "2024-03-30T20:00:00Z", time.Hour, false, "forward on 2024-03-31"},
		{"Europe/Berlin", "2024-03-30T20:00:00Z", 15 * time.Minute, true, "forward on 2024-03-31"},
		{"Australia/Lord_Howe", "2024-04-06T10:00:00Z", 10 * time.Minute, false, "back on 2024-04-07"}, // by half an hour
		{"America/New_York", "2024-11-03T00:00:00Z", 30 * time.Minute, false, "back on 2024-11-03"},
	} {
		var notes []string
		text := localRows(t, c.zone, c.from, c.step, 60, c.backwards)
		all, err := Read(strings.NewReader(text), ReadOptions{File: "f", Timezone: c.zone, Note: func(s string) { notes = append(notes, s) }})
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		s := all[0]
		for k := range s.T {
			want, _ := time.Parse(time.RFC3339, c.from)
			if want = want.Add(time.Duration(k) * c.step); !Stamp(s.Epoch, s.T[k], s.TUnit).Equal(want) || s.X[k] != float64(k) {
				t.Errorf("%+v: row %d is at %v, not %v", c, k, Stamp(s.Epoch, s.T[k], s.TUnit), want)
				break
			}
		}
		if told := strings.Join(notes, "\n"); !strings.Contains(told, c.told) || !strings.Contains(told, c.zone) {
			t.Errorf("%+v: told %q", c, told)
		}
	}
}

// What is written in the zone has offsets, and is read again as the same instants.
func TestLocalTimesAreWrittenWithTheirOffsets(t *testing.T) {
	all, err := Read(strings.NewReader(localRows(t, "Europe/Berlin", "2024-10-27T00:00:00Z", time.Hour, 4, false)), ReadOptions{Timezone: "Europe/Berlin"})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(&b, all, WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	want := "time,x\n2024-10-27T02:00:00+02:00,0\n2024-10-27T02:00:00+01:00,1\n2024-10-27T03:00:00+01:00,2\n2024-10-27T04:00:00+01:00,3\n"
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
	again, err := Read(strings.NewReader(want), ReadOptions{Timezone: "America/New_York"}) // offsets stand
	if err != nil || !again[0].Epoch.Equal(all[0].Epoch) || ZoneName(again[0].Epoch) != "America/New_York" {
		t.Errorf("%v %v", again, err)
	}
}

func TestZonesThatCannotBeAreExplained(t *testing.T) {
	rows := "time,x\n2024-03-31 01:30,1\n2024-03-31 02:30,2\n2024-03-31 03:30,3\n"
	for _, c := range []struct{ text, zone, want string }{
		{rows, "Berlin", "Europe/Berlin"},
		{rows, "Local", "no time zone"},
		{rows, "../etc", "no time zone"},
		{rows, "Europe/Berlin", "does not exist"},
		{"time,x\n2024-10-27 02:00,1\n2024-10-27 02:30,1\n2024-10-27 02:00,2\n", "", "timezone=Europe/Berlin"},
		{"time,x\n2024-10-27 01:00,1\n2024-10-27 02:00,1\n2024-10-27 02:00,2\n", "", "timezone=Europe/Berlin"},
	} {
		if _, err := Read(strings.NewReader(c.text), ReadOptions{Timezone: c.zone}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("timezone=%s: %v", c.zone, err)
		}
	}
}

func TestDaysStayDaysInAnyZone(t *testing.T) {
	told := ""
	all, err := Read(strings.NewReader("date,x\n2024-03-30,1\n2024-03-31,2\n2024-04-01,3\n"), ReadOptions{Timezone: "Europe/Berlin", Note: func(s string) { told += s }})
	if err != nil || all[0].T[2] != 2 || all[0].TUnit != "d" || !strings.Contains(told, "changes nothing") {
		t.Errorf("%v %v %q", all, err, told)
	}
}

func TestInstantsOfAZone(t *testing.T) {
	berlin, err := Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2024-07-01T12:00": "2024-07-01T10:00:00Z", "2024-07-01T12:00+05:00": "2024-07-01T07:00:00Z", "2024-12-01": "2024-11-30T23:00:00Z", "2024-03-31T02:30": "",
	} {
		at, ok := Instant(text, berlin)
		if got := at.Format(time.RFC3339); ok != (want != "") || ok && got != want {
			t.Errorf("%s is %s", text, got)
		}
	}
}

// A file of a local clock is told by where it jumps; one that never does, or whose rows are merely
// missing, is not.
func TestClocksThatJumpAreTold(t *testing.T) {
	for _, c := range []struct {
		zone, from string
		step       time.Duration
		want       string
	}{
		{"Europe/Paris", "2024-03-30T20:00:00Z", time.Hour, "timezone=Europe/Berlin"},
		{"Europe/Paris", "2024-03-30T20:10:00Z", 20 * time.Minute, "timezone=Europe/Berlin"},
		{"America/Chicago", "2024-03-09T20:00:00Z", 3 * time.Hour, "timezone=America/New_York"},
		{"Europe/Berlin", "2024-10-26T22:00:00Z", 2 * time.Hour, "timezone=Europe/Berlin"}, // no hour comes twice in the rows
		{"Etc/GMT-1", "2024-03-30T20:00:00Z", time.Hour, ""},
	} {
		text, told := localRows(t, c.zone, c.from, c.step, 40, false), ""
		if _, err := Read(strings.NewReader(text), ReadOptions{Note: func(s string) { told += s }}); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		if c.want == "" && told != "" || !strings.Contains(told, c.want) {
			t.Errorf("%+v: told %q", c, told)
		}
	}
	rows := strings.SplitAfter(localRows(t, "UTC", "2024-03-30T20:00:00Z", time.Hour, 40, false), "\n")
	rows = append(rows[:20], rows[21:]...) // an hour is missing, on another one of the day
	told := ""
	if _, err := Read(strings.NewReader(strings.Join(rows, "")), ReadOptions{Note: func(s string) { told += s }}); err != nil || told != "" {
		t.Errorf("%v %q", err, told)
	}
}
