package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// filterFit is the run folder of the first filterRun.
var filterFit fs.FS

// filterRun is a fitted model of a decaying column pushed by an input, in a folder of its own.
func filterRun(t *testing.T) (run, text string) {
	t.Helper()
	dir := t.TempDir()
	text = "t,y,u\n"
	y := 1.0
	for k := range 60 {
		at := 0.1 * float64(k)
		u := math.Sin(at)
		text += fmt.Sprintf("%.4g,%.10g,%.10g\n", at, y, u)
		for j := range 50 {
			y += 0.002 * (-y + math.Sin(at+0.002*float64(j)))
		}
	}
	rows := filepath.Join(dir, "rows.csv")
	if err := os.WriteFile(rows, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run = filepath.Join(dir, "run")
	if filterFit == nil {
		must(t, "fit", rows, "inputs=u", "model=linear", "members=1", "--out", run)
		filterFit = held(t, run)
	} else if err := os.CopyFS(run, filterFit); err != nil {
		t.Fatal(err)
	}
	return run, text
}

// held are the files of a folder, in memory.
func held(t *testing.T, dir string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range strings.Fields(listing(t, dir)) {
		files[name] = &fstest.MapFile{Data: []byte(read(t, filepath.Join(dir, name))), Mode: 0o644}
	}
	return files
}

// piped runs a command with a text on its standard input.
func piped(text string, args ...string) outcome {
	return withEnv(Env{Args: args, Interrupt: never, Stdin: strings.NewReader(text)})
}

// A stream cut in two, with garbage in between, ends where the whole one does, to the bit.
func TestFilterGoesOnWhereItEnded(t *testing.T) {
	run, text := filterRun(t)
	o := piped(text, "filter", run)
	if o.code != 0 {
		t.Fatal(o.err)
	}
	whole := o.out
	state := filepath.Join(t.TempDir(), "state")
	lines := strings.SplitAfter(text, "\n")
	first := piped(strings.Join(lines[:30], ""), "filter", run, "--state", state)
	second := piped(lines[0]+"garbage\n1,2,three\n"+strings.Join(lines[30:], ""), "filter", run, "--state", state)
	if second.code != 0 || !strings.Contains(second.err, "line 3 is skipped") {
		t.Errorf("exit code %d, told %q", second.code, second.err)
	}
	_, rest, _ := strings.Cut(second.out, "\n")
	if first.out+rest != whole {
		t.Errorf("two parts give\n%s\nthe whole\n%s", first.out+rest, whole)
	}
	if n := strings.Count(whole, "\n"); n != 61 {
		t.Errorf("%d lines, want a head and 60 rows", n)
	}
	s, err := data.Read(strings.NewReader(whole), data.ReadOptions{States: []string{"y"}})
	if err != nil {
		t.Fatal(err)
	}
	given, err := data.Read(strings.NewReader(text), data.ReadOptions{Inputs: []string{"u"}})
	if err != nil {
		t.Fatal(err)
	}
	for k := range s[0].T {
		if d := math.Abs(s[0].X[k] - given[0].X[k]); d > 0.02 {
			t.Fatalf("row %d is followed with an error of %.3g", k, d)
		}
	}
}

func TestFilterRefusesOtherStreams(t *testing.T) {
	run, text := filterRun(t)
	for _, c := range []struct{ name, text, want string }{
		{"no input", "t,y\n0,1\n", `no column "u"`},
		{"no time", "y,u\n0,1\n", `no column "t"`},
		{"empty", "", "the stream is empty"},
		{"nothing readable", "t,y,u\na,b,c\n", "no row of the stream could be read"},
	} {
		if o := piped(c.text, "filter", run); o.code != 2 || !strings.Contains(o.err, c.want) {
			t.Errorf("%s: exit code %d, %q does not say %q", c.name, o.code, o.err, c.want)
		}
	}
	if o := piped(text, "filter", run, "--kind", "magic"); o.code != 2 || !strings.Contains(o.err, "extended, unscented or horizon") {
		t.Errorf("exit code %d, %q", o.code, o.err)
	}
}

// A value that no recording like it can hold is skipped, first or later, and no infinity is printed.
func TestFilterSkipsWhatIsFarFromAnything(t *testing.T) {
	run, text := filterRun(t)
	lines := strings.SplitAfter(text, "\n")
	cells := strings.Split(strings.TrimSpace(lines[1]), ",")
	for i := 1; i < len(cells); i++ {
		cells[i] = "1e308"
	}
	far := strings.Join(cells, ",") + "\n"
	for _, at := range []int{1, 5} {
		cells[0] = strings.Split(lines[at], ",")[0]
		far = cells[0] + far[strings.Index(far, ","):]
		o := piped(strings.Join(lines[:at], "")+far+strings.Join(lines[at:], ""), "filter", run, "--state", filepath.Join(t.TempDir(), "state"))
		if o.code != 0 || strings.Contains(o.out, "Inf") || strings.Contains(o.out, "NaN") || !strings.Contains(o.err, "million deviations") {
			t.Errorf("in line %d: exit %d\n%.300s\n%.300s", at+1, o.code, o.err, o.out)
		}
	}
}

// A stream given again, with more rows or the same, is not taken in twice.
func TestFilterTakesNoRowTwice(t *testing.T) {
	run, text := filterRun(t)
	whole := piped(text, "filter", run).out
	lines := strings.SplitAfter(text, "\n")
	double := strings.Join(lines[:31], "") + lines[30] // two rows at the last time
	for name, part := range map[string]string{"one row a time": strings.Join(lines[:31], ""), "two at the last time": double} {
		state := filepath.Join(t.TempDir(), "state")
		first := piped(part, "filter", run, "--state", state)
		before := read(t, state)
		again := piped(part, "filter", run, "--state", state)
		if again.code != 0 || strings.Count(again.out, "\n") != 1 || !strings.Contains(again.err, "had been taken in before") || read(t, state) != before {
			t.Errorf("%s: given again: exit %d, %s\n%s", name, again.code, again.err, again.out)
		}
		rest := piped(part+strings.Join(lines[31:], ""), "filter", run, "--state", state)
		_, more, _ := strings.Cut(rest.out, "\n")
		if name == "one row a time" && first.out+more != whole {
			t.Errorf("%s: with more rows:\n%s\nwant\n%s", name, first.out+more, whole)
		}
		if !strings.Contains(rest.err, "note: "+fmt.Sprint(strings.Count(part, "\n")-1)+" rows had been taken in before") {
			t.Errorf("%s: %s", name, rest.err)
		}
	}
}

// Rows with more or fewer fields than the head are skipped and counted; empty fields behind
// the last column, and separators between quotation marks, are none.
func TestFilterSkipsRowsOfOtherWidths(t *testing.T) {
	run, text := filterRun(t)
	lines := strings.SplitAfter(text, "\n")
	whole := piped(text, "filter", run).out
	bad := []string{"1.55\n", "1.55,2\n", "1.55,2,3,4\n", "1.55,2,3,,4\n", "\"1.55,2,3\n"}
	state := filepath.Join(t.TempDir(), "state")
	o := piped(strings.Join(lines[:17], "")+strings.Join(bad, "")+strings.Join(lines[17:], ""), "filter", run, "--state", state)
	if o.code != 0 || o.out != whole || !strings.Contains(read(t, state), fmt.Sprintf(`"skipped":%d,`, len(bad))) {
		t.Errorf("exit %d, %s\n%s\nwant\n%s", o.code, o.err, o.out, whole)
	}
	for _, want := range []string{"line 18 is skipped: it has 1 field, the head has 3", "line 19 is skipped: it has 2 fields", "line 20 is skipped: it has 4 fields",
		"line 21 is skipped: it has 5 fields", "line 22 is skipped: it has 1 field"} {
		if !strings.Contains(o.err, want) {
			t.Errorf("%q is not told: %s", want, o.err)
		}
	}
	many := lines[0] + strings.Repeat("0,1\n", 25) + strings.Join(lines[1:], "")
	if o := piped(many, "filter", run); o.code != 0 || o.out != whole || !strings.Contains(o.err, "note: 15 more lines were skipped") {
		t.Errorf("many: exit %d, %s", o.code, o.err)
	}
	wider := strings.ReplaceAll(text, "\n", ",\"a, b\", ,\n")
	wider = "t,y,u,note,,\n" + wider[strings.IndexByte(wider, '\n')+1:]
	if o := piped(wider, "filter", run); o.code != 0 || o.out != whole || strings.Contains(o.err, "note:") {
		t.Errorf("quoted and empty fields: exit %d, %s", o.code, o.err)
	}
}

// A file that is read while its last line is written, wherever that is cut, comes to what
// the whole one does; without a state its last line is taken, newline or not.
func TestFilterLeavesHalfALineForTheNextTime(t *testing.T) {
	run, text := filterRun(t)
	whole := piped(text, "filter", run).out
	if o := piped(strings.TrimSuffix(text, "\n"), "filter", run); o.out != whole || strings.Contains(o.err, "note:") {
		t.Errorf("without a state: %s\n%s", o.err, o.out)
	}
	row := len(strings.Join(strings.SplitAfter(text, "\n")[:31], ""))
	end := row + strings.IndexByte(text[row:], '\n')
	file := filepath.Join(t.TempDir(), "rows.csv")
	for _, cut := range []int{row + 1, row + strings.IndexByte(text[row:], ',') + 4, end - 12, end - 1, end} {
		state := filepath.Join(t.TempDir(), "state")
		write(t, file, text[:cut])
		first := entrain("filter", run, "--state", state, "--from", file)
		if first.code != 0 || strings.Count(first.out, "\n") != 31 || !strings.Contains(first.err, "note: line 32, the last one, has no newline") {
			t.Errorf("cut at %d: exit %d, %s\n%s", cut, first.code, first.err, first.out)
		}
		rest := piped(text, "filter", run, "--state", state)
		_, more, _ := strings.Cut(rest.out, "\n")
		if first.out+more != whole || strings.Contains(rest.err, "newline") {
			t.Errorf("cut at %d: %s\n%s\nwant\n%s", cut, rest.err, first.out+more, whole)
		}
	}
	state := filepath.Join(t.TempDir(), "state")
	if o := piped(text[:end-1], "filter", run, "--state", state); o.code != 0 || !strings.Contains(o.err, "no newline") || !strings.Contains(read(t, state), `"rows":30,`) {
		t.Errorf("standard input: exit %d, %s\n%s", o.code, o.err, read(t, state))
	}
}

// A state that no filter has written is refused, and one that cannot be written at once.
func TestFilterStatesAreChecked(t *testing.T) {
	run, text := filterRun(t)
	dir := t.TempDir()
	state := filepath.Join(dir, "state")
	piped(text, "filter", run, "--state", state)
	good := read(t, state)
	var memo map[string]any
	if err := json.Unmarshal([]byte(good), &memo); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key   string
		value any
		want  string
	}{
		{"p", []any{-1.0}, "variance"}, {"p", []any{1e300}, "variance"}, {"p", []any{1.0, 2.0}, "do not fit"}, {"p", nil, "do not fit"},
		{"x", []any{1e99}, "million deviations"}, {"x", []any{}, "do not fit"}, {"rows", -5.0, "below 0"}, {"values", 0.5, "cannot unmarshal"}, {"surprise", -1.0, "below 0"},
	} {
		at := map[string]any{}
		for k, v := range memo["state"].(map[string]any) {
			at[k] = v
		}
		at[c.key] = c.value
		changed, _ := json.Marshal(map[string]any{"state": at, "input": memo["input"], "recent": memo["recent"]})
		write(t, state, string(changed))
		if o := piped(text, "filter", run, "--state", state); o.code != exitBad || o.out != "" || !strings.Contains(o.err, c.want) {
			t.Errorf("%s = %v: exit %d, want %q: %s", c.key, c.value, o.code, c.want, o.err)
		}
	}
	for _, text := range []string{"", "{", "null", "[]", "{}", good[:len(good)/2], good + good, `{"input": [1]}`} {
		write(t, state, text)
		if o := piped("t,y,u\n", "filter", run, "--state", state); o.code != exitBad || !strings.Contains(o.err, "does not hold the state") {
			t.Errorf("%.40q: exit %d: %s", text, o.code, o.err)
		}
	}
	for path, want := range map[string]string{filepath.Join(dir, "nosuch", "state"): "there is no folder", dir: "is a folder", "/dev/null": "device", filepath.Join(state, "x"): "not a directory"} {
		if o := piped(text, "filter", run, "--state", path); o.code != exitBad || o.out != "" || !strings.Contains(o.err, want) {
			t.Errorf("--state %s: exit %d, want %q: %s", path, o.code, want, o.err)
		}
	}
}

