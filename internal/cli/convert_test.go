package cli

import (
	"os"
	"strings"
	"testing"
)

func TestConvertedFilesReadBackToTheSameBytes(t *testing.T) {
	workplace(t)
	must(t, "convert", "lotka-volterra.csv", "want.csv")
	want, err := os.ReadFile("want.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"tsv", "jsonl", "npz"} {
		must(t, "convert", "lotka-volterra.csv", "x."+format)
		must(t, "convert", "x."+format, format+".csv")
		got, err := os.ReadFile(format + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s: other bytes:\n%.200s\nwant\n%.200s", format, got, want)
		}
	}
	for _, c := range [][2]string{{"want.csv", "there is a file want.csv"}, {"x.pdf", "it is one of .csv, .jsonl, .npz, .tfevents, .tsv"}} {
		if o := entrain("convert", "lotka-volterra.csv", c[0]); o.code != 2 || !strings.Contains(o.err, c[1]) {
			t.Errorf("%s: exit code %d, %s", c[0], o.code, o.err)
		}
	}
	if o := entrain("check", "want.csv#Sheet1"); o.code != 2 || !strings.Contains(o.err+o.out, "no workbook") {
		t.Errorf("a sheet of a text: exit code %d, %s%s", o.code, o.out, o.err)
	}
}
