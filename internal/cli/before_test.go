package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What earlier versions left behind lies in testdata/before, a folder for the commit
// whose program wrote it: a finished run (done), and for every kind of checkpoint a run
// that its limit ended. Only the smallest of their files are kept.
func beforeThisVersion(t *testing.T) (kinds []string) {
	t.Helper()
	from, err := filepath.Abs(filepath.Join("testdata", "before"))
	if err != nil {
		t.Fatal(err)
	}
	workplace(t)
	if err := os.CopyFS("before", os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	all, err := filepath.Glob(filepath.Join("before", "*", "*", "config.yaml"))
	if err != nil || len(all) == 0 {
		t.Fatalf("nothing is left of earlier versions: %v", err)
	}
	for _, path := range all {
		dir := filepath.Dir(path)
		kinds = append(kinds, dir)
		for _, data := range []string{"lynx.csv", "lynx-hare.csv", "lv.csv"} { // as the configurations name them
			write(t, filepath.Join(filepath.Dir(dir), data), read(t, filepath.Join("before", data)))
		}
	}
	return kinds
}

// A checkpoint of an earlier layout is not gone on from: the message says what to do
// instead, and doing it works.
func TestCheckpointsOfEarlierVersionsAreRefusedInWords(t *testing.T) {
	refused := []string{}
	for _, dir := range beforeThisVersion(t) {
		if filepath.Base(dir) == "done" {
			continue
		}
		o := entrain("fit", "--resume", dir)
		if o.code != 2 || !strings.Contains(o.err, "earlier version") || !strings.Contains(o.err, "begin the fit again with: entrain fit "+filepath.Join(dir, "config.yaml")) {
			t.Errorf("%s: exit %d: %s", dir, o.code, o.err)
		}
		refused = append(refused, filepath.Base(dir))
	}
	for _, kind := range []string{"vanilla", "lm", "collocation", "auto", "rates", "sindy", "gradient-matching-vanilla"} {
		if !slices.Contains(refused, kind) {
			t.Errorf("there is no earlier checkpoint of the kind %s", kind)
		}
	}
	again := filepath.Join("before", "2bf1949", "lm", "config.yaml")
	must(t, "fit", again, "budget=3", "--out", "again")
}

// A run that an earlier version finished is shown, forecast and compared, and its
// configuration makes it again.
func TestRunsOfEarlierVersionsAreRead(t *testing.T) {
	seen := 0
	for _, dir := range beforeThisVersion(t) {
		if filepath.Base(dir) != "done" {
			continue
		}
		seen++
		for _, args := range [][]string{{"show", dir}, {"forecast", dir}, {"report", dir}, {"forecast", filepath.Join(dir, "model.safetensors")}} {
			if o := entrain(args...); o.code != 0 {
				t.Errorf("%v: exit %d: %s", args, o.code, o.err)
			}
		}
		if o := entrain("fit", "--resume", dir); o.code != 0 || !strings.Contains(o.err, "finished") {
			t.Errorf("%s: exit %d: %s", dir, o.code, o.err)
		}
		must(t, "fit", filepath.Join(dir, "config.yaml"), "--out", dir+"-again")
	}
	if seen < 2 {
		t.Errorf("%d finished runs of earlier versions", seen)
	}
}