// A line without end is cut, and no more of it is kept than is looked at.
func TestFilterCutsLinesWithoutEnd(t *testing.T) {
	kept := 0
	long := strings.Repeat("x", 5*longestLine)
	for _, text := range []string{long, long + "\nshort\n"} {
		err := eachLine(bufio.NewReader(strings.NewReader(text)), func(line string, _ bool) error {
			kept = max(kept, len(line))
			return nil
		})
		if err != nil || kept != longestLine {
			t.Errorf("%d bytes are kept, %v", kept, err)
		}
	}
}

// Each recording of a stream is followed by itself, as if it were alone, also after a break.
func TestFilterFollowsEachRecordingByItself(t *testing.T) {
	run, text := filterRun(t)
	lines := strings.Split(strings.TrimSpace(text), "\n")
	alone := strings.Split(strings.TrimSpace(piped(text, "filter", run).out), "\n")
	mixed := []string{lines[0] + ",id"}
	for k, line := range lines[1:] {
		mixed = append(mixed, line+",a", strings.Replace(line, ",", ",1", 1)+",\"b, too\"") // b is elsewhere
		if k < 30 {
			mixed = append(mixed, line+",c")
		}
	}
	state := filepath.Join(t.TempDir(), "state")
	half := len(mixed) / 2
	first := piped(strings.Join(mixed[:half], "\n")+"\n", "filter", run, "--state", state)
	o := piped(strings.Join(mixed, "\n")+"\n", "filter", run, "--state", state)
	_, rest, _ := strings.Cut(o.out, "\n")
	if first.code != 0 || o.code != 0 || !strings.HasPrefix(first.out, alone[0]+",id\n") {
		t.Fatal(first.code, o.code, first.err, o.err)
	}
	at := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(first.out+rest), "\n")[1:] {
		values, id, _ := strings.Cut(line, ",\"b")
		if id == "" {
			values, id = line[:len(line)-2], line[len(line)-1:]
		}
		at[id] = append(at[id], values)
	}
	if got := strings.Join(at["a"], "\n"); got != strings.Join(alone[1:], "\n") {
		t.Errorf("a is followed otherwise than alone:\n%s", got)
	}
	if got := strings.Join(at["c"], "\n"); got != strings.Join(alone[1:31], "\n") {
		t.Errorf("c is followed otherwise than alone:\n%s", got)
	}
	if n := len(at[", too\""]); n < 30 {
		t.Errorf("b has %d lines", n)
	}
	named := strings.Replace(strings.Join(mixed, "\n"), ",id\n", ",who\n", 1) + "\n"
	if o := piped(named, "filter", run, "--id", "who"); o.code != 0 || !strings.Contains(o.out, ",a\n") {
		t.Errorf("--id: %d %s", o.code, o.err)
	}
	if o := piped(named, "filter", run, "--id", "whom"); o.code != 2 || !strings.Contains(o.err, `no column "whom"`) {
		t.Errorf("--id: %d %s", o.code, o.err)
	}
}

