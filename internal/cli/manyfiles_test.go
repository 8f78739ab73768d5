package cli

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// Rows of the table that files of other dialects hold: time, x, y.
var manyRows = [][3]string{{"0", "1.5", "-2"}, {"0.5", "1.25", "-1.75"}, {"1", "0.75", "1000.5"}, {"1.5", "0", "3"}, {"2", "-1", "2.125"}, {"2.5", "-2", "1"}}

// ofRows writes the rows with a format of three verbs each, decimals changed by edit.
func ofRows(head, format string, edit func(string) string) string {
	var b strings.Builder
	b.WriteString(head)
	for _, r := range manyRows {
		fmt.Fprintf(&b, format, edit(r[0]), edit(r[1]), edit(r[2]))
	}
	return b.String()
}

func asIs(s string) string    { return s }
func comma(s string) string   { return strings.ReplaceAll(s, ".", ",") }
func grouped(s string) string { return strings.ReplaceAll(s, "1000.5", "1,000.5") }

// ofInstants writes the rows with an instant made of the number of half seconds.
func ofInstants(head, format string, last func(i int) string) string {
	var b strings.Builder
	b.WriteString(head)
	for i, r := range manyRows {
		fmt.Fprintf(&b, format, last(i), r[1], r[2])
	}
	return b.String()
}

