package data

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// dialectFile is a table as some program writes it.
type dialectFile struct {
	name       string
	sep        string
	comma      bool // decimal
	missing    string
	when       func(k int) string // nil: numbers
	head, tail string
	crlf       bool
	zone       string
	bom        bool
	quoted     bool
}

// dialects are files of many programs and clinics, calendars and loggers.
func dialects() (all []dialectFile) {
	day := func(layout string, step time.Duration) func(k int) string {
		return func(k int) string {
			return time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(k) * step).Format(layout)
		}
	}
	month := func(layout string) func(k int) string {
		return func(k int) string { return time.Date(2008, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, k, 0).Format(layout) }
	}
	quarter := func(text string) func(k int) string {
		return func(k int) string { return fmt.Sprintf(text, 2008+k/4, 1+k%4) }
	}
	whens := []func(k int) string{nil,
		day("2006-01-02", 24*time.Hour), day("2006-01-02 15:04", time.Hour), day("2006-01-02T15:04:05Z", time.Minute), day("02.01.2006 15:04", 12*time.Hour),
		day("1/2/2006 3:04 PM", 6*time.Hour), day("2006-01-02T15:04:05+02:00", time.Hour), day("02-Jan-2006", 24*time.Hour), day("15:04:05.000", time.Second),
		month("Jan 2006"), month("2006-01"), month("2006M01"), month("Jan-06"), month("January 2006"), quarter("%[1]dQ%[2]d"), quarter("Q%[2]d %[1]d"),
		func(k int) string { return fmt.Sprintf("2020-W%02d", k+1) },
		func(k int) string { return fmt.Sprint(1990 + k) },
	}
	seps, missing := []string{",", ";", "\t", "|"}, []string{"", "NA", ".", "-", "NaN", "n/a"}
	for i, when := range whens {
		for j := range 3 {
			n := 3*i + j
			f := dialectFile{name: fmt.Sprintf("%d-%d", i, j), sep: seps[n%4], missing: missing[n%6], when: when, crlf: n%2 == 1, bom: n%5 == 0, quoted: n%7 == 3}
			f.comma = f.sep != "," && n%3 == 1
			if n%4 == 2 {
				f.head, f.tail = "# written by a program\n", strings.Repeat(f.sep, 2)+"\n"
			}
			if i == 2 && j == 1 {
				f.zone = "Europe/Berlin"
			}
			all = append(all, f)
		}
	}
	return all
}

// text is the file of rows; NaN is missing.
func (f *dialectFile) text(x [][2]float64) string {
	number := func(v float64) string {
		if math.IsNaN(v) {
			return f.missing
		}
		text := fmt.Sprint(v)
		if f.comma {
			text = strings.Replace(text, ".", ",", 1)
		}
		if f.quoted {
			text = `"` + text + `"`
		}
		return text
	}
	b := f.head + strings.Join([]string{"time", "x [mg/l]", "y"}, f.sep) + "\n"
	for k, row := range x {
		when := number(0.1 * float64(k))
		if f.when != nil {
			when = f.when(k)
		}
		b += when + f.sep + number(row[0]) + f.sep + number(row[1]) + "\n"
	}
	b += f.tail
	if f.crlf {
		b = strings.ReplaceAll(b, "\n", "\r\n")
	}
	if f.bom {
		b = "\ufeff" + b
	}
	return b
}

// Whatever the dialect, values and instants are those of the rows to the bit, and what is written is
// read back to the same recordings.
func TestFilesOfManyDialectsAreReadAndWrittenToTheBit(t *testing.T) {
	r := rand.New(rand.NewPCG(40, 1))
	all := dialects()
	if len(all) < 40 {
		t.Fatalf("%d dialects", len(all))
	}
	for i := range all {
		f := &all[i]
		var x [][2]float64
		for k := range 24 {
			row := [2]float64{math.Round(1e5*r.NormFloat64()) / 1e4, r.Float64() * math.Pow(10, float64(k%7))}
			if k%9 == 4 {
				row[k%2] = math.NaN()
			}
			x = append(x, row)
		}
		text := f.text(x)
		o := ReadOptions{File: f.name, Timezone: f.zone}
		s, err := Read(strings.NewReader(text), o)
		if err != nil {
			t.Errorf("%s: %v\n%.200s", f.name, err, text)
			continue
		}
		if len(s) != 1 || s[0].Len() != len(x) || len(s[0].Names) != 2 || s[0].Units[0] != "mg/l" {
			t.Errorf("%s: %+v\n%.200s", f.name, s, text)
			continue
		}
		for k := range x {
			for c := range 2 {
				if got, want := s[0].X[2*k+c], x[k][c]; math.Float64bits(got) != math.Float64bits(want) && !(math.IsNaN(got) && math.IsNaN(want)) {
					t.Errorf("%s: row %d is %v, not %v", f.name, k, got, want)
				}
			}
		}
		var b bytes.Buffer
		if err := Write(&b, s, WriteOptions{}); err != nil {
			t.Error(err)
		}
		again, err := Read(bytes.NewReader(b.Bytes()), o)
		if err != nil || !again[0].Epoch.Equal(s[0].Epoch) || again[0].TUnit != s[0].TUnit || !same(again[0].T, s[0].T) || fmt.Sprint(again[0].X) != fmt.Sprint(s[0].X) || again[0].Dates != s[0].Dates {
			t.Errorf("%s: read back as %.300v, %v\n%.300s", f.name, again, err, b.String())
		}
		for k := range x { // labels of periods, and years, come back as they were
			if rows := strings.Split(b.String(), "\n"); s[0].Dates != "" && !strings.HasPrefix(rows[k+1], f.when(k)+",") {
				t.Errorf("%s: %s is written as %s", f.name, f.when(k), rows[k+1])
			}
		}
	}
}