// A value without a logarithm, of a column whose logarithm is the state, is left out and told; the
// forecast is that of rows in which it is missing.
func TestValuesWithoutLogarithmAreToldAndLeftOut(t *testing.T) {
	workplace(t)
	rows := func(last string) string {
		var b strings.Builder
		b.WriteString("t,N\n")
		for i := range 30 {
			fmt.Fprintf(&b, "%g,%.4f\n", float64(i)/2, 50*math.Exp(-0.15*float64(i)+0.02*math.Sin(float64(7*i))))
		}
		return b.String() + last
	}
	write(t, "d.csv", rows(""))
	write(t, "zero.csv", rows("15,0\n15.5,-1\n"))
	write(t, "missing.csv", rows("15,\n15.5,\n"))
	must(t, "fit", "d.csv", "model=log-library", "logs=N", "budget=40", "members=1", "--out", "run")
	want := must(t, "forecast", "run", "--from", "missing.csv", "--t", "16:18:1").out
	o := must(t, "forecast", "run", "--from", "zero.csv", "--t", "16:18:1")
	if o.out != want || !strings.Contains(o.err, `"N" is 0 at time 15, which has no logarithm: this and 1 more such value are left out`) {
		t.Errorf("%s\n%s\nwant %s", o.err, o.out, want)
	}
	o = must(t, "filter", "run", "--from", "zero.csv")
	for _, line := range []string{"line 32: N is 0, and that has no logarithm: it is left out", "line 33: N is -1, and that has"} {
		if !strings.Contains(o.err, line) {
			t.Errorf("%s\nlacks %s", o.err, line)
		}
	}
}

// Rows of a local clock that come one by one in the hour that comes twice follow each other, in each
// recording.
func TestStreamsOfLocalTimesFollowEachOther(t *testing.T) {
	berlin, err := data.Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	m := &model.Model{Epoch: time.Date(2024, 10, 27, 0, 0, 0, 0, berlin), TUnit: "h"}
	c := &columnsOf{last: map[string]time.Time{}}
	for _, id := range []string{"a", "b"} {
		for k, text := range []string{"2024-10-27 01:30", "2024-10-27 02:00", "2024-10-27 02:30", "2024-10-27 02:00", "2024-10-27T02:30", "2024-10-27 03:00"} {
			if got, err := c.when(id, []string{text}, m, nil); err != nil || got != 1.5+0.5*float64(k) {
				t.Errorf("%s: %s is %g, %v", id, text, got, err)
			}
		}
	}
}
