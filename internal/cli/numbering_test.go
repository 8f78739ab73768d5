package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is wrong in a table whose names stand elsewhere is told with its row, counted from 1; in one
// whose names are its first line, with its line.
func TestRowsAreCountedAsTheyStandInTheFile(t *testing.T) {
	workplace(t)
	write(t, "bad.jsonl", `{"t":0,"x":1}`+"\n"+`{"t":1,"x":2}`+"\n"+`{"t":2,"x":"abc"}`+"\n")
	write(t, "bad.csv", "t,x\n0,1\n1,2\n2,abc\n")
	for file, want := range map[string]string{"bad.jsonl": "line 3, column", "bad.csv": "line 4, column"} {
		if o := entrain("check", file); o.code != 2 || !strings.Contains(o.out, want) {
			t.Errorf("%s: code %d, %s; want %s", file, o.code, o.out, want)
		}
	}
}

// A link that leads nowhere is not passed over, as the file behind it would be missed.
func TestLinksThatLeadNowhereAreTold(t *testing.T) {
	workplace(t)
	if err := os.Mkdir("trials", 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join("trials", "a.csv"), falling())
	if err := os.Symlink("gone.csv", filepath.Join("trials", "b.csv")); err != nil {
		t.Skip(err)
	}
	for _, data := range []string{"trials", filepath.Join("trials", "*.csv")} {
		if o := entrain("check", data); o.code != 2 || !strings.Contains(o.out+o.err, "b.csv is a link that leads nowhere (to gone.csv)") {
			t.Errorf("%s: code %d, %s%s", data, o.code, o.out, o.err)
		}
	}
	if err := os.Symlink("a.csv", filepath.Join("trials", "c.csv")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join("trials", "b.csv")); err != nil {
		t.Fatal(err)
	}
	must(t, "check", "trials")
}
