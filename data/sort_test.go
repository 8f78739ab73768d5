package data

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestRowsThatComeLatestFirstArePutInOrder(t *testing.T) {
	for _, c := range []struct {
		text string
		o    ReadOptions
	}{
		{"t,x,id\n2,3,a\n1,2,a\n0,1,a\n1,5,b\n0,4,b\n", ReadOptions{}},
		{"t,x,id\n1,2,a\n1,5,b\n0,1,a\n0,4,b\n2,3,a\n", ReadOptions{Sort: true}},
	} {
		told := ""
		c.o.Note = func(text string) { told += text }
		got, err := Read(strings.NewReader(c.text), c.o)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if len(got) != 2 || !reflect.DeepEqual(got[0].X, []float64{1, 2, 3}) || !reflect.DeepEqual(got[1].T, []float64{0, 1}) || !strings.Contains(told, "in the order of time") {
			t.Errorf("%q: %+v, told %q", c.text, got, told)
		}
	}
}

func TestOffsetsFromUTCAreWrittenBack(t *testing.T) {
	for text, want := range map[string]string{
		"when,x\n2024-07-01T10:00:00+02:00,1\n2024-07-01T11:00:00+02:00,2\n": "",
		// The clock goes back: both rows say 02:30.
		"when,x\n2024-10-27T02:30:00+02:00,1\n2024-10-27T02:30:00+01:00,2\n": "when,x\n2024-10-27T00:30:00Z,1\n2024-10-27T01:30:00Z,2\n",
	} {
		if want == "" {
			want = text
		}
		all, err := Read(strings.NewReader(text), ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := Write(&b, all, WriteOptions{}); err != nil || b.String() != want {
			t.Errorf("%q is written back as %q, %v", text, b.String(), err)
		}
		if all[0].T[1] != 1 || all[0].TUnit != "h" {
			t.Errorf("%q: the second row is at %g %s", text, all[0].T[1], all[0].TUnit)
		}
	}
}

func TestSettledOptionsReadTheSame(t *testing.T) {
	const text = "Zeit;u;x (m);nr\n01.02.2026 10:00;1,5;2,25;7\n01.02.2026 11:00;2,5;3;7\n"
	var found ReadOptions
	first, err := Read(strings.NewReader(text), ReadOptions{ID: "nr", Inputs: []string{"u"}, Settled: func(o ReadOptions) { found = o }})
	if err != nil {
		t.Fatal(err)
	}
	if found.Time != "Zeit" || found.Decimal != DecimalComma || found.Dates != DayFirst || !reflect.DeepEqual(found.States, []string{"x"}) {
		t.Errorf("%+v", found)
	}
	found.Settled = nil
	again, err := Read(strings.NewReader(text), found)
	if err != nil || !reflect.DeepEqual(first, again) {
		t.Errorf("%+v, not %+v (%v)", again, first, err)
	}
	if first[0].Epoch.Location() != time.UTC {
		t.Errorf("the zone is %v", first[0].Epoch.Location())
	}
}

// The unit of dates is that of the rows as they stay: put in order, told apart, without those left out.
func TestUnitOfDatesIsOfTheRowsThatStay(t *testing.T) {
	const hour = "2024-01-01T0"
	for _, c := range []struct {
		text, unit string
		o          ReadOptions
	}{
		{"date,x\n2024-01-03,3\n2024-01-02,2\n2024-01-01,1\n", "d", ReadOptions{}},
		{"when,x\n" + hour + "5:00,3\n" + hour + "1:00,2\n2024-01-03T00:00,4\n" + hour + "4:00,1\n" + hour + "2:00,3\n" + hour + "3:00,3\n", "h", ReadOptions{Sort: true}},
		{"when,x\n" + hour + "1:00,3\n" + hour + "1:00,2\n" + hour + "1:00,2\n" + hour + "2:00,1\n", "h", ReadOptions{Duplicates: "first"}},
		{"date,x,id\n2024-01-01,1,a\n2024-01-02,1,a\n2023-01-01,1,b\n2023-01-02,1,b\n2022-01-02,1,c\n2022-01-03,1,c\n", "d", ReadOptions{}},
	} {
		got, err := Read(strings.NewReader(c.text), c.o)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if s := got[0]; s.TUnit != c.unit || s.T[1]-s.T[0] != 1 {
			t.Errorf("%q: %v %s, want steps of 1 %s", c.text, s.T, s.TUnit, c.unit)
		}
	}
}