func utf16Text(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// Files that are read as they are: all hold the rows above.
func manyReadable() map[string]string {
	return map[string]string{
		"plain.csv":              ofRows("t,x,y\n", "%s,%s,%s\n", asIs),
		"carriage.csv":           ofRows("t,x,y\r\n", "%s,%s,%s\r\n", asIs),
		"no-newline-at-end.csv":  strings.TrimSpace(ofRows("t,x,y\n", "%s,%s,%s\n", asIs)),
		"bom.csv":                "\ufeff" + ofRows("t,x,y\n", "%s,%s,%s\n", asIs),
		"utf16.csv":              utf16Text(ofRows("t,x,y\n", "%s,%s,%s\n", asIs)),
		"semicolons.csv":         ofRows("t;x;y\n", "%s;%s;%s\n", asIs),
		"decimal-comma.csv":      ofRows("t;x;y\n", "%s;%s;%s\n", comma),
		"tabs.tsv":               ofRows("t\tx\ty\n", "%s\t%s\t%s\n", asIs),
		"tabs-comma.tsv":         ofRows("t\tx\ty\n", "%s\t%s\t%s\n", comma),
		"blanks.dat":             ofRows("t  x   y\n", " %s   %s  %s\n", asIs),
		"bars.txt":               ofRows("t|x|y\n", "%s|%s|%s\n", asIs),
		"quoted.csv":             ofRows("\"t\",\"x\",\"y\"\n", "\"%s\",\"%s\",\"%s\"\n", asIs),
		"quoted-comma.csv":       ofRows("t,x,y\n", "\"%s\",\"%s\",\"%s\"\n", comma),
		"thousands.csv":          ofRows("t;x;y\n", "%s;%s;%s\n", grouped),
		"sep-line.csv":           ofRows("sep=;\nt;x;y\n", "%s;%s;%s\n", comma),
		"comments.csv":           ofRows("# logger 7\n# rate 2 Hz\nt,x,y\n", "%s,%s,%s\n", asIs),
		"commented-head.dat":     ofRows("# t x y\n", "%s %s %s\n", asIs),
		"preamble.csv":           ofRows("Logger 7\nstation north\n\nt,x,y\n", "%s,%s,%s\n", asIs),
		"blank-lines.csv":        ofRows("t,x,y\n", "%s,%s,%s\n\n", asIs),
		"trailing-separator.csv": ofRows("t,x,y,\n", "%s,%s,%s,\n", asIs),
		"empty-columns.csv":      ofRows("t,x,y,,\n", "%s,%s,%s,,\n", asIs),
		"rows-of-nothing.csv":    ofRows("t,x,y\n", "%s,%s,%s\n", asIs) + ",,\n,,\n",
		"spaces.csv":             ofRows("t , x , y\n", "%s , %s , %s\n", asIs),
		"exponents.csv":          strings.ReplaceAll(ofRows("t,x,y\n", "%s,%s,%s\n", asIs), "1000.5", "1.0005E+03"),
		"latest-first.csv":       "t,x,y\n2.5,-2,1\n2,-1,2.125\n1.5,0,3\n1,0.75,1000.5\n0.5,1.25,-1.75\n0,1.5,-2\n",
		"tidy.csv":               ofRows("t,variable,value\n", "%[1]s,x,%[2]s\n%[1]s,y,%[3]s\n", asIs),
		"lines.jsonl":            ofRows("", "{\"t\": %s, \"x\": %s, \"y\": %s}\n", asIs),
		"nested.ndjson":          ofRows("", "{\"t\": %s, \"x\": %s, \"y\": %s, \"s\": null}\n", asIs),
		"counted.csv":            ",t,x,y\n0,0,1.5,-2\n1,0.5,1.25,-1.75\n2,1,0.75,1000.5\n3,1.5,0,3\n4,2,-1,2.125\n5,2.5,-2,1\n",
		"order.csv":              ofRows("y,t,x\n", "%[3]s,%[1]s,%[2]s\n", asIs),
	}
}

func TestManyFilesAreReadAsTheyAre(t *testing.T) {
	workplace(t)
	want := ofRows("t,x,y\n", "%s,%s,%s\n", asIs)
	for name, text := range manyReadable() {
		write(t, name, text)
		if o := entrain("convert", name, name+".out.csv", "states=x,y"); o.code != 0 {
			t.Errorf("%s: exit %d, %s", name, o.code, o.err)
			continue
		}
		got := read(t, name+".out.csv")
		if name == "order.csv" {
			got = strings.Replace(got, "t,y,x", "t,x,y", 1)
			rows := strings.Split(strings.TrimSpace(got), "\n")
			for i := range rows[1:] {
				f := strings.Split(rows[i+1], ",")
				rows[i+1] = f[0] + "," + f[2] + "," + f[1]
			}
			got = strings.Join(rows, "\n") + "\n"
		}
		if got != want {
			t.Errorf("%s is read as\n%s", name, got)
		}
	}
}

func TestManyDatesAreReadAsTheyAre(t *testing.T) {
	workplace(t)
	want := "0,1.5\n1,1.25\n2,0.75\n3,0\n4,-1\n5,-2\n" // hours or days since the first
	for name, text := range map[string]string{
		"iso.csv":       ofInstants("when,x,y\n", "2026-03-01T%s:00:00Z,%s,%s\n", func(i int) string { return fmt.Sprintf("%02d", 10+i) }),
		"offset.csv":    ofInstants("when,x,y\n", "2026-03-01 %s:00:00+01:00,%s,%s\n", func(i int) string { return fmt.Sprintf("%02d", 10+i) }),
		"dots.csv":      ofInstants("when,x,y\n", "%s.03.2026,%s,%s\n", func(i int) string { return fmt.Sprintf("%02d", 1+i) }),
		"day-first.csv": ofInstants("when,x,y\n", "%s/03/2026,%s,%s\n", func(i int) string { return fmt.Sprint(10 + i) }),
		"us.csv":        ofInstants("when,x,y\n", "03/%s/2026,%s,%s\n", func(i int) string { return fmt.Sprint(10 + i) }),
		"ampm.csv":      ofInstants("when,x,y\n", "3/1/2026 %s:00 PM,%s,%s\n", func(i int) string { return fmt.Sprint(1 + i) }),
		"names.csv":     ofInstants("when,x,y\n", "%s Mar 2026,%s,%s\n", func(i int) string { return fmt.Sprint(1 + i) }),
		"two.csv":       ofInstants("date,time,x,y\n", "2026-03-01,%s:00,%s,%s\n", func(i int) string { return fmt.Sprint(10 + i) }),
		"midnight.csv":  ofInstants("clock,x,y\n", "%s:00,%s,%s\n", func(i int) string { return fmt.Sprintf("%02d", (21+i)%24) }),
	} {
		write(t, name, text)
		o := entrain("convert", name, name+".jsonl", "states=x")
		if o.code != 0 {
			t.Errorf("%s: exit %d, %s", name, o.code, o.err)
			continue
		}
		if o = entrain("check", name, "states=x", "--json"); !strings.Contains(o.out, `"ok"`) {
			t.Errorf("%s: %s", name, o.out)
		}
		if n := strings.Count(read(t, name+".jsonl"), "\n"); n != strings.Count(want, "\n") {
			t.Errorf("%s: %d rows", name, n)
		}
	}
}

func TestManyFilesGetOneQuestion(t *testing.T) {
	workplace(t)
	for _, c := range []struct{ name, text, question string }{
		{"ambiguous.csv", ofInstants("when,x,y\n", "01/02/20%s,%s,%s\n", func(i int) string { return fmt.Sprint(20 + i) }), "say dates=day-first or dates=month-first"},
		{"unclear.csv", "t,x\n1,\"1,500\"\n2,\"2,250\"\n3,\"3,125\"\n4,\"2,100\"\n", "say decimal=comma or decimal=point"},
		{"no-time.csv", "x,y\n1,2\n0,3\n1,2\n0,5\n", "row_step="},
		{"shuffled.csv", "t,x\n0,1\n3,2\n1,3\n2,4\n", "sort=true"},
		{"repeated.csv", "t,x\n0,1\n1,2\n1,3\n2,4\n", "duplicates=mean|first|shift"},
		{"words.csv", "t,x\n0,1\n1,off\n2,3\n", "ignore=x"},
		{"arrow.feather", "ARROW1\x00\x00abcdefgh", "pandas.read_feather('arrow.feather').to_parquet"},
		{"duck.db", "\x01\x02\x03\x04\x05\x06\x07\x08DUCK\x40\x00\x00\x00", "duckdb duck.db -c"},
		{"new.mat", "MATLAB 7.3 MAT-file, Platform: GLNXA64", "'-v7')"},
		{"h5.h5", "\x89HDF\r\n\x1a\n        ", "h5py.File('h5.h5')"},
		{"cut.parquet", "PAR1abcdefghijkl", "cut short"},
	} {
		write(t, c.name, c.text)
		o := entrain("check", c.name)
		if o.code != 2 || strings.Count(o.out, "error:") != 1 || !strings.Contains(o.out, c.question) {
			t.Errorf("%s: exit %d, %s%s; want one question with %s", c.name, o.code, o.out, o.err, c.question)
		}
	}
}
