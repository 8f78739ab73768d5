package cli

import (
	"os"
	"strings"
	"testing"
)

var allFormats = []string{"tsv", "jsonl", "npz", "parquet", "xlsx"}

func TestConvertedDatesUnitsAndGapsAreTheSame(t *testing.T) {
	workplace(t)
	for name, text := range map[string]string{
		"gaps":        "time [s],speed [m/s],\"a, b\",u,id\n0,,1e-310,1,run 1\n0.1,-0,1.7976931348623157e+308,,run 1\n0.30000000000000004,3,,3,run 1\n0,5,6,7,2\n1,,,8,2\n",
		"millisecond": "when,x\n2024-03-31T00:59:59.999Z,1\n2024-03-31T01:00:00.5Z,2\n2024-03-31T01:00:01Z,3\n",
		"nanosecond":  "when,x\n2024-03-31T00:59:59.123456789Z,1\n2024-03-31T01:00:00.5Z,2\n2024-03-31T01:00:01Z,3\n",
		"centuries":   "when,x,id\n1066-10-14T09:00:00Z,1,a\n1969-07-20T20:17:40Z,2,a\n2525-01-01T00:00:00Z,3,a\n",
		"days":        "date,x\n2024-02-28T00:00:00Z,1\n2024-02-29T00:00:00Z,2\n2024-03-01T00:00:00Z,3\n",
	} {
		write(t, name+".csv", text)
		must(t, "convert", name+".csv", name+"-want.csv")
		want := read(t, name+"-want.csv")
		if want != text {
			t.Errorf("%s: as text it is\n%s, not\n%s", name, want, text)
		}
		for _, format := range allFormats {
			must(t, "convert", name+".csv", name+"-x."+format)
			must(t, "convert", name+"-x."+format, name+"-"+format+".csv")
			if got := read(t, name+"-"+format+".csv"); got != want {
				t.Errorf("%s as %s: \n%s, not\n%s", name, format, got, want)
			}
		}
	}
}

func TestConvertedFilesReadBackToTheSameBytes(t *testing.T) {
	workplace(t)
	must(t, "convert", "lotka-volterra.csv", "want.csv")
	want, err := os.ReadFile("want.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range allFormats {
		must(t, "convert", "lotka-volterra.csv", "x."+format)
		must(t, "convert", "x."+format, format+".csv")
		if got := read(t, format+".csv"); got != string(want) {
			t.Errorf("%s: other bytes:\n%.200s\nwant\n%.200s", format, got, want)
		}
	}
	for _, c := range [][2]string{{"want.csv", "there is a file want.csv"}, {"x.pdf", "it is one of .csv, .jsonl, .npz, .parquet, .tfevents, .tsv, .xlsx"}} {
		if o := entrain("convert", "lotka-volterra.csv", c[0]); o.code != 2 || !strings.Contains(o.err, c[1]) {
			t.Errorf("%s: exit code %d, %s", c[0], o.code, o.err)
		}
	}
	if o := entrain("check", "want.csv#Sheet1"); o.code != 2 || !strings.Contains(o.err+o.out, "no workbook") {
		t.Errorf("a sheet of a text: exit code %d, %s%s", o.code, o.out, o.err)
	}
}
